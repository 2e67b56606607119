//! Recording of the operators that a Python function runs on example inputs, for `torch.jit.trace`.
//!
//! A tensor is followed by its identity: what an operator returns, what a parameter or buffer of the traced module is, and the inputs.
//! Sizes are followed, too: while a trace is made they are tensors of one integer, as in PyTorch. Everything else is a constant.
//! `script::traced` makes functions of what is recorded here.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use tsrt::{Tensor, Value};

use super::{interp::Interp, object::*, raise::R, scope::Scope};
use crate::{diag::Span, ops::Operator, syntax::Name, types::Type};

/// A tensor that the trace follows.
pub type TraceId = usize;

/// An argument of a recorded operator.
#[derive(Clone)]
pub enum TraceInput {
    Value(TraceId),
    /// A followed tensor as a number, by the operator that takes it out (`aten::Int`).
    Number(&'static str, TraceId),
    List(Vec<TraceInput>, Type),
    Constant(Value),
}

/// A result of a recorded operator.
#[derive(Clone)]
pub enum TraceOutput {
    Value(TraceId),
    /// A number that is followed as a tensor.
    Number(TraceId),
    List(Vec<TraceId>),
    Other(Type),
}

pub struct TraceNode {
    pub operator: &'static Operator,
    pub inputs: Vec<TraceInput>,
    pub outputs: Vec<TraceOutput>,
    pub span: Span,
}

/// What happened, in order.
pub enum TraceEvent {
    Node(TraceNode),
    /// A submodule begins to run: its path below the traced module.
    Enter(Vec<Name>),
    Exit,
}

/// A value that goes in or comes out: tensors in containers.
#[derive(Clone)]
pub enum TraceShape {
    Value(TraceId),
    Constant(Tensor),
    Tuple(Vec<TraceShape>),
    List(Vec<TraceShape>),
    Dict(Vec<(Value, TraceShape)>, Type),
    None,
}

/// What is known of a followed tensor.
#[derive(Clone, Default)]
pub struct TraceValue {
    pub name: Option<Name>,
    /// Where the traced module keeps it.
    pub attribute: Option<Vec<Name>>,
    /// A tensor that nothing in the trace made.
    pub constant: Option<Tensor>,
}

#[derive(Default)]
pub struct Trace {
    pub events: Vec<TraceEvent>,
    pub values: Vec<TraceValue>,
    pub inputs: Vec<(Name, TraceShape)>,
    pub output: Option<TraceShape>,
    ids: HashMap<usize, TraceId>,
    attributes: HashMap<usize, Vec<Name>>,
    modules: Vec<(Obj, Vec<Name>)>,
    /// Every tensor met, so that addresses stay theirs.
    kept: Vec<Tensor>,
    /// Scopes of the Python calls under way.
    scopes: Vec<Rc<Scope>>,
}

/// How an argument was given.
pub enum Given {
    One(Obj),
    Many(Vec<Obj>),
    Default,
}

fn address(t: &Tensor) -> usize {
    t.as_ptr() as usize
}

impl Trace {
    fn fresh(&mut self, t: &Tensor) -> TraceId {
        self.values.push(TraceValue::default());
        self.kept.push(t.clone());
        self.ids.insert(address(t), self.values.len() - 1);
        self.values.len() - 1
    }

    fn knows(&self, t: &Tensor) -> bool {
        self.ids.contains_key(&address(t)) || self.attributes.contains_key(&address(t))
    }

    /// The id of a tensor that is used now. A tensor nobody made is an attribute of the module, or else a constant.
    fn used(&mut self, t: &Tensor) -> TraceId {
        let id = match self.ids.get(&address(t)) {
            Some(id) => *id,
            None => {
                let id = self.fresh(t);
                match self.attributes.get(&address(t)) {
                    Some(path) => {
                        self.values[id].name = path.last().cloned();
                        self.values[id].attribute = Some(path.clone());
                    }
                    None => self.values[id].constant = Some(t.clone()),
                }
                id
            }
        };
        if self.values[id].name.is_none()
            && let Some(scope) = self.scopes.last()
        {
            let is_it = |o: &Obj| matches!(o, Obj::Tensor(x) if address(&x.value.borrow()) == address(t));
            let found = scope.vars.str_items().into_iter().find(|(_, v)| is_it(v));
            self.values[id].name = found.map(|f| f.0).filter(|n| &**n != "self");
        }
        id
    }

    fn input(&mut self, given: Option<&Obj>, value: &Value, ty: &Type) -> TraceInput {
        if let Some(t) = value.as_tensor() {
            return match given {
                Some(Obj::Tensor(_)) => TraceInput::Value(self.used(t)),
                _ => TraceInput::Constant(value.clone()),
            };
        }
        if let Some(Obj::Tensor(t)) = given {
            let t = t.value.borrow().clone();
            if self.knows(&t) && value.as_scalar().is_some() {
                let op = match ty {
                    Type::Optional(t) if **t == Type::Int => "aten::Int",
                    Type::Optional(t) if **t == Type::Float => "aten::Float",
                    Type::Int => "aten::Int",
                    Type::Float => "aten::Float",
                    _ => "aten::ScalarImplicit",
                };
                return TraceInput::Number(op, self.used(&t));
            }
        }
        TraceInput::Constant(value.clone())
    }
}

impl Interp {
    /// Whether a trace is being made.
    pub fn is_tracing(&self) -> bool {
        self.torch.trace.borrow().is_some()
    }

    /// Whether the trace follows a tensor.
    pub fn is_traced(&self, t: &Tensor) -> bool {
        self.torch.trace.borrow().as_ref().is_some_and(|trace| trace.knows(t))
    }

    /// Runs `body` with the scope of the innermost Python call known to the trace.
    pub fn in_traced_scope<T>(&self, scope: &Rc<Scope>, body: impl FnOnce() -> R<T>) -> R<T> {
        let depth = match &mut *self.torch.trace.borrow_mut() {
            Some(trace) => {
                trace.scopes.push(scope.clone());
                Some(trace.scopes.len() - 1)
            }
            None => None,
        };
        let out = body();
        if let (Some(depth), Some(trace)) = (depth, &mut *self.torch.trace.borrow_mut()) {
            trace.scopes.truncate(depth);
        }
        out
    }

    /// Runs a call of a module as one of the traced module's submodules.
    pub fn in_traced_module(&self, module: &Obj, body: impl FnOnce() -> R<Obj>) -> R<Obj> {
        let path = match &*self.torch.trace.borrow() {
            Some(trace) => trace.modules.iter().find(|(m, _)| m.is(module)).map(|(_, path)| path.clone()),
            None => None,
        };
        let Some(path) = path else { return body() };
        self.record(TraceEvent::Enter(path));
        let out = body();
        self.record(TraceEvent::Exit);
        out
    }

    fn record(&self, event: TraceEvent) {
        if let Some(trace) = &mut *self.torch.trace.borrow_mut() {
            trace.events.push(event);
        }
    }

    /// Notes an operator that ran.
    pub fn record_operator(&self, operator: &'static Operator, given: &[Given], values: &[Value], results: &[Value]) {
        let span = self.span();
        let Some(trace) = &mut *self.torch.trace.borrow_mut() else { return };
        let mut inputs = vec![];
        for ((value, p), given) in values.iter().zip(&operator.schema.params).zip(given) {
            let elem = match &p.ty {
                Type::List(e) => Some((**e).clone()),
                Type::Optional(t) => match &**t {
                    Type::List(e) => Some((**e).clone()),
                    _ => None,
                },
                _ => None,
            };
            inputs.push(match (value.as_list(), elem) {
                (Some(list), Some(elem)) => {
                    let items: Vec<Value> = list.iter().collect();
                    let objs = match given {
                        Given::Many(objs) => objs.clone(),
                        Given::One(Obj::List(l)) => l.items.borrow().clone(),
                        Given::One(Obj::Tuple(t)) => t.to_vec(),
                        _ => vec![],
                    };
                    TraceInput::List(items.iter().enumerate().map(|(i, v)| trace.input(objs.get(i), v, &elem)).collect(), elem)
                }
                _ => match given {
                    Given::One(o) => trace.input(Some(o), value, &p.ty),
                    Given::Default => factory_default(operator, &p.name, values).unwrap_or(TraceInput::Constant(value.clone())),
                    Given::Many(_) => trace.input(None, value, &p.ty),
                },
            });
        }
        let (operator, inputs) = convolution(operator, inputs, values);
        let mut outputs = vec![];
        for (n, r) in results.iter().enumerate() {
            let ty = operator.schema.returns.get(n).map_or(Type::Tensor, |r| r.ty.clone());
            outputs.push(match (r.as_tensor(), r.as_list()) {
                (Some(t), _) => TraceOutput::Value(trace.fresh(t)),
                (None, Some(l)) if l.iter().all(|x| x.as_tensor().is_some()) => {
                    TraceOutput::List(l.iter().filter_map(|x| x.as_tensor().map(|t| trace.fresh(t))).collect())
                }
                _ => TraceOutput::Other(ty),
            });
        }
        trace.events.push(TraceEvent::Node(TraceNode { operator, inputs, outputs, span }));
    }

    /// The size of a dimension as a followed tensor, when the trace follows `t`.
    pub fn traced_size(&self, t: &Tensor, dim: usize) -> R<Option<Obj>> {
        if !self.is_traced(t) {
            return Ok(None);
        }
        let n = t.sizes().get(dim).copied().unwrap_or(1);
        let size = self.runtime(Tensor::full(&[], tsrt::Scalar::Int(n), tsrt::DType::I64))?;
        let Some(operator) = crate::ops::operator("aten::size", "int") else { return Ok(None) };
        let span = self.span();
        if let Some(trace) = &mut *self.torch.trace.borrow_mut() {
            let inputs = vec![TraceInput::Value(trace.used(t)), TraceInput::Constant(Value::int(dim as i64))];
            let outputs = vec![TraceOutput::Number(trace.fresh(&size))];
            trace.events.push(TraceEvent::Node(TraceNode { operator, inputs, outputs, span }));
        }
        Ok(Some(Obj::tensor(size)))
    }

    /// Calls `function` and records what it does. `module` is the traced module, whose tensors are attributes.
    pub fn trace(&self, function: &Obj, module: Option<&Obj>, names: &[Name], args: Vec<Obj>) -> R<Trace> {
        if self.is_tracing() {
            return self.raise("RuntimeError", "a trace cannot be made while another one is");
        }
        let mut trace = Trace::default();
        if let Some(module) = module {
            self.note_module(&mut trace, module, &mut vec![])?;
        }
        let mut fresh = vec![];
        for (i, arg) in args.iter().enumerate() {
            let name = names.get(i).cloned().unwrap_or_else(|| Name::from(format!("argument_{}", i + 1)));
            let (obj, shape) = self.trace_argument(&mut trace, arg)?;
            if let TraceShape::Value(id) = &shape {
                trace.values[*id].name = Some(name.clone());
            }
            fresh.push(obj);
            trace.inputs.push((name, shape));
        }
        *self.torch.trace.borrow_mut() = Some(trace);
        let result = self.call(function, Args::new(fresh));
        let output = match &result {
            Ok(obj) => self.trace_result(obj),
            Err(_) => Ok(TraceShape::None),
        };
        let trace = self.torch.trace.borrow_mut().take();
        result?;
        let output = output?;
        let Some(mut trace) = trace else { return self.raise("RuntimeError", "the trace was lost") };
        trace.output = Some(output);
        Ok(trace)
    }

    fn note_module(&self, trace: &mut Trace, module: &Obj, path: &mut Vec<Name>) -> R<()> {
        let Some(view) = self.module_view(module) else { return Ok(()) };
        if !path.is_empty() {
            trace.modules.push((module.clone(), path.clone()));
        }
        let mut tensors: Vec<(Name, Obj)> = vec![];
        tensors.extend(view.parameters().into_iter().filter_map(|(n, t)| t.map(|t| (n, Obj::Tensor(t)))));
        tensors.extend(view.buffers().into_iter().filter_map(|(n, t, _)| t.map(|t| (n, Obj::Tensor(t)))));
        tensors.extend(view.attributes().into_iter().filter(|(_, v)| matches!(v, Obj::Tensor(_))));
        for (name, obj) in tensors {
            if let Obj::Tensor(t) = &obj {
                let mut full = path.clone();
                full.push(name);
                let t = t.value.borrow().clone();
                trace.attributes.insert(address(&t), full);
                trace.kept.push(t);
            }
        }
        for (name, below) in view.submodules() {
            path.push(name);
            self.note_module(trace, &below, path)?;
            path.pop();
        }
        Ok(())
    }

    /// An argument with tensor objects of its own, and its shape.
    fn trace_argument(&self, trace: &mut Trace, arg: &Obj) -> R<(Obj, TraceShape)> {
        let all = |items: &[Obj], trace: &mut Trace| -> R<(Vec<Obj>, Vec<TraceShape>)> {
            let mut out = (vec![], vec![]);
            for item in items {
                let (o, s) = self.trace_argument(trace, item)?;
                out.0.push(o);
                out.1.push(s);
            }
            Ok(out)
        };
        Ok(match arg {
            Obj::Tensor(t) => {
                let v = t.value.borrow().clone();
                let view = v.as_view(v.sizes(), v.strides(), v.offset());
                let id = trace.fresh(&view);
                (Obj::tensor(view), TraceShape::Value(id))
            }
            Obj::Tuple(items) => {
                let (objs, shapes) = all(items, trace)?;
                (Obj::tuple(objs), TraceShape::Tuple(shapes))
            }
            Obj::List(l) => {
                let (objs, shapes) = all(&l.items.borrow().clone(), trace)?;
                (Obj::list(objs), TraceShape::List(shapes))
            }
            Obj::Dict(d) => {
                let out = Rc::new(super::dict::DictObj::default());
                let mut pairs = vec![];
                for (k, v) in d.items() {
                    let (obj, shape) = self.trace_argument(trace, &v)?;
                    out.set(self.key(&k)?, obj);
                    pairs.push((self.trace_key(&k)?, shape));
                }
                (Obj::Dict(out), TraceShape::Dict(pairs, Type::Str))
            }
            _ => {
                let message = format!(
                    "Type '{}' cannot be traced. Only Tensors and (possibly nested) Lists, Dicts, and Tuples of Tensors can be traced",
                    self.type_name(arg)
                );
                return self.raise("RuntimeError", message);
            }
        })
    }

    fn trace_key(&self, k: &Obj) -> R<Value> {
        match k {
            Obj::Str(s) => Ok(Value::from(&**s)),
            Obj::Int(i) => Ok(Value::int(*i)),
            _ => self.raise("RuntimeError", "keys of traced dicts must be strings or ints"),
        }
    }

    fn trace_result(&self, obj: &Obj) -> R<TraceShape> {
        let list = |items: &[Obj]| items.iter().map(|o| self.trace_result(o)).collect::<R<Vec<TraceShape>>>();
        Ok(match &obj.unwrapped() {
            Obj::None => TraceShape::None,
            Obj::Tensor(t) => {
                let v = t.value.borrow().clone();
                match &mut *self.torch.trace.borrow_mut() {
                    Some(trace) if trace.knows(&v) => TraceShape::Value(trace.used(&v)),
                    _ => TraceShape::Constant(v),
                }
            }
            Obj::Tuple(items) => TraceShape::Tuple(list(items)?),
            Obj::List(l) => TraceShape::List(list(&l.items.borrow().clone())?),
            Obj::Dict(d) => {
                let mut pairs = vec![];
                for (k, v) in d.items() {
                    pairs.push((self.trace_key(&k)?, self.trace_result(&v)?));
                }
                let key = if d.keys().iter().all(|k| matches!(k, Obj::Int(_))) && !d.is_empty() { Type::Int } else { Type::Str };
                TraceShape::Dict(pairs, key)
            }
            other => {
                let message = format!(
                    "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from traced functions, found {}",
                    self.type_name(other)
                );
                return self.raise("RuntimeError", message);
            }
        })
    }
}

/// What PyTorch's factories are given where a program leaves out the options of the new tensor.
fn factory_default(operator: &Operator, param: &str, values: &[Value]) -> Option<TraceInput> {
    let params = &operator.schema.params;
    if !params.iter().any(|p| &*p.name == "pin_memory") {
        return None;
    }
    let like = values.first().and_then(|v| v.as_tensor()).filter(|_| operator.schema.name.ends_with("_like"));
    let value = match param {
        "device" => Value::device(0, None),
        "pin_memory" => Value::bool(false),
        "dtype" => Value::int(like?.dtype() as i64),
        "layout" => {
            like?;
            Value::int(0)
        }
        _ => return None,
    };
    Some(TraceInput::Constant(value))
}

/// Convolutions are recorded as the one operator behind them.
fn convolution(operator: &'static Operator, inputs: Vec<TraceInput>, values: &[Value]) -> (&'static Operator, Vec<TraceInput>) {
    let Some((transposed, spatial)) = (match &*operator.schema.name {
        "aten::conv1d" => Some((false, 1)),
        "aten::conv2d" => Some((false, 2)),
        "aten::conv3d" => Some((false, 3)),
        "aten::conv_transpose1d" => Some((true, 1)),
        "aten::conv_transpose2d" => Some((true, 2)),
        "aten::conv_transpose3d" => Some((true, 3)),
        _ => None,
    }) else {
        return (operator, inputs);
    };
    let batched = values.first().and_then(|v| v.as_tensor()).is_some_and(|t| t.dim() == spatial + 2);
    let (Some(behind), true, false) =
        (crate::ops::operator("aten::_convolution", ""), batched, &*operator.schema.overload == "padding")
    else {
        return (operator, inputs);
    };
    let constant = |v: Value| TraceInput::Constant(v);
    let zeros = || TraceInput::List(vec![constant(Value::int(0)); spatial], Type::Int);
    let mut given = inputs.into_iter();
    let mut take = || given.next().unwrap_or(TraceInput::Constant(Value::none()));
    let (input, weight, bias, stride, padding) = (take(), take(), take(), take(), take());
    let (dilation, output_padding, groups) = if transposed {
        let (output_padding, groups, dilation) = (take(), take(), take());
        (dilation, output_padding, groups)
    } else {
        let (dilation, groups) = (take(), take());
        (dilation, zeros(), groups)
    };
    let flag = |b: bool| TraceInput::Constant(Value::bool(b));
    let inputs = vec![
        input,
        weight,
        bias,
        stride,
        padding,
        dilation,
        flag(transposed),
        output_padding,
        groups,
        flag(false),
        flag(false),
        flag(true),
        flag(true),
    ];
    (behind, inputs)
}

/// The trace under way, if any.
pub type TraceCell = RefCell<Option<Trace>>;
