//! A state dict put into a module's live tensors, as `load_state_dict(strict=True)` does.

use super::checkpoint::StateDict;
use crate::diag::{Code, Diagnostic};
use crate::graph::program::LiveTensor;
use crate::graph::{Const, Export, ObjectId, Program};
use std::collections::HashMap;
use std::path::Path;

/// Copies every tensor of `state` into the parameter or buffer of that name. With one exported module the names are the module's
/// own; with several each begins with the export's name. Missing, unexpected and misshapen names are all reported.
pub fn apply(program: &Program, state: &StateDict, path: &Path) -> Vec<Diagnostic> {
    let modules: Vec<(&str, ObjectId)> = program
        .exports
        .iter()
        .filter_map(|e| match e {
            Export::Module { name, object, .. } => Some((name.as_str(), *object)),
            _ => None,
        })
        .collect();
    if modules.is_empty() {
        let message = format!("the source exports no module that the weights `{}` could go into", path.display());
        return vec![
            Diagnostic::new(Code::Weights, None, message)
                .help("bind a scripted module at top level: `m = torch.jit.script(MyModule())`"),
        ];
    }
    let mut slots = Vec::new();
    for (name, object) in &modules {
        let prefix = if modules.len() > 1 { format!("{name}.") } else { String::new() };
        collect(program, *object, &prefix, &mut Vec::new(), &mut slots);
    }
    let given: HashMap<&str, &LiveTensor> = state.iter().map(|(n, t)| (n.as_str(), t)).collect();
    let known: HashMap<&str, &LiveTensor> = slots.iter().map(|(n, t)| (n.as_str(), t)).collect();
    let mut problems = Vec::new();
    let mut report = |message: String, help: &str| problems.push(Diagnostic::new(Code::Weights, None, message).help(help));
    let list = |names: Vec<&str>| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let missing: Vec<&str> = slots.iter().map(|(n, _)| n.as_str()).filter(|n| !given.contains_key(n)).collect();
    if !missing.is_empty() {
        report(
            format!("`{}` lacks {}", path.display(), list(missing)),
            "every parameter and persistent buffer of the module needs a tensor of its name",
        );
    }
    let unexpected: Vec<&str> = state.iter().map(|(n, _)| n.as_str()).filter(|n| !known.contains_key(n)).collect();
    if !unexpected.is_empty() {
        report(format!("`{}` has {}, which the module does not have", path.display(), list(unexpected)), "remove or rename them");
    }
    for (name, slot) in &slots {
        let Some(t) = given.get(name.as_str()) else { continue };
        if t.sizes() != slot.sizes() {
            report(
                format!("`{name}` has shape {:?} in `{}` and {:?} in the module", t.sizes(), path.display(), slot.sizes()),
                "the weights belong to a module built with other arguments",
            );
        } else if let Err(e) = slot.copy_from(t) {
            report(format!("`{name}` of `{}` does not fit the module: {e}", path.display()), "");
        }
    }
    problems
}

/// Parameters and buffers under `object`, by their dotted names.
fn collect(program: &Program, object: ObjectId, prefix: &str, above: &mut Vec<ObjectId>, out: &mut Vec<(String, LiveTensor)>) {
    if above.contains(&object) {
        return;
    }
    above.push(object);
    let o = program.object(object);
    for (attribute, value) in program.class(o.class).attributes.iter().zip(&o.slots) {
        let name = format!("{prefix}{}", attribute.name);
        match value {
            Const::Tensor(t) if attribute.is_parameter || attribute.is_buffer => out.push((name, t.clone())),
            Const::Object(child) => collect(program, *child, &format!("{name}."), above, out),
            _ => {}
        }
    }
    above.pop();
}
