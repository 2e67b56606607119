//! Values written as text: JSON, and Python's literals where they differ (`None`, `True`, `(1, 2)`, `'text'`, `1+2j`).

use crate::error::Result;
use alloc::string::String;
use alloc::vec::Vec;

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    Str(String),
    List(Vec<Literal>),
    Tuple(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

/// Containers nested deeper are refused.
const MAX_DEPTH: usize = 64;

/// Reads one value that fills the whole text.
pub fn parse(text: &str) -> Result<Literal> {
    let mut p = Parser { text, at: 0 };
    let v = p.value(0)?;
    p.space();
    check!(p.at == text.len(), Value, "unexpected text at character {}: {}", p.at + 1, p.rest(20));
    Ok(v)
}

/// Reads a value at the start of the text and gives the number of bytes it took.
pub fn parse_prefix(text: &str) -> Result<(Literal, usize)> {
    let mut p = Parser { text, at: 0 };
    let v = p.value(0)?;
    Ok((v, p.at))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// What stands here, for messages.
    fn rest(&self, n: usize) -> String {
        let rest: String = self.text.get(self.at..).unwrap_or("").chars().take(n).collect();
        if rest.is_empty() { String::from("the end of the text") } else { alloc::format!("'{rest}'") }
    }

    fn eat(&mut self, c: u8) -> bool {
        self.space();
        let is = self.peek() == c;
        self.at += is as usize;
        is
    }

    fn want(&mut self, c: u8) -> Result<()> {
        check!(self.eat(c), Value, "expected '{}' at character {}, found {}", c as char, self.at + 1, self.rest(20));
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Literal> {
        check!(depth < MAX_DEPTH, Value, "the value is nested too deeply");
        self.space();
        match self.peek() {
            b'[' => {
                self.at += 1;
                self.items(b']', depth).map(|(items, _)| Literal::List(items))
            }
            b'(' => {
                self.at += 1;
                let (mut items, comma) = self.items(b')', depth)?;
                // A value in parentheses is no tuple.
                Ok(match (items.len(), comma) {
                    (1, false) => items.remove(0),
                    _ => Literal::Tuple(items),
                })
            }
            b'{' => {
                self.at += 1;
                let mut pairs = Vec::new();
                while !self.eat(b'}') {
                    let key = self.value(depth + 1)?;
                    self.want(b':')?;
                    let value = self.value(depth + 1)?;
                    pairs.push((key, value));
                    if !self.eat(b',') {
                        self.want(b'}')?;
                        break;
                    }
                }
                Ok(Literal::Dict(pairs))
            }
            q @ (b'"' | b'\'') => {
                self.at += 1;
                self.string(q).map(Literal::Str)
            }
            _ => self.word(),
        }
    }

    fn items(&mut self, close: u8, depth: usize) -> Result<(Vec<Literal>, bool)> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.eat(close) {
            items.push(self.value(depth + 1)?);
            comma = self.eat(b',');
            if !comma {
                self.want(close)?;
                break;
            }
        }
        Ok((items, comma))
    }

    fn string(&mut self, quote: u8) -> Result<String> {
        let mut out = String::new();
        loop {
            let Some(c) = self.text.get(self.at..).and_then(|s| s.chars().next()) else { bail!(Value, "a string is not closed") };
            self.at += c.len_utf8();
            match c {
                c if c as u32 == quote as u32 => return Ok(out),
                '\\' => out.push(self.escape()?),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let c = self.peek();
        check!(c.is_ascii() && c != 0, Value, "a backslash at the end of a string");
        self.at += 1;
        Ok(match c {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'0' => '\0',
            b'x' => self.code(2)?,
            b'u' => {
                let high = self.number(4)?;
                // JSON writes characters beyond 16 bits as a pair of surrogates.
                if (0xd800..0xdc00).contains(&high) && self.text.get(self.at..).is_some_and(|s| s.starts_with("\\u")) {
                    self.at += 2;
                    let low = self.number(4)?;
                    check!((0xdc00..0xe000).contains(&low), Value, "half of a surrogate pair in a string");
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).unwrap_or('\u{fffd}')
                } else {
                    char::from_u32(high).unwrap_or('\u{fffd}')
                }
            }
            b'U' => self.code(8)?,
            c @ (b'"' | b'\'' | b'\\' | b'/') => c as char,
            c => bail!(Value, "the escape '\\{}' is not known", c as char),
        })
    }

    fn number(&mut self, digits: usize) -> Result<u32> {
        let hex = self.text.get(self.at..self.at + digits).and_then(|s| u32::from_str_radix(s, 16).ok());
        self.at += digits;
        hex.ok_or_else(|| err!(Value, "an escape needs {digits} hexadecimal digits"))
    }

    fn code(&mut self, digits: usize) -> Result<char> {
        let n = self.number(digits)?;
        char::from_u32(n).ok_or_else(|| err!(Value, "{n:#x} is no character"))
    }

    fn word(&mut self) -> Result<Literal> {
        let start = self.at;
        while matches!(self.peek(), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'+' | b'-') {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        Ok(match word {
            "null" | "None" => Literal::None,
            "true" | "True" => Literal::Bool(true),
            "false" | "False" => Literal::Bool(false),
            "NaN" | "nan" => Literal::Float(f64::NAN),
            "Infinity" | "inf" | "+inf" => Literal::Float(f64::INFINITY),
            "-Infinity" | "-inf" => Literal::Float(f64::NEG_INFINITY),
            _ => {
                self.at = start;
                match number(word) {
                    Some(n) => {
                        self.at += word.len();
                        n
                    }
                    None => bail!(Value, "expected a value at character {}, found {}", start + 1, self.rest(20)),
                }
            }
        })
    }
}

/// An int, float or complex number.
fn number(word: &str) -> Option<Literal> {
    let is_numeric = word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if !is_numeric || word.contains("inf") || word.contains("nan") {
        return None;
    }
    if let Ok(i) = word.parse::<i64>() {
        return Some(Literal::Int(i));
    }
    if let Some(body) = word.strip_suffix('j') {
        // The sign between both parts is the last one that belongs to no exponent.
        let bytes = body.as_bytes();
        let split = (1..bytes.len()).rev().find(|&i| matches!(bytes[i], b'+' | b'-') && !matches!(bytes[i - 1], b'e' | b'E'));
        let (re, im) = split.map_or(("0", body), |i| body.split_at(i));
        return Some(Literal::Complex(re.parse().ok()?, im.parse().ok()?));
    }
    word.parse::<f64>().ok().map(Literal::Float)
}

/// The text as a JSON string.
pub fn quote(text: &str, out: &mut String) {
    use core::fmt::Write;
    out.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            c if (c as u32) < 0x20 => write!(out, "\\u{:04x}", c as u32),
            c => out.write_char(c),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use Literal::*;

    #[test]
    fn json_and_python_literals_are_read() {
        for (text, want) in [
            ("3", Int(3)),
            ("-1.5e3", Float(-1500.0)),
            ("1+2j", Complex(1.0, 2.0)),
            ("-1e-3j", Complex(0.0, -1e-3)),
            ("null", None),
            ("True", Bool(true)),
            (" [1, 2.0, \"a\"] ", List(alloc::vec![Int(1), Float(2.0), Str("a".into())])),
            ("(1,)", Tuple(alloc::vec![Int(1)])),
            ("(1)", Int(1)),
            (
                "{'a': [], \"b\": {}}",
                Dict(alloc::vec![(Str("a".into()), List(alloc::vec![])), (Str("b".into()), Dict(alloc::vec![]))]),
            ),
            ("\"\\u00e9\\ud83d\\ude00\\n\"", Str("é😀\n".into())),
        ] {
            assert_eq!(parse(text).map_err(|e| e.message()), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, why) in [
            ("", "expected a value at character 1, found the end of the text"),
            ("[1, 2", "expected ']' at character 6, found the end of the text"),
            ("{\"a\" 1}", "expected ':' at character 6, found '1}'"),
            ("1 2", "unexpected text at character 3: '2'"),
            ("\"abc", "a string is not closed"),
            ("abc", "expected a value at character 1, found 'abc'"),
            ("\"\\u12\"", "an escape needs 4 hexadecimal digits"),
        ] {
            assert_eq!(parse(text).map_err(|e| e.message()), Err(why.into()), "{text}");
        }
        let deep: String = core::iter::repeat_n('[', 100_000).collect();
        assert_eq!(parse(&deep).map_err(|e| e.message()), Err("the value is nested too deeply".into()));
    }
}
