//! Spans, the source map and diagnostics as data.
//!
//! A stage that finds something wrong makes a [`Diagnostic`] and hands it back (or adds it to a [`Problems`]); only
//! [`render`] knows how one looks on a terminal.

pub mod render;
mod source;

pub use source::{FileId, LineCol, Origin, SourceFile, SourceMap, Span};

/// What kind of fault a diagnostic reports. The code is stable and printed with the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A file cannot be found or read, or is not text.
    Input,
    /// The text is not Python.
    Syntax,
    /// A name, attribute, field or module that does not exist.
    Name,
    /// A value has another type than its place needs.
    Type,
    /// No overload of an operator or function takes these arguments.
    Overload,
    /// Valid Python that TorchScript does not have.
    Unsupported,
    /// Running the module's top level raised.
    Evaluation,
    /// A weights file does not fit the module.
    Weights,
    /// The output cannot be written or linked.
    Output,
    /// The compiler contradicts itself; always our fault.
    Internal,
}

impl Code {
    /// The word printed in brackets after `error`.
    pub fn word(self) -> &'static str {
        match self {
            Code::Input => "input",
            Code::Syntax => "syntax",
            Code::Name => "name",
            Code::Type => "type",
            Code::Overload => "overload",
            Code::Unsupported => "unsupported",
            Code::Evaluation => "evaluation",
            Code::Weights => "weights",
            Code::Output => "output",
            Code::Internal => "internal",
        }
    }
}

/// One finding: what was found where, what was expected, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    /// Where the caret stands; `None` for faults outside any source (a missing file, a link error).
    pub span: Option<Span>,
    /// One sentence: what is wrong.
    pub message: String,
    /// Further places, each with its own note (`defined here`, `has type int`).
    pub labels: Vec<(Span, String)>,
    /// What to do instead, or facts that help (candidates and why each failed).
    pub help: Vec<String>,
}

impl Diagnostic {
    pub fn new(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, span: span.into(), message: message.into(), labels: Vec::new(), help: Vec::new() }
    }

    /// Adds a note at another place of the source.
    pub fn label(mut self, span: Span, note: impl Into<String>) -> Diagnostic {
        self.labels.push((span, note.into()));
        self
    }

    /// Adds a line that says what to do or what helps.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }
}

/// All diagnostics of one run, sorted by place when reported.
#[derive(Clone, Debug, Default)]
pub struct Problems(Vec<Diagnostic>);

impl Problems {
    pub fn push(&mut self, d: Diagnostic) {
        if !self.0.contains(&d) {
            self.0.push(d);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes back all after the first `n`.
    pub fn take_after(&mut self, n: usize) -> Vec<Diagnostic> {
        self.0.split_off(n.min(self.0.len()))
    }

    /// Diagnostics in source order; those without a place come last.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort_by_key(|d| d.span.map_or((u32::MAX, 0), |s| (s.file.0, s.lo)));
        self.0
    }
}

pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;
