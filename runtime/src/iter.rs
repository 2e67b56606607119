//! Loops over several tensors of one shape: dimensions ordered by stride and merged, then one plain inner loop.

use crate::dtype::DType;
use crate::element::{Element, Scalar};
use crate::error::Result;
use crate::tensor::{Dims, Show, Tensor};
use smallvec::SmallVec;

/// Operands with broadcasting done: per dimension, innermost first, the size and each operand's stride in bytes.
pub struct TensorIter<const N: usize> {
    pub data: [*mut u8; N],
    pub shape: SmallVec<[usize; 6]>,
    pub strides: SmallVec<[[isize; N]; 6]>,
}

/// Byte strides of `t` seen in `shape`, 0 where it is broadcast. `shape` must be a broadcast of t's sizes.
fn byte_strides(t: &Tensor, shape: &[i64]) -> SmallVec<[isize; 6]> {
    let (n, m) = (shape.len(), t.dim());
    (0..n)
        .map(|i| match (i + m).checked_sub(n) {
            Some(k) if t.sizes()[k] == shape[i] && shape[i] != 1 => t.strides()[k] as isize * t.itemsize() as isize,
            _ => 0,
        })
        .collect()
}

/// Order of dimensions, innermost first: by strides, the first operands deciding; ties keep the last dimension innermost.
fn order(shape: &[i64], strides: &[SmallVec<[isize; 6]>]) -> SmallVec<[usize; 6]> {
    let mut perm: SmallVec<[usize; 6]> = (0..shape.len()).rev().collect();
    let swap = |a: usize, b: usize| -> i32 {
        for s in strides {
            let (x, y) = (s[a], s[b]);
            if x == 0 || y == 0 {
                continue;
            }
            if x < y {
                return -1;
            }
            if x > y || shape[a] > shape[b] {
                return 1;
            }
        }
        0
    };
    for i in 1..perm.len() {
        let mut at = i;
        for j in (0..i).rev() {
            match swap(perm[j], perm[at]) {
                1 => {
                    perm.swap(j, at);
                    at = j;
                }
                -1 => break,
                _ => {}
            }
        }
    }
    perm
}

/// An uninitialised output of `shape` whose dimensions lie in memory as the inputs' do.
pub fn empty_for(shape: &[i64], inputs: &[&Tensor], dtype: DType) -> Result<Tensor> {
    if inputs.iter().all(|t| t.sizes() == shape && t.is_contiguous()) {
        return Tensor::empty(shape, dtype);
    }
    let first = inputs.iter().find(|t| t.sizes() == shape);
    if let Some(f) = first
        && inputs.iter().all(|t| t.sizes() == shape && t.strides() == f.strides())
        && f.is_non_overlapping_and_dense()
    {
        return Tensor::empty_strided(shape, f.strides(), dtype);
    }
    let strides: SmallVec<[_; 4]> = inputs.iter().map(|t| byte_strides(t, shape)).collect();
    let mut out: Dims = smallvec::smallvec![0; shape.len()];
    let mut next = 1;
    for d in order(shape, &strides) {
        out[d] = next;
        next *= shape[d].max(1);
    }
    Tensor::empty_strided(shape, &out, dtype)
}

/// Rejects outputs whose own elements share memory.
pub fn check_no_internal_overlap(t: &Tensor) -> Result<()> {
    check!(
        t.numel() == 0 || !t.sizes().iter().zip(t.strides()).any(|(s, st)| *s > 1 && *st == 0),
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation."
    );
    Ok(())
}

/// Rejects an output that overlaps an input without being the same view.
pub fn check_no_partial_overlap(out: &Tensor, input: &Tensor) -> Result<()> {
    if out.same(input) || out.numel() == 0 || input.numel() == 0 || !out.storage().same(input.storage()) {
        return Ok(());
    }
    if !out.is_non_overlapping_and_dense() || !input.is_non_overlapping_and_dense() {
        return Ok(());
    }
    let range = |t: &Tensor| (t.data_ptr() as usize, t.data_ptr() as usize + t.numel() * t.itemsize());
    let ((a, b), (c, d)) = (range(out), range(input));
    let same = (a, b) == (c, d) && out.strides() == input.strides();
    check!(
        same || b <= c || d <= a,
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation."
    );
    Ok(())
}

/// The output of an in-place operator must have the broadcast shape itself.
pub fn check_inplace_shape(out: &Tensor, shape: &[i64]) -> Result<()> {
    check!(out.sizes() == shape, "output with shape {} doesn't match the broadcast shape {}", Show(out.sizes()), Show(shape));
    Ok(())
}

impl<const N: usize> TensorIter<N> {
    /// `shape` must be a broadcast of every operand's sizes. Operand 0 (the output) decides the order of dimensions first.
    pub fn new(shape: &[i64], operands: [&Tensor; N]) -> TensorIter<N> {
        let data = operands.map(|t| t.data_ptr());
        // The usual case: everything lies in order.
        if operands.iter().all(|t| t.sizes() == shape && t.is_contiguous()) {
            let n: i64 = shape.iter().product();
            return TensorIter {
                data,
                shape: smallvec::smallvec![n as usize],
                strides: smallvec::smallvec![operands.map(|t| t.itemsize() as isize)],
            };
        }
        let strides: SmallVec<[_; 4]> = operands.iter().map(|t| byte_strides(t, shape)).collect();
        let mut it = TensorIter { data, shape: SmallVec::new(), strides: SmallVec::new() };
        for d in order(shape, &strides) {
            it.push(shape[d] as usize, core::array::from_fn(|k| strides[k][d]));
        }
        if it.shape.is_empty() {
            it.shape.push(1);
            it.strides.push(operands.map(|t| t.itemsize() as isize));
        }
        it
    }

    /// Adds an outer dimension, merged into the last one where memory allows.
    fn push(&mut self, size: usize, strides: [isize; N]) {
        if size == 1 {
            return;
        }
        if let (Some(n), Some(s)) = (self.shape.last_mut(), self.strides.last())
            && (0..N).all(|k| s[k] * *n as isize == strides[k])
        {
            *n *= size;
            return;
        }
        self.shape.push(size);
        self.strides.push(strides);
    }

    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }

    /// Calls `f(pointers, strides in bytes, count)` for every run along the innermost dimension.
    pub fn for_each(&self, mut f: impl FnMut([*mut u8; N], [isize; N], usize)) {
        if self.numel() == 0 {
            return;
        }
        let mut at = self.data;
        let mut index: SmallVec<[usize; 6]> = smallvec::smallvec![0; self.shape.len() - 1];
        loop {
            f(at, self.strides[0], self.shape[0]);
            if !self.advance(&mut at, &mut index) {
                return;
            }
        }
    }

    /// On to the next run; false after the last. `index` counts the outer dimensions.
    #[inline(never)]
    fn advance(&self, at: &mut [*mut u8; N], index: &mut [usize]) -> bool {
        for ((i, n), s) in index.iter_mut().zip(&self.shape[1..]).zip(&self.strides[1..]) {
            *i += 1;
            let steps = if *i < *n { 1 } else { 1 - *n as isize };
            for k in 0..N {
                at[k] = at[k].wrapping_offset(s[k] * steps);
            }
            if *i < *n {
                return true;
            }
            *i = 0;
        }
        false
    }
}

/// `out[i] = f()` for every element, in memory order of `out` (not necessarily logical order).
pub fn map0<O: Element>(out: &Tensor, mut f: impl FnMut() -> O) {
    debug_assert!(out.dtype() == O::DTYPE);
    TensorIter::new(out.sizes(), [out]).for_each(|[o], [so], n| {
        for i in 0..n as isize {
            // SAFETY: the iterator stays inside the tensor.
            unsafe { *(o.offset(i * so) as *mut O) = f() }
        }
    });
}

/// `out[i] = f(a[i])`. Types must be as stated; `a` is broadcast to `out`'s shape.
pub fn map1<A: Element, O: Element>(out: &Tensor, a: &Tensor, f: impl Fn(A) -> O) {
    debug_assert!(out.dtype() == O::DTYPE && a.dtype() == A::DTYPE);
    let (eo, ea) = (size_of::<O>() as isize, size_of::<A>() as isize);
    TensorIter::new(out.sizes(), [out, a]).for_each(|[o, a], [so, sa], n| {
        // SAFETY: the iterator stays inside the tensors; partial overlap was rejected by the operator.
        unsafe {
            if so == eo && sa == ea {
                let (o, a) = (o as *mut O, a as *const A);
                if o as usize == a as usize {
                    for i in 0..n {
                        let p = o.add(i);
                        *p = f(*(p as *const A));
                    }
                } else {
                    for i in 0..n {
                        *o.add(i) = f(*a.add(i));
                    }
                }
            } else {
                for i in 0..n as isize {
                    *(o.offset(i * so) as *mut O) = f(*(a.offset(i * sa) as *const A));
                }
            }
        }
    });
}

/// `out[i] = f(a[i], b[i])`, broadcasting `a` and `b` to `out`'s shape.
pub fn map2<A: Element, B: Element, O: Element>(out: &Tensor, a: &Tensor, b: &Tensor, f: impl Fn(A, B) -> O) {
    debug_assert!(out.dtype() == O::DTYPE && a.dtype() == A::DTYPE && b.dtype() == B::DTYPE);
    let (eo, ea, eb) = (size_of::<O>() as isize, size_of::<A>() as isize, size_of::<B>() as isize);
    TensorIter::new(out.sizes(), [out, a, b]).for_each(|[o, a, b], [so, sa, sb], n| {
        // SAFETY: the iterator stays inside the tensors; partial overlap was rejected by the operator.
        unsafe {
            if so == eo && (sa == ea || sa == 0) && (sb == eb || sb == 0) {
                let (o, a, b) = (o as *mut O, a as *const A, b as *const B);
                match (sa == 0, sb == 0) {
                    (false, false) if o as usize == a as usize && eo == ea => {
                        for i in 0..n {
                            let p = o.add(i);
                            *p = f(*(p as *const A), *b.add(i));
                        }
                    }
                    (false, false) => {
                        for i in 0..n {
                            *o.add(i) = f(*a.add(i), *b.add(i));
                        }
                    }
                    (true, false) => {
                        let x = *a;
                        for i in 0..n {
                            *o.add(i) = f(x, *b.add(i));
                        }
                    }
                    (false, true) => {
                        let y = *b;
                        for i in 0..n {
                            *o.add(i) = f(*a.add(i), y);
                        }
                    }
                    (true, true) => {
                        let v = f(*a, *b);
                        for i in 0..n {
                            *o.add(i) = v;
                        }
                    }
                }
            } else {
                for i in 0..n as isize {
                    *(o.offset(i * so) as *mut O) = f(*(a.offset(i * sa) as *const A), *(b.offset(i * sb) as *const B));
                }
            }
        }
    });
}

/// `out[i] = f(a[i], b[i], c[i])`, broadcasting to `out`'s shape.
pub fn map3<A: Element, B: Element, C: Element, O: Element>(
    out: &Tensor,
    a: &Tensor,
    b: &Tensor,
    c: &Tensor,
    f: impl Fn(A, B, C) -> O,
) {
    debug_assert!(out.dtype() == O::DTYPE && a.dtype() == A::DTYPE && b.dtype() == B::DTYPE && c.dtype() == C::DTYPE);
    let sizes = [size_of::<O>(), size_of::<A>(), size_of::<B>(), size_of::<C>()].map(|s| s as isize);
    TensorIter::new(out.sizes(), [out, a, b, c]).for_each(|[o, a, b, c], s, n| {
        // SAFETY: the iterator stays inside the tensors; partial overlap was rejected by the operator.
        unsafe {
            if s == sizes {
                let (o, a, b, c) = (o as *mut O, a as *const A, b as *const B, c as *const C);
                for i in 0..n {
                    *o.add(i) = f(*a.add(i), *b.add(i), *c.add(i));
                }
            } else {
                let [so, sa, sb, sc] = s;
                for i in 0..n as isize {
                    *(o.offset(i * so) as *mut O) =
                        f(*(a.offset(i * sa) as *const A), *(b.offset(i * sb) as *const B), *(c.offset(i * sc) as *const C));
                }
            }
        }
    });
}

impl Tensor {
    /// Sets every element.
    pub fn fill(&self, value: Scalar) {
        let mut bytes = [0u64; 2];
        dispatch!(self.dtype(), T => {
            // SAFETY: no element is larger.
            unsafe { (bytes.as_mut_ptr() as *mut T).write(value.to()) }
        });
        dispatch_size!(self.itemsize(), T => {
            // SAFETY: the bytes were written above.
            let v = unsafe { *(bytes.as_ptr() as *const T) };
            TensorIter::new(self.sizes(), [self]).for_each(|[o], [so], n| {
                // SAFETY: the iterator stays inside the tensor; external memory may be less aligned.
                unsafe {
                    if so == size_of::<T>() as isize {
                        (0..n).for_each(|i| (o as *mut T).add(i).write_unaligned(v));
                    } else {
                        (0..n as isize).for_each(|i| (o.offset(i * so) as *mut T).write_unaligned(v));
                    }
                }
            })
        })
    }

    /// Copies `src`, broadcast and converted, into this tensor. Overlapping views are copied as if through a temporary.
    pub fn copy_from(&self, src: &Tensor) -> Result<()> {
        if self.same(src) {
            return Ok(());
        }
        let shape = crate::tensor::broadcast(self.sizes(), src.sizes());
        if !shape.is_ok_and(|s| s[..] == *self.sizes()) {
            src.expand(self.sizes())?;
        }
        if self.storage().same(src.storage()) && self.numel() > 0 && src.numel() > 0 {
            if self.sizes() == src.sizes()
                && self.strides() == src.strides()
                && self.data_ptr() == src.data_ptr()
                && self.dtype() == src.dtype()
            {
                return Ok(());
            }
            // Views of one storage may overlap.
            let side = Tensor::empty(src.sizes(), src.dtype())?;
            copy_elements(&side, src);
            copy_elements(self, &side);
            return Ok(());
        }
        copy_elements(self, src);
        Ok(())
    }
}

/// Copies between tensors that share no memory.
fn copy_elements(dst: &Tensor, src: &Tensor) {
    let it = TensorIter::new(dst.sizes(), [dst, src]);
    if dst.dtype() == src.dtype() {
        let e = dst.itemsize();
        dispatch_size!(e, T => it.for_each(|[o, a], [so, sa], n| {
            // SAFETY: inside the tensors, no overlap; T has the elements' size, external memory may be less aligned.
            unsafe {
                if so == e as isize && sa == e as isize {
                    core::ptr::copy_nonoverlapping(a, o, n * e);
                } else {
                    for i in 0..n as isize {
                        (o.offset(i * so) as *mut T).write_unaligned((a.offset(i * sa) as *const T).read_unaligned());
                    }
                }
            }
        }));
        return;
    }
    crate::convert::convert(&it, src.dtype(), dst.dtype());
}

/// Sorts a few things, equal ones keeping their order.
pub fn sort_by_key<T: Copy, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    for i in 1..items.len() {
        let mut j = i;
        while j > 0 && key(&items[j]) < key(&items[j - 1]) {
            items.swap(j, j - 1);
            j -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn floats(t: &Tensor) -> Vec<f32> {
        t.contiguous().and_then(|t| t.as_slice::<f32>().map(|s| s.to_vec())).unwrap()
    }

    fn count(sizes: &[i64]) -> Tensor {
        let n: i64 = sizes.iter().product();
        let v: Vec<f32> = (0..n).map(|i| i as f32).collect();
        Tensor::from_slice(&v, sizes).unwrap()
    }

    #[test]
    fn broadcasts_and_merges() {
        let a = count(&[2, 3]);
        let b = count(&[3]);
        let out = empty_for(&[2, 3], &[&a, &b], DType::F32).unwrap();
        map2(&out, &a, &b, |x: f32, y: f32| x + y);
        assert_eq!(floats(&out), [0., 2., 4., 3., 5., 7.]);
        let t = a.transpose(0, 1).unwrap();
        assert_eq!(TensorIter::new(t.sizes(), [&t, &t]).shape.as_slice(), [6]);
        let out = empty_for(&[3, 2], &[&t, &t], DType::F32).unwrap();
        assert_eq!(out.strides(), [1, 3]);
        map1(&t, &t, |x: f32| -x);
        assert_eq!(floats(&a), [0., -1., -2., -3., -4., -5.]);
    }

    #[test]
    fn views_follow_pytorch() {
        let a = count(&[2, 3, 4]);
        assert_eq!(a.view(&[6, -1]).unwrap().sizes(), [6, 4]);
        let t = a.transpose(1, 2).unwrap();
        assert!(t.view(&[24]).is_err());
        assert_eq!(t.view(&[2, 2, 2, 3]).unwrap().strides(), [12, 2, 1, 4]);
        assert_eq!(floats(&t.reshape(&[24]).unwrap())[..4], [0., 4., 8., 1.]);
        let s = a.slice(1, -2, i64::MAX, 1).unwrap().select(0, 1).unwrap();
        assert_eq!(floats(&s), [16., 17., 18., 19., 20., 21., 22., 23.]);
        assert_eq!(
            a.select(2, 4).unwrap_err().message(),
            "select(): index 4 out of range for tensor of size [2, 3, 4] at dimension 2"
        );
        assert_eq!(a.unsqueeze(-1).unwrap().sizes(), [2, 3, 4, 1]);
        let e = count(&[3, 1]).expand(&[2, -1, 2]).unwrap();
        assert_eq!(floats(&e), [0., 0., 1., 1., 2., 2., 0., 0., 1., 1., 2., 2.]);
        assert!(check_no_internal_overlap(&e).is_err());
    }

    #[test]
    fn overlapping_copies_go_through_a_temporary() {
        let a = count(&[5]);
        a.slice(0, 1, 5, 1).unwrap().copy_from(&a.slice(0, 0, 4, 1).unwrap()).unwrap();
        assert_eq!(floats(&a), [0., 0., 1., 2., 3.]);
    }

    #[test]
    fn every_conversion_agrees_with_the_scalar_one() {
        let values = [0.0, 1.0, -1.0, 2.75, 100.0, 300.0, -129.0];
        for from in DType::all() {
            let src = Tensor::from_slice(&values, &[7]).unwrap().to_dtype(from).unwrap();
            for to in DType::all() {
                let dst = src.to_dtype(to).unwrap();
                for i in 0..7 {
                    // SAFETY: in range.
                    let (a, b) = unsafe { (src.read(i), dst.read(i)) };
                    // A Scalar holds u64 values as i64.
                    if from == DType::U64 && values[i as usize] < 0.0 {
                        continue;
                    }
                    let want = dispatch!(from, A => dispatch!(to, B => a.to::<A>().cast::<B>().to_scalar()));
                    assert_eq!(b, want, "{from:?} {a:?} to {to:?}");
                }
            }
        }
    }
}
