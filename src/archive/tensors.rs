//! Tensors out of pickles: storages by key, views over them, checked against the bytes that are there.

use super::container::{Bytes, Container, Result};
use super::pickle::{Global, Id, Node, Pickle};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::ops::Range;
use std::sync::Arc;
use tsrt::storage::Storage;
use tsrt::{DType, Ref, Tensor};

/// Names that tensors are pickled with, whatever holds them.
pub fn knows(module: &str, name: &str) -> bool {
    match module {
        "torch._utils" => name.starts_with("_rebuild_"),
        "torch.nn.parameter" => matches!(name, "Parameter" | "Buffer"),
        "collections" => name == "OrderedDict",
        "torch" => name.ends_with("Storage") || matches!(name, "Size" | "device" | "dtype") || dtype_named(name).is_some(),
        "builtins" => name == "complex",
        "torch.storage" => matches!(name, "UntypedStorage" | "TypedStorage" | "_load_from_bytes"),
        "torch.serialization" => name == "_get_layout",
        _ => false,
    }
}

/// `float32` as a pickled `torch.float32`.
pub fn dtype_named(name: &str) -> Option<DType> {
    DType::all().find(|d| d.python_name().trim_start_matches("torch.") == name)
}

/// The element type that a storage class is named after; bytes for untyped ones.
pub fn storage_dtype(name: &str) -> Option<DType> {
    Some(match name {
        "ByteStorage" | "UntypedStorage" => DType::U8,
        "CharStorage" => DType::I8,
        "ShortStorage" => DType::I16,
        "IntStorage" => DType::I32,
        "LongStorage" => DType::I64,
        "HalfStorage" => DType::F16,
        "FloatStorage" => DType::F32,
        "DoubleStorage" => DType::F64,
        "ComplexFloatStorage" => DType::C64,
        "ComplexDoubleStorage" => DType::C128,
        "BoolStorage" => DType::Bool,
        "BFloat16Storage" => DType::BF16,
        "UInt16Storage" => DType::U16,
        "UInt32Storage" => DType::U32,
        "UInt64Storage" => DType::U64,
        _ => return None,
    })
}

unsafe extern "C" fn release(context: *mut c_void) {
    // SAFETY: from `Arc::into_raw` in `over`, once per storage.
    drop(unsafe { Arc::from_raw(context as *const Bytes) })
}

/// A storage over a part of a file, which stays mapped as long as the storage lives.
fn over(bytes: &Arc<Bytes>, range: Range<usize>) -> Ref<Storage> {
    let data = bytes[range.clone()].as_ptr() as *mut u8;
    Storage::external(data, range.len(), Some(release), Arc::into_raw(bytes.clone()) as *mut c_void)
}

/// A storage with a copy of some bytes.
pub fn copied(bytes: &[u8]) -> Result<Ref<Storage>> {
    let s = Storage::alloc(bytes.len()).map_err(|e| e.to_string())?;
    // SAFETY: the new memory is that long.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), s.data(), bytes.len()) }
    Ok(s)
}

/// Where the bytes of storages come from.
pub enum Source<'a> {
    /// Entries of this folder of a zip archive.
    Entries(&'a Container, &'static str),
    /// Parts of a file, by key.
    Parts(&'a Arc<Bytes>, HashMap<String, Range<usize>>),
}

/// Makes the tensors of one pickle. Tensors that share a storage there share it here; the same node is the same tensor.
pub struct Tensors<'a> {
    pub pickle: &'a Pickle,
    source: Source<'a>,
    storages: RefCell<HashMap<String, Ref<Storage>>>,
    made: RefCell<HashMap<Id, Tensor>>,
}

impl<'a> Tensors<'a> {
    pub fn new(pickle: &'a Pickle, source: Source<'a>) -> Tensors<'a> {
        Tensors { pickle, source, storages: RefCell::default(), made: RefCell::default() }
    }

    /// The tensor that a node makes; `None` when it makes something else.
    pub fn tensor(&self, id: Id) -> Result<Option<Tensor>> {
        if let Some(t) = self.made.borrow().get(&id) {
            return Ok(Some(t.clone()));
        }
        let Some((callee, args)) = self.pickle.call(id) else { return Ok(None) };
        if &*callee.module != "torch._utils" {
            return Ok(None);
        }
        let t = self.rebuild(callee, args)?;
        self.made.borrow_mut().insert(id, t.clone());
        Ok(Some(t))
    }

    fn rebuild(&self, callee: &Global, args: &[Id]) -> Result<Tensor> {
        let p = self.pickle;
        match (&*callee.name, args) {
            ("_rebuild_parameter" | "_rebuild_parameter_with_state", [data, grad, ..]) => {
                let inner = p.call(*data).filter(|(g, _)| g.name.starts_with("_rebuild_tensor"));
                let (g, args) = inner.ok_or("a parameter in it is no tensor")?;
                let t = self.rebuild(g, args)?;
                t.set_requires_grad(p.bool(*grad).unwrap_or(false));
                Ok(t)
            }
            ("_rebuild_tensor", [storage, offset, size, stride]) => self.view(*storage, None, *offset, *size, *stride),
            ("_rebuild_tensor_v2", [storage, offset, size, stride, grad, _, rest @ ..]) => {
                let t = self.view(*storage, None, *offset, *size, *stride)?;
                self.finish(t, *grad, rest.first())
            }
            ("_rebuild_tensor_v3", [storage, offset, size, stride, grad, _, dtype, rest @ ..]) => {
                let g = p.global(*dtype).ok_or("a tensor's dtype in it is none")?;
                let dtype = dtype_named(&g.name).ok_or_else(|| format!("tensors of {} are not supported", g.name))?;
                let t = self.view(*storage, Some(dtype), *offset, *size, *stride)?;
                self.finish(t, *grad, rest.first())
            }
            ("_rebuild_qtensor", _) => Err("quantized tensors are not supported".into()),
            ("_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor", _) => Err("sparse tensors are not supported".into()),
            (name, _) => Err(format!("tensors made by {name} are not supported")),
        }
    }

    /// Notes of lazy conjugation and negation are carried out.
    fn finish(&self, t: Tensor, grad: Id, notes: Option<&Id>) -> Result<Tensor> {
        let p = self.pickle;
        let on = |name: &str| {
            let entries = notes.and_then(|n| p.entries(*n)).unwrap_or_default();
            entries.iter().any(|(k, v)| p.str(*k).is_some_and(|s| &**s == name) && p.bool(*v) == Some(true))
        };
        if on("conj") || on("neg") {
            return Err(
                "a tensor is saved as conjugate or negative view: resolve it first with resolve_conj().resolve_neg()".into()
            );
        }
        t.set_requires_grad(p.bool(grad).unwrap_or(false));
        Ok(t)
    }

    fn ints(&self, id: Id) -> Result<Vec<i64>> {
        let items = match self.pickle.node(id) {
            Node::Made(m) => self.pickle.items(m.args).and_then(|a| self.pickle.items(*a.first()?)),
            _ => self.pickle.items(id),
        };
        let ints = items.and_then(|i| i.iter().map(|i| self.pickle.int(*i)).collect());
        ints.ok_or_else(|| "a tensor's shape in it is no tuple of ints".to_owned())
    }

    fn view(&self, storage: Id, dtype: Option<DType>, offset: Id, size: Id, stride: Id) -> Result<Tensor> {
        let (storage, own) = self.storage(storage)?;
        let dtype = dtype.unwrap_or(own);
        let (sizes, strides) = (self.ints(size)?, self.ints(stride)?);
        let offset = self.pickle.int(offset).ok_or("a tensor's offset in it is no int")?;
        if sizes.len() != strides.len() || sizes.len() > 64 {
            return Err("a tensor in it has as many strides as no shape has".into());
        }
        let end = reach(&sizes, &strides, offset)
            .ok_or_else(|| format!("a tensor's shape {sizes:?} or strides {strides:?} make no sense"))?;
        if end.checked_mul(dtype.size() as i64).is_none_or(|n| n > storage.nbytes() as i64) {
            return Err(format!("a tensor of shape {sizes:?} reaches past the {} bytes of its storage", storage.nbytes()));
        }
        Ok(Tensor::over(storage, dtype, &sizes, &strides, if end == 0 { 0 } else { offset }))
    }

    /// `('storage', torch.FloatStorage, key, device, numel)`
    fn storage(&self, id: Id) -> Result<(Ref<Storage>, DType)> {
        let wrong = || "a storage in it is not described as PyTorch does".to_owned();
        let p = self.pickle;
        let Node::Persistent(key) = p.node(id) else { return Err(wrong()) };
        let [_, kind, key, _, numel, ..] = p.items(*key).ok_or_else(wrong)? else { return Err(wrong()) };
        let kind = p.global(*kind).ok_or_else(wrong)?;
        let dtype = storage_dtype(&kind.name).ok_or_else(|| format!("tensors of {} are not supported", kind.name))?;
        let key = match p.node(*key) {
            Node::Str(s) => s.to_string(),
            Node::Int(i) => i.to_string(),
            _ => return Err(wrong()),
        };
        if let Some(s) = self.storages.borrow().get(&key) {
            return Ok((s.clone(), dtype));
        }
        let numel = p.int(*numel).and_then(|n| usize::try_from(n).ok()).ok_or_else(wrong)?;
        let made = match &self.source {
            Source::Entries(c, folder) => {
                let name = format!("{folder}/{key}");
                match c.range(&name) {
                    Some(r) if c.bytes[r.clone()].as_ptr() as usize % 16 == 0 => over(&c.bytes, r),
                    _ => copied(&c.read(&name)?)?,
                }
            }
            Source::Parts(bytes, parts) => {
                let r = parts.get(&key).ok_or_else(|| format!("it has no storage {key:?}"))?;
                copied(&bytes[r.clone()])?
            }
        };
        if numel.checked_mul(dtype.size()).is_none_or(|n| n > made.nbytes()) {
            return Err(format!("the storage {key:?} has {} bytes, too few for its {numel} elements", made.nbytes()));
        }
        self.storages.borrow_mut().insert(key, made.clone());
        Ok((made, dtype))
    }
}

/// One past the last element that a view touches; `None` for shapes and strides that are none.
fn reach(sizes: &[i64], strides: &[i64], offset: i64) -> Option<i64> {
    let mut last = offset;
    let mut numel: i64 = 1;
    if offset < 0 {
        return None;
    }
    for (n, stride) in sizes.iter().zip(strides) {
        if *n < 0 || *stride < 0 {
            return None;
        }
        numel = numel.checked_mul(*n)?;
        last = last.checked_add((n - 1).max(0).checked_mul(*stride)?)?;
    }
    if numel == 0 { Some(0) } else { last.checked_add(1) }
}
