//! Tests over the whole table, and resolutions that PyTorch 2.13 was seen to make.

use super::*;
use crate::types::Type;

#[test]
fn every_record_is_sound() {
    let mut wrong = vec![];
    let mut seen = std::collections::HashSet::new();
    let out = [("out", list::out::operators())];
    for (family, records) in list::FAMILIES.iter().chain(&out) {
        if !records.is_sorted_by_key(|r| r.name()) {
            wrong.push(format!("{family} is not sorted by name"));
        }
        for r in *records {
            if !seen.insert(r.full_name()) {
                wrong.push(format!("{} stands twice", r.full_name()));
            }
            match Schema::parse(r.schema) {
                Ok(s) if s.qualified() != r.full_name() => wrong.push(format!("{} reads as {}", r.schema, s.qualified())),
                Ok(s) if operator(&s.name, &s.overload).is_none() => wrong.push(format!("{} is not found", r.schema)),
                Ok(_) => {}
                Err(e) => wrong.push(format!("{}: expected {} at {}", r.schema, e.expected, e.at)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_runtime_implements_only_known_operators() {
    let unknown: Vec<&str> = tsrt::registry::registry().iter().map(|r| r.0).filter(|n| by_full_name(n).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn call(args: &[Type]) -> Call {
    Call { receiver: None, args: args.iter().cloned().map(ArgType::new).collect(), kwargs: vec![] }
}

/// The overload that a call takes, its inputs and the first result's type.
fn resolve(name: &str, call: &Call) -> (String, Vec<Input>, Type) {
    match match_call(name, call, &()) {
        Ok(m) => {
            let overload = match m.target {
                Target::Operator(o) => o.schema.overload.to_string(),
                Target::Builtin(b) => b.source.clone(),
            };
            (overload, m.matched.inputs, m.matched.results[0].clone())
        }
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn overloads_are_tried_in_order() {
    use Type::*;
    let overload = |name: &str, args: &[Type]| resolve(name, &call(args)).0;
    assert_eq!(overload("aten::add", &[Tensor, Tensor]), "Tensor");
    assert_eq!(overload("aten::add", &[Tensor, Float]), "Scalar");
    assert_eq!(overload("aten::add", &[Int, Tensor]), "def add(a: int, b: Tensor) -> Tensor:\n    return b + a\n");
    assert_eq!(overload("aten::add", &[Int, Float]), "int_float");
    assert_eq!(overload("aten::add", &[Number, Int]), "");
    assert_eq!(overload("aten::add", &[Type::list(Int), Type::list(Int)]), "t");
    assert_eq!(overload("aten::mul", &[Type::list(Int), Int]), "left_t");
    assert_eq!(overload("aten::max", &[Tensor, Int]), "dim");
    assert_eq!(overload("aten::pow", &[Int, Int]), "int");
    assert_eq!(overload("aten::eq", &[Str, Str]), "str");
}

#[test]
fn conversions() {
    use Type::*;
    let ints = |n: usize| Input::List { elem: Int, items: (0..n).map(Input::Arg).collect() };
    assert_eq!(resolve("aten::zeros", &call(&[Int, Int])).1[0], ints(2));
    let mut view = call(&[Int, Tensor]);
    view.receiver = Some(ArgType::new(Tensor));
    let (_, inputs, _) = resolve("aten::view", &view);
    let converted = Input::Convert { op: "aten::IntImplicit", of: Box::new(Input::Arg(1)), ty: Int };
    assert_eq!(inputs, [Input::Receiver, Input::List { elem: Int, items: vec![Input::Arg(0), converted] }]);
    let pool = resolve("aten::max_pool2d", &call(&[Tensor, Int])).1;
    assert_eq!(pool[1], Input::List { elem: Int, items: vec![Input::Arg(1), Input::Arg(1)] });
    let reshape = resolve("aten::reshape", &call(&[Tensor, Type::tuple(vec![Int, Int])])).1;
    let items = vec![Input::Element(0), Input::Element(1)];
    assert_eq!(reshape[1], Input::Unpack { tuple: Box::new(Input::Arg(1)), make: Made::List(Int), items });
    let mut sum = call(&[Tensor]);
    sum.kwargs = vec![("dim".into(), ArgType::new(Int)), ("keepdim".into(), ArgType::new(Bool))];
    let (overload, inputs, _) = resolve("aten::sum", &sum);
    assert_eq!((overload.as_str(), &inputs[2]), ("dim_IntList", &Input::Kwarg(1)));
    let append = resolve("aten::append", &call(&[Type::list(Str), Str]));
    assert_eq!(append.2, Type::list(Str));
    let max = match_call("aten::max", &call(&[Tensor, Int]), &()).map(|m| m.matched);
    assert_eq!(max.ok().and_then(|m| m.result_names).map(|n| n.join(" ")).as_deref(), Some("values indices"));
}

#[test]
fn mismatches_read_as_in_pytorch() {
    let text = |name: &str, args: &[Type]| match_call(name, &call(args), &()).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        text("aten::is_floating_point", &[Type::Str]),
        "\naten::is_floating_point(Tensor self) -> bool:\nExpected a value of type 'Tensor' for argument 'self' but instead found type \
         'str'.\n"
    );
    assert!(text("aten::relu", &[Type::Str]).starts_with(
        "Arguments for call are not valid.\nThe following variants are available:\n  \n  aten::relu(Tensor self) -> Tensor:\n  Expected a \
         value of type 'Tensor' for argument 'self' but instead found type 'str'.\n  \n  aten::relu.out("
    ));
    assert!(
        text("aten::lerp", &[Type::Tensor])
            .contains("\n  aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor:\n  Argument end not provided.\n")
    );
    assert!(text("aten::rellu", &[]).contains("Here are some suggestions: \n\taten::relu\n"));
}
