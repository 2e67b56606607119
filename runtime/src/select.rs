//! Selection of the smallest elements by index. Which of several equal elements is found depends on the algorithm, so these are the
//! partitions that PyTorch uses: Hoare's with a median of three, and those of the C++ library's `nth_element` and `sort`.

use crate::ops::order::compare;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The place of the element of rank `k`, NaN last (`kthvalue`).
pub fn kth<T: PartialOrd>(row: &[T], k: usize) -> usize {
    let mut v: Vec<usize> = (0..row.len()).collect();
    let above = |a: usize, b: usize| compare(&row[a], &row[b]) == Ordering::Greater;
    let (mut low, mut high) = (0, row.len() - 1);
    while low < high {
        if high == low + 1 {
            if above(v[low], v[high]) {
                v.swap(low, high);
            }
            break;
        }
        v.swap((low + high) / 2, low + 1);
        if above(v[low + 1], v[high]) {
            v.swap(low + 1, high);
        }
        if above(v[low], v[high]) {
            v.swap(low, high);
        }
        if above(v[low + 1], v[low]) {
            v.swap(low + 1, low);
        }
        let (mut i, mut j, pivot) = (low + 1, high, v[low]);
        loop {
            i += 1;
            while above(pivot, v[i]) {
                i += 1;
            }
            j -= 1;
            while above(v[j], pivot) {
                j -= 1;
            }
            if j < i {
                break;
            }
            v.swap(i, j);
        }
        v.swap(low, j);
        if j <= k {
            low = i;
        }
        if j >= k {
            match j.checked_sub(1) {
                Some(j) => high = j,
                None => break,
            }
        }
    }
    v[k]
}

/// The place of the element of rank `k` (`median`).
pub fn nth<T: PartialOrd>(row: &[T], k: usize) -> usize {
    let mut v: Vec<usize> = (0..row.len()).collect();
    nth_element(&mut v, k, &|a, b| compare(&row[a], &row[b]) == Ordering::Less);
    v[k]
}

/// The places of the `k` smallest or largest elements, in order on demand (`topk`).
pub fn first<T: PartialOrd>(row: &[T], k: usize, largest: bool, in_order: bool) -> Vec<usize> {
    let mut v: Vec<usize> = (0..row.len()).collect();
    let less = |a: usize, b: usize| {
        let o = compare(&row[a], &row[b]);
        o == if largest { Ordering::Greater } else { Ordering::Less }
    };
    if k == 0 {
        return Vec::new();
    }
    if k * 64 <= row.len() {
        partial_sort(&mut v, k, &less);
    } else {
        nth_element(&mut v, k - 1, &less);
        if in_order {
            sort(&mut v[..k - 1], &less);
        }
    }
    v.truncate(k);
    v
}

type Less<'a> = &'a dyn Fn(usize, usize) -> bool;

fn nth_element(v: &mut [usize], nth: usize, less: Less) {
    let (mut first, mut last) = (0, v.len());
    let mut depth = 2 * (usize::BITS - v.len().leading_zeros());
    while last - first > 3 {
        if depth == 0 {
            heap_select(&mut v[first..last], nth + 1 - first, less);
            v.swap(first, nth);
            return;
        }
        depth -= 1;
        let cut = first + partition(&mut v[first..last], less);
        if cut <= nth { first = cut } else { last = cut }
    }
    insertion_sort(&mut v[first..last], less);
}

/// Around the median of the second, the middle and the last; the first element holds the pivot.
fn partition(v: &mut [usize], less: Less) -> usize {
    let (a, b, c) = (1, v.len() / 2, v.len() - 1);
    let median = if less(v[a], v[b]) {
        if less(v[b], v[c]) {
            b
        } else if less(v[a], v[c]) {
            c
        } else {
            a
        }
    } else if less(v[a], v[c]) {
        a
    } else if less(v[b], v[c]) {
        c
    } else {
        b
    };
    v.swap(0, median);
    let (mut i, mut j) = (1, v.len());
    loop {
        while less(v[i], v[0]) {
            i += 1;
        }
        j -= 1;
        while less(v[0], v[j]) {
            j -= 1;
        }
        if i >= j {
            return i;
        }
        v.swap(i, j);
        i += 1;
    }
}

fn insertion_sort(v: &mut [usize], less: Less) {
    for i in 1..v.len() {
        let x = v[i];
        let mut j = i;
        while j > 0 && less(x, v[j - 1]) {
            v[j] = v[j - 1];
            j -= 1;
        }
        v[j] = x;
    }
}

fn sort(v: &mut [usize], less: Less) {
    const SMALL: usize = 16;
    if v.is_empty() {
        return;
    }
    let depth = 2 * (usize::BITS - 1 - v.len().leading_zeros());
    intro_sort(v, depth, less, SMALL);
    // What is left is nearly in order.
    let head = v.len().min(SMALL);
    insertion_sort(&mut v[..head], less);
    for i in head..v.len() {
        let x = v[i];
        let mut j = i;
        while less(x, v[j - 1]) {
            v[j] = v[j - 1];
            j -= 1;
        }
        v[j] = x;
    }
}

fn intro_sort(v: &mut [usize], mut depth: u32, less: Less, small: usize) {
    let mut last = v.len();
    while last > small {
        if depth == 0 {
            let n = last;
            partial_sort(&mut v[..last], n, less);
            return;
        }
        depth -= 1;
        let cut = partition(&mut v[..last], less);
        intro_sort(&mut v[cut..last], depth, less, small);
        last = cut;
    }
}

/// Moves `x` down from the hole at `at` to the bottom, then up to its place.
fn sift(v: &mut [usize], mut at: usize, len: usize, x: usize, less: Less) {
    let top = at;
    let mut child = at;
    while child < (len.saturating_sub(1)) / 2 {
        child = 2 * (child + 1);
        if less(v[child], v[child - 1]) {
            child -= 1;
        }
        v[at] = v[child];
        at = child;
    }
    if len % 2 == 0 && len >= 2 && child == (len - 2) / 2 {
        child = 2 * child + 1;
        v[at] = v[child];
        at = child;
    }
    while at > top && less(v[(at - 1) / 2], x) {
        v[at] = v[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    v[at] = x;
}

/// A heap of the `k` smallest at the front.
fn heap_select(v: &mut [usize], k: usize, less: Less) {
    if k >= 2 {
        for parent in (0..=(k - 2) / 2).rev() {
            let x = v[parent];
            sift(v, parent, k, x, less);
        }
    }
    for i in k..v.len() {
        if less(v[i], v[0]) {
            let x = v[i];
            v[i] = v[0];
            sift(v, 0, k, x, less);
        }
    }
}

fn partial_sort(v: &mut [usize], k: usize, less: Less) {
    heap_select(v, k, less);
    for last in (1..k).rev() {
        let x = v[last];
        v[last] = v[0];
        sift(v, 0, last, x, less);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_agree_with_sorting() {
        for n in 1..200usize {
            let row: Vec<i64> = (0..n).map(|i| ((i * 7919) % 37) as i64).collect();
            let mut ordered = row.clone();
            ordered.sort();
            for k in [0, n / 3, n / 2, n - 1] {
                assert_eq!(row[kth(&row, k)], ordered[k]);
                assert_eq!(row[nth(&row, k)], ordered[k]);
                let got: Vec<i64> = first(&row, k + 1, false, true).into_iter().map(|i| row[i]).collect();
                assert_eq!(got, ordered[..=k]);
            }
        }
    }
}
