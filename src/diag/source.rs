//! Source files and positions in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of the [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub lo: u32,
    pub hi: u32,
}

impl Span {
    pub fn new(file: FileId, lo: u32, hi: u32) -> Span {
        Span { file, lo, hi }
    }

    /// The smallest span that covers both; spans of different files give the first.
    pub fn to(self, end: Span) -> Span {
        if self.file != end.file {
            return self;
        }
        Span { file: self.file, lo: self.lo.min(end.lo), hi: self.hi.max(end.hi) }
    }
}

/// A position for people: `line` from 1, `col` from 0 and counted in characters, as Python's own positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineCol {
    pub line: u32,
    pub col: u32,
}

/// From this offset of a file on, its text was made from another place; `None` when from nowhere.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub offset: u32,
    pub span: Option<Span>,
}

/// One source text and the byte offsets of its lines.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub path: PathBuf,
    pub text: String,
    /// Lines of the file before the text, when it is a part of one.
    pub skipped: u32,
    line_starts: Vec<u32>,
    /// Where generated text came from, by rising offset.
    origins: Vec<Origin>,
}

impl SourceFile {
    fn new(path: PathBuf, text: String, skipped: u32) -> SourceFile {
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        SourceFile { path, text, skipped, line_starts, origins: vec![] }
    }

    /// The position of a byte offset; offsets past the end give the end.
    pub fn line_col(&self, offset: u32) -> LineCol {
        let offset = (offset as usize).min(self.text.len());
        let line = self.line_starts.partition_point(|&s| s as usize <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let col = self.text.get(start..offset).map_or(0, |s| s.chars().count());
        LineCol { line: self.skipped.saturating_add(line as u32), col: col as u32 }
    }

    /// The text of a line without its end; empty when there is none.
    pub fn line(&self, line: u32) -> &str {
        let Some(&start) = self.line_starts.get((line.wrapping_sub(self.skipped) as usize).wrapping_sub(1)) else { return "" };
        let rest = &self.text[start as usize..];
        rest.split('\n').next().unwrap_or("").trim_end_matches('\r')
    }
}

/// All sources of one run. Cloning shares the files.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    pub fn add(&mut self, path: impl AsRef<Path>, text: String) -> FileId {
        self.add_part(path, text, 0)
    }

    /// Adds a part of a file that begins behind `skipped` lines.
    pub fn add_part(&mut self, path: impl AsRef<Path>, text: String, skipped: u32) -> FileId {
        self.files.push(Arc::new(SourceFile::new(path.as_ref().to_path_buf(), text, skipped)));
        FileId(self.files.len() as u32 - 1)
    }

    /// Says where the text of a generated file came from, by rising offset.
    pub fn set_origins(&mut self, file: FileId, origins: Vec<Origin>) {
        if let Some(f) = self.files.get_mut(file.0 as usize) {
            Arc::make_mut(f).origins = origins;
        }
    }

    /// The place that people wrote: of a span in generated text that from which it was made, any other itself.
    pub fn origin(&self, span: Span) -> Span {
        let Some(file) = self.get(span.file) else { return span };
        let next = file.origins.partition_point(|o| o.offset <= span.lo);
        next.checked_sub(1).and_then(|i| file.origins[i].span).unwrap_or(span)
    }

    pub fn get(&self, id: FileId) -> Option<&Arc<SourceFile>> {
        self.files.get(id.0 as usize)
    }

    /// The text a span covers; empty for a span that does not fit its file.
    pub fn text(&self, span: Span) -> &str {
        self.files.get(span.file.0 as usize).and_then(|f| f.text.get(span.lo as usize..span.hi as usize)).unwrap_or("")
    }

    pub fn line_col(&self, span: Span) -> LineCol {
        self.get(span.file).map_or(LineCol { line: 0, col: 0 }, |f| f.line_col(span.lo))
    }
}
