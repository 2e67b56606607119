//! TorchScript archives: the code, the constants and the module that `torch.jit.save` wrote.

use super::container::{self, Bytes, Container, Result};
use super::debug::{self, Record};
use super::pickle::{self, Pickle};
use super::tensors::{self, Source, Tensors};
use std::path::Path;
use std::sync::Arc;

/// The newest operator version that PyTorch writes.
pub const NEWEST: u32 = 10;
/// The oldest whose files are laid out as today, of PyTorch 1.4.
pub const OLDEST: u32 = 1;

/// One file of code.
pub struct CodeFile {
    /// What it defines starts with this: `__torch__.torch.nn` for `code/__torch__/torch/nn.py`.
    pub qualifier: String,
    pub text: String,
    /// Where its text came from, by rising offset.
    pub origins: Vec<Record>,
}

/// An archive, read but not yet understood.
pub struct Archive {
    container: Container,
    /// Operators of the code mean what they meant in this version.
    pub version: u32,
    pub code: Vec<CodeFile>,
    data: Pickle,
    constants: Pickle,
}

/// Names that archives' pickles hold beside those of tensors.
fn knows(module: &str, name: &str) -> bool {
    module == "__torch__" || module.starts_with("__torch__.") || module == "torch.jit._pickle" || tensors::knows(module, name)
}

/// Whether a file is an archive rather than a state dict or anything else.
pub fn is_archive(container: &Container) -> bool {
    container.has("constants.pkl") || container.names().iter().any(|n| n.starts_with("code/"))
}

impl Archive {
    pub fn open(path: &Path) -> Result<Archive> {
        Archive::read(container::map(path)?)
    }

    pub fn read(bytes: Arc<Bytes>) -> Result<Archive> {
        let container = Container::open(bytes)?;
        if container.has("model.json") {
            return Err("it was written by a PyTorch before 1.4: load and save it once with a newer one".into());
        }
        if !is_archive(&container) {
            return Err("it holds no code: it is a state dict, not a program that torch.jit.save wrote".into());
        }
        let version = [("version"), (".data/version")].iter().find(|n| container.has(n)).ok_or("it says no version")?;
        let version = container.text(version)?;
        let version: u32 = version.trim().parse().map_err(|_| format!("its version {:?} is no number", version.trim()))?;
        if version > NEWEST {
            return Err(format!("its version {version} is newer than {NEWEST}, the newest that is known"));
        }
        if version < OLDEST {
            return Err(format!("its version {version} is older than {OLDEST}, the oldest that is known"));
        }
        if container.has("byteorder") && container.text("byteorder")?.trim() == "big" {
            return Err("its numbers are big endian, which is not supported".into());
        }
        let mut code = vec![];
        for name in container.names() {
            let Some(qualifier) = name.strip_prefix("code/").and_then(|n| n.strip_suffix(".py")) else { continue };
            let records = format!("{name}.debug_pkl");
            let origins = if container.has(&records) { debug::read(&container.read(&records)?)? } else { vec![] };
            code.push(CodeFile { qualifier: qualifier.replace('/', "."), text: container.text(name)?, origins });
        }
        let data = pickle::read(&container.read("data.pkl")?, &knows)?.0;
        let constants = pickle::read(&container.read("constants.pkl")?, &knows)?.0;
        Ok(Archive { container, version, code, data, constants })
    }

    /// The module.
    pub fn data(&self) -> Tensors<'_> {
        let folder = if self.container.names().iter().any(|n| n.starts_with("data/")) { "data" } else { "tensors" };
        Tensors::new(&self.data, Source::Entries(&self.container, folder))
    }

    /// The tuple of the code's constants.
    pub fn constants(&self) -> Tensors<'_> {
        Tensors::new(&self.constants, Source::Entries(&self.container, "constants"))
    }

    /// Files that whoever saved it added (`_extra_files`).
    pub fn extra_files(&self) -> Vec<(&str, Result<std::borrow::Cow<'_, [u8]>>)> {
        let names = self.container.names().iter();
        names.filter_map(|n| Some((n.strip_prefix("extra/")?, self.container.read(n)))).collect()
    }
}
