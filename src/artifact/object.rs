//! The weights of an artifact as an object file of their own: one read-only section, one symbol, bytes that never went through LLVM.

use crate::diag::{Code, Diagnostic, Result};
use object::write::{Object, StandardSection, StreamingBuffer, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Alignment of the section in bytes.
const ALIGN: u64 = 64;

/// Writes an object file whose symbol `name` is `size` bytes long and holds `pieces`, offset and bytes each, ordered by offset; gaps are zero.
/// `triple` is the target's.
pub fn write<'a>(path: &Path, name: &str, size: u64, pieces: impl Iterator<Item = (u64, &'a [u8])>, triple: &str) -> Result<()> {
    let fail = |why: String| {
        Box::new(Diagnostic::new(Code::Output, None, format!("cannot write the weights to `{}`: {why}", path.display())))
    };
    let architecture = match triple.split('-').next() {
        Some("x86_64") => Architecture::X86_64,
        Some("aarch64") => Architecture::Aarch64,
        _ => return Err(fail(format!("the target {triple} is not supported"))),
    };
    let mut data: Vec<u8> = Vec::new();
    let total = usize::try_from(size).map_err(|e| fail(e.to_string()))?;
    data.try_reserve_exact(total).map_err(|e| fail(e.to_string()))?;
    for (offset, bytes) in pieces {
        data.resize(offset as usize, 0);
        data.extend_from_slice(bytes);
    }
    data.resize(total, 0);
    let mut o = Object::new(BinaryFormat::Elf, architecture, Endianness::Little);
    let section = o.section_id(StandardSection::ReadOnlyData);
    o.set_section_data(section, data, ALIGN);
    o.add_symbol(Symbol {
        name: name.as_bytes().to_vec(),
        value: 0,
        size,
        kind: SymbolKind::Data,
        scope: SymbolScope::Linkage,
        weak: false,
        section: SymbolSection::Section(section),
        flags: SymbolFlags::None,
    });
    // Says that the stack need not be executable.
    o.add_section(vec![], b".note.GNU-stack".to_vec(), object::SectionKind::Other);
    let file = File::create(path).map_err(|e| fail(e.to_string()))?;
    let mut buffer = StreamingBuffer::new(BufWriter::new(file));
    o.emit(&mut buffer).map_err(|e| fail(e.to_string()))?;
    buffer.result().map_err(|e| fail(e.to_string()))
}
