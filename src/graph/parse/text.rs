//! The characters of a graph text: white space and comments are skipped everywhere.

use super::{ParseError, Result};
use std::collections::HashSet;

pub(super) struct Text<'a> {
    all: &'a str,
    at: usize,
}

impl<'a> Text<'a> {
    pub fn new(all: &'a str) -> Text<'a> {
        Text { all, at: 0 }
    }

    pub fn rest(&self) -> &'a str {
        &self.all[self.at..]
    }

    pub fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Skips white space and `# …` to the line's end.
    pub fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.rest_of_line();
        }
    }

    pub fn rest_of_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    pub fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub fn at(&mut self, text: &str) -> bool {
        self.skip();
        self.rest().starts_with(text)
    }

    pub fn eat(&mut self, text: &str) -> bool {
        let found = self.at(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub fn expect(&mut self, text: &str) -> Result<()> {
        if self.eat(text) { Ok(()) } else { Err(self.error(format!("expected `{text}`"))) }
    }

    /// An error at the next character.
    pub fn error(&self, message: impl Into<String>) -> ParseError {
        let next: String = self.rest().chars().take_while(|c| *c != '\n').take(20).collect();
        let line = self.all[..self.at].matches('\n').count() + 1;
        ParseError { line, message: format!("{} at `{next}`", message.into()) }
    }

    /// Characters as long as they fit; empty when none does.
    pub fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        self.skip();
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn some(&mut self, what: &str, fits: impl Fn(char) -> bool) -> Result<String> {
        let taken = self.take(fits);
        if taken.is_empty() { Err(self.error(format!("expected {what}"))) } else { Ok(taken.to_owned()) }
    }

    pub fn word(&mut self) -> Result<String> {
        self.some("a name", |c| c.is_alphanumeric() || c == '_')
    }

    /// A qualified name: `__torch__.M`.
    pub fn path(&mut self) -> Result<String> {
        self.some("a qualified name", |c| c.is_alphanumeric() || c == '_' || c == '.')
    }

    /// `aten::add`
    pub fn operator(&mut self) -> Result<String> {
        self.some("an operator", |c| c.is_alphanumeric() || c == '_' || c == ':')
    }

    /// The name after `%`.
    pub fn value_name(&mut self) -> Result<String> {
        self.expect("%")?;
        self.path()
    }

    /// Every `%123` in the text from here on.
    pub fn numbers(&self) -> HashSet<u32> {
        let name = |s: &'a str| &s[..s.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(s.len())];
        self.rest().split('%').skip(1).filter_map(|s| name(s).parse().ok()).collect()
    }

    /// A double-quoted string with its escapes.
    pub fn quoted(&mut self) -> Result<String> {
        self.expect("\"")?;
        let mut bytes = vec![];
        let mut chars = self.rest().bytes().enumerate();
        while let Some((i, b)) = chars.next() {
            match b {
                b'"' => {
                    self.at += i + 1;
                    return String::from_utf8(bytes).map_err(|_| self.error("the string is not UTF-8"));
                }
                b'\\' => match chars.next().map(|c| c.1) {
                    Some(b'n') => bytes.push(b'\n'),
                    Some(b't') => bytes.push(b'\t'),
                    Some(b'r') => bytes.push(b'\r'),
                    Some(b'a') => bytes.push(7),
                    Some(b'b') => bytes.push(8),
                    Some(b'v') => bytes.push(11),
                    Some(b'f') => bytes.push(12),
                    Some(d @ b'/'..=b'7') => {
                        let mut octal = d as i32 - 48;
                        for _ in 0..2 {
                            octal = octal * 8 + chars.next().map_or(0, |c| c.1 as i32 - 48);
                        }
                        bytes.push(octal as u8);
                    }
                    Some(other) => bytes.push(other),
                    None => break,
                },
                other => bytes.push(other),
            }
        }
        Err(self.error("the string does not end"))
    }
}
