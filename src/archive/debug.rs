//! Debug records: which piece of the original Python made which piece of an archive's code.

use super::container::Result;
use super::pickle::{self, Id, Node, Pickle};
use std::collections::HashMap;
use std::sync::Arc;

/// A piece of Python that was compiled: usually one function's text.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Text {
    pub text: String,
    /// Where it stood; `None` for text that was no file's.
    pub file: Option<String>,
    /// Lines of the file before it.
    pub line: u32,
}

/// From this offset of the code on, the code stems from this place.
#[derive(Clone, Debug)]
pub struct Record {
    pub offset: u32,
    /// `None` where the code stems from nowhere.
    pub origin: Option<(Arc<Text>, u32, u32)>,
}

/// What all texts of one file may take together.
const MOST: usize = 64 << 20;

/// The records of one file, by rising offset.
pub fn read(bytes: &[u8]) -> Result<Vec<Record>> {
    let p = pickle::read(bytes, &|module, _| module == "torch.jit._pickle")?.0;
    let bad = || "its debug records are damaged".to_owned();
    let top = p.items(p.root).ok_or_else(bad)?;
    let (strings, rows) = match top {
        [format, strings, rows] if p.str(*format).is_some_and(|s| &**s == "FORMAT_WITH_STRING_TABLE") => {
            (Some(p.items(*strings).ok_or_else(bad)?), p.items(*rows).ok_or_else(bad)?)
        }
        rows => (None, rows),
    };
    let mut texts = Texts { p: &p, strings, known: HashMap::new(), size: 0 };
    let mut out = vec![];
    for row in rows {
        // offset, range; the first encoding had no tag in between, the later ones have it somewhere behind.
        let row = p.items(*row).ok_or_else(bad)?;
        let range = row.iter().skip(1).find_map(|i| p.items(*i).filter(|r| r.len() == 3));
        let offset = row.first().and_then(|o| p.int(*o)).and_then(|o| u32::try_from(o).ok()).ok_or_else(bad)?;
        let Some([text, start, end]) = range else { return Err(bad()) };
        let at = |id: &Id| p.int(*id).and_then(|n| u32::try_from(n).ok()).ok_or_else(bad);
        let text = texts.text(*text)?;
        let origin = (!text.text.is_empty()).then_some((text, at(start)?, at(end)?));
        out.push(Record { offset, origin });
    }
    out.sort_by_key(|r| r.offset);
    Ok(out)
}

struct Texts<'a> {
    p: &'a Pickle,
    /// Strings that texts refer to by number.
    strings: Option<&'a [Id]>,
    known: HashMap<Vec<i64>, Arc<Text>>,
    size: usize,
}

impl Texts<'_> {
    fn string(&self, id: Id) -> Option<&str> {
        match (self.p.node(id), self.strings) {
            (Node::Int(i), Some(all)) => self.p.str(*all.get(usize::try_from(*i).ok()?)?).map(|s| &**s),
            (Node::Str(s), _) => Some(s),
            _ => None,
        }
    }

    fn text(&mut self, id: Id) -> Result<Arc<Text>> {
        let bad = || "its debug records are damaged".to_owned();
        let [pieces, file, line] = self.p.items(id).ok_or_else(bad)? else { return Err(bad()) };
        // `build_intlist([...])`
        let pieces = self.p.call(*pieces).and_then(|(_, args)| args.first()).unwrap_or(pieces);
        let numbers = self.p.items(*pieces);
        let mut key = numbers.and_then(|items| items.iter().map(|i| self.p.int(*i)).collect::<Option<Vec<_>>>());
        if let Some(k) = &mut key {
            k.extend([self.p.int(*file).unwrap_or(-1), self.p.int(*line).unwrap_or(-1)]);
            if let Some(t) = self.known.get(k) {
                return Ok(t.clone());
            }
        }
        let text = match self.p.node(*pieces) {
            Node::List(items) | Node::Tuple(items) => {
                items.iter().map(|i| self.string(*i)).collect::<Option<String>>().ok_or_else(bad)?
            }
            _ => self.string(*pieces).ok_or_else(bad)?.to_owned(),
        };
        self.size += text.len();
        if self.size > MOST {
            return Err("its debug records are too large".into());
        }
        let line = self.p.int(*line).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let file = self.string(*file).filter(|f| !f.is_empty()).map(str::to_owned);
        let made = Arc::new(Text { text, file, line });
        if let Some(k) = key {
            self.known.insert(k, made.clone());
        }
        Ok(made)
    }
}
