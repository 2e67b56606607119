//! Archives and checkpoints: programs that load them print what PyTorch prints (recorded by tests/archives/make.py), and damaged or
//! malicious files are refused with an error.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tsaot::archive::container::{Bytes, Container};
use tsaot::archive::program::Archive;
use tsaot::archive::saved::{Saved, state_dict};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives")
}

fn prints_as_recorded(program: &str) {
    let expected = std::fs::read_to_string(folder().join(format!("{program}.out"))).expect("the recording");
    let run = Command::new(env!("CARGO_BIN_EXE_tsaot"))
        .args(["run", &format!("{program}.py")])
        .current_dir(folder())
        .output()
        .expect("tsaot starts");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{program}: {}\n{errors}", run.status);
    assert_eq!(String::from_utf8_lossy(&run.stdout), expected, "{program}: {errors}");
}

#[test]
fn dialect() {
    prints_as_recorded("dialect");
}

#[test]
fn kinds() {
    prints_as_recorded("kinds");
}

#[test]
fn storages() {
    prints_as_recorded("storages");
}

#[test]
fn stateful() {
    prints_as_recorded("stateful");
}

#[test]
fn built_archives_see_what_they_write() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    // The sum of 0 to 5, 10 more for each of the first three and 1 more for the others; then a tensor that grows twice.
    for (name, expected) in [("shared", "tensor(48)\n"), ("grows", "tensor([13.7500])\n")] {
        let program = scratch.path().join(name);
        let mut build = Command::new(env!("CARGO_BIN_EXE_tsaot"));
        let built = build
            .current_dir(folder())
            .args(["build", &format!("{name}.pt"), "-o"])
            .arg(&program)
            .output()
            .expect("tsaot starts");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let run = Command::new(&program).arg("forward").output().expect("the program starts");
        assert_eq!(String::from_utf8_lossy(&run.stdout), expected, "{}", String::from_utf8_lossy(&run.stderr));
    }
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("a fixture")
}

fn owned(bytes: Vec<u8>) -> Arc<Bytes> {
    Arc::new(Bytes::Owned(bytes))
}

#[test]
fn extra_files_are_readable() {
    let archive = Archive::read(owned(bytes("dialect.pt"))).expect("an archive");
    let extra: Vec<(String, Vec<u8>)> =
        archive.extra_files().into_iter().map(|(n, b)| (n.to_owned(), b.expect("its bytes").into_owned())).collect();
    assert_eq!(extra, [("note.txt".to_owned(), b"made by make.py".to_vec())]);
    let show = |what: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tsaot"));
        let out = command.current_dir(folder()).args(["show", "dialect.pt", what]).output().expect("tsaot starts");
        String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned()
    };
    assert_eq!(show("--extra"), "       15  note.txt\n");
    assert_eq!(show("--extra=note.txt"), "made by make.py");
    let refused = show("--extra=other.txt");
    assert!(refused.starts_with("error[name]: `dialect.pt` holds no extra file `other.txt`"), "{refused}");
    assert!(refused.contains("15  note.txt"), "{refused}");
}

#[test]
fn both_formats_of_state_dicts_share_storages() {
    for name in ["saved.pth", "stacked.pth"] {
        let saved = Saved::read(owned(bytes(name))).expect(name);
        let tensors = saved.tensors();
        let entries = tensors.pickle.entries(tensors.pickle.root).expect("a dict").to_vec();
        let tensor = |i: usize| tensors.tensor(entries[i].1).expect("no error").expect("a tensor");
        let (a, b) = (tensor(0), tensor(1));
        assert_eq!((a.sizes(), a.strides()), (&[3, 2][..], &[1, 3][..]), "{name}");
        assert_eq!(a.storage().data(), b.storage().data(), "{name}");
        let why = state_dict(&saved).expect_err("more than tensors");
        assert!(why.contains("`more`"), "{why}");
    }
}

/// Builds what a file holds as far as that goes; panics would end the test.
fn try_all(bytes: Vec<u8>, path: &Path) {
    std::fs::write(path, &bytes).expect("a scratch file");
    tsaot::driver::on_large_stack(|| {
        if let Ok(saved) = Saved::read(owned(bytes)) {
            let tensors = saved.tensors();
            for (_, v) in tensors.pickle.entries(tensors.pickle.root).unwrap_or_default() {
                let _ = tensors.tensor(*v);
            }
        }
        let e = tsaot::driver::evaluate(path);
        assert!(!e.program.exports.is_empty() || !e.diagnostics.is_empty());
    })
    .expect("no panic");
}

#[test]
fn truncated_files_are_refused() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("cut.pt");
    for name in ["function.pt", "saved.pth", "stacked.pth"] {
        let whole = bytes(name);
        for n in (0..whole.len()).step_by(whole.len() / 40) {
            let cut = whole[..n].to_vec();
            assert!(Archive::read(owned(cut.clone())).is_err(), "{name} {n}");
            let state = Saved::read(owned(cut.clone())).and_then(|s| state_dict(&s));
            assert!(state.is_err(), "{name} {n}");
            try_all(cut, &path);
        }
    }
}

#[test]
fn changed_bytes_never_panic() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("changed.pt");
    let mut random: u64 = 1;
    let mut next = |n: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % n
    };
    for name in ["function.pt", "old.pt", "storages.pt", "saved.pth", "stacked.pth"] {
        let whole = bytes(name);
        for _ in 0..60 {
            let mut b = whole.clone();
            for _ in 0..1 + next(4) {
                let at = next(b.len());
                b[at] = next(256) as u8;
            }
            try_all(b, &path);
        }
    }
}

/// A zip archive of these entries.
fn zipped(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(vec![]));
    for (name, data) in entries {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("an entry");
        zip.write_all(data).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

fn archive(data: &[u8], code: &str) -> Vec<u8> {
    let entries: [(&str, &[u8]); 4] = [
        ("m/data.pkl", data),
        ("m/code/__torch__.py", code.as_bytes()),
        ("m/constants.pkl", b"\x80\x02)."),
        ("m/version", b"3\n"),
    ];
    zipped(&entries, CompressionMethod::Stored)
}

/// What building this archive says.
fn refused(bytes: Vec<u8>) -> String {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("m.pt");
    std::fs::write(&path, bytes).expect("a scratch file");
    let said = tsaot::driver::on_large_stack(|| {
        tsaot::driver::evaluate(&path).diagnostics.iter().map(|d| d.message.clone()).collect::<Vec<_>>()
    });
    let said = said.expect("no panic");
    assert!(!said.is_empty());
    said.join("\n")
}

const MODULE: &[u8] = b"\x80\x02c__torch__\nM\n)\x81}(X\x01\x00\x00\x00aK\x01ub.";
const CODE: &str = "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  a : int\n  def forward(self: __torch__.M) -> int:\n    return self.a\n";

#[test]
fn archives_made_by_hand_are_read() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("m.pt");
    std::fs::write(&path, archive(MODULE, CODE)).expect("a scratch file");
    let said = tsaot::driver::on_large_stack(|| tsaot::driver::evaluate(&path).diagnostics).expect("no panic");
    assert!(said.is_empty(), "{said:?}");
}

/// An archive whose module restores its attribute `a` with these statements from the state 1.
fn restoring(statements: &str) -> Vec<u8> {
    let method =
        format!("  def __setstate__(self: __torch__.M, s: int) -> NoneType:\n{statements}    return None\n  def forward");
    archive(b"\x80\x02c__torch__\nM\n)\x81K\x01b.", &CODE.replace("  def forward", &method))
}

#[test]
fn states_are_restored_within_bounds() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("m.pt");
    let check = |statements: &str| {
        std::fs::write(&path, restoring(statements)).expect("a scratch file");
        let out = Command::new(env!("CARGO_BIN_EXE_tsaot")).arg("check").arg(&path).output().expect("tsaot starts");
        (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    assert_eq!(check("    self.a = s\n"), (Some(0), String::new()));
    let cases = [
        ("gives the attribute 'a' of __torch__.M no value", "    pass\n"),
        ("reads the attribute 'a' before it has a value", "    self.a = torch.add(self.a, s)\n"),
        (
            "reads the attribute 'a' before it has a value",
            "    if torch.eq(s, 1):\n      self.a = s\n    else:\n      pass\n    self.a = torch.add(self.a, 1)\n",
        ),
        ("raised ValueError: no", "    self.a = s\n    ops.prim.RaiseException(\"no\", \"builtins.ValueError\")\n"),
        (
            "takes too much memory",
            "    self.a = s\n    l = [s]\n    while torch.gt(torch.len(l), 0):\n      _0 = torch.append(l, s)\n",
        ),
    ];
    for (words, statements) in cases {
        let (status, said) = check(statements);
        assert!(status == Some(1) && said.contains(words), "{words:?} is not in {said:?}");
    }
}

#[test]
fn malicious_archives_are_refused() {
    let cases: &[(&str, Vec<u8>)] = &[
        ("os.system", archive(b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", CODE)),
        (
            "contain themselves",
            archive(b"\x80\x02c__torch__\nM\n)\x81}(X\x01\x00\x00\x00a]q\x00h\x00aub.", &CODE.replace("int\n", "List[Any]\n")),
        ),
        ("instead of a module", archive(b"\x80\x02K\x01.", CODE)),
        (
            "type int is pickled as a float",
            archive(b"\x80\x02c__torch__\nM\n)\x81}(X\x01\x00\x00\x00aG\x00\x00\x00\x00\x00\x00\x00\x00ub.", CODE),
        ),
        ("lacks the attribute 'a'", archive(b"\x80\x02c__torch__\nM\n)\x81}b.", CODE)),
        ("does not define __torch__.N", archive(b"\x80\x02c__torch__\nN\n)\x81}b.", CODE)),
        ("no operator", archive(MODULE, &CODE.replace("return self.a", "return torch.nothing(self.a)"))),
        ("only functions and classes", archive(MODULE, "print(1)\n")),
        ("", archive(MODULE, "class M(Module:\n")),
        ("leaves the archive", zipped(&[("m/../../x", b"")], CompressionMethod::Stored)),
        ("no code", zipped(&[("m/data.pkl", b"\x80\x02N.")], CompressionMethod::Stored)),
    ];
    for (words, bytes) in cases {
        let said = refused(bytes.clone());
        assert!(said.contains(words), "{words:?} is not in {said:?}");
    }
}

#[test]
fn storages_are_checked() {
    // A tensor of four floats over a storage of one.
    let tensor: &[u8] = b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQK\x00K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR";
    let data = [b"\x80\x02c__torch__\nM\n)\x81}(X\x01\x00\x00\x00a", tensor, b"ub."].concat();
    let code = CODE.replace("int\n", "Tensor\n").replace("-> int", "-> Tensor");
    let entries: [(&str, &[u8]); 5] = [
        ("m/data.pkl", &data),
        ("m/data/0", &[0; 4]),
        ("m/code/__torch__.py", code.as_bytes()),
        ("m/constants.pkl", b"\x80\x02)."),
        ("m/version", b"3\n"),
    ];
    let said = refused(zipped(&entries, CompressionMethod::Stored));
    assert!(said.contains("reaches past the 4 bytes"), "{said}");
}

#[test]
fn bombs_are_refused_unpacked() {
    let zeros = vec![0; (Container::BUDGET + (1 << 20)) as usize];
    let bomb = zipped(&[("m/data.pkl", &zeros), ("m/constants.pkl", b"\x80\x02).")], CompressionMethod::Deflated);
    assert!(bomb.len() < 1 << 20);
    let container = Container::open(owned(bomb)).expect("its directory is sound");
    let why = container.read("data.pkl").expect_err("too large");
    assert!(why.contains("too much"), "{why}");
}
