//! Graph text: reading, checking, printing, and `.code`.

use super::{Expectation, cases, folder, split};
use std::rc::Rc;
use tsaot::diag::SourceMap;
use tsaot::graph::{
    Attribute, ClassId, Const, Export, Function, FunctionId, Graph, Object, ObjectId, Param, Program, Signature, code, parse,
    print, schema, verify,
};
use tsaot::passes::{pipeline, purity};
use tsaot::types::{FieldNames, Type};

/// A program with one function read from a case: comments say what graph text omits. `# graph NAME` begins the graph of a further
/// function before the last; the classes they name come from `# attribute CLASS.NAME : TYPE = VALUE` and
/// `# method_of CLASS.NAME = FUNCTION`, with one live object each.
pub fn read(text: &str) -> Result<(Program, Function), String> {
    let mut program = Program::default();
    let mut sections = text.split("# graph ").collect::<Vec<_>>();
    declare(sections[0], &mut program)?;
    while sections.len() > 2 {
        let (name, graph) = sections.remove(1).split_once('\n').ok_or("a graph without a name")?;
        let mut f = read_one(graph, &mut program)?;
        f.name = format!("__torch__.{name}");
        let id = program.add_function(f);
        for c in &mut program.classes {
            for m in c.methods.iter_mut().filter(|m| m.1.0 == u32::MAX && m.0 == name.rsplit('.').next().unwrap_or(name)) {
                m.1 = id;
            }
        }
    }
    let f = read_one(if sections.len() > 1 { sections[1].split_once('\n').map_or("", |s| s.1) } else { text }, &mut program)?;
    Ok((program, f))
}

/// Classes and their objects.
fn declare(text: &str, program: &mut Program) -> Result<(), String> {
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# method_of ") {
            let (path, name) = rest.rsplit_once('.').ok_or("a method without a class")?;
            let Type::Class(c) = parse::ty(path, program, &[]).map_err(|e| e.to_string())? else { continue };
            program.classes[c.id as usize].methods.push((name.into(), FunctionId(u32::MAX)));
        }
        let Some(rest) = line.strip_prefix("# attribute ") else { continue };
        let (path, rest) = rest.split_once(" : ").ok_or("an attribute without a type")?;
        let (ty, value) = rest.split_once(" = ").ok_or("an attribute without a value")?;
        let (class, name) = path.rsplit_once('.').ok_or("an attribute without a class")?;
        let Type::Class(class) = parse::ty(class, program, &[]).map_err(|e| e.to_string())? else { continue };
        let ty = parse::ty(ty, program, &[]).map_err(|e| e.to_string())?;
        while program.objects.len() < program.classes.len() {
            program.objects.push(Object { class: ClassId(program.objects.len() as u32), slots: vec![] });
        }
        let value = match &ty {
            Type::Tensor => Const::Tensor(
                tsrt::Tensor::full(&[2, 2], tsrt::Scalar::Int(value.parse().unwrap_or(0)), tsrt::DType::F32)
                    .map_err(|e| e.message())?,
            ),
            Type::Class(c) => Const::Object(ObjectId(c.id)),
            _ => python(value),
        };
        let attribute = Attribute { name: name.into(), ty, is_parameter: false, is_buffer: false };
        program.classes[class.id as usize].attributes.push(attribute);
        program.objects[class.id as usize].slots.push(value);
    }
    Ok(())
}

fn read_one(text: &str, program: &mut Program) -> Result<Function, String> {
    let mut function = Function {
        name: "__torch__.f".into(),
        signature: Signature::default(),
        graph: Graph::new(),
        class: None,
        span: None,
        ignored: None,
        poisoned: false,
    };
    let mut tuples = vec![];
    let mut params: Vec<(String, Option<Const>)> = vec![];
    for line in text.lines().filter_map(|l| l.strip_prefix("# ")) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "function" => function.name = format!("__torch__.{rest}"),
            "method" => {
                function.name = format!("__torch__.M.{rest}");
                function.class = Some(ClassId(0));
            }
            "parameter" => match rest.split_once(" = ") {
                Some((name, default)) => params.push((name.into(), Some(python(default)))),
                None => params.push((rest.into(), None)),
            },
            "calls" => {
                let called = Function { name: rest.into(), ..function.clone() };
                program.add_function(called);
            }
            "named_tuple" => {
                let (name, fields) = rest.split_once('(').unwrap_or((rest, ""));
                let fields = fields.trim_end_matches(')').split(", ").map(Rc::from).collect();
                tuples.push(FieldNames { name: name.into(), fields });
            }
            _ => {}
        }
    }
    function.graph = parse::graph(text, program, &tuples).map_err(|e| e.to_string())?;
    schema::resolve(&mut function.graph, program);
    let top = function.graph.block(function.graph.top());
    let types = top.params.iter().map(|v| function.graph.ty(*v).clone());
    if params.is_empty() {
        params = top.params.iter().map(|v| (function.graph.name_stem(*v).unwrap_or("x").to_owned(), None)).collect();
    }
    function.signature.params = params
        .into_iter()
        .zip(types)
        .map(|((name, default), ty)| Param { name, ty, default, kw_only: false, broadcast: None })
        .collect();
    function.signature.returns = top.returns.iter().map(|v| function.graph.ty(*v).clone()).collect();
    Ok(function)
}

/// A Python literal as a default.
fn python(text: &str) -> Const {
    match text {
        "None" => Const::None,
        "True" => Const::Bool(true),
        "False" => Const::Bool(false),
        _ if text.starts_with('\'') => Const::Str(text.trim_matches('\'').into()),
        _ => text.parse().map(Const::Int).unwrap_or_else(|_| Const::Float(text.parse().unwrap_or(f64::NAN))),
    }
}

fn violations(found: Vec<String>) -> String {
    found.iter().map(|e| format!("# {e}\n")).collect()
}

/// Graphs are read, checked and printed; violations come first.
#[test]
fn graph() {
    folder("graph", Expectation::Ours, |text| match read(text) {
        Ok((program, f)) => violations(verify(&f.graph, &program)) + &print::graph(&f.graph, &program, &SourceMap::default()),
        Err(e) => format!("error: {e}\n"),
    });
}

/// What PyTorch printed reads and prints as itself.
#[test]
fn recorded_graphs_round_trip() {
    for path in cases("code") {
        let (text, _) = split(&path);
        let (program, f) = read(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(verify(&f.graph, &program), Vec::<String>::new(), "{}", path.display());
        let graph: String = text.lines().filter(|l| !l.starts_with('#')).map(|l| format!("{l}\n")).collect();
        assert_eq!(print::graph(&f.graph, &program, &SourceMap::default()), graph, "{}", path.display());
    }
}

/// The code of a graph is what PyTorch printed.
#[test]
fn recorded_code() {
    folder("code", Expectation::Recorded, |text| match read(text) {
        Ok((program, f)) => code::function(&f, &program).unwrap_or_else(|e| format!("error: {e}\n")),
        Err(e) => format!("error: {e}\n"),
    });
}

/// Source places print behind nodes.
#[test]
fn source_places() {
    let mut sources = SourceMap::default();
    let file = sources.add("model.py", "def f(x):\n    return x + x\n".into());
    let mut program = Program::default();
    let text = "graph(%x.1 : Tensor):\n  %1 : int = prim::Constant[value=1]()\n  return (%1)\n";
    let mut graph = parse::graph(text, &mut program, &[]).expect("it reads");
    let n = graph.walk()[0];
    graph.node_mut(n).span = Some(tsaot::diag::Span::new(file, 21, 26));
    assert!(print::graph(&graph, &program, &sources).contains("prim::Constant[value=1]() # model.py:2:11\n"));
}

/// `# passes: a, b` are run in that order; the graph must be sound after each.
#[test]
fn passes() {
    folder("passes", Expectation::Ours, |text| {
        let (mut program, mut f) = match read(text) {
            Ok(read) => read,
            Err(e) => return format!("error: {e}\n"),
        };
        let names = text.lines().find_map(|l| l.strip_prefix("# passes: ")).unwrap_or("");
        if names == "specialize" {
            let facts: Vec<_> = f.graph.block(f.graph.top()).params.iter().map(|v| f.graph.facts.get(v).cloned()).collect();
            let symbols = f.graph.symbols.clone();
            f.graph.facts.clear();
            let id = program.add_function(f);
            let mut switches = pipeline::Switches::default();
            switches.verify = true;
            let special = pipeline::specialize(&mut program, id, &facts, symbols, &mut switches);
            let graph = &program.function(special).graph;
            return violations(switches.violations) + &print::graph(graph, &program, &SourceMap::default());
        }
        if names == "optimize" {
            return optimized(program, f);
        }
        for name in names.split(", ") {
            let Some((_, pass)) = pipeline::pass(name) else { return format!("error: no pass `{name}`\n") };
            pass(&mut f.graph, &mut program);
            let found = verify(&f.graph, &program);
            if !found.is_empty() {
                return format!("after {name}:\n{}", violations(found));
            }
        }
        print::graph(&f.graph, &program, &SourceMap::default())
    });
}

/// The whole pipeline over a function, or a method of the object of its first parameter's class, and the function's purity.
fn optimized(mut program: Program, f: Function) -> String {
    let this = match f.signature.params.first() {
        Some(Param { ty: Type::Class(c), .. }) => Some(ObjectId(c.id)),
        _ => None,
    };
    let id = program.add_function(f);
    program.exports.push(match this {
        Some(object) => Export::Module { name: "m".into(), object, methods: vec![id] },
        None => Export::Function { name: "f".into(), function: id },
    });
    let mut switches = pipeline::Switches::default();
    switches.verify = true;
    pipeline::optimize(&mut program, &mut switches);
    let id = match &program.exports[0] {
        Export::Module { methods, .. } => methods[0],
        Export::Function { function, .. } => *function,
        Export::Class { .. } => return "error: a class".into(),
    };
    let f = program.function(id);
    let purity = purity::of(f, &program);
    violations(switches.violations) + &format!("# {purity:?}\n") + &print::graph(&f.graph, &program, &SourceMap::default())
}

/// PyTorch has run these on what it printed, so they find nothing to do.
#[test]
fn cleanup_leaves_recorded_graphs_alone() {
    for path in cases("code") {
        let (mut program, mut f) = read(&split(&path).0).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let before = print::graph(&f.graph, &program, &SourceMap::default());
        for name in ["lower_tuples", "constant_propagation", "canonicalize_outputs", "dead_code"] {
            let (_, pass) = pipeline::pass(name).expect("a pass");
            pass(&mut f.graph, &mut program);
            assert_eq!(verify(&f.graph, &program), Vec::<String>::new(), "{name} of {}", path.display());
            let after = print::graph(&f.graph, &program, &SourceMap::default());
            assert_eq!(after, before, "{name} of {}", path.display());
        }
    }
}

/// The whole pipeline leaves every recorded graph sound.
#[test]
fn recorded_graphs_optimize() {
    for path in cases("code") {
        let (mut program, f) = read(&split(&path).0).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let function = program.add_function(f);
        program.exports.push(Export::Function { name: "f".into(), function });
        let mut switches = pipeline::Switches::default();
        switches.verify = true;
        pipeline::optimize(&mut program, &mut switches);
        assert_eq!(switches.violations, Vec::<String>::new(), "{}", path.display());
    }
}
