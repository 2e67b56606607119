//! A tree as canonical Python text: one statement a line, four spaces, every nested operator in parentheses.
//!
//! `a + b * c` prints as `a + (b * c)`; parsing the printed text gives the same tree (spans aside).

use std::fmt::Write;

use super::tree::*;

/// The text of a module.
pub fn module(m: &Module) -> String {
    let mut p = Printer { out: String::new(), indent: 0 };
    p.block(&m.body);
    p.out
}

/// The text of one expression.
pub fn expr(e: &Expr) -> String {
    let mut out = String::new();
    write_expr(&mut out, e, false);
    out
}

struct Printer {
    out: String,
    indent: usize,
}

impl Printer {
    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn nested(&mut self, head: &str, body: &[Stmt]) {
        self.line(head);
        self.indent += 1;
        self.block(body);
        self.indent -= 1;
    }

    fn block(&mut self, body: &[Stmt]) {
        for s in body {
            self.stmt(s);
        }
    }

    fn orelse(&mut self, body: &[Stmt]) {
        if !body.is_empty() {
            self.nested("else:", body);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::FunctionDef(f) => {
                for d in &f.decorators {
                    self.line(&format!("@{}", expr(d)));
                }
                let returns = f.returns.as_ref().map_or(String::new(), |r| format!(" -> {}", expr(r)));
                let head = if f.is_async { "async def" } else { "def" };
                self.line(&format!("{head} {}({}){returns}:", f.name, params(&f.params)));
                self.indent += 1;
                for p in f.params.iter() {
                    if let Some(t) = &p.type_comment {
                        self.line(&format!("# {}: {}", p.name, type_comment(t)));
                    }
                }
                if let Some(t) = &f.type_comment {
                    self.line(&format!("# type: {}", type_comment(t)));
                }
                self.block(&f.body);
                self.indent -= 1;
            }
            StmtKind::ClassDef(c) => {
                for d in &c.decorators {
                    self.line(&format!("@{}", expr(d)));
                }
                let mut args: Vec<String> = c.bases.iter().map(expr).collect();
                args.extend(c.keywords.iter().map(keyword));
                let bases = if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
                self.nested(&format!("class {}{bases}:", c.name), &c.body);
            }
            StmtKind::Return(None) => self.line("return"),
            StmtKind::Return(Some(e)) => self.line(&format!("return {}", expr(e))),
            StmtKind::Delete(es) => self.line(&format!("del {}", list(es))),
            StmtKind::Assign { targets, value, type_comment: t } => {
                let mut text: String = targets.iter().map(|t| expr(t) + " = ").collect();
                text += &expr(value);
                if let Some(t) = t {
                    let _ = write!(text, "  # type: {}", type_comment(t));
                }
                self.line(&text);
            }
            StmtKind::AugAssign { target, op, value } => {
                self.line(&format!("{} {}= {}", expr(target), op.symbol(), expr(value)));
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                let value = value.as_ref().map_or(String::new(), |v| format!(" = {}", expr(v)));
                self.line(&format!("{}: {}{value}", expr(target), expr(annotation)));
            }
            StmtKind::For { target, iter, body, orelse, is_async, .. } => {
                let head = if *is_async { "async for" } else { "for" };
                self.nested(&format!("{head} {} in {}:", expr(target), expr(iter)), body);
                self.orelse(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.nested(&format!("while {}:", expr(test)), body);
                self.orelse(orelse);
            }
            StmtKind::If { test, body, orelse } => {
                self.nested(&format!("if {}:", expr(test)), body);
                self.orelse(orelse);
            }
            StmtKind::With { items, body, is_async, .. } => {
                let items: Vec<String> = items
                    .iter()
                    .map(|i| match &i.target {
                        Some(t) => format!("{} as {}", expr(&i.context), expr(t)),
                        None => expr(&i.context),
                    })
                    .collect();
                let head = if *is_async { "async with" } else { "with" };
                self.nested(&format!("{head} {}:", items.join(", ")), body);
            }
            StmtKind::Match { subject, cases } => {
                self.line(&format!("match {}:", expr(subject)));
                self.indent += 1;
                for c in cases {
                    let guard = c.guard.as_ref().map_or(String::new(), |g| format!(" if {}", expr(g)));
                    self.nested(&format!("case {}{guard}:", pattern(&c.pattern)), &c.body);
                }
                self.indent -= 1;
            }
            StmtKind::Raise { exc, cause } => {
                let mut text = "raise".to_string();
                if let Some(e) = exc {
                    let _ = write!(text, " {}", expr(e));
                }
                if let Some(c) = cause {
                    let _ = write!(text, " from {}", expr(c));
                }
                self.line(&text);
            }
            StmtKind::Try { body, handlers, orelse, finalbody, star } => {
                self.nested("try:", body);
                for h in handlers {
                    let mut head = if *star { "except*".to_string() } else { "except".to_string() };
                    if let Some(t) = &h.typ {
                        let _ = write!(head, " {}", expr(t));
                    }
                    if let Some(n) = &h.name {
                        let _ = write!(head, " as {n}");
                    }
                    self.nested(&format!("{head}:"), &h.body);
                }
                self.orelse(orelse);
                if !finalbody.is_empty() {
                    self.nested("finally:", finalbody);
                }
            }
            StmtKind::Assert { test, msg } => {
                let msg = msg.as_ref().map_or(String::new(), |m| format!(", {}", expr(m)));
                self.line(&format!("assert {}{msg}", expr(test)));
            }
            StmtKind::Import(names) => self.line(&format!("import {}", aliases(names))),
            StmtKind::ImportFrom { module, names, level } => {
                let dots = ".".repeat(*level as usize);
                self.line(&format!("from {dots}{} import {}", module.as_deref().unwrap_or(""), aliases(names)));
            }
            StmtKind::Global(names) => self.line(&format!("global {}", names.join(", "))),
            StmtKind::Nonlocal(names) => self.line(&format!("nonlocal {}", names.join(", "))),
            StmtKind::TypeAlias { name, value } => self.line(&format!("type {} = {}", expr(name), expr(value))),
            StmtKind::Expr(e) => self.line(&expr(e)),
            StmtKind::Pass => self.line("pass"),
            StmtKind::Break => self.line("break"),
            StmtKind::Continue => self.line("continue"),
        }
    }
}

fn type_comment(t: &TypeComment) -> String {
    match &t.kind {
        TypeCommentKind::Signature { params: None, returns } => format!("(...) -> {}", expr(returns)),
        TypeCommentKind::Signature { params: Some(p), returns } => format!("({}) -> {}", list(p), expr(returns)),
        TypeCommentKind::Type(e) => expr(e),
        TypeCommentKind::Invalid(why) => format!("{} [{why}]", t.text),
    }
}

fn aliases(names: &[Alias]) -> String {
    let one = |a: &Alias| match &a.asname {
        Some(n) => format!("{} as {n}", a.name),
        None => a.name.to_string(),
    };
    names.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn params(p: &Params) -> String {
    let one = |a: &Param| {
        let mut text = a.name.to_string();
        if let Some(t) = &a.annotation {
            let _ = write!(text, ": {}", expr(t));
        }
        if let Some(d) = &a.default {
            let _ = write!(text, "{}{}", if a.annotation.is_some() { " = " } else { "=" }, expr(d));
        }
        text
    };
    let mut all: Vec<String> = p.posonly.iter().map(one).collect();
    if !all.is_empty() {
        all.push("/".into());
    }
    all.extend(p.args.iter().map(one));
    match &p.vararg {
        Some(v) => all.push(format!("*{}", one(v))),
        None if !p.kwonly.is_empty() => all.push("*".into()),
        None => {}
    }
    all.extend(p.kwonly.iter().map(one));
    all.extend(p.kwarg.iter().map(|k| format!("**{}", one(k))));
    all.join(", ")
}

fn keyword(k: &Keyword) -> String {
    match &k.name {
        Some(n) => format!("{n}={}", expr(&k.value)),
        None => format!("**{}", operand(&k.value)),
    }
}

fn list(es: &[Expr]) -> String {
    es.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn operand(e: &Expr) -> String {
    let mut out = String::new();
    write_expr(&mut out, e, true);
    out
}

fn comprehensions(gs: &[Comprehension]) -> String {
    let mut out = String::new();
    for g in gs {
        let head = if g.is_async { "async for" } else { "for" };
        let _ = write!(out, " {head} {} in {}", expr(&g.target), operand(&g.iter));
        for c in &g.conditions {
            let _ = write!(out, " if {}", operand(c));
        }
    }
    out
}

fn write_expr(out: &mut String, e: &Expr, nested: bool) {
    let compound = matches!(
        e.kind,
        ExprKind::BoolOp { .. }
            | ExprKind::Named { .. }
            | ExprKind::Binary { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Lambda(_)
            | ExprKind::IfExp { .. }
            | ExprKind::Compare { .. }
            | ExprKind::Await(_)
            | ExprKind::Yield(_)
            | ExprKind::YieldFrom(_)
    );
    let parens = (compound && nested) || matches!(e.kind, ExprKind::Named { .. } | ExprKind::Yield(_) | ExprKind::YieldFrom(_));
    if parens {
        out.push('(');
    }
    let _ = match &e.kind {
        ExprKind::BoolOp { op, values } => {
            let word = if *op == BoolOp::And { " and " } else { " or " };
            write!(out, "{}", values.iter().map(operand).collect::<Vec<_>>().join(word))
        }
        ExprKind::Named { target, value } => write!(out, "{} := {}", expr(target), operand(value)),
        ExprKind::Binary { op, left, right } => write!(out, "{} {} {}", operand(left), op.symbol(), operand(right)),
        ExprKind::Unary { op, operand: o } => write!(out, "{}{}", op.symbol(), operand(o)),
        ExprKind::Lambda(l) => {
            let p = params(&l.params);
            write!(out, "lambda{}{p}: {}", if p.is_empty() { "" } else { " " }, operand(&l.body))
        }
        ExprKind::IfExp { test, body, orelse } => {
            write!(out, "{} if {} else {}", operand(body), operand(test), operand(orelse))
        }
        ExprKind::Dict(items) => {
            let one = |(k, v): &(Option<Expr>, Expr)| match k {
                Some(k) => format!("{}: {}", expr(k), expr(v)),
                None => format!("**{}", operand(v)),
            };
            write!(out, "{{{}}}", items.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Set(items) => write!(out, "{{{}}}", list(items)),
        ExprKind::List(items) => write!(out, "[{}]", list(items)),
        ExprKind::Tuple(items) if items.len() == 1 => write!(out, "({},)", expr(&items[0])),
        ExprKind::Tuple(items) => write!(out, "({})", list(items)),
        ExprKind::ListComp { element, generators } => write!(out, "[{}{}]", operand(element), comprehensions(generators)),
        ExprKind::SetComp { element, generators } => write!(out, "{{{}{}}}", operand(element), comprehensions(generators)),
        ExprKind::DictComp { key, value, generators } => {
            write!(out, "{{{}: {}{}}}", operand(key), operand(value), comprehensions(generators))
        }
        ExprKind::Generator { element, generators } => write!(out, "({}{})", operand(element), comprehensions(generators)),
        ExprKind::Await(v) => write!(out, "await {}", operand(v)),
        ExprKind::Yield(None) => write!(out, "yield"),
        ExprKind::Yield(Some(v)) => write!(out, "yield {}", expr(v)),
        ExprKind::YieldFrom(v) => write!(out, "yield from {}", expr(v)),
        ExprKind::Compare { left, rest } => {
            let _ = write!(out, "{}", operand(left));
            for (op, e) in rest {
                let _ = write!(out, " {} {}", op.symbol(), operand(e));
            }
            Ok(())
        }
        ExprKind::Call { func, args, keywords } => {
            let mut all: Vec<String> = args.iter().map(expr).collect();
            all.extend(keywords.iter().map(keyword));
            write!(out, "{}({})", operand(func), all.join(", "))
        }
        ExprKind::FString(parts) => write!(out, "f{}", quote(&fstring(parts))),
        ExprKind::Constant(c) => write!(out, "{}", constant(c)),
        ExprKind::Attribute { value, attr, .. } => match &value.kind {
            ExprKind::Constant(Constant::Int(_)) => write!(out, "({}).{attr}", operand(value)),
            _ => write!(out, "{}.{attr}", operand(value)),
        },
        ExprKind::Subscript { value, index } => match &index.kind {
            ExprKind::Tuple(items) if items.len() > 1 => write!(out, "{}[{}]", operand(value), list(items)),
            _ => write!(out, "{}[{}]", operand(value), expr(index)),
        },
        ExprKind::Starred(v) => write!(out, "*{}", operand(v)),
        ExprKind::Name(n) => write!(out, "{n}"),
        ExprKind::Slice { lower, upper, step } => {
            let part = |e: &Option<Box<Expr>>| e.as_ref().map_or(String::new(), |e| operand(e));
            let _ = write!(out, "{}:{}", part(lower), part(upper));
            if step.is_some() { write!(out, ":{}", part(step)) } else { Ok(()) }
        }
    };
    if parens {
        out.push(')');
    }
}

fn fstring(parts: &[FStringPart]) -> String {
    let mut out = String::new();
    for p in parts {
        match p {
            FStringPart::Text(t) => out.push_str(&t.replace('{', "{{").replace('}', "}}")),
            FStringPart::Value { value, conversion, spec } => {
                let _ = write!(out, "{{{}", operand(value));
                if let Some(c) = conversion {
                    let _ = write!(out, "!{c}");
                }
                if let Some(s) = spec {
                    let _ = write!(out, ":{}", fstring(s));
                }
                out.push('}');
            }
        }
    }
    out
}

fn pattern(p: &Pattern) -> String {
    let all = |ps: &[Pattern]| ps.iter().map(pattern).collect::<Vec<_>>().join(", ");
    match &p.kind {
        PatternKind::Value(e) => expr(e),
        PatternKind::Singleton(c) => constant(c),
        PatternKind::Sequence(ps) => format!("[{}]", all(ps)),
        PatternKind::Mapping { keys, patterns, rest } => {
            let mut items: Vec<String> = keys.iter().zip(patterns).map(|(k, p)| format!("{}: {}", expr(k), pattern(p))).collect();
            items.extend(rest.iter().map(|r| format!("**{r}")));
            format!("{{{}}}", items.join(", "))
        }
        PatternKind::Class { class, patterns, keywords } => {
            let mut items: Vec<String> = patterns.iter().map(pattern).collect();
            items.extend(keywords.iter().map(|(n, p)| format!("{n}={}", pattern(p))));
            format!("{}({})", expr(class), items.join(", "))
        }
        PatternKind::Star(n) => format!("*{}", n.as_deref().unwrap_or("_")),
        PatternKind::As { pattern: None, name } => name.as_deref().unwrap_or("_").to_string(),
        PatternKind::As { pattern: Some(p), name } => format!("{} as {}", pattern(p), name.as_deref().unwrap_or("_")),
        PatternKind::Or(ps) => ps.iter().map(pattern).collect::<Vec<_>>().join(" | "),
    }
}

fn constant(c: &Constant) -> String {
    match c {
        Constant::None => "None".into(),
        Constant::Bool(true) => "True".into(),
        Constant::Bool(false) => "False".into(),
        Constant::Int(i) => i.to_string(),
        Constant::Float(f) if f.is_infinite() => "1e999".into(),
        Constant::Float(f) => format!("{f:?}"),
        Constant::Imaginary(f) => format!("{f:?}j"),
        Constant::Str(s) => quote(s),
        Constant::Bytes(b) => {
            let text: String = b.iter().flat_map(|b| std::ascii::escape_default(*b)).map(char::from).collect();
            format!("b\"{text}\"")
        }
        Constant::Ellipsis => "...".into(),
    }
}

fn quote(s: &str) -> String {
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 32 || c as u32 == 127 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
