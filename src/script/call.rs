//! Calls of operators, functions and methods: overload resolution by `ops`, and the nodes that its answer asks for.

use super::emitter::{Emitter, fail, reported};
use super::{Arg, builtin_functions};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Attr, Const, FunctionId, Signature, Value};
use crate::ops::{self, ArgType, Call, Default, Input, Made, Matched, Mismatch, Schema};
use crate::types::{FieldNames, TupleType, Type};
use std::rc::Rc;

/// The values of a call, as [`Input`] refers to them.
struct Actuals<'a> {
    receiver: Option<Value>,
    args: &'a [Arg],
    kwargs: &'a [Arg],
    schema: &'a Schema,
    /// Where the defaults of a scripted function are.
    signature: Option<&'a Signature>,
}

impl Emitter<'_> {
    fn arg_type(&self, v: Value) -> ArgType {
        ArgType { ty: self.ty(v).clone(), is_empty_list: self.made_by(v) == Some("prim::EmptyListLiteral") }
    }

    fn call_types(&self, args: &[Arg], kwargs: &[Arg], this: Option<&Arg>) -> Call {
        Call {
            receiver: this.map(|a| self.arg_type(a.value)),
            args: args.iter().map(|a| self.arg_type(a.value)).collect(),
            kwargs: kwargs.iter().map(|a| (a.name.clone().unwrap_or_default(), self.arg_type(a.value))).collect(),
        }
    }

    /// Calls the operator whose schema takes these arguments. `this` fills the parameter `self`. Several results make a tuple.
    pub fn call_operator(&mut self, span: Span, op: &str, args: &[Arg], kwargs: &[Arg], this: Option<Arg>) -> Result<Value> {
        let overloads = ops::operators(op);
        let builtins = builtin_functions::find(op);
        let mut schemas: Vec<&Schema> = overloads.iter().map(|o| &o.schema).collect();
        schemas.extend(builtins.iter().map(|b| &b.schema));
        if schemas.is_empty() {
            let mut d = Diagnostic::new(Code::Name, span, format!("there is no operator {op}"));
            let similar = ops::registry::similar(op);
            if !similar.is_empty() {
                d = d.help(format!("similar operators: {}", similar.join(", ")));
            }
            return Err(Box::new(d));
        }
        if let Some(at) = kwargs.iter().position(|k| k.name.as_deref() == Some("out"))
            && *self.ty(kwargs[at].value) == Type::Tensor
            && !schemas.iter().any(|s| s.params.iter().any(|p| &*p.name == "out"))
        {
            let mut rest = kwargs.to_vec();
            let out = rest.remove(at).value;
            let v = self.call_operator(span, op, args, &rest, this)?;
            let out = self.op(span, "aten::resize_as_", &[out, v])?;
            return self.op(span, "aten::copy_", &[out, v]);
        }
        let call = self.call_types(args, kwargs, this.as_ref());
        let (i, matched) = match ops::match_schemas(&schemas, &call, &self.compiler.program) {
            Ok(m) => m,
            Err(e) => return Err(self.mismatch(span, op, e, args, kwargs, this.as_ref())),
        };
        let schema = schemas[i];
        let actuals = Actuals { receiver: this.map(|a| a.value), args, kwargs, schema, signature: None };
        let inputs = self.make_inputs(span, &matched, &actuals)?;
        if i >= overloads.len() {
            return Ok((builtins[i - overloads.len()].emit)(self, span, &inputs));
        }
        if matches!(op, "aten::sort" | "aten::sorted") && &*schema.overload == "any" {
            let ty = self.ty(inputs[0]).clone();
            self.compiler.require_comparisons(&ty, span)?;
        }
        let n = self.node(op, &inputs, &matched.results, span);
        if !schema.overload.is_empty() {
            self.graph.node_mut(n).overload = Some(schema.overload.to_string());
        } else {
            self.graph.node_mut(n).overload = Some(String::new());
        }
        let outputs = self.graph.node(n).outputs.clone();
        Ok(match outputs[..] {
            [v] => v,
            _ => {
                let ty = matched.result_names.map(|fields| {
                    Type::Tuple(Rc::new(TupleType {
                        elems: matched.results.clone(),
                        names: Some(FieldNames { name: "".into(), fields }),
                    }))
                });
                self.tuple(&outputs, ty, span)
            }
        })
    }

    fn mismatch(
        &mut self,
        span: Span,
        callee: &str,
        e: Mismatch,
        args: &[Arg],
        kwargs: &[Arg],
        this: Option<&Arg>,
    ) -> Box<Diagnostic> {
        let shown = callee.strip_prefix("aten::").or(callee.strip_prefix("prim::")).unwrap_or(callee);
        let mut types: Vec<String> = this.into_iter().chain(args).map(|a| self.ty(a.value).annotation()).collect();
        types.extend(kwargs.iter().map(|a| format!("{}={}", a.name.as_deref().unwrap_or(""), self.ty(a.value).annotation())));
        let given = types.join(", ");
        match e {
            Mismatch::NoOverload(mut all) => {
                // Variants that write into a given tensor only matter to who gives one.
                let writes = |schema: &String| schema.contains("(a!) out)");
                if !kwargs.iter().any(|a| a.name.as_deref() == Some("out")) && !all.iter().all(|(schema, _)| writes(schema)) {
                    all.retain(|(schema, _)| !writes(schema));
                }
                let mut d = match &all[..] {
                    [(_, why)] => Diagnostic::new(Code::Overload, span, format!("{shown}({given}): {}", first_line(why))),
                    _ => Diagnostic::new(Code::Overload, span, format!("no variant of {shown} takes ({given})")),
                };
                let (mut maybe_none, mut empty_list) = (false, false);
                for a in this.into_iter().chain(args).chain(kwargs) {
                    maybe_none |= matches!(self.ty(a.value), Type::Optional(_));
                    if a.span != span && a.span.hi > a.span.lo {
                        d = d.label(a.span, self.ty(a.value).annotation());
                    }
                    empty_list |= *self.ty(a.value) == Type::list(Type::Tensor);
                    if let Some((name, at)) = self.unannotated(a.value)
                        && !d.labels.iter().any(|(s, _)| *s == at)
                    {
                        d = d.label(at, format!("'{name}' is a Tensor because it is not annotated"));
                    }
                }
                if maybe_none {
                    d = d.help(
                        "an Optional must be known not to be None: test it with `if x is not None:` or `assert x is not None`",
                    );
                }
                if all.len() == 1 && empty_list {
                    d = d.help(super::env::EMPTY_LIST);
                }
                for a in kwargs {
                    let Some(name) = a.name.as_deref() else { continue };
                    let known: Vec<&str> = all.iter().flat_map(|(schema, _)| parameters(schema)).collect();
                    if !known.contains(&name) {
                        let near = super::sugared::nearest(name, known.into_iter());
                        let near = near.map_or(String::new(), |n| format!(": did you mean '{n}'?"));
                        d = d.help(format!("no parameter is called '{name}'{near}"));
                    }
                }
                // Those that fail late are the most likely ones.
                all.sort_by_key(|(schema, why)| std::cmp::Reverse(fails_at(schema, why)));
                for (schema, why) in all.iter().take(MAX_CANDIDATES) {
                    d = d.help(format!("{schema}: {}", first_line(why)));
                }
                if all.len() > MAX_CANDIDATES {
                    d = d.help(format!("and {} more", all.len() - MAX_CANDIDATES));
                }
                Box::new(d)
            }
            other => Box::new(Diagnostic::new(Code::Name, span, other.to_string())),
        }
    }

    /// The parameter that a value is read from, when it is a Tensor only for want of an annotation.
    fn unannotated(&self, v: Value) -> Option<(String, Span)> {
        let n = self.graph.def_node(v)?;
        if self.graph.node(n).op != "prim::Load" || *self.ty(v) != Type::Tensor {
            return None;
        }
        let name = self.graph.attr_str(n, "name")?;
        self.inferred.iter().find(|(i, _)| i == name).cloned()
    }

    /// Calls an operator with plain values.
    pub fn op(&mut self, span: Span, op: &str, args: &[Value]) -> Result<Value> {
        let args: Vec<Arg> = args.iter().map(|v| Arg::new(span, *v)).collect();
        self.call_operator(span, op, &args, &[], None)
    }

    fn make_inputs(&mut self, span: Span, matched: &Matched, actuals: &Actuals) -> Result<Vec<Value>> {
        matched.inputs.iter().map(|i| self.make_input(span, i, actuals, &[])).collect()
    }

    fn make_input(&mut self, span: Span, input: &Input, actuals: &Actuals, elements: &[Value]) -> Result<Value> {
        let lost = || fail(Code::Internal, span, "an argument of the matched schema is missing");
        Ok(match input {
            Input::Receiver => match actuals.receiver {
                Some(v) => v,
                None => return lost(),
            },
            Input::Arg(i) => match actuals.args.get(*i) {
                Some(a) => a.value,
                None => return lost(),
            },
            Input::Kwarg(i) => match actuals.kwargs.get(*i) {
                Some(a) => a.value,
                None => return lost(),
            },
            Input::Element(i) => match elements.get(*i) {
                Some(v) => *v,
                None => return lost(),
            },
            Input::Default(i) => {
                let c = match (actuals.signature, actuals.schema.params.get(*i).and_then(|p| p.default.as_ref())) {
                    (Some(s), _) => s.params.get(*i).and_then(|p| p.default.clone()),
                    (None, Some(d)) => Some(default_const(d)),
                    (None, None) => None,
                };
                match c {
                    Some(c) => self.bare_constant(c),
                    None => return lost(),
                }
            }
            Input::Convert { op, of, ty } => {
                let v = self.make_input(span, of, actuals, elements)?;
                let n = self.node(op, &[v], &[ty.clone()], span);
                self.graph.node_mut(n).overload = self.overload_of(op, v);
                self.graph.node(n).outputs[0]
            }
            Input::List { elem, items } => {
                let mut values = vec![];
                for i in items {
                    values.push(self.make_input(span, i, actuals, elements)?);
                }
                self.list(elem.clone(), &values, span)
            }
            Input::Unpack { tuple, make, items } => {
                let t = self.make_input(span, tuple, actuals, elements)?;
                let parts = self.tuple_unpack(t, span);
                let mut values = vec![];
                for i in items {
                    values.push(self.make_input(span, i, actuals, &parts)?);
                }
                match make {
                    Made::List(elem) => self.list(elem.clone(), &values, span),
                    Made::Tuple(_) => self.tuple(&values, None, span),
                }
            }
        })
    }

    fn overload_of(&self, op: &str, v: Value) -> Option<String> {
        let call = Call { receiver: None, args: vec![self.arg_type(v)], kwargs: vec![] };
        match ops::match_call(op, &call, &self.compiler.program).ok()?.target {
            ops::Target::Operator(o) => Some(o.schema.overload.to_string()),
            ops::Target::Builtin(_) => None,
        }
    }

    /// Whether some overload of the operator can take a `self` of the type.
    pub fn has_method_operator(&self, op: &str, this: &Type) -> bool {
        let takes = |schema: &Schema| {
            schema.param("self").is_some_and(|i| {
                let only = Schema {
                    params: vec![schema.params[i].clone()],
                    returns: vec![],
                    is_vararg: false,
                    is_varret: false,
                    ..schema.clone()
                };
                let call = Call { receiver: Some(ArgType::new(this.clone())), ..Call::default() };
                ops::matching::match_schema(&only, &call, false, &self.compiler.program).is_ok()
            })
        };
        ops::operators(op).iter().any(|o| takes(&o.schema)) || builtin_functions::find(op).iter().any(|b| takes(&b.schema))
    }

    /// Whether there is an operator of the name.
    pub fn has_operator(&self, op: &str) -> bool {
        !ops::operators(op).is_empty() || !builtin_functions::find(op).is_empty()
    }

    /// Matches arguments to a signature: values in parameter order, with conversions and defaults inserted. `what` names the callee in messages.
    pub fn match_signature(
        &mut self,
        span: Span,
        what: &str,
        signature: &Signature,
        args: &[Arg],
        kwargs: &[Arg],
    ) -> Result<Vec<Value>> {
        let schema = schema_of(what, signature);
        let call = self.call_types(args, kwargs, None);
        match ops::match_schemas(&[&schema], &call, &self.compiler.program) {
            Ok((_, matched)) => {
                let actuals = Actuals { receiver: None, args, kwargs, schema: &schema, signature: Some(signature) };
                self.make_inputs(span, &matched, &actuals)
            }
            Err(e) => Err(self.mismatch(span, what, e, args, kwargs, None)),
        }
    }

    /// The first of several functions that takes the arguments, and its inputs.
    fn match_functions(
        &mut self,
        span: Span,
        callees: &[FunctionId],
        args: &[Arg],
        kwargs: &[Arg],
    ) -> Result<(FunctionId, Vec<Value>)> {
        for f in callees {
            match self.compiler.state(*f) {
                super::State::Compiling => {
                    let name = short_name(&self.compiler.program.function(*f).name).to_owned();
                    return fail(
                        Code::Unsupported,
                        span,
                        format!("function '{name}' is called recursively. Recursive calls are not supported"),
                    );
                }
                _ if self.compiler.program.function(*f).poisoned => return Err(reported()),
                _ => {}
            }
        }
        let signatures: Vec<Signature> = callees.iter().map(|f| self.compiler.program.function(*f).signature.clone()).collect();
        let schemas: Vec<Schema> = callees
            .iter()
            .zip(&signatures)
            .map(|(f, s)| schema_of(short_name(&self.compiler.program.function(*f).name), s))
            .collect();
        let refs: Vec<&Schema> = schemas.iter().collect();
        let call = self.call_types(args, kwargs, None);
        match ops::match_schemas(&refs, &call, &self.compiler.program) {
            Ok((i, matched)) => {
                let actuals = Actuals { receiver: None, args, kwargs, schema: &schemas[i], signature: Some(&signatures[i]) };
                Ok((callees[i], self.make_inputs(span, &matched, &actuals)?))
            }
            Err(e) => {
                let what =
                    callees.first().map_or(String::new(), |f| short_name(&self.compiler.program.function(*f).name).to_owned());
                Err(self.mismatch(span, &what, e, args, kwargs, None))
            }
        }
    }

    /// `prim::CallFunction` of a compiled function (compile it first). Several candidates are overloads.
    pub fn call_function(&mut self, span: Span, callees: &[FunctionId], args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
        let (f, inputs) = self.match_functions(span, callees, args, kwargs)?;
        let mut all = vec![self.function_constant(f)];
        all.extend(inputs);
        let ty = self.result_of(f);
        Ok(self.value("prim::CallFunction", &all, ty, span))
    }

    fn result_of(&self, f: FunctionId) -> Type {
        self.compiler.program.function(f).signature.returns.first().cloned().unwrap_or(Type::None)
    }

    /// `prim::CallMethod`. `methods` are the compiled candidates (one, or overloads).
    pub fn call_method(
        &mut self,
        span: Span,
        object: Value,
        methods: &[(String, FunctionId)],
        args: &[Arg],
        kwargs: &[Arg],
    ) -> Result<Value> {
        let callees: Vec<FunctionId> = methods.iter().map(|m| m.1).collect();
        let mut all = vec![Arg::named(span, "self", object)];
        all.extend_from_slice(args);
        let (f, inputs) = self.match_functions(span, &callees, &all, kwargs)?;
        let name = methods.iter().find(|m| m.1 == f).map_or("", |m| m.0.as_str());
        let ty = self.result_of(f);
        Ok(self.method_node(span, name, &inputs, ty))
    }

    fn method_node(&mut self, span: Span, name: &str, inputs: &[Value], ty: Type) -> Value {
        let n = self.node("prim::CallMethod", inputs, &[ty], span);
        self.graph.set_attr(n, "name", Attr::Str(name.to_owned()));
        self.graph.node(n).outputs[0]
    }

    /// `prim::CallMethod` of an interface's method, known by its signature.
    pub fn call_interface(
        &mut self,
        span: Span,
        object: Value,
        name: &str,
        signature: &Signature,
        args: &[Arg],
        kwargs: &[Arg],
    ) -> Result<Value> {
        let mut all = vec![Arg::named(span, "self", object)];
        all.extend_from_slice(args);
        let inputs = self.match_signature(span, name, signature, &all, kwargs)?;
        let ty = signature.returns.first().cloned().unwrap_or(Type::None);
        Ok(self.method_node(span, name, &inputs, ty))
    }

    /// Applies the implicit conversions that bring `v` closer to `ty`; the caller checks the result's type.
    pub fn convert(&mut self, span: Span, ty: &Type, v: Value, allow: bool) -> Result<Value> {
        let mut v = v;
        if let Type::Optional(t) = ty
            && !matches!(self.ty(v), Type::Optional(_) | Type::None)
        {
            return self.convert(span, t, v, allow);
        }
        if let Type::List(elem) = ty
            && self.made_by(v) == Some("prim::EmptyListLiteral")
        {
            v = self.list((**elem).clone(), &[], span);
        }
        if let Type::Tuple(have) = self.ty(v).clone() {
            let inner = if let Type::Optional(t) = ty { t } else { ty };
            if let Type::List(elem) = inner
                && self.convertible_to_list(&self.ty(v).clone(), inner)
            {
                let parts = self.tuple_unpack(v, span);
                v = self.list((**elem).clone(), &parts, span);
            }
            if let Type::Tuple(want) = ty
                && have.elems.len() == want.elems.len()
                && !self.is_subtype(&Type::Tuple(have.clone()), ty)
            {
                let parts = self.tuple_unpack(v, span);
                let mut out = vec![];
                for (t, p) in want.elems.iter().zip(parts) {
                    out.push(self.convert(span, t, p, allow)?);
                }
                v = self.tuple(&out, None, span);
            }
        }
        if !allow {
            return Ok(v);
        }
        if let Type::Await(t) = self.ty(v).clone()
            && !matches!(ty, Type::Await(_) | Type::Any | Type::Var(_))
        {
            v = self.value("prim::awaitable_wait", &[v], (*t).clone(), span);
        }
        let op = match (self.ty(v), ty) {
            (Type::Bool, Type::Int | Type::Number) => "aten::Int",
            (Type::Bool, Type::Float) => "aten::Float",
            (Type::Tensor, Type::Float) => "aten::FloatImplicit",
            (Type::Tensor, Type::Complex) => "aten::ComplexImplicit",
            (Type::Tensor, Type::Int) => "aten::IntImplicit",
            (Type::Tensor, Type::Number) => "aten::ScalarImplicit",
            (Type::Number, Type::Float) => "aten::Float",
            (Type::Number, Type::Complex) => "aten::Complex",
            (Type::Number, Type::Int) => "aten::Int",
            (Type::Str, Type::Device) => "aten::device",
            _ => return Ok(v),
        };
        self.op(span, op, &[v])
    }

    /// A list of that type, or a tuple whose elements all are of its element type.
    pub(super) fn convertible_to_list(&self, ty: &Type, list: &Type) -> bool {
        let Type::List(elem) = list else { return false };
        self.is_subtype(ty, list) || ty.tuple_elems().is_some_and(|ts| ts.iter().all(|t| self.is_subtype(t, elem)))
    }
}

/// Candidates that a message lists.
const MAX_CANDIDATES: usize = 8;

/// The names of a schema's parameters, by its text.
fn parameters(schema: &str) -> impl Iterator<Item = &str> {
    let inside = schema.split_once('(').and_then(|(_, rest)| rest.rsplit_once(") ->")).map_or("", |(params, _)| params);
    inside.split(", ").filter_map(|p| p.split('=').next()?.rsplit(' ').next())
}

/// The position of the parameter that the reason of a mismatch names.
fn fails_at(schema: &str, why: &str) -> usize {
    let named = why.split("argument '").nth(1).and_then(|rest| rest.split('\'').next());
    named.and_then(|n| parameters(schema).position(|p| p == n)).unwrap_or(0)
}

fn first_line(s: &str) -> &str {
    s.lines().find(|l| !l.trim().is_empty()).unwrap_or("").trim().trim_end_matches('.')
}

pub(super) fn short_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn default_const(d: &Default) -> Const {
    match d {
        Default::None | Default::Elsewhere(_) => Const::None,
        Default::Bool(b) => Const::Bool(*b),
        Default::Int(i) => Const::Int(*i),
        Default::Float(x) => Const::Float(*x),
        Default::Str(s) => Const::Str(s.clone()),
        Default::Ints(v) => Const::List(Rc::new(v.iter().map(|i| Const::Int(*i)).collect()), Type::Int),
    }
}

/// The signature as overload resolution wants it.
pub(super) fn schema_of(name: &str, s: &Signature) -> Schema {
    let params: Vec<ops::Param> = s
        .params
        .iter()
        .map(|p| ops::Param {
            kw_only: p.kw_only,
            broadcast: p.broadcast,
            default: p.default.as_ref().map(|c| Default::Elsewhere(simple_const_type(c, &p.ty))),
            ..ops::Param::new(&p.name, p.ty.clone())
        })
        .collect();
    let mut text = format!("{name}(");
    let mut star = false;
    for (i, p) in s.params.iter().enumerate() {
        if i > 0 {
            text += ", ";
        }
        if p.kw_only && !star {
            text += "*, ";
            star = true;
        }
        text += &format!("{} {}{}", p.ty.annotation(), p.name, if p.default.is_some() { "=..." } else { "" });
    }
    text += &format!(") -> {}", s.returns.first().unwrap_or(&Type::None).annotation());
    Schema {
        name: name.into(),
        overload: "".into(),
        params,
        returns: s.returns.iter().map(|t| ops::Return { name: None, ty: t.clone(), alias: ops::Alias::default() }).collect(),
        is_vararg: false,
        is_varret: false,
        text: text.into(),
    }
}

/// The type of a default value; that of its parameter for values that only the program knows.
fn simple_const_type(c: &Const, param: &Type) -> Type {
    match c {
        Const::None => Type::None,
        Const::Bool(_) => Type::Bool,
        Const::Int(_) => Type::Int,
        Const::Float(_) => Type::Float,
        Const::Complex(..) => Type::Complex,
        Const::Str(_) => Type::Str,
        _ => param.clone(),
    }
}
