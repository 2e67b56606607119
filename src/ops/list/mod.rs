//! Every operator, by family: one line each, sorted by name, overloads of a name in the order in which calls try them.

use super::registry::Record;

mod arithmetic;
mod backends;
mod casts;
mod compare;
mod containers;
mod creation;
mod fft;
mod index;
mod internal;
mod linalg;
mod nn;
mod other;
mod prim;
mod program;
mod random;
mod reduce;
mod scalars;
mod spatial;
mod special;
mod strings;
mod unary;
mod views;
mod vision;

/// Family and operators. A name stands in one family only.
pub const FAMILIES: &[(&str, &[Record])] = &[
    ("arithmetic", arithmetic::OPERATORS),
    ("backends", backends::OPERATORS),
    ("casts", casts::OPERATORS),
    ("compare", compare::OPERATORS),
    ("containers", containers::OPERATORS),
    ("creation", creation::OPERATORS),
    ("fft", fft::OPERATORS),
    ("index", index::OPERATORS),
    ("internal", internal::OPERATORS),
    ("linalg", linalg::OPERATORS),
    ("nn", nn::OPERATORS),
    ("other", other::OPERATORS),
    ("prim", prim::OPERATORS),
    ("program", program::OPERATORS),
    ("random", random::OPERATORS),
    ("reduce", reduce::OPERATORS),
    ("scalars", scalars::OPERATORS),
    ("spatial", spatial::OPERATORS),
    ("special", special::OPERATORS),
    ("strings", strings::OPERATORS),
    ("unary", unary::OPERATORS),
    ("views", views::OPERATORS),
    ("vision", vision::OPERATORS),
];
