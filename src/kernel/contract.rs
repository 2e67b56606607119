//! Finds the contractions in a kernel: matrix products, convolutions, whatever sums products of an operand that stays and one that moves
//! along the columns. [`crate::codegen`] computes these in register tiles instead of loop by loop.
//!
//! ```text
//! for i in m {                            rows (any number of loops, also none)
//!   for j in 512 vector 16 {              columns
//!     %3 = sum for k in 784 {             taps (one loop or several in each other; any number of sums over the same taps)
//!       %0 = load a[i, k]                 the same for all columns; may be a `pad` with zero
//!       %1 = load w[k, j]                 moves with the columns by one
//!       %2 = mul %0, %1
//!       yield %2
//!     }
//!     %4 = load bias[j]                   the epilogue: any operations and stores
//!     %5 = add %3, %4
//!     store y[i, j], %5
//!   }
//! }
//! ```

use super::ir::*;

/// A load, perhaps padded with zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place<'k> {
    pub buffer: BufferId,
    pub at: &'k [Index],
    pub padded: bool,
}

/// A sum of products.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sum<'k> {
    pub result: Reg,
    /// The same for all columns.
    pub a: Place<'k>,
    /// One element per column.
    pub b: Place<'k>,
}

/// A nest of loops that is a contraction.
#[derive(Clone, Debug)]
pub struct Contraction<'k> {
    /// Loops around the column loop, outermost first.
    pub rows: Vec<&'k Loop>,
    pub column: &'k Loop,
    /// Outermost first.
    pub taps: Vec<&'k Loop>,
    pub sums: Vec<Sum<'k>>,
    /// The column loop's statements but the taps.
    pub epilogue: Vec<&'k Stmt>,
    pub ty: Ty,
}

impl<'k> Contraction<'k> {
    /// The contraction that a loop is, if it is one.
    pub fn of(k: &'k Kernel, l: &'k Loop) -> Option<Contraction<'k>> {
        let mut rows = vec![];
        let mut column = l;
        while column.width == 1 {
            let ([Stmt::For(inner)], []) = (&column.body[..], &column.accs[..]) else { return None };
            rows.push(column);
            column = inner;
        }
        let nests: Vec<&Loop> = column.body.iter().filter_map(|s| if let Stmt::For(l) = s { Some(l) } else { None }).collect();
        let ([nest], []) = (&nests[..], &column.accs[..]) else { return None };
        let mut c = Contraction { rows, column, taps: vec![], sums: vec![], epilogue: vec![], ty: Ty::F32 };
        let results: Vec<Reg> = nest.accs.iter().map(|a| a.result).collect();
        let inner = c.descend(nest)?;
        for (acc, result) in inner.accs.iter().zip(results) {
            let (a, b) = c.product(k, &inner.body, acc.value)?;
            c.sums.push(Sum { result, a, b });
        }
        c.ty = k.ty(c.sums.first()?.result);
        c.epilogue = column.body.iter().filter(|s| !matches!(s, Stmt::For(_))).collect();
        let floats = c.ty.is_float() && c.sums.iter().all(|s| k.ty(s.result) == c.ty);
        (floats && c.reads_apart()).then_some(c)
    }

    /// Down to the innermost loop of the taps; on the way every loop only sums what the next one yields.
    fn descend(&mut self, nest: &'k Loop) -> Option<&'k Loop> {
        let mut l = nest;
        loop {
            self.taps.push(l);
            if l.width != 1 || l.accs.is_empty() || l.accs.iter().any(|a| a.fold != Fold::Sum) {
                return None;
            }
            let [Stmt::For(inner)] = &l.body[..] else { return Some(l) };
            let passes_on = inner.accs.len() == l.accs.len() && inner.accs.iter().zip(&l.accs).all(|(i, o)| i.result == o.value);
            if !passes_on {
                return None;
            }
            l = inner;
        }
    }

    /// The two loads whose product a register is.
    fn product(&self, k: &'k Kernel, body: &'k [Stmt], value: Reg) -> Option<(Place<'k>, Place<'k>)> {
        let define = |r: Reg| body.iter().find_map(|s| if let Stmt::Let(d, op) = s { (*d == r).then_some(op) } else { None });
        let Op::Bin(BinOp::Mul, x, y) = define(value)? else { return None };
        let place = |r: Reg| match define(r)? {
            Op::Load(buffer, at) => Some(Place { buffer: *buffer, at, padded: false }),
            Op::Pad(buffer, at, other) => match k.definition(*other)? {
                Op::Const(Number::Float(0.0)) => Some(Place { buffer: *buffer, at, padded: true }),
                _ => None,
            },
            _ => None,
        };
        let (x, y) = (place(*x)?, place(*y)?);
        let j = self.column.var;
        let moves = |p: &Place| p.at.iter().any(|i| i.coefficient(j) != 0);
        let along = |p: &Place| {
            let by_one = p.at.last().is_some_and(|i| i.coefficient(j) == 1);
            let once = p.at.iter().filter(|i| i.coefficient(j) != 0).count() == 1;
            let unit = match &k.buffer(p.buffer).strides {
                Strides::Contiguous => true,
                Strides::Of(s) => s.last() == Some(&Extent::Const(1)),
                Strides::Panels { width, .. } => *width == self.column.width,
            };
            by_one && once && unit && !p.padded
        };
        match (moves(&x), moves(&y)) {
            (false, true) if along(&y) => Some((x, y)),
            (true, false) if along(&x) => Some((y, x)),
            _ => None,
        }
    }

    /// Nothing that the epilogue stores is read by the sums, so rows and columns may be computed in any order.
    fn reads_apart(&self) -> bool {
        let stores = self.epilogue.iter().filter_map(|s| if let Stmt::Store(b, at, _) = s { Some((*b, at)) } else { None });
        let mut pairs = stores.flat_map(|s| self.sums.iter().flat_map(|x| [x.a, x.b]).map(move |p| (s, p)));
        pairs.all(|((b, at), p)| p.buffer != b || self.elsewhere(at, p.at))
    }

    /// Two places that differ by a constant in a dimension in which all iterations of the contraction stay at one position.
    fn elsewhere(&self, x: &[Index], y: &[Index]) -> bool {
        let own = |v: Var| self.rows.iter().chain(&self.taps).chain([&self.column]).any(|l| l.var == v);
        x.iter().zip(y).any(|(x, y)| x.terms == y.terms && x.offset != y.offset && x.terms.iter().all(|t| !own(t.0)))
    }
}

impl Kernel {
    /// How often a variable's loop runs.
    pub fn extent_of(&self, v: Var) -> Option<Extent> {
        fn find(body: &[Stmt], v: Var) -> Option<Extent> {
            body.iter().find_map(|s| match s {
                Stmt::For(l) if l.var == v => Some(l.extent),
                Stmt::For(l) => find(&l.body, v),
                _ => None,
            })
        }
        find(&self.body, v)
    }

    /// A position that is inside its dimension whatever the loops' variables are.
    pub fn stays_inside(&self, index: &Index, dim: Extent) -> bool {
        if let [(v, 1)] = index.terms[..]
            && index.offset == 0
            && self.extent_of(v) == Some(dim)
        {
            return true;
        }
        let (mut low, mut high) = (index.offset, index.offset);
        for (v, c) in &index.terms {
            let Some(Extent::Const(n)) = self.extent_of(*v) else { return false };
            let reach = c * (n - 1).max(0);
            low += reach.min(0);
            high += reach.max(0);
        }
        low >= 0 && matches!(dim, Extent::Const(n) if high < n)
    }

    /// The operation that defines a register, wherever it stands.
    pub fn definition(&self, r: Reg) -> Option<&Op> {
        fn find(body: &[Stmt], r: Reg) -> Option<&Op> {
            body.iter().find_map(|s| match s {
                Stmt::Let(d, op) => (*d == r).then_some(op),
                Stmt::For(l) => find(&l.body, r),
                Stmt::Store(..) => None,
            })
        }
        find(&self.body, r)
    }
}
