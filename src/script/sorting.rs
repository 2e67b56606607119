//! `list.sort()` and `sorted()` of tuples and script classes: functions made for the type of the elements.
//!
//! The algorithm stands in `src/library/aten/sorting.py`. Its parameters have no annotations: what their names mean is known here. The
//! comparison `_less` is text, too: tuples compare by their first elements that differ, script classes by `__lt__`.

use super::library::{Defs, parse_defs};
use super::{Body, Code as Source, Compiler, Emitter, Resolver, State, Sugared};
use crate::diag::{Result, Span};
use crate::graph::FunctionId;
use crate::types::Type;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

const TEXT: &str = include_str!("../library/aten/sorting.py");

impl Compiler {
    /// Compiles the `__lt__` of the script classes in a type: sorting calls it, which no code says.
    pub(super) fn require_comparisons(&mut self, ty: &Type, span: Span) -> Result<()> {
        match ty {
            Type::List(t) | Type::Optional(t) => self.require_comparisons(t, span),
            Type::Tuple(t) => t.elems.iter().try_for_each(|e| self.require_comparisons(e, span)),
            Type::Class(k) => match self.program.class_of(k).method("__lt__") {
                Some(f) if self.state(f) == State::Declared => self.require(f, span),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The function that executes `aten::sort.any` or `aten::sorted.any` for lists of that element type.
    pub(super) fn sorting_function(&mut self, operator: &str, key: String, elem: &Type) -> Result<FunctionId> {
        if let Some(f) = self.program.library.get(&key) {
            return Ok(*f);
        }
        let mut defs = parse_defs(self, "sorting", TEXT)?;
        let name = if operator.starts_with("aten::sorted") { "sorted" } else { "sort" };
        if let Some(why) = unsortable(self, elem) {
            let text = format!("def {name}({}):\n    if len(items) > 0:\n        raise RuntimeError({why:?})\n", params(name));
            let result = if name == "sorted" { "    return items[:]\n" } else { "" };
            defs.extend(parse_defs(self, &key, &(text + result))?);
        } else {
            defs.extend(parse_defs(self, &key, &comparison(elem))?);
        }
        let names = Rc::new(Names { defs, elem: elem.clone(), made: RefCell::default() });
        let f = self.declare(&key, None, None);
        names.made.borrow_mut().insert(name.to_owned(), f);
        self.program.library.insert(key, f);
        if let Some(body) = body(&names, name) {
            self.compile_body(f, body);
        }
        Ok(f)
    }
}

fn params(name: &str) -> &'static str {
    if name == "sorted" { "items" } else { "items, reverse" }
}

/// The definitions for one element type, and those that were compiled.
struct Names {
    defs: Defs,
    elem: Type,
    made: RefCell<HashMap<String, FunctionId>>,
}

fn body(names: &Rc<Names>, name: &str) -> Option<Body> {
    let def = names.defs.get(name)?.clone();
    let types = def.params.iter().map(|p| {
        let ty = match &*p.name {
            "items" => Type::list(names.elem.clone()),
            "reverse" => Type::Bool,
            "a" | "b" | "value" => names.elem.clone(),
            _ => Type::Int,
        };
        (p.name.to_string(), ty)
    });
    let types = types.collect();
    Some(Body { code: Source::Def(def), resolver: Rc::new(names.clone()), defaults: vec![], types, this: None })
}

impl Resolver for Rc<Names> {
    fn value(&self, em: &mut Emitter, name: &str, _: Span) -> Result<Option<Sugared>> {
        let known = self.made.borrow().get(name).copied();
        if let Some(f) = known {
            return Ok(Some(Sugared::Function(vec![f])));
        }
        if let Some(body) = body(self, name) {
            let f = em.compiler.declare_later(&format!("aten::{name}.helper"), None, None, body);
            self.made.borrow_mut().insert(name.to_owned(), f);
            return Ok(Some(Sugared::Function(vec![f])));
        }
        Ok((name == "RuntimeError").then(|| Sugared::Exception("builtins.RuntimeError".into())))
    }

    fn type_named(&self, _: &mut Compiler, _: &str, _: Span) -> Result<Option<Type>> {
        Ok(None)
    }

    fn names(&self) -> Vec<String> {
        self.defs.keys().cloned().collect()
    }
}

/// What PyTorch raises for lists that it cannot sort.
fn unsortable(c: &Compiler, elem: &Type) -> Option<String> {
    match elem {
        Type::Class(k) => {
            let name = &k.name;
            (!has_less(c, elem)).then(|| {
                format!(
                    "To sort a list of {name} it must define a __lt__ method with two inputs of type {name} that returns a bool"
                )
            })
        }
        Type::Tuple(_) => (!comparable(c, elem)).then(|| {
            format!(
                "Contained elements in {elem} are not sortable. Only Int, Bool, Float, String, Tensor, a User Defined Class with \
                 __lt__ method defined or Tuples of aforementioned types can be sorted."
            )
        }),
        _ => Some(format!(
            "Only list of Tensors, ints, floats, bools, strs, a User Defined Class that defines the __lt__ compare method or Tuples \
             of aforementioned types can be sorted, got list of {}\n",
            elem.annotation()
        )),
    }
}

fn has_less(c: &Compiler, ty: &Type) -> bool {
    let Type::Class(k) = ty else { return false };
    let Some(f) = c.program.class_of(k).method("__lt__") else { return false };
    let s = &c.program.function(f).signature;
    matches!(&s.params[..], [_, other] if other.ty == *ty) && s.returns == [Type::Bool]
}

fn comparable(c: &Compiler, ty: &Type) -> bool {
    match ty {
        Type::Int | Type::Float | Type::Bool | Type::Str | Type::Tensor => true,
        Type::Optional(t) => comparable(c, t),
        Type::Tuple(t) => t.elems.iter().all(|e| comparable(c, e)),
        Type::Class(_) => has_less(c, ty),
        _ => false,
    }
}

/// The text of `_less` for elements of that type.
fn comparison(elem: &Type) -> String {
    let (mut head, mut text) = ("def _less(a, b):\n".to_owned(), String::new());
    compare(elem, "a", "b", &mut head, &mut text);
    head + &text + "    return False\n"
}

/// Returns from `_less` where `a` and `b` differ; `head` is what comes before all comparisons.
fn compare(ty: &Type, a: &str, b: &str, head: &mut String, text: &mut String) {
    let less = |a: &str, b: &str| match ty {
        Type::Bool => format!("not {a} and {b}"),
        Type::Tensor => format!("bool({a} < {b})"),
        Type::Class(_) => format!("{a} is not {b} and {a} < {b}"),
        _ => format!("{a} < {b}"),
    };
    match ty {
        Type::Tuple(t) => {
            for (i, e) in t.elems.iter().enumerate() {
                compare(e, &format!("{a}[{i}]"), &format!("{b}[{i}]"), head, text);
            }
        }
        Type::Optional(t) => {
            let name = |v: &str| v.replace(['[', ']'], "_");
            let (x, y) = (name(a), name(b));
            *head += &format!("    {x} = {a}\n    {y} = {b}\n    if {x} is None or {y} is None:\n");
            *head += "        raise RuntimeError(\"Only values of same type can be compared. Found NoneType\")\n";
            compare(t, &x, &y, head, text);
        }
        _ => *text += &format!("    if {}:\n        return True\n    if {}:\n        return False\n", less(a, b), less(b, a)),
    }
}
