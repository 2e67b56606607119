//! Python exceptions on their way up.

use crate::{
    diag::{Code, Diagnostic, Span},
    syntax::Name,
};

use super::{interp::Interp, object::Obj};

/// A raised exception and where it was raised, outermost call first.
#[derive(Clone)]
pub struct Raise {
    pub exc: Obj,
    pub trace: Vec<TraceEntry>,
}

#[derive(Clone, Debug)]
pub struct TraceEntry {
    pub span: Span,
    pub function: Name,
}

pub type R<T> = Result<T, Box<Raise>>;

impl Interp {
    /// Wraps an exception object with the current stack.
    pub fn raise_obj(&self, exc: Obj) -> Box<Raise> {
        Box::new(Raise { exc, trace: self.stack() })
    }

    /// An exception of a builtin class with one message.
    pub fn error(&self, class: &str, message: impl AsRef<str>) -> Box<Raise> {
        let exc = self.make_exception(class, vec![Obj::str(message)]);
        self.raise_obj(exc)
    }

    pub fn raise<T>(&self, class: &str, message: impl AsRef<str>) -> R<T> {
        Err(self.error(class, message))
    }

    pub fn type_error<T>(&self, message: impl AsRef<str>) -> R<T> {
        self.raise("TypeError", message)
    }

    pub fn value_error<T>(&self, message: impl AsRef<str>) -> R<T> {
        self.raise("ValueError", message)
    }

    /// Whether the exception is an instance of the builtin class `name`.
    pub fn is_exception(&self, raise: &Raise, name: &str) -> bool {
        let class = self.type_of(&raise.exc);
        class.mro().iter().any(|c| &**c.name.borrow() == name && &*c.module == "builtins")
    }

    /// `Type: message`, as the last line of a Python traceback.
    pub fn describe(&self, raise: &Raise) -> String {
        let class = self.type_of(&raise.exc);
        let name = class.qualified();
        let text = self.to_str(&raise.exc).unwrap_or_else(|_| "<exception str() failed>".into());
        if text.is_empty() { name } else { format!("{name}: {text}") }
    }

    /// The exception as a diagnostic at the innermost place in the user's files, with the calls that led there as labels.
    pub fn diagnose(&self, raise: &Raise) -> Diagnostic {
        let user: Vec<&TraceEntry> = raise.trace.iter().filter(|t| !self.is_library(t.span.file)).collect();
        let place = user.last().or_else(|| raise.trace.last().as_ref().map(|t| t).map(|_| &user[0]).filter(|_| !user.is_empty()));
        let code = if self.is_exception(raise, "SyntaxError") { Code::Syntax } else { Code::Evaluation };
        if let Some(d) = self.take_diagnostic(&raise.exc) {
            return d;
        }
        let mut d = Diagnostic::new(code, place.map(|t| t.span), self.describe(raise));
        for t in user.iter().rev().skip(1).take(8) {
            d = d.label(t.span, format!("called from here, in {}", t.function));
        }
        d
    }

    /// The text of Python's traceback.
    pub fn traceback(&self, raise: &Raise) -> String {
        let mut out = String::from("Traceback (most recent call last):\n");
        let sources = self.sources.borrow();
        for t in &raise.trace {
            let Some(file) = sources.get(t.span.file) else { continue };
            let at = file.line_col(t.span.lo);
            out += &format!("  File \"{}\", line {}, in {}\n", file.path.display(), at.line, t.function);
            let line = file.line(at.line).trim();
            if !line.is_empty() {
                out += &format!("    {line}\n");
            }
        }
        drop(sources);
        out + &self.describe(raise) + "\n"
    }
}
