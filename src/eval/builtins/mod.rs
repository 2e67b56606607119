//! Builtin functions, types and native modules.

mod containers;
pub mod functions;
mod math;
mod numbers;
pub mod objects;
mod strings;
mod system;

use std::rc::Rc;

use super::{interp::Interp, object::*, raise::R};
use crate::syntax::Name;

pub type Install = fn(&Interp, &Rc<ModuleObj>);

/// Fills the builtin classes and the builtins' dictionary.
pub fn install(interp: &Rc<Interp>) {
    objects::install(interp);
    numbers::install(interp);
    strings::install(interp);
    containers::install(interp);
    functions::install(interp);
    super::tensor::install(interp);
    for class in interp.types.all() {
        if &*class.module == "builtins"
            && !matches!(
                &**class.name.borrow(),
                "NoneType"
                    | "function"
                    | "builtin_function_or_method"
                    | "method"
                    | "module"
                    | "iterator"
                    | "generator"
                    | "ellipsis"
                    | "NotImplementedType"
            )
        {
            let name = class.name.borrow().clone();
            interp.builtins.set_name(&name, Obj::Class(class.clone()));
        }
    }
    for (name, class) in &interp.types.exceptions {
        interp.builtins.set_str(name, Obj::Class(class.clone()));
    }
    interp.builtins.set_str("IOError", Obj::Class(interp.types.exception("OSError")));
    interp.builtins.set_str("EnvironmentError", Obj::Class(interp.types.exception("OSError")));
    interp.builtins.set_str("Ellipsis", Obj::Ellipsis);
    interp.builtins.set_str("NotImplemented", Obj::NotImplemented);
    interp.builtins.set_str("__debug__", Obj::Bool(true));
    let module = interp.new_module("builtins");
    for (k, v) in interp.builtins.str_items() {
        module.dict.set_name(&k, v);
    }
}

/// Modules written in Rust.
pub fn native_module(name: &str) -> Option<Install> {
    Some(match name {
        "math" => math::math,
        "cmath" => math::cmath,
        "sys" => system::sys,
        "time" => system::time,
        "_tsaot" => system::hooks,
        "_torch" => super::tensor::native,
        _ => return None,
    })
}

/// Puts a method on a builtin class.
pub fn method(class: &Rc<Class>, name: &str, f: impl Fn(&Interp, Args) -> R<Obj> + 'static) {
    let b = Builtin { name: Name::from(name), module: class.module.clone(), method: true, func: Box::new(f), op: None };
    class.dict.set_str(name, Obj::Builtin(Rc::new(b)));
}

/// Puts a function into a module.
pub fn function(module: &Rc<ModuleObj>, name: &str, f: impl Fn(&Interp, Args) -> R<Obj> + 'static) {
    let b = Builtin { name: Name::from(name), module: module.name.clone(), method: false, func: Box::new(f), op: None };
    module.dict.set_str(name, Obj::Builtin(Rc::new(b)));
}

impl Interp {
    /// Sorts arguments to named parameters; the first `required` must be given.
    pub fn take_args<const N: usize>(
        &self,
        function: &str,
        args: Args,
        names: [&str; N],
        required: usize,
    ) -> R<[Option<Obj>; N]> {
        let mut out: [Option<Obj>; N] = std::array::from_fn(|_| None);
        if args.pos.len() > N {
            let s = if N == 1 { "" } else { "s" };
            return self.type_error(format!("{function}() takes at most {N} argument{s} ({} given)", args.pos.len()));
        }
        for (slot, v) in out.iter_mut().zip(args.pos) {
            *slot = Some(v);
        }
        for (k, v) in args.kw {
            match names.iter().position(|n| *n == &*k) {
                Some(i) if out[i].is_none() => out[i] = Some(v),
                Some(_) => return self.type_error(format!("{function}() got multiple values for argument '{k}'")),
                None => return self.type_error(format!("{function}() got an unexpected keyword argument '{k}'")),
            }
        }
        if let Some(i) = out.iter().take(required).position(Option::is_none) {
            return self.type_error(format!("{function}() missing required argument '{}' (pos {})", names[i], i + 1));
        }
        Ok(out)
    }
}

/// The argument, `None` when it was not given.
pub fn or_none(v: Option<Obj>) -> Obj {
    v.unwrap_or(Obj::None)
}
