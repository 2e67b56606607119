//! Bytes to text, text to tree.

use std::thread;

use rustpython_parser::{
    Mode, ParseError, ParseErrorType, Tok, ast,
    lexer::{LexicalErrorType, lex_starts_at},
    parse_tokens,
    text_size::TextSize,
};

use super::{
    comments::{Found, Lines, type_text},
    convert::Converter,
    tree::{Expr, Module},
};
use crate::diag::{Code, Diagnostic, FileId, Result, SourceMap, Span};

/// Stack of the parsing thread. Reserved, not used, except for absurdly long chains of operators.
const STACK: usize = 512 << 20;
/// Nested brackets allowed, as in CPython.
const MAX_BRACKETS: usize = 200;
/// Nested indentation allowed, as in CPython.
const MAX_INDENT: usize = 100;

/// Decodes a source file: UTF-8 with or without a byte order mark; an encoding line may name UTF-8, ASCII or Latin-1.
///
/// The error has no span; the caller knows the path.
pub fn decode(bytes: &[u8], path: &str) -> Result<String> {
    let fail = |message: String| Box::new(Diagnostic::new(Code::Input, None, message));
    let (bytes, bom) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let encoding = bytes.split(|b| *b == b'\n').take(2).find_map(encoding_line);
    if bytes.contains(&0) {
        return Err(fail(format!("{path}: source code cannot contain null bytes")));
    }
    match encoding.as_deref() {
        None | Some("utf-8" | "utf8" | "utf-8-sig" | "ascii" | "us-ascii") => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_string()),
            Err(e) => {
                let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
                Err(fail(format!("{path}, line {line}: the file is not UTF-8 text"))
                    .map_help("save it as UTF-8, or declare its encoding in the first line: # -*- coding: latin-1 -*-"))
            }
        },
        Some("latin-1" | "latin1" | "iso-8859-1" | "iso8859-1") if !bom => Ok(bytes.iter().map(|b| *b as char).collect()),
        Some(other) => Err(fail(format!("{path}: unknown encoding: {other}"))),
    }
}

trait MapHelp {
    fn map_help(self, text: &str) -> Self;
}

impl MapHelp for Box<Diagnostic> {
    fn map_help(self, text: &str) -> Self {
        Box::new((*self).help(text))
    }
}

/// The encoding that a comment `# -*- coding: name -*-` declares, lower case.
fn encoding_line(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii_start();
    if !line.starts_with(b"#") {
        return None;
    }
    let at = line.windows(6).position(|w| w == b"coding")? + 6;
    let rest = line[at..].strip_prefix(b":").or_else(|| line[at..].strip_prefix(b"="))?.trim_ascii_start();
    let name: String = rest
        .iter()
        .map(|b| *b as char)
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() })
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Parses a file of the source map.
pub fn parse_module(sources: &SourceMap, file: FileId) -> Result<Module> {
    let Some(source) = sources.get(file) else {
        return Err(Box::new(Diagnostic::new(Code::Internal, None, "parsing a file that was never added")));
    };
    let text = source.text.as_str();
    on_parser_thread(file, || {
        let (parsed, found) = parse(text, Mode::Module, file, 0)?;
        let ast::Mod::Module(module) = parsed else {
            return Err(Box::new(Diagnostic::new(Code::Internal, None, "the parser returned no module")));
        };
        Converter::new(file, text, 0, found).module(&module)
    })
}

/// Parses one expression whose text starts at byte `offset` of `file`: a type comment or an annotation in quotes.
pub fn parse_expression(text: &str, file: FileId, offset: u32) -> Result<Expr> {
    on_parser_thread(file, || expression(text, file, offset))
}

/// As [`parse_expression`], on the calling thread.
pub(super) fn expression(text: &str, file: FileId, offset: u32) -> Result<Expr> {
    let (parsed, _) = parse(text, Mode::Expression, file, offset)?;
    let ast::Mod::Expression(e) = parsed else {
        return Err(Box::new(Diagnostic::new(Code::Internal, None, "the parser returned no expression")));
    };
    Converter::new(file, text, offset, Vec::new()).expr(&e.body)
}

fn on_parser_thread<T: Send>(file: FileId, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let spawned = thread::Builder::new().name("parser".into()).stack_size(STACK).spawn_scoped(scope, work);
        match spawned.map(|t| t.join()) {
            Ok(Ok(result)) => result,
            _ => Err(Box::new(Diagnostic::new(Code::Internal, Span::new(file, 0, 0), "the parser failed on this file"))),
        }
    })
}

fn parse(text: &str, mode: Mode, file: FileId, offset: u32) -> Result<(ast::Mod, Vec<Found>)> {
    if text.len() as u64 + offset as u64 > u32::MAX as u64 / 2 {
        return Err(Box::new(Diagnostic::new(Code::Syntax, Span::new(file, 0, 0), "the file is too large")));
    }
    let lines = Lines::new(text);
    let (mut tokens, mut found) = (Vec::new(), Vec::new());
    let (mut brackets, mut indent) = (0usize, 0usize);
    for token in lex_starts_at(text, mode, TextSize::from(offset)) {
        if let Ok((tok, range)) = &token {
            let (lo, hi) = (u32::from(range.start()), u32::from(range.end()));
            match tok {
                Tok::Comment(comment) => {
                    if let Some(at) = type_text(comment) {
                        let line = lines.line(lo - offset);
                        found.push(Found { lo, hi, text_lo: lo + at as u32, bracketed: brackets > 0, line });
                    }
                    continue;
                }
                Tok::NonLogicalNewline => continue,
                Tok::Lpar | Tok::Lsqb | Tok::Lbrace => brackets += 1,
                Tok::Rpar | Tok::Rsqb | Tok::Rbrace => brackets = brackets.saturating_sub(1),
                Tok::Indent => indent += 1,
                Tok::Dedent => indent = indent.saturating_sub(1),
                _ => {}
            }
            if brackets > MAX_BRACKETS || indent > MAX_INDENT {
                let what = if brackets > MAX_BRACKETS { "too many nested parentheses" } else { "too many levels of indentation" };
                return Err(Box::new(Diagnostic::new(Code::Syntax, Span::new(file, lo, hi), what)));
            }
        }
        // After an error the lexer may repeat it forever.
        let failed = token.is_err();
        tokens.push(token);
        if failed {
            break;
        }
    }
    match parse_tokens(tokens, mode, "") {
        Ok(parsed) => Ok((parsed, found)),
        Err(e) => Err(Box::new(syntax_error(e, text, file, offset))),
    }
}

fn syntax_error(e: ParseError, text: &str, file: FileId, offset: u32) -> Diagnostic {
    let lo = u32::from(e.offset).clamp(offset, offset + text.len() as u32);
    let width = text.get((lo - offset) as usize..).and_then(|t| t.chars().next()).map_or(0, |c| c.len_utf8() as u32);
    let message = match e.error {
        ParseErrorType::Eof => "unexpected end of file".to_string(),
        ParseErrorType::UnrecognizedToken(Tok::Newline, _) => "invalid syntax: the line ends too early".to_string(),
        ParseErrorType::UnrecognizedToken(Tok::Indent, _) => "unexpected indent".to_string(),
        ParseErrorType::UnrecognizedToken(_, Some(expected)) if expected == "Indent" => "expected an indented block".to_string(),
        ParseErrorType::UnrecognizedToken(tok, Some(expected)) => format!("invalid syntax: expected {expected}, found {tok}"),
        ParseErrorType::UnrecognizedToken(tok, None) | ParseErrorType::ExtraToken(tok) => {
            format!("invalid syntax: unexpected {tok}")
        }
        ParseErrorType::InvalidToken => "invalid syntax".to_string(),
        ParseErrorType::Lexical(LexicalErrorType::Eof) => "unexpected end of file".to_string(),
        ParseErrorType::Lexical(l) => l.to_string(),
    };
    Diagnostic::new(Code::Syntax, Span::new(file, lo, lo + width), message)
}
