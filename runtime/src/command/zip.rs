//! Zip files as NumPy's .npz has them: members stored or deflated.

use super::file::little;
use super::inflate::inflate;
use crate::error::Result;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

const END: &[u8] = b"PK\x05\x06";
const END64_LOCATOR: &[u8] = b"PK\x06\x07";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// Names and contents of all members.
pub fn read(data: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    members(data)
        .ok_or_else(|| err!(Value, "the zip file is damaged or cut off"))?
        .into_iter()
        .map(|m| m.contents(data))
        .collect()
}

struct Member {
    name: String,
    method: u64,
    crc: u64,
    stored: Range<usize>,
    size: usize,
}

impl Member {
    fn contents(self, data: &[u8]) -> Result<(String, Vec<u8>)> {
        let Some(stored) = data.get(self.stored) else { bail!(Value, "the zip member '{}' is cut off", self.name) };
        let out = match self.method {
            0 if stored.len() == self.size => stored.to_vec(),
            8 => match inflate(stored, self.size) {
                Some(out) => out,
                None => bail!(Value, "the zip member '{}' is damaged", self.name),
            },
            0 => bail!(Value, "the zip member '{}' has two sizes", self.name),
            m => bail!(Value, "the zip member '{}' is compressed by a method that is not supported ({m})", self.name),
        };
        check!(crc32(&out) as u64 == self.crc, Value, "the zip member '{}' is damaged (its checksum differs)", self.name);
        Ok((self.name, out))
    }
}

/// The central directory; `None` when it is not in order.
fn members(data: &[u8]) -> Option<Vec<Member>> {
    let from = data.len().saturating_sub(22 + 0xffff);
    let end = (from..=data.len().checked_sub(22)?).rev().find(|&i| data[i..].starts_with(END))?;
    let (mut count, mut at) = (little(data, end + 10, 2)?, little(data, end + 16, 4)?);
    if let Some(locator) = end.checked_sub(20).filter(|&l| data[l..].starts_with(END64_LOCATOR)) {
        let end64 = usize::try_from(little(data, locator + 8, 8)?).ok()?;
        (count, at) = (little(data, end64.checked_add(32)?, 8)?, little(data, end64.checked_add(48)?, 8)?);
    }
    let mut out = Vec::new();
    let mut total = 0usize;
    let mut at = usize::try_from(at).ok()?;
    for _ in 0..count {
        if !data.get(at..)?.starts_with(ENTRY) {
            return None;
        }
        let number = |offset: usize, size: usize| little(data, at + offset, size);
        let (method, crc) = (number(10, 2)?, number(16, 4)?);
        let (mut packed, mut size, mut local) = (number(20, 4)?, number(24, 4)?, number(42, 4)?);
        let (name_len, extra_len, comment_len) = (number(28, 2)? as usize, number(30, 2)? as usize, number(32, 2)? as usize);
        let name = data.get(at + 46..at + 46 + name_len)?;
        // Sizes beyond 32 bits stand in an extra field, those that need it, in this order.
        let mut extra = data.get(at + 46 + name_len..at + 46 + name_len + extra_len)?;
        while extra.len() >= 4 {
            let n = little(extra, 2, 2)? as usize;
            if little(extra, 0, 2)? == 1 {
                let mut p = 4;
                for v in [&mut size, &mut packed, &mut local] {
                    if *v == 0xffff_ffff {
                        *v = little(extra, p, 8)?;
                        p += 8;
                    }
                }
            }
            extra = extra.get(4 + n..).unwrap_or(&[]);
        }
        let local = usize::try_from(local).ok()?;
        if !data.get(local..)?.starts_with(LOCAL) {
            return None;
        }
        let start = local + 30 + little(data, local + 26, 2)? as usize + little(data, local + 28, 2)? as usize;
        let (packed, size) = (usize::try_from(packed).ok()?, usize::try_from(size).ok()?);
        // Deflate makes at most 1032 bytes of one, and members do not share bytes.
        total = total.checked_add(packed)?;
        if total > data.len() || size / 1033 > packed {
            return None;
        }
        let name = String::from_utf8_lossy(name).into_owned();
        out.push(Member { name, method, crc, stored: start..start.checked_add(packed)?, size });
        at += 46 + name_len + extra_len + comment_len;
    }
    Some(out)
}

/// A zip file of stored members.
pub fn write(members: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, data) in members {
        let (Ok(size), Ok(at)) = (u32::try_from(data.len()), u32::try_from(out.len())) else {
            bail!(Value, "the arrays are too large for one .npz file: write a .safetensors file")
        };
        // Version, flags (names are UTF-8), method, time, date (1980-01-01).
        let mut head: Vec<u8> = Vec::new();
        for n in [20u16, 0x800, 0, 0, 0x21] {
            head.extend(n.to_le_bytes());
        }
        for n in [crc32(data), size, size] {
            head.extend(n.to_le_bytes());
        }
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        out.extend(LOCAL);
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(data);
        directory.extend(ENTRY);
        directory.extend([20, 0]);
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (Ok(at), Ok(count)) = (u32::try_from(out.len()), u16::try_from(members.len())) else {
        bail!(Value, "the arrays are too large for one .npz file: write a .safetensors file")
    };
    out.extend(&directory);
    out.extend(END);
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    Ok(out)
}

fn crc32(data: &[u8]) -> u32 {
    let mut table = [0u32; 256];
    for (i, t) in table.iter_mut().enumerate() {
        *t = (0..8).fold(i as u32, |c, _| if c & 1 != 0 { 0xedb8_8320 ^ c >> 1 } else { c >> 1 });
    }
    !data.iter().fold(!0u32, |c, b| table[(c as u8 ^ b) as usize] ^ c >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn members_survive_the_round_trip_and_damage_is_an_error() {
        let all = vec![(String::from("a.npy"), vec![1, 2, 3]), (String::from("é"), vec![])];
        let file = write(&all).unwrap();
        assert_eq!(read(&file).unwrap(), all);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        for n in 0..file.len() {
            assert!(read(&file[..n]).is_err(), "{n} bytes");
            let mut bad = file.clone();
            bad[n] ^= 0x55;
            let _ = read(&bad);
        }
    }
}
