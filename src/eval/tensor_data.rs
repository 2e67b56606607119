//! Python data to tensors and back; indexing.

use std::rc::Rc;

use num_complex::Complex64;
use tsrt::{DType, Scalar, Tensor};

use super::{interp::Interp, object::*, opcall::scalar, raise::R, tensor::TensorObj};

/// `torch.tensor(data)`: a fresh tensor of nested sequences, numbers and tensors.
pub fn tensor(i: &Interp, data: &Obj, dtype: Option<DType>) -> R<Tensor> {
    if let Obj::Tensor(t) = data {
        let v = t.value.borrow().clone();
        let to = dtype.unwrap_or(v.dtype());
        let out = if to == v.dtype() { v.copy() } else { v.to_dtype(to) };
        return i.runtime(out);
    }
    let mut sizes = Vec::new();
    let mut at = data.clone();
    loop {
        match sequence(i, &at)? {
            Some(items) => {
                sizes.push(items.len() as i64);
                match items.first() {
                    Some(f) => at = f.clone(),
                    None => break,
                }
            }
            None => break,
        }
        if sizes.len() > 64 {
            return i.value_error("too many dimensions");
        }
    }
    if let Obj::Tensor(t) = &at
        && t.value.borrow().dim() > 0
    {
        return i.value_error("only one element tensors can be converted to Python scalars");
    }
    let mut values = Vec::new();
    flatten(i, data, &sizes, 0, &mut values)?;
    let dtype = dtype.unwrap_or_else(|| infer(&values));
    let out = i.runtime(Tensor::empty(&sizes, dtype))?;
    write(&out, &values);
    Ok(out)
}

fn sequence(i: &Interp, obj: &Obj) -> R<Option<Vec<Obj>>> {
    Ok(match obj.unwrapped() {
        Obj::List(l) => Some(l.items.borrow().clone()),
        Obj::Tuple(t) => Some(t.to_vec()),
        r @ Obj::Range(_) => Some(i.collect(&r)?),
        Obj::Script(s) => match &s.target {
            Obj::List(l) => Some(l.items.borrow().clone()),
            _ => None,
        },
        Obj::Tensor(t) if t.value.borrow().dim() > 0 => Some(i.collect(obj)?),
        _ => None,
    })
}

fn flatten(i: &Interp, data: &Obj, sizes: &[i64], depth: usize, out: &mut Vec<Scalar>) -> R<()> {
    if depth == sizes.len() {
        let v = match data {
            Obj::Tensor(_) => item(i, data)?,
            other => other.unwrapped(),
        };
        return match scalar(&v) {
            Some(s) => {
                out.push(s);
                Ok(())
            }
            None if matches!(v, Obj::Str(_)) => i.type_error("new(): invalid data type 'str'"),
            None if matches!(v, Obj::Big(_)) => i.raise("RuntimeError", "Overflow when unpacking long long"),
            None => i.raise("RuntimeError", format!("Could not infer dtype of {}", i.type_name(data))),
        };
    }
    let Some(items) = sequence(i, data)? else {
        return i.type_error(format!("expected sequence of length {} at dim {depth} (got {})", sizes[depth], i.type_name(data)));
    };
    if items.len() as i64 != sizes[depth] {
        return i.value_error(format!("expected sequence of length {} at dim {depth} (got {})", sizes[depth], items.len()));
    }
    items.iter().try_for_each(|v| flatten(i, v, sizes, depth + 1, out))
}

fn infer(values: &[Scalar]) -> DType {
    let mut found = None;
    for v in values {
        let rank = match v {
            Scalar::Bool(_) => 0,
            Scalar::Int(_) => 1,
            Scalar::Float(_) => 2,
            Scalar::Complex(_) => 3,
        };
        found = Some(found.unwrap_or(0).max(rank));
    }
    let float = tsrt::dtype::default_dtype();
    match found {
        Some(0) => DType::Bool,
        Some(1) => DType::I64,
        Some(3) => float.to_complex(),
        _ => float,
    }
}

/// Writes scalars into a fresh contiguous tensor.
fn write(t: &Tensor, values: &[Scalar]) {
    let n = t.numel().min(values.len());
    macro_rules! fill {
        ($($dtype:ident $ty:ty),*) => {
            match t.dtype() {
                $(DType::$dtype => {
                    // SAFETY: the tensor is fresh, contiguous, of that element type and at least `n` long.
                    let out = unsafe { std::slice::from_raw_parts_mut(t.data_ptr() as *mut $ty, n) };
                    for (o, v) in out.iter_mut().zip(values) {
                        *o = v.to::<$ty>();
                    }
                })*
                _ => {
                    for (k, v) in values.iter().enumerate().take(n) {
                        if let Ok(flat) = t.as_view(&[t.numel() as i64], &[1], 0).select(0, k as i64) {
                            flat.fill(*v);
                        }
                    }
                }
            }
        };
    }
    fill!(F32 f32, F64 f64, I64 i64, I32 i32, I16 i16, I8 i8, U8 u8);
}

/// The bytes of a contiguous tensor.
pub fn bytes(t: &Tensor) -> Vec<u8> {
    let n = t.numel() * t.dtype().size();
    if n == 0 {
        return Vec::new();
    }
    // SAFETY: the elements of a contiguous tensor lie there without gaps.
    unsafe { std::slice::from_raw_parts(t.data_ptr() as *const u8, n) }.to_vec()
}

/// The Python number in a tensor of one element.
pub fn item(i: &Interp, obj: &Obj) -> R<Obj> {
    let t = i.tensor_of(obj)?;
    let v = t.value.borrow().clone();
    if v.numel() != 1 {
        return i.raise("RuntimeError", format!("a Tensor with {} elements cannot be converted to Scalar", v.numel()));
    }
    let v = i.runtime(v.contiguous())?;
    Ok(from_scalar(element(&v, 0)))
}

pub fn from_scalar(s: Scalar) -> Obj {
    match s {
        Scalar::Int(i) => Obj::Int(i),
        Scalar::Float(f) => Obj::Float(f),
        Scalar::Bool(b) => Obj::Bool(b),
        Scalar::Complex(c) => Obj::Complex(Complex64::new(c.re, c.im)),
    }
}

/// Element `k` of a contiguous tensor, in memory order.
fn element(t: &Tensor, k: usize) -> Scalar {
    // SAFETY: within the elements of a contiguous tensor.
    unsafe { t.read(k as isize) }
}

pub fn tolist(i: &Interp, t: &Tensor) -> R<Obj> {
    let c = i.runtime(t.contiguous())?;
    fn nest(c: &Tensor, sizes: &[i64], at: &mut usize) -> Obj {
        match sizes.split_first() {
            None => {
                *at += 1;
                from_scalar(element(c, *at - 1))
            }
            Some((n, rest)) => Obj::list((0..*n).map(|_| nest(c, rest, at)).collect()),
        }
    }
    Ok(nest(&c, c.sizes(), &mut 0))
}

/// What an index expression leaves to do after the views are taken.
struct Indexed {
    view: Tensor,
    /// The view as an object, which a trace follows.
    object: Obj,
    /// One per dimension of the view up to the last one indexed by a tensor.
    tensors: Vec<Option<Tensor>>,
}

impl Interp {
    fn take_views(&self, obj: &Obj, index: &Obj) -> R<Indexed> {
        let mut view = self.tensor_of(obj)?.value.borrow().clone();
        let mut object = obj.clone();
        let tracing = self.is_traced(&view);
        let mut traced = |view: &mut Tensor, op: &str, args: &[Obj]| -> R<bool> {
            if tracing {
                object = self.torch_call(op, Args::new(std::iter::once(object.clone()).chain(args.iter().cloned()).collect()))?;
                *view = self.tensor_of(&object)?.value.borrow().clone();
            }
            Ok(tracing)
        };
        let parts: Vec<Obj> = match index {
            Obj::Tuple(t) => t.to_vec(),
            Obj::Instance(_) => match index.unwrapped() {
                Obj::Tuple(t) => t.to_vec(),
                other => vec![other],
            },
            other => vec![other.clone()],
        };
        let consumed = |o: &Obj| match o {
            Obj::None | Obj::Ellipsis | Obj::Bool(_) => 0,
            Obj::Tensor(t) if matches!(t.value.borrow().dtype(), DType::Bool | DType::U8) => t.value.borrow().dim(),
            _ => 1,
        };
        let wanted: usize = parts.iter().map(consumed).sum();
        if wanted > view.dim() {
            return self.raise("IndexError", format!("too many indices for tensor of dimension {}", view.dim()));
        }
        let mut tensors: Vec<Option<Tensor>> = Vec::new();
        let mut dim = 0i64;
        for p in &parts {
            match p {
                Obj::Ellipsis => {
                    let skip = view.dim() as i64 - dim - {
                        let after = parts.iter().skip_while(|q| !matches!(q, Obj::Ellipsis)).skip(1);
                        after.map(consumed).sum::<usize>() as i64
                    };
                    dim += skip.max(0);
                }
                Obj::None => {
                    if !traced(&mut view, "unsqueeze", &[Obj::Int(dim)])? {
                        view = self.runtime(view.unsqueeze(dim))?;
                    }
                    dim += 1;
                }
                Obj::Slice(s) => {
                    let n = view.sizes()[dim as usize];
                    let part = |o: &Obj, default: i64| if o.is_none() { Ok(default) } else { self.as_index(o) };
                    let step = part(&s.step, 1)?;
                    if step <= 0 {
                        return self.value_error("step must be greater than zero");
                    }
                    let (start, stop) = (part(&s.start, 0)?, part(&s.stop, n)?);
                    let or = |o: &Obj, default: i64| if o.is_none() { Obj::Int(default) } else { o.clone() };
                    let bounds = [Obj::Int(dim), or(&s.start, 0), or(&s.stop, i64::MAX), or(&s.step, 1)];
                    if !traced(&mut view, "slice", &bounds)? {
                        view = self.runtime(view.slice(dim, start, stop, step))?;
                    }
                    dim += 1;
                }
                Obj::Int(k) => {
                    let n = view.sizes()[dim as usize];
                    if *k < -n || *k >= n {
                        return self.raise("IndexError", format!("index {k} is out of bounds for dimension {dim} with size {n}"));
                    }
                    if !traced(&mut view, "select", &[Obj::Int(dim), Obj::Int(*k)])? {
                        view = self.runtime(view.select(dim, *k))?;
                    }
                }
                Obj::Bool(b) => {
                    if !traced(&mut view, "unsqueeze", &[Obj::Int(dim)])? {
                        view = self.runtime(view.unsqueeze(dim))?;
                    }
                    let mask = self.runtime(Tensor::full(&[1], Scalar::Bool(*b), DType::Bool))?;
                    tensors.resize(dim as usize, None);
                    tensors.push(Some(mask));
                    dim += 1;
                }
                Obj::Tensor(t) => {
                    let v = t.value.borrow().clone();
                    if v.dim() == 0 && !matches!(v.dtype(), DType::Bool | DType::U8) {
                        let k = self.as_index(&item(self, p)?)?;
                        if !traced(&mut view, "select", &[Obj::Int(dim), p.clone()])? {
                            view = self.runtime(view.select(dim, k))?;
                        }
                        continue;
                    }
                    let used = if matches!(v.dtype(), DType::Bool | DType::U8) { v.dim() as i64 } else { 1 };
                    tensors.resize(dim as usize, None);
                    tensors.push(Some(v));
                    dim += used;
                }
                Obj::List(_) | Obj::Range(_) => {
                    let v = tensor(self, p, None)?;
                    let v = if v.dtype().is_float() && v.numel() == 0 { self.runtime(v.to_dtype(DType::I64))? } else { v };
                    tensors.resize(dim as usize, None);
                    tensors.push(Some(v));
                    dim += 1;
                }
                Obj::Instance(_) => {
                    let k = self.as_index(p)?;
                    view = self.runtime(view.select(dim, k))?;
                }
                _ => {
                    return self.raise(
                        "IndexError",
                        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices",
                    );
                }
            }
        }
        let object = if tracing { object } else { Obj::tensor(view.clone()) };
        Ok(Indexed { view, object, tensors })
    }

    pub fn tensor_getitem(&self, obj: &Obj, index: &Obj) -> R<Obj> {
        let Indexed { object, tensors, .. } = self.take_views(obj, index)?;
        if tensors.is_empty() {
            return Ok(object);
        }
        let list = Obj::list(tensors.into_iter().map(|t| t.map_or(Obj::None, Obj::tensor)).collect());
        self.torch_call("index", Args::new(vec![object, list]))
    }

    pub fn tensor_setitem(&self, obj: &Obj, index: &Obj, value: Obj) -> R<()> {
        let Indexed { view, object, tensors } = self.take_views(obj, index)?;
        if self.is_tracing() {
            return self.traced_setitem(object, &view, tensors, value);
        }
        let value = match &value {
            Obj::Tensor(t) => t.value.borrow().clone(),
            _ => match scalar(&value.unwrapped()) {
                Some(s) => {
                    if tensors.is_empty() {
                        view.fill(s);
                        return Ok(());
                    }
                    self.runtime(Tensor::scalar(s, view.dtype()))?
                }
                None => tensor(self, &value, Some(view.dtype()))?,
            },
        };
        if !tensors.is_empty() {
            let list = Obj::list(tensors.into_iter().map(|t| t.map_or(Obj::None, Obj::tensor)).collect());
            let value = if value.dtype() == view.dtype() { value } else { self.runtime(value.to_dtype(view.dtype()))? };
            self.torch_call("index_put_", Args::new(vec![Obj::tensor(view), list, Obj::tensor(value)]))?;
            return Ok(());
        }
        // Leading dimensions of size 1 are dropped, as PyTorch does on assignment.
        let mut value = value;
        while value.dim() > view.dim() && value.sizes().first() == Some(&1) {
            value = self.runtime(value.select(0, 0))?;
        }
        let value = self.runtime(value.expand(view.sizes()))?;
        self.runtime(view.copy_from(&value))
    }

    /// Assignment to a view, by operators that a trace can hold.
    fn traced_setitem(&self, object: Obj, view: &Tensor, tensors: Vec<Option<Tensor>>, value: Obj) -> R<()> {
        let value = match &value {
            Obj::Tensor(_) => value,
            other => match scalar(&other.unwrapped()) {
                Some(s) => Obj::tensor(self.runtime(Tensor::scalar(s, view.dtype()))?),
                None => Obj::tensor(tensor(self, &value, Some(view.dtype()))?),
            },
        };
        if !tensors.is_empty() {
            let list = Obj::list(tensors.into_iter().map(|t| t.map_or(Obj::None, Obj::tensor)).collect());
            return self.torch_call("index_put_", Args::new(vec![object, list, value])).map(|_| ());
        }
        let given = self.tensor_of(&value)?.value.borrow().clone();
        let op = if given.dim() == 0 && view.dim() > 0 { "fill_" } else { "copy_" };
        self.torch_call(op, Args::new(vec![object, value])).map(|_| ())
    }

    pub fn tensor_repr(&self, t: &Rc<TensorObj>) -> R<String> {
        let v = t.value.borrow().clone();
        let grad = if t.requires_grad.get() { Some("requires_grad=True") } else { None };
        let text = super::opcall::print_tensor(&v, grad);
        let class = t.class.borrow().as_ref().map(|c| c.name.borrow().to_string());
        Ok(match class.as_deref() {
            Some("Parameter") => format!("Parameter containing:\n{text}"),
            _ => text,
        })
    }
}
