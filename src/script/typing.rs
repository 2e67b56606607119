//! Types from evaluated annotations: `List[int]` as an object of the `typing` module, classes, text.

use super::constants::unknown_type;
use super::resolve::Front;
use super::{Compiler, sugared::fail};
use crate::diag::{Code, Result, Span};
use crate::eval::api::ClassKind;
use crate::eval::{Class, Obj, Scope};
use crate::types::Type;
use std::rc::Rc;

impl Front {
    /// Origin (`List`, `Optional`, as the last part of its name) and arguments of an annotation object such as `List[int]`.
    pub(super) fn generic(&self, obj: &Obj) -> Option<(String, Vec<Obj>)> {
        let attr = |o: &Obj, name: &str| self.interp.getattr_quiet(o, name).ok().flatten();
        if !matches!(obj, Obj::Instance(_)) {
            return None;
        }
        let name = |o: &Obj| match o {
            Obj::Class(c) => Some(c.name.borrow().to_string()),
            Obj::Str(s) => Some(s.to_string()),
            other => match attr(other, "_name").or_else(|| attr(other, "__name__")) {
                Some(Obj::Str(s)) => Some(s.to_string()),
                _ => None,
            },
        };
        let origin = match attr(obj, "__origin__") {
            Some(o) if !o.is_none() => name(&o)?,
            // `Any`, or `List` without arguments.
            _ => name(obj)?,
        };
        let args = match attr(obj, "__args__") {
            Some(Obj::Tuple(t)) => t.to_vec(),
            Some(Obj::List(l)) => l.items.borrow().clone(),
            _ => vec![],
        };
        Some((origin.rsplit('.').next().unwrap_or("").to_owned(), args))
    }

    /// The annotation is a form of `typing` without parameters, such as `List`.
    fn is_bare(&self, obj: &Obj) -> bool {
        matches!(obj, Obj::Instance(i) if &**i.class.borrow().name.borrow() == "_Special")
    }

    /// The annotation is `Final`, or `Final[T]`.
    pub(super) fn is_final(&self, obj: &Obj) -> bool {
        self.generic(obj).is_some_and(|(name, _)| name == "Final")
    }

    /// The type that an evaluated annotation means; `None` when it means none.
    pub(super) fn type_of_annotation(
        self: &Rc<Self>,
        c: &mut Compiler,
        obj: &Obj,
        scope: Option<&Rc<Scope>>,
        span: Span,
    ) -> Result<Option<Type>> {
        let t = &self.interp.types;
        match obj {
            Obj::None => Ok(Some(Type::None)),
            Obj::Str(text) => self.type_of_text(c, text, scope, span),
            Obj::Class(class) => {
                let plain = [
                    (&t.int, Type::Int),
                    (&t.float, Type::Float),
                    (&t.bool, Type::Bool),
                    (&t.complex, Type::Complex),
                    (&t.str, Type::Str),
                    (&t.none, Type::None),
                    (&t.device, Type::Device),
                    (&t.dtype, Type::Int),
                    (&t.layout, Type::Int),
                    (&t.memory_format, Type::Int),
                    (&t.qscheme, Type::Int),
                    (&t.torch_generator, Type::Generator),
                    (&t.list, Type::AnyList),
                    (&t.tuple, Type::AnyTuple),
                ];
                if let Some((_, ty)) = plain.into_iter().find(|(k, _)| Rc::ptr_eq(k, class)) {
                    return Ok(Some(ty));
                }
                if class.is_subclass_of(&t.tensor) {
                    return Ok(Some(Type::Tensor));
                }
                self.type_of_class(c, class, span)
            }
            _ => match self.generic(obj) {
                Some((name, _)) if self.is_bare(obj) && matches!(&*name, "list" | "dict" | "tuple" | "Optional") => {
                    let (name, example) = match &*name {
                        "list" => ("List", "List[int]"),
                        "dict" => ("Dict", "Dict[str, int]"),
                        "tuple" => ("Tuple", "Tuple[int]"),
                        _ => ("Optional", "Optional[int]"),
                    };
                    let message =
                        format!("Attempted to use {name} without a contained type. Please add a contained type, e.g. {example}");
                    fail(Code::Type, span, message)
                }
                Some((name, args)) => self.type_of_generic(c, &name, &args, scope, span).map(Some),
                None => Ok(None),
            },
        }
    }

    fn type_of_class(self: &Rc<Self>, c: &mut Compiler, class: &Rc<Class>, span: Span) -> Result<Option<Type>> {
        match class.kind() {
            ClassKind::Enum => Ok(Some(Type::Enum(self.enum_class(c, class, span)?))),
            ClassKind::NamedTuple => Ok(Some(self.named_tuple(c, class, span)?.0)),
            ClassKind::Plain | ClassKind::Dataclass | ClassKind::Module if self.is_interface(class) => {
                let id = self.interface(c, class, span)?;
                Ok(Some(Type::Class(c.program.class(id).class.clone())))
            }
            ClassKind::Plain | ClassKind::Dataclass if class.def().is_some() => match &**class.name.borrow() {
                "Any" if &*class.module == "typing" => Ok(Some(Type::Any)),
                "Size" if class.module.starts_with("torch") => Ok(Some(Type::list(Type::Int))),
                // Of whatever value.
                "Await" if &*class.module == "torch._awaits" => Ok(Some(Type::Await(Rc::new(Type::Any)))),
                _ if &*class.module == "typing" => Ok(None),
                _ => {
                    let id = self.class(c, class, span)?;
                    Ok(Some(Type::Class(c.program.class(id).class.clone())))
                }
            },
            _ => Ok(None),
        }
    }

    fn type_of_generic(
        self: &Rc<Self>,
        c: &mut Compiler,
        name: &str,
        args: &[Obj],
        scope: Option<&Rc<Scope>>,
        span: Span,
    ) -> Result<Type> {
        let mut types = vec![];
        for a in args {
            match a {
                Obj::Ellipsis => {
                    return fail(Code::Type, span, "tuples of any length, Tuple[T, ...], are not supported: use List[T]");
                }
                Obj::Tuple(t) if t.is_empty() => {}
                _ => match self.type_of_annotation(c, a, scope, span)? {
                    Some(t) => types.push(t),
                    None => return Err(unknown_type(&self.interp.repr(a).unwrap_or_default(), span)),
                },
            }
        }
        Ok(match (name, types.as_slice()) {
            ("Any" | "object", []) => Type::Any,
            ("List" | "list", [t]) => Type::list(t.clone()),
            ("list", []) => Type::AnyList,
            ("Dict" | "dict" | "OrderedDict", [k, v]) => Type::dict(k.clone(), v.clone()),
            ("Tuple" | "tuple", []) if args.is_empty() => Type::AnyTuple,
            ("Tuple" | "tuple", _) => Type::tuple(types),
            ("Optional", [t]) => Type::optional(t.clone()),
            ("Union" | "UnionType", [_, ..]) => {
                if types.len() == 3 && [Type::Int, Type::Float, Type::Complex].iter().all(|t| types.contains(t)) {
                    return Ok(Type::Number);
                }
                Type::union(types)
            }
            ("Final" | "ClassVar" | "Annotated", [t, ..]) => t.clone(),
            ("Future", [t]) => Type::Future(Rc::new(t.clone())),
            ("Await", [t]) => Type::Await(Rc::new(t.clone())),
            _ => return Err(unknown_type(name, span)),
        })
    }

    /// An annotation kept as text.
    fn type_of_text(
        self: &Rc<Self>,
        c: &mut Compiler,
        text: &str,
        scope: Option<&Rc<Scope>>,
        span: Span,
    ) -> Result<Option<Type>> {
        let Some(scope) = scope else { return Ok(None) };
        let e = crate::syntax::parse_expression(text, span.file, span.lo)?;
        match self.interp.eval(&e, scope) {
            Ok(Obj::Str(again)) if *again == *text => Ok(None),
            Ok(obj) => self.type_of_annotation(c, &obj, Some(scope), span),
            Err(e) => Err(self.raised(&e, span)),
        }
    }
}
