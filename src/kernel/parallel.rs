//! Which loops may be shared out to threads.

use super::ir::*;
use std::collections::HashMap;

/// Loops below this many iterations are not worth sharing out when loops inside them are.
const FEW: i64 = 8;

impl Kernel {
    /// Iterations of a loop write to places of their own, read nothing that others write, and fold nothing.
    pub fn is_independent(&self, l: &Loop) -> bool {
        if !l.accs.is_empty() {
            return false;
        }
        let mut places: HashMap<BufferId, (bool, Vec<&[Index]>)> = HashMap::new();
        places_in(&l.body, &mut places);
        places.iter().all(|(b, (stored, at))| !stored || self.buffer(*b).access == Access::In || apart(at, l))
    }

    /// The loop is worth sharing out: it may be, and has iterations enough, or nothing inside it has more.
    pub fn is_shared(&self, l: &Loop) -> bool {
        let few = match l.extent {
            Extent::Const(n) => n / (l.width as i64) < FEW,
            Extent::Sym(_) => l.width == 1,
        };
        let inner = l.body.iter().any(|s| matches!(s, Stmt::For(i) if self.is_independent(i) && worth(i)));
        self.is_independent(l) && !(few && l.width == 1 && inner)
    }
}

/// Whether sharing out a loop could pay: it has many iterations or may have.
fn worth(l: &Loop) -> bool {
    match l.extent {
        Extent::Const(n) => n / l.width as i64 >= FEW,
        Extent::Sym(_) => false,
    }
}

/// Every place that a body touches, by buffer, and whether it stores there.
fn places_in<'k>(body: &'k [Stmt], out: &mut HashMap<BufferId, (bool, Vec<&'k [Index]>)>) {
    for s in body {
        match s {
            Stmt::Let(_, Op::Load(b, at) | Op::Pad(b, at, _)) => out.entry(*b).or_default().1.push(at),
            Stmt::Let(..) => {}
            Stmt::Store(b, at, _) => {
                let e = out.entry(*b).or_default();
                e.0 = true;
                e.1.push(at);
            }
            Stmt::For(l) => places_in(&l.body, out),
        }
    }
}

/// In some dimension all places move with the loop's variable, alike and by more than they differ and than the loops inside move them.
fn apart(places: &[&[Index]], l: &Loop) -> bool {
    let Some(first) = places.first() else { return true };
    (0..first.len()).any(|d| {
        let step = first[d].coefficient(l.var).abs();
        let alike = places.iter().all(|p| p[d].terms == first[d].terms);
        let offsets = places.iter().map(|p| p[d].offset);
        let mut reach = offsets.clone().max().unwrap_or(0) - offsets.min().unwrap_or(0);
        for (v, c) in first[d].terms.iter().filter(|t| t.0 != l.var) {
            match inner(&l.body, *v) {
                Some(Extent::Const(n)) => reach += c.abs() * (n - 1).max(0),
                Some(Extent::Sym(_)) => return false,
                // Stays while this loop runs.
                None => {}
            }
        }
        alike && reach < step
    })
}

/// How often the loop of a variable runs, if it is in this body.
fn inner(body: &[Stmt], v: Var) -> Option<Extent> {
    body.iter().find_map(|s| match s {
        Stmt::For(l) if l.var == v => Some(l.extent),
        Stmt::For(l) => inner(&l.body, v),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::parse;

    /// Whether the outermost loop of a kernel over `x` and `y` of two dimensions is independent.
    fn independent(body: &str) -> bool {
        let text = format!("kernel k(n, m) {{\n in x: f32[n, 8]\n inout y: f32[n, 8]\n scratch s: f32[8]\n{body}\n}}");
        let k = parse::kernel(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let Some(Stmt::For(l)) = k.body.first() else { panic!("no loop") };
        k.is_independent(l)
    }

    #[test]
    fn loops() {
        let rows = |inner: &str| independent(&format!("for i in n {{ for j in 8 {{ {inner} }} }}"));
        assert!(rows("%0 = load x[i, j] store y[i, j], %0"));
        assert!(rows("%0 = load y[i, 0] store y[i, j], %0"));
        assert!(!rows("%0 = load y[0, j] store y[i, j], %0"), "reads another row");
        assert!(!rows("%0 = load y[i, j] store y[i + 1, j], %0"), "reads the row before");
        assert!(!rows("%0 = load x[i, j] store s[j], %0"), "all rows use one");
        assert!(!rows("%0 = load x[i, j] store y[0, j], %0"), "all rows write one");
        assert!(!independent("%0 = sum for i in n { %1 = load x[i, 0] yield %1 }"), "folds");
        assert!(independent("for i in n { for j in 2 { %0 = load x[i, 0] store y[2*i + j, 0], %0 } }"));
        assert!(!independent("for i in n { for j in 3 { %0 = load x[i, 0] store y[2*i + j, 0], %0 } }"), "overlaps");
        assert!(!independent("for i in n { for j in m { %0 = load x[i, 0] store y[2*i + j, 0], %0 } }"), "may overlap");
    }
}
