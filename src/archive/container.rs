//! Zip files as PyTorch writes them, mapped into memory: stored entries are used where they lie, compressed ones are unpacked.
//!
//! Opening refuses what no writer makes and what could cost more than the file's size: names that leave the archive, names that
//! stand twice, entries that share bytes. What unpacking takes is counted against [`Container::BUDGET`].

use memmap2::{MmapMut, MmapOptions};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Cursor, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};

/// Why a file cannot be read, in one sentence.
pub type Result<T> = std::result::Result<T, String>;

/// The bytes of a whole file; tensors keep it alive.
pub enum Bytes {
    /// A private mapping: writes stay in this process.
    Mapped(MmapMut),
    Owned(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(m) => m,
            Bytes::Owned(v) => v,
        }
    }
}

/// Maps a file.
pub fn map(path: &Path) -> Result<Arc<Bytes>> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let data = file.metadata().map_err(|e| e.to_string())?;
    if data.is_dir() {
        return Err("it is a directory".into());
    }
    if data.len() == 0 {
        return Ok(Arc::new(Bytes::Owned(vec![])));
    }
    // SAFETY: every length is checked against the mapping; a file that changes while it is read gives wrong numbers.
    let map = unsafe { MmapOptions::new().map_copy(&file) }.map_err(|e| e.to_string())?;
    Ok(Arc::new(Bytes::Mapped(map)))
}

struct Entry {
    index: usize,
    /// Where a stored entry's bytes lie.
    stored: Option<Range<usize>>,
    size: u64,
}

/// The archive's directory. Nothing stands before the archive, and searching for where it begins would look into the tensors.
fn directory(bytes: &[u8]) -> zip::result::ZipResult<ZipArchive<Cursor<&[u8]>>> {
    ZipArchive::with_config(Config { archive_offset: ArchiveOffset::Known(0) }, Cursor::new(bytes))
}

/// An opened archive. All its entries lie in one folder, whose name is left off.
pub struct Container {
    pub bytes: Arc<Bytes>,
    entries: HashMap<String, Entry>,
    names: Vec<String>,
    budget: Cell<u64>,
}

impl Container {
    /// What unpacking may take beyond the file's own size.
    pub const BUDGET: u64 = 128 << 20;

    pub fn open(bytes: Arc<Bytes>) -> Result<Container> {
        let mut zip = directory(&bytes).map_err(|e| format!("it is no zip archive: {e}"))?;
        if zip.has_duplicate_names() {
            return Err("two of its entries have the same name".into());
        }
        if zip.has_overlapping_entries().map_err(|e| e.to_string())? {
            return Err("its entries overlap".into());
        }
        let mut found = vec![];
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(|e| e.to_string())?;
            let name = std::str::from_utf8(entry.name_raw()).map_err(|_| "a name in it is not UTF-8".to_owned())?.to_owned();
            let bad = name.contains(['\\', '\0']) || name.split('/').any(|p| p == ".." || p == ".") || name.starts_with('/');
            if bad {
                return Err(format!("the entry {name:?} has a path that leaves the archive"));
            }
            if entry.encrypted() {
                return Err(format!("the entry {name:?} is encrypted"));
            }
            let size = entry.size();
            let stored = match entry.compression() {
                zip::CompressionMethod::Stored => {
                    let start = entry.data_start().ok_or("an entry has no data")? as usize;
                    let end = usize::try_from(size).ok().and_then(|n| start.checked_add(n)).filter(|e| *e <= bytes.len());
                    if size != entry.compressed_size() {
                        return Err(format!("the entry {name:?} has two different sizes"));
                    }
                    Some(start..end.ok_or_else(|| format!("the entry {name:?} reaches past the end of the file"))?)
                }
                _ => None,
            };
            if !entry.is_dir() {
                found.push((name, Entry { index, stored, size }));
            }
        }
        let root = found.first().and_then(|(n, _)| n.split_once('/')).map(|(r, _)| format!("{r}/")).unwrap_or_default();
        let mut entries = HashMap::new();
        let mut names = vec![];
        for (name, entry) in found {
            let Some(short) = name.strip_prefix(&root) else {
                return Err(format!("the entry {name:?} lies outside of the folder {root:?}"));
            };
            names.push(short.to_owned());
            entries.insert(short.to_owned(), entry);
        }
        let budget = Cell::new(Self::BUDGET + bytes.len() as u64);
        Ok(Container { bytes, entries, names, budget })
    }

    /// Names of all entries, in the archive's order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Where an entry's bytes lie in the file, when it is stored as it is.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        self.entries.get(name)?.stored.clone()
    }

    /// An entry's bytes.
    pub fn read(&self, name: &str) -> Result<Cow<'_, [u8]>> {
        let entry = self.entries.get(name).ok_or_else(|| format!("it has no entry {name:?}"))?;
        if let Some(range) = &entry.stored {
            return Ok(Cow::Borrowed(&self.bytes[range.clone()]));
        }
        if entry.size > self.budget.get() {
            return Err(format!("the entry {name:?} would unpack to {} bytes, which is too much for this file", entry.size));
        }
        self.budget.set(self.budget.get() - entry.size);
        let mut zip = directory(&self.bytes).map_err(|e| e.to_string())?;
        let packed = zip.by_index(entry.index).map_err(|e| e.to_string())?;
        let mut out = vec![];
        packed.take(entry.size + 1).read_to_end(&mut out).map_err(|e| format!("the entry {name:?} is damaged: {e}"))?;
        if out.len() as u64 != entry.size {
            return Err(format!("the entry {name:?} has another size than it says"));
        }
        Ok(Cow::Owned(out))
    }

    /// An entry as text.
    pub fn text(&self, name: &str) -> Result<String> {
        String::from_utf8(self.read(name)?.into_owned()).map_err(|_| format!("the entry {name:?} is not UTF-8 text"))
    }
}
