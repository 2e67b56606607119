//! How build-time Python reaches the TorchScript compiler.

use std::{any::Any, cell::RefCell, rc::Rc};

use super::{
    interp::Interp,
    iter::IterObj,
    object::{Args, Class, Obj},
    raise::R,
    types::Types,
};
use crate::diag::Span;
use crate::ops::Operator;

/// What was scripted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptedKind {
    Function,
    Module,
    /// `@torch.jit.script` on a class: the class itself stays bound to the name.
    Class,
    List,
    Dict,
    /// An instance of a scripted class that lives on the host's side.
    Object,
}

/// A handle to something compiled or to be compiled.
pub struct Scripted {
    pub kind: ScriptedKind,
    /// The function, module instance or class; the list or dict of a scripted container, shared by reference.
    pub target: Obj,
    /// `torch.jit.trace` rather than `script`.
    pub traced: bool,
    /// `example_inputs` of `script`; the inputs of `trace`.
    pub example_inputs: Obj,
    /// Further keyword arguments (`check_trace`, `strict`, ...).
    pub options: Vec<(crate::syntax::Name, Obj)>,
    /// Where the call stands in the user's program.
    pub span: Span,
    /// The host's own data.
    pub data: RefCell<Option<Rc<dyn Any>>>,
}

impl Scripted {
    pub fn class(&self, t: &Types) -> Rc<Class> {
        match self.kind {
            ScriptedKind::Function => &t.script_function,
            ScriptedKind::Module if self.traced => &t.traced_module,
            ScriptedKind::Module => &t.script_module,
            ScriptedKind::Class => &t.type_,
            ScriptedKind::List => &t.script_list,
            ScriptedKind::Dict => &t.script_dict,
            ScriptedKind::Object => &t.script_object,
        }
        .clone()
    }
}

/// Implemented by the driver over scripting, compilation and in-process running.
///
/// Errors are raised with [`Interp::raise_diagnostic`], so that they keep their place in the source.
pub trait ScriptHost {
    /// Compiles `handle.target` as TorchScript does at this moment; called once per handle, before it is returned to the program.
    fn script(&self, interp: &Interp, handle: &Rc<Scripted>) -> R<()>;
    /// Calls a method of a handle (`forward` for modules, `__call__` for functions).
    fn call(&self, interp: &Interp, handle: &Rc<Scripted>, method: &str, args: Args) -> R<Obj>;
    /// Executes an operator that the runtime does not have; `None` when the host does not, either.
    fn operator(&self, interp: &Interp, op: &Operator, args: &[tsrt::Value]) -> R<Option<Vec<tsrt::Value>>> {
        let _ = (interp, op, args);
        Ok(None)
    }
    /// The text of a scripted list or dict, as TorchScript prints it.
    fn container_text(&self, _interp: &Interp, _handle: &Scripted) -> R<Option<String>> {
        Ok(None)
    }
    /// An attribute: `code`, `graph`, `schema`, attributes of modules. `None` falls back to the target's own attribute.
    fn attr(&self, interp: &Interp, handle: &Rc<Scripted>, name: &str) -> R<Option<Obj>>;
    /// Assigns an attribute; `false` lets the evaluator write the target's.
    fn set_attr(&self, _interp: &Interp, _handle: &Rc<Scripted>, _name: &str, _value: &Obj) -> R<bool> {
        Ok(false)
    }
    /// `torch.jit.load`.
    fn load(&self, interp: &Interp, path: &str) -> R<Obj> {
        interp.raise("RuntimeError", format!("torch.jit.load({path:?}) is not available here"))
    }
    /// `torch.load`.
    fn load_saved(&self, interp: &Interp, path: &str) -> R<Obj> {
        interp.raise("RuntimeError", format!("torch.load({path:?}) is not available here"))
    }
    /// `torch.jit.save` and `m.save`.
    fn save(&self, interp: &Interp, _handle: &Rc<Scripted>, path: &str) -> R<()> {
        interp.raise("RuntimeError", format!("torch.jit.save({path:?}) is not available here"))
    }
}

impl Interp {
    /// Raises a `RuntimeError` that reports as `d` when nobody catches it.
    pub fn raise_diagnostic<T>(&self, d: crate::diag::Diagnostic) -> R<T> {
        let raise = self.error("RuntimeError", &d.message);
        self.attach_diagnostic(&raise.exc, d);
        Err(raise)
    }

    /// `torch.jit.script` and `torch.jit.trace`.
    pub fn script(&self, target: Obj, traced: bool, example_inputs: Obj, options: Vec<(crate::syntax::Name, Obj)>) -> R<Obj> {
        let kind = match &target {
            Obj::Script(_) => return Ok(target),
            Obj::Function(_) | Obj::Bound(_) | Obj::Builtin(_) => ScriptedKind::Function,
            Obj::Class(_) => ScriptedKind::Class,
            Obj::List(_) => ScriptedKind::List,
            Obj::Dict(_) => ScriptedKind::Dict,
            Obj::Instance(i) if i.class.borrow().is_named("torch.nn.modules.module.Module") => ScriptedKind::Module,
            Obj::Instance(_) if matches!(target.unwrapped(), Obj::List(_)) => ScriptedKind::List,
            Obj::Instance(_) if matches!(target.unwrapped(), Obj::Dict(_)) => ScriptedKind::Dict,
            Obj::Instance(_) if traced || self.special(&target, "__call__")?.is_some() => ScriptedKind::Function,
            _ => return self.type_error(format!("torch.jit.script cannot compile a {}", self.type_name(&target))),
        };
        let target = match kind {
            ScriptedKind::List => match target.unwrapped() {
                Obj::List(l) => Obj::list(l.items.borrow().clone()),
                other => other,
            },
            ScriptedKind::Dict => match target.unwrapped() {
                Obj::Dict(d) => Obj::Dict(d.copy()),
                other => other,
            },
            _ => target,
        };
        let span = self.user_span();
        let handle =
            Rc::new(Scripted { kind, target: target.clone(), traced, example_inputs, options, span, data: RefCell::new(None) });
        self.scripted.borrow_mut().push(handle.clone());
        let host = self.host.borrow().clone();
        if let Some(host) = host {
            host.script(self, &handle)?;
        }
        if kind == ScriptedKind::Class { Ok(target) } else { Ok(Obj::Script(handle)) }
    }

    /// Calls a scripted object.
    pub fn script_call(&self, handle: &Rc<Scripted>, method: &str, args: Args) -> R<Obj> {
        let host = self.host.borrow().clone();
        match host {
            Some(host) => host.call(self, handle, method, args),
            // Without a compiler the program's own Python gives the same result.
            None if method == "forward" || method == "__call__" => self.call(&handle.target, args),
            None => {
                let f = self.getattr(&handle.target, method)?;
                self.call(&f, args)
            }
        }
    }

    /// Attribute of a scripted object.
    pub fn script_attr(&self, handle: &Rc<Scripted>, name: &str) -> R<Option<Obj>> {
        let host = self.host.borrow().clone();
        if let Some(host) = host
            && let Some(v) = host.attr(self, handle, name)?
        {
            return Ok(Some(v));
        }
        match handle.kind {
            ScriptedKind::Function => match name {
                "name" | "__name__" | "qualified_name" => Ok(Some(self.getattr(&handle.target, "__name__")?)),
                "__wrapped__" | "_torchdynamo_inline" => Ok(Some(handle.target.clone())),
                "__doc__" | "__module__" => self.getattr_opt(&handle.target, name),
                _ => Ok(None),
            },
            ScriptedKind::Module => match name {
                "original_name" => Ok(Some(Obj::str(&*self.type_of(&handle.target).name.borrow()))),
                _ => {
                    // Methods that run through the compiler; the rest is the module's own state.
                    let own = self.getattr_opt(&handle.target, name)?;
                    let compiled = matches!(&own, Some(Obj::Bound(b)) if matches!(&b.func, Obj::Function(f) if !self.is_library(f.code.span().file)));
                    if compiled || name == "forward" {
                        let (handle, method) = (handle.clone(), name.to_string());
                        return Ok(Some(self.builtin("torch", name, move |i, args| i.script_call(&handle, &method, args))));
                    }
                    Ok(own)
                }
            },
            _ => self.getattr_opt(&handle.target, name),
        }
    }

    pub fn script_iter(&self, s: &Rc<Scripted>) -> R<Obj> {
        match s.kind {
            ScriptedKind::Function => self.type_error("'torch.jit.ScriptFunction' object is not iterable"),
            ScriptedKind::Class => Ok(IterObj::of("iterator", vec![])),
            ScriptedKind::Module if self.type_of(&s.target).is_named("torch.nn.modules.container.ModuleDict") => {
                self.iter(&s.target)
            }
            ScriptedKind::Module => {
                let children = self.getattr(&Obj::Script(s.clone()), "children")?;
                let children = self.call(&children, Args::default())?;
                self.iter(&children)
            }
            _ => self.iter(&s.target),
        }
    }
}
