//! A module in scripted code: attributes, calls, loops over its submodules.

use super::module::{ConcreteModule, Container, Submodule};
use super::python::PythonValue;
use super::resolve::Front;
use super::sugared::{SugaredObject, fail, nearest};
use super::{Arg, Emitter, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::eval::Obj;
use crate::eval::api::Modifier;
use crate::graph::{Const, FunctionId, Value};
use crate::types::Type;
use std::rc::Rc;

/// A graph value together with the module that it is.
#[derive(Clone)]
pub(super) struct ModuleValue {
    pub front: Rc<Front>,
    pub module: Rc<ConcreteModule>,
    pub value: Value,
}

impl ModuleValue {
    /// A submodule or attribute that the class has, read with `prim::GetAttr`.
    fn slot(&self, em: &mut Emitter, span: Span, name: &str) -> Option<Sugared> {
        let class = em.compiler.program.class(self.module.id);
        let ty = class.attributes.iter().find(|a| a.name == name)?.ty.clone();
        let value = em.get_attr(self.value, name, ty, span);
        Some(match self.module.submodule(name) {
            Some(Submodule::Module(m)) => self.sub(m, value),
            _ => Sugared::Value(value),
        })
    }

    fn sub(&self, m: &Rc<ConcreteModule>, value: Value) -> Sugared {
        Sugared::Other(Rc::new(ModuleValue { front: self.front.clone(), module: m.clone(), value }))
    }

    /// Names and values of submodules, parameters or buffers, as two tuples.
    fn members(&self, em: &mut Emitter, span: Span, what: Members) -> (Vec<Sugared>, Vec<Sugared>) {
        let names: Vec<String> = match what {
            Members::Modules => self.module.modules.iter().map(|(n, _)| n.clone()).collect(),
            Members::Parameters => self.module.attributes.iter().filter(|a| a.is_parameter).map(|a| a.name.clone()).collect(),
            Members::Buffers => self.module.attributes.iter().filter(|a| a.is_buffer).map(|a| a.name.clone()).collect(),
        };
        let mut keys = vec![];
        let mut values = vec![];
        for name in names {
            let key = em.constant(Const::Str(name.as_str().into()), span);
            if let Some(value) = self.slot(em, span, &name) {
                keys.push(Sugared::Value(key));
                values.push(value);
            }
        }
        (keys, values)
    }

    /// The module itself and all below it, with their dotted names.
    fn nested(&self, em: &mut Emitter, span: Span, prefix: &str, keys: &mut Vec<Sugared>, values: &mut Vec<Sugared>) {
        keys.push(Sugared::Value(em.constant(Const::Str(prefix.into()), span)));
        values.push(Sugared::Other(Rc::new(self.clone())));
        for (name, sub) in &self.module.modules {
            let (Submodule::Module(m), ty) = (sub, Type::Class(em.compiler.program.class(sub.id()).class.clone())) else {
                continue;
            };
            let value = em.get_attr(self.value, name, ty, span);
            let below = ModuleValue { front: self.front.clone(), module: m.clone(), value };
            let dotted = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            below.nested(em, span, &dotted, keys, values);
        }
    }

    /// `items()`, `values()` and the like.
    fn listing(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Option<Sugared>> {
        let is_dict = self.module.container == Container::Dict;
        let pairs = |(keys, values): (Vec<Sugared>, Vec<Sugared>)| {
            let len = Some(keys.len() as i64);
            Sugared::Zip { children: vec![Sugared::Tuple(keys), Sugared::Tuple(values)], len }
        };
        let found = match name {
            "keys" if is_dict => Sugared::Tuple(self.members(em, span, Members::Modules).0),
            "values" if is_dict => Sugared::Tuple(self.members(em, span, Members::Modules).1),
            "items" if is_dict => pairs(self.members(em, span, Members::Modules)),
            "keys" if self.module.container == Container::ParameterDict => {
                Sugared::Tuple(self.members(em, span, Members::Parameters).0)
            }
            "values" if self.module.container == Container::ParameterDict => {
                Sugared::Tuple(self.members(em, span, Members::Parameters).1)
            }
            "items" if self.module.container == Container::ParameterDict => pairs(self.members(em, span, Members::Parameters)),
            "children" => Sugared::Tuple(self.members(em, span, Members::Modules).1),
            "named_children" => pairs(self.members(em, span, Members::Modules)),
            "named_buffers" => pairs(self.members(em, span, Members::Buffers)),
            "modules" | "named_modules" => {
                self.check_no_interface(em, span, name)?;
                let (mut keys, mut values) = (vec![], vec![]);
                self.nested(em, span, "", &mut keys, &mut values);
                if name == "modules" { Sugared::Tuple(values) } else { pairs((keys, values)) }
            }
            _ => return Ok(None),
        };
        Ok(Some(Sugared::Other(Rc::new(Listing(found)))))
    }

    /// What lies below a submodule with an interface is not known.
    fn check_no_interface(&self, em: &Emitter, span: Span, name: &str) -> Result<()> {
        for (sub, m) in &self.module.modules {
            let Submodule::Interface(i) = m else { continue };
            let interface = &em.compiler.program.class(*i).class.name;
            let message =
                format!("Could not compile {name}(): the submodule '{sub}' is known by its interface '{interface}' only");
            let d = Diagnostic::new(Code::Unsupported, span, message);
            return Err(Box::new(d.help("call the modules by their names")));
        }
        Ok(())
    }

    /// Attribute, method, constant or function; `None` when there is nothing of the name.
    fn find(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Option<Sugared>> {
        let class = em.compiler.program.class(self.module.id);
        if let Some(f) = class.method(name) {
            return Ok(Some(self.method(name, f)));
        }
        if let Some((_, value)) = class.constants.iter().find(|(n, _)| n == name) {
            let value = value.clone();
            return self.constant(em, &value, span).map(Some);
        }
        if let Some(found) = self.slot(em, span, name) {
            return Ok(Some(found));
        }
        if let Some(found) = self.listing(em, span, name)? {
            return Ok(Some(found));
        }
        if let Some(found) = self.overloaded(em, name) {
            return Ok(Some(found));
        }
        if let Some((_, f)) = self.module.functions.iter().find(|(n, _)| n == name) {
            return self.front.sugar(em, f, span, false).map(Some);
        }
        match self.module.python.lookup(name) {
            Some(Obj::StaticMethod(f)) => self.front.sugar(em, &f, span, false).map(Some),
            Some(Obj::Function(f)) => match f.modifier() {
                Modifier::Ignore | Modifier::Unused => {
                    let obj = Obj::Function(f);
                    let (front, module) = (self.front.clone(), Some(self.module.clone()));
                    Ok(Some(Sugared::Other(Rc::new(PythonValue { front, obj, this: Some(self.value), module }))))
                }
                _ if !self.front.declare_overloads(em.compiler, &self.module, name, &f)?.is_empty() => {
                    Ok(self.overloaded(em, name))
                }
                _ => {
                    let id = self.front.declare_method(em.compiler, &self.module, name, &f)?;
                    Ok(Some(self.method(name, id)))
                }
            },
            _ => Ok(None),
        }
    }

    /// A method with variants that are declared already.
    fn overloaded(&self, em: &Emitter, name: &str) -> Option<Sugared> {
        let all = self.module.overloads.borrow().iter().find(|(n, _)| n == name).map(|(_, all)| all.clone())?;
        let class = em.compiler.program.class(self.module.id);
        let methods = all.into_iter().filter_map(|n| class.method(&n).map(|f| (n, f))).collect();
        Some(Sugared::Method(self.value, methods))
    }

    fn method(&self, name: &str, f: FunctionId) -> Sugared {
        Sugared::Method(self.value, vec![(name.to_owned(), f)])
    }

    /// A constant of the module; tuples are made element by element, as PyTorch does.
    fn constant(&self, em: &mut Emitter, c: &Const, span: Span) -> Result<Sugared> {
        if let Const::Tuple(items, _) = c {
            let values = items.iter().map(|i| self.constant(em, i, span)?.as_value(em, span)).collect::<Result<Vec<_>>>()?;
            return Ok(Sugared::Value(em.tuple(&values, None, span)));
        }
        Ok(Sugared::Value(em.constant(c.clone(), span)))
    }

    /// What looping over the module gives, and what indexing it looks into.
    fn elements(&self, em: &mut Emitter, span: Span) -> Result<Vec<Sugared>> {
        match self.module.container {
            Container::List => Ok(self.members(em, span, Members::Modules).1),
            Container::ParameterList => Ok(self.members(em, span, Members::Parameters).1),
            Container::Dict => Ok(self.members(em, span, Members::Modules).0),
            Container::ParameterDict => Ok(self.members(em, span, Members::Parameters).0),
            Container::None => {
                let d = Diagnostic::new(
                    Code::Type,
                    span,
                    format!("a {} module cannot be used as an iterable", self.module.python.name.borrow()),
                );
                Err(Box::new(d.help("only Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict can")))
            }
        }
    }
}

/// Sequences of different lengths, which recurrent layers take as well.
fn is_packed_sequence(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(t) if t.names.as_ref().is_some_and(|n| n.name.ends_with("torch.nn.utils.rnn.PackedSequence")))
}

#[derive(Clone, Copy)]
enum Members {
    Modules,
    Parameters,
    Buffers,
}

/// A method such as `items`: calling it gives the iterable.
struct Listing(Sugared);

impl SugaredObject for Listing {
    fn kind(&self) -> String {
        "method of a module container".into()
    }

    fn call(&self, _: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], _: usize) -> Result<Sugared> {
        if !args.is_empty() || !kwargs.is_empty() {
            return fail(Code::Unsupported, span, "this method takes no arguments in TorchScript");
        }
        Ok(self.0.clone())
    }
}

impl SugaredObject for ModuleValue {
    fn kind(&self) -> String {
        "module".into()
    }

    fn as_value(&self, _: &mut Emitter, _: Span) -> Result<Value> {
        Ok(self.value)
    }

    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        if let Some(found) = self.find(em, span, name)? {
            return Ok(found);
        }
        let class = em.compiler.program.class(self.module.id);
        if let Some((_, getter, _)) = class.properties.iter().find(|(n, ..)| n == name) {
            let method = format!("__{name}_getter");
            return Sugared::Method(self.value, vec![(method, *getter)]).call(em, span, &[], &[], 1);
        }
        let short = self.module.python.name.borrow().to_string();
        let d = Diagnostic::new(Code::Name, span, format!("Module '{short}' has no attribute '{name}'"));
        if let Some((_, why)) = self.module.failed.iter().find(|(n, _)| n == name) {
            let mut why = why.clone();
            why.span.get_or_insert(span);
            return Err(why);
        }
        if self.module.ignored.iter().any(|n| n == name) {
            return Err(Box::new(d.help("the attribute is in __jit_ignored_attributes__")));
        }
        let mut known: Vec<String> = class.attributes.iter().map(|a| a.name.clone()).collect();
        known.extend(class.methods.iter().map(|(n, _)| n.clone()));
        known.extend(self.module.constants.iter().map(|(n, _)| n.clone()));
        Err(Box::new(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => d.help(format!("there is '{near}'")),
            None => d,
        }))
    }

    fn has_attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<bool> {
        Ok(self.find(em, span, name)?.is_some()
            || em.compiler.program.class(self.module.id).properties.iter().any(|(n, ..)| n == name))
    }

    fn set_attr(&self, em: &mut Emitter, span: Span, name: &str, value: Value) -> Result<()> {
        Sugared::Value(self.value).set_attr(em, span, name, value)
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        let takes_packed = self.module.python.lookup("_forward_packed").is_some();
        let input = args.first().or_else(|| kwargs.iter().find(|k| k.name.as_deref() == Some("input")));
        let method = match input {
            Some(x) if takes_packed && is_packed_sequence(em.ty(x.value)) => "_forward_packed",
            _ => "forward",
        };
        let forward = self.attr(em, span, method)?;
        super::hooks::around(em, span, (self.value, self.module.id), &forward, args, kwargs, binders)
    }

    fn getitem(&self, em: &mut Emitter, span: Span, index: Value, hint: Option<&Type>) -> Result<Sugared> {
        if let (Container::List | Container::Dict, Some(hint @ Type::Class(_))) = (self.module.container, hint)
            && em.as_constant(index).is_none()
        {
            for (name, sub) in &self.module.modules {
                let ty = Type::Class(em.compiler.program.class(sub.id()).class.clone());
                if !ty.is_subtype_of(hint, &em.compiler.program) {
                    let message = format!("the submodule '{name}' is not of the annotated type {}", hint.annotation());
                    return fail(Code::Type, span, message);
                }
            }
            return Ok(Sugared::Value(em.value("prim::ModuleContainerIndex", &[self.value, index], hint.clone(), span)));
        }
        let what = match self.module.container {
            Container::List | Container::ParameterList => {
                let items = self.elements(em, span)?;
                return Sugared::Tuple(items).getitem(em, span, index, None);
            }
            Container::Dict => Members::Modules,
            Container::ParameterDict => Members::Parameters,
            Container::None => {
                if em.compiler.program.class(self.module.id).method("__getitem__").is_some()
                    || self.module.python.lookup("__getitem__").is_some()
                {
                    return self.attr(em, span, "__getitem__")?.call(em, span, &[Arg::new(span, index)], &[], 1);
                }
                let message = format!("a {} module is not subscriptable", self.module.python.name.borrow());
                let d = Diagnostic::new(Code::Type, span, message);
                return Err(Box::new(d.help("only ModuleList, Sequential, ModuleDict, ParameterList and ParameterDict are")));
            }
        };
        let Some(Const::Str(key)) = em.as_constant(index) else {
            let d = Diagnostic::new(Code::Type, span, "a ModuleDict can only be indexed with string literals");
            return Err(Box::new(d.help("loop over it instead: for name, module in self.modules_by_name.items()")));
        };
        let is_there = match what {
            Members::Modules => self.module.submodule(&key).is_some(),
            _ => self.module.attributes.iter().any(|a| a.is_parameter && *a.name == *key),
        };
        match is_there.then(|| self.slot(em, span, &key)).flatten() {
            Some(found) => Ok(found),
            None => fail(Code::Name, span, format!("there is no key '{key}'")),
        }
    }

    fn iterate(&self, em: &mut Emitter, span: Span) -> Result<Sugared> {
        self.elements(em, span).map(Sugared::Tuple)
    }

    fn as_tuple(&self, em: &mut Emitter, span: Span, _: Option<usize>) -> Result<Vec<Sugared>> {
        self.elements(em, span)
    }
}
