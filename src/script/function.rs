//! A whole function: its signature, its body, and the conversion of the result to SSA.

use super::emitter::{Emitter, Returns, fail, is_meaningful, unsupported};
use super::{Body, Code as Source, Compiler, State, exits, ssa};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Const, FunctionId, Param, Signature};
use crate::syntax::{self, ExprKind, Params, TypeComment, TypeCommentKind};
use crate::types::Type;

impl Compiler {
    /// Compiles the body of a declared function into its graph and signature. Problems are reported and poison the function.
    pub fn compile_body(&mut self, id: FunctionId, body: Body) {
        self.set_state(id, State::Compiling);
        if let Err(d) = self.compile_inner(id, &body) {
            self.fail_quietly(id, d);
        }
        self.set_state(id, State::Done);
        if let Some(finish) = self.cleanup
            && !self.program.function(id).poisoned
        {
            finish(&mut self.program, id);
        }
    }

    /// Poisons a function; a diagnostic without text was reported before.
    fn fail_quietly(&mut self, id: FunctionId, d: Box<Diagnostic>) {
        if d.message.is_empty() {
            if let Some(f) = self.program.functions.get_mut(id.0 as usize) {
                f.poisoned = true;
            }
        } else {
            self.fail(id, d);
        }
    }

    fn compile_inner(&mut self, id: FunctionId, body: &Body) -> Result<()> {
        let (params, span) = match &body.code {
            Source::Def(d) => (&d.params, d.span),
            Source::Lambda(l) => (&l.params, l.span),
        };
        if let Source::Def(d) = &body.code {
            let at = d.name_span;
            if d.is_async {
                return unsupported(at, "async functions aren't supported", "use torch.jit.fork and torch.jit.wait");
            }
            if d.is_generator {
                return unsupported(
                    at,
                    "generators aren't supported: a compiled function cannot yield",
                    "gather the values in a list and return it",
                );
            }
        }
        let head = Span { file: span.file, lo: span.lo, hi: span.lo + 3 };
        let (mut signature, declared, inferred) = self.read_signature(body, params, span)?;
        self.program.functions[id.0 as usize].signature = signature.clone();
        if let Some(t) = &declared {
            self.program.functions[id.0 as usize].signature.returns = vec![t.clone()];
        }

        let mut em = Emitter::new(self, id, body.resolver.clone());
        let top = em.graph.top();
        em.frames.push(super::env::Frame::new(top));
        let annotation = match &body.code {
            Source::Def(d) => d.returns.as_ref().map(|e| e.span),
            Source::Lambda(_) => None,
        };
        em.returns.push(Returns { declared, annotation, ..Returns::default() });
        em.inferred = inferred;
        let names: Vec<&syntax::Param> = params.iter().collect();
        for (i, p) in signature.params.iter().enumerate() {
            let at = names.get(i).map_or(head, |p| p.span);
            let is_self = i == 0 && body.this.is_some();
            let v = em.graph.add_param(top, p.ty.clone(), (is_self || is_meaningful(&p.name)).then_some(p.name.as_str()));
            match &body.this {
                Some((_, make)) if is_self => em.set_sugared(at, &p.name, make(v), None)?,
                _ => em.set_var(at, &p.name, v)?,
            }
        }
        match &body.code {
            Source::Def(d) => em.emit_statements(&d.body),
            Source::Lambda(l) => {
                if let Err(d) = em.emit_return_expr(l.body.span, &l.body) {
                    em.report(d);
                }
            }
        }
        let done = em.finish_body(head, top);
        if let Err(d) = done {
            em.report(d);
        }
        if em.failed {
            // What was wrong is reported; the signature as far as it is known lets callers be checked.
            return Err(super::emitter::reported());
        }
        let merged = em.returns.pop().and_then(|r| r.merged).unwrap_or(Type::None);
        let placeholder = em.inside(top, |em| em.uninitialized(merged.clone()));
        em.graph.block_mut(top).returns.push(placeholder);
        let mut graph = em.graph;
        signature.returns = vec![merged];
        ssa::convert(&mut graph, &self.program);
        exits::transform(&mut graph, &self.program);
        ssa::finish(&mut graph, &self.program);
        let f = &mut self.program.functions[id.0 as usize];
        f.signature = signature;
        f.graph = graph;
        Ok(())
    }

    /// What a function's header says: its parameters, and its result when that is annotated.
    pub fn signature(&mut self, body: &Body) -> Result<(Signature, Option<Type>)> {
        let (signature, result, _) = match &body.code {
            Source::Def(d) => self.read_signature(body, &d.params, d.span)?,
            Source::Lambda(l) => self.read_signature(body, &l.params, l.span)?,
        };
        Ok((signature, result))
    }

    /// Parameters with their types and defaults, the declared result, and the parameters without annotation.
    fn read_signature(&mut self, body: &Body, params: &Params, span: Span) -> Result<Head> {
        let mut inferred = vec![];
        let resolver = body.resolver.clone();
        if let Some(p) = params.vararg.iter().chain(&params.kwarg).next() {
            let what = "compiled functions take a fixed number of arguments: `*args` and `**kwargs` aren't supported";
            return unsupported(p.span, what, "take a list, a tuple or a dict");
        }
        let comment = match &body.code {
            Source::Def(d) => d.type_comment.as_ref(),
            Source::Lambda(_) => None,
        };
        let all: Vec<&syntax::Param> = params.iter().collect();
        let skip = body.this.is_some() as usize;
        if all.len() < skip {
            return fail(Code::Syntax, span, "methods must have a self argument");
        }
        let from_comment = comment.map(|c| comment_types(c, all.len() - skip)).transpose()?;
        check_own_comments(&all[skip..], comment, span)?;
        let mut out = Signature::default();
        let first_kw_only = all.len() - params.kwonly.len();
        for (i, p) in all.iter().enumerate() {
            let name = p.name.to_string();
            if i == 0
                && let Some((ty, _)) = &body.this
            {
                out.params.push(Param { name, ty: ty.clone(), default: None, kw_only: false, broadcast: None });
                continue;
            }
            let default = body.defaults.iter().find(|(n, _)| *n == name).map(|(_, c)| c.clone());
            let replaced = body.types.iter().find(|(n, _)| *n == name).map(|(_, t)| t.clone());
            let own_comment = match p.type_comment.as_ref().map(|c| &c.kind) {
                Some(TypeCommentKind::Type(e)) => Some(&**e),
                _ => None,
            };
            let written = p
                .annotation
                .as_ref()
                .or(own_comment)
                .or_else(|| from_comment.as_ref().and_then(|(types, _)| types.as_ref()?.get(i - skip)));
            let (ty, broadcast) = match (replaced, written) {
                (Some(t), _) => (t, None),
                (None, Some(e)) => self.parameter_annotation(&*resolver, e)?,
                (None, None) => {
                    inferred.push((name.clone(), p.span));
                    (Type::Tensor, None)
                }
            };
            let default = default.map(|c| self.fit_default(c, &ty, broadcast, p)).transpose()?;
            out.params.push(Param { name, ty, default, kw_only: i >= first_kw_only, broadcast });
        }
        let declared = match &body.code {
            Source::Def(d) => match (&d.returns, &from_comment) {
                (Some(e), _) => Some(self.annotation(&*resolver, e)?),
                (None, Some((_, Some(e)))) => Some(self.annotation(&*resolver, e)?),
                (None, _) => None,
            },
            Source::Lambda(_) => None,
        };
        Ok((out, declared, inferred))
    }

    /// A default value as its parameter's type wants it.
    fn fit_default(&self, c: Const, ty: &Type, broadcast: Option<u32>, p: &syntax::Param) -> Result<Const> {
        let have = super::emitter::const_type(&self.program, &c);
        if have.is_subtype_of(ty, &self.program) {
            return Ok(c);
        }
        let inner = if let Type::Optional(t) = ty { t } else { ty };
        let fitted = match (&c, inner) {
            (Const::Int(i), Type::Float) => Some(Const::Float(*i as f64)),
            (Const::Bool(b), Type::Int) => Some(Const::Int(*b as i64)),
            (Const::Int(i), Type::Complex) => Some(Const::Complex(*i as f64, 0.0)),
            (Const::Float(x), Type::Complex) => Some(Const::Complex(*x, 0.0)),
            (Const::Int(_) | Const::Float(_), Type::List(elem)) if broadcast.is_some() && have == **elem => {
                let n = broadcast.unwrap_or(1) as usize;
                Some(Const::List(std::rc::Rc::new(vec![c.clone(); n]), have.clone()))
            }
            (Const::List(items, _), Type::List(elem)) if items.is_empty() => Some(Const::List(items.clone(), (**elem).clone())),
            (Const::Dict(items, ..), Type::Dict(k, v)) if items.is_empty() => {
                Some(Const::Dict(items.clone(), (**k).clone(), (**v).clone()))
            }
            (Const::Tuple(items, _), Type::List(elem))
                if items.iter().all(|i| super::emitter::const_type(&self.program, i).is_subtype_of(elem, &self.program)) =>
            {
                Some(Const::List(items.clone(), (**elem).clone()))
            }
            (Const::List(items, _), Type::List(elem)) if **elem == Type::Float => {
                let floats: Option<Vec<Const>> = items
                    .iter()
                    .map(|i| match i {
                        Const::Int(i) => Some(Const::Float(*i as f64)),
                        Const::Float(x) => Some(Const::Float(*x)),
                        _ => None,
                    })
                    .collect();
                floats.map(|f| Const::List(std::rc::Rc::new(f), Type::Float))
            }
            (Const::Str(_), Type::Device) => None,
            _ => None,
        };
        match fitted {
            Some(c) => Ok(c),
            None => {
                let at = p.default.as_ref().map_or(p.span, |d| d.span);
                let d = Diagnostic::new(
                    Code::Type,
                    at,
                    format!(
                        "Expected a default value of type {} on parameter \"{}\" but found {}",
                        ty.annotation(),
                        p.name,
                        have.annotation()
                    ),
                );
                Err(Box::new(if p.annotation.is_none() {
                    d.help("parameters without annotation are Tensors: annotate it")
                } else {
                    d
                }))
            }
        }
    }
}

/// A function's head: its signature, the declared result, the parameters without annotation.
type Head = (Signature, Option<Type>, Vec<(String, Span)>);

/// Types of a signature comment: those of the parameters (`None` for `...`), and of the result when it is given.
type CommentTypes<'a> = (Option<&'a [syntax::Expr]>, Option<&'a syntax::Expr>);

fn comment_types(c: &TypeComment, n: usize) -> Result<CommentTypes<'_>> {
    let (params, returns) = match &c.kind {
        TypeCommentKind::Signature { params, returns } => (params.as_deref(), Some(&**returns)),
        // `(A, B)` without a result, which is inferred.
        TypeCommentKind::Type(e) if c.text.starts_with('(') => match &e.kind {
            ExprKind::Tuple(items) => (Some(items.as_slice()), None),
            _ => (Some(std::slice::from_ref(&**e)), None),
        },
        TypeCommentKind::Type(e) => return fail(Code::Syntax, e.span, "a function's type comment is written `(A, B) -> R`"),
        TypeCommentKind::Invalid(why) => return fail(Code::Syntax, c.span, format!("not a type comment: {why}")),
    };
    match params {
        Some(p) if p.len() != n && !p.iter().any(|e| matches!(e.kind, ExprKind::Starred(_))) => {
            let message = format!(
                "Number of type annotations for function parameters ({}) does not match the number of parameters on the function ({n})",
                p.len()
            );
            fail(Code::Type, c.span, message)
        }
        _ => Ok((params, returns)),
    }
}

impl Emitter<'_> {
    fn emit_return_expr(&mut self, span: Span, e: &syntax::Expr) -> Result<()> {
        self.emit_return(span, Some(e))
    }
}

/// Type comments at the parameters come at all of them, and with `# type: (...) -> T` for the result.
fn check_own_comments(params: &[&syntax::Param], comment: Option<&syntax::TypeComment>, span: Span) -> Result<()> {
    let commented = params.iter().filter(|p| p.type_comment.is_some()).count();
    if commented == 0 {
        return Ok(());
    }
    if !matches!(comment.map(|c| &c.kind), Some(TypeCommentKind::Signature { params: None, .. })) {
        let at = comment.map_or(span, |c| c.span);
        let what = "Return type line '# type: (...) -> ...' not found on multiline type annotation";
        let d = Diagnostic::new(Code::Type, at, what)
            .help("write it as the first line of the body, with three dots for the parameters");
        return Err(Box::new(d));
    }
    match params.iter().find(|p| p.type_comment.is_none()) {
        Some(p) => {
            let n = params.len();
            let what = format!("Number of type annotations ({commented}) did not match the number of function parameters ({n})");
            Err(Box::new(Diagnostic::new(Code::Type, p.span, what).help(format!("'{}' needs a type comment, too", p.name))))
        }
        None => Ok(()),
    }
}
