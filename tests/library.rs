//! The operators that are written in TorchScript, over the whole table: each compiles, takes its schema's parameters and gives its results.

#[path = "../runtime/tests/reader/mod.rs"]
mod reader;

use std::path::Path;
use tsaot::codegen::Jit;
use tsaot::diag::render::render;
use tsaot::graph::verify;
use tsaot::ops::{self, Implementation, library};
use tsaot::script::Compiler;
use tsaot::types::Type;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_table_is_sorted_and_names_operators() {
    assert!(library::FUNCTIONS.is_sorted_by_key(|f| f.operator) && library::FILES.is_sorted_by_key(|f| f.0));
    for f in library::FUNCTIONS {
        let op = ops::by_full_name(f.operator).unwrap_or_else(|| panic!("{} is no operator", f.operator));
        let which = op.implementation();
        assert!(matches!(which, Some(Implementation::Library(_))), "{}: something else executes it: {which:?}", f.operator);
        let text = library::text(f.file).unwrap_or_else(|| panic!("no file {}", f.file));
        let names: Vec<&str> = op.schema.params.iter().map(|p| &*p.name).collect();
        let head = format!("\ndef {}({}):\n", f.function, names.join(", "));
        assert!(text.contains(&head), "{}: {} has no{head}", f.operator, f.file);
    }
    for (name, _) in library::FILES {
        assert!(library::FUNCTIONS.iter().any(|f| f.file == *name), "nothing uses {name}");
        assert!(root().join(format!("src/library/aten/{name}.py")).exists());
    }
}

#[test]
fn every_function_compiles_and_returns_what_its_schema_says() {
    let mut c = Compiler::default();
    let mut wrong = vec![];
    let mut count = 0;
    for record in ops::all() {
        let Some(op) = ops::by_full_name(record.full_name()) else { continue };
        if !matches!(op.implementation(), Some(Implementation::Library(_) | Implementation::Derived)) {
            continue;
        }
        count += 1;
        let f = match c.add_operator(op) {
            Ok(Some(f)) => f,
            other => {
                wrong.push(format!("{}: {other:?}", op.schema.text));
                continue;
            }
        };
        let function = c.program.function(f);
        let found = verify(&function.graph, &c.program);
        wrong.extend(found.into_iter().map(|v| format!("{}: {v}", op.schema.text)));
        let returns: Vec<Type> = match &function.signature.returns[..] {
            [Type::Tuple(t)] if op.schema.returns.len() > 1 => t.elems.to_vec(),
            [Type::None] if op.schema.returns.is_empty() => vec![],
            r => r.to_vec(),
        };
        let fits = returns.len() == op.schema.returns.len()
            && returns.iter().zip(&op.schema.returns).all(|(have, want)| have.is_subtype_of(&want.ty, &c.program));
        if !fits && !function.poisoned {
            wrong.push(format!("{} returns {returns:?}", op.schema.text));
        }
    }
    wrong.extend(std::mem::take(&mut c.problems).sorted().iter().map(|d| render(d, &c.sources, false)));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > library::FUNCTIONS.len(), "nothing is derived");
}

/// Calls an operator through its function: its results, or the message of its error.
fn call(full: &str, args: &[tsrt::Value]) -> Result<Vec<tsrt::Value>, String> {
    let op = ops::by_full_name(full).ok_or("no such operator")?;
    if let Some(f) = tsrt::registry::find(full) {
        return tsrt::registry::call(f, args, op.schema.returns.len()).map_err(|e| e.message().to_owned());
    }
    let mut c = Compiler::default();
    let f = c.add_operator(op).map_err(|d| d.message)?.ok_or("nothing executes it")?;
    let jit = Jit::compile(&c.program, &c.sources, &[f], &[]).map_err(|d| format!("{d:?}"))?;
    let values = jit.call(f, args).map_err(|e| e.message)?;
    match (&values[..], op.schema.returns.len()) {
        ([tuple], 2..) => Ok(tuple.as_tuple().map_or(values.clone(), |t| t.items().to_vec())),
        _ => Ok(values),
    }
}

#[test]
fn functions_answer_as_pytorch() {
    let recording =
        |name: &str| std::fs::read_to_string(root().join("runtime/tests/fixtures").join(name)).expect("the recording");
    let text = recording("library.txt") + &recording("internals.txt");
    let mut wrong = vec![];
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        if let Some(seed) = line.strip_prefix("seed ") {
            call("aten::manual_seed", &[tsrt::Value::int(seed.parse().expect("a number"))]).expect("a seed");
            continue;
        }
        let fields: Vec<&str> = line.split(" | ").collect();
        let [op, args, want] = fields[..] else { panic!("no recording: {line}") };
        let got = call(op, &reader::Reader::all(args));
        let fits = match (&got, want.trim().strip_prefix('e')) {
            (Err(e), Some(message)) => *e == reader::decode(message),
            (Ok(values), None) => {
                let want = reader::Reader::all(want);
                values.len() == want.len() && values.iter().zip(&want).all(|(g, w)| reader::same(g, w, false))
            }
            _ => false,
        };
        if !fits {
            let got = got.map(|v| v.iter().map(tsrt::print::python_repr).collect::<Vec<_>>());
            wrong.push(format!("{op}({args})\n  is {got:?}\n  not {}", reader::decode(want)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// "`path`:" and the indented block of code below it.
#[test]
fn the_page_on_adding_an_operator_is_true() {
    let page = std::fs::read_to_string(root().join("docs/add-an-operator.md")).expect("the page");
    let mut blocks = 0;
    for part in page.split("`:\n\n   ```").skip(1) {
        let before = page[..page.find(part).expect("a part of the page")].trim_end_matches("`:\n\n   ```");
        let path = before.rsplit('`').next().expect("a path");
        let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        let (_, code) = part.split_once('\n').expect("a language");
        let code = code.split("   ```").next().expect("an end");
        let text: String = text.split_whitespace().collect();
        let code: String = code.split_whitespace().collect();
        assert!(text.contains(&code), "{path} does not hold: {code}");
        blocks += 1;
    }
    assert_eq!(blocks, 4);
    for (i, _) in page.match_indices('`') {
        let word = page[i + 1..].split('`').next().unwrap_or("");
        let is_path = word.contains('/') && word.split('/').all(|p| !p.is_empty() || word.ends_with('/')) && !word.contains(' ');
        assert!(!is_path || root().join(word).exists(), "there is no {word}");
    }
}
