//! Variables: frames of names, and what a condition tells about their types.

use super::emitter::{Emitter, fail, is_meaningful, reported};
use super::{Sugared, sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Attr, Block, Value};
use crate::types::Type;
use std::collections::{BTreeMap, HashMap};

/// The names assigned in one block: those with a value by type, the others by what they are.
pub(super) struct Frame {
    pub block: Block,
    pub sugared: HashMap<String, Sugared>,
    pub types: BTreeMap<String, Type>,
    /// Where variables were assigned last.
    pub places: HashMap<String, Span>,
}

impl Frame {
    pub fn new(block: Block) -> Frame {
        Frame { block, sugared: HashMap::new(), types: BTreeMap::new(), places: HashMap::new() }
    }
}

impl Emitter<'_> {
    /// Runs `f` in a new frame with nodes inserted at the end of its block; gives the frame back.
    pub(super) fn in_frame<T>(&mut self, block: Block, f: impl FnOnce(&mut Self) -> T) -> (Frame, T) {
        self.frames.push(Frame::new(block));
        let out = self.inside(block, f);
        (self.frames.pop().unwrap_or_else(|| Frame::new(block)), out)
    }

    pub(super) fn frame_block(&self) -> Block {
        self.frames.last().map_or(self.graph.top(), |f| f.block)
    }

    fn load(&mut self, name: &str, ty: Type) -> Value {
        let v = self.bare_value("prim::Load", &[], ty);
        if let Some(n) = self.graph.def_node(v) {
            self.graph.set_attr(n, "name", Attr::Str(name.to_owned()));
        }
        if is_meaningful(name) {
            self.graph.set_name(v, name);
        }
        v
    }

    fn store(&mut self, name: &str, span: Span, v: Value) {
        let n = self.node("prim::Store", &[v], &[], span);
        self.graph.set_attr(n, "name", Attr::Str(name.to_owned()));
    }

    fn find_in(&mut self, frame: &Frame, name: &str) -> Option<Sugared> {
        if let Some(s) = frame.sugared.get(name) {
            return Some(s.clone());
        }
        let ty = frame.types.get(name)?.clone();
        Some(Sugared::Value(self.load(name, ty)))
    }

    /// What a variable is in the frames below `top` (exclusive).
    fn find_below(&mut self, top: usize, name: &str) -> Option<Sugared> {
        for i in (0..top).rev() {
            if let Some(s) = self.frames[i].sugared.get(name) {
                return Some(s.clone());
            }
            if let Some(ty) = self.frames[i].types.get(name).cloned() {
                return Some(Sugared::Value(self.load(name, ty)));
            }
        }
        None
    }

    /// What a variable is, not counting names outside the function.
    pub(super) fn find(&mut self, name: &str) -> Option<Sugared> {
        self.find_below(self.frames.len(), name)
    }

    /// As [`Emitter::find`], looking into a finished frame first.
    pub(super) fn find_from(&mut self, frame: &Frame, name: &str) -> Option<Sugared> {
        match self.find_in(frame, name) {
            Some(s) => Some(s),
            None => self.find(name),
        }
    }

    pub(super) fn set_var(&mut self, span: Span, name: &str, v: Value) -> Result<()> {
        self.set_sugared(span, name, Sugared::Value(v), None)
    }

    /// Assigns a variable; a new value must fit the type that the variable has in an outer block.
    pub(super) fn set_sugared(&mut self, span: Span, name: &str, what: Sugared, annotated: Option<&Type>) -> Result<()> {
        let mut simple = if let Sugared::Value(v) = &what { Some(*v) } else { None };
        if let Some(v) = simple
            && self.graph.value(v).name.is_none()
            && is_meaningful(name)
            && self.graph.def_block(v) == Some(self.frame_block())
        {
            self.graph.set_name(v, name);
        }
        self.poisoned.remove(name);
        if let Some(outer) = self.find_below(self.frames.len().saturating_sub(1), name) {
            if annotated.is_some() {
                return fail(
                    Code::Type,
                    span,
                    format!(
                        "Attempting to declare and annotate the type of variable '{name}' but it is already defined in an outer block"
                    ),
                );
            }
            let (Some(v), Sugared::Value(old)) = (simple, &outer) else {
                let kind = if simple.is_none() { what.kind() } else { outer.kind() };
                return fail(
                    Code::Type,
                    span,
                    format!(
                        "Cannot re-assign '{name}' to a value of type {kind} because {name} is not a first-class value. \
                         Only reassignments to first-class values are allowed"
                    ),
                );
            };
            let old = self.ty(*old).clone();
            let v = self.convert(span, &old, v, true)?;
            if !self.is_subtype(&self.ty(v).clone(), &old) {
                let new = self.ty(v).clone();
                let mut d = Diagnostic::new(
                    Code::Type,
                    span,
                    format!(
                        "Variable '{name}' previously had type {} but is now being assigned to a value of type {}",
                        old.annotation(),
                        new.annotation()
                    ),
                );
                if let Some(place) = self.place_of(name).filter(|p| *p != span) {
                    d = d.label(place, format!("'{name}' is of type {} from here on", old.annotation()));
                }
                d = match (&old, &new) {
                    (Type::List(_), Type::List(_)) => d.help(EMPTY_LIST),
                    (Type::None, _) => {
                        d.help(format!("annotate the first assignment: `{name}: Optional[{}] = None`", new.annotation()))
                    }
                    _ => d.help("give the new value a name of its own, or convert it"),
                };
                return Err(Box::new(d));
            }
            simple = Some(v);
        }
        match simple {
            Some(v) => {
                if let Some(t) = annotated
                    && !self.is_subtype(&self.ty(v).clone(), t)
                {
                    return fail(
                        Code::Type,
                        span,
                        format!(
                            "Variable '{name}' is annotated with type {} but is being assigned to a value of type {}",
                            t.annotation(),
                            self.ty(v).annotation()
                        ),
                    );
                }
                let ty = annotated.cloned().unwrap_or_else(|| self.ty(v).clone());
                self.store(name, span, v);
                if let Some(f) = self.frames.last_mut() {
                    f.sugared.remove(name);
                    f.types.insert(name.to_owned(), ty);
                    f.places.insert(name.to_owned(), span);
                }
            }
            None => {
                if let Some(f) = self.frames.last_mut() {
                    f.sugared.insert(name.to_owned(), what);
                }
            }
        }
        Ok(())
    }

    /// Where a variable was assigned last.
    pub(super) fn place_of(&self, name: &str) -> Option<Span> {
        self.frames.iter().rev().find_map(|f| f.places.get(name).copied())
    }

    /// What a name is: a variable, a builtin of the language, or something outside the function.
    pub(super) fn lookup(&mut self, name: &str, span: Span) -> Result<Sugared> {
        if self.poisoned.contains(name) {
            return Err(reported());
        }
        if let Some(s) = self.find(name) {
            return Ok(s);
        }
        if let Some(s) = sugared::builtin_name(name) {
            return Ok(s);
        }
        let resolver = self.resolver.clone();
        if let Some(s) = resolver.value(self, name, span)? {
            return Ok(s);
        }
        if let Some(d) = self.unusable.get(name) {
            let mut told = Diagnostic::new(d.code, span, d.message.clone());
            if d.labels.is_empty() {
                told = told.label(d.span.unwrap_or(span), "decided here");
            }
            told.labels.extend(d.labels.iter().cloned());
            told.help = d.help.clone();
            return Err(Box::new(told));
        }
        let mut d = Diagnostic::new(Code::Name, span, format!("undefined value {name}"));
        if let Some(near) = self.nearest(name) {
            d = d.help(format!("did you mean '{near}'?"));
        }
        Err(Box::new(d))
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let mut names: Vec<String> = self.frames.iter().flat_map(|f| f.types.keys().chain(f.sugared.keys()).cloned()).collect();
        names.extend(self.resolver.names());
        names.extend(BUILTIN_NAMES.iter().map(|s| s.to_string()));
        let names = names.iter().map(String::as_str).filter(|n| *n != name && !n.starts_with('$'));
        sugared::nearest(name, names).map(str::to_owned)
    }

    pub(super) fn get_var(&mut self, name: &str, span: Span) -> Result<Value> {
        self.lookup(name, span)?.as_value(self, span)
    }

    /// `del name`
    pub(super) fn remove_var(&mut self, name: &str, span: Span) -> Result<()> {
        let mut found = false;
        for f in &mut self.frames {
            found |= f.sugared.remove(name).is_some() | f.types.remove(name).is_some();
        }
        if found || self.poisoned.contains(name) { Ok(()) } else { self.lookup(name, span).map(drop) }
    }
}

pub(super) const EMPTY_LIST: &str =
    "an empty list is a List[Tensor] unless annotated: `x: List[int] = []` or torch.jit.annotate(List[int], [])";

/// A variable's type where a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refinement {
    pub name: String,
    pub ty: Type,
}

/// What a condition tells about variables, when it holds and when it does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Refinements {
    pub yes: Vec<Refinement>,
    pub no: Vec<Refinement>,
}

impl Refinements {
    pub fn not(self) -> Refinements {
        Refinements { yes: self.no, no: self.yes }
    }
    pub fn and(&self, b: &Refinements) -> Refinements {
        Refinements { yes: either(&self.yes, &b.yes), no: both(&self.no, &b.no) }
    }
    pub fn or(&self, b: &Refinements) -> Refinements {
        Refinements { yes: both(&self.yes, &b.yes), no: either(&self.no, &b.no) }
    }
}

/// All of two sets; a variable that they disagree about is not refined.
fn either(a: &[Refinement], b: &[Refinement]) -> Vec<Refinement> {
    let mut out = a.to_vec();
    for r in b {
        match out.iter().position(|x| x.name == r.name) {
            None => out.push(r.clone()),
            Some(i) if out[i].ty != r.ty => drop(out.remove(i)),
            Some(_) => {}
        }
    }
    out
}

fn both(a: &[Refinement], b: &[Refinement]) -> Vec<Refinement> {
    a.iter().filter(|r| b.contains(r)).cloned().collect()
}

/// Builtin names that hints for misspelt names suggest.
const BUILTIN_NAMES: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "chr",
    "dict",
    "enumerate",
    "float",
    "getattr",
    "hasattr",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "ord",
    "pow",
    "print",
    "range",
    "round",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
];
