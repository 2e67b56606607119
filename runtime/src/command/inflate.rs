//! Deflate's decoder (RFC 1951).

use alloc::vec::Vec;

/// Code lengths of a Huffman code, ready to decode canonical codes bit by bit.
struct Codes {
    /// Number of codes of each length.
    count: [u16; 16],
    /// Symbols in the order of their codes.
    symbols: Vec<u16>,
}

impl Codes {
    /// `None` for lengths that no code has.
    fn new(lengths: &[u8]) -> Option<Codes> {
        let mut count = [0u16; 16];
        lengths.iter().for_each(|l| count[*l as usize] += 1);
        count[0] = 0;
        let mut left = 1i32;
        let mut first = [0u16; 16];
        for l in 1..16 {
            left = (left << 1) - count[l] as i32;
            if left < 0 {
                return None;
            }
            first[l] = first[l - 1] + count[l - 1];
        }
        let mut symbols = alloc::vec![0; lengths.len()];
        for (s, l) in lengths.iter().enumerate().filter(|(_, l)| **l != 0) {
            symbols[first[*l as usize] as usize] = s as u16;
            first[*l as usize] += 1;
        }
        Some(Codes { count, symbols })
    }
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    buffer: u32,
    have: u32,
}

impl Bits<'_> {
    fn take(&mut self, n: u32) -> Option<u32> {
        while self.have < n {
            self.buffer |= (*self.data.get(self.at)? as u32) << self.have;
            self.at += 1;
            self.have += 8;
        }
        let v = self.buffer & ((1 << n) - 1);
        self.buffer >>= n;
        self.have -= n;
        Some(v)
    }

    fn symbol(&mut self, codes: &Codes) -> Option<usize> {
        let (mut code, mut first, mut index) = (0i32, 0i32, 0i32);
        for count in &codes.count[1..] {
            code |= self.take(1)? as i32;
            let count = *count as i32;
            if code - count < first {
                return codes.symbols.get((index + code - first) as usize).map(|s| *s as usize);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

const LENGTH_BASE: [u16; 29] =
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS: [u8; 29] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
    12289, 16385, 24577,
];
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The `size` bytes that the data holds; `None` when it is damaged or holds another number of bytes.
pub fn inflate(data: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut bits = Bits { data, at: 0, buffer: 0, have: 0 };
    let mut out: Vec<u8> = Vec::new();
    out.try_reserve_exact(size).ok()?;
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => {
                (bits.buffer, bits.have) = (0, 0);
                let n = super::file::little(data, bits.at, 2)? as usize;
                if super::file::little(data, bits.at + 2, 2)? != !(n as u64) & 0xffff || out.len() + n > size {
                    return None;
                }
                out.extend(data.get(bits.at + 4..bits.at + 4 + n)?);
                bits.at += 4 + n;
            }
            1 => {
                let mut lengths = [8u8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                block(&mut bits, &Codes::new(&lengths)?, &Codes::new(&[5; 30])?, &mut out, size)?;
            }
            2 => {
                let (literals, distances) = tables(&mut bits)?;
                block(&mut bits, &literals, &distances, &mut out, size)?;
            }
            _ => return None,
        }
        if last {
            return (out.len() == size).then_some(out);
        }
    }
}

fn tables(bits: &mut Bits) -> Option<(Codes, Codes)> {
    let (n, m, k) = (bits.take(5)? as usize + 257, bits.take(5)? as usize + 1, bits.take(4)? as usize + 4);
    let mut lengths = [0u8; 19];
    for at in &ORDER[..k] {
        lengths[*at] = bits.take(3)? as u8;
    }
    let codes = Codes::new(&lengths)?;
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < n + m {
        let (value, times) = match bits.symbol(&codes)? {
            16 => (*lengths.last()?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            s => (s as u8, 1),
        };
        lengths.extend(core::iter::repeat_n(value, times as usize));
    }
    if lengths.len() != n + m {
        return None;
    }
    Some((Codes::new(&lengths[..n])?, Codes::new(&lengths[n..])?))
}

fn block(bits: &mut Bits, literals: &Codes, distances: &Codes, out: &mut Vec<u8>, size: usize) -> Option<()> {
    loop {
        match bits.symbol(literals)? {
            256 => return Some(()),
            s @ 0..256 if out.len() < size => out.push(s as u8),
            s @ 257.. => {
                let i = s - 257;
                let length = *LENGTH_BASE.get(i)? as usize + bits.take(LENGTH_BITS[i] as u32)? as usize;
                let d = bits.symbol(distances)?;
                let extra = (d as u32 / 2).saturating_sub(1);
                let distance = *DISTANCE_BASE.get(d)? as usize + bits.take(extra)? as usize;
                if distance > out.len() || out.len() + length > size {
                    return None;
                }
                for _ in 0..length {
                    out.push(out[out.len() - distance]);
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_blocks_are_read() {
        // Made by zlib: fixed codes, then stored.
        assert_eq!(inflate(&[0x4b, 0x4c, 0x4a, 0x4e, 0x04, 0x21, 0x00], 8).as_deref(), Some(&b"abcabcab"[..]));
        assert_eq!(inflate(&[1, 3, 0, 0xfc, 0xff, 7, 8, 9], 3).as_deref(), Some(&[7u8, 8, 9][..]));
        assert_eq!(inflate(&[1, 3, 0, 0xfc, 0xff, 7, 8], 3), None);
        assert_eq!(inflate(&[7], 0), None);
    }
}
