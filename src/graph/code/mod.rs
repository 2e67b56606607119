//! A function as Python, exactly as PyTorch's `.code` prints it.
//!
//! An unnamed value that is used once, at the place where evaluation order puts it anyway, is written inside the expression that uses
//! it ([`inline`] decides); an expression of 40 characters and more becomes a statement of its own. Everything else is a statement,
//! one per node; control flow assigns its results at the end of each branch.

mod expression;
mod inline;
mod statement;

use super::ir::{Graph, Node, Value};
use super::program::{Const, Function, Program};
use super::repr;
use super::uses::Uses;
use crate::types::Type;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The text of a function, or why it cannot be printed.
pub fn function(function: &Function, program: &Program) -> Result<String, String> {
    let uses = Uses::of(&function.graph);
    let mut p = Printer::new(&function.graph, &uses, program);
    p.header(function);
    p.body()?;
    Ok(p.out)
}

/// State of printing one graph. The graph of a fork is printed by a printer of its own that takes over the names.
struct Printer<'a> {
    graph: &'a Graph,
    program: &'a Program,
    uses: &'a Uses,
    out: String,
    level: usize,
    /// Nodes whose value is written at its use.
    inlined: HashSet<Node>,
    /// Variables of values that have been assigned.
    variables: HashMap<Value, String>,
    /// Text of values that have not.
    expressions: HashMap<Value, Rc<str>>,
    annotated: HashSet<Value>,
    /// How far the inputs of a user have been split off, see [`Printer::split`].
    split: HashMap<inline::User, isize>,
    names: Names,
}

/// What forks share with the function around them.
#[derive(Default)]
struct Names {
    used: HashSet<String>,
    next: HashMap<String, usize>,
    constants: Vec<Const>,
}

impl Names {
    /// A name that nothing has yet: the candidate, or with a number behind it.
    fn fresh(&mut self, candidate: &str) -> String {
        let mut name = candidate.to_owned();
        while self.used.contains(&name) || RESERVED.contains(&name.as_str()) {
            let n = self.next.entry(name).or_default();
            name = format!("{candidate}{n}");
            *n += 1;
        }
        self.used.insert(name.clone());
        name
    }
}

impl<'a> Printer<'a> {
    fn new(graph: &'a Graph, uses: &'a Uses, program: &'a Program) -> Printer<'a> {
        Printer {
            graph,
            program,
            uses,
            out: String::new(),
            level: 0,
            inlined: HashSet::new(),
            variables: HashMap::new(),
            expressions: HashMap::new(),
            annotated: HashSet::new(),
            split: HashMap::new(),
            names: Names::default(),
        }
    }

    fn header(&mut self, f: &Function) {
        let name = f.name.rsplit('.').next().unwrap_or(&f.name);
        let mut params = vec![];
        for (i, p) in f.signature.params.iter().enumerate() {
            let variable = self.names.fresh(&p.name);
            let mut text = variable.clone();
            if i > 0 || f.class.is_none() {
                text += &format!(": {}", p.ty.annotation());
            }
            if let Some(default) = &p.default {
                text += &format!("={}", self.default(default, &p.ty, p.broadcast));
            }
            params.push(text);
            if let Some(v) = self.graph.block(self.graph.top()).params.get(i) {
                self.variables.insert(*v, variable);
            }
        }
        let returns = f.signature.returns.first().map_or_else(|| "NoneType".into(), Type::annotation);
        self.out += &format!("def {name}({}) -> {returns}:\n", params.join(",\n    "));
    }

    /// A default; one number for a list of fixed length is written as the list.
    fn default(&mut self, default: &Const, ty: &Type, broadcast: Option<u32>) -> String {
        match (ty, default, broadcast) {
            (Type::List(elem), Const::Int(_) | Const::Float(_) | Const::Bool(_), Some(n)) => {
                self.constant(&Const::List(Rc::new(vec![default.clone(); n as usize]), (**elem).clone()))
            }
            _ => self.constant(default),
        }
    }

    /// A constant's text. Tensors, objects and strings that are not ASCII live in a table beside the code.
    fn constant(&mut self, c: &Const) -> String {
        let table = &mut self.names.constants;
        repr::constant(c, self.program, &mut |c| match c {
            Const::Tensor(_) | Const::Object(_) => Some(format!("CONSTANTS.c{}", place(table, c))),
            Const::Str(s) if !s.is_ascii() => Some(format!("CONSTANTS.c{}", place(table, c))),
            Const::Tuple(items, Type::Tuple(t)) if t.names.is_some() => {
                let name = t.names.as_ref().map_or("", |n| &n.name);
                let plain = Const::Tuple(items.clone(), Type::tuple(t.elems.clone()));
                Some(format!("{name}{}", repr::constant(&plain, self.program, &mut |_| None)))
            }
            _ => None,
        })
    }

    /// How a value is written at its use.
    fn text(&self, v: Value) -> Rc<str> {
        match (self.variables.get(&v), self.expressions.get(&v)) {
            (Some(name), _) => name.as_str().into(),
            (None, Some(text)) => text.clone(),
            (None, None) => format!("<%{}>", self.graph.printed_name(v)).into(),
        }
    }

    fn texts(&self, vs: &[Value]) -> String {
        vs.iter().map(|v| self.text(*v)).collect::<Vec<_>>().join(", ")
    }

    /// Gives values variables, named after their debug names.
    fn assign_names(&mut self, vs: &[Value]) {
        for &v in vs {
            let candidate = self.graph.name_stem(v).map_or_else(|| "_".into(), identifier);
            let name = self.names.fresh(&candidate);
            self.variables.insert(v, name);
        }
    }

    fn line(&mut self, text: impl std::fmt::Display) {
        self.out += &format!("{:1$}{text}\n", "", self.level * 2);
    }

    fn is_long(&self, text: &str) -> bool {
        text.len() + self.level * 2 >= 40
    }
}

/// Position of a constant in the table; equal tensors share one.
fn place(table: &mut Vec<Const>, c: &Const) -> usize {
    if let Const::Tensor(_) = c
        && let Some(i) = table.iter().position(|t| super::consts::same(t, c))
    {
        return i;
    }
    table.push(c.clone());
    table.len() - 1
}

/// Letters, digits and `_`, not beginning with a digit.
fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The name as an identifier.
fn identifier(name: &str) -> String {
    let first = if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    let rest: String = name.bytes().map(|b| if b.is_ascii_alphanumeric() { b as char } else { '_' }).collect();
    format!("{first}{rest}")
}

/// Python's keywords and the names that the printed code itself uses.
const RESERVED: [&str; 49] = [
    "_",
    "CONSTANTS",
    "False",
    "None",
    "True",
    "__torch__",
    "and",
    "as",
    "assert",
    "aten",
    "async",
    "attribute",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "fork",
    "from",
    "getattr",
    "global",
    "if",
    "import",
    "in",
    "inf",
    "infj",
    "is",
    "lambda",
    "nan",
    "nanj",
    "nonlocal",
    "not",
    "ops",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "unchecked_cast",
    "uninitialized",
    "while",
    "with",
    "yield",
];
