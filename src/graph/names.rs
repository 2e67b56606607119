//! Unique names of values, as PyTorch gives them: the newest value gets the plain name, its previous owner a number (`x` -> `x.1`).

use super::ir::{Graph, Value};
use std::collections::HashMap;

/// Who has which name, and the last number given out for each stem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    owners: HashMap<String, Value>,
    numbers: HashMap<String, u64>,
}

/// `x.12` is stem `x` with number 12; anything else is its own stem.
fn split(name: &str) -> (&str, Option<u64>) {
    match name.rsplit_once('.') {
        Some((stem, n)) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => (stem, n.parse().ok()),
        _ => (name, None),
    }
}

impl Graph {
    /// Names a value. A value that had the name before gets the next free number of the stem instead. The empty name takes the
    /// name away; names made of digits only are not names and do the same.
    pub fn set_name(&mut self, v: Value, name: &str) {
        if let Some(old) = self.value_mut(v).name.take() {
            self.names.owners.remove(&old);
        }
        if name.bytes().all(|b| b.is_ascii_digit()) {
            return;
        }
        if let Some(owner) = self.names.owners.remove(name) {
            let (stem, number) = split(name);
            let mut number = number.unwrap_or(1);
            if let Some(last) = self.names.numbers.get(stem) {
                number = number.max(last + 1);
            }
            let free = loop {
                let candidate = format!("{stem}.{number}");
                number += 1;
                if !self.names.owners.contains_key(&candidate) && candidate != name {
                    break candidate;
                }
            };
            self.names.numbers.insert(stem.to_owned(), number);
            self.value_mut(owner).name = Some(free.clone());
            self.names.owners.insert(free, owner);
        }
        self.names.owners.insert(name.to_owned(), v);
        self.value_mut(v).name = Some(name.to_owned());
    }

    /// The name without the number that makes it unique (`x` of `x.1`).
    pub fn name_stem(&self, v: Value) -> Option<&str> {
        self.value(v).name.as_deref().map(|n| split(n).0)
    }

    /// The value as it prints: `x.1`, or its number.
    pub fn printed_name(&self, v: Value) -> String {
        self.value(v).name.clone().unwrap_or_else(|| v.0.to_string())
    }

    /// Type, name and facts of another value.
    pub fn copy_metadata(&mut self, to: Value, from: Value) {
        self.value_mut(to).ty = self.ty(from).clone();
        if let Some(name) = self.value(from).name.clone() {
            self.set_name(to, &name);
        }
        if let Some(facts) = self.facts.get(&from).cloned() {
            self.facts.insert(to, facts);
        }
        if let Some(requires) = self.requires_grad.get(&from).copied() {
            self.requires_grad.insert(to, requires);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;

    #[test]
    fn newest_value_has_the_plain_name() {
        let mut g = Graph::new();
        let top = g.top();
        let vs: Vec<Value> = (0..4).map(|_| g.add_param(top, Type::Int, Some("x"))).collect();
        let names = |g: &Graph| vs.iter().map(|&v| g.printed_name(v)).collect::<Vec<_>>();
        // The number after a collision is one above the last that was tried: 1, 3, 5.
        assert_eq!(names(&g), ["x.1", "x.3", "x.5", "x"]);
        g.set_name(vs[3], "");
        assert_eq!(names(&g), ["x.1", "x.3", "x.5", "3"]);
    }
}
