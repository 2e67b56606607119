//! `torch.jit.trace` and `trace_module`: runs the function or module on its example inputs and makes functions of what it did.

use super::Host;
use crate::eval::api;
use crate::eval::trace::Trace;
use crate::eval::{Interp, Obj, R, Scripted, ScriptedKind};
use crate::script::resolve::{Front, Handle};
use crate::syntax::Name;
use std::rc::Rc;

/// Names of the parameters that positional arguments fill.
fn parameters(function: &Obj, skip_self: bool) -> Vec<Name> {
    match api::function(function) {
        Some(f) => f.code.params().positional().skip(usize::from(skip_self)).map(|p| p.name.clone()).collect(),
        None => vec![],
    }
}

/// The example inputs as positional arguments.
fn arguments(interp: &Interp, handle: &Scripted, inputs: &Obj, names: &[Name]) -> R<Vec<Obj>> {
    let by_name = handle.options.iter().find(|(k, v)| &**k == "example_kwarg_inputs" && !v.is_none()).map(|(_, v)| v.unwrapped());
    if let Some(Obj::Dict(d)) = by_name {
        let mut out = vec![];
        for name in names {
            match d.get_str(name) {
                Some(v) => out.push(v),
                None => break,
            }
        }
        if out.len() != d.len() {
            return interp.raise("RuntimeError", "example_kwarg_inputs must name the first parameters of the traced function");
        }
        return Ok(out);
    }
    Ok(match inputs {
        Obj::Tuple(t) => t.to_vec(),
        Obj::None => vec![],
        one @ (Obj::Tensor(_) | Obj::Dict(_)) => vec![one.clone()],
        other => interp.collect(other)?,
    })
}

impl Host {
    /// Traces what a handle stands for.
    pub(super) fn trace(&self, interp: &Interp, front: &Rc<Front>, handle: &Scripted) -> R<Handle> {
        let busy = || interp.raise("RuntimeError", "torch.jit.trace cannot be called while something is being compiled");
        let report = |d: Box<crate::diag::Diagnostic>| interp.raise_diagnostic(*d);
        if handle.kind != ScriptedKind::Module {
            let names = parameters(&handle.target, matches!(handle.target, Obj::Bound(_)));
            let args = arguments(interp, handle, &handle.example_inputs, &names)?;
            let trace = interp.trace(&handle.target, None, &names, args)?;
            let (module, name) = match api::function(&handle.target) {
                Some(f) => (f.scope.module.to_string(), f.name.borrow().to_string()),
                None => (String::new(), interp.type_name(&handle.target)),
            };
            let Ok(mut c) = self.compiler_mut() else { return busy() };
            return match front.traced_function(&mut c, &module, &name, &trace, handle.span) {
                Ok(f) => Ok(Handle::Function(f)),
                Err(d) => {
                    drop(c);
                    report(d)
                }
            };
        }
        let wanted: Vec<(String, Obj)> = match &handle.example_inputs {
            Obj::Dict(d) if handle.options.iter().any(|(k, _)| &**k == "by_method") => {
                d.str_items().into_iter().map(|(n, v)| (n.to_string(), v)).collect()
            }
            inputs => vec![("forward".to_owned(), inputs.clone())],
        };
        let mut traces: Vec<(String, Trace)> = vec![];
        for (method, inputs) in wanted {
            // A call of the module itself runs its hooks, too.
            let function = interp.getattr(&handle.target, &method)?;
            let names = parameters(&function, true);
            let args = arguments(interp, handle, &inputs, &names)?;
            let called = if method == "forward" { handle.target.clone() } else { function };
            traces.push((method, interp.trace(&called, Some(&handle.target), &names, args)?));
        }
        let Some(view) = interp.module_view(&handle.target) else { return interp.type_error("a traced module that is none") };
        let Ok(mut c) = self.compiler_mut() else { return busy() };
        let made = front.traced_module(&mut c, &view, handle.span).and_then(|(module, object)| {
            for (method, trace) in &traces {
                front.traced_method(&mut c, &module, method, trace, handle.span)?;
            }
            Ok(Handle::Module { module, object })
        });
        match made {
            Ok(h) => Ok(h),
            Err(d) => {
                drop(c);
                report(d)
            }
        }
    }
}
