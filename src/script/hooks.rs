//! Forward hooks and pre-hooks: what they must look like, and calling a module with them.

use super::sugared::fail;
use super::{Arg, Body, Code as Source, Compiler, Emitter, Resolver, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{ClassId, FunctionId, Signature, Value};
use crate::syntax::StmtKind;
use crate::types::Type;
use std::rc::Rc;

/// The method of a module with hooks that runs them around `forward`, as calling the module does.
pub const CALL: &str = "__call__";

/// Calls the hooks around `forward`.
pub(super) fn around(
    em: &mut Emitter,
    span: Span,
    module: (Value, ClassId),
    forward: &Sugared,
    args: &[Arg],
    kwargs: &[Arg],
    binders: usize,
) -> Result<Sugared> {
    let (this, class) = module;
    let class = em.compiler.program.class(class);
    let (pre, post) = (class.forward_pre_hooks.clone(), class.forward_hooks.clone());
    if pre.is_empty() && post.is_empty() {
        return forward.call(em, span, args, kwargs, binders);
    }
    let inputs: Vec<Value> = args.iter().map(|a| a.value).collect();
    let mut input = em.tuple(&inputs, None, span);
    let mut args = args.to_vec();
    let call = |em: &mut Emitter, f: FunctionId, values: &[Value]| -> Result<Value> {
        let all: Vec<Arg> = values.iter().map(|v| Arg::new(span, *v)).collect();
        Sugared::Function(vec![f]).call(em, span, &all, &[], binders)?.as_value(em, span)
    };
    for hook in &pre {
        let out = call(em, *hook, &[this, input])?;
        match em.ty(out) {
            Type::None => {}
            Type::Tuple(_) => input = out,
            _ => input = em.tuple(&[out], None, span),
        }
    }
    if !pre.is_empty() {
        let values = em.tuple_unpack(input, span);
        if !args.is_empty() {
            args = values.into_iter().map(|v| Arg::new(span, v)).collect();
        }
    }
    let mut output = forward.call(em, span, &args, kwargs, binders)?.as_value(em, span)?;
    for hook in post {
        let out = call(em, hook, &[this, input, output])?;
        if *em.ty(out) != Type::None {
            output = out;
        }
    }
    Ok(Sugared::Value(output))
}

impl Compiler {
    /// The function that calls a module of that class: `forward` with the hooks around it. `None` for modules without hooks.
    pub fn hooked_call(&mut self, class: ClassId) -> Option<FunctionId> {
        let c = self.program.class(class);
        if c.forward_hooks.is_empty() && c.forward_pre_hooks.is_empty() {
            return None;
        }
        let (forward, ty) = (c.method("forward")?, Type::Class(c.class.clone()));
        let name = format!("{}.{CALL}", c.class.name);
        if let Some(known) = self.program.library.get(&name) {
            return Some(*known);
        }
        let f = self.program.function(forward);
        let (span, params) = (f.span, f.signature.params.clone());
        let names: Vec<&str> = params.iter().map(|p| p.name.as_str()).collect();
        let text = format!("def {CALL}({0}):\n    return forward({0})\n", names.join(", "));
        let id = self.declare(&name, Some(class), span);
        let file = self.sources.add("<string>", text);
        let def = match crate::syntax::parse_module(&self.sources, file).map(|tree| tree.body.into_iter().next().map(|s| s.kind))
        {
            Ok(Some(StmtKind::FunctionDef(def))) => def,
            _ => return None,
        };
        let body = Body {
            code: Source::Def(def),
            resolver: Rc::new(Forward { class, forward }),
            defaults: params.iter().filter_map(|p| Some((p.name.clone(), p.default.clone()?))).collect(),
            types: params.iter().skip(1).map(|p| (p.name.clone(), p.ty.clone())).collect(),
            this: Some((ty, super::class::plain_self())),
        };
        self.program.library.insert(name, id);
        self.compile_body(id, body);
        Some(id)
    }

    /// What PyTorch asks of a hook's signature.
    pub(super) fn check_hook(
        &self,
        class: ClassId,
        hook: FunctionId,
        pre: bool,
        has_result: bool,
        before: Option<FunctionId>,
    ) -> Result<()> {
        let class = self.program.class(class);
        let Some(forward) = class.method("forward").map(|f| &self.program.function(f).signature) else { return Ok(()) };
        let f = self.program.function(hook);
        let short = |name: &str| name.rsplit('.').next().unwrap_or("").to_owned();
        let kind = if pre { "Pre-hook" } else { "Hook" };
        let wrong = |why: String| -> Result<()> {
            let message = format!("{kind} '{}' on module '{}' {why}", short(&f.name), short(&class.class.name));
            let d = Diagnostic::new(Code::Type, f.span, message);
            let want = wanted(forward, pre);
            Err(Box::new(d.help(format!("this module's hooks take and return {want}"))))
        };
        let params = &f.signature.params;
        let count = if pre { 2 } else { 3 };
        if params.len() != count {
            return wrong(format!("was expected to only have exactly {count} inputs but it had {} inputs", params.len()));
        }
        let inputs: Vec<&Type> = forward.params.iter().skip(1).map(|p| &p.ty).collect();
        let given = params[1].ty.annotation();
        let Type::Tuple(tuple) = &params[1].ty else {
            return wrong(format!("expected the input argument to be typed as a Tuple but found type: '{given}' instead"));
        };
        if inputs.is_empty() && !tuple.elems.is_empty() {
            return wrong(format!("was expecting Tuple[()] as the input type. Received type: '{given}'"));
        }
        if tuple.elems.len() != inputs.len() {
            return wrong(format!(
                "has the wrong number of contained types for the input argument's Tuple. Received type: '{given}'"
            ));
        }
        if tuple.elems.iter().ne(inputs.iter().copied()) {
            return wrong(format!("has the wrong inner types for the input tuple argument. Received type: '{given}'"));
        }
        let result = f.signature.returns.first().cloned().unwrap_or(Type::None);
        if !pre {
            let before = before.map_or(forward, |f| &self.program.function(f).signature);
            let output = before.returns.first().cloned().unwrap_or(Type::None);
            if output != params[2].ty {
                return wrong(format!(
                    "has the wrong type for the output argument. Received type: '{}'. Expected type: '{}'",
                    params[2].ty.annotation(),
                    output.annotation()
                ));
            }
            return Ok(());
        }
        if !has_result {
            return wrong("is missing a return annotation. Return annotations are required, please add one".into());
        }
        let fits = match &result {
            Type::None => true,
            Type::Tuple(t) => t.elems.iter().eq(inputs.iter().copied()),
            _ => inputs == [&result],
        };
        if fits { Ok(()) } else { wrong(format!("returned the wrong type of: '{}'", result.annotation())) }
    }
}

/// The types of a hook of a module with that `forward`.
fn wanted(forward: &Signature, pre: bool) -> String {
    let inputs: Vec<String> = forward.params.iter().skip(1).map(|p| p.ty.annotation()).collect();
    let tuple = if inputs.is_empty() { "Tuple[()]".to_owned() } else { format!("Tuple[{}]", inputs.join(", ")) };
    match pre {
        true => format!("(self, input: {tuple}) -> {tuple}, or None"),
        false => format!("(self, input: {tuple}, output: the result so far)"),
    }
}

/// What `forward` means in the text of a call: the method with the hooks around it.
struct Forward {
    class: ClassId,
    forward: FunctionId,
}

impl super::sugared::SugaredObject for Forward {
    fn kind(&self) -> String {
        "method".into()
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        let Some((this, rest)) = args.split_first() else { return fail(Code::Internal, span, "a method without self") };
        let forward = Sugared::Method(this.value, vec![("forward".into(), self.forward)]);
        around(em, span, (this.value, self.class), &forward, rest, kwargs, binders)
    }
}

impl Resolver for Forward {
    fn value(&self, _: &mut Emitter, name: &str, _: Span) -> Result<Option<Sugared>> {
        let me = Forward { class: self.class, forward: self.forward };
        Ok((name == "forward").then(|| Sugared::Other(Rc::new(me))))
    }

    fn type_named(&self, _: &mut Compiler, _: &str, _: Span) -> Result<Option<Type>> {
        Ok(None)
    }

    fn names(&self) -> Vec<String> {
        vec![]
    }
}
