//! What `torch.save` wrote: a pickle and the bytes of its storages, in a zip archive or, before PyTorch 1.6, behind one another.

use super::container::{self, Bytes, Container, Result};
use super::pickle::{self, Id, Node, Pickle};
use super::program;
use super::tensors::{self, Source, Tensors};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use tsrt::Tensor;

/// Begins every file of the older format, as a pickled number.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// A file that `torch.save` wrote.
pub struct Saved {
    pickle: Pickle,
    bytes: Data,
}

enum Data {
    Zip(Container),
    Stacked(Arc<Bytes>, HashMap<String, Range<usize>>),
}

/// Names that saved values may hold.
fn knows(module: &str, name: &str) -> bool {
    tensors::knows(module, name)
}

impl Saved {
    pub fn open(path: &Path) -> Result<Saved> {
        Saved::read(container::map(path)?)
    }

    pub fn read(bytes: Arc<Bytes>) -> Result<Saved> {
        if bytes.starts_with(b"PK\x03\x04") { Saved::zip(bytes) } else { Saved::stacked(bytes) }
    }

    fn zip(bytes: Arc<Bytes>) -> Result<Saved> {
        let container = Container::open(bytes)?;
        if program::is_archive(&container) {
            return Err("it is a TorchScript archive, not a state dict: save m.state_dict() with torch.save".into());
        }
        if container.has("byteorder") && container.text("byteorder")?.trim() == "big" {
            return Err("its numbers are big endian, which is not supported".into());
        }
        let pickle = pickle::read(&container.read("data.pkl")?, &knows)?.0;
        Ok(Saved { pickle, bytes: Data::Zip(container) })
    }

    fn stacked(bytes: Arc<Bytes>) -> Result<Saved> {
        let mut at = 0;
        let next = |at: &mut usize| -> Result<Pickle> {
            let (p, n) = pickle::read(&bytes[*at..], &knows)?;
            *at += n;
            Ok(p)
        };
        let foreign = |_| "it is not a file that torch.save wrote".to_owned();
        let magic = next(&mut at).map_err(foreign)?;
        if !matches!(magic.node(magic.root), Node::Long(n) if *n == MAGIC) {
            return Err(foreign(String::new()));
        }
        let version = next(&mut at)?;
        if version.int(version.root) != Some(1001) {
            return Err("its format has another version than 1001, the only one there is".into());
        }
        let system = next(&mut at)?;
        let little =
            |(k, v): &(Id, Id)| system.str(*k).is_some_and(|k| &**k == "little_endian") && system.bool(*v) == Some(false);
        if system.entries(system.root).is_some_and(|e| e.iter().any(little)) {
            return Err("its numbers are big endian, which is not supported".into());
        }
        let pickle = next(&mut at)?;
        let keys = next(&mut at)?;
        let mut sizes = HashMap::new();
        for node in pickle.nodes() {
            let Node::Persistent(id) = node else { continue };
            let Some([_, kind, key, ..]) = pickle.items(*id) else { continue };
            if let (Some(g), Some(key)) = (pickle.global(*kind), pickle.str(*key)) {
                sizes.insert(key.to_string(), tensors::storage_dtype(&g.name).map(|d| d.size()));
            }
        }
        let mut parts = HashMap::new();
        for key in keys.items(keys.root).ok_or("its list of storages is none")? {
            let key = keys.str(*key).ok_or("its list of storages is none")?.to_string();
            let size = sizes.get(&key).copied().flatten().ok_or_else(|| format!("its storage {key:?} has no known type"))?;
            let head = bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).ok_or("it ends too early")?;
            let n = usize::try_from(u64::from_le_bytes(head)).ok().and_then(|n| n.checked_mul(size));
            at += 8;
            let end = n.and_then(|n| at.checked_add(n)).filter(|e| *e <= bytes.len()).ok_or("it ends too early")?;
            parts.insert(key, at..end);
            at = end;
        }
        Ok(Saved { pickle, bytes: Data::Stacked(bytes.clone(), parts) })
    }

    /// The tensors of the saved value, whose description is [`Tensors::pickle`].
    pub fn tensors(&self) -> Tensors<'_> {
        let source = match &self.bytes {
            Data::Zip(c) => Source::Entries(c, "data"),
            Data::Stacked(bytes, parts) => Source::Parts(bytes, parts.clone()),
        };
        Tensors::new(&self.pickle, source)
    }
}

/// A saved dict of tensors by name.
pub fn state_dict(saved: &Saved) -> Result<Vec<(String, Tensor)>> {
    let tensors = saved.tensors();
    let p = tensors.pickle;
    let entries = p.entries(p.root).ok_or_else(|| format!("it holds {} instead of a state dict", p.describe(p.root)))?;
    let mut all = vec![];
    for (key, value) in entries {
        let name = p.str(*key).ok_or("a key of its state dict is no string")?;
        match tensors.tensor(*value)? {
            Some(t) => all.push((name.to_string(), t)),
            None if p.entries(*value).is_some() => {
                return Err(format!(
                    "`{name}` in it is a dict: save the state dict by itself, as in torch.save(m.state_dict(), path)"
                ));
            }
            None => return Err(format!("`{name}` in it is {} instead of a tensor", p.describe(*value))),
        }
    }
    Ok(all)
}
