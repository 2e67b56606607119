//! Where in the arena each buffer lies: buffers whose lifetimes do not meet share memory.

use crate::kernel::Size;
use crate::kernel::plan::Slot;

const ALIGN: i64 = 64;

/// A buffer's bytes, and the first and last step that needs it.
#[derive(Clone, Debug)]
pub struct Need {
    pub bytes: Size,
    pub first: usize,
    pub last: usize,
}

/// A place for each buffer, and the arena's size. Sizes that are numbers are packed best-fit; a buffer of another size takes over the
/// place of one of the same size that is no longer needed, or a new one behind all others.
pub fn plan(needs: &[Need]) -> (Vec<Slot>, Size) {
    let mut slots: Vec<Option<Slot>> = vec![None; needs.len()];
    let bytes: Vec<Size> = needs.iter().map(|n| n.bytes.round_up(ALIGN)).collect();
    let meet = |a: &Need, b: &Need| a.first <= b.last && b.first <= a.last;
    // Largest first, into the smallest gap between those placed that live at the same time.
    let mut fixed: Vec<(usize, i64)> = bytes.iter().enumerate().filter_map(|(i, b)| Some((i, b.as_const()?))).collect();
    fixed.sort_by_key(|(i, n)| (-n, *i));
    let mut top = 0;
    let mut placed: Vec<(usize, i64, i64)> = vec![];
    for (i, n) in fixed {
        let mut taken: Vec<(i64, i64)> =
            placed.iter().filter(|p| meet(&needs[p.0], &needs[i])).map(|p| (p.1, p.1 + p.2)).collect();
        taken.sort();
        let (mut at, mut best) = (0, None::<(i64, i64)>);
        for (from, to) in taken {
            let gap = from - at;
            if gap >= n && best.is_none_or(|b| gap < b.0) {
                best = Some((gap, at));
            }
            at = at.max(to);
        }
        let at = best.map_or(at, |b| b.1);
        placed.push((i, at, n));
        top = top.max(at + n);
        slots[i] = Some(Slot { offset: at.into(), bytes: needs[i].bytes.clone() });
    }
    let mut end: Size = top.into();
    let mut order: Vec<usize> = (0..needs.len()).filter(|i| slots[*i].is_none()).collect();
    order.sort_by_key(|i| needs[*i].first);
    let mut rooms: Vec<(Size, Size, Vec<usize>)> = vec![];
    for i in order {
        let free = rooms.iter_mut().find(|r| r.1 == bytes[i] && r.2.iter().all(|k| !meet(&needs[*k], &needs[i])));
        let offset = match free {
            Some(room) => {
                room.2.push(i);
                room.0.clone()
            }
            None => {
                let at = end.clone();
                end = end.plus(&bytes[i]);
                rooms.push((at.clone(), bytes[i].clone(), vec![i]));
                at
            }
        };
        slots[i] = Some(Slot { offset, bytes: needs[i].bytes.clone() });
    }
    let none = Slot { offset: 0.into(), bytes: 0.into() };
    (slots.into_iter().map(|s| s.unwrap_or(none.clone())).collect(), end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Atom;

    fn need(bytes: impl Into<Size>, first: usize, last: usize) -> Need {
        Need { bytes: bytes.into(), first, last }
    }

    #[test]
    fn memory_is_shared() {
        let (slots, size) = plan(&[need(100, 0, 1), need(64, 1, 2), need(100, 2, 3), need(60, 3, 4)]);
        let offsets: Vec<Option<i64>> = slots.iter().map(|s| s.offset.as_const()).collect();
        assert_eq!((offsets, size.as_const()), (vec![Some(0), Some(128), Some(0), Some(128)], Some(192)));
        let n = || Size::from(Atom::Dim(0, 0)).times(&4.into());
        let (slots, size) = plan(&[need(n(), 0, 1), need(n(), 1, 2), need(n(), 2, 3), need(64, 0, 3)]);
        assert_eq!(slots[0].offset, slots[2].offset);
        assert_eq!(size, n().round_up(64).times(&2.into()).plus(&64.into()));
    }
}
