//! Functions and modules from what a trace recorded.
//!
//! Each call of a submodule becomes a method of that submodule's class, as in PyTorch: what it uses of its own module it reads from
//! `self`, everything else comes in as parameters, and what is used after the call goes out. A traced module has a class of its own, which
//! nothing shares.

use super::Compiler;
use super::module::ConcreteModule;
use super::resolve::Front;
use super::sugared::fail;
use crate::diag::{Code, Result, Span};
use crate::eval::api::ModuleView;
use crate::eval::trace::{Trace, TraceEvent, TraceId, TraceInput, TraceNode, TraceOutput, TraceShape};
use crate::graph::{Attr, ClassId, Const, Function, FunctionId, Graph, ObjectId, Param, Signature, Value};
use crate::syntax::Name;
use crate::types::Type;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// One run of a module: what it did, and the runs of its submodules in between.
struct Run<'t> {
    path: Vec<Name>,
    steps: Vec<Step<'t>>,
}

enum Step<'t> {
    Node(&'t TraceNode),
    Call(Run<'t>),
}

impl<'t> Run<'t> {
    fn of(trace: &'t Trace) -> Run<'t> {
        let mut open = vec![Run { path: vec![], steps: vec![] }];
        for event in &trace.events {
            match event {
                TraceEvent::Node(n) => {
                    if let Some(run) = open.last_mut() {
                        run.steps.push(Step::Node(n));
                    }
                }
                TraceEvent::Enter(path) => open.push(Run { path: path.clone(), steps: vec![] }),
                TraceEvent::Exit => {
                    if open.len() > 1
                        && let Some(done) = open.pop()
                        && let Some(outer) = open.last_mut()
                        && !done.steps.is_empty()
                    {
                        // A module that calls itself is no submodule of itself: its steps are the caller's.
                        match done.path.starts_with(&outer.path) && done.path.len() > outer.path.len() {
                            true => outer.steps.push(Step::Call(done)),
                            false => outer.steps.extend(done.steps),
                        }
                    }
                }
            }
        }
        open.swap_remove(0)
    }

    /// Ids that the run makes.
    fn made(&self, out: &mut HashSet<TraceId>) {
        for step in &self.steps {
            match step {
                Step::Node(n) => n.outputs.iter().for_each(|o| match o {
                    TraceOutput::Value(id) | TraceOutput::Number(id) => {
                        out.insert(*id);
                    }
                    TraceOutput::List(ids) => out.extend(ids),
                    TraceOutput::Other(_) => {}
                }),
                Step::Call(run) => run.made(out),
            }
        }
    }

    /// Ids that the run uses, in order.
    fn used(&self, out: &mut Vec<TraceId>) {
        for step in &self.steps {
            step.used(out);
        }
    }
}

impl Step<'_> {
    fn used(&self, out: &mut Vec<TraceId>) {
        match self {
            Step::Node(n) => n.inputs.iter().for_each(|i| used_by(i, out)),
            Step::Call(run) => run.used(out),
        }
    }
}

fn used_by(input: &TraceInput, out: &mut Vec<TraceId>) {
    match input {
        TraceInput::Value(id) | TraceInput::Number(_, id) => out.push(*id),
        TraceInput::List(items, _) => items.iter().for_each(|i| used_by(i, out)),
        TraceInput::Constant(_) => {}
    }
}

fn ids_of(shape: &TraceShape, out: &mut Vec<TraceId>) {
    match shape {
        TraceShape::Value(id) => out.push(*id),
        TraceShape::Tuple(items) | TraceShape::List(items) => items.iter().for_each(|s| ids_of(s, out)),
        TraceShape::Dict(pairs, _) => pairs.iter().for_each(|(_, s)| ids_of(s, out)),
        TraceShape::Constant(_) | TraceShape::None => {}
    }
}

fn type_of(shape: &TraceShape) -> Type {
    match shape {
        TraceShape::Value(_) | TraceShape::Constant(_) => Type::Tensor,
        TraceShape::Tuple(items) => Type::tuple(items.iter().map(type_of).collect()),
        TraceShape::List(items) => Type::list(items.first().map_or(Type::Tensor, type_of)),
        TraceShape::Dict(pairs, key) => Type::dict(key.clone(), pairs.first().map_or(Type::Tensor, |p| type_of(&p.1))),
        TraceShape::None => Type::None,
    }
}

/// A value of the runtime as a constant.
fn constant_of(v: &tsrt::Value) -> Option<Const> {
    Some(if let Some(t) = v.as_tensor() {
        Const::Tensor(t.clone())
    } else if let Some(i) = v.as_int() {
        Const::Int(i)
    } else if let Some(x) = v.as_float() {
        Const::Float(x)
    } else if let Some(b) = v.as_bool() {
        Const::Bool(b)
    } else if let Some(c) = v.as_complex() {
        Const::Complex(c.re, c.im)
    } else if let Some(s) = v.as_str() {
        Const::Str(s.into())
    } else if let Some((kind, index)) = v.as_device() {
        Const::Device { kind, index }
    } else if v.is_none() {
        Const::None
    } else {
        return None;
    })
}

impl Front {
    /// The class and the live object of a module that is traced; its methods come from traces.
    pub fn traced_module(
        self: &Rc<Self>,
        c: &mut Compiler,
        view: &ModuleView,
        span: Span,
    ) -> Result<(Rc<ConcreteModule>, ObjectId)> {
        let module = self.unshared(c, view, span)?;
        let object = self.instantiate(c, view, &module, span)?;
        Ok((module, object))
    }

    /// A traced function.
    pub fn traced_function(
        self: &Rc<Self>,
        c: &mut Compiler,
        module: &str,
        name: &str,
        trace: &Trace,
        span: Span,
    ) -> Result<FunctionId> {
        let name = self.unique(self.qualified(module, name));
        let run = Run::of(trace);
        Build { c, trace, root: None, span }.root(&run, name)
    }

    /// A method of a traced module.
    pub fn traced_method(
        self: &Rc<Self>,
        c: &mut Compiler,
        module: &Rc<ConcreteModule>,
        method: &str,
        trace: &Trace,
        span: Span,
    ) -> Result<FunctionId> {
        let run = Run::of(trace);
        let name = format!("{}.{method}", c.program.class(module.id).class.name);
        Build { c, trace, root: Some(module.clone()), span }.root(&run, name)
    }
}

struct Build<'a, 't> {
    c: &'a mut Compiler,
    trace: &'t Trace,
    root: Option<Rc<ConcreteModule>>,
    span: Span,
}

/// A function being written.
struct Body {
    graph: Graph,
    this: Option<Value>,
    values: HashMap<TraceId, Value>,
    /// Submodules that it calls, by their path from its own module.
    submodules: HashMap<Vec<Name>, Value>,
    params: Vec<Param>,
}

impl Body {
    fn new() -> Body {
        Body { graph: Graph::new(), this: None, values: HashMap::new(), submodules: HashMap::new(), params: vec![] }
    }

    fn param(&mut self, name: &str, ty: Type) -> Value {
        let v = self.graph.add_param(self.graph.top(), ty.clone(), Some(name));
        self.params.push(Param { name: name.to_owned(), ty, default: None, kw_only: false, broadcast: None });
        v
    }

    /// A node at the end; its first output.
    fn node(&mut self, op: &str, inputs: &[Value], types: &[Type], span: Span) -> crate::graph::Node {
        let n = self.graph.new_node(op, inputs, types, Some(span));
        self.graph.append(self.graph.top(), n);
        n
    }

    fn value(&mut self, op: &str, inputs: &[Value], ty: Type, span: Span) -> Value {
        let n = self.node(op, inputs, &[ty], span);
        self.graph.node(n).outputs[0]
    }
}

impl<'t> Build<'_, 't> {
    fn root(&mut self, run: &Run<'t>, name: String) -> Result<FunctionId> {
        let mut body = Body::new();
        self.add_self(&mut body, &run.path);
        let mut shapes = vec![];
        for (name, shape) in &self.trace.inputs {
            shapes.push((body.param(name, type_of(shape)), shape));
        }
        let output = self.trace.output.clone().unwrap_or(TraceShape::None);
        let mut after = vec![];
        ids_of(&output, &mut after);
        self.attributes(&mut body, run, &after)?;
        for (v, shape) in shapes {
            self.unpack(&mut body, v, shape)?;
        }
        self.steps(&mut body, run, &after)?;
        let result = self.pack(&mut body, &output)?;
        self.finish(body, vec![result], name, self.class_at(&run.path).map(|m| m.id))
    }

    fn finish(&mut self, mut body: Body, returns: Vec<Value>, name: String, class: Option<ClassId>) -> Result<FunctionId> {
        let top = body.graph.top();
        remove_unused(&mut body.graph, &returns);
        let types = returns.iter().map(|v| body.graph.ty(*v).clone()).collect();
        body.graph.block_mut(top).returns = returns;
        let signature = Signature { params: body.params, returns: types };
        let short = name.rsplit('.').next().unwrap_or(&name).to_owned();
        let function =
            Function { name, signature, graph: body.graph, class, span: Some(self.span), ignored: None, poisoned: false };
        let id = self.c.program.add_function(function);
        if let Some(class) = class {
            self.c.program.classes[class.0 as usize].methods.push((short, id));
        }
        Ok(id)
    }

    /// The class of the submodule at a path.
    fn class_at(&self, path: &[Name]) -> Option<Rc<ConcreteModule>> {
        path.iter().try_fold(self.root.clone()?, |m, name| m.module_named(name))
    }

    fn add_self(&mut self, body: &mut Body, path: &[Name]) {
        if let Some(m) = self.class_at(path) {
            let ty = Type::Class(self.c.program.class(m.id).class.clone());
            body.this = Some(body.param("self", ty));
        }
    }

    /// The path of an attribute from a module, if it lies below it.
    fn below(&self, id: TraceId, path: &[Name]) -> Option<Vec<Name>> {
        self.trace.values[id].attribute.as_ref()?.strip_prefix(path).map(<[Name]>::to_vec)
    }

    /// Reads what a run uses of its module: each attribute that it or, for what is not its own, a submodule uses. The last one comes first.
    fn attributes(&mut self, body: &mut Body, run: &Run<'t>, after: &[TraceId]) -> Result<()> {
        let Some(this) = body.this else { return Ok(()) };
        let mut wanted: Vec<(Option<TraceId>, Vec<Name>)> = vec![];
        let mut want = |id: Option<TraceId>, path: Vec<Name>| {
            if !wanted.iter().any(|(i, p)| *i == id && *p == path) {
                wanted.push((id, path));
            }
        };
        for step in &run.steps {
            let mut used = vec![];
            step.used(&mut used);
            let inner = match step {
                Step::Call(call) => {
                    want(None, call.path[run.path.len()..].to_vec());
                    Some(call)
                }
                Step::Node(_) => None,
            };
            for id in used {
                let own = inner.is_some_and(|call| self.below(id, &call.path).is_some());
                if let (false, Some(path)) = (own, self.below(id, &run.path)) {
                    want(Some(id), path);
                }
            }
        }
        for id in after {
            if let Some(path) = self.below(*id, &run.path) {
                want(Some(*id), path);
            }
        }
        let start = self.class_at(&run.path);
        for (id, path) in wanted.into_iter().rev() {
            let (mut v, mut class) = (this, start.clone());
            for name in &path {
                let Some(m) = class else { return fail(Code::Internal, self.span, "an attribute of no module") };
                let sub = m.module_named(name);
                let ty = match &sub {
                    Some(s) => Type::Class(self.c.program.class(s.id).class.clone()),
                    None => Type::Tensor,
                };
                let n = body.graph.new_node("prim::GetAttr", &[v], &[ty], Some(self.span));
                body.graph.set_attr(n, "name", Attr::Str(name.to_string()));
                body.graph.append(body.graph.top(), n);
                v = body.graph.node(n).outputs[0];
                let shown = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name.to_string() };
                body.graph.set_name(v, &shown);
                class = sub;
            }
            match id {
                Some(id) => {
                    body.values.insert(id, v);
                }
                None => {
                    body.submodules.insert(path, v);
                }
            }
        }
        Ok(())
    }

    fn steps(&mut self, body: &mut Body, run: &Run<'t>, after: &[TraceId]) -> Result<()> {
        for (i, step) in run.steps.iter().enumerate() {
            match step {
                Step::Node(n) => self.node(body, n)?,
                Step::Call(call) => {
                    let mut later = vec![];
                    run.steps[i + 1..].iter().for_each(|s| s.used(&mut later));
                    later.extend(after);
                    self.call(body, run, call, &later)?;
                }
            }
        }
        Ok(())
    }

    fn node(&mut self, body: &mut Body, n: &TraceNode) -> Result<()> {
        let schema = &n.operator.schema;
        // In arithmetic, numbers are tensors, as PyTorch records them.
        let form = match &*schema.overload {
            "Scalar" if is_arithmetic(&schema.name) => Some("Tensor"),
            "Scalar_mode" if is_arithmetic(&schema.name) => Some("Tensor_mode"),
            _ => None,
        };
        let mut inputs = vec![];
        for (i, (input, p)) in n.inputs.iter().zip(&schema.params).enumerate() {
            inputs.push(match (input, form, i) {
                (TraceInput::Number(_, id), Some(_), 1) => self.value(body, *id, n.span)?,
                (TraceInput::Constant(v), Some(_), 1) => {
                    let c = constant_of(&as_tensor(v)).unwrap_or(Const::None);
                    self.constant(body, &c, n.span)
                }
                _ => self.input(body, input, &p.ty, n.span)?,
            });
        }
        let types: Vec<Type> = n
            .outputs
            .iter()
            .map(|o| match o {
                TraceOutput::Value(_) => Type::Tensor,
                TraceOutput::Number(_) => Type::Int,
                TraceOutput::List(_) => Type::list(Type::Tensor),
                TraceOutput::Other(ty) => ty.clone(),
            })
            .collect();
        let made = body.node(&schema.name, &inputs, &types, n.span);
        body.graph.node_mut(made).overload = Some(form.unwrap_or(&schema.overload).to_owned());
        for (v, output) in body.graph.node(made).outputs.clone().into_iter().zip(&n.outputs) {
            match output {
                TraceOutput::Value(id) => self.define(body, *id, v),
                TraceOutput::Number(id) => {
                    let v = body.value("prim::NumToTensor", &[v], Type::Tensor, n.span);
                    if let Some(def) = body.graph.def_node(v) {
                        body.graph.node_mut(def).overload = Some("Scalar".into());
                    }
                    self.define(body, *id, v);
                }
                TraceOutput::List(ids) => {
                    let unpacked = body.node("prim::ListUnpack", &[v], &vec![Type::Tensor; ids.len()], n.span);
                    for (v, id) in body.graph.node(unpacked).outputs.clone().into_iter().zip(ids) {
                        self.define(body, *id, v);
                    }
                }
                TraceOutput::Other(_) => {}
            }
        }
        Ok(())
    }

    fn define(&self, body: &mut Body, id: TraceId, v: Value) {
        if let Some(name) = &self.trace.values[id].name {
            body.graph.set_name(v, name);
        }
        body.values.insert(id, v);
    }

    /// The value that an id has where it is used.
    fn value(&mut self, body: &mut Body, id: TraceId, span: Span) -> Result<Value> {
        if let Some(v) = body.values.get(&id) {
            return Ok(*v);
        }
        match &self.trace.values[id].constant {
            Some(t) => Ok(self.constant(body, &Const::Tensor(t.clone()), span)),
            None => fail(Code::Internal, span, "a traced value is used where it is not known"),
        }
    }

    fn constant(&mut self, body: &mut Body, c: &Const, span: Span) -> Value {
        let n = body.graph.new_constant(c, Some(span), &mut self.c.program);
        body.graph.append(body.graph.top(), n);
        body.graph.node(n).outputs[0]
    }

    fn input(&mut self, body: &mut Body, input: &TraceInput, ty: &Type, span: Span) -> Result<Value> {
        match input {
            TraceInput::Value(id) => self.value(body, *id, span),
            TraceInput::Number(op, id) => {
                let v = self.value(body, *id, span)?;
                let (ty, overload) = match *op {
                    "aten::Int" => (Type::Int, "Tensor"),
                    "aten::Float" => (Type::Float, "Tensor"),
                    _ => (Type::Number, ""),
                };
                let n = body.node(op, &[v], &[ty], span);
                body.graph.node_mut(n).overload = Some(overload.into());
                Ok(body.graph.node(n).outputs[0])
            }
            TraceInput::List(items, elem) => {
                let mut values = vec![];
                for item in items {
                    values.push(self.input(body, item, elem, span)?);
                }
                Ok(body.value("prim::ListConstruct", &values, Type::list(elem.clone()), span))
            }
            TraceInput::Constant(v) if v.as_tensor().is_none() && matches!(ty, Type::Generator) => {
                Ok(self.constant(body, &Const::None, span))
            }
            TraceInput::Constant(v) => match constant_of(v) {
                Some(c) => Ok(self.constant(body, &c, span)),
                // A generator: the default one.
                None => Ok(self.constant(body, &Const::None, span)),
            },
        }
    }

    /// A submodule's run as a method of its class, and the call of it.
    fn call(&mut self, body: &mut Body, outer: &Run<'t>, call: &Run<'t>, later: &[TraceId]) -> Result<()> {
        let mut made = HashSet::new();
        call.made(&mut made);
        let mut used = vec![];
        call.used(&mut used);
        let mut takes: Vec<TraceId> = vec![];
        for id in used {
            let constant = self.trace.values[id].constant.is_some();
            if !made.contains(&id) && !constant && self.below(id, &call.path).is_none() && !takes.contains(&id) {
                takes.push(id);
            }
        }
        let mut gives: Vec<TraceId> = vec![];
        for id in later {
            if made.contains(id) && !gives.contains(id) {
                gives.push(*id);
            }
        }
        let Some(class) = self.class_at(&call.path) else { return fail(Code::Internal, self.span, "a call of no module") };
        let mut inner = Body::new();
        self.add_self(&mut inner, &call.path);
        let mut args = vec![];
        for id in &takes {
            let v = self.value(body, *id, self.span)?;
            args.push(v);
            let name = body.graph.name_stem(v).map_or_else(|| format!("argument_{}", args.len()), str::to_owned);
            let p = inner.param(&name, Type::Tensor);
            inner.values.insert(*id, p);
        }
        self.attributes(&mut inner, call, &gives)?;
        self.steps(&mut inner, call, &gives)?;
        let mut results = vec![];
        for id in &gives {
            results.push(self.value(&mut inner, *id, self.span)?);
        }
        let result = match results.as_slice() {
            [one] => *one,
            [] => self.constant(&mut inner, &Const::None, self.span),
            all => {
                let ty = Type::tuple(vec![Type::Tensor; all.len()]);
                inner.value("prim::TupleConstruct", all, ty, self.span)
            }
        };
        let ty = inner.graph.ty(result).clone();
        let methods = &self.c.program.class(class.id).methods;
        let taken = |name: &str| methods.iter().any(|(n, _)| n == name);
        let method = std::iter::once("forward".to_owned())
            .chain((1..).map(|i| format!("forward{i}")))
            .find(|n| !taken(n))
            .unwrap_or_default();
        let name = format!("{}.{method}", self.c.program.class(class.id).class.name);
        self.finish(inner, vec![result], name, Some(class.id))?;
        let Some(this) = body.submodules.get(&call.path[outer.path.len()..]).copied() else {
            return fail(Code::Internal, self.span, "a submodule that was not read");
        };
        let inputs: Vec<Value> = std::iter::once(this).chain(args).collect();
        let n = body.node("prim::CallMethod", &inputs, &[ty], self.span);
        body.graph.set_attr(n, "name", Attr::Str(method));
        let out = body.graph.node(n).outputs[0];
        match gives.as_slice() {
            [] => {}
            [one] => {
                body.values.insert(*one, out);
            }
            all => {
                let unpacked = body.node("prim::TupleUnpack", &[out], &vec![Type::Tensor; all.len()], self.span);
                for (v, id) in body.graph.node(unpacked).outputs.clone().into_iter().zip(all) {
                    body.values.insert(*id, v);
                }
            }
        }
        Ok(())
    }

    /// Takes an argument apart into the tensors that the trace follows.
    fn unpack(&mut self, body: &mut Body, v: Value, shape: &TraceShape) -> Result<()> {
        let span = self.span;
        match shape {
            TraceShape::Value(id) => {
                body.values.insert(*id, v);
            }
            TraceShape::Tuple(items) | TraceShape::List(items) => {
                let op = if matches!(shape, TraceShape::Tuple(_)) { "prim::TupleUnpack" } else { "prim::ListUnpack" };
                let types: Vec<Type> = items.iter().map(type_of).collect();
                let n = body.node(op, &[v], &types, span);
                for (v, item) in body.graph.node(n).outputs.clone().into_iter().zip(items) {
                    self.unpack(body, v, item)?;
                }
            }
            TraceShape::Dict(pairs, key) => {
                for (k, item) in pairs {
                    let Some(c) = constant_of(k) else { continue };
                    let k = self.constant(body, &c, span);
                    let n = body.node("aten::__getitem__", &[v, k], &[type_of(item)], span);
                    let overload = if *key == Type::Int { "Dict_int" } else { "Dict_str" };
                    body.graph.node_mut(n).overload = Some(overload.into());
                    let v = body.graph.node(n).outputs[0];
                    self.unpack(body, v, item)?;
                }
            }
            TraceShape::Constant(_) | TraceShape::None => {}
        }
        Ok(())
    }

    fn pack(&mut self, body: &mut Body, shape: &TraceShape) -> Result<Value> {
        let span = self.span;
        let ty = type_of(shape);
        Ok(match shape {
            TraceShape::Value(id) => self.value(body, *id, span)?,
            TraceShape::Constant(t) => self.constant(body, &Const::Tensor(t.clone()), span),
            TraceShape::None => self.constant(body, &Const::None, span),
            TraceShape::Tuple(items) | TraceShape::List(items) => {
                let mut values = vec![];
                for item in items {
                    values.push(self.pack(body, item)?);
                }
                let op = if matches!(shape, TraceShape::Tuple(_)) { "prim::TupleConstruct" } else { "prim::ListConstruct" };
                body.value(op, &values, ty, span)
            }
            TraceShape::Dict(pairs, _) => {
                if pairs.iter().any(|p| type_of(&p.1) != type_of(&pairs[0].1)) {
                    let message = "Dictionary inputs to traced functions must have consistent type";
                    return fail(Code::Type, span, message);
                }
                let mut values = vec![];
                for (k, item) in pairs {
                    let Some(c) = constant_of(k) else { continue };
                    values.push(self.constant(body, &c, span));
                    values.push(self.pack(body, item)?);
                }
                body.value("prim::DictConstruct", &values, ty, span)
            }
        })
    }
}

fn is_arithmetic(op: &str) -> bool {
    matches!(op.trim_end_matches('_'), "aten::add" | "aten::sub" | "aten::mul" | "aten::div")
}

/// A number as a tensor without dimensions.
fn as_tensor(v: &tsrt::Value) -> tsrt::Value {
    let Some(s) = v.as_scalar() else { return v.clone() };
    let dtype = match s {
        tsrt::Scalar::Bool(_) => tsrt::DType::Bool,
        tsrt::Scalar::Int(_) => tsrt::DType::I64,
        tsrt::Scalar::Float(_) => tsrt::DType::F64,
        tsrt::Scalar::Complex(_) => tsrt::DType::C128,
    };
    tsrt::Tensor::full(&[], s, dtype).map_or_else(|_| v.clone(), tsrt::Value::from)
}

/// Takes away what nothing uses and what changes nothing.
fn remove_unused(graph: &mut Graph, returns: &[Value]) {
    let nodes = graph.walk();
    for n in nodes.into_iter().rev() {
        let node = graph.node(n);
        let changes = node.op.ends_with('_') || node.op == "prim::CallMethod" || node.op.ends_with("_.out");
        let used = |v: &Value| returns.contains(v) || graph.nodes.iter().any(|m| m.parent.is_some() && m.inputs.contains(v));
        if !changes && !node.outputs.iter().any(used) {
            graph.destroy(n);
        }
    }
}
