//! Types of parameters from `example_inputs`: the examples run as Python, and the calls that they make say what each function gets.

use crate::diag::Span;
use crate::eval::{Args, Function, Interp, Obj, R, Scripted};
use crate::script::Compiler;
use crate::script::resolve::Front;
use crate::types::Type;
use std::rc::Rc;

/// Calls of the program's functions, with their positional arguments.
pub type Calls = Vec<(Rc<Function>, Vec<Obj>)>;

/// Runs the example inputs of a handle.
pub fn run(interp: &Interp, handle: &Scripted) -> R<Calls> {
    let examples = match handle.example_inputs.unwrapped() {
        Obj::None => return Ok(vec![]),
        list @ Obj::List(_) => vec![(handle.target.clone(), list)],
        Obj::Dict(d) => d.items(),
        _ => {
            return interp.value_error("example_inputs must be a list of tuples, or a dict from modules to lists of tuples");
        }
    };
    let before = interp.calls.replace(Some(vec![]));
    let done = run_all(interp, examples);
    let calls = interp.calls.replace(before).unwrap_or_default();
    match done {
        // The calls up to there are known.
        Err(e) if !interp.is_exception(&e, "NotImplementedError") => Err(e),
        _ => Ok(calls),
    }
}

fn run_all(interp: &Interp, examples: Vec<(Obj, Obj)>) -> R<()> {
    for (target, calls) in examples {
        for args in interp.collect(&calls)? {
            interp.call(&target, Args::new(interp.collect(&args)?))?;
        }
    }
    Ok(())
}

/// Notes the types of the arguments of calls.
pub fn note(front: &Rc<Front>, c: &mut Compiler, calls: &Calls, span: Span) {
    let mut functions: Vec<&Rc<Function>> = vec![];
    for (f, _) in calls {
        if !functions.iter().any(|g| g.qualname == f.qualname) {
            functions.push(f);
        }
    }
    for f in functions {
        let names: Vec<String> = f.code.params().positional().map(|p| p.name.to_string()).collect();
        let values =
            |i: usize| calls.iter().filter(|(g, _)| g.qualname == f.qualname).filter_map(move |(_, values)| values.get(i));
        let types = names.into_iter().enumerate().filter(|(_, name)| name != "self");
        let types = types.filter_map(|(i, name)| Some((name, common(front, c, values(i), span)?))).collect();
        front.note_example(&f.qualname.borrow(), types);
    }
}

/// The type that holds all of some values; None where they tell nothing.
fn common<'a>(front: &Rc<Front>, c: &mut Compiler, values: impl Iterator<Item = &'a Obj>, span: Span) -> Option<Type> {
    let mut seen: Vec<Type> = vec![];
    for value in values {
        let ty = match front.container_type(c, value, span) {
            Ok(Ok(t)) => t,
            // An empty list says nothing of its elements.
            _ if matches!(value.unwrapped(), Obj::List(_)) => Type::list(Type::Any),
            _ => continue,
        };
        if !seen.contains(&ty) {
            seen.push(ty);
        }
    }
    match seen.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [Type::None, other] | [other, Type::None] => Some(Type::optional(other.clone())),
        _ => Some(Type::Any),
    }
}
