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

#[test]
fn loops_carry_objects() {
    let g = "graph(%s : str, %n : int):
  %true : bool = prim::Constant[value=1]()
  %none : NoneType = prim::Constant()
  %first : str? = prim::unchecked_cast(%none)
  %r : str, %last : str? = prim::Loop(%n, %true, %s, %first)
    block0(%i : int, %t : str, %u : str?):
      %t2 : str = aten::add(%t, %s)
      -> (%true, %t2, %t)
  %is : bool = aten::__is__(%last, %none)
  %out : (str, str?, bool) = prim::TupleConstruct(%r, %last, %is)
  return (%out)
";
    let j = jit(&[g]);
    let s = Value::from("ab");
    for (n, want, last) in [(0, "ab", None), (2, "ababab", Some("abab"))] {
        let out = j.call(FunctionId(0), &[s.clone(), Value::int(n)]).unwrap();
        let t = out[0].as_tuple().unwrap();
        assert_eq!(
            (t.items()[0].as_str(), t.items()[1].as_str(), t.items()[2].as_bool()),
            (Some(want), last, Some(last.is_none()))
        );
    }
    assert_eq!(s.as_str_ref().unwrap().header().count(), 1);
}

#[test]
fn dicts_and_lists_of_tuples() {
    let g = "graph(%s : str, %x : float):
  %zero : int = prim::Constant[value=0]()
  %one : int = prim::Constant[value=1]()
  %d : Dict(str, (str, float)) = prim::DictConstruct()
  %p : (str, float) = prim::TupleConstruct(%s, %x)
   = aten::_set_item(%d, %s, %p)
  %q : (str, float) = aten::__getitem__(%d, %s)
  %l : (str, float)[] = prim::ListConstruct(%p, %q)
  %l2 : (str, float)[] = aten::append(%l, %p)
   = aten::_set_item(%l, %zero, %q)
  %e : (str, float) = aten::__getitem__(%l, %one)
  %a : str, %b : float = prim::TupleUnpack(%e)
  %n : int = aten::len(%l2)
  %k : bool = aten::__contains__(%d, %a)
  %out : (str, float, int, bool) = prim::TupleConstruct(%a, %b, %n, %k)
  return (%out)
";
    let j = jit(&[g]);
    let s = Value::from("key");
    let out = j.call(FunctionId(0), &[s.clone(), Value::float(0.5)]).unwrap();
    let t = out[0].as_tuple().unwrap();
    let got = (t.items()[0].as_str(), t.items()[1].as_float(), t.items()[2].as_int(), t.items()[3].as_bool());
    assert_eq!(got, (Some("key"), Some(0.5), Some(3), Some(true)));
    drop(out);
    assert_eq!(s.as_str_ref().unwrap().header().count(), 1);
}

#[test]
fn any_values() {
    let g = "graph(%b : bool, %s : str, %x : float):
  %t : (str, float) = prim::TupleConstruct(%s, %x)
  %v : Any = prim::If(%b)
    block0():
      -> (%t)
    block1():
      -> (%s)
  %is : bool = prim::isinstance[types=[str]](%v)
  %r : str = prim::If(%is)
    block0():
      %w : str = prim::unchecked_cast(%v)
      -> (%w)
    block1():
      %u : (str, float) = prim::unchecked_cast(%v)
      %a : str, %c : float = prim::TupleUnpack(%u)
      %y : str = aten::str(%c)
      %z : str = aten::add(%a, %y)
      -> (%z)
  return (%r)
";
    let j = jit(&[g]);
    let s = Value::from("x");
    for (b, want) in [(true, "x1.5"), (false, "x")] {
        let out = j.call(FunctionId(0), &[Value::bool(b), s.clone(), Value::float(1.5)]).unwrap();
        assert_eq!(out[0].as_str(), Some(want));
    }
    assert_eq!(s.as_str_ref().unwrap().header().count(), 1);
}

#[test]
fn recursion_ends() {
    let g = "graph(%n : int):
  %one : int = prim::Constant[value=1]()
  %f : Function = prim::Constant[name=\"f0\"]()
  %m : int = aten::add(%n, %one)
  %r : int = prim::CallFunction(%f, %m)
  return (%r)
";
    let mut p = program(&["graph(%n : int):\n  return (%n)\n"]);
    let graph = parse::graph(g, &mut p, &[]).unwrap();
    p.functions[0].graph = graph;
    let j = Jit::compile(&p, &SourceMap::default(), &[FunctionId(0)], &[]).unwrap_or_else(|d| panic!("{d:?}"));
    let e = j.call(FunctionId(0), &[Value::int(0)]).unwrap_err();
    assert_eq!(e.exception, "RecursionError");
}

#[test]
fn instances_hold_their_attributes() {
    use std::rc::Rc;
    use tsaot::graph::program::Attribute;
    use tsaot::graph::{Class, ClassId, Const, Object, ObjectId};
    use tsaot::types::{ClassRef, Type};
    let mut p = Program::default();
    let class = ClassRef { id: 0, name: "__torch__.M".into(), is_module: true, is_interface: false };
    let list = Type::list(Type::Int);
    let attributes = [("w", Type::Tensor), ("name", Type::Str), ("l", list.clone()), ("k", list), ("n", Type::Int)];
    let attributes = attributes.into_iter();
    p.classes.push(Class {
        class,
        attributes: attributes
            .map(|(name, ty)| Attribute { name: name.into(), ty, is_parameter: false, is_buffer: false })
            .collect(),
        constants: vec![],
        methods: vec![],
        properties: vec![],
        forward_hooks: vec![],
        forward_pre_hooks: vec![],
        interface: vec![],
        doc: None,
        span: None,
    });
    let t = tsrt::Tensor::from_slice(&[1.0f32, 2.0], &[2]).unwrap();
    let shared = Rc::new(vec![Const::Int(7)]);
    p.objects.push(Object {
        class: ClassId(0),
        slots: vec![
            Const::Tensor(t.clone()),
            Const::Str("m".into()),
            Const::List(shared.clone(), Type::Int),
            Const::List(shared, Type::Int),
            Const::Int(3),
        ],
    });
    let g = "graph(%self : __torch__.M, %i : int):
  %l : int[] = prim::GetAttr[name=\"l\"](%self)
  %x : int[] = aten::append(%l, %i)
  %n : int = prim::GetAttr[name=\"n\"](%self)
  %n2 : int = aten::add(%n, %i)
   = prim::SetAttr[name=\"n\"](%self, %n2)
  %k : int[] = prim::GetAttr[name=\"k\"](%self)
  %len : int = aten::len(%k)
  %w : Tensor = prim::GetAttr[name=\"w\"](%self)
  %m : int = prim::GetAttr[name=\"n\"](%self)
  %r : (int, int, Tensor) = prim::TupleConstruct(%len, %m, %w)
  return (%r)
";
    let graph = parse::graph(g, &mut p, &[]).unwrap();
    p.add_function(Function {
        name: "__torch__.M.forward".into(),
        signature: Signature::default(),
        graph,
        class: Some(ClassId(0)),
        span: None,
        ignored: None,
        poisoned: false,
    });
    let j = Jit::compile(&p, &SourceMap::default(), &[FunctionId(0)], &[ObjectId(0)]).unwrap_or_else(|d| panic!("{d:?}"));
    let before = t.header().count();
    let m = j.instance(ObjectId(0)).unwrap();
    for (len, n) in [(2, 8), (3, 13)] {
        let out = j.call(FunctionId(0), &[m.clone(), Value::int(5)]).unwrap();
        let tuple = out[0].as_tuple().unwrap();
        assert_eq!((tuple.items()[0].as_int(), tuple.items()[1].as_int()), (Some(len), Some(n)));
        assert!(tuple.items()[2].as_tensor().unwrap().same(&t));
    }
    drop(m);
    assert_eq!(t.header().count(), before);
}
