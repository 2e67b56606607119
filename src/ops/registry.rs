//! The table of operators: one [`Record`] each, in `list/` by family.

use super::facts::{self, FactsRule, Known};
use super::schema::Schema;
use super::{library, list};
use std::cell::RefCell;
use std::collections::HashMap;

/// How an operator lowers. Whether it can be executed at all is [`Operator::implementation`]'s answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Each element of the result comes from the elements at its place.
    Pointwise,
    /// Folds dimensions.
    Reduce,
    /// Matrix products and convolutions.
    Contract,
    /// A view of an argument: no data moves.
    View,
    /// Reads or writes at computed places.
    Gather,
    /// Anything else: a call.
    Call,
    /// Scalars and containers: generated code does it in line or through a native helper.
    Native,
}

/// An operator as its family's list writes it.
#[derive(Clone, Copy)]
pub struct Record {
    pub kind: Kind,
    pub facts: FactsRule,
    pub schema: &'static str,
}

/// A line of a family's list.
pub(super) const fn op(kind: Kind, facts: FactsRule, schema: &'static str) -> Record {
    Record { kind, facts, schema }
}

impl Record {
    /// `aten::add`
    pub fn name(&self) -> &'static str {
        let full = self.full_name();
        full.split_once('.').map_or(full, |(name, _)| name)
    }

    /// `aten::add.Tensor`
    pub fn full_name(&self) -> &'static str {
        self.schema.split_once('(').map_or(self.schema, |(name, _)| name)
    }
}

/// An operator with its schema read.
pub struct Operator {
    pub schema: Schema,
    pub kind: Kind,
    pub facts: FactsRule,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.schema.text)
    }
}

/// What executes an operator.
#[derive(Clone, Copy, Debug)]
pub enum Implementation {
    /// Generated code.
    Native,
    /// A symbol of the runtime.
    Runtime,
    /// A TorchScript function of the library.
    Library(&'static library::Function),
    /// A TorchScript function made from another overload, see [`super::derived`].
    Derived,
}

impl Operator {
    /// What executes it; `None` when nothing does, and a call of it must be reported as not implemented.
    pub fn implementation(&self) -> Option<Implementation> {
        let name = self.schema.qualified();
        if tsrt::registry::find(&name).is_some() {
            return Some(Implementation::Runtime);
        }
        if let Some(f) = library::find(&name) {
            return Some(Implementation::Library(f));
        }
        if self.kind == Kind::Native {
            return Some(Implementation::Native);
        }
        super::derived::source(self).map(|_| Implementation::Derived)
    }

    /// What is known of the results when `args` is what is known of the arguments; one entry per result.
    pub fn infer(&self, args: &[Known]) -> Vec<crate::types::TensorFacts> {
        let mut out = (self.facts)(&facts::Call { schema: &self.schema, args });
        out.resize(self.schema.returns.len(), Default::default());
        // A result that is an argument written in place; its shape can change only in `resize_` and its like, which have no rule.
        if let (Some(Known::Tensor(t)), Some(ret), [0]) = (args.first(), self.schema.returns.first(), &self.schema.written()[..])
            && ret.alias.is_written
            && self.kind == Kind::Pointwise
        {
            out[0] = t.clone();
        }
        out
    }
}

thread_local! {
    static READ: RefCell<HashMap<&'static str, &'static [Operator]>> = RefCell::default();
}

/// The overloads of `name` (`aten::add`) in the order in which calls try them; empty when there is no such operator.
pub fn operators(name: &str) -> &'static [Operator] {
    if let Some(ops) = READ.with_borrow(|r| r.get(name).copied()) {
        return ops;
    }
    let Some(records) = records(name) else { return &[] };
    let ops: Vec<Operator> = records
        .iter()
        .filter_map(|r| Some(Operator { schema: Schema::parse(r.schema).ok()?, kind: r.kind, facts: r.facts }))
        .collect();
    // Lives as long as the process: the table is finite, and nodes and matches refer to it.
    let ops: &'static [Operator] = Vec::leak(ops);
    READ.with_borrow_mut(|r| r.insert(records[0].name(), ops));
    ops
}

/// One operator; `overload` is empty for the unnamed one.
pub fn operator(name: &str, overload: &str) -> Option<&'static Operator> {
    operators(name).iter().find(|o| &*o.schema.overload == overload)
}

/// One operator by its full name, `aten::add.Tensor`.
pub fn by_full_name(full: &str) -> Option<&'static Operator> {
    let space = full.find("::").map_or(0, |i| i + 2);
    match full[space..].find('.') {
        Some(i) => operator(&full[..space + i], &full[space + i + 1..]),
        None => operator(full, ""),
    }
}

fn records(name: &str) -> Option<&'static [Record]> {
    list::FAMILIES.iter().find_map(|(_, family)| {
        let start = family.partition_point(|r| r.name() < name);
        let n = family[start..].iter().take_while(|r| r.name() == name).count();
        (n > 0).then(|| &family[start..start + n])
    })
}

/// Every record, family by family.
pub fn all() -> impl Iterator<Item = &'static Record> {
    list::FAMILIES.iter().flat_map(|(_, f)| f.iter())
}

/// Operators whose name differs from `name` by at most two edits, nearest first.
pub fn similar(name: &str) -> Vec<String> {
    let Some((space, op)) = name.split_once("::") else { return vec![] };
    let mut found: Vec<(usize, &'static str)> = vec![];
    for r in all() {
        if let Some((s, o)) = r.name().split_once("::")
            && s == space
            && found.last().is_none_or(|f| f.1 != r.name())
            && let d = edit_distance(o, op)
            && d <= 2
        {
            found.push((d, r.name()));
        }
    }
    found.sort();
    found.into_iter().map(|(_, n)| n.to_owned()).collect()
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + (x != *y) as usize;
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
