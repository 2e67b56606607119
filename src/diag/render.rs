//! Diagnostics drawn for a terminal or a log, by annotate-snippets.

use super::{Diagnostic, SourceMap, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// Draws one diagnostic: message, source lines with carets, labels and help. `color` for a terminal.
pub fn render(d: &Diagnostic, sources: &SourceMap, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let title = Level::ERROR.primary_title(d.message.as_str()).id(d.code.word());
    let mut files: Vec<crate::diag::FileId> = Vec::new();
    let marks: Vec<(Span, &str, bool)> =
        d.span.iter().map(|s| (*s, "", true)).chain(d.labels.iter().map(|(s, t)| (*s, t.as_str(), false))).collect();
    let marks: Vec<(Span, &str, bool)> = marks.into_iter().map(|(s, note, primary)| (sources.origin(s), note, primary)).collect();
    for (s, _, _) in &marks {
        if !files.contains(&s.file) {
            files.push(s.file);
        }
    }
    let paths: Vec<(String, std::sync::Arc<super::SourceFile>)> =
        files.iter().filter_map(|f| sources.get(*f).map(|s| (s.path.display().to_string(), s.clone()))).collect();
    let mut group = Group::with_title(title);
    for (id, (path, file)) in files.iter().filter(|f| sources.get(**f).is_some()).zip(&paths) {
        let mut snippet = Snippet::source(file.text.as_str()).path(path.as_str()).line_start(file.skipped as usize + 1);
        for (span, note, primary) in marks.iter().filter(|m| m.0.file == *id) {
            let end = file.text.len();
            let (lo, hi) = ((span.lo as usize).min(end), (span.hi as usize).min(end));
            let kind = if *primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            snippet = snippet.annotation(kind.span(lo..hi.max(lo)).label((!note.is_empty()).then_some(*note)));
        }
        group = group.element(snippet);
    }
    for h in &d.help {
        group = group.element(Level::HELP.message(h.as_str()));
    }
    renderer.render(&[group]).to_string()
}
