//! The weights of an artifact as an object file of their own: read-only sections, bytes that never went through LLVM. They are written
//! one after the other, so that what stands in memory does not grow with them.

use crate::diag::{Code, Diagnostic, Result};
use object::write::StreamingBuffer;
use object::write::elf::{FileHeader, SectionHeader, SectionIndex, Sym, Writer};
use object::{Endianness, elf};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Alignment of every piece in bytes.
const ALIGN: u64 = 64;

/// Pieces share a section up to this size; linkers read whole sections into memory.
const SECTION: u64 = 1 << 20;

/// A symbol and the bytes behind it.
pub struct Piece<'a> {
    pub symbol: String,
    pub size: u64,
    /// Writes `size` bytes.
    pub write: Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>,
}

/// Sections as lists of pieces, each with its offset in the section, and the section's size.
fn sections(pieces: &[Piece]) -> Vec<(Vec<(usize, u64)>, u64)> {
    let mut all: Vec<(Vec<(usize, u64)>, u64)> = vec![];
    for (i, p) in pieces.iter().enumerate() {
        match all.last_mut().filter(|(_, size)| size.saturating_add(p.size) <= SECTION) {
            Some((members, size)) => {
                let at = size.next_multiple_of(ALIGN);
                members.push((i, at));
                *size = at + p.size;
            }
            None => all.push((vec![(i, 0)], p.size)),
        }
    }
    all
}

/// `SHF_X86_64_LARGE`: linkers put the section behind everything that code reaches by short distances.
const LARGE: elf::SectionFlags = elf::SectionFlags(0x1000_0000);

/// Passes bytes on to the writer of an object file.
struct Body<'w, 'a>(&'w mut Writer<'a>);

impl Write for Body<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes an object file for the target `triple` with these pieces. `far` ones may lie farther from the code than 2 GB.
pub fn write(path: &Path, pieces: &[Piece], far: bool, triple: &str) -> Result<()> {
    let fail = |why: String| {
        Box::new(Diagnostic::new(Code::Output, None, format!("cannot write the weights to `{}`: {why}", path.display())))
    };
    let machine = match triple.split('-').next() {
        Some("x86_64") => elf::EM_X86_64,
        Some("aarch64") => elf::EM_AARCH64,
        _ => return Err(fail(format!("the target {triple} is not supported"))),
    };
    let file = File::create(path).map_err(|e| fail(e.to_string()))?;
    let mut buffer = StreamingBuffer::new(BufWriter::with_capacity(1 << 20, file));
    write_elf(&mut buffer, pieces, far, machine).map_err(fail)?;
    buffer.flush().map_err(|e| fail(e.to_string()))
}

fn write_elf(
    buffer: &mut StreamingBuffer<BufWriter<File>>,
    pieces: &[Piece],
    far: bool,
    machine: elf::Machine,
) -> std::result::Result<(), String> {
    let sections = sections(pieces);
    let large = far && machine == elf::EM_X86_64;
    let (name, flags) = match large {
        true => (&b".lrodata.tsaot"[..], elf::SHF_ALLOC | LARGE),
        false => (&b".rodata.tsaot"[..], elf::SHF_ALLOC),
    };
    let mut w = Writer::new(Endianness::Little, true, buffer);
    // Where everything lies.
    w.reserve_file_header();
    let section_name = w.add_section_name(name);
    // Says that the stack need not be executable.
    let stack_name = w.add_section_name(b".note.GNU-stack");
    let offsets: Vec<u64> = sections.iter().map(|(_, size)| w.reserve(*size, ALIGN)).collect();
    let indices: Vec<SectionIndex> = sections.iter().map(|_| w.reserve_section_index()).collect();
    w.reserve_section_index();
    let mut symbols = vec![];
    for ((members, _), index) in sections.iter().zip(&indices) {
        for (i, at) in members {
            symbols.push((w.add_string(pieces[*i].symbol.as_bytes()), *index, *at, pieces[*i].size));
            w.reserve_symbol_index(Some(*index));
        }
    }
    w.reserve_symtab_section_index();
    if w.symtab_shndx_needed() {
        w.reserve_symtab_shndx_section_index();
    }
    w.reserve_strtab_section_index();
    w.reserve_shstrtab_section_index();
    w.reserve_symtab();
    w.reserve_symtab_shndx();
    w.reserve_strtab().map_err(|e| e.to_string())?;
    w.reserve_shstrtab().map_err(|e| e.to_string())?;
    w.reserve_section_headers();
    // The same once more.
    w.write_file_header(&FileHeader {
        os_abi: elf::ELFOSABI_NONE,
        abi_version: 0,
        e_type: elf::ET_REL,
        e_machine: machine,
        e_entry: 0,
        e_flags: elf::FileFlags(0),
    })
    .map_err(|e| e.to_string())?;
    for ((members, _), offset) in sections.iter().zip(&offsets) {
        for (i, at) in members {
            w.pad_until(offset + at);
            (pieces[*i].write)(&mut Body(&mut w)).map_err(|e| e.to_string())?;
            if w.len() != offset + at + pieces[*i].size {
                return Err(format!("`{}` has another size than it says", pieces[*i].symbol));
            }
        }
    }
    w.write_null_symbol();
    for (name, section, at, size) in &symbols {
        w.write_symbol(&Sym {
            section: Some(section.0),
            st_name: w.string_offset(Some(*name)),
            st_info: elf::SymbolInfo::new(elf::STB_GLOBAL, elf::STT_OBJECT),
            st_other: elf::SymbolOther(elf::STV_HIDDEN.0),
            st_shndx: elf::SymbolSection(0),
            st_value: *at,
            st_size: *size,
        });
    }
    w.write_symtab_shndx();
    w.write_strtab();
    w.write_shstrtab();
    w.write_null_section_header();
    let header = |name: u32, flags, offset: u64, size: u64, align: u64| SectionHeader {
        sh_name: name,
        sh_type: elf::SHT_PROGBITS,
        sh_flags: flags,
        sh_addr: 0,
        sh_offset: offset,
        sh_size: size,
        sh_link: 0,
        sh_info: 0,
        sh_addralign: align,
        sh_entsize: 0,
    };
    for ((_, size), offset) in sections.iter().zip(&offsets) {
        w.write_section_header(&header(w.section_name_offset(Some(section_name)), flags, *offset, *size, ALIGN));
    }
    w.write_section_header(&header(w.section_name_offset(Some(stack_name)), elf::SectionFlags(0), 0, 0, 1));
    w.write_symtab_section_header(1);
    w.write_symtab_shndx_section_header();
    w.write_strtab_section_header();
    w.write_shstrtab_section_header();
    Ok(())
}
