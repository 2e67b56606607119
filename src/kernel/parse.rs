//! Reads the text of [`super::print`].

use super::build::Builder;
use super::ir::*;

/// What is wrong with a text, and on which line (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub line: usize,
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

type Result<T> = std::result::Result<T, ParseError>;

/// Reads one kernel.
pub fn kernel(text: &str) -> Result<Kernel> {
    let mut p = Parser { text, at: 0, b: Builder::new(""), vars: vec![] };
    p.kernel()?;
    p.space();
    if p.at < text.len() {
        return Err(p.error("expected the end"));
    }
    Ok(p.b.kernel)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    b: Builder,
    /// Variables in scope.
    vars: Vec<Var>,
}

impl<'a> Parser<'a> {
    fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError { line: self.text[..self.at].matches('\n').count() + 1, message: message.into() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, s: &str) -> bool {
        self.space();
        let word = s.ends_with(|c: char| c.is_alphanumeric());
        let found = self.rest().starts_with(s)
            && !(word && self.rest()[s.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        if found {
            self.at += s.len();
        }
        found
    }

    fn want(&mut self, s: &str) -> Result<()> {
        if self.eat(s) { Ok(()) } else { Err(self.error(format!("expected `{s}`"))) }
    }

    fn token(&mut self, what: &str, f: impl Fn(char) -> bool) -> Result<&'a str> {
        self.space();
        let rest = self.rest();
        let n = rest.find(|c| !f(c)).unwrap_or(rest.len());
        if n == 0 {
            return Err(self.error(format!("expected {what}")));
        }
        self.at += n;
        Ok(&rest[..n])
    }

    fn name(&mut self) -> Result<&'a str> {
        self.token("a name", |c| c.is_alphanumeric() || c == '_' || c == '.')
    }

    fn int(&mut self) -> Result<i64> {
        let t = self.token("a number", |c| c.is_ascii_digit() || c == '-')?;
        t.parse().map_err(|_| self.error(format!("`{t}` is no integer")))
    }

    fn ty(&mut self) -> Result<Ty> {
        let t = self.name()?;
        Ty::from_name(t).ok_or_else(|| self.error(format!("`{t}` is no element type")))
    }

    fn list<T>(&mut self, end: &str, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut out = vec![];
        while !self.eat(end) {
            if !out.is_empty() {
                self.want(",")?;
            }
            out.push(item(self)?);
        }
        Ok(out)
    }

    fn kernel(&mut self) -> Result<()> {
        self.want("kernel")?;
        self.b.kernel.name = self.name()?.to_owned();
        self.want("(")?;
        self.list(")", |p| {
            let name = p.name()?;
            match Ty::from_name(name) {
                Some(ty) => {
                    let name = p.name()?;
                    p.b.param(name, ty);
                }
                None => {
                    p.b.symbol(name);
                }
            }
            Ok(())
        })?;
        self.want("{")?;
        while let Some(access) =
            [Access::In, Access::InOut, Access::Out, Access::Scratch].into_iter().find(|a| self.eat(a.word()))
        {
            let name = self.name()?;
            self.want(":")?;
            let ty = self.ty()?;
            self.want("[")?;
            let dims = self.list("]", Self::extent)?;
            let strides = if self.eat("strides") {
                self.want("[")?;
                Strides::Of(self.list("]", Self::extent)?)
            } else if self.eat("panels") {
                let width = self.small()?;
                Strides::Panels { batch: if self.eat("after") { self.small()? } else { 0 }, width }
            } else {
                Strides::Contiguous
            };
            self.b.buffer(name, access, ty, &dims, strides);
        }
        while !self.eat("}") {
            self.stmt()?;
        }
        Ok(())
    }

    fn small(&mut self) -> Result<u32> {
        let n = self.int()?;
        u32::try_from(n).ok().filter(|n| *n < 1 << 16).ok_or_else(|| self.error(format!("{n} is out of range")))
    }

    fn extent(&mut self) -> Result<Extent> {
        self.space();
        if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return Ok(Extent::Const(self.int()?));
        }
        let name = self.name()?;
        match self.b.kernel.symbols.iter().position(|s| s == name) {
            Some(i) => Ok(Extent::Sym(Symbol(i as u32))),
            None => Err(self.error(format!("no symbol `{name}`"))),
        }
    }

    fn reg(&mut self) -> Result<Reg> {
        self.want("%")?;
        let n = self.int()?;
        u32::try_from(n).ok().filter(|n| *n < 1 << 20).map(Reg).ok_or_else(|| self.error("a register's number is too large"))
    }

    /// Gives a register its type.
    fn define(&mut self, r: Reg, ty: Ty) {
        let types = &mut self.b.kernel.types;
        if types.len() <= r.0 as usize {
            types.resize(r.0 as usize + 1, Ty::Bool);
        }
        types[r.0 as usize] = ty;
    }

    fn type_of(&self, r: Reg) -> Result<Ty> {
        self.b.kernel.types.get(r.0 as usize).copied().ok_or_else(|| self.error(format!("%{} is not defined", r.0)))
    }

    fn var(&mut self) -> Result<Var> {
        let name = self.name()?;
        let found = self.vars.iter().rev().find(|v| self.b.kernel.vars[v.0 as usize] == name);
        found.copied().ok_or_else(|| self.error(format!("no variable `{name}`")))
    }

    fn index(&mut self) -> Result<Index> {
        let mut out = Index::default();
        loop {
            self.space();
            if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                let n = self.int()?;
                if self.eat("*") {
                    out.terms.push((self.var()?, n));
                } else {
                    out.offset += n;
                }
            } else {
                out.terms.push((self.var()?, 1));
            }
            if !self.eat("+") {
                return Ok(out);
            }
        }
    }

    fn place(&mut self) -> Result<(BufferId, Vec<Index>)> {
        let name = self.name()?;
        let Some(i) = self.b.kernel.buffers.iter().position(|b| b.name == name) else {
            return Err(self.error(format!("no buffer `{name}`")));
        };
        self.want("[")?;
        Ok((BufferId(i as u32), self.list("]", Self::index)?))
    }

    fn stmt(&mut self) -> Result<()> {
        self.space();
        if self.eat("store") {
            let (b, at) = self.place()?;
            self.want(",")?;
            let r = self.reg()?;
            self.b.store(b, at, r);
            return Ok(());
        }
        let mut results = vec![];
        while self.rest().starts_with('%') {
            results.push(self.reg()?);
            if !self.eat(",") {
                break;
            }
            self.space();
        }
        if !results.is_empty() {
            self.want("=")?;
        }
        let mut folds = vec![];
        while let Some(f) = Fold::ALL.iter().find(|f| {
            let start = self.at;
            let is = self.eat(f.word()) && (self.eat(",") || self.rest().trim_start().starts_with("for "));
            if !is {
                self.at = start;
            }
            is
        }) {
            folds.push(*f);
        }
        if self.eat("for") {
            return self.repeat(results, folds);
        }
        let [r] = results[..] else { return Err(self.error("expected one result")) };
        let (ty, op) = self.op()?;
        self.define(r, ty);
        self.b.push(Stmt::Let(r, op));
        Ok(())
    }

    fn repeat(&mut self, results: Vec<Reg>, folds: Vec<Fold>) -> Result<()> {
        if results.len() != folds.len() {
            return Err(self.error("a loop has as many results as folds"));
        }
        let name = self.name()?;
        self.want("in")?;
        let extent = self.extent()?;
        let width = if self.eat("vector") { self.int()?.clamp(0, 1 << 16) as u32 } else { 1 };
        self.want("{")?;
        let var = self.b.begin(name, extent, width);
        self.vars.push(var);
        let mut values = vec![];
        while !self.eat("}") {
            if !values.is_empty() {
                return Err(self.error("`yield` ends a loop"));
            }
            if self.eat("yield") {
                values.push(self.reg()?);
                while self.eat(",") {
                    values.push(self.reg()?);
                }
            } else {
                self.stmt()?;
            }
        }
        self.vars.pop();
        if values.len() != folds.len() {
            return Err(self.error("a loop yields a value for every fold"));
        }
        let mut accs = vec![];
        for ((fold, result), value) in folds.into_iter().zip(results).zip(values) {
            let ty = self.type_of(value)?;
            self.define(result, ty);
            accs.push(Acc { fold, result, value });
        }
        self.b.end_with(accs);
        Ok(())
    }

    fn op(&mut self) -> Result<(Ty, Op)> {
        let word = self.name()?;
        Ok(match word {
            "const" => {
                let ty = self.ty()?;
                let t = self.token("a constant", |c| c.is_alphanumeric() || "+-.".contains(c))?;
                let n = match ty {
                    Ty::Bool => t.parse().ok().map(Number::Bool),
                    t_ if t_.is_float() => t.parse().ok().map(Number::Float),
                    _ => t.parse().ok().map(Number::Int),
                };
                (ty, Op::Const(n.ok_or_else(|| self.error(format!("`{t}` is no {}", ty.name())))?))
            }
            "param" => {
                let ty = self.ty()?;
                let name = self.name()?;
                let found = self.b.kernel.params.iter().position(|p| p.name == name);
                (ty, Op::Param(found.ok_or_else(|| self.error(format!("no parameter `{name}`")))? as u32))
            }
            "load" => {
                let (b, at) = self.place()?;
                (self.b.kernel.buffer(b).ty, Op::Load(b, at))
            }
            "pad" => {
                let (b, at) = self.place()?;
                self.want("else")?;
                (self.b.kernel.buffer(b).ty, Op::Pad(b, at, self.reg()?))
            }
            "cmp" => {
                let c = self.name()?;
                let c = Cmp::from_word(c).ok_or_else(|| self.error(format!("no comparison `{c}`")))?;
                let (a, b) = self.two()?;
                (Ty::Bool, Op::Cmp(c, a, b))
            }
            "select" => {
                let c = self.reg()?;
                self.want(",")?;
                let (a, b) = self.two()?;
                (self.type_of(a)?, Op::Select(c, a, b))
            }
            "fma" => {
                let (a, b) = self.two()?;
                self.want(",")?;
                (self.type_of(a)?, Op::Fma(a, b, self.reg()?))
            }
            "cast" => {
                let ty = self.ty()?;
                (ty, Op::Cast(self.reg()?))
            }
            "at" => (Ty::I64, Op::At(self.var()?)),
            word => {
                if let Some(op) = UnOp::from_word(word) {
                    let a = self.reg()?;
                    let ty = self.type_of(a)?;
                    (if matches!(op, UnOp::IsNan | UnOp::IsInf) { Ty::Bool } else { ty }, Op::Un(op, a))
                } else if let Some(op) = BinOp::from_word(word) {
                    let (a, b) = self.two()?;
                    (self.type_of(a)?, Op::Bin(op, a, b))
                } else {
                    return Err(self.error(format!("no operation `{word}`")));
                }
            }
        })
    }

    fn two(&mut self) -> Result<(Reg, Reg)> {
        let a = self.reg()?;
        self.want(",")?;
        Ok((a, self.reg()?))
    }
}
