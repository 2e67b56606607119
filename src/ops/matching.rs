//! Overload resolution, after `schema_matching.cpp` of PyTorch.
//!
//! [`match_call`] is a pure function of types. It picks the overload and says how each of its inputs is made from the call's
//! arguments ([`Input`]); the emitter inserts those nodes. Overloads are tried in the registry's order, first without implicit
//! conversions, then with; the only overload of a name is tried with conversions at once.

use super::builtins::{Builtin, builtins};
use super::registry::{self, Operator};
use super::schema::{Param, Schema};
use crate::types::{Subtyping, Type, unify};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

/// The type of an argument of a call.
#[derive(Clone, Debug)]
pub struct ArgType {
    pub ty: Type,
    /// The value is the literal `[]` without annotation (typed `List[Tensor]`), which becomes a list of any type.
    pub is_empty_list: bool,
}

impl ArgType {
    pub fn new(ty: Type) -> ArgType {
        ArgType { ty, is_empty_list: false }
    }
}

/// The arguments of a call. `receiver` is the object of a method call `x.f(…)`; it becomes the parameter named `self`.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub receiver: Option<ArgType>,
    pub args: Vec<ArgType>,
    pub kwargs: Vec<(String, ArgType)>,
}

/// How an operator's input is made. References to the same argument mean the same value.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    Receiver,
    /// n-th positional argument.
    Arg(usize),
    /// n-th keyword argument.
    Kwarg(usize),
    /// The default of the schema's n-th parameter.
    Default(usize),
    /// n-th element of the tuple that the enclosing [`Input::Unpack`] takes apart.
    Element(usize),
    /// A call of a one-argument operator (`aten::FloatImplicit`) with the type of its result.
    Convert {
        op: &'static str,
        of: Box<Input>,
        ty: Type,
    },
    /// `prim::ListConstruct`.
    List {
        elem: Type,
        items: Vec<Input>,
    },
    /// `prim::TupleUnpack` of `tuple`, then the list or tuple of `items`.
    Unpack {
        tuple: Box<Input>,
        make: Made,
        items: Vec<Input>,
    },
}

/// What [`Input::Unpack`] makes: a list of that element type, or a tuple of these types.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    List(Type),
    Tuple(Vec<Type>),
}

/// A schema that takes the call.
#[derive(Clone, Debug)]
pub struct Matched {
    /// One per parameter, and after them the further arguments of a vararg schema.
    pub inputs: Vec<Input>,
    pub results: Vec<Type>,
    /// Names of the results, when all have one: several results make a NamedTuple then.
    pub result_names: Option<Vec<Rc<str>>>,
}

/// What a call resolves to.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    Operator(&'static Operator),
    /// A function whose graph is inlined.
    Builtin(&'static Builtin),
}

/// What a call resolves to, and how its inputs are made.
#[derive(Clone, Debug)]
pub struct Match {
    pub target: Target,
    pub matched: Matched,
}

/// Why a call resolves to nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Mismatch {
    /// No operator of that name; others with a similar one.
    Unknown { name: String, similar: Vec<String> },
    /// The overloads tried, each with the reason why it does not take the call.
    NoOverload(Vec<(String, String)>),
}

/// PyTorch's text, up to where it quotes the call.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Unknown { name, similar } if similar.is_empty() => write!(
                f,
                "Unknown builtin op: {name}.\nCould not find any similar ops to {name}. This op may not exist or may not be currently supported in TorchScript.\n"
            ),
            Mismatch::Unknown { name, similar } => {
                writeln!(f, "Unknown builtin op: {name}.\nHere are some suggestions: ")?;
                for s in similar {
                    writeln!(f, "\t{s}")?;
                }
                f.write_str("\nThe original call is")
            }
            Mismatch::NoOverload(all) => {
                let text: String = all.iter().map(|(schema, why)| format!("\n{schema}:\n{why}")).collect();
                if let [_] = &all[..] {
                    return f.write_str(&text);
                }
                f.write_str("Arguments for call are not valid.\nThe following variants are available:\n")?;
                for line in text.split_inclusive('\n') {
                    write!(f, "  {line}")?;
                }
                f.write_str("\nThe original call is")
            }
        }
    }
}

/// Resolves a call of `name` (`aten::add`).
pub fn match_call(name: &str, call: &Call, classes: &dyn Subtyping) -> Result<Match, Mismatch> {
    let (operators, builtins) = (registry::operators(name), builtins(name));
    let schemas: Vec<&Schema> = operators.iter().map(|o| &o.schema).chain(builtins.iter().map(|b| &b.schema)).collect();
    if schemas.is_empty() {
        return Err(Mismatch::Unknown { name: name.to_owned(), similar: registry::similar(name) });
    }
    let (i, matched) = match_schemas(&schemas, call, classes)?;
    let target = match operators.get(i) {
        Some(o) => Target::Operator(o),
        None => Target::Builtin(&builtins[i - operators.len()]),
    };
    Ok(Match { target, matched })
}

/// Resolves a call among schemas (of operators or of scripted functions): the index of the one that takes it.
pub fn match_schemas(schemas: &[&Schema], call: &Call, classes: &dyn Subtyping) -> Result<(usize, Matched), Mismatch> {
    let rounds: &[bool] = if schemas.len() == 1 { &[true] } else { &[false, true] };
    let mut why = vec![];
    for &conversions in rounds {
        why.clear();
        for (i, schema) in schemas.iter().enumerate() {
            match match_schema(schema, call, conversions, classes) {
                Ok(m) => return Ok((i, m)),
                // A schema that is never tried has no reason.
                Err(reason) if reason.is_empty() => {}
                Err(reason) => why.push((schema.text.to_string(), reason)),
            }
        }
    }
    Err(Mismatch::NoOverload(why))
}

/// Overloads that scripts cannot reach: `x.view(1)` would otherwise be ambiguous with a view as another element type.
fn is_blocked(s: &Schema) -> bool {
    &*s.name == "aten::view" && &*s.overload == "dtype"
}

/// A call's argument on its way to a parameter: what makes it, and its type so far.
#[derive(Clone)]
struct Actual {
    input: Input,
    ty: Type,
    is_empty_list: bool,
}

impl Actual {
    fn of(input: Input, t: &ArgType) -> Actual {
        Actual { input, ty: t.ty.clone(), is_empty_list: t.is_empty_list }
    }

    fn made(input: Input, ty: Type) -> Actual {
        Actual { input, ty, is_empty_list: false }
    }
}

/// Matches one schema. The error is the reason, as PyTorch words it.
pub fn match_schema(schema: &Schema, call: &Call, conversions: bool, classes: &dyn Subtyping) -> Result<Matched, String> {
    if is_blocked(schema) {
        return Err(String::new());
    }
    let mut m = Matcher { env: HashMap::new(), conversions, classes };
    let mut receiver = call.receiver.as_ref();
    let mut used_kwargs = vec![false; call.kwargs.len()];
    let mut used = 0;
    let mut inputs = vec![];
    let is_aten = schema.name.starts_with("aten::");
    for (i, param) in schema.params.iter().enumerate() {
        let actual = if let (true, Some(r)) = (&*param.name == "self", receiver) {
            receiver = None;
            Actual::of(Input::Receiver, r)
        } else if !param.kw_only && used < call.args.len() {
            if conversions
                && let Some(elem) = vararg_elem(schema, i)
                && !matches!(call.args[used].ty, Type::List(_))
                && !convertible_to_list(&call.args[used].ty, &param.ty, classes)
            {
                let elem_param = Param::new("<varargs>", elem.clone());
                let mut items = vec![];
                for (k, a) in call.args.iter().enumerate().skip(used) {
                    items.push(m.argument(&elem_param, Actual::of(Input::Arg(k), a))?.input);
                }
                used = call.args.len();
                inputs.push(Input::List { elem: elem.clone(), items });
                continue;
            }
            used += 1;
            Actual::of(Input::Arg(used - 1), &call.args[used - 1])
        } else if let Some(k) = keyword(&param.name, call, is_aten) {
            if used_kwargs[k] {
                return Err(format!("Argument {} specified twice in schema, submit a bug report!\n", call.kwargs[k].0));
            }
            used_kwargs[k] = true;
            Actual::of(Input::Kwarg(k), &call.kwargs[k].1)
        } else if let Some(d) = &param.default {
            Actual::made(Input::Default(i), d.ty())
        } else {
            return Err(format!("Argument {} not provided.\n", param.name));
        };
        inputs.push(m.argument(param, actual)?.input);
    }
    if receiver.is_some() {
        return Err("Provided self argument not used in schema.\n".into());
    }
    if schema.is_vararg {
        inputs.extend((used..call.args.len()).map(Input::Arg));
        used = call.args.len();
    }
    if used < call.args.len() {
        return Err(format!("Expected at most {used} arguments but found {} positional arguments.\n", call.args.len()));
    }
    if let Some(k) = used_kwargs.iter().position(|u| !u) {
        let name = &call.kwargs[k].0;
        let what = if schema.param(name).is_some() { "specified twice" } else { "unknown" };
        return Err(format!("Keyword argument {name} {what}.\n"));
    }
    let mut results = vec![];
    for r in &schema.returns {
        results.push(m.substitute(&r.ty).ok_or_else(|| format!("{} has unbound type variables.\n", r.ty.annotation()))?);
    }
    let result_names = schema.returns.iter().map(|r| r.name.clone()).collect::<Option<Vec<_>>>();
    Ok(Matched { inputs, results, result_names: result_names.filter(|n| n.len() > 1) })
}

/// The functional form of a method names its first parameter `input`.
fn keyword(name: &str, call: &Call, is_aten: bool) -> Option<usize> {
    call.kwargs.iter().position(|(k, _)| k == name || (is_aten && name == "self" && k == "input"))
}

/// The element type, when all further positional arguments may become parameter `i`: `zeros(2, 3)`.
fn vararg_elem(schema: &Schema, i: usize) -> Option<&Type> {
    let is_last = schema.params.get(i + 1).is_none_or(|p| p.kw_only);
    match &schema.params[i].ty {
        Type::List(elem) if is_last && schema.params[i].broadcast.is_none() && !matches!(**elem, Type::Var(_)) => Some(elem),
        _ => None,
    }
}

fn without_optional(t: &Type) -> &Type {
    match t {
        Type::Optional(t) => t,
        t => t,
    }
}

/// A list of that type, or a tuple whose elements all are of its element type.
fn convertible_to_list(ty: &Type, list: &Type, classes: &dyn Subtyping) -> bool {
    let list = without_optional(list);
    let Type::List(elem) = list else { return false };
    ty.is_subtype_of(list, classes) || ty.tuple_elems().is_some_and(|ts| ts.iter().all(|t| t.is_subtype_of(elem, classes)))
}

struct Matcher<'a> {
    env: HashMap<Rc<str>, Type>,
    conversions: bool,
    classes: &'a dyn Subtyping,
}

impl Matcher<'_> {
    fn argument(&mut self, param: &Param, actual: Actual) -> Result<Actual, String> {
        let actual = match repeated(&actual.ty, param) {
            Some(n) => {
                let ty = Type::list(actual.ty.clone());
                Actual::made(Input::List { elem: actual.ty, items: vec![actual.input; n as usize] }, ty)
            }
            None => actual,
        };
        self.bind(&param.ty, &actual.ty).map_err(|reason| {
            let (have, want) = (actual.ty.annotation(), param.ty.annotation());
            format!("Could not match type {have} to {want} in argument '{}': {reason}.\n", param.name)
        })?;
        let Some(want) = self.substitute(&param.ty) else {
            let (have, want) = (actual.ty.annotation(), param.ty.annotation());
            return Err(format!("Type variables in type {want} could not be inferred from actual type {have}"));
        };
        let actual = self.convert(&want, actual);
        if actual.ty.is_subtype_of(&want, self.classes) {
            return Ok(actual);
        }
        let mut why = format!(
            "Expected a value of type '{}' for argument '{}' but instead found type '{}'.\n",
            param.ty.annotation(),
            param.name,
            actual.ty.annotation()
        );
        if param.is_inferred {
            why += &format!(
                "Inferred '{}' to be of type 'Tensor' because it was not annotated with an explicit type.\n",
                param.name
            );
        }
        if matches!(&actual.ty, Type::List(e) if **e == Type::Tensor) {
            why += "Empty lists default to List[Tensor]. Add a variable annotation to the assignment to create an empty list of \
                    another type (torch.jit.annotate(List[T, []]) where T is the type of elements in the list for Python 2)\n";
        }
        Err(why)
    }

    /// Implicit conversion towards `want`; the result may still not be of it.
    fn convert(&self, want: &Type, mut actual: Actual) -> Actual {
        if let Type::Optional(t) = want
            && !matches!(actual.ty, Type::Optional(_) | Type::None)
        {
            return self.convert(t, actual);
        }
        if actual.is_empty_list
            && let Type::List(elem) = want
        {
            actual = Actual::made(Input::List { elem: (**elem).clone(), items: vec![] }, want.clone());
        }
        if let Some(elems) = actual.ty.tuple_elems().map(<[Type]>::to_vec) {
            if let Type::List(elem) = without_optional(want)
                && convertible_to_list(&actual.ty, want, self.classes)
            {
                let items = (0..elems.len()).map(Input::Element).collect();
                let input = Input::Unpack { tuple: Box::new(actual.input), make: Made::List((**elem).clone()), items };
                actual = Actual::made(input, Type::List(elem.clone()));
            } else if let Some(wanted) = want.tuple_elems()
                && wanted.len() == elems.len()
                && !actual.ty.is_subtype_of(want, self.classes)
            {
                let parts: Vec<Actual> = (elems.iter().zip(wanted).enumerate())
                    .map(|(i, (have, want))| self.convert(want, Actual::made(Input::Element(i), have.clone())))
                    .collect();
                let types: Vec<Type> = parts.iter().map(|p| p.ty.clone()).collect();
                let items = parts.into_iter().map(|p| p.input).collect();
                let input = Input::Unpack { tuple: Box::new(actual.input), make: Made::Tuple(types.clone()), items };
                actual = Actual::made(input, Type::tuple(types));
            }
        }
        if !self.conversions {
            return actual;
        }
        let want = if let (Type::Bool, Type::Number) = (&actual.ty, want) { &Type::Int } else { want };
        let op = match (&actual.ty, want) {
            (Type::Bool, Type::Int) => "aten::Int",
            (Type::Bool, Type::Float) => "aten::Float",
            (Type::Tensor, Type::Float) => "aten::FloatImplicit",
            (Type::Tensor, Type::Complex) => "aten::ComplexImplicit",
            (Type::Tensor, Type::Int) => "aten::IntImplicit",
            (Type::Tensor, Type::Number) => "aten::ScalarImplicit",
            (Type::Number, Type::Float) => "aten::Float",
            (Type::Number, Type::Complex) => "aten::Complex",
            (Type::Number, Type::Int) => "aten::Int",
            (Type::Str, Type::Device) => "aten::device",
            _ => return actual,
        };
        Actual::made(Input::Convert { op, of: Box::new(actual.input), ty: want.clone() }, want.clone())
    }

    /// Binds the type variables of `formal` by the type of a value given for it.
    fn bind(&mut self, formal: &Type, actual: &Type) -> Result<(), String> {
        if !formal.has_vars() {
            return Ok(());
        }
        let cannot = |what: &str| Err(format!("Cannot match {what} to {}", actual.annotation()));
        match (formal, actual) {
            (Type::Var(name), _) => match self.env.get(name) {
                None => {
                    self.env.insert(name.clone(), actual.clone());
                    Ok(())
                }
                Some(bound) if unify(bound, actual, false, self.classes).is_some() => Ok(()),
                Some(bound) => Err(format!(
                    "Type variable '{name}' previously matched to type {} is matched to type {}",
                    bound.annotation(),
                    actual.annotation()
                )),
            },
            (Type::List(f), Type::List(a)) => self.bind(f, a),
            (Type::List(f), Type::Tuple(t)) => {
                let first = t.elems.first().cloned();
                let all = t.elems.iter().skip(1).try_fold(first, |acc, e| Some(unify(&acc?, e, false, self.classes)));
                match all.flatten() {
                    Some(t) => self.bind(f, &t),
                    None => cannot(&formal.annotation()),
                }
            }
            (Type::Tuple(f), Type::Tuple(a)) if f.elems.len() == a.elems.len() => {
                f.elems.iter().zip(&a.elems).try_for_each(|(f, a)| self.bind(f, a))
            }
            (Type::Tuple(_), Type::Tuple(_)) => Err("Cannot match tuples of mismatched size".into()),
            (Type::Tuple(_), _) => cannot("a tuple"),
            (Type::Future(f), Type::Future(a)) | (Type::Await(f), Type::Await(a)) | (Type::RRef(f), Type::RRef(a)) => {
                self.bind(f, a)
            }
            (Type::Future(_), _) => cannot("a future"),
            (Type::Await(_), _) => cannot("an await"),
            (Type::RRef(_), _) => cannot("a rref"),
            (Type::Optional(f), Type::Optional(a)) => self.bind(f, a),
            // None says nothing of the variable.
            (Type::Optional(_), Type::None) => Ok(()),
            (Type::Optional(f), a) => self.bind(f, a),
            (Type::Dict(fk, fv), Type::Dict(ak, av)) => {
                self.bind(fk, ak)?;
                self.bind(fv, av)
            }
            (Type::Dict(..), _) => cannot("a dict"),
            _ => cannot(&formal.annotation()),
        }
    }

    /// The type with variables replaced; `None` when one is unbound.
    fn substitute(&self, t: &Type) -> Option<Type> {
        if !t.has_vars() {
            return Some(t.clone());
        }
        let sub = |t: &Rc<Type>| self.substitute(t);
        Some(match t {
            Type::Var(name) => self.env.get(name)?.clone(),
            Type::List(t) => Type::list(sub(t)?),
            Type::Optional(t) => Type::optional(sub(t)?),
            Type::Dict(k, v) => Type::dict(sub(k)?, sub(v)?),
            Type::Future(t) => Type::Future(Rc::new(sub(t)?)),
            Type::Await(t) => Type::Await(Rc::new(sub(t)?)),
            Type::RRef(t) => Type::RRef(Rc::new(sub(t)?)),
            Type::Tuple(t) => Type::tuple(t.elems.iter().map(|t| self.substitute(t)).collect::<Option<_>>()?),
            Type::Union(m) => Type::union(m.iter().map(|t| self.substitute(t)).collect::<Option<_>>()?),
            other => other.clone(),
        })
    }
}

/// How often a single int or float given for `int[N]` or `float[N]` stands in the list.
fn repeated(ty: &Type, param: &Param) -> Option<u32> {
    match (ty, without_optional(&param.ty)) {
        (Type::Int | Type::Float, Type::List(e)) if **e == *ty => param.broadcast,
        _ => None,
    }
}
