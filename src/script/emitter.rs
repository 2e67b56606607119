//! Emits one function body.

use super::{Compiler, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Const, FunctionId, Graph, Node, Signature, Value};
use crate::syntax::Expr;
use crate::types::Type;

/// An argument of a call: its place, its keyword, its value.
#[derive(Clone, Debug)]
pub struct Arg {
    pub span: Span,
    pub name: Option<String>,
    pub value: Value,
}

impl Arg {
    pub fn new(span: Span, value: Value) -> Arg {
        Arg { span, name: None, value }
    }
    pub fn named(span: Span, name: &str, value: Value) -> Arg {
        Arg { span, name: Some(name.to_owned()), value }
    }
}

/// The state of emitting one function.
pub struct Emitter<'a> {
    pub compiler: &'a mut Compiler,
    pub graph: Graph,
    pub function: FunctionId,
}

fn todo<T>(span: Span) -> Result<T> {
    Err(Box::new(Diagnostic::new(Code::Internal, span, "not there yet")))
}

impl Emitter<'_> {
    pub fn ty(&self, v: Value) -> &Type {
        self.graph.ty(v)
    }

    /// Inserts a node at the insertion point.
    pub fn node(&mut self, op: &str, inputs: &[Value], outputs: &[Type], span: Span) -> Node {
        self.graph.new_node(op, inputs, outputs, Some(span))
    }

    /// Inserts a node with one output.
    pub fn value(&mut self, op: &str, inputs: &[Value], ty: Type, span: Span) -> Value {
        let n = self.node(op, inputs, &[ty], span);
        self.graph.node(n).outputs[0]
    }

    /// Inserts a constant; its type is that of the value.
    pub fn constant(&mut self, c: Const, span: Span) -> Value {
        let _ = c;
        self.value("prim::Constant", &[], Type::None, span)
    }

    /// The constant that a value is, when it comes from a constant node.
    pub fn as_constant(&self, v: Value) -> Option<Const> {
        let _ = v;
        None
    }

    /// Calls the operator whose schema takes these arguments. `this` fills the parameter `self`. Several results make a tuple.
    pub fn call_operator(&mut self, span: Span, op: &str, args: &[Arg], kwargs: &[Arg], this: Option<Arg>) -> Result<Value> {
        let _ = (op, args, kwargs, this);
        todo(span)
    }

    /// Calls an operator with plain values.
    pub fn op(&mut self, span: Span, op: &str, args: &[Value]) -> Result<Value> {
        let args: Vec<Arg> = args.iter().map(|v| Arg::new(span, *v)).collect();
        self.call_operator(span, op, &args, &[], None)
    }

    /// Whether some overload of the operator can take a `self` of the type.
    pub fn has_method_operator(&self, op: &str, this: &Type) -> bool {
        let _ = (op, this);
        false
    }

    /// Whether there is an operator of the name.
    pub fn has_operator(&self, op: &str) -> bool {
        let _ = op;
        false
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
        let _ = (what, signature, args, kwargs);
        todo(span)
    }

    /// `prim::CallFunction` of a compiled function (compile it first). Several candidates are overloads.
    pub fn call_function(&mut self, span: Span, callees: &[FunctionId], args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
        let _ = (callees, args, kwargs);
        todo(span)
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
        let _ = (object, methods, args, kwargs);
        todo(span)
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
        let _ = (object, name, signature, args, kwargs);
        todo(span)
    }

    /// Applies the implicit conversions that bring `v` closer to `ty`; the caller checks the result's type.
    pub fn convert(&mut self, span: Span, ty: &Type, v: Value, allow: bool) -> Result<Value> {
        let _ = (ty, v, allow);
        todo(span)
    }

    /// `prim::TupleConstruct`; `ty` when the tuple has names.
    pub fn tuple(&mut self, values: &[Value], ty: Option<Type>, span: Span) -> Value {
        let ty = ty.unwrap_or_else(|| Type::tuple(values.iter().map(|v| self.ty(*v).clone()).collect()));
        self.value("prim::TupleConstruct", values, ty, span)
    }

    /// `prim::ListConstruct`
    pub fn list(&mut self, elem: Type, values: &[Value], span: Span) -> Value {
        self.value("prim::ListConstruct", values, Type::list(elem), span)
    }

    /// `prim::DictConstruct`
    pub fn dict(&mut self, key: Type, value: Type, keys: &[Value], values: &[Value], span: Span) -> Value {
        let inputs: Vec<Value> = keys.iter().zip(values).flat_map(|(k, v)| [*k, *v]).collect();
        self.value("prim::DictConstruct", &inputs, Type::dict(key, value), span)
    }

    /// The elements of a tuple.
    pub fn tuple_unpack(&mut self, v: Value, span: Span) -> Vec<Value> {
        let types = self.ty(v).tuple_elems().unwrap_or(&[]).to_vec();
        let n = self.node("prim::TupleUnpack", &[v], &types, span);
        self.graph.node(n).outputs.clone()
    }

    /// `prim::unchecked_cast`
    pub fn unchecked_cast(&mut self, v: Value, ty: Type, span: Span) -> Value {
        self.value("prim::unchecked_cast", &[v], ty, span)
    }

    /// `prim::GetAttr`
    pub fn get_attr(&mut self, object: Value, name: &str, ty: Type, span: Span) -> Value {
        let n = self.node("prim::GetAttr", &[object], &[ty], span);
        self.graph.set_attr(n, "name", crate::graph::Attr::Str(name.to_owned()));
        self.graph.node(n).outputs[0]
    }

    /// `prim::SetAttr`
    pub fn set_attr(&mut self, object: Value, name: &str, value: Value, span: Span) {
        let n = self.node("prim::SetAttr", &[object, value], &[], span);
        self.graph.set_attr(n, "name", crate::graph::Attr::Str(name.to_owned()));
    }

    /// The value of an expression.
    pub fn emit_expr(&mut self, e: &Expr, hint: Option<&Type>) -> Result<Value> {
        let _ = hint;
        todo(e.span)
    }

    /// What an expression is, which need not be a value.
    pub fn emit_sugared(&mut self, e: &Expr, binders: usize, hint: Option<&Type>) -> Result<Sugared> {
        let _ = (binders, hint);
        todo(e.span)
    }

    /// The type that an annotation means.
    pub fn annotation(&mut self, e: &Expr) -> Result<Type> {
        todo(e.span)
    }

    /// Compilation of `__init__` of the class of the first parameter: unknown attributes may be added.
    pub fn is_init_of(&self, class: &Type) -> bool {
        let _ = class;
        false
    }

    /// The insertion point stands in the function's outermost block.
    pub fn is_at_top(&self) -> bool {
        true
    }
}
