//! Tensors and torch's small values as Python objects.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use tsrt::{DType, Tensor};

use super::{
    builtins::{function, method, objects::first, or_none},
    dict::DictObj,
    interp::Interp,
    iter::IterObj,
    object::*,
    raise::R,
    types::Types,
};
use crate::syntax::{BinOp, CmpOp, Name};

/// A tensor object. `value` is replaced by `t.data = other`; everything else writes through it.
pub struct TensorObj {
    pub value: RefCell<Tensor>,
    pub dict: Rc<DictObj>,
    /// A subclass such as `torch.nn.Parameter`; `None` for plain tensors.
    pub class: RefCell<Option<Rc<Class>>>,
    pub requires_grad: Cell<bool>,
    pub grad: RefCell<Obj>,
}

/// torch's immutable small values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TorchValue {
    Dtype(DType),
    /// `torch.qint8` and other types that no tensor here can have, by name and PyTorch's number.
    OtherDtype(&'static str, i64),
    /// Kind as in `Value::device`, and index.
    Device(u32, Option<u32>),
    /// PyTorch's number: 0 strided, 1 sparse_coo, 5 mkldnn.
    Layout(i64),
    /// PyTorch's number: 0 contiguous, 1 preserve, 2 channels_last, 3 channels_last_3d.
    MemoryFormat(i64),
    /// How a quantised tensor's numbers are made: name and PyTorch's number.
    QScheme(&'static str, i64),
    /// A random generator, by its own identity.
    Generator(GeneratorHandle),
}

/// A generator's value in the runtime.
#[derive(Clone)]
pub struct GeneratorHandle(pub Rc<tsrt::Value>);

impl std::fmt::Debug for GeneratorHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Generator")
    }
}

impl PartialEq for GeneratorHandle {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for GeneratorHandle {}

const DEVICES: &[&str] = &[
    "cpu", "cuda", "mkldnn", "opengl", "opencl", "ideep", "hip", "fpga", "maia", "xla", "vulkan", "metal", "xpu", "mps", "meta",
];

impl TorchValue {
    pub fn class(&self, t: &Types) -> Rc<Class> {
        match self {
            TorchValue::Dtype(_) | TorchValue::OtherDtype(..) => &t.dtype,
            TorchValue::Device(..) => &t.device,
            TorchValue::Layout(_) => &t.layout,
            TorchValue::MemoryFormat(_) => &t.memory_format,
            TorchValue::QScheme(..) => &t.qscheme,
            TorchValue::Generator(_) => &t.torch_generator,
        }
        .clone()
    }

    pub fn repr(&self) -> String {
        match self {
            TorchValue::Dtype(d) => d.python_name().to_string(),
            TorchValue::OtherDtype(n, _) | TorchValue::QScheme(n, _) => format!("torch.{n}"),
            TorchValue::Device(kind, index) => {
                let name = DEVICES.get(*kind as usize).copied().unwrap_or("?");
                match index {
                    Some(i) => format!("device(type='{name}', index={i})"),
                    None => format!("device(type='{name}')"),
                }
            }
            TorchValue::Layout(n) => match n {
                0 => "torch.strided",
                1 => "torch.sparse_coo",
                2 => "torch.sparse_csr",
                _ => "torch._mkldnn",
            }
            .into(),
            TorchValue::MemoryFormat(n) => match n {
                0 => "torch.contiguous_format",
                1 => "torch.preserve_format",
                2 => "torch.channels_last",
                _ => "torch.channels_last_3d",
            }
            .into(),
            TorchValue::Generator(_) => "<torch._C.Generator object>".into(),
        }
    }

    /// As `str` shows it: `cuda:1` for a device, the `repr` for everything else.
    pub fn text(&self) -> String {
        match self {
            TorchValue::Device(kind, index) => {
                let name = DEVICES.get(*kind as usize).copied().unwrap_or("?");
                index.map_or(name.to_string(), |i| format!("{name}:{i}"))
            }
            _ => self.repr(),
        }
    }

    pub fn hash(&self) -> u64 {
        match self {
            TorchValue::Dtype(d) => 0x1000 + *d as u64,
            TorchValue::OtherDtype(_, n) => 0x2000 + *n as u64,
            TorchValue::Device(k, i) => 0x3000 + *k as u64 * 64 + i.map_or(0, |i| i as u64 + 1),
            TorchValue::Layout(n) => 0x4000 + *n as u64,
            TorchValue::MemoryFormat(n) => 0x5000 + *n as u64,
            TorchValue::QScheme(_, n) => 0x6000 + *n as u64,
            TorchValue::Generator(g) => Rc::as_ptr(&g.0) as u64,
        }
    }

    /// The number that operators take for it.
    pub fn number(&self) -> Option<i64> {
        match self {
            TorchValue::Dtype(d) => Some(*d as i64),
            TorchValue::OtherDtype(_, n) | TorchValue::QScheme(_, n) | TorchValue::Layout(n) | TorchValue::MemoryFormat(n) => {
                Some(*n)
            }
            _ => None,
        }
    }
}

/// Kind and index of a device's name, `cuda:1`.
pub fn parse_device(text: &str) -> Option<(u32, Option<u32>)> {
    let (kind, index) = match text.split_once(':') {
        Some((k, i)) => (k, Some(i.parse::<u32>().ok()?)),
        None => (text, None),
    };
    Some((DEVICES.iter().position(|d| *d == kind)? as u32, index))
}

pub struct TorchState {
    pub grad_enabled: Cell<bool>,
    pub trace: super::trace::TraceCell,
}

impl Default for TorchState {
    fn default() -> TorchState {
        TorchState { grad_enabled: Cell::new(true), trace: RefCell::new(None) }
    }
}

impl Obj {
    pub fn torch(v: TorchValue) -> Obj {
        Obj::Torch(Rc::new(v))
    }
    pub fn tensor(value: Tensor) -> Obj {
        Obj::Tensor(Rc::new(TensorObj {
            value: RefCell::new(value),
            dict: Rc::default(),
            class: RefCell::new(None),
            requires_grad: Cell::new(false),
            grad: RefCell::new(Obj::None),
        }))
    }
}

/// Shorthand for conversions of the tensor's type.
const CASTS: &[(&str, DType)] = &[
    ("float", DType::F32),
    ("double", DType::F64),
    ("half", DType::F16),
    ("bfloat16", DType::BF16),
    ("int", DType::I32),
    ("long", DType::I64),
    ("short", DType::I16),
    ("char", DType::I8),
    ("byte", DType::U8),
    ("bool", DType::Bool),
    ("cfloat", DType::C64),
    ("cdouble", DType::C128),
];

impl Interp {
    /// An error of the runtime as a Python exception.
    pub fn runtime<T>(&self, r: tsrt::Result<T>) -> R<T> {
        match r {
            Ok(v) => Ok(v),
            Err(_) => {
                let (class, message) = super::opcall::last_error();
                self.raise(&class, message)
            }
        }
    }

    pub fn tensor_of(&self, obj: &Obj) -> R<Rc<TensorObj>> {
        match obj {
            Obj::Tensor(t) => Ok(t.clone()),
            _ => self.type_error(format!("expected Tensor, got {}", self.type_name(obj))),
        }
    }

    /// `t.size()`; while a trace follows the tensor, its sizes are followed, too.
    fn shape_object(&self, t: &Tensor) -> R<Obj> {
        if !self.is_traced(t) {
            return self.size_object(t.sizes());
        }
        let sizes = (0..t.dim()).map(|d| Ok(self.traced_size(t, d)?.unwrap_or(Obj::None))).collect::<R<Vec<Obj>>>()?;
        self.size_of(Obj::tuple(sizes))
    }

    /// `torch.Size` of these sizes.
    pub fn size_object(&self, sizes: &[i64]) -> R<Obj> {
        self.size_of(Obj::tuple(sizes.iter().map(|s| Obj::Int(*s)).collect()))
    }

    fn size_of(&self, payload: Obj) -> R<Obj> {
        match self.modules.get_str("torch") {
            Some(torch) => match self.getattr_quiet(&torch, "Size")? {
                Some(Obj::Class(c)) => Ok(self.new_instance(&c, payload)),
                _ => Ok(payload),
            },
            None => Ok(payload),
        }
    }

    pub fn tensor_ndim(&self, t: &TensorObj) -> usize {
        t.value.borrow().dim()
    }

    pub fn tensor_len(&self, t: &TensorObj) -> R<usize> {
        match t.value.borrow().sizes().first() {
            Some(n) => Ok(*n as usize),
            None => self.type_error("len() of a 0-d tensor"),
        }
    }

    pub fn tensor_truth(&self, obj: &Obj) -> R<bool> {
        let t = self.tensor_of(obj)?;
        let n = t.value.borrow().numel();
        match n {
            1 => {
                let v = self.torch_call("item", Args::new(vec![obj.clone()]))?;
                self.truth(&v)
            }
            0 => self.raise("RuntimeError", "Boolean value of Tensor with no values is ambiguous"),
            _ => self.raise("RuntimeError", "Boolean value of Tensor with more than one value is ambiguous"),
        }
    }

    pub fn tensor_iter(&self, t: &Rc<TensorObj>) -> R<Obj> {
        if t.value.borrow().dim() == 0 {
            return self.type_error("iteration over a 0-d tensor");
        }
        if self.is_tracing() {
            let rows = self.torch_call("unbind", Args::new(vec![Obj::Tensor(t.clone()), Obj::Int(0)]))?;
            return self.iter(&rows);
        }
        let n = t.value.borrow().sizes()[0];
        let (t, mut i) = (t.clone(), 0);
        Ok(IterObj::make("generator", move |interp| {
            if i >= n {
                return Ok(None);
            }
            i += 1;
            let row = t.value.borrow().select(0, i - 1);
            Ok(Some(Obj::tensor(interp.runtime(row)?)))
        }))
    }

    pub fn tensor_binary(&self, op: BinOp, a: &Obj, b: &Obj) -> R<Obj> {
        let name = match op {
            BinOp::Add => "add",
            BinOp::Sub if !matches!(a, Obj::Tensor(_)) => {
                return self.torch_call("rsub", Args::new(vec![b.clone(), a.clone()]));
            }
            BinOp::Sub => "sub",
            BinOp::Mul => "mul",
            BinOp::MatMul => "matmul",
            BinOp::Div => "div",
            BinOp::FloorDiv => "floor_divide",
            BinOp::Mod => "remainder",
            BinOp::Pow => "pow",
            BinOp::LShift => "__lshift__",
            BinOp::RShift => "__rshift__",
            BinOp::BitOr => "bitwise_or",
            BinOp::BitXor => "bitwise_xor",
            BinOp::BitAnd => "bitwise_and",
        };
        let commutes = matches!(op, BinOp::Add | BinOp::Mul | BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor);
        let args = match (a, b) {
            (Obj::Tensor(_), _) => vec![a.clone(), b.clone()],
            _ if commutes => vec![b.clone(), a.clone()],
            (_, Obj::Tensor(t)) => {
                let like = t.value.borrow().dtype();
                vec![self.wrapped_number(a, like)?, b.clone()]
            }
            _ => vec![a.clone(), b.clone()],
        };
        self.torch_call(name, Args::new(args))
    }

    /// A 0-dim tensor that promotes as a Python number.
    pub fn wrapped_number(&self, v: &Obj, _like: DType) -> R<Obj> {
        let Some(s) = super::opcall::scalar(&v.unwrapped()) else {
            return self.type_error(format!("unsupported operand type for a tensor: '{}'", self.type_name(v)));
        };
        Ok(Obj::tensor(self.runtime(Tensor::wrapped(s))?))
    }

    pub fn tensor_inplace(&self, op: BinOp, a: &Obj, b: &Obj) -> R<Obj> {
        let name = match op {
            BinOp::Add => "add_",
            BinOp::Sub => "sub_",
            BinOp::Mul => "mul_",
            BinOp::Div => "div_",
            BinOp::FloorDiv => "floor_divide_",
            BinOp::Mod => "remainder_",
            BinOp::Pow => "pow_",
            BinOp::BitAnd => "bitwise_and_",
            BinOp::BitOr => "bitwise_or_",
            BinOp::BitXor => "bitwise_xor_",
            BinOp::LShift => "__ilshift__",
            BinOp::RShift => "__irshift__",
            BinOp::MatMul => return self.tensor_binary(op, a, b),
        };
        self.torch_call(name, Args::new(vec![a.clone(), b.clone()]))
    }

    pub fn tensor_compare(&self, op: CmpOp, a: &Obj, b: &Obj) -> R<Obj> {
        let (name, swapped) = match op {
            CmpOp::Eq => ("eq", "eq"),
            CmpOp::NotEq => ("ne", "ne"),
            CmpOp::Lt => ("lt", "gt"),
            CmpOp::LtE => ("le", "ge"),
            CmpOp::Gt => ("gt", "lt"),
            _ => ("ge", "le"),
        };
        match a {
            Obj::Tensor(_) => self.torch_call(name, Args::new(vec![a.clone(), b.clone()])),
            _ => self.torch_call(swapped, Args::new(vec![b.clone(), a.clone()])),
        }
    }

    /// Attributes and methods of tensors.
    pub fn tensor_attr(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        let t = self.tensor_of(obj)?;
        let value = t.value.borrow().clone();
        Ok(Some(match name {
            "shape" => self.shape_object(&value)?,
            "dtype" => Obj::torch(TorchValue::Dtype(value.dtype())),
            "device" => Obj::torch(TorchValue::Device(0, None)),
            "layout" => Obj::torch(TorchValue::Layout(0)),
            "ndim" => Obj::Int(value.dim() as i64),
            "itemsize" => Obj::Int(value.dtype().size() as i64),
            "nbytes" => Obj::Int((value.numel() * value.dtype().size()) as i64),
            "requires_grad" => Obj::Bool(t.requires_grad.get()),
            "is_leaf" => Obj::Bool(true),
            "grad_fn" => Obj::None,
            "grad" => t.grad.borrow().clone(),
            "data" => {
                let d = Obj::tensor(value);
                d
            }
            "is_cuda" | "is_sparse" | "is_quantized" | "is_meta" | "is_mkldnn" | "is_xpu" | "is_mps" | "is_nested"
            | "is_sparse_csr" => Obj::Bool(false),
            "is_cpu" => Obj::Bool(true),
            "names" => Obj::tuple(vec![Obj::None; value.dim()]),
            "T" | "mT" | "H" | "mH" if self.is_tracing() => {
                let op = match name {
                    "T" => "numpy_T",
                    "H" => "matrix_H",
                    other => other,
                };
                self.torch_call(op, Args::new(vec![obj.clone()]))?
            }
            "T" | "mT" | "H" | "mH" => {
                let n = value.dim() as i64;
                let out = if name == "T" && n != 2 {
                    let order: Vec<i64> = (0..n).rev().collect();
                    self.runtime(value.permute(&order))?
                } else {
                    self.runtime(value.transpose(n - 2, n - 1))?
                };
                Obj::tensor(out)
            }
            "real" | "imag" => self.torch_call(name, Args::new(vec![obj.clone()]))?,
            _ => return self.tensor_method(obj, name),
        }))
    }

    fn tensor_method(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        if let Some(f) = self.tensor_class_attr(name)? {
            return Ok(Some(Obj::Bound(Rc::new(Bound { recv: obj.clone(), func: f }))));
        }
        Ok(None)
    }

    /// `torch.Tensor.name`: a method that is an operator.
    pub fn tensor_class_attr(&self, name: &str) -> R<Option<Obj>> {
        let base = name.strip_prefix("__").map_or(name, |_| name);
        if base.starts_with("__") {
            return Ok(None);
        }
        if super::opcall::is_operator(name) {
            return Ok(Some(self.operator_object(name)));
        }
        Ok(None)
    }

    pub fn tensor_setattr(&self, t: &Rc<TensorObj>, name: &str, value: Obj) -> R<()> {
        match (name, &value) {
            ("requires_grad", _) => t.requires_grad.set(self.truth(&value)?),
            ("data", Obj::Tensor(other)) => {
                let new = other.value.borrow().clone();
                *t.value.borrow_mut() = new;
            }
            ("grad", _) => *t.grad.borrow_mut() = value,
            ("__class__", Obj::Class(c)) => *t.class.borrow_mut() = Some(c.clone()),
            _ => t.dict.set_str(name, value),
        }
        Ok(())
    }

    pub fn torch_attr(&self, v: &TorchValue, name: &str) -> R<Option<Obj>> {
        Ok(Some(match (v, name) {
            (TorchValue::Dtype(d), "is_floating_point") => Obj::Bool(d.is_float()),
            (TorchValue::Dtype(d), "is_complex") => Obj::Bool(d.is_complex()),
            (TorchValue::Dtype(d), "is_signed") => Obj::Bool(d.is_signed()),
            (TorchValue::Dtype(d), "itemsize") => Obj::Int(d.size() as i64),
            (TorchValue::Dtype(d), "to_real") => constant_method(self, name, Obj::torch(TorchValue::Dtype(d.to_real()))),
            (TorchValue::Dtype(d), "to_complex") => constant_method(self, name, Obj::torch(TorchValue::Dtype(d.to_complex()))),
            (TorchValue::Device(k, _), "type") => Obj::str(DEVICES.get(*k as usize).copied().unwrap_or("?")),
            (TorchValue::Device(_, i), "index") => i.map_or(Obj::None, |i| Obj::Int(i as i64)),
            (TorchValue::Generator(_), "device") => Obj::torch(TorchValue::Device(0, None)),
            (TorchValue::Generator(g), "manual_seed" | "seed" | "initial_seed") => {
                let (g, op) = (g.clone(), name.to_string());
                self.builtin("torch", name, move |i, args| {
                    let this = Obj::torch(TorchValue::Generator(g.clone()));
                    i.torch_call(&op, args.prepend(this))
                })
            }
            _ => return Ok(None),
        }))
    }
}

fn constant_method(i: &Interp, name: &str, v: Obj) -> Obj {
    i.builtin("torch", name, move |_, _| Ok(v.clone()))
}

/// Methods of the Tensor class that are no operators, or whose Python form differs from the operator's.
pub fn install(interp: &Rc<Interp>) {
    let c = &interp.types.tensor;
    method(c, "__new__", |i, args| {
        // torch.Tensor(data) and torch.Tensor(2, 3) are float tensors.
        let data = args.pos[1..].to_vec();
        let sizes = data.iter().all(|d| matches!(d, Obj::Int(_)));
        if sizes {
            let sizes: Vec<i64> = data.iter().map(|d| i.as_index(d)).collect::<R<_>>()?;
            let sizes = if sizes.is_empty() { vec![0] } else { sizes };
            return Ok(Obj::tensor(i.runtime(Tensor::zeros(&sizes, tsrt::dtype::default_dtype()))?));
        }
        super::tensor_data::tensor(i, &data[0], Some(tsrt::dtype::default_dtype())).map(Obj::tensor)
    });
    method(c, "size", |i, args| {
        let t = i.tensor_of(&first(i, &args)?)?;
        let dim = args.pos.get(1).cloned().or_else(|| args.kw.iter().find(|(k, _)| &**k == "dim").map(|k| k.1.clone()));
        let value = t.value.borrow().clone();
        match dim {
            Some(d) if !d.is_none() => {
                let d = tsrt::tensor::wrap_dim(i.as_index(&d)?, value.dim());
                let d = i.runtime(d)?;
                if let Some(size) = i.traced_size(&value, d)? {
                    return Ok(size);
                }
                match value.sizes().get(d) {
                    Some(s) => Ok(Obj::Int(*s)),
                    None => i.raise("IndexError", "Dimension specified as 0 but tensor has no dimensions"),
                }
            }
            _ => i.shape_object(&value),
        }
    });
    method(c, "stride", |i, args| {
        let t = i.tensor_of(&first(i, &args)?)?;
        let value = t.value.borrow().clone();
        match args.pos.get(1) {
            Some(d) => {
                let d = tsrt::tensor::wrap_dim(i.as_index(d)?, value.dim());
                Ok(Obj::Int(value.strides()[i.runtime(d)?]))
            }
            None => Ok(Obj::tuple(value.strides().iter().map(|s| Obj::Int(*s)).collect())),
        }
    });
    method(c, "dim", |i, args| Ok(Obj::Int(i.tensor_of(&first(i, &args)?)?.value.borrow().dim() as i64)));
    method(c, "ndimension", |i, args| Ok(Obj::Int(i.tensor_of(&first(i, &args)?)?.value.borrow().dim() as i64)));
    for name in ["numel", "nelement", "__len__"] {
        let len = name == "__len__";
        method(c, name, move |i, args| {
            let t = i.tensor_of(&first(i, &args)?)?;
            if len {
                return Ok(Obj::Int(i.tensor_len(&t)? as i64));
            }
            let n = t.value.borrow().numel();
            Ok(Obj::Int(n as i64))
        });
    }
    method(c, "element_size", |i, args| Ok(Obj::Int(i.tensor_of(&first(i, &args)?)?.value.borrow().dtype().size() as i64)));
    method(c, "data_ptr", |i, args| Ok(Obj::Int(i.tensor_of(&first(i, &args)?)?.value.borrow().data_ptr() as i64)));
    method(c, "storage_offset", |i, args| Ok(Obj::Int(i.tensor_of(&first(i, &args)?)?.value.borrow().offset())));
    method(c, "is_contiguous", |i, mut args| {
        let t = i.tensor_of(&first(i, &args)?)?;
        if args.take_kw("memory_format").is_some() {
            return i.torch_call("is_contiguous", args);
        }
        let v = t.value.borrow().is_contiguous();
        Ok(Obj::Bool(v))
    });
    method(c, "item", |i, args| super::tensor_data::item(i, &first(i, &args)?));
    method(c, "tolist", |i, args| {
        let t = i.tensor_of(&first(i, &args)?)?;
        let v = t.value.borrow().clone();
        super::tensor_data::tolist(i, &v)
    });
    method(c, "detach", |i, args| {
        if i.is_tracing() {
            return i.torch_call("detach", args);
        }
        let t = i.tensor_of(&first(i, &args)?)?;
        let v = t.value.borrow().clone();
        Ok(Obj::tensor(v.as_view(v.sizes(), v.strides(), v.offset())))
    });
    method(c, "detach_", |i, args| {
        let o = first(i, &args)?;
        i.tensor_of(&o)?.requires_grad.set(false);
        Ok(o)
    });
    method(c, "requires_grad_", |i, mut args| {
        let o = first(i, &args)?;
        let on = args.take_kw("requires_grad").or(args.pos.get(1).cloned()).map_or(Ok(true), |v| i.truth(&v))?;
        i.tensor_of(&o)?.requires_grad.set(on);
        Ok(o)
    });
    for name in ["cpu", "cuda", "share_memory_", "pin_memory", "retain_grad"] {
        method(c, name, |i, args| first(i, &args));
    }
    method(c, "numpy", |i, _| i.raise("RuntimeError", "Numpy is not available"));
    method(c, "backward", |i, _| i.raise("RuntimeError", "automatic differentiation is not available at build time"));
    method(c, "register_hook", |_, _| Ok(Obj::None));
    method(c, "is_floating_point", |i, args| Ok(Obj::Bool(i.tensor_of(&first(i, &args)?)?.value.borrow().dtype().is_float())));
    method(c, "is_complex", |i, args| Ok(Obj::Bool(i.tensor_of(&first(i, &args)?)?.value.borrow().dtype().is_complex())));
    method(c, "get_device", |_, _| Ok(Obj::Int(-1)));
    method(c, "apply_", |i, _| i.raise("NotImplementedError", "Tensor.apply_ is not available at build time"));
    for (name, dtype) in CASTS {
        method(c, name, move |i, args| {
            let t = i.tensor_of(&first(i, &args)?)?;
            cast(i, &t, *dtype)
        });
    }
    method(c, "to", to);
    method(c, "type", |i, args| {
        let o = first(i, &args)?;
        let t = i.tensor_of(&o)?;
        match args.pos.get(1) {
            Some(Obj::Torch(d)) => match &**d {
                TorchValue::Dtype(d) => cast(i, &t, *d),
                _ => i.type_error("invalid type object"),
            },
            _ => Ok(Obj::str(format!("torch.{}Tensor", t.value.borrow().dtype().name()))),
        }
    });
    method(c, "type_as", |i, args| match args.pos.as_slice() {
        [Obj::Tensor(a), Obj::Tensor(b)] => {
            let d = b.value.borrow().dtype();
            cast(i, a, d)
        }
        _ => i.type_error("type_as(): argument 'other' must be Tensor"),
    });
    for (name, op) in [("new_zeros", "zeros"), ("new_ones", "ones"), ("new_empty", "empty"), ("new_full", "full")] {
        method(c, name, move |i, mut args| {
            let t = i.tensor_of(&args.pos.remove(0))?;
            if !args.kw.iter().any(|(k, v)| &**k == "dtype" && !v.is_none()) {
                let d = t.value.borrow().dtype();
                args.kw.retain(|(k, _)| &**k != "dtype");
                args.kw.push((Name::from("dtype"), Obj::torch(TorchValue::Dtype(d))));
            }
            i.torch_call(op, args)
        });
    }
    method(c, "new_tensor", |i, mut args| {
        let t = i.tensor_of(&args.pos.remove(0))?;
        let [data, dtype, _, _] = i.take_args("new_tensor", args, ["data", "dtype", "device", "requires_grad"], 1)?;
        let d = match dtype {
            Some(Obj::Torch(d)) => match &*d {
                TorchValue::Dtype(d) => *d,
                _ => t.value.borrow().dtype(),
            },
            _ => t.value.borrow().dtype(),
        };
        super::tensor_data::tensor(i, &or_none(data), Some(d)).map(Obj::tensor)
    });
    method(c, "__repr__", |i, args| Ok(Obj::str(i.repr(&first(i, &args)?)?)));
    method(c, "__getitem__", |i, args| match args.pos.as_slice() {
        [t, at] => i.tensor_getitem(t, at),
        _ => i.type_error("expected 1 argument"),
    });
    method(c, "__setitem__", |i, args| match args.pos.as_slice() {
        [t, at, v] => i.tensor_setitem(t, at, v.clone()).map(|_| Obj::None),
        _ => i.type_error("expected 2 arguments"),
    });
    method(c, "__iter__", |i, args| i.tensor_iter(&i.tensor_of(&first(i, &args)?)?));
    method(c, "__deepcopy__", |i, args| {
        let t = i.tensor_of(&first(i, &args)?)?;
        let copy = t.value.borrow().copy();
        let new = Obj::tensor(i.runtime(copy)?);
        if let Obj::Tensor(n) = &new {
            n.requires_grad.set(t.requires_grad.get());
            *n.class.borrow_mut() = t.class.borrow().clone();
        }
        Ok(new)
    });
    for op in [BinOp::Add, BinOp::Sub, BinOp::Mul, BinOp::Div, BinOp::MatMul, BinOp::Pow, BinOp::Mod, BinOp::FloorDiv] {
        method(c, &format!("__{}__", op.method()), move |i, args| match args.pos.as_slice() {
            [a, b] => i.tensor_binary(op, a, b),
            _ => i.type_error("expected 1 argument"),
        });
    }
    device_class(interp);
}

fn device_class(interp: &Rc<Interp>) {
    method(&interp.types.device, "__new__", |i, mut args| {
        args.pos.remove(0);
        let [kind, index] = i.take_args("device", args, ["type", "index"], 1)?;
        let index = match index {
            Some(n) if !n.is_none() => Some(i.as_index(&n)? as u32),
            _ => None,
        };
        match kind {
            Some(Obj::Torch(d)) => Ok(Obj::Torch(d)),
            Some(Obj::Int(n)) => Ok(Obj::torch(TorchValue::Device(1, Some(n as u32)))),
            Some(Obj::Str(s)) => match parse_device(&s) {
                Some((k, own)) => Ok(Obj::torch(TorchValue::Device(k, own.or(index)))),
                None => {
                    i.raise("RuntimeError", format!("Expected one of cpu, cuda, ... device type at start of device string: {s}"))
                }
            },
            _ => i.type_error("device() received an invalid combination of arguments"),
        }
    });
    method(&interp.types.device, "__str__", |i, args| Ok(Obj::str(i.to_str(&first(i, &args)?)?)));
    method(&interp.types.torch_generator, "__new__", |i, _| i.torch_call("Generator", Args::default()));
}

fn cast(i: &Interp, t: &Rc<TensorObj>, dtype: DType) -> R<Obj> {
    let value = t.value.borrow().clone();
    if i.is_traced(&value) {
        let args = vec![Obj::Tensor(t.clone()), Obj::torch(TorchValue::Dtype(dtype)), Obj::Bool(false), Obj::Bool(false)];
        return i.torch_call("to", Args::new(args));
    }
    if value.dtype() == dtype {
        return Ok(Obj::Tensor(t.clone()));
    }
    let out = value.to_dtype(dtype);
    Ok(Obj::tensor(i.runtime(out)?))
}

/// `Tensor.to`: only the element type can change here.
fn to(i: &Interp, mut args: Args) -> R<Obj> {
    let this = i.tensor_of(&args.pos.remove(0))?;
    let copy = args.take_kw("copy").map_or(Ok(false), |c| i.truth(&c))?;
    let mut dtype = None;
    let given: Vec<Obj> = args
        .pos
        .iter()
        .cloned()
        .chain(args.kw.iter().filter(|(k, _)| matches!(&**k, "dtype" | "device" | "other")).map(|k| k.1.clone()))
        .collect();
    for g in given {
        match g {
            Obj::Torch(v) => {
                if let TorchValue::Dtype(d) = &*v {
                    dtype = Some(*d);
                }
            }
            Obj::Tensor(o) => dtype = Some(o.value.borrow().dtype()),
            _ => {}
        }
    }
    let own = this.value.borrow().dtype();
    if copy && dtype.unwrap_or(own) == own {
        let c = this.value.borrow().copy();
        return Ok(Obj::tensor(i.runtime(c)?));
    }
    cast(i, &this, dtype.unwrap_or(own))
}

/// The `_torch` module: what the Python part of torch is built on.
pub fn native(interp: &Interp, m: &Rc<ModuleObj>) {
    for d in DType::all() {
        let v = Obj::torch(TorchValue::Dtype(d));
        m.dict.set_str(d.python_name().trim_start_matches("torch."), v);
    }
    for (alias, of) in [
        ("float", DType::F32),
        ("double", DType::F64),
        ("half", DType::F16),
        ("int", DType::I32),
        ("long", DType::I64),
        ("short", DType::I16),
        ("cfloat", DType::C64),
        ("cdouble", DType::C128),
        ("chalf", DType::C32),
    ] {
        m.dict.set_str(alias, Obj::torch(TorchValue::Dtype(of)));
    }
    for (name, n) in [
        ("qint8", 12),
        ("quint8", 13),
        ("qint32", 14),
        ("quint4x2", 16),
        ("quint2x4", 17),
        ("float8_e5m2", 23),
        ("float8_e4m3fn", 24),
    ] {
        m.dict.set_str(name, Obj::torch(TorchValue::OtherDtype(name, n)));
    }
    for (name, n) in [("strided", 0), ("sparse_coo", 1), ("sparse_csr", 2), ("_mkldnn", 5)] {
        m.dict.set_str(name, Obj::torch(TorchValue::Layout(n)));
    }
    for (name, n) in [("contiguous_format", 0), ("preserve_format", 1), ("channels_last", 2), ("channels_last_3d", 3)] {
        m.dict.set_str(name, Obj::torch(TorchValue::MemoryFormat(n)));
    }
    for (name, n) in [
        ("per_tensor_affine", 0),
        ("per_channel_affine", 1),
        ("per_tensor_symmetric", 2),
        ("per_channel_symmetric", 3),
        ("per_channel_affine_float_qparams", 4),
    ] {
        m.dict.set_str(name, Obj::torch(TorchValue::QScheme(name, n)));
    }
    let t = &interp.types;
    for (name, class) in [
        ("Tensor", &t.tensor),
        ("dtype", &t.dtype),
        ("device", &t.device),
        ("layout", &t.layout),
        ("memory_format", &t.memory_format),
        ("qscheme", &t.qscheme),
        ("Generator", &t.torch_generator),
        ("ScriptFunction", &t.script_function),
        ("ScriptModule", &t.script_module),
        ("ScriptList", &t.script_list),
        ("ScriptDict", &t.script_dict),
    ] {
        m.dict.set_str(name, Obj::Class(class.clone()));
    }
    function(m, "tensor", |i, args| {
        let [data, dtype, _device, grad, _] =
            i.take_args("tensor", args, ["data", "dtype", "device", "requires_grad", "pin_memory"], 1)?;
        let dtype = match &dtype {
            Some(Obj::Torch(d)) => match &**d {
                TorchValue::Dtype(d) => Some(*d),
                other => return i.raise("NotImplementedError", format!("{} tensors are not available", other.repr())),
            },
            _ => None,
        };
        let out = Obj::tensor(super::tensor_data::tensor(i, &or_none(data), dtype)?);
        if i.is_tracing()
            && let Obj::Tensor(t) = &out
        {
            let dtype = t.value.borrow().dtype();
            let cpu = Obj::torch(TorchValue::Device(0, None));
            let args = vec![out.clone(), cpu, Obj::torch(TorchValue::Dtype(dtype)), Obj::Bool(false), Obj::Bool(false)];
            let moved = i.torch_call("to", Args::new(args))?;
            return i.torch_call("detach", Args::new(vec![moved]));
        }
        if let (Some(g), Obj::Tensor(t)) = (grad, &out) {
            t.requires_grad.set(i.truth(&g)?);
        }
        Ok(out)
    });
    function(m, "subclass", |i, args| match args.pos.as_slice() {
        // A tensor object of a subclass over the same value.
        [Obj::Class(c), Obj::Tensor(t), grad] => {
            let v = t.value.borrow().clone();
            let out = Obj::tensor(v);
            if let Obj::Tensor(n) = &out {
                *n.class.borrow_mut() = Some(c.clone());
                n.requires_grad.set(i.truth(grad)?);
            }
            Ok(out)
        }
        _ => i.type_error("subclass(cls, tensor, requires_grad)"),
    });
    function(m, "call", |i, mut args| {
        let name = i.to_str(&args.pos.remove(0))?;
        i.torch_call(&name, args)
    });
    function(m, "operator", |i, args| {
        let name = i.to_str(&first(i, &args)?)?;
        Ok(i.operator_object(&name))
    });
    function(m, "has_operator", |i, args| Ok(Obj::Bool(super::opcall::is_operator(&i.to_str(&first(i, &args)?)?))));
    function(m, "set_default_dtype", |i, args| match args.pos.first() {
        Some(Obj::Torch(d)) => match &**d {
            TorchValue::Dtype(d) if tsrt::dtype::set_default_dtype(*d) => Ok(Obj::None),
            _ => i.type_error("only floating-point types are supported as the default type"),
        },
        _ => i.type_error("invalid dtype object"),
    });
    function(m, "dtype_number", |i, args| match args.pos.first() {
        Some(Obj::Torch(d)) => Ok(d.number().map_or(Obj::None, Obj::Int)),
        _ => i.type_error("dtype_number() takes a dtype"),
    });
    function(m, "get_default_dtype", |_, _| Ok(Obj::torch(TorchValue::Dtype(tsrt::dtype::default_dtype()))));
    function(m, "same_storage", |i, args| match args.pos.as_slice() {
        [Obj::Tensor(a), Obj::Tensor(b)] => Ok(Obj::Bool(a.value.borrow().data_ptr() == b.value.borrow().data_ptr())),
        _ => i.type_error("same_storage(a, b)"),
    });
    function(m, "bytes", |i, args| {
        let t = i.tensor_of(&first(i, &args)?)?;
        let v = t.value.borrow().contiguous();
        Ok(Obj::Bytes(super::tensor_data::bytes(&i.runtime(v)?).into()))
    });
    function(m, "tracing", |i, _| Ok(Obj::Bool(i.is_tracing())));
    function(m, "in_module", |i, args| match args.pos.as_slice() {
        [module, body] => i.in_traced_module(module, || i.call(body, Args::default())),
        _ => i.type_error("in_module(module, body)"),
    });
    function(m, "grad_mode", |i, args| {
        let old = i.torch.grad_enabled.get();
        if let Some(v) = args.pos.first() {
            i.torch.grad_enabled.set(i.truth(v)?);
        }
        Ok(Obj::Bool(old))
    });
    // Names that only the operators know: `torch.relu`.
    *m.fallback.borrow_mut() = Some(Box::new(|i, name| Ok(super::opcall::is_operator(name).then(|| i.operator_object(name)))));
}
