//! TorchScript archives as sources: the module is exported under the name of the file.

use super::Evaluated;
use crate::archive::pickle::{Id, Node};
use crate::archive::program::Archive;
use crate::archive::saved::Saved;
use crate::archive::tensors::{Tensors, dtype_named};
use crate::diag::{Code, Diagnostic, Problems, SourceMap};
use crate::eval::dict::DictObj;
use crate::eval::{Interp, Obj, R, TorchValue};
use crate::graph::{Export, Program};
use crate::passes::pipeline;
use crate::script::{Compiler, serialized};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;

/// Whether a file is to be read as an archive, by its name or its first bytes; anything else is Python.
pub fn is_archive(path: &Path) -> bool {
    if path.extension().is_some_and(|e| ["pt", "pth", "ptl"].iter().any(|a| e.eq_ignore_ascii_case(a))) {
        return true;
    }
    let mut head = [0; 4];
    std::fs::File::open(path).is_ok_and(|mut f| f.read_exact(&mut head).is_ok()) && head == *b"PK\x03\x04"
}

/// A fault of the whole file.
fn unreadable(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::new(Code::Input, None, format!("cannot read the archive `{}`: {why}", path.display()))
}

/// The files that whoever saved an archive added (`_extra_files`): a line with size and name for each, or the bytes of the one named.
pub fn extra_files(path: &Path, name: &str) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let fail = |why: &str| vec![unreadable(path, why)];
    let archive = Archive::open(path).map_err(|why| fail(&why))?;
    let mut lines = String::new();
    for (n, bytes) in archive.extra_files() {
        let bytes = bytes.map_err(|why| fail(&why))?;
        if n == name {
            return Ok(bytes.into_owned());
        }
        lines += &format!("{:>9}  {n}\n", bytes.len());
    }
    if name.is_empty() {
        return Ok(lines.into_bytes());
    }
    let d = Diagnostic::new(Code::Name, None, format!("`{}` holds no extra file `{name}`", path.display()));
    Err(vec![d.help(if lines.is_empty() { "it holds none".to_owned() } else { format!("it holds\n{}", lines.trim_end()) })])
}

/// Compiles the module of an archive.
pub fn evaluate(path: &Path) -> Evaluated {
    let mut sources = SourceMap::default();
    let archive = match Archive::open(path) {
        Ok(a) => a,
        Err(why) => {
            return Evaluated { program: Program::default(), sources, diagnostics: vec![unreadable(path, &why)] };
        }
    };
    let code = serialized::sources(&archive, path, &mut sources);
    let mut c = Compiler::default();
    c.sources = sources;
    c.cleanup = Some(pipeline::cleanup);
    c.restore = Some(super::restore::restore);
    let mut problems = Problems::default();
    match serialized::load(&code, &mut c, &archive) {
        Ok(loaded) => {
            let methods = serialized::compile(&mut c, loaded);
            let methods = super::host::with_hooks(&mut c, loaded.object, methods);
            c.program.exports.push(Export::Module { name: name(path), object: loaded.object, methods });
        }
        Err(d) => c.report(d),
    }
    for d in std::mem::take(&mut c.problems).sorted() {
        problems.push(d);
    }
    Evaluated { program: c.program, sources: c.sources, diagnostics: problems.sorted() }
}

/// The name of a file's module: its stem as an identifier.
fn name(path: &Path) -> String {
    let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    let mut name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.insert(0, '_');
    }
    name
}

/// `torch.load`: the saved value as a Python object.
pub fn load_saved(interp: &Interp, path: &str) -> R<Obj> {
    let fail = |why: String| format!("torch.load cannot read `{path}`: {why}");
    let saved = match Saved::open(Path::new(path)) {
        Ok(s) => s,
        Err(why) => return interp.raise("RuntimeError", fail(why)),
    };
    let tensors = saved.tensors();
    let mut reader = Objects { interp, tensors: &tensors, made: HashMap::new(), depth: 0 };
    match reader.object(tensors.pickle.root)? {
        Ok(o) => Ok(o),
        Err(why) => interp.raise("RuntimeError", fail(why)),
    }
}

/// How deep saved values may nest.
const MAX_DEPTH: usize = 1000;

/// Saved values as Python objects; a node is one object wherever it stands.
struct Objects<'a> {
    interp: &'a Interp,
    tensors: &'a Tensors<'a>,
    made: HashMap<Id, Obj>,
    depth: usize,
}

impl Objects<'_> {
    /// The object of a node. The inner error says what is wrong with the file.
    fn object(&mut self, id: Id) -> R<Result<Obj, String>> {
        if let Some(o) = self.made.get(&id) {
            return Ok(Ok(o.clone()));
        }
        if self.depth == MAX_DEPTH {
            return Ok(Err("its values nest too deeply, or contain themselves".into()));
        }
        self.depth += 1;
        let made = self.make(id);
        self.depth -= 1;
        if let Ok(Ok(o)) = &made {
            self.made.insert(id, o.clone());
        }
        made
    }

    fn objects(&mut self, ids: &[Id]) -> R<Result<Vec<Obj>, String>> {
        let mut out = vec![];
        for id in ids {
            match self.object(*id)? {
                Ok(o) => out.push(o),
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(out))
    }

    fn dict(&mut self, entries: &[(Id, Id)]) -> R<Result<Obj, String>> {
        let dict = DictObj::default();
        for (k, v) in entries {
            match (self.object(*k)?, self.object(*v)?) {
                (Ok(k), Ok(v)) => dict.set(self.interp.key(&k)?, v),
                (Err(why), _) | (_, Err(why)) => return Ok(Err(why)),
            }
        }
        Ok(Ok(Obj::Dict(Rc::new(dict))))
    }

    fn make(&mut self, id: Id) -> R<Result<Obj, String>> {
        let p = self.tensors.pickle;
        if let Some(entries) = p.entries(id) {
            return self.dict(entries);
        }
        match self.tensors.tensor(id) {
            Ok(Some(t)) => {
                let grad = t.requires_grad();
                let o = Obj::tensor(t);
                if let Obj::Tensor(t) = &o {
                    t.requires_grad.set(grad);
                }
                return Ok(Ok(o));
            }
            Ok(None) => {}
            Err(why) => return Ok(Err(why)),
        }
        Ok(Ok(match p.node(id) {
            Node::None => Obj::None,
            Node::Bool(b) => Obj::Bool(*b),
            Node::Int(i) => Obj::Int(*i),
            Node::Float(x) => Obj::Float(*x),
            Node::Str(s) => Obj::str(&**s),
            Node::Tuple(items) => return Ok(self.objects(items)?.map(Obj::tuple)),
            Node::List(items) => return Ok(self.objects(items)?.map(Obj::list)),
            Node::Global(g) if &*g.module == "torch" => match dtype_named(&g.name) {
                Some(d) => Obj::torch(TorchValue::Dtype(d)),
                None => return Ok(Err(format!("{} has no meaning there", p.describe(id)))),
            },
            Node::Made(m) => match (p.global(m.callee).map(|g| (&*g.module, &*g.name)), p.items(m.args)) {
                (Some(("torch", "Size")), Some([sizes])) => return self.object(*sizes),
                (Some(("torch", "device")), Some([kind, ..])) => {
                    match p.str(*kind).and_then(|k| crate::graph::repr::parse_device(k)) {
                        Some((kind, index)) => Obj::torch(TorchValue::Device(kind, index)),
                        None => return Ok(Err("a device in it is none".into())),
                    }
                }
                _ => return Ok(Err(format!("{} in it is not supported", p.describe(id)))),
            },
            _ => return Ok(Err(format!("{} in it is not supported", p.describe(id)))),
        }))
    }
}
