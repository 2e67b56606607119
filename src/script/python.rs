//! Python objects in scripted code: modules, functions left to Python, and everything that is no TorchScript value.

use super::emitter::unsupported;
use super::module::ConcreteModule;
use super::resolve::Front;
use super::sugared::{SugaredObject, call, fail, nearest};
use super::{Arg, Compiler, Emitter, Special, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::eval::Obj;
use crate::eval::api::{self, Modifier};
use crate::eval::dict::DictObj;
use crate::eval::object::{Function as PythonFunction, ModuleObj};
use crate::graph::{Attr, Const, FunctionId, Param, Signature, Value};
use crate::types::Type;
use std::rc::Rc;

/// What a call of an `@unused` function raises.
pub(super) const DROPPED: &str = "This Python function is annotated to be ignored and cannot be run";

/// A Python module: its attributes count as constants.
pub(super) struct PythonModule {
    pub front: Rc<Front>,
    pub module: Rc<ModuleObj>,
}

impl SugaredObject for PythonModule {
    fn kind(&self) -> String {
        "python value of type 'module'".into()
    }

    fn as_value(&self, _: &mut Emitter, span: Span) -> Result<Value> {
        Err(Box::new(not_a_value("module", span)))
    }

    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        let obj = Obj::Module(self.module.clone());
        // `torch.FloatTensor` is the class Tensor at build time; compiled code makes tensors of its dtype.
        if &*self.module.name == "torch"
            && let Some(dtype) = super::builtins::constructor(name)
        {
            return Ok(Sugared::Special(Special::LegacyTensor(dtype)));
        }
        match self.front.interp.getattr_quiet(&obj, name) {
            Ok(Some(member)) => self.front.sugar(em, &member, span, true),
            Ok(None) => {
                let d = Diagnostic::new(Code::Name, span, format!("module '{}' has no attribute '{name}'", self.module.name));
                let known = self.module.dict.str_items();
                let operators =
                    if &*self.module.name == "torch" { crate::ops::similar(&format!("aten::{name}")) } else { vec![] };
                let operators = operators.iter().filter_map(|n| n.strip_prefix("aten::"));
                Err(Box::new(match nearest(name, known.iter().map(|(n, _)| &**n).chain(operators)) {
                    Some(near) => d.help(format!("there is '{}.{near}'", self.module.name)),
                    None => d,
                }))
            }
            Err(e) => Err(self.front.raised(&e, span)),
        }
    }

    fn has_attr(&self, _: &mut Emitter, span: Span, name: &str) -> Result<bool> {
        let obj = Obj::Module(self.module.clone());
        self.front.interp.getattr_quiet(&obj, name).map(|v| v.is_some()).map_err(|e| self.front.raised(&e, span))
    }
}

fn not_a_value(ty: &str, span: Span) -> Diagnostic {
    let d = Diagnostic::new(Code::Type, span, format!("python value of type '{ty}' cannot be used as a value"));
    match ty {
        "module" | "function" | "type" => d,
        _ => d.help("perhaps it is a closed over global variable: pass it in as an argument, or use a local variable instead"),
    }
}

/// Any other Python object. Functions left to Python can be called: at run time that raises.
pub(super) struct PythonValue {
    pub front: Rc<Front>,
    pub obj: Obj,
    /// The module that it is a method of.
    pub this: Option<Value>,
    pub module: Option<Rc<ConcreteModule>>,
}

impl PythonValue {
    fn type_name(&self) -> String {
        self.front.interp.type_name(&self.obj)
    }
}

impl PythonValue {
    /// The function compiled, when there is no Python to call at run time and its text is TorchScript of that signature.
    fn compiled(&self, em: &mut Emitter, f: &Rc<PythonFunction>, signature: &Signature, span: Span) -> Option<FunctionId> {
        if self.front.has_python.get() {
            return None;
        }
        let id = match &self.module {
            Some(m) => {
                let name = f.name.borrow().to_string();
                let declared =
                    self.front.method_body(em.compiler, f, self.front.module_type(em.compiler, m), self.front.module_self(m));
                let class = em.compiler.program.class(m.id).class.name.clone();
                em.compiler.declare_later(&format!("{class}.{name}"), Some(m.id), Some(f.span()), declared.ok()?)
            }
            None => match self.front.function(em.compiler, f, span).ok()?[..] {
                [one] => one,
                _ => return None,
            },
        };
        em.compiler.attempt(|c| c.require(id, span)).ok()?;
        let made = &em.compiler.program.function(id).signature;
        let types = |s: &Signature| s.params.iter().map(|p| p.ty.clone()).collect::<Vec<_>>();
        (types(made) == types(signature) && made.returns == signature.returns).then_some(id)
    }
}

impl SugaredObject for PythonValue {
    fn kind(&self) -> String {
        format!("python value of type '{}'", self.type_name())
    }

    fn as_value(&self, _: &mut Emitter, span: Span) -> Result<Value> {
        Err(Box::new(not_a_value(&self.type_name(), span)))
    }

    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        // Namespaces such as `torch.ops.aten` hold operators.
        if let Obj::Instance(_) | Obj::Class(_) = &self.obj
            && let Ok(Some(member)) = self.front.interp.getattr_quiet(&self.obj, name)
            && (matches!(member, Obj::Builtin(_)) || self.front.interp.operator_of(&member).is_some())
        {
            return self.front.sugar(em, &member, span, false);
        }
        if let Obj::Class(class) = &self.obj
            && let Some(Obj::StaticMethod(f)) = class.lookup(name)
        {
            return self.front.sugar(em, &f, span, false);
        }
        fail(Code::Name, span, format!("attribute lookup is not defined on {}", self.kind()))
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        let Some(f) = api::function(&self.obj) else {
            let class = match &self.obj {
                Obj::Class(c) => c.name.borrow().to_string(),
                _ => return fail(Code::Type, span, format!("cannot call a {}", self.kind())),
            };
            let instead = match class.as_str() {
                "set" | "frozenset" => "use a list, or a dict with the items as keys",
                "type" => "ask with isinstance()",
                "super" => "call the function that does the work by its name",
                "bytes" | "bytearray" | "memoryview" => "use a str, or a tensor of dtype uint8",
                "map" | "filter" => "append to a list in a loop",
                _ => "call it outside of the scripted code and pass its result in",
            };
            return unsupported(span, format!("'{class}' cannot be called in compiled code"), instead);
        };
        let signature =
            self.front.python_signature(em.compiler, &f, self.this.map(|v| em.graph.ty(v).clone()), args.len(), binders, span)?;
        let mut all: Vec<Arg> = self.this.iter().map(|v| Arg::new(span, *v)).collect();
        all.extend_from_slice(args);
        let name = f.name.borrow().to_string();
        let inputs = em.match_signature(span, &name, &signature, &all, kwargs)?;
        let ty = signature.returns.first().cloned().unwrap_or(Type::None);
        if f.modifier() == Modifier::Unused {
            let message = em.constant(Const::Str(DROPPED.into()), span);
            let class = em.constant(Const::None, span);
            em.op(span, "prim::RaiseException", &[message, class])?;
            return Ok(Sugared::Value(em.value("prim::Uninitialized", &[], ty, span)));
        }
        let node = em.node("prim::PythonOp", &inputs, &[ty], span);
        em.graph.set_attr(node, "name", Attr::Str(name));
        let index = self.front.python_function(&self.obj, &signature);
        em.graph.set_attr(node, "index", Attr::Int(index as i64));
        if let Some(body) = self.compiled(em, &f, &signature, span) {
            em.compiler.program.python.insert(index as i64, body);
        }
        Ok(Sugared::Value(em.graph.node(node).outputs[0]))
    }
}

impl Front {
    /// Notes a function that is left to Python, and gives its number.
    fn python_function(&self, function: &Obj, signature: &Signature) -> usize {
        let mut known = self.known.borrow_mut();
        known.python.push(super::resolve::Python { function: function.clone(), signature: signature.clone() });
        known.python.len() - 1
    }

    /// The function of that number.
    pub fn python_of(&self, index: usize) -> Option<super::resolve::Python> {
        self.known.borrow().python.get(index).cloned()
    }

    /// The signature of a function left to Python: its annotations, or tensors and as many results as are assigned.
    fn python_signature(
        self: &Rc<Self>,
        c: &mut Compiler,
        f: &Rc<PythonFunction>,
        this: Option<Type>,
        given: usize,
        binders: usize,
        span: Span,
    ) -> Result<Signature> {
        let params = f.code.params();
        let resolver = self.resolver(f, None);
        let def = f.def();
        let comment = match def.and_then(|d| d.type_comment.as_ref()).map(|t| &t.kind) {
            Some(crate::syntax::TypeCommentKind::Signature { params, returns }) => Some((params.clone(), returns.clone())),
            _ => None,
        };
        let returns = def.and_then(|d| d.returns.as_ref());
        let annotated = comment.is_some() || returns.is_some() || params.iter().any(|p| p.annotation.is_some());
        let skip = usize::from(this.is_some());
        let mut out = Signature::default();
        for (i, p) in params.positional().chain(&params.kwonly).enumerate() {
            let written = p
                .annotation
                .as_ref()
                .or_else(|| comment.as_ref().and_then(|(types, _)| types.as_ref()).and_then(|t| t.get(i.checked_sub(skip)?)));
            let ty = match (&this, written) {
                (Some(t), _) if i == 0 => t.clone(),
                (_, Some(e)) => c.annotation(&*resolver, e)?,
                (_, None) => Type::Tensor,
            };
            let default = match f.default_of(&p.name) {
                Some(v) if i > 0 || this.is_none() => Some(self.constant(c, &v, Some(&ty), p.span)?),
                _ => None,
            };
            let kw_only = params.kwonly.iter().any(|k| k.name == p.name);
            out.params.push(Param { name: p.name.to_string(), ty, default, kw_only, broadcast: None });
        }
        // `*args` takes what is left, as tensors.
        if let Some(v) = &params.vararg {
            for i in out.params.len()..given + skip {
                let name = format!("{}_{i}", v.name);
                out.params.push(Param { name, ty: Type::Tensor, default: None, kw_only: false, broadcast: None });
            }
        }
        let result = match (returns, &comment) {
            (Some(e), _) => c.annotation(&*resolver, e)?,
            (None, Some((_, e))) => c.annotation(&*resolver, e)?,
            (None, None) if annotated => Type::Tensor,
            (None, None) => match binders {
                0 => Type::None,
                1 => Type::Tensor,
                n => Type::tuple(vec![Type::Tensor; n]),
            },
        };
        if let Type::Var(_) = result {
            return fail(Code::Type, span, "the result of a function left to Python has no type");
        }
        out.returns.push(result);
        Ok(out)
    }
}

/// A function made by `boolean_dispatch`: a constant argument picks one of two.
pub(super) struct Dispatch {
    pub front: Rc<Front>,
    pub table: Rc<DictObj>,
}

impl SugaredObject for Dispatch {
    fn kind(&self) -> String {
        "function".into()
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        let index = match self.table.get_str("index").or_else(|| self.table.get_str("arg_index")) {
            Some(Obj::Int(i)) => usize::try_from(i).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let name = self.table.get_str("arg_name").and_then(|n| n.as_str().map(str::to_owned)).unwrap_or_default();
        let given = args.get(index).or_else(|| kwargs.iter().find(|k| k.name.as_deref() == Some(&name)));
        let flag = match given {
            Some(arg) => match em.as_constant(arg.value) {
                Some(Const::Bool(b)) => b,
                _ => {
                    let d = Diagnostic::new(
                        Code::Type,
                        arg.span,
                        format!("the argument '{name}' decides what the function returns, so it must be a constant"),
                    );
                    return Err(Box::new(d.help("write True or False, or read it from an attribute in __constants__")));
                }
            },
            None => matches!(self.table.get_str("default"), Some(Obj::Bool(true))),
        };
        match self.table.get_str(if flag { "if_true" } else { "if_false" }) {
            Some(f) => self.front.sugar(em, &f, span, false)?.call(em, span, args, kwargs, binders),
            None => fail(Code::Internal, span, "a dispatched function without its two bodies"),
        }
    }
}

/// A NamedTuple class with the defaults of its last fields.
pub(super) struct NamedTupleClass {
    pub ty: Type,
    pub defaults: Vec<Const>,
}

impl SugaredObject for NamedTupleClass {
    fn kind(&self) -> String {
        format!("class '{}'", self.ty.annotation())
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], _: usize) -> Result<Sugared> {
        Ok(Sugared::Value(call::named_tuple(em, span, &self.ty, &self.defaults, args, kwargs)?))
    }
}
