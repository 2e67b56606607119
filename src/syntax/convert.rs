//! rustpython's tree to ours.

use std::sync::Arc;

use rustpython_parser::{
    ast::{self, Ranged},
    text_size::TextRange,
};

use super::{
    comments::{Found, Lines},
    parse::expression,
    tree::*,
};
use crate::diag::{Code, Diagnostic, FileId, Result, Span};

/// How deep statements and expressions may nest; chains of binary operators and `elif` count.
const MAX_DEPTH: u32 = 2000;

pub(super) struct Converter<'a> {
    file: FileId,
    text: &'a str,
    /// Offset of `text` in the file.
    offset: u32,
    lines: Lines,
    found: Vec<Found>,
    depth: u32,
    /// For each open function or lambda: has a `yield` been seen?
    yields: Vec<bool>,
}

impl<'a> Converter<'a> {
    pub fn new(file: FileId, text: &'a str, offset: u32, found: Vec<Found>) -> Self {
        Converter { file, text, offset, lines: Lines::new(text), found, depth: 0, yields: Vec::new() }
    }

    pub fn module(mut self, m: &ast::ModModule) -> Result<Module> {
        let body = self.block(&m.body)?;
        Ok(Module { span: Span::new(self.file, self.offset, self.offset + self.text.len() as u32), body })
    }

    fn span(&self, r: TextRange) -> Span {
        Span::new(self.file, u32::from(r.start()), u32::from(r.end()))
    }

    fn error<T>(&self, span: Span, message: impl Into<String>) -> Result<T> {
        Err(Box::new(Diagnostic::new(Code::Syntax, span, message)))
    }

    fn deeper<T>(&mut self, range: TextRange, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return self.error(self.span(range), "too many levels of nesting");
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    fn block(&mut self, body: &[ast::Stmt]) -> Result<Vec<Stmt>> {
        body.iter().map(|s| self.stmt(s)).collect()
    }

    fn stmt(&mut self, s: &ast::Stmt) -> Result<Stmt> {
        self.deeper(s.range(), |c| Ok(Stmt { span: c.span(s.range()), kind: c.stmt_kind(s)? }))
    }

    fn stmt_kind(&mut self, s: &ast::Stmt) -> Result<StmtKind> {
        use ast::Stmt as S;
        Ok(match s {
            S::FunctionDef(f) => StmtKind::FunctionDef(self.function(f, false)?),
            S::AsyncFunctionDef(f) => {
                let f = ast::StmtFunctionDef {
                    range: f.range,
                    name: f.name.clone(),
                    args: f.args.clone(),
                    body: f.body.clone(),
                    decorator_list: f.decorator_list.clone(),
                    returns: f.returns.clone(),
                    type_comment: None,
                    type_params: Vec::new(),
                };
                StmtKind::FunctionDef(self.function(&f, true)?)
            }
            S::ClassDef(k) => StmtKind::ClassDef(Arc::new(ClassDef {
                span: self.span(k.range),
                name: name(&k.name),
                name_span: self.find_name(k.range, &k.name),
                bases: self.exprs(&k.bases)?,
                keywords: self.keywords(&k.keywords)?,
                body: self.block(&k.body)?,
                decorators: self.exprs(&k.decorator_list)?,
            })),
            S::Return(r) => StmtKind::Return(self.opt(&r.value)?),
            S::Delete(d) => StmtKind::Delete(self.exprs(&d.targets)?),
            S::Assign(a) => StmtKind::Assign {
                targets: self.exprs(&a.targets)?,
                value: self.expr(&a.value)?,
                type_comment: self.trailing_comment(a.range),
            },
            S::TypeAlias(t) => StmtKind::TypeAlias { name: self.expr(&t.name)?, value: self.expr(&t.value)? },
            S::AugAssign(a) => {
                StmtKind::AugAssign { target: self.expr(&a.target)?, op: bin_op(a.op), value: self.expr(&a.value)? }
            }
            S::AnnAssign(a) => StmtKind::AnnAssign {
                target: self.expr(&a.target)?,
                annotation: self.expr(&a.annotation)?,
                value: self.opt(&a.value)?,
            },
            S::For(f) => StmtKind::For {
                target: self.expr(&f.target)?,
                iter: self.expr(&f.iter)?,
                type_comment: self.header_comment(f.iter.range(), &f.body),
                body: self.block(&f.body)?,
                orelse: self.block(&f.orelse)?,
                is_async: false,
            },
            S::AsyncFor(f) => StmtKind::For {
                target: self.expr(&f.target)?,
                iter: self.expr(&f.iter)?,
                type_comment: None,
                body: self.block(&f.body)?,
                orelse: self.block(&f.orelse)?,
                is_async: true,
            },
            S::While(w) => {
                StmtKind::While { test: self.expr(&w.test)?, body: self.block(&w.body)?, orelse: self.block(&w.orelse)? }
            }
            S::If(i) => StmtKind::If { test: self.expr(&i.test)?, body: self.block(&i.body)?, orelse: self.block(&i.orelse)? },
            S::With(w) => StmtKind::With {
                items: self.with_items(&w.items)?,
                type_comment: None,
                body: self.block(&w.body)?,
                is_async: false,
            },
            S::AsyncWith(w) => StmtKind::With {
                items: self.with_items(&w.items)?,
                type_comment: None,
                body: self.block(&w.body)?,
                is_async: true,
            },
            S::Match(m) => StmtKind::Match {
                subject: self.expr(&m.subject)?,
                cases: m
                    .cases
                    .iter()
                    .map(|k| {
                        Ok(MatchCase {
                            pattern: self.pattern(&k.pattern)?,
                            guard: self.opt(&k.guard)?,
                            body: self.block(&k.body)?,
                        })
                    })
                    .collect::<Result<_>>()?,
            },
            S::Raise(r) => StmtKind::Raise { exc: self.opt(&r.exc)?, cause: self.opt(&r.cause)? },
            S::Try(t) => self.try_stmt(&t.body, &t.handlers, &t.orelse, &t.finalbody, false)?,
            S::TryStar(t) => self.try_stmt(&t.body, &t.handlers, &t.orelse, &t.finalbody, true)?,
            S::Assert(a) => StmtKind::Assert { test: self.expr(&a.test)?, msg: self.opt(&a.msg)? },
            S::Import(i) => StmtKind::Import(self.aliases(&i.names)),
            S::ImportFrom(i) => StmtKind::ImportFrom {
                module: i.module.as_ref().map(name),
                names: self.aliases(&i.names),
                level: i.level.map_or(0, |l| l.to_u32()),
            },
            S::Global(g) => StmtKind::Global(g.names.iter().map(name).collect()),
            S::Nonlocal(g) => StmtKind::Nonlocal(g.names.iter().map(name).collect()),
            S::Expr(e) => StmtKind::Expr(self.expr(&e.value)?),
            S::Pass(_) => StmtKind::Pass,
            S::Break(_) => StmtKind::Break,
            S::Continue(_) => StmtKind::Continue,
        })
    }

    fn try_stmt(
        &mut self,
        body: &[ast::Stmt],
        handlers: &[ast::ExceptHandler],
        orelse: &[ast::Stmt],
        finalbody: &[ast::Stmt],
        star: bool,
    ) -> Result<StmtKind> {
        let body = self.block(body)?;
        let handlers = handlers
            .iter()
            .map(|ast::ExceptHandler::ExceptHandler(h)| {
                Ok(Handler {
                    span: self.span(h.range),
                    typ: self.opt(&h.type_)?,
                    name: h.name.as_ref().map(name),
                    body: self.block(&h.body)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(StmtKind::Try { body, handlers, orelse: self.block(orelse)?, finalbody: self.block(finalbody)?, star })
    }

    fn with_items(&mut self, items: &[ast::WithItem]) -> Result<Vec<WithItem>> {
        items.iter().map(|i| Ok(WithItem { context: self.expr(&i.context_expr)?, target: self.opt(&i.optional_vars)? })).collect()
    }

    fn aliases(&self, names: &[ast::Alias]) -> Vec<Alias> {
        names
            .iter()
            .map(|a| Alias { span: self.span(a.range), name: name(&a.name), asname: a.asname.as_ref().map(name) })
            .collect()
    }

    fn function(&mut self, f: &ast::StmtFunctionDef, is_async: bool) -> Result<Arc<FunctionDef>> {
        let decorators = self.exprs(&f.decorator_list)?;
        let params = self.params(&f.args)?;
        let returns = self.opt(&f.returns)?;
        self.yields.push(false);
        let body = self.block(&f.body);
        let is_generator = self.yields.pop().unwrap_or(false);
        let body = body?;
        let name_span = self.find_name(f.range, &f.name);
        let header = params.iter().map(|p| p.span.hi).chain(returns.iter().map(|r| r.span.hi)).max().unwrap_or(name_span.hi);
        let docstring = matches!(
            &body.first().map(|s| &s.kind),
            Some(StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(_)), .. }))
        );
        let end = match (docstring, body.get(1)) {
            (true, Some(second)) => second.span.lo,
            (true, None) => u32::from(f.range.end()),
            _ => body.first().map_or(header, |s| s.span.lo),
        };
        let type_comment = self.take_comment(|c| !c.bracketed && c.lo >= header && c.hi <= end);
        let span = self.span(f.range);
        Ok(Arc::new(FunctionDef {
            span,
            name: name(&f.name),
            name_span,
            params,
            body,
            decorators,
            returns,
            type_comment,
            is_async,
            is_generator,
        }))
    }

    /// The span of the name that follows `def` or `class`.
    fn find_name(&self, range: TextRange, wanted: &str) -> Span {
        let lo = u32::from(range.start());
        let text = self.text.get((lo - self.offset) as usize..).unwrap_or("");
        let at = ["def", "class"].iter().filter_map(|k| text.find(k).map(|i| i + k.len())).min().unwrap_or(0);
        let at = at + text.get(at..).and_then(|t| t.find(wanted)).unwrap_or(0);
        Span::new(self.file, lo + at as u32, lo + (at + wanted.len()) as u32)
    }

    fn params(&mut self, p: &ast::Arguments) -> Result<Params> {
        let mut starts: Vec<u32> = Vec::new();
        let all = p.posonlyargs.iter().chain(&p.args).chain(&p.kwonlyargs).map(|a| &a.def);
        starts.extend(all.chain(p.vararg.as_deref()).chain(p.kwarg.as_deref()).map(|a| u32::from(a.range.start())));
        let with_default = |c: &mut Self, a: &ast::ArgWithDefault| {
            let end = a.default.as_ref().map_or(a.def.range.end(), |d| d.range().end());
            c.param(&a.def, a.default.as_deref(), u32::from(end), &starts)
        };
        Ok(Params {
            posonly: p.posonlyargs.iter().map(|a| with_default(self, a)).collect::<Result<_>>()?,
            args: p.args.iter().map(|a| with_default(self, a)).collect::<Result<_>>()?,
            vararg: match &p.vararg {
                Some(a) => Some(Box::new(self.param(a, None, u32::from(a.range.end()), &starts)?)),
                None => None,
            },
            kwonly: p.kwonlyargs.iter().map(|a| with_default(self, a)).collect::<Result<_>>()?,
            kwarg: match &p.kwarg {
                Some(a) => Some(Box::new(self.param(a, None, u32::from(a.range.end()), &starts)?)),
                None => None,
            },
        })
    }

    fn param(&mut self, a: &ast::Arg, default: Option<&ast::Expr>, end: u32, starts: &[u32]) -> Result<Param> {
        let default = default.map(|d| self.expr(d)).transpose()?;
        let next = starts.iter().copied().filter(|s| *s >= end).min().unwrap_or(u32::MAX);
        let line = self.lines.line(end.saturating_sub(self.offset));
        Ok(Param {
            span: self.span(a.range),
            name: name(&a.arg),
            annotation: self.opt(&a.annotation)?,
            default,
            type_comment: self.take_comment(|c| c.bracketed && c.line == line && c.lo >= end && c.lo < next),
        })
    }

    /// Removes and parses the first type comment that fits.
    fn take_comment(&mut self, fits: impl Fn(&Found) -> bool) -> Option<TypeComment> {
        let at = self.found.iter().position(fits)?;
        let f = self.found.remove(at);
        let text = self.text.get((f.text_lo - self.offset) as usize..(f.hi - self.offset) as usize).unwrap_or("").trim_end();
        Some(TypeComment {
            span: Span::new(self.file, f.lo, f.hi),
            text: text.to_string(),
            kind: type_comment_kind(text, self.file, f.text_lo),
        })
    }

    fn trailing_comment(&mut self, range: TextRange) -> Option<TypeComment> {
        let end = u32::from(range.end());
        let line = self.lines.line(end.saturating_sub(self.offset));
        self.take_comment(|c| !c.bracketed && c.line == line && c.lo >= end)
    }

    fn header_comment(&mut self, head: TextRange, body: &[ast::Stmt]) -> Option<TypeComment> {
        let end = u32::from(head.end());
        let line = self.lines.line(end.saturating_sub(self.offset));
        let stop = body.first().map_or(u32::MAX, |s| u32::from(s.range().start()));
        self.take_comment(|c| !c.bracketed && c.line == line && c.lo >= end && c.lo < stop)
    }

    fn pattern(&mut self, p: &ast::Pattern) -> Result<Pattern> {
        use ast::Pattern as P;
        self.deeper(p.range(), |c| {
            let patterns = |c: &mut Self, ps: &[ast::Pattern]| ps.iter().map(|p| c.pattern(p)).collect::<Result<Vec<_>>>();
            let kind = match p {
                P::MatchValue(v) => PatternKind::Value(c.expr(&v.value)?),
                P::MatchSingleton(v) => PatternKind::Singleton(constant(&v.value)),
                P::MatchSequence(v) => PatternKind::Sequence(patterns(c, &v.patterns)?),
                P::MatchMapping(v) => PatternKind::Mapping {
                    keys: c.exprs(&v.keys)?,
                    patterns: patterns(c, &v.patterns)?,
                    rest: v.rest.as_ref().map(name),
                },
                P::MatchClass(v) => PatternKind::Class {
                    class: c.expr(&v.cls)?,
                    patterns: patterns(c, &v.patterns)?,
                    keywords: v.kwd_attrs.iter().map(name).zip(patterns(c, &v.kwd_patterns)?).collect(),
                },
                P::MatchStar(v) => PatternKind::Star(v.name.as_ref().map(name)),
                P::MatchAs(v) => PatternKind::As {
                    pattern: v.pattern.as_ref().map(|p| c.pattern(p).map(Box::new)).transpose()?,
                    name: v.name.as_ref().map(name),
                },
                P::MatchOr(v) => PatternKind::Or(patterns(c, &v.patterns)?),
            };
            Ok(Pattern { span: c.span(p.range()), kind })
        })
    }

    fn exprs(&mut self, es: &[ast::Expr]) -> Result<Vec<Expr>> {
        es.iter().map(|e| self.expr(e)).collect()
    }

    fn opt(&mut self, e: &Option<Box<ast::Expr>>) -> Result<Option<Expr>> {
        e.as_ref().map(|e| self.expr(e)).transpose()
    }

    fn boxed(&mut self, e: &ast::Expr) -> Result<Box<Expr>> {
        self.expr(e).map(Box::new)
    }

    fn opt_boxed(&mut self, e: &Option<Box<ast::Expr>>) -> Result<Option<Box<Expr>>> {
        e.as_ref().map(|e| self.boxed(e)).transpose()
    }

    fn keywords(&mut self, ks: &[ast::Keyword]) -> Result<Vec<Keyword>> {
        ks.iter()
            .map(|k| Ok(Keyword { span: self.span(k.range), name: k.arg.as_ref().map(name), value: self.expr(&k.value)? }))
            .collect()
    }

    fn comprehensions(&mut self, gs: &[ast::Comprehension]) -> Result<Vec<Comprehension>> {
        gs.iter()
            .map(|g| {
                Ok(Comprehension {
                    target: self.expr(&g.target)?,
                    iter: self.expr(&g.iter)?,
                    conditions: self.exprs(&g.ifs)?,
                    is_async: g.is_async,
                })
            })
            .collect()
    }

    pub fn expr(&mut self, e: &ast::Expr) -> Result<Expr> {
        self.deeper(e.range(), |c| Ok(Expr { span: c.span(e.range()), kind: c.expr_kind(e)? }))
    }

    fn expr_kind(&mut self, e: &ast::Expr) -> Result<ExprKind> {
        use ast::Expr as E;
        Ok(match e {
            E::BoolOp(b) => ExprKind::BoolOp {
                op: match b.op {
                    ast::BoolOp::And => BoolOp::And,
                    ast::BoolOp::Or => BoolOp::Or,
                },
                values: self.exprs(&b.values)?,
            },
            E::NamedExpr(n) => ExprKind::Named { target: self.boxed(&n.target)?, value: self.boxed(&n.value)? },
            E::BinOp(b) => ExprKind::Binary { op: bin_op(b.op), left: self.boxed(&b.left)?, right: self.boxed(&b.right)? },
            E::UnaryOp(u) => ExprKind::Unary {
                op: match u.op {
                    ast::UnaryOp::Invert => UnaryOp::Invert,
                    ast::UnaryOp::Not => UnaryOp::Not,
                    ast::UnaryOp::UAdd => UnaryOp::Pos,
                    ast::UnaryOp::USub => UnaryOp::Neg,
                },
                operand: self.boxed(&u.operand)?,
            },
            E::Lambda(l) => {
                let params = self.params(&l.args)?;
                self.yields.push(false);
                let body = self.expr(&l.body);
                self.yields.pop();
                ExprKind::Lambda(Arc::new(Lambda { span: self.span(l.range), params, body: body? }))
            }
            E::IfExp(i) => {
                ExprKind::IfExp { test: self.boxed(&i.test)?, body: self.boxed(&i.body)?, orelse: self.boxed(&i.orelse)? }
            }
            E::Dict(d) => ExprKind::Dict(
                d.keys
                    .iter()
                    .zip(&d.values)
                    .map(|(k, v)| Ok((k.as_ref().map(|k| self.expr(k)).transpose()?, self.expr(v)?)))
                    .collect::<Result<_>>()?,
            ),
            E::Set(s) => ExprKind::Set(self.exprs(&s.elts)?),
            E::ListComp(l) => {
                ExprKind::ListComp { element: self.boxed(&l.elt)?, generators: self.comprehensions(&l.generators)? }
            }
            E::SetComp(l) => ExprKind::SetComp { element: self.boxed(&l.elt)?, generators: self.comprehensions(&l.generators)? },
            E::DictComp(l) => ExprKind::DictComp {
                key: self.boxed(&l.key)?,
                value: self.boxed(&l.value)?,
                generators: self.comprehensions(&l.generators)?,
            },
            E::GeneratorExp(l) => {
                ExprKind::Generator { element: self.boxed(&l.elt)?, generators: self.comprehensions(&l.generators)? }
            }
            E::Await(a) => ExprKind::Await(self.boxed(&a.value)?),
            E::Yield(y) => {
                self.mark_yield(y.range)?;
                ExprKind::Yield(self.opt_boxed(&y.value)?)
            }
            E::YieldFrom(y) => {
                self.mark_yield(y.range)?;
                ExprKind::YieldFrom(self.boxed(&y.value)?)
            }
            E::Compare(k) => ExprKind::Compare {
                left: self.boxed(&k.left)?,
                rest: k.ops.iter().zip(&k.comparators).map(|(op, e)| Ok((cmp_op(*op), self.expr(e)?))).collect::<Result<_>>()?,
            },
            E::Call(k) => {
                ExprKind::Call { func: self.boxed(&k.func)?, args: self.exprs(&k.args)?, keywords: self.keywords(&k.keywords)? }
            }
            E::FormattedValue(_) => ExprKind::FString(self.fstring(std::slice::from_ref(e))?),
            E::JoinedStr(j) => ExprKind::FString(self.fstring(&j.values)?),
            E::Constant(k) => match &k.value {
                ast::Constant::Tuple(items) => ExprKind::Tuple(
                    items.iter().map(|i| Expr { span: self.span(k.range), kind: ExprKind::Constant(constant(i)) }).collect(),
                ),
                v => ExprKind::Constant(constant(v)),
            },
            E::Attribute(a) => {
                let hi = u32::from(a.range.end());
                let attr_span = Span::new(self.file, hi.saturating_sub(a.attr.len() as u32), hi);
                ExprKind::Attribute { value: self.boxed(&a.value)?, attr: name(&a.attr), attr_span }
            }
            E::Subscript(s) => ExprKind::Subscript { value: self.boxed(&s.value)?, index: self.boxed(&s.slice)? },
            E::Starred(s) => ExprKind::Starred(self.boxed(&s.value)?),
            E::Name(n) => ExprKind::Name(name(&n.id)),
            E::List(l) => ExprKind::List(self.exprs(&l.elts)?),
            E::Tuple(l) => ExprKind::Tuple(self.exprs(&l.elts)?),
            E::Slice(s) => ExprKind::Slice {
                lower: self.opt_boxed(&s.lower)?,
                upper: self.opt_boxed(&s.upper)?,
                step: self.opt_boxed(&s.step)?,
            },
        })
    }

    fn mark_yield(&mut self, range: TextRange) -> Result<()> {
        match self.yields.last_mut() {
            Some(seen) => {
                *seen = true;
                Ok(())
            }
            None => self.error(self.span(range), "'yield' outside function"),
        }
    }

    fn fstring(&mut self, values: &[ast::Expr]) -> Result<Vec<FStringPart>> {
        let mut parts: Vec<FStringPart> = Vec::new();
        for v in values {
            match v {
                ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(s), .. }) => match parts.last_mut() {
                    Some(FStringPart::Text(t)) => t.push_str(s),
                    _ if s.is_empty() => {}
                    _ => parts.push(FStringPart::Text(s.clone())),
                },
                ast::Expr::FormattedValue(f) => {
                    let spec = match f.format_spec.as_deref() {
                        None => None,
                        Some(ast::Expr::JoinedStr(j)) => Some(self.fstring(&j.values)?),
                        Some(other) => Some(self.fstring(std::slice::from_ref(other))?),
                    };
                    let conversion = match f.conversion {
                        ast::ConversionFlag::None => None,
                        ast::ConversionFlag::Str => Some('s'),
                        ast::ConversionFlag::Ascii => Some('a'),
                        ast::ConversionFlag::Repr => Some('r'),
                    };
                    parts.push(FStringPart::Value { value: self.boxed(&f.value)?, conversion, spec });
                }
                ast::Expr::JoinedStr(j) => parts.extend(self.fstring(&j.values)?),
                other => parts.push(FStringPart::Value { value: self.boxed(other)?, conversion: None, spec: None }),
            }
        }
        Ok(parts)
    }
}

fn type_comment_kind(text: &str, file: FileId, offset: u32) -> TypeCommentKind {
    let parse = |part: &str, at: usize| expression(part, file, offset + at as u32).map_err(|d| d.message.clone());
    let build = || -> std::result::Result<TypeCommentKind, String> {
        let Some(arrow) = text.rfind("->").filter(|_| text.starts_with('(')) else {
            let end = text.find('#').unwrap_or(text.len());
            return Ok(TypeCommentKind::Type(Box::new(parse(text[..end].trim_end(), 0)?)));
        };
        let behind = &text[arrow + 2..];
        let returns = behind.trim_start();
        let end = returns.find('#').unwrap_or(returns.len());
        let returns = Box::new(parse(returns[..end].trim_end(), arrow + 2 + behind.len() - returns.len())?);
        let inside = text[..arrow].trim_end();
        if !inside.ends_with(')') {
            return Err("the parameter types are not in parentheses".into());
        }
        let list = inside[1..inside.len() - 1].trim();
        let params = match list {
            "..." => None,
            "" => Some(Vec::new()),
            _ => match parse(&format!("({list},)"), 0).or_else(|_| parse(&format!("({list})"), 0))?.kind {
                ExprKind::Tuple(items) => Some(items),
                _ => return Err("the parameter types cannot be read".into()),
            },
        };
        Ok(TypeCommentKind::Signature { params, returns })
    };
    build().unwrap_or_else(TypeCommentKind::Invalid)
}

fn name(n: &ast::Identifier) -> Name {
    Name::from(n.as_str())
}

fn constant(c: &ast::Constant) -> Constant {
    match c {
        ast::Constant::None => Constant::None,
        ast::Constant::Bool(b) => Constant::Bool(*b),
        ast::Constant::Str(s) => Constant::Str(Arc::from(s.as_str())),
        ast::Constant::Bytes(b) => Constant::Bytes(Arc::from(b.as_slice())),
        ast::Constant::Int(i) => Constant::Int(i.clone()),
        ast::Constant::Float(f) => Constant::Float(*f),
        ast::Constant::Complex { imag, .. } => Constant::Imaginary(*imag),
        ast::Constant::Ellipsis | ast::Constant::Tuple(_) => Constant::Ellipsis,
    }
}

fn bin_op(op: ast::Operator) -> BinOp {
    match op {
        ast::Operator::Add => BinOp::Add,
        ast::Operator::Sub => BinOp::Sub,
        ast::Operator::Mult => BinOp::Mul,
        ast::Operator::MatMult => BinOp::MatMul,
        ast::Operator::Div => BinOp::Div,
        ast::Operator::Mod => BinOp::Mod,
        ast::Operator::Pow => BinOp::Pow,
        ast::Operator::LShift => BinOp::LShift,
        ast::Operator::RShift => BinOp::RShift,
        ast::Operator::BitOr => BinOp::BitOr,
        ast::Operator::BitXor => BinOp::BitXor,
        ast::Operator::BitAnd => BinOp::BitAnd,
        ast::Operator::FloorDiv => BinOp::FloorDiv,
    }
}

fn cmp_op(op: ast::CmpOp) -> CmpOp {
    match op {
        ast::CmpOp::Eq => CmpOp::Eq,
        ast::CmpOp::NotEq => CmpOp::NotEq,
        ast::CmpOp::Lt => CmpOp::Lt,
        ast::CmpOp::LtE => CmpOp::LtE,
        ast::CmpOp::Gt => CmpOp::Gt,
        ast::CmpOp::GtE => CmpOp::GtE,
        ast::CmpOp::Is => CmpOp::Is,
        ast::CmpOp::IsNot => CmpOp::IsNot,
        ast::CmpOp::In => CmpOp::In,
        ast::CmpOp::NotIn => CmpOp::NotIn,
    }
}
