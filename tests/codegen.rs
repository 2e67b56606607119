//! Graphs compiled in the process and called.

use tsaot::codegen::Jit;
use tsaot::diag::SourceMap;
use tsaot::graph::{Function, FunctionId, Program, Signature, parse};
use tsrt::Value;

/// A program of one function per graph text; `name:` lines would be too much: they are `f0`, `f1` ...
fn program(graphs: &[&str]) -> Program {
    let mut p = Program::default();
    for (i, text) in graphs.iter().enumerate() {
        let graph = parse::graph(text, &mut p, &[]).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let function = Function {
            name: format!("__torch__.f{i}"),
            signature: Signature::default(),
            graph,
            class: None,
            span: None,
            ignored: None,
            poisoned: false,
        };
        p.add_function(function);
    }
    p
}

fn jit(graphs: &[&str]) -> Jit {
    let p = program(graphs);
    let all: Vec<FunctionId> = (0..graphs.len() as u32).map(FunctionId).collect();
    Jit::compile(&p, &SourceMap::default(), &all, &[]).unwrap_or_else(|d| panic!("{d:?}"))
}

fn run(graph: &str, args: &[Value]) -> Result<Vec<Value>, String> {
    jit(&[graph]).call(FunctionId(0), args).map_err(|e| format!("{}: {}", e.exception, e.message))
}

#[test]
fn collatz() {
    let g = "graph(%n.1 : int):
  %2 : int = prim::Constant[value=9223372036854775807]()
  %3 : int = prim::Constant[value=1]()
  %4 : int = prim::Constant[value=0]()
  %5 : int = prim::Constant[value=2]()
  %6 : int = prim::Constant[value=3]()
  %7 : bool = aten::ne(%n.1, %3)
  %n : int, %steps : int = prim::Loop(%2, %7, %n.1, %4)
    block0(%i : int, %n.2 : int, %s.2 : int):
      %r : int = aten::remainder(%n.2, %5)
      %even : bool = aten::eq(%r, %4)
      %n.3 : int = prim::If(%even)
        block0():
          %h : int = aten::floordiv(%n.2, %5)
          -> (%h)
        block1():
          %t : int = aten::mul(%n.2, %6)
          %u : int = aten::add(%t, %3)
          -> (%u)
      %s.3 : int = aten::add(%s.2, %3)
      %go : bool = aten::ne(%n.3, %3)
      -> (%go, %n.3, %s.3)
  return (%steps)
";
    assert_eq!(run(g, &[Value::int(27)]).unwrap()[0].as_int(), Some(111));
}

#[test]
fn division_follows_python() {
    let g = "graph(%a : int, %b : int):
  %q : int = aten::floordiv(%a, %b)
  %r : int = aten::remainder(%a, %b)
  %t : (int, int) = prim::TupleConstruct(%q, %r)
  return (%t)
";
    let j = jit(&[g]);
    for (a, b) in [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, 3), (-6, 3), (i64::MIN, -1)] {
        let out = j.call(FunctionId(0), &[Value::int(a), Value::int(b)]).unwrap();
        let t = out[0].as_tuple().unwrap();
        let q = (a as f64 / b as f64).floor();
        let want = if b == -1 { (a.wrapping_neg(), 0) } else { (q as i64, a - b * q as i64) };
        assert_eq!((t.items()[0].as_int().unwrap(), t.items()[1].as_int().unwrap()), want, "{a} {b}");
    }
    let e = j.call(FunctionId(0), &[Value::int(1), Value::int(0)]).unwrap_err();
    assert_eq!((e.exception.as_str(), e.frames.len()), ("ZeroDivisionError", 1));
}

#[test]
fn lists_strings_and_calls() {
    let join = "graph(%sep : str, %l : str[]):
  %r : str = aten::join(%sep, %l)
  return (%r)
";
    let build = "graph(%n : int, %s : str):
  %true : bool = prim::Constant[value=1]()
  %l : str[] = prim::ListConstruct(%s, %s)
   = prim::Loop(%n, %true)
    block0(%i : int):
      %t : str = aten::str(%i)
      %l2 : str[] = aten::append(%l, %t)
      -> (%true)
  %sep : str = prim::Constant[value=\", \"]()
  %len : int = aten::len(%l)
  %k : int = prim::Constant[value=-1]()
  %last : str = aten::__getitem__(%l, %k)
  %f : Function = prim::Constant[name=\"f0\"]()
  %r : str = prim::CallFunction(%f, %sep, %l)
  %out : (str, int, str) = prim::TupleConstruct(%r, %len, %last)
  return (%out)
";
    let p = &mut program(&[join]);
    let graph = parse::graph(build, p, &[]).unwrap();
    let mut f = p.functions[0].clone();
    f.graph = graph;
    f.name = "__torch__.f1".into();
    p.add_function(f);
    let j = Jit::compile(p, &SourceMap::default(), &[FunctionId(1)], &[]).unwrap_or_else(|d| panic!("{d:?}"));
    let s = Value::from("x");
    let out = j.call(FunctionId(1), &[Value::int(3), s.clone()]).unwrap();
    let t = out[0].as_tuple().unwrap();
    assert_eq!(t.items()[0].as_str(), Some("x, x, 0, 1, 2"));
    assert_eq!((t.items()[1].as_int(), t.items()[2].as_str()), (Some(5), Some("2")));
    assert_eq!(s.as_str_ref().unwrap().header().count(), 1);
}

#[test]
fn an_error_gives_back_what_was_live() {
    let g = "graph(%s : str, %i : int):
  %l : str[] = prim::ListConstruct(%s, %s)
  %o : str? = prim::unchecked_cast(%s)
  %m : str[] = prim::ListConstruct(%s)
  %x : str = aten::__getitem__(%l, %i)
  %y : str = aten::__getitem__(%m, %i)
  %r : (str, str?) = prim::TupleConstruct(%y, %o)
  return (%r)
";
    let j = jit(&[g]);
    let s = Value::from("x");
    let count = || s.as_str_ref().unwrap().header().count();
    for (i, ok) in [(0, true), (1, false), (2, false), (-1, true), (-2, false), (i64::MIN, false), (i64::MAX, false)] {
        let r = j.call(FunctionId(0), &[s.clone(), Value::int(i)]);
        assert_eq!(r.is_ok(), ok, "{i}");
        if let Err(e) = r {
            assert_eq!(e.message, "list index out of range");
        } else {
            drop(r);
        }
        assert_eq!(count(), 1, "{i}");
    }
}

#[test]
fn optionals_and_unions() {
    let g = "graph(%x : int?, %d : float):
  %none : NoneType = prim::Constant()
  %is : bool = aten::__is__(%x, %none)
  %r : float = prim::If(%is)
    block0():
      -> (%d)
    block1():
      %v : int = prim::unchecked_cast(%x)
      %f : float = aten::Float(%v)
      -> (%f)
  return (%r)
";
    let j = jit(&[g]);
    assert_eq!(j.call(FunctionId(0), &[Value::none(), Value::float(2.5)]).unwrap()[0].as_float(), Some(2.5));
    assert_eq!(j.call(FunctionId(0), &[Value::int(7), Value::float(2.5)]).unwrap()[0].as_float(), Some(7.0));
}

#[test]
fn raises() {
    let g = "graph(%s : str):
  %c : str = prim::Constant[value=\"builtins.ValueError\"]()
  %u : int = prim::Uninitialized()
  %one : int = prim::Constant[value=1]()
  %e : str = prim::Constant[value=\"\"]()
  %b : bool = aten::eq(%s, %e)
  %r : int = prim::If(%b)
    block0():
      -> (%one)
    block1():
      %m : str = aten::add(%s, %s)
       = prim::RaiseException(%m, %c)
      -> (%u)
  return (%r)
";
    assert_eq!(run(g, &[Value::from("")]).unwrap()[0].as_int(), Some(1));
    assert_eq!(run(g, &[Value::from("no")]).unwrap_err(), "ValueError: nono");
}
