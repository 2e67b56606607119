//! `einsum` and `tensordot`: contractions by names of dimensions.

use super::matmul::bmm_of;
use crate::{Args, Dims, Result, Tensor};
use alloc::vec::Vec;

/// Numbers stand for dimensions: letters by their code, the ellipsis' dimensions from this on.
const ELLIPSIS: u32 = 1 << 24;

/// The labels of a term; `wide` is how many dimensions its ellipsis stands for.
fn labels(term: &str, wide: usize, most: usize) -> Result<Vec<u32>> {
    let mut out = Vec::new();
    let mut rest = term;
    while let Some(c) = rest.chars().next() {
        if let Some(r) = rest.strip_prefix("...") {
            // Ellipses align at the right.
            out.extend((most - wide..most).map(|i| ELLIPSIS + i as u32));
            rest = r;
            continue;
        }
        check!(
            c.is_ascii_alphabetic(),
            "einsum(): invalid subscript given at index 0 in the equation string, subscripts must be in [a-zA-Z]"
        );
        out.push(c as u32);
        rest = &rest[1..];
    }
    Ok(out)
}

/// Brings `t` to one dimension per label: repeated labels take the diagonal.
fn diagonal(t: &Tensor, labels: &mut Vec<u32>) -> Result<Tensor> {
    let mut t = t.clone();
    let mut i = 0;
    while i < labels.len() {
        let Some(j) = (i + 1..labels.len()).find(|&j| labels[j] == labels[i]) else {
            i += 1;
            continue;
        };
        let (mut s, mut st) = (Dims::from_slice(t.sizes()), Dims::from_slice(t.strides()));
        check!(
            s[i] == s[j],
            "einsum(): subscript {} is repeated for operand 0 but the sizes don't match, {} != {}",
            char::from_u32(labels[i]).unwrap_or('.'),
            s[j],
            s[i]
        );
        s.remove(j);
        st[i] += st.remove(j);
        labels.remove(j);
        t = t.as_view(&s, &st, t.offset());
    }
    Ok(t)
}

/// A tensor with named dimensions.
struct Named {
    t: Tensor,
    labels: Vec<u32>,
}

impl Named {
    fn size(&self, label: u32) -> Option<i64> {
        self.labels.iter().position(|l| *l == label).map(|i| self.t.sizes()[i])
    }

    /// Sums the dimensions that nobody needs any more.
    fn sum_except(self, keep: impl Fn(u32) -> bool) -> Result<Named> {
        let gone: Dims = (0..self.labels.len() as i64).filter(|&i| !keep(self.labels[i as usize])).collect();
        if gone.is_empty() {
            return Ok(self);
        }
        let d = self.t.dtype();
        let t = self.t.summed(&gone, false)?.to_dtype(d)?;
        Ok(Named { t, labels: self.labels.into_iter().filter(|l| keep(*l)).collect() })
    }

    /// Dimensions in the order of `order`; missing ones have size 1.
    fn arranged(&self, order: &[u32]) -> Result<Tensor> {
        let (mut s, mut st) = (Dims::new(), Dims::new());
        for l in order {
            match self.labels.iter().position(|m| m == l) {
                Some(i) => {
                    s.push(self.t.sizes()[i]);
                    st.push(self.t.strides()[i]);
                }
                None => {
                    s.push(1);
                    st.push(0);
                }
            }
        }
        Ok(self.t.as_view(&s, &st, self.t.offset()))
    }
}

/// The product of two named tensors, summed over the labels that `keep` does not want.
fn product(a: Named, b: Named, keep: impl Fn(u32) -> bool) -> Result<Named> {
    // A dimension of size 1 against a larger one is broadcast: sum it away first.
    let a = a.sum_except(|l| keep(l) || b.labels.contains(&l))?;
    let b = b.sum_except(|l| keep(l) || a.labels.contains(&l))?;
    let (mut batch, mut left, mut right, mut inner) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for &l in &a.labels {
        match (b.labels.contains(&l), keep(l)) {
            (true, true) => batch.push(l),
            (true, false) => inner.push(l),
            _ => left.push(l),
        }
    }
    right.extend(b.labels.iter().copied().filter(|l| !a.labels.contains(l)));
    let size = |l: &u32| a.size(*l).unwrap_or(1).max(b.size(*l).unwrap_or(1));
    let sizes = |ls: &[u32]| -> Dims { ls.iter().map(size).collect() };
    let whole = |groups: [&[u32]; 3], t: &Named| -> Result<Tensor> {
        let order: Vec<u32> = groups.concat();
        let flat: Dims = groups.iter().map(|g| sizes(g).iter().product()).collect();
        t.arranged(&order)?.expand(&sizes(&order))?.reshape(&flat)
    };
    let c = bmm_of(&whole([&batch, &left, &inner], &a)?, &whole([&batch, &inner, &right], &b)?)?;
    let out: Vec<u32> = [&batch[..], &left, &right].concat();
    Ok(Named { t: c.reshape(&sizes(&out))?, labels: out })
}

fn einsum_of(equation: &str, tensors: &[Tensor]) -> Result<Tensor> {
    check!(!tensors.is_empty(), "einsum(): must provide at least one operand");
    let text: alloc::string::String = equation.chars().filter(|c| *c != ' ').collect();
    let (lhs, rhs) = match text.split_once("->") {
        Some((l, r)) => (l, Some(r)),
        None => (&text[..], None),
    };
    let terms: Vec<&str> = lhs.split(',').collect();
    check!(terms.len() == tensors.len(), "einsum(): more operands were provided than specified in the equation");
    let letters = |t: &str| t.replace("...", "").chars().count();
    let wides: Vec<usize> = terms.iter().zip(tensors).map(|(t, x)| x.dim().saturating_sub(letters(t))).collect();
    for ((t, x), w) in terms.iter().zip(tensors).zip(&wides) {
        let fits = letters(t) <= x.dim() && (*w == 0 || t.contains("..."));
        check!(
            fits,
            "einsum(): the number of subscripts in the equation ({}) does not match the number of dimensions ({}) for operand 0 and no ellipsis was given",
            letters(t),
            x.dim()
        );
    }
    let most = terms.iter().zip(&wides).filter(|(t, _)| t.contains("...")).map(|(_, w)| *w).max().unwrap_or(0);
    let mut operands = Vec::new();
    for ((term, t), wide) in terms.iter().zip(tensors).zip(&wides) {
        let mut ls = labels(term, *wide, most)?;
        let t = diagonal(t, &mut ls)?;
        operands.push(Named { t, labels: ls });
    }
    for a in &operands {
        for (l, s) in a.labels.iter().zip(a.t.sizes()) {
            for o in operands.iter().filter_map(|o| o.size(*l)) {
                check!(
                    o == *s || o == 1 || *s == 1,
                    "einsum(): subscript {} has size {o} for operand 1 which does not broadcast with previously seen size {s}",
                    char::from_u32(*l).unwrap_or('.')
                );
            }
        }
    }
    let out = match rhs {
        Some(r) => labels(r, most, most)?,
        None => {
            // Implicit output: the ellipsis, then labels that stand once, in alphabetical order.
            let all: Vec<u32> = terms.iter().flat_map(|t| labels(&t.replace("...", ""), 0, 0).unwrap_or_default()).collect();
            let mut once: Vec<u32> = all.iter().copied().filter(|l| all.iter().filter(|m| m == &l).count() == 1).collect();
            once.sort_unstable();
            (0..most as u32).map(|i| ELLIPSIS + i).chain(once).collect()
        }
    };
    let mut rest = operands.into_iter();
    let mut acc = rest.next().ok_or_else(|| err!("einsum(): must provide at least one operand"))?;
    let mut left: Vec<Named> = rest.collect();
    while !left.is_empty() {
        let next = left.remove(0);
        let keep = |l: u32| out.contains(&l) || left.iter().any(|n| n.labels.contains(&l));
        acc = product(acc, next, keep)?;
    }
    let acc = acc.sum_except(|l| out.contains(&l))?;
    for l in &out {
        check!(
            acc.labels.contains(l),
            "einsum(): output subscript {} does not appear in the equation for any input operand",
            char::from_u32(*l).unwrap_or('.')
        );
    }
    acc.arranged(&out)
}

/// equation, tensors, path
fn einsum(a: &Args) -> Result<Tensor> {
    einsum_of(a.str(0)?, a.tensor_list(1)?)
}

/// self, other, dims_self, dims_other
fn tensordot(a: &Args) -> Result<Tensor> {
    let (x, y, dx, dy) = (a.tensor(0)?, a.tensor(1)?, a.int_list(2)?, a.int_list(3)?);
    check!(dx.len() == dy.len(), "both dimension lists should have same length");
    let mut names: [Vec<u32>; 2] = [(0..x.dim() as u32).collect(), (100..100 + y.dim() as u32).collect()];
    for (i, j) in dx.iter().zip(dy) {
        let (i, j) = (crate::tensor::wrap_dim(*i, x.dim())?, crate::tensor::wrap_dim(*j, y.dim())?);
        let (s, t) = (x.sizes()[i], y.sizes()[j]);
        check!(
            s == t || s == 1 || t == 1,
            "contracted dimensions need to match, but first has size {s} in dim {i} and second has size {t} in dim {j}"
        );
        names[1][j] = names[0][i];
    }
    let [nx, ny] = names;
    let out: Vec<u32> = nx.iter().filter(|l| !ny.contains(l)).chain(ny.iter().filter(|l| !nx.contains(l))).copied().collect();
    let r = product(Named { t: x.clone(), labels: nx }, Named { t: y.clone(), labels: ny }, |l| out.contains(&l))?;
    r.arranged(&out)
}

operators! {
    aten::einsum => einsum,
    aten::tensordot => tensordot,
}
