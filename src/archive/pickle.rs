//! Pickles read as data. Nothing is imported, nothing is called: the result is a tree of [`Node`]s that says what a pickle would
//! make, and the readers above give meaning to the few names that weights and programs consist of.
//!
//! Every instruction makes at most one node and every length is checked against the bytes that are left, so the tree is never
//! larger than a fixed multiple of the input. Nodes may be shared and may contain themselves; readers bound their depth.

use super::container::Result;
use std::collections::HashMap;
use std::rc::Rc;

/// Index of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u32);

/// A name: module and attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Global {
    pub module: Rc<str>,
    pub name: Rc<str>,
}

/// Something that a call or a class makes.
#[derive(Clone, Debug)]
pub struct Made {
    pub callee: Id,
    /// The tuple of its arguments.
    pub args: Id,
    /// What `__setstate__` would get.
    pub state: Option<Id>,
    /// Items that were set on it afterwards (an `OrderedDict`'s).
    pub items: Vec<(Id, Id)>,
    /// A class's instance rather than a function's result.
    pub is_instance: bool,
}

/// One pickled value.
#[derive(Clone, Debug)]
pub enum Node {
    None,
    Bool(bool),
    Int(i64),
    /// An int of more than 64 bits, little endian.
    Long(Vec<u8>),
    Float(f64),
    Str(Rc<str>),
    Bytes(Vec<u8>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Made(Made),
    /// A reference to something outside of the pickle, by its key.
    Persistent(Id),
}

/// A whole pickle.
#[derive(Clone, Debug)]
pub struct Pickle {
    nodes: Vec<Node>,
    pub root: Id,
}

impl Pickle {
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    pub fn str(&self, id: Id) -> Option<&Rc<str>> {
        match self.node(id) {
            Node::Str(s) => Some(s),
            _ => None,
        }
    }

    pub fn int(&self, id: Id) -> Option<i64> {
        match self.node(id) {
            Node::Int(i) => Some(*i),
            Node::Bool(b) => Some(*b as i64),
            _ => None,
        }
    }

    pub fn bool(&self, id: Id) -> Option<bool> {
        match self.node(id) {
            Node::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The elements of a tuple or list.
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::Tuple(items) | Node::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn global(&self, id: Id) -> Option<&Global> {
        match self.node(id) {
            Node::Global(g) => Some(g),
            _ => None,
        }
    }

    /// A call of a function: its name and arguments. An enum's only argument stands without a tuple.
    pub fn call(&self, id: Id) -> Option<(&Global, &[Id])> {
        match self.node(id) {
            Node::Made(m) if !m.is_instance => {
                let args = match self.node(m.args) {
                    Node::Tuple(items) => items,
                    _ => std::slice::from_ref(&m.args),
                };
                Some((self.global(m.callee)?, args))
            }
            _ => None,
        }
    }

    /// Keys and values of a dict, ordered or not.
    pub fn entries(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.node(id) {
            Node::Dict(items) => Some(items),
            Node::Made(m) => {
                let g = self.global(m.callee)?;
                (&*g.module == "collections" && &*g.name == "OrderedDict").then_some(&m.items)
            }
            _ => None,
        }
    }

    /// What a value is called in messages.
    pub fn describe(&self, id: Id) -> String {
        match self.node(id) {
            Node::None => "None".into(),
            Node::Bool(_) => "a bool".into(),
            Node::Int(_) | Node::Long(_) => "an int".into(),
            Node::Float(_) => "a float".into(),
            Node::Str(_) => "a str".into(),
            Node::Bytes(_) => "bytes".into(),
            Node::Tuple(_) => "a tuple".into(),
            Node::List(_) => "a list".into(),
            Node::Set(_) => "a set".into(),
            Node::Dict(_) => "a dict".into(),
            Node::Global(g) => format!("{}.{}", g.module, g.name),
            Node::Made(m) => match self.global(m.callee) {
                Some(g) => format!("a {}.{}", g.module, g.name),
                None => "an object".into(),
            },
            Node::Persistent(_) => "a storage".into(),
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    knows: &'a dyn Fn(&str, &str) -> bool,
}

/// Reads one pickle from the start of `bytes`, and how many bytes it has. `knows` says which names may stand in it.
pub fn read<'a>(bytes: &'a [u8], knows: &'a dyn Fn(&str, &str) -> bool) -> Result<(Pickle, usize)> {
    let mut m = Machine { bytes, at: 0, nodes: vec![], stack: vec![], marks: vec![], memo: HashMap::new(), knows };
    while !m.step()? {}
    let [root] = m.stack[..] else { return Err(damaged("it does not end with one value")) };
    Ok((Pickle { nodes: m.nodes, root }, m.at))
}

fn damaged(why: &str) -> String {
    format!("a pickle in it is damaged: {why}")
}

impl Machine<'_> {
    fn take(&mut self, n: usize) -> Result<&[u8]> {
        let end = self.at.checked_add(n).filter(|e| *e <= self.bytes.len()).ok_or_else(|| damaged("it ends too early"))?;
        let out = &self.bytes[self.at..end];
        self.at = end;
        Ok(out)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| damaged("it ends too early"))
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<usize> {
        usize::try_from(u64::from_le_bytes(self.array()?)).map_err(|_| damaged("a length is too large"))
    }

    fn line(&mut self) -> Result<String> {
        let rest = &self.bytes[self.at..];
        let n = rest.iter().position(|b| *b == b'\n').ok_or_else(|| damaged("it ends too early"))?;
        self.at += n + 1;
        String::from_utf8(rest[..n].to_vec()).map_err(|_| damaged("a name is not UTF-8"))
    }

    fn push(&mut self, n: Node) -> Result<()> {
        let id = Id(u32::try_from(self.nodes.len()).map_err(|_| damaged("it is too large"))?);
        self.nodes.push(n);
        self.stack.push(id);
        Ok(())
    }

    /// The topmost value of the innermost frame.
    fn pop(&mut self) -> Result<Id> {
        if self.stack.len() <= self.marks.last().copied().unwrap_or(0) {
            return Err(damaged("a value is missing"));
        }
        self.stack.pop().ok_or_else(|| damaged("a value is missing"))
    }

    fn top(&self) -> Result<Id> {
        match self.stack.last() {
            Some(id) if self.stack.len() > self.marks.last().copied().unwrap_or(0) => Ok(*id),
            _ => Err(damaged("a value is missing")),
        }
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>> {
        let at = self.marks.pop().ok_or_else(|| damaged("a mark is missing"))?;
        if at > self.stack.len() {
            return Err(damaged("a value is missing"));
        }
        Ok(self.stack.split_off(at))
    }

    fn text(&mut self, n: usize) -> Result<()> {
        let text = std::str::from_utf8(self.take(n)?).map_err(|_| damaged("a string is not UTF-8"))?.into();
        self.push(Node::Str(text))
    }

    fn blob(&mut self, n: usize) -> Result<()> {
        let bytes = self.take(n)?.to_vec();
        self.push(Node::Bytes(bytes))
    }

    /// A string of the first protocols, which need not be text.
    fn old_text(&mut self, n: usize) -> Result<()> {
        let bytes = self.take(n)?.to_vec();
        self.push(match String::from_utf8(bytes) {
            Ok(text) => Node::Str(text.as_str().into()),
            Err(e) => Node::Bytes(e.into_bytes()),
        })
    }

    fn long(&mut self, n: usize) -> Result<()> {
        let bytes = self.take(n)?;
        let node = if n <= 8 {
            let fill = if bytes.last().is_some_and(|b| *b >= 0x80) { 0xff } else { 0 };
            let mut wide = [fill; 8];
            wide[..n].copy_from_slice(bytes);
            Node::Int(i64::from_le_bytes(wide))
        } else {
            Node::Long(bytes.to_vec())
        };
        self.push(node)
    }

    fn tuple(&mut self, n: usize) -> Result<()> {
        let mut items = (0..n).map(|_| self.pop()).collect::<Result<Vec<_>>>()?;
        items.reverse();
        self.push(Node::Tuple(items))
    }

    fn name(&mut self, module: &str, name: &str) -> Result<()> {
        if !(self.knows)(module, name) {
            return Err(format!("a pickle in it names {module}.{name}, which neither weights nor programs are made of"));
        }
        self.push(Node::Global(Global { module: module.into(), name: name.into() }))
    }

    fn make(&mut self, is_instance: bool) -> Result<()> {
        let (args, callee) = (self.pop()?, self.pop()?);
        if !matches!(self.nodes[callee.0 as usize], Node::Global(_)) {
            return Err(damaged("it calls something that has no name"));
        }
        self.push(Node::Made(Made { callee, args, state: None, items: vec![], is_instance }))
    }

    fn append(&mut self, new: Vec<Id>) -> Result<()> {
        let to = self.top()?;
        match &mut self.nodes[to.0 as usize] {
            Node::List(items) | Node::Set(items) => items.extend(new),
            _ => return Err(damaged("it appends to something that is no list")),
        }
        Ok(())
    }

    fn set(&mut self, new: &[Id]) -> Result<()> {
        let to = self.top()?;
        if new.len() % 2 != 0 {
            return Err(damaged("a key has no value"));
        }
        let pairs = new.chunks_exact(2).map(|p| (p[0], p[1]));
        match &mut self.nodes[to.0 as usize] {
            Node::Dict(items) | Node::Made(Made { items, .. }) => items.extend(pairs),
            _ => return Err(damaged("it sets items of something that is no dict")),
        }
        Ok(())
    }

    fn remember(&mut self, key: u32) -> Result<()> {
        let id = self.top()?;
        self.memo.insert(key, id);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<()> {
        let id = *self.memo.get(&key).ok_or_else(|| damaged("it refers to a value that is not there"))?;
        self.stack.push(id);
        Ok(())
    }

    fn key(&mut self) -> Result<u32> {
        self.line()?.trim().parse().map_err(|_| damaged("a number is none"))
    }

    /// One instruction; says whether it was the last.
    fn step(&mut self) -> Result<bool> {
        match self.byte()? {
            0x80 => match self.byte()? {
                0..=5 => {}
                n => return Err(format!("a pickle in it has protocol {n}, which is not known")),
            },
            0x95 => drop(self.array::<8>()?),
            b'.' => return Ok(true),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => {
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop()?;
                }
            }
            b'1' => drop(self.pop_mark()?),
            b'2' => {
                let id = self.top()?;
                self.stack.push(id);
            }
            b'N' => self.push(Node::None)?,
            0x88 => self.push(Node::Bool(true))?,
            0x89 => self.push(Node::Bool(false))?,
            b'I' => {
                let text = self.line()?;
                let node = match text.as_str() {
                    "00" => Node::Bool(false),
                    "01" => Node::Bool(true),
                    t => Node::Int(t.trim().parse().map_err(|_| damaged("a number is none"))?),
                };
                self.push(node)?;
            }
            b'L' => {
                let text = self.line()?;
                let n = text.trim().trim_end_matches('L').parse().map_err(|_| damaged("a number is none"))?;
                self.push(Node::Int(n))?;
            }
            b'J' => {
                let n = i32::from_le_bytes(self.array()?);
                self.push(Node::Int(n.into()))?;
            }
            b'K' => {
                let n = self.byte()?;
                self.push(Node::Int(n.into()))?;
            }
            b'M' => {
                let n = u16::from_le_bytes(self.array()?);
                self.push(Node::Int(n.into()))?;
            }
            0x8a => {
                let n = self.byte()?;
                self.long(n.into())?;
            }
            0x8b => {
                let n = self.u32()?;
                self.long(n as usize)?;
            }
            b'F' => {
                let x = self.line()?.trim().parse().map_err(|_| damaged("a number is none"))?;
                self.push(Node::Float(x))?;
            }
            b'G' => {
                let x = f64::from_be_bytes(self.array()?);
                self.push(Node::Float(x))?;
            }
            b'T' => {
                let n = self.u32()?;
                self.old_text(n as usize)?;
            }
            b'U' => {
                let n = self.byte()?;
                self.old_text(n.into())?;
            }
            b'V' => {
                let text = self.line()?;
                self.push(Node::Str(text.as_str().into()))?;
            }
            b'X' => {
                let n = self.u32()?;
                self.text(n as usize)?;
            }
            0x8c => {
                let n = self.byte()?;
                self.text(n.into())?;
            }
            0x8d => {
                let n = self.u64()?;
                self.text(n)?;
            }
            b'B' => {
                let n = self.u32()?;
                self.blob(n as usize)?;
            }
            b'C' => {
                let n = self.byte()?;
                self.blob(n.into())?;
            }
            0x8e | 0x96 => {
                let n = self.u64()?;
                self.blob(n)?;
            }
            b')' => self.push(Node::Tuple(vec![]))?,
            0x85 => self.tuple(1)?,
            0x86 => self.tuple(2)?,
            0x87 => self.tuple(3)?,
            b't' => {
                let items = self.pop_mark()?;
                self.push(Node::Tuple(items))?;
            }
            b']' => self.push(Node::List(vec![]))?,
            b'l' => {
                let items = self.pop_mark()?;
                self.push(Node::List(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            0x8f => self.push(Node::Set(vec![]))?,
            0x91 => {
                let items = self.pop_mark()?;
                self.push(Node::Set(items))?;
            }
            b'}' => self.push(Node::Dict(vec![]))?,
            b'd' => {
                let items = self.pop_mark()?;
                self.push(Node::Dict(vec![]))?;
                self.set(&items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set(&items)?;
            }
            b'q' => {
                let key = self.byte()?;
                self.remember(key.into())?;
            }
            b'r' => {
                let key = self.u32()?;
                self.remember(key)?;
            }
            b'p' => {
                let key = self.key()?;
                self.remember(key)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let key = self.byte()?;
                self.recall(key.into())?;
            }
            b'j' => {
                let key = self.u32()?;
                self.recall(key)?;
            }
            b'g' => {
                let key = self.key()?;
                self.recall(key)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.name(&module, &name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let text = |id: Id| match &self.nodes[id.0 as usize] {
                    Node::Str(s) => Ok(s.clone()),
                    _ => Err(damaged("a name is no string")),
                };
                let (module, name) = (text(module)?, text(name)?);
                self.name(&module, &name)?;
            }
            b'R' => self.make(false)?,
            0x81 => self.make(true)?,
            b'b' => {
                let state = self.pop()?;
                let to = self.top()?;
                match &mut self.nodes[to.0 as usize] {
                    Node::Made(m) => m.state = Some(state),
                    _ => return Err(damaged("it sets the state of something that has none")),
                }
            }
            b'Q' => {
                let key = self.pop()?;
                self.push(Node::Persistent(key))?;
            }
            b'P' => {
                let key = self.line()?;
                self.push(Node::Str(key.as_str().into()))?;
                let key = self.pop()?;
                self.push(Node::Persistent(key))?;
            }
            other => return Err(damaged(&format!("it has an instruction {other:#04x}"))),
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(_: &str, _: &str) -> bool {
        true
    }

    #[test]
    fn reads_what_python_writes() {
        // pickle.dumps({"a": (1, -2, 2.5), "b": [None, True]}, 2)
        let bytes = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01J\xfe\xff\xff\xffG@\x04\x00\x00\x00\x00\x00\x00\x87q\x02X\x01\x00\x00\x00bq\x03]q\x04(N\x88eu.";
        let (p, n) = read(bytes, &all).unwrap();
        assert_eq!(n, bytes.len());
        let entries = p.entries(p.root).unwrap();
        assert_eq!(p.str(entries[0].0).map(|s| &**s), Some("a"));
        let tuple = p.items(entries[0].1).unwrap();
        assert_eq!((p.int(tuple[0]), p.int(tuple[1])), (Some(1), Some(-2)));
        assert!(matches!(p.node(tuple[2]), Node::Float(x) if *x == 2.5));
    }

    #[test]
    fn refuses_unknown_names() {
        let why = read(b"cos\nsystem\n(X\x02\x00\x00\x00lstR.", &|_, _| false).unwrap_err();
        assert!(why.contains("os.system"), "{why}");
    }

    #[test]
    fn damaged_pickles_are_errors() {
        let good: &[u8] = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01u.";
        for n in 0..good.len() {
            assert!(read(&good[..n], &all).is_err(), "{n}");
        }
        for bad in [&b"R."[..], b"h\x00.", b"t.", b"(.", b"K\x01K\x02.", b"X\xff\xff\xff\xff.", b"K\x01b.", b"\x80\x09.", b"((e."]
        {
            assert!(read(bad, &all).is_err(), "{bad:?}");
        }
    }
}
