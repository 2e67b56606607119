//! Building kernels: operations are appended to the block that is open.

use super::ir::*;

/// A kernel under construction.
pub struct Builder {
    pub kernel: Kernel,
    /// Loops that are open, outermost first.
    open: Vec<Loop>,
}

impl Builder {
    pub fn new(name: &str) -> Builder {
        Builder { kernel: Kernel { name: name.to_owned(), ..Kernel::default() }, open: vec![] }
    }

    pub fn symbol(&mut self, name: &str) -> Extent {
        let k = &mut self.kernel;
        let at = k.symbols.iter().position(|s| s == name).unwrap_or_else(|| {
            k.symbols.push(name.to_owned());
            k.symbols.len() - 1
        });
        Extent::Sym(Symbol(at as u32))
    }

    pub fn buffer(&mut self, name: &str, access: Access, ty: Ty, dims: &[Extent], strides: Strides) -> BufferId {
        self.kernel.buffers.push(Buffer { name: name.to_owned(), access, ty, dims: dims.to_vec(), strides });
        BufferId(self.kernel.buffers.len() as u32 - 1)
    }

    /// Declares a number given at run time; returns its index.
    pub fn param(&mut self, name: &str, ty: Ty) -> u32 {
        self.kernel.params.push(Param { name: name.to_owned(), ty });
        self.kernel.params.len() as u32 - 1
    }

    /// Opens a loop; what follows stands in it until [`Builder::end`].
    pub fn begin(&mut self, name: &str, extent: Extent, width: u32) -> Var {
        self.kernel.vars.push(name.to_owned());
        let var = Var(self.kernel.vars.len() as u32 - 1);
        self.open.push(Loop { var, extent, width, accs: vec![], body: vec![] });
        var
    }

    /// Closes the innermost loop. `folds` are its accumulators with the values that they fold; their results come back.
    pub fn end(&mut self, folds: &[(Fold, Reg)]) -> Vec<Reg> {
        let mut accs = vec![];
        for &(fold, value) in folds {
            let result = self.reg(self.kernel.ty(value));
            accs.push(Acc { fold, result, value });
        }
        let out = accs.iter().map(|a| a.result).collect();
        self.end_with(accs);
        out
    }

    /// Closes the innermost loop with these accumulators.
    pub(super) fn end_with(&mut self, accs: Vec<Acc>) {
        if let Some(l) = self.open.pop() {
            self.push(Stmt::For(Loop { accs, ..l }));
        }
    }

    /// A contraction (see [`super::contract`]): loops over rows, then columns, then taps, each given by name and extent. `products` loads
    /// the factors, first that which is the same for all columns; `epilogue` gets their sums. Both see the loops' variables: rows, the
    /// column, taps.
    pub fn contract(
        &mut self,
        rows: &[(&str, Extent)],
        column: (&str, Extent, u32),
        taps: &[(&str, Extent)],
        products: impl FnOnce(&mut Builder, &[Var]) -> Vec<(Reg, Reg)>,
        epilogue: impl FnOnce(&mut Builder, &[Var], &[Reg]),
    ) {
        let mut vars: Vec<Var> = rows.iter().map(|(name, extent)| self.begin(name, *extent, 1)).collect();
        vars.push(self.begin(column.0, column.1, column.2));
        vars.extend(taps.iter().map(|(name, extent)| self.begin(name, *extent, 1)));
        let factors = products(self, &vars);
        let mut sums: Vec<Reg> = factors.into_iter().map(|(x, y)| self.bin(BinOp::Mul, x, y)).collect();
        for _ in taps {
            let folds: Vec<(Fold, Reg)> = sums.iter().map(|s| (Fold::Sum, *s)).collect();
            sums = self.end(&folds);
        }
        epilogue(self, &vars[..=rows.len()], &sums);
        for _ in 0..=rows.len() {
            self.end(&[]);
        }
    }

    pub fn reg(&mut self, ty: Ty) -> Reg {
        self.kernel.types.push(ty);
        Reg(self.kernel.types.len() as u32 - 1)
    }

    pub fn push(&mut self, s: Stmt) {
        match self.open.last_mut() {
            Some(l) => l.body.push(s),
            None => self.kernel.body.push(s),
        }
    }

    /// Appends an operation of that result type.
    pub fn op(&mut self, ty: Ty, op: Op) -> Reg {
        let r = self.reg(ty);
        self.push(Stmt::Let(r, op));
        r
    }

    pub fn float(&mut self, ty: Ty, x: f64) -> Reg {
        self.op(ty, Op::Const(Number::Float(x)))
    }

    /// A constant of any type.
    pub fn number(&mut self, ty: Ty, x: f64) -> Reg {
        let n = match ty {
            Ty::Bool => Number::Bool(x != 0.0),
            t if t.is_float() => Number::Float(x),
            _ => Number::Int(x as i64),
        };
        self.op(ty, Op::Const(n))
    }

    pub fn load(&mut self, b: BufferId, at: Vec<Index>) -> Reg {
        let ty = self.kernel.buffer(b).ty;
        self.op(ty, Op::Load(b, at))
    }

    /// A load that gives `other` where a position is outside the buffer.
    pub fn pad(&mut self, b: BufferId, at: Vec<Index>, other: Reg) -> Reg {
        let ty = self.kernel.buffer(b).ty;
        self.op(ty, Op::Pad(b, at, other))
    }

    pub fn store(&mut self, b: BufferId, at: Vec<Index>, r: Reg) {
        self.push(Stmt::Store(b, at, r));
    }

    pub fn un(&mut self, op: UnOp, a: Reg) -> Reg {
        let ty = if matches!(op, UnOp::IsNan | UnOp::IsInf) { Ty::Bool } else { self.kernel.ty(a) };
        self.op(ty, Op::Un(op, a))
    }

    pub fn bin(&mut self, op: BinOp, a: Reg, b: Reg) -> Reg {
        self.op(self.kernel.ty(a), Op::Bin(op, a, b))
    }

    /// `a * b + c`
    pub fn fma(&mut self, a: Reg, b: Reg, c: Reg) -> Reg {
        self.op(self.kernel.ty(a), Op::Fma(a, b, c))
    }

    pub fn cmp(&mut self, c: Cmp, a: Reg, b: Reg) -> Reg {
        self.op(Ty::Bool, Op::Cmp(c, a, b))
    }

    pub fn select(&mut self, c: Reg, a: Reg, b: Reg) -> Reg {
        self.op(self.kernel.ty(a), Op::Select(c, a, b))
    }

    /// `a` as a `ty`; itself when it is one.
    pub fn cast(&mut self, ty: Ty, a: Reg) -> Reg {
        if self.kernel.ty(a) == ty { a } else { self.op(ty, Op::Cast(a)) }
    }

    pub fn ty(&self, r: Reg) -> Ty {
        self.kernel.ty(r)
    }

    /// The finished kernel.
    pub fn finish(mut self) -> Kernel {
        while !self.open.is_empty() {
            self.end(&[]);
        }
        self.kernel
    }
}
