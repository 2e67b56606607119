//! Type annotations, in all their spellings, to types.

use super::emitter::{Emitter, fail, unsupported};
use super::{Compiler, Resolver};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::syntax::{BinOp, Constant, Expr, ExprKind};
use crate::types::Type;
use std::rc::Rc;

/// Types that need no lookup, by their last name.
fn builtin(name: &str) -> Option<Type> {
    Some(match name {
        "Tensor" | "LongTensor" | "FloatTensor" | "DoubleTensor" | "IntTensor" | "ShortTensor" | "HalfTensor" | "CharTensor"
        | "ByteTensor" | "BoolTensor" => Type::Tensor,
        "int" => Type::Int,
        "float" => Type::Float,
        "bool" => Type::Bool,
        "complex" => Type::Complex,
        "str" => Type::Str,
        "Device" | "device" => Type::Device,
        "Generator" => Type::Generator,
        "Stream" => Type::Stream,
        "number" | "Number" => Type::Number,
        "None" | "NoneType" => Type::None,
        "Any" => Type::Any,
        "Capsule" => Type::Any,
        "list" => Type::AnyList,
        "tuple" => Type::AnyTuple,
        "dtype" | "layout" | "memory_format" | "qscheme" => Type::Int,
        "Size" => Type::list(Type::Int),
        _ => return None,
    })
}

/// `a.b.c` of an attribute expression.
pub(super) fn dotted(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Name(n) => Some(n.to_string()),
        ExprKind::Attribute { value, attr, .. } => Some(format!("{}.{attr}", dotted(value)?)),
        _ => None,
    }
}

/// Prefixes under which the builtin types and constructors are found.
fn is_type_room(prefix: &str) -> bool {
    matches!(
        prefix,
        "torch"
            | "typing"
            | "t"
            | "T"
            | "builtins"
            | "torch.jit"
            | "torch.futures"
            | "typing_extensions"
            | "torch._C"
            | "types"
            | "jit"
    )
}

impl Emitter<'_> {
    /// The type that an annotation means.
    pub fn annotation(&mut self, e: &Expr) -> Result<Type> {
        let resolver = self.resolver.clone();
        self.compiler.annotation(&*resolver, e)
    }
}

impl Compiler {
    /// The type that an annotation means, its names looked up by `resolver`.
    pub fn annotation(&mut self, resolver: &dyn Resolver, e: &Expr) -> Result<Type> {
        match &e.kind {
            ExprKind::Constant(Constant::None) => Ok(Type::None),
            ExprKind::Constant(Constant::Str(text)) => self.annotation_text(resolver, text, e.span),
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                let Some(name) = dotted(e) else { return self.not_a_type(e.span) };
                self.type_named(resolver, &name, e.span)
            }
            ExprKind::Binary { op: BinOp::BitOr, left, right } => {
                let left = self.annotation(resolver, left)?;
                let right = self.annotation(resolver, right)?;
                Ok(Type::union(vec![left, right]))
            }
            ExprKind::Subscript { value, index } => self.constructed(resolver, e.span, value, index),
            // `isinstance(x, (int, str))` is not an annotation; an empty tuple is the type of no elements.
            ExprKind::Tuple(items) if items.is_empty() => Ok(Type::tuple(vec![])),
            _ => self.not_a_type(e.span),
        }
    }

    fn not_a_type<T>(&self, span: Span) -> Result<T> {
        fail(Code::Type, span, format!("'{}' is not a type", self.sources.text(span)))
    }

    fn type_named(&mut self, resolver: &dyn Resolver, name: &str, span: Span) -> Result<Type> {
        let (prefix, last) = name.rsplit_once('.').unwrap_or(("", name));
        let in_place = prefix.is_empty() || is_type_room(prefix);
        // What the program calls by a builtin's name is its own.
        let shadowed =
            prefix.is_empty() && !matches!(last, "int" | "float" | "bool" | "str" | "complex" | "list" | "tuple" | "None");
        if shadowed && let Some(t) = resolver.type_named(self, name, span)? {
            return Ok(t);
        }
        if in_place && let Some(t) = builtin(last) {
            return Ok(t);
        }
        if let Some(t) = resolver.type_named(self, name, span)? {
            return Ok(t);
        }
        let constructor = matches!(last, "List" | "Dict" | "Optional" | "Tuple" | "Union" | "dict" | "Future");
        if in_place && constructor {
            let what = last.to_ascii_lowercase();
            return Err(Box::new(
                Diagnostic::new(Code::Type, span, format!("{last} needs the types that it is made of"))
                    .help(format!("for example {}", example(&what))),
            ));
        }
        let mut d = Diagnostic::new(Code::Name, span, format!("Unknown type name '{name}'"));
        let known = ["Tensor", "int", "float", "bool", "str", "complex", "Any", "List", "Dict", "Optional", "Tuple", "Union"];
        let mut names = resolver.names();
        names.extend(known.iter().map(|s| s.to_string()));
        if let Some(near) = super::sugared::nearest(last, names.iter().map(String::as_str)) {
            d = d.help(format!("did you mean '{near}'?"));
        }
        Err(Box::new(d))
    }

    fn annotation_text(&mut self, resolver: &dyn Resolver, text: &str, span: Span) -> Result<Type> {
        if let Some(t) = resolver.parse_type(self, text, span)? {
            return Ok(t);
        }
        // The text stands in the source right behind the opening quote.
        let source = self.sources.text(span);
        let quote = source.find(['"', '\'']).map_or(0, |q| {
            let mark = &source[q..];
            q + if mark.starts_with("\"\"\"") || mark.starts_with("'''") { 3 } else { 1 }
        });
        let at = Span { file: span.file, lo: span.lo + quote as u32, hi: span.hi };
        let parsed = crate::syntax::parse_expression(text.trim(), span.file, at.lo);
        match parsed {
            Ok(e) => self.annotation(resolver, &e),
            Err(_) => fail(Code::Type, span, format!("'{text}' is not a type")),
        }
    }

    fn constructed(&mut self, resolver: &dyn Resolver, span: Span, value: &Expr, index: &Expr) -> Result<Type> {
        let Some(name) = dotted(value) else { return fail(Code::Type, value.span, "Subscripted type must be a type identifier") };
        let last = name.rsplit('.').next().unwrap_or("").to_owned();
        let args: &[Expr] = match &index.kind {
            ExprKind::Tuple(items) => items,
            _ => std::slice::from_ref(index),
        };
        let count = |n: usize| {
            if args.len() == n {
                Ok(())
            } else {
                fail(Code::Type, span, format!("{last} expected {n} types but found {}", args.len()))
            }
        };
        match last.as_str() {
            "Tuple" | "tuple" => {
                if let [one] = args
                    && matches!(&one.kind, ExprKind::Tuple(t) if t.is_empty())
                {
                    return Ok(Type::tuple(vec![]));
                }
                if args.iter().any(|a| matches!(a.kind, ExprKind::Constant(Constant::Ellipsis))) {
                    return unsupported(
                        span,
                        "tuples of any length aren't supported",
                        "use a List, or write each element's type",
                    );
                }
                let elems: Result<Vec<Type>> = args.iter().map(|a| self.annotation(resolver, a)).collect();
                Ok(Type::tuple(elems?))
            }
            "List" | "list" => {
                count(1)?;
                Ok(Type::list(self.annotation(resolver, &args[0])?))
            }
            "Dict" | "dict" => {
                count(2)?;
                let key = self.annotation(resolver, &args[0])?;
                check_key(&key, args[0].span)?;
                Ok(Type::dict(key, self.annotation(resolver, &args[1])?))
            }
            "Optional" => {
                count(1)?;
                Ok(Type::optional(self.annotation(resolver, &args[0])?))
            }
            "Union" => {
                let members: Result<Vec<Type>> = args.iter().map(|a| self.annotation(resolver, a)).collect();
                Ok(Type::union(members?))
            }
            "Future" => {
                count(1)?;
                Ok(Type::Future(Rc::new(self.annotation(resolver, &args[0])?)))
            }
            "Await" => {
                count(1)?;
                Ok(Type::Await(Rc::new(self.annotation(resolver, &args[0])?)))
            }
            "RRef" => {
                count(1)?;
                Ok(Type::RRef(Rc::new(self.annotation(resolver, &args[0])?)))
            }
            "Final" | "Annotated" | "ClassVar" | "Required" => match args.first() {
                Some(a) => self.annotation(resolver, a),
                None => self.not_a_type(span),
            },
            "Set" | "set" | "FrozenSet" | "frozenset" => {
                unsupported(span, "sets aren't supported", "use a List, or a Dict with the items as keys")
            }
            "Iterable" | "Iterator" | "Sequence" | "Collection" | "Generator" => {
                unsupported(span, format!("the type {last} isn't supported"), "use a List")
            }
            "Mapping" | "MutableMapping" | "OrderedDict" | "defaultdict" | "DefaultDict" => {
                unsupported(span, format!("the type {last} isn't supported"), "use a Dict")
            }
            "Callable" => unsupported(span, "functions as values aren't supported", "call the function by its name"),
            _ => fail(Code::Type, span, format!("Unknown type constructor {name}")),
        }
    }

    /// The type of a parameter, and the length of a list that a single number fills (`BroadcastingList2[int]`).
    pub fn parameter_annotation(&mut self, resolver: &dyn Resolver, e: &Expr) -> Result<(Type, Option<u32>)> {
        if let Some((ty, n)) = broadcasting(e) {
            return Ok((ty, Some(n)));
        }
        Ok((self.annotation(resolver, e)?, None))
    }
}

/// Values of the type can be keys of dicts.
pub(super) fn check_key(key: &Type, span: Span) -> Result<()> {
    if matches!(key, Type::Int | Type::Bool | Type::Float | Type::Complex | Type::Tensor | Type::Device | Type::Str) {
        return Ok(());
    }
    let key = key.annotation();
    fail(
        Code::Type,
        span,
        format!("a dict's keys cannot be {key}: only int, float, complex, Tensor, device and str are supported"),
    )
}

fn broadcasting(e: &Expr) -> Option<(Type, u32)> {
    match &e.kind {
        ExprKind::Name(n) => {
            let digits = n.strip_prefix("_size_")?.strip_suffix("_t")?;
            Some((Type::list(Type::Int), digits.parse().ok()?))
        }
        ExprKind::Subscript { value, index } => {
            let ExprKind::Name(n) = &value.kind else { return None };
            if &**n == "Optional" {
                let (ty, n) = broadcasting(index)?;
                return Some((Type::optional(ty), n));
            }
            let n = n.strip_prefix("BroadcastingList")?.parse().ok()?;
            let ExprKind::Name(elem) = &index.kind else { return None };
            let elem = match &**elem {
                "int" => Type::Int,
                "float" => Type::Float,
                _ => return None,
            };
            Some((Type::list(elem), n))
        }
        _ => None,
    }
}

fn example(constructor: &str) -> &'static str {
    match constructor {
        "dict" => "Dict[str, Tensor]",
        "optional" => "Optional[Tensor]",
        "tuple" => "Tuple[int, Tensor]",
        "union" => "Union[int, str]",
        "future" => "Future[Tensor]",
        _ => "List[Tensor]",
    }
}
