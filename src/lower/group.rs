//! Which operations run in one kernel.
//!
//! A group runs over one domain. Its operations make either every element of it, or - once some of its axes are folded - one element per
//! row, where a row is everything that is folded together. What a row's elements need of the row itself (its maximum, its mean) is thus
//! at hand before they are computed, and softmax or a norm is one kernel.

use super::tensors::{Arg, Op, OpKind, Origin, Tensors, View, contiguous};
use crate::kernel::Size;

#[derive(Clone, Debug)]
pub struct Group {
    pub domain: Vec<Size>,
    /// The axes that are folded.
    pub folded: Option<Vec<bool>>,
    /// Indices into [`Tensors::ops`], in order.
    pub members: Vec<usize>,
}

impl Group {
    /// The domain's dimensions with the folded axes as 1.
    pub fn rows(&self) -> Option<Vec<Size>> {
        let axes = self.folded.as_ref()?;
        Some(self.domain.iter().zip(axes).map(|(d, f)| if *f { 1.into() } else { d.clone() }).collect())
    }

    /// The operation makes one element per row.
    pub fn is_of_rows(&self, op: &Op) -> bool {
        matches!(op.kind, OpKind::Map { .. }) && op.domain != self.domain
    }

    fn accepts(&self, op: &Op, t: &Tensors) -> bool {
        if self.members.iter().any(|m| matches!(t.ops[*m].kind, OpKind::Recurrent(_))) {
            return false;
        }
        let has_window = self.members.iter().any(|m| matches!(t.ops[*m].kind, OpKind::Window { .. } | OpKind::Image { .. }));
        match &op.kind {
            OpKind::Window { .. } | OpKind::Image { .. } | OpKind::Recurrent(_) => false,
            // Only loops tell places.
            OpKind::Map { args, .. }
                if args.iter().any(|a| matches!(a.0, Arg::Index(_)))
                    && (op.domain != self.domain
                        || self.members.iter().any(|m| matches!(t.ops[*m].kind, OpKind::Image { .. }))) =>
            {
                false
            }
            // An epilogue folds nothing.
            OpKind::Reduce { .. } if has_window => false,
            OpKind::Map { .. } => op.domain == self.domain || Some(&op.domain) == self.rows().as_ref(),
            OpKind::Reduce { axes, .. } => {
                let trailing = axes.windows(2).all(|w| w[0] <= w[1]);
                op.domain == self.domain && trailing && self.folded.as_ref().is_none_or(|f| f == axes)
            }
        }
    }
}

/// The view shows each element of a source at its own place, or one of a folded source at all places of its row.
fn is_aligned(v: &View, dims: &[Size]) -> bool {
    let own = contiguous(dims);
    v.offset.is(0)
        && v.dims.len() == dims.len()
        && (0..dims.len())
            .all(|i| v.dims[i].is(1) || (dims[i].is(1) && v.strides[i].is(0)) || (v.dims[i] == dims[i] && v.strides[i] == own[i]))
}

/// Groups the operations that are marked as needed, in an order in which they can run.
pub fn fuse(t: &Tensors, live: &[bool]) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    let mut home: Vec<Option<usize>> = vec![None; t.ops.len()];
    for (i, op) in t.ops.iter().enumerate().filter(|(i, _)| live[*i]) {
        let mut first = 0;
        let mut related = vec![];
        for v in op.views() {
            match t.sources[v.source].origin {
                origin if origin.is_made() => {
                    let Some(g) = origin.ops().filter_map(|p| home[p]).max() else { continue };
                    let aligned = matches!(origin, Origin::Op(_)) && is_aligned(v, &t.sources[v.source].dims);
                    first = first.max(if aligned { g } else { g + 1 });
                    related.push(g);
                }
                _ => {
                    let shares = |g: &Group| g.members.iter().any(|m| t.ops[*m].views().iter().any(|w| w.source == v.source));
                    related.extend((0..groups.len()).filter(|g| groups[*g].domain == op.domain && shares(&groups[*g])));
                }
            }
        }
        let found = (first..groups.len()).rev().find(|g| related.contains(g) && groups[*g].accepts(op, t));
        let g = match found {
            Some(g) => g,
            None => {
                groups.push(Group { domain: op.domain.clone(), folded: None, members: vec![] });
                groups.len() - 1
            }
        };
        if let OpKind::Reduce { axes, .. } = &op.kind {
            groups[g].folded = Some(axes.clone());
        }
        groups[g].members.push(i);
        home[i] = Some(g);
    }
    groups
}
