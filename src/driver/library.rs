//! Operators that are written in TorchScript: their functions join a program before its passes run, or an evaluator that calls one.

use super::host::Host;
use crate::codegen::Jit;
use crate::diag::{Diagnostic, SourceMap};
use crate::eval::{Interp, R};
use crate::graph::Program;
use crate::ops::Operator;
use crate::passes::pipeline;
use crate::script::Compiler;
use std::rc::Rc;
use tsrt::Value;

/// Adds the functions that the program's operators need.
pub fn provide(program: &mut Program, sources: &mut SourceMap) -> Vec<Diagnostic> {
    let mut c = Compiler::default();
    c.cleanup = Some(pipeline::cleanup);
    std::mem::swap(&mut c.program, program);
    std::mem::swap(&mut c.sources, sources);
    c.add_library();
    std::mem::swap(&mut c.program, program);
    std::mem::swap(&mut c.sources, sources);
    c.problems.sorted()
}

impl Host {
    /// Executes an operator of the library for the evaluator; `None` when it is none.
    pub(super) fn call_operator(&self, interp: &Interp, op: &Operator, args: &[Value]) -> R<Option<Vec<Value>>> {
        let Ok(mut c) = self.compiler.try_borrow_mut() else { return Ok(None) };
        c.sources = interp.sources.borrow().clone();
        let found = c.add_operator(op);
        *interp.sources.borrow_mut() = c.sources.clone();
        let f = match found {
            Ok(Some(f)) => f,
            Ok(None) => return Ok(None),
            Err(d) => return interp.raise_diagnostic(*d),
        };
        let known = self.library.borrow().get(&f).cloned();
        let jit = match known {
            Some(jit) => jit,
            None => {
                let jit = Rc::new(super::run::compiled(interp, Jit::compile(&c.program, &c.sources, &[f], &[]))?);
                self.library.borrow_mut().insert(f, jit.clone());
                jit
            }
        };
        match jit.call(f, args) {
            Ok(values) => Ok(Some(match (&values[..], op.schema.returns.len()) {
                ([tuple], 2..) => tuple.as_tuple().map_or(values.clone(), |t| t.items().to_vec()),
                (_, 0) => vec![],
                _ => values,
            })),
            Err(e) => interp.raise(&e.exception, e.message),
        }
    }
}
