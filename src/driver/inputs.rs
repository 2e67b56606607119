//! `--input`: which parameter each is about, and what a function's inputs are known to be.

use crate::diag::{Code, Diagnostic};
use crate::graph::{Export, FunctionId, Program};
use crate::types::{Input, InputValue, TensorFacts, Type};

/// An exported function: its export's name, its method's, and itself.
pub struct Exported<'p> {
    pub export: &'p str,
    /// `None` for plain functions.
    pub method: Option<&'p str>,
    pub function: FunctionId,
}

/// Every exported function, with the methods of modules and classes.
pub fn exported(program: &Program) -> Vec<Exported<'_>> {
    let last = |f: FunctionId| program.function(f).name.rsplit('.').next();
    let mut all = vec![];
    for e in &program.exports {
        match e {
            Export::Function { name, function } => all.push(Exported { export: name, method: None, function: *function }),
            Export::Module { name, methods, .. } => {
                all.extend(methods.iter().map(|f| Exported { export: name, method: last(*f), function: *f }));
            }
            Export::Class { name, class } => {
                let methods = &program.class(*class).methods;
                all.extend(methods.iter().map(|(m, f)| Exported { export: name, method: Some(m), function: *f }));
            }
        }
    }
    all
}

fn takes_tensor(ty: &Type) -> bool {
    match ty {
        Type::Tensor => true,
        Type::Optional(t) => takes_tensor(t),
        _ => false,
    }
}

/// Inputs that name no parameter, or describe a tensor where none is taken.
pub fn check(program: &Program, inputs: &[Input]) -> Vec<Diagnostic> {
    let all = exported(program);
    let mut problems = vec![];
    for input in inputs {
        let mut known = vec![];
        let mut found = false;
        for e in &all {
            let f = program.function(e.function);
            for p in f.signature.params.iter().filter(|p| p.name != "self") {
                let name = match e.method {
                    Some(m) => format!("{}.{m}.{}: {}", e.export, p.name, p.ty.annotation()),
                    None => format!("{}.{}: {}", e.export, p.name, p.ty.annotation()),
                };
                if !input.is_about(e.export, e.method, &p.name) {
                    known.push(name);
                    continue;
                }
                found = true;
                if matches!(input.value, InputValue::Tensor(..)) && !takes_tensor(&p.ty) {
                    let message = format!("`--input {input}`: the parameter is no tensor: {name}");
                    problems.push(Diagnostic::new(Code::Type, f.span, message));
                }
            }
        }
        if !found {
            let d = Diagnostic::new(Code::Name, None, format!("`--input {input}`: nothing exported has this parameter"));
            problems.push(if known.is_empty() { d } else { d.help(format!("there is {}", known.join(", "))) });
        }
    }
    problems
}

/// What the inputs say of a function's parameters, by position (`None` knows nothing), and the names of the symbols in it.
pub fn facts(program: &Program, of: &Exported, inputs: &[Input]) -> (Vec<Option<TensorFacts>>, Vec<String>) {
    let mut symbols = vec![];
    let params = &program.function(of.function).signature.params;
    let facts = params
        .iter()
        .map(|p| {
            let about = inputs.iter().rev().find(|i| p.name != "self" && i.is_about(of.export, of.method, &p.name));
            about.and_then(|i| i.facts(&mut symbols))
        })
        .collect();
    (facts, symbols)
}
