//! Calling the runtime's operators from Python: choosing an overload by the arguments' values, converting both ways.
//!
//! Python's argument parser is laxer than TorchScript's: ints stand for floats, tuples for lists, one number for a tensor. Overloads
//! are tried in the registry's order, first exactly, then with such conversions.

use std::rc::Rc;

use num_complex::Complex64;
use tsrt::{Ref, Scalar, Tensor, Value, list::List};

use super::{
    interp::Interp,
    object::*,
    raise::R,
    tensor::{GeneratorHandle, TorchValue, parse_device},
    trace::Given,
};
use crate::{
    ops::{self, Operator},
    syntax::Name,
    types::Type,
};

/// Exception class and message of the runtime's last error.
pub fn last_error() -> (String, String) {
    let state = tsrt::error::last();
    let class = match state.exception() {
        "" => "RuntimeError",
        e => e,
    };
    (class.to_string(), state.message().to_string())
}

/// A number as the runtime's scalar.
pub fn scalar(v: &Obj) -> Option<Scalar> {
    Some(match v {
        Obj::Bool(b) => Scalar::Bool(*b),
        Obj::Int(i) => Scalar::Int(*i),
        Obj::Float(f) => Scalar::Float(*f),
        Obj::Complex(c) => Scalar::Complex(tsrt::Complex { re: c.re, im: c.im }),
        _ => return None,
    })
}

/// Whether `torch.name` or `Tensor.name` is an operator.
pub fn is_operator(name: &str) -> bool {
    !ops::operators(&format!("aten::{name}")).is_empty() || (name.contains("::") && !ops::operators(name).is_empty())
}

/// The text that Python prints for a tensor; `extra` stands behind the values (`requires_grad=True`).
pub fn print_tensor(t: &Tensor, extra: Option<&str>) -> String {
    let text = tsrt::print_tensor::python(t);
    match (extra, text.strip_suffix(')')) {
        (Some(extra), Some(head)) if !text.contains(extra) => format!("{head}, {extra})"),
        _ => text,
    }
}

/// Arguments as an operator takes them, and how each was given.
struct Fitted {
    values: Vec<Value>,
    how: Vec<Given>,
}

/// How exact a match must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Exact,
    Lax,
}

impl Interp {
    /// `torch.name` as an object that scripting recognises by its `op`.
    pub fn operator_object(&self, name: &str) -> Obj {
        let op = if name.contains("::") { name.to_string() } else { format!("aten::{name}") };
        let called = op.clone();
        Obj::Builtin(Rc::new(Builtin {
            name: Name::from(name),
            module: Name::from("torch"),
            method: true,
            func: Box::new(move |i, args| i.torch_call(&called, args)),
            op: Some(Name::from(op)),
        }))
    }

    /// Calls an operator by name (`add`, `aten::add`).
    pub fn torch_call(&self, name: &str, mut args: Args) -> R<Obj> {
        let full = if name.contains("::") { name.to_string() } else { format!("aten::{name}") };
        let short = full.rsplit("::").next().unwrap_or(name).to_string();
        args.pos.iter_mut().for_each(plain);
        args.kw.iter_mut().for_each(|(_, v)| plain(v));
        let grad = args.take_kw("requires_grad");
        let overloads = ops::operators(&full);
        if overloads.is_empty() {
            return self.raise("AttributeError", format!("module 'torch' has no attribute '{short}'"));
        }
        for round in [Round::Exact, Round::Lax] {
            for op in overloads {
                if let Some(fitted) = self.fit(op, &args, round)? {
                    let out = self.run(op, &args, fitted)?;
                    if let (Some(g), Obj::Tensor(t)) = (&grad, &out) {
                        t.requires_grad.set(self.truth(g)?);
                    }
                    return Ok(out);
                }
            }
        }
        let given: Vec<String> = args
            .pos
            .iter()
            .map(|o| self.type_name(o))
            .chain(args.kw.iter().map(|(k, v)| format!("{k}={}", self.type_name(v))))
            .collect();
        let known: Vec<String> = overloads.iter().map(|o| format!(" * {}", o.schema.text)).collect();
        self.type_error(format!(
            "{short}() received an invalid combination of arguments - got ({}), but expected one of:\n{}",
            given.join(", "),
            known.join("\n")
        ))
    }

    /// The arguments as values in schema order, if the operator takes them.
    fn fit(&self, op: &Operator, args: &Args, round: Round) -> R<Option<Fitted>> {
        let schema = &op.schema;
        let mut values = Vec::with_capacity(schema.params.len());
        let mut how = Vec::with_capacity(schema.params.len());
        let mut used = 0;
        let mut used_kw = 0;
        let mut positional = schema.params.iter().filter(|p| !p.kw_only).count();
        for (n, p) in schema.params.iter().enumerate() {
            positional = positional.saturating_sub(!p.kw_only as usize);
            let by_name =
                args.kw.iter().find(|(k, _)| **k == *p.name || (&*p.name == "self" && &**k == "input") || alias(&p.name, k));
            let given = if !p.kw_only && used < args.pos.len() {
                // `zeros(2, 3)`, `x.view(2, -1)`: all further positions make up the last list.
                if let (Type::List(e), true) = (&p.ty, positional == 0)
                    && matches!(**e, Type::Int)
                    && self.int_like(&args.pos[used])?.is_some()
                    && (args.pos.len() - used > 1 || p.broadcast.is_none())
                {
                    let rest = &args.pos[used..];
                    used = args.pos.len();
                    if round == Round::Exact && rest.len() == 1 && n > 1 {
                        return Ok(None);
                    }
                    let ints = rest.iter().map(|o| self.int_like(o)).collect::<R<Option<Vec<i64>>>>()?;
                    let Some(ints) = ints else { return Ok(None) };
                    how.push(Given::Many(rest.to_vec()));
                    values.push(Value::from(List::from_items(ints)));
                    continue;
                }
                used += 1;
                Some(&args.pos[used - 1])
            } else {
                by_name.map(|(_, v)| {
                    used_kw += 1;
                    v
                })
            };
            let value = match (given, &p.default) {
                (Some(v), _) => match self.value(v, &p.ty, &p.name, p.broadcast, round)? {
                    Some(v) => v,
                    None => return Ok(None),
                },
                (None, Some(d)) => match default_value(d) {
                    Some(v) => v,
                    None => return Ok(None),
                },
                (None, None) => return Ok(None),
            };
            how.push(given.map_or(Given::Default, |o| Given::One(o.clone())));
            values.push(value);
        }
        Ok((used == args.pos.len() && used_kw == args.kw.len()).then_some(Fitted { values, how }))
    }

    /// An int, or a tensor of one integer, which sizes are while a trace is made.
    fn int_like(&self, o: &Obj) -> R<Option<i64>> {
        match o {
            Obj::Tensor(t) if t.value.borrow().dim() == 0 && !t.value.borrow().dtype().is_float() && self.is_tracing() => {
                Ok(int(&super::tensor_data::item(self, o)?))
            }
            _ => Ok(int(o)),
        }
    }

    fn value(&self, v: &Obj, ty: &Type, name: &str, broadcast: Option<u32>, round: Round) -> R<Option<Value>> {
        let lax = round == Round::Lax;
        Ok(match (ty, v) {
            (Type::Optional(_), Obj::None) => Some(Value::none()),
            (Type::Optional(t), _) => return self.value(v, t, name, broadcast, round),
            (Type::Tensor, Obj::Tensor(t)) => Some(Value::from(t.value.borrow().clone())),
            (Type::Tensor, _) if lax => match scalar(v) {
                Some(s) => Some(Value::from(self.runtime(Tensor::wrapped(s))?)),
                None => None,
            },
            (Type::Int, Obj::Torch(t)) => match (&**t, name.contains("dtype")) {
                (TorchValue::Dtype(_) | TorchValue::OtherDtype(..), true) => t.number().map(Value::int),
                (TorchValue::Dtype(_) | TorchValue::OtherDtype(..), false) => None,
                _ => t.number().map(Value::int),
            },
            (Type::Layout | Type::MemoryFormat, Obj::Torch(t)) => t.number().map(Value::int),
            (Type::Int, Obj::Int(i)) if !name.contains("dtype") => Some(Value::int(*i)),
            (Type::Int, Obj::Bool(b)) if lax => Some(Value::int(*b as i64)),
            (Type::Int, Obj::Tensor(t)) if lax && t.value.borrow().numel() == 1 && !t.value.borrow().dtype().is_float() => {
                int(&super::tensor_data::item(self, v)?).map(Value::int)
            }
            (Type::Float, Obj::Float(f)) => Some(Value::float(*f)),
            (Type::Float, Obj::Int(i)) if lax => Some(Value::float(*i as f64)),
            (Type::Float, Obj::Bool(b)) if lax => Some(Value::float(*b as i64 as f64)),
            (Type::Float, Obj::Tensor(t)) if lax && t.value.borrow().numel() == 1 => {
                let item = super::tensor_data::item(self, v)?;
                Some(Value::float(self.as_float(&item)?))
            }
            (Type::Bool, Obj::Bool(b)) => Some(Value::bool(*b)),
            (Type::Bool, Obj::Int(i)) if lax => Some(Value::bool(*i != 0)),
            (Type::Complex, Obj::Complex(c)) => Some(Value::complex(tsrt::Complex { re: c.re, im: c.im })),
            (Type::Number, Obj::Tensor(t)) if lax && t.value.borrow().dim() == 0 => {
                scalar(&super::tensor_data::item(self, v)?).map(Value::from)
            }
            (Type::Number, _) => scalar(v).map(Value::from),
            (Type::Str, Obj::Str(s)) => Some(Value::from(&**s)),
            (Type::Device, Obj::Torch(t)) => match &**t {
                TorchValue::Device(k, i) => Some(Value::device(*k, *i)),
                _ => None,
            },
            (Type::Device, Obj::Str(s)) => parse_device(s).map(|(k, i)| Value::device(k, i)),
            (Type::Generator, Obj::Torch(t)) => match &**t {
                TorchValue::Generator(g) => Some((*g.0).clone()),
                _ => None,
            },
            (Type::List(e), Obj::List(_) | Obj::Tuple(_) | Obj::Range(_) | Obj::Script(_)) => {
                let items = self.collect(v)?;
                return self.list_value(&items, e, name, round);
            }
            (Type::List(e), Obj::Int(i)) if matches!(**e, Type::Int) && (broadcast.is_some() || lax) => {
                let n = broadcast.unwrap_or(1);
                Some(Value::from(List::from_items((0..n).map(|_| *i).collect::<Vec<i64>>())))
            }
            (Type::List(e), Obj::Float(_) | Obj::Int(_)) if matches!(**e, Type::Float) && broadcast.is_some() => {
                let f = self.as_float(v)?;
                Some(Value::from(List::from_items((0..broadcast.unwrap_or(1)).map(|_| f).collect::<Vec<f64>>())))
            }
            (Type::List(_), Obj::Tensor(t)) if lax && t.value.borrow().dim() > 0 => {
                let items = self.collect(v)?;
                return self.value(&Obj::list(items), ty, name, broadcast, round);
            }
            _ => None,
        })
    }

    fn list_value(&self, items: &[Obj], elem: &Type, name: &str, round: Round) -> R<Option<Value>> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let mut item = item.clone();
            plain(&mut item);
            match self.value(&item, elem, name, None, round)? {
                Some(v) => values.push(v),
                None => return Ok(None),
            }
        }
        let list = match elem {
            Type::Int => List::from_items(values.iter().filter_map(Value::as_int).collect::<Vec<i64>>()),
            Type::Float => List::from_items(values.iter().filter_map(Value::as_float).collect::<Vec<f64>>()),
            Type::Bool => List::from_items(values.iter().filter_map(Value::as_bool).collect::<Vec<bool>>()),
            Type::Tensor => List::from_items(values.iter().filter_map(|v| v.as_tensor().cloned()).collect::<Vec<Tensor>>()),
            Type::Optional(t) if **t == Type::Tensor => {
                List::from_items(values.iter().map(|v| v.as_tensor().cloned()).collect::<Vec<Option<Tensor>>>())
            }
            Type::Str => {
                List::from_items(values.iter().filter_map(|v| v.as_str_ref().cloned()).collect::<Vec<Ref<tsrt::str::Str>>>())
            }
            _ => List::from_items(values),
        };
        Ok(Some(Value::from(list)))
    }

    fn run(&self, op: &'static Operator, args: &Args, fitted: Fitted) -> R<Obj> {
        let Fitted { values, how } = fitted;
        let name = op.schema.qualified();
        let results = match tsrt::registry::find(&name) {
            Some(f) => self.runtime(tsrt::registry::call(f, &values, op.schema.returns.len()))?,
            None => {
                let host = self.host.borrow().clone();
                let done = host.map(|h| h.operator(self, op, &values)).transpose()?.flatten();
                match done {
                    Some(values) => values,
                    None => {
                        let message = format!("the operator {name} is not available at build time yet");
                        return self.raise("NotImplementedError", message);
                    }
                }
            }
        };
        self.record_operator(op, &how, &values, &results);
        let mut objs = Vec::with_capacity(results.len());
        for (n, r) in results.iter().enumerate() {
            let ty = op.schema.returns.get(n).map(|r| &r.ty);
            objs.push(self.object(r, args, ty)?);
        }
        Ok(match objs.len() {
            0 => Obj::None,
            1 => objs.remove(0),
            _ => {
                let names: Vec<Obj> = op.schema.returns.iter().filter_map(|r| r.name.as_ref().map(|n| Obj::str(&**n))).collect();
                if names.len() == objs.len()
                    && let Some(torch) = self.modules.get_str("torch")
                    && let Some(make) = self.getattr_quiet(&torch, "_return_type")?
                {
                    let short = op.schema.name.rsplit("::").next().unwrap_or("").to_string();
                    return self.call(&make, Args::new(vec![Obj::str(short), Obj::tuple(names), Obj::tuple(objs)]));
                }
                Obj::tuple(objs)
            }
        })
    }

    /// A runtime value as a Python object; a tensor that is one of the arguments stays the same object.
    pub fn object(&self, v: &Value, args: &Args, ty: Option<&Type>) -> R<Obj> {
        if let Some(t) = v.as_tensor() {
            let same = |o: &&Obj| matches!(o, Obj::Tensor(x) if std::ptr::eq(x.value.borrow().sizes().as_ptr(), t.sizes().as_ptr()) && x.value.borrow().data_ptr() == t.data_ptr());
            let known = args.pos.iter().chain(args.kw.iter().map(|k| &k.1)).find(same);
            return Ok(known.cloned().unwrap_or_else(|| Obj::tensor(t.clone())));
        }
        if let Some(i) = v.as_int() {
            return Ok(Obj::Int(i));
        }
        if let Some(f) = v.as_float() {
            return Ok(Obj::Float(f));
        }
        if let Some(b) = v.as_bool() {
            return Ok(Obj::Bool(b));
        }
        if let Some(c) = v.as_complex() {
            return Ok(Obj::Complex(Complex64::new(c.re, c.im)));
        }
        if let Some(s) = v.as_bytes() {
            return self.decoded(s);
        }
        if let Some((k, i)) = v.as_device() {
            return Ok(Obj::torch(TorchValue::Device(k, i)));
        }
        let none = Args::default();
        if let Some(l) = v.as_list() {
            let items = l.iter().map(|x| self.object(&x, &none, None)).collect::<R<Vec<Obj>>>()?;
            // Lists of tensors reach Python as tuples (`split`, `unbind`).
            let tensors = matches!(ty, Some(Type::List(e)) if **e == Type::Tensor);
            return Ok(if tensors { Obj::tuple(items) } else { Obj::list(items) });
        }
        if let Some(t) = v.as_tuple() {
            let items = t.items().iter().map(|x| self.object(x, &none, None));
            return Ok(Obj::tuple(items.collect::<R<Vec<Obj>>>()?));
        }
        if let Some(d) = v.as_dict() {
            let out = Rc::new(super::dict::DictObj::default());
            for (k, x) in d.iter() {
                out.set(self.key(&self.object(&k, &none, None)?)?, self.object(&x, &none, None)?);
            }
            return Ok(Obj::Dict(out));
        }
        if v.is_none() {
            return Ok(Obj::None);
        }
        Ok(Obj::torch(TorchValue::Generator(GeneratorHandle(Rc::new(v.clone())))))
    }
}

/// Instances around builtin values (`torch.Size`, IntEnum members) as those values.
fn plain(o: &mut Obj) {
    if matches!(o, Obj::Instance(_)) {
        *o = o.unwrapped();
    }
}

fn int(o: &Obj) -> Option<i64> {
    match o {
        Obj::Int(i) => Some(*i),
        Obj::Bool(b) => Some(*b as i64),
        _ => None,
    }
}

/// Other names that Python accepts for parameters, as NumPy calls them.
fn alias(param: &str, given: &str) -> bool {
    matches!((param, given), ("dim", "axis") | ("keepdim", "keepdims") | ("self", "x") | ("other", "x2"))
}

fn default_value(d: &ops::schema::Default) -> Option<Value> {
    use ops::schema::Default as D;
    Some(match d {
        D::None => Value::none(),
        D::Bool(b) => Value::bool(*b),
        D::Int(i) => Value::int(*i),
        D::Float(f) => Value::float(*f),
        D::Str(s) => Value::from(&**s),
        D::Ints(v) => Value::from(List::from_items(v.clone())),
        D::Elsewhere(_) => return None,
    })
}
