//! Every example of docs/language.md is compiled and run, and prints what stands below it.

use std::process::Command;

#[test]
fn examples_of_the_language_page_print_what_it_says() {
    let page = include_str!("../docs/language.md");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("example.py");
    let blocks: Vec<&str> = page.split("```").collect();
    let mut examples = 0;
    for (code, output) in blocks.iter().zip(blocks.iter().skip(2)) {
        let (Some(code), Some(output)) = (code.strip_prefix("python\n"), output.strip_prefix("text\n")) else { continue };
        std::fs::write(&file, code).expect("a file");
        let run = Command::new(env!("CARGO_BIN_EXE_tsaot")).arg("run").arg(&file).output().expect("tsaot starts");
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{errors}\n{code}");
        assert_eq!(String::from_utf8_lossy(&run.stdout), output, "{code}");
        examples += 1;
    }
    assert_eq!(examples, page.matches("```python\n").count());
}
