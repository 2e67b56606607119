//! Types of parameters from `example_inputs` and from the inputs of a trace.

use crate::diag::{Code, Diagnostic, Result};
use crate::eval::api;
use crate::eval::{Obj, Scripted, ScriptedKind};
use crate::script::Compiler;
use crate::script::resolve::Front;
use crate::types::Type;
use std::rc::Rc;

/// Notes the types that a handle's example inputs give to parameters without annotation.
pub fn note(front: &Rc<Front>, c: &mut Compiler, handle: &Scripted) -> Result<()> {
    let interp = &front.interp;
    let wrong = || {
        let d = Diagnostic::new(
            Code::Type,
            handle.span,
            "example_inputs must be a list of tuples, or a dict from modules to lists of tuples",
        );
        Err(Box::new(d.help("for example example_inputs=[(3, 4)], or example_inputs={model: [(x,)]}")))
    };
    let collect = |o: &Obj| interp.collect(o).map_err(|e| Box::new(interp.diagnose(&e)));
    if handle.traced {
        let inputs = match handle.example_inputs.unwrapped() {
            Obj::None => return Ok(()),
            Obj::Tuple(t) => t.to_vec(),
            Obj::List(l) => l.items.borrow().clone(),
            one => vec![one],
        };
        return note_calls(front, c, &handle.target, &[inputs], handle);
    }
    match handle.example_inputs.unwrapped() {
        Obj::None => Ok(()),
        Obj::List(l) => {
            let mut calls = vec![];
            for example in l.items.borrow().iter() {
                match example.unwrapped() {
                    Obj::Tuple(_) | Obj::List(_) => calls.push(collect(example)?),
                    _ => return wrong(),
                }
            }
            note_calls(front, c, &handle.target, &calls, handle)
        }
        Obj::Dict(d) => {
            for (target, examples) in d.items() {
                let mut calls = vec![];
                for example in collect(&examples)? {
                    calls.push(collect(&example)?);
                }
                note_calls(front, c, &target, &calls, handle)?;
            }
            Ok(())
        }
        _ => wrong(),
    }
}

/// Notes the types of the arguments of some calls of a function or module.
fn note_calls(front: &Rc<Front>, c: &mut Compiler, target: &Obj, calls: &[Vec<Obj>], handle: &Scripted) -> Result<()> {
    let view = front.interp.module_view(target);
    let function = match (&view, handle.kind) {
        (Some(view), _) => view.method("forward"),
        (None, ScriptedKind::Function | ScriptedKind::Module) => api::function(target),
        _ => None,
    };
    let Some(f) = function else { return Ok(()) };
    let skip = usize::from(view.is_some() || matches!(target, Obj::Bound(_)));
    let names: Vec<String> = f.code.params().positional().skip(skip).map(|p| p.name.to_string()).collect();
    let mut types = vec![];
    for (i, name) in names.into_iter().enumerate() {
        let mut seen: Vec<Type> = vec![];
        for call in calls {
            let Some(value) = call.get(i) else { continue };
            let ty = match front.container_type(c, value, handle.span)? {
                Ok(t) => t,
                // An empty list says nothing of its elements.
                Err(_) if matches!(value.unwrapped(), Obj::List(_)) => Type::list(Type::Any),
                Err(_) => continue,
            };
            if !seen.contains(&ty) {
                seen.push(ty);
            }
        }
        let ty = match seen.as_slice() {
            [] => continue,
            [one] => one.clone(),
            [Type::None, other] | [other, Type::None] => Type::optional(other.clone()),
            _ => Type::Any,
        };
        types.push((name, ty));
    }
    front.note_example(&f.qualname.borrow(), types);
    Ok(())
}
