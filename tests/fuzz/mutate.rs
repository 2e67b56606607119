//! Mutants.

use super::corpus::Case;

/// Steele, Lea and Flood's generator of 64-bit numbers (SplitMix).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// Below `n`, which is more than 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len())) }
    }
}

/// Numbers at the borders of what fields hold.
const EDGES: [u64; 12] =
    [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 62, i64::MAX as u64, u64::MAX];

/// Instructions of pickles.
const PICKLE: &[u8] = b"(.012NIJKMLFGUVXT]})tleasudqrpgjhcRbQP\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x94\x95";

/// Bytes changed, taken away, repeated, moved, or from another case.
pub fn bytes(r: &mut Random, corpus: &[Case], of: &Case) -> Vec<u8> {
    let mut b = of.1.clone();
    for _ in 0..1 + r.below(6) {
        let n = b.len();
        if n == 0 {
            break;
        }
        let (at, size) = (r.below(n), 1 << r.below(8));
        let len = 1 + r.below(size);
        let to = (at + len).min(n);
        match r.below(9) {
            0 => b[at] ^= 1 << r.below(8),
            1 => b[at] = r.next() as u8,
            2 => drop(b.drain(at..to)),
            3 => {
                let part = b[at..to].to_vec();
                let times = 1 + r.below(4);
                b.splice(at..at, part.repeat(times));
            }
            4 => {
                let edge = EDGES[r.below(EDGES.len())].to_le_bytes();
                let width = [1, 2, 4, 8][r.below(4)].min(n - at);
                b[at..at + width].copy_from_slice(&edge[..width]);
            }
            5 => b.truncate(at),
            6 => {
                let part = b[at..to].to_vec();
                let there = r.below(n);
                b.splice(there..there, part);
            }
            7 => {
                if let Some((_, other)) = r.pick(corpus) {
                    let from = r.below(other.len());
                    let part = other[from..(from + len).min(other.len())].to_vec();
                    b.splice(at..to, part);
                }
            }
            _ => {
                b[at] = PICKLE[r.below(PICKLE.len())];
            }
        }
    }
    b
}

/// Words, numbers, strings, single other characters, and spaces.
fn tokens(text: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    let kind = |c: char| match c {
        ' ' => 1,
        '\n' => 0,
        c if c.is_alphanumeric() || c == '_' || c == '.' => 2,
        _ => 0,
    };
    for c in text.chars() {
        match out.last_mut() {
            Some(last) if kind(c) > 0 && last.chars().next_back().map(kind) == Some(kind(c)) => last.push(c),
            _ => out.push(c.to_string()),
        }
    }
    out
}

/// Words that programs of the corpus may lack.
const WORDS: [&str; 64] = [
    "None",
    "True",
    "0",
    "-1",
    "1.5",
    "9223372036854775807",
    "1e999",
    "2j",
    "\"\"",
    "b\"a\"",
    "[]",
    "{}",
    "()",
    "...",
    "self",
    "x",
    "torch",
    "torch.jit.script",
    "Optional[int]",
    "List[Tensor]",
    "Dict[str, int]",
    "Tuple[int, str]",
    "Any",
    "Union[int, str]",
    "torch.Tensor",
    "if ",
    "for ",
    "while ",
    "return ",
    "yield ",
    "break",
    "continue",
    "pass",
    "del ",
    "assert ",
    "raise ",
    "with ",
    "lambda: ",
    "not ",
    " in ",
    " is ",
    "*",
    "**",
    "@",
    ":=",
    "->",
    "=",
    "==",
    ",",
    ":",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "f\"{x}\"",
    "#",
    "\\",
    "global x",
    "class ",
    "def ",
    "import ",
    "async ",
];

/// Tokens or lines of a program changed, taken away, repeated, moved, or from another one.
pub fn program(r: &mut Random, corpus: &[Case], of: &Case) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(&of.1).into_owned();
    for _ in 0..1 + r.below(4) {
        text = match r.below(10) {
            0..=5 => change_tokens(r, corpus, &text),
            6..=8 => change_lines(r, corpus, &text),
            _ => {
                return bytes(r, corpus, &(String::new(), text.into_bytes()));
            }
        };
    }
    text.into_bytes()
}

fn change_tokens(r: &mut Random, corpus: &[Case], text: &str) -> String {
    let mut t = tokens(text);
    if t.is_empty() {
        return String::new();
    }
    let at = r.below(t.len());
    match r.below(8) {
        0 => drop(t.remove(at)),
        1 => t[at] = WORDS[r.below(WORDS.len())].into(),
        2 => t.insert(at, WORDS[r.below(WORDS.len())].into()),
        3 => t[at] = t[r.below(t.len())].clone(),
        4 => {
            let there = r.below(t.len());
            t.swap(at, there);
        }
        5 => {
            let n = 1 << r.below(12);
            t[at] = t[at].repeat(n);
        }
        6 => {
            let (open, close) =
                [("(", ")"), ("[", "]"), ("-", ""), ("not ", ""), ("(", ",)"), ("f(", ")"), ("{0:", "}")][r.below(7)];
            let n = 1 << r.below(10);
            t[at] = format!("{}{}{}", open.repeat(n), t[at], close.repeat(n));
        }
        _ => {
            if let Some((_, other)) = r.pick(corpus) {
                let other = tokens(&String::from_utf8_lossy(other));
                if let Some(token) = r.pick(&other) {
                    t[at] = token.clone();
                }
            }
        }
    }
    t.concat()
}

fn change_lines(r: &mut Random, corpus: &[Case], text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let at = r.below(lines.len());
    let foreign;
    match r.below(5) {
        0 => drop(lines.remove(at)),
        1 => {
            let line = lines[r.below(lines.len())];
            lines.insert(at, line);
        }
        2 => {
            let there = r.below(lines.len());
            lines.swap(at, there);
        }
        3 => {
            let indent = lines[at].len() - lines[at].trim_start().len();
            let other = r.pick(corpus).map_or(String::new(), |c| String::from_utf8_lossy(&c.1).into_owned());
            let theirs: Vec<&str> = other.lines().collect();
            foreign = format!("{}{}", " ".repeat(indent), r.pick(&theirs).map_or("", |l| l.trim_start()));
            lines.insert(at, &foreign);
            return lines.join("\n") + "\n";
        }
        _ => {
            let there = r.below(lines.len());
            let line = lines.remove(at);
            lines.insert(there.min(lines.len()), line);
        }
    }
    lines.join("\n") + "\n"
}
