//! Type comments: finding them in the token stream and telling which node each belongs to.

/// A `# type:` comment as found by the lexer.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub lo: u32,
    pub hi: u32,
    /// Byte offset of the type's text.
    pub text_lo: u32,
    /// Whether it stands inside brackets.
    pub bracketed: bool,
    /// Line number, from 0.
    pub line: u32,
}

/// The offset of the type's text within a comment, or `None` for other comments and `# type: ignore`.
pub(super) fn type_text(comment: &str) -> Option<usize> {
    let body = comment.strip_prefix('#')?.trim_start();
    let rest = body.strip_prefix("type:")?;
    let text = rest.trim_start();
    if text.is_empty() {
        return None;
    }
    if let Some(after) = text.strip_prefix("ignore")
        && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    {
        return None;
    }
    Some(comment.len() - text.len())
}

/// Line starts of a text, to ask whether two offsets share a line.
pub(super) struct Lines(Vec<u32>);

impl Lines {
    pub fn new(text: &str) -> Lines {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        Lines(starts)
    }
    /// The line of an offset, from 0.
    pub fn line(&self, offset: u32) -> u32 {
        (self.0.partition_point(|&s| s <= offset).max(1) - 1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::type_text;

    #[test]
    fn recognises_type_comments() {
        assert_eq!(type_text("# type: int"), Some(8));
        assert_eq!(type_text("#type:int"), Some(6));
        assert_eq!(type_text("# type: ignore"), None);
        assert_eq!(type_text("# type: ignore[attr]"), None);
        assert_eq!(type_text("# type: ignored"), Some(8));
        assert_eq!(type_text("# types: int"), None);
    }
}
