//! A kernel as text; [`super::parse`] reads it back. Registers print as they are numbered, everything else by its name.

use super::ir::*;
use std::fmt::{self, Display, Formatter};

impl Display for Kernel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut params: Vec<String> = self.symbols.clone();
        params.extend(self.params.iter().map(|p| format!("{} {}", p.ty.name(), p.name)));
        writeln!(f, "kernel {}({}) {{", self.name, params.join(", "))?;
        for b in &self.buffers {
            write!(f, "  {} {}: {}[{}]", b.access.word(), b.name, b.ty.name(), self.extents(&b.dims))?;
            match &b.strides {
                Strides::Contiguous => writeln!(f)?,
                Strides::Of(s) => writeln!(f, " strides [{}]", self.extents(s))?,
                Strides::Panels { batch: 0, width } => writeln!(f, " panels {width}")?,
                Strides::Panels { batch, width } => writeln!(f, " panels {width} after {batch}")?,
            }
        }
        self.block(f, &self.body, 1)?;
        writeln!(f, "}}")
    }
}

impl Kernel {
    pub(super) fn extent(&self, e: Extent) -> String {
        match e {
            Extent::Const(n) => n.to_string(),
            Extent::Sym(s) => self.symbols.get(s.0 as usize).cloned().unwrap_or_else(|| "?".into()),
        }
    }

    fn extents(&self, es: &[Extent]) -> String {
        es.iter().map(|e| self.extent(*e)).collect::<Vec<_>>().join(", ")
    }

    fn var(&self, v: Var) -> &str {
        self.vars.get(v.0 as usize).map_or("?", String::as_str)
    }

    fn index(&self, i: &Index) -> String {
        let mut parts: Vec<String> = vec![];
        for (v, c) in &i.terms {
            parts.push(if *c == 1 { self.var(*v).to_owned() } else { format!("{c}*{}", self.var(*v)) });
        }
        if i.offset != 0 || parts.is_empty() {
            parts.push(i.offset.to_string());
        }
        parts.join(" + ")
    }

    fn place(&self, b: BufferId, at: &[Index]) -> String {
        let name = self.buffers.get(b.0 as usize).map_or("?", |b| &b.name);
        format!("{name}[{}]", at.iter().map(|i| self.index(i)).collect::<Vec<_>>().join(", "))
    }

    fn block(&self, f: &mut Formatter<'_>, body: &[Stmt], level: usize) -> fmt::Result {
        let pad = "  ".repeat(level);
        for s in body {
            match s {
                Stmt::Let(r, op) => writeln!(f, "{pad}%{} = {}", r.0, self.op(*r, op))?,
                Stmt::Store(b, at, r) => writeln!(f, "{pad}store {}, %{}", self.place(*b, at), r.0)?,
                Stmt::For(l) => {
                    f.write_str(&pad)?;
                    if !l.accs.is_empty() {
                        let results: Vec<String> = l.accs.iter().map(|a| format!("%{}", a.result.0)).collect();
                        let folds: Vec<&str> = l.accs.iter().map(|a| a.fold.word()).collect();
                        write!(f, "{} = {} ", results.join(", "), folds.join(", "))?;
                    }
                    write!(f, "for {} in {}", self.var(l.var), self.extent(l.extent))?;
                    if l.width != 1 {
                        write!(f, " vector {}", l.width)?;
                    }
                    f.write_str(" {\n")?;
                    self.block(f, &l.body, level + 1)?;
                    if !l.accs.is_empty() {
                        let values: Vec<String> = l.accs.iter().map(|a| format!("%{}", a.value.0)).collect();
                        writeln!(f, "{pad}  yield {}", values.join(", "))?;
                    }
                    writeln!(f, "{pad}}}")?;
                }
            }
        }
        Ok(())
    }

    fn op(&self, r: Reg, op: &Op) -> String {
        let ty = self.types.get(r.0 as usize).map_or("?", |t| t.name());
        match op {
            Op::Const(Number::Bool(b)) => format!("const {ty} {b}"),
            Op::Const(Number::Int(n)) => format!("const {ty} {n}"),
            Op::Const(Number::Float(x)) => format!("const {ty} {x:?}"),
            Op::Param(p) => format!("param {ty} {}", self.params.get(*p as usize).map_or("?", |p| &p.name)),
            Op::Load(b, at) => format!("load {}", self.place(*b, at)),
            Op::Pad(b, at, r) => format!("pad {} else %{}", self.place(*b, at), r.0),
            Op::Un(op, a) => format!("{} %{}", op.word(), a.0),
            Op::Bin(op, a, b) => format!("{} %{}, %{}", op.word(), a.0, b.0),
            Op::Cmp(c, a, b) => format!("cmp {} %{}, %{}", c.word(), a.0, b.0),
            Op::Fma(a, b, c) => format!("fma %{}, %{}, %{}", a.0, b.0, c.0),
            Op::Select(c, a, b) => format!("select %{}, %{}, %{}", c.0, a.0, b.0),
            Op::Cast(a) => format!("cast {ty} %{}", a.0),
            Op::At(v) => format!("at {}", self.var(*v)),
        }
    }
}
