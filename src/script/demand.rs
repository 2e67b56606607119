//! Compiling declared functions on demand.
//!
//! A caller needs its callee's signature, and results without annotation are only known once the body is compiled: so a call compiles its callee
//! first. A callee that is being compiled already is a recursion, which TorchScript does not have.

use super::{Body, Compiler, State};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{ClassId, FunctionId};

/// The label of the call, in another file, that a function is compiled for.
const CALLED: &str = "called here";

impl Compiler {
    /// Declares a function whose body is compiled when a call needs it, or by [`Compiler::finish`].
    pub fn declare_later(&mut self, name: &str, class: Option<ClassId>, span: Option<Span>, body: Body) -> FunctionId {
        let id = self.declare(name, class, span);
        self.later(id, body);
        id
    }

    /// Gives a declared function its body, to be compiled when a call needs it.
    pub fn later(&mut self, f: FunctionId, body: Body) {
        self.pending.insert(f, body);
    }

    /// Makes sure that a function is compiled. Fails when it is being compiled (a recursion), and with the first problem of its body when it is
    /// poisoned: reporting that again changes nothing, as [`crate::diag::Problems`] holds no diagnostic twice.
    pub fn require(&mut self, f: FunctionId, span: Span) -> Result<()> {
        if let Some(body) = self.pending.remove(&f) {
            self.callers.push(span);
            self.compile_body(f, body);
            self.callers.pop();
        } else if self.state(f) == State::Compiling {
            let name = self.program.function(f).name.rsplit('.').next().unwrap_or("").to_owned();
            let kind = if self.program.function(f).class.is_some() { "method" } else { "function" };
            let d = Diagnostic::new(
                Code::Unsupported,
                span,
                format!("{kind} '{name}' is called recursively: recursive calls are not supported"),
            );
            return Err(Box::new(d.help("write the recursion as a loop")));
        }
        if !self.program.function(f).poisoned {
            return Ok(());
        }
        Err(self.failures.get(&f).map_or_else(super::emitter::reported, |d| Box::new(d.clone())))
    }

    /// Compiles what the program can do without: when it fails, the problems on the way are no problems, and the first one is the reason.
    pub fn attempt<T>(&mut self, compile: impl FnOnce(&mut Compiler) -> Result<T>) -> Result<T> {
        let before = self.problems.len();
        compile(self).map_err(|d| {
            let first = self.problems.take_after(before).into_iter().next();
            first.filter(|_| d.message.is_empty()).map_or(d, Box::new)
        })
    }

    /// Notes why a function is poisoned, and reports it.
    pub fn fail(&mut self, f: FunctionId, mut d: Box<Diagnostic>) {
        if let Some(at) = d.span
            && !d.labels.iter().any(|l| l.1 == CALLED)
            && let Some(caller) = self.callers.iter().rev().find(|c| c.file != at.file)
        {
            d.labels.push((*caller, CALLED.to_owned()));
        }
        self.failures.entry(f).or_insert_with(|| (*d).clone());
        if let Some(function) = self.program.functions.get_mut(f.0 as usize) {
            function.poisoned = true;
        }
        self.report(d);
    }

    /// Compiles what is still pending; those functions' problems are reported.
    pub fn finish(&mut self) {
        while let Some(f) = self.pending.keys().min().copied() {
            if let Some(body) = self.pending.remove(&f) {
                self.compile_body(f, body);
            }
        }
    }
}
