//! `tsaot run`: a script as Python would run it, its scripted code compiled in this process.

use super::convert::{to_object, to_value, write_back};
use super::{Host, World, read_source};
use crate::codegen::Jit;
use crate::diag::SourceMap;
use crate::eval::{Args, Interp, Obj, Options, R, ScriptedKind};
use crate::graph::{Const, FunctionId, ObjectId};
use crate::script::Compiler;
use crate::script::resolve::Handle;
use crate::types::Type;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use tsrt::Value;

/// Code compiled so far, and the instances that stand for scripted modules. Code lives as long as the runner: values point into it.
#[derive(Default)]
pub struct Runner {
    functions: RefCell<HashMap<FunctionId, Rc<Jit>>>,
    instances: RefCell<HashMap<ObjectId, Value>>,
    makers: RefCell<Vec<Jit>>,
}

impl Runner {
    /// Calls a scripted function, or a method of a scripted module.
    pub fn call(&self, interp: &Interp, c: &Compiler, handle: &Handle, method: &str, args: Args) -> R<Obj> {
        let (f, this) = match handle {
            Handle::Function(f) => (*f, None),
            Handle::Module { module, object } => match c.program.class(module.id).method(method) {
                Some(f) => (f, Some(self.instance(interp, c, *object)?)),
                None => return interp.raise("AttributeError", format!("the scripted module has no method '{method}'")),
            },
            _ => return interp.type_error("this scripted object cannot be called"),
        };
        let signature = &c.program.function(f).signature;
        let skip = usize::from(this.is_some());
        let params = &signature.params[skip.min(signature.params.len())..];
        if args.pos.len() > params.len() {
            let message = format!("expected at most {} argument(s) but received {} argument(s)", params.len(), args.pos.len());
            return interp.raise("RuntimeError", message);
        }
        let mut values: Vec<Value> = this.into_iter().collect();
        let mut shared: Vec<(Obj, usize, Type)> = vec![];
        for (i, p) in params.iter().enumerate() {
            let given = args.pos.get(i).or_else(|| args.kw.iter().find(|(k, _)| **k == *p.name).map(|(_, v)| v));
            let value = match (given, &p.default) {
                (Some(obj), _) => {
                    let plain = match obj {
                        Obj::Script(s) if matches!(s.kind, ScriptedKind::List | ScriptedKind::Dict) => {
                            shared.push((s.target.clone(), values.len(), p.ty.clone()));
                            s.target.clone()
                        }
                        other => other.clone(),
                    };
                    to_value(interp, &plain, &p.ty)?
                }
                (None, Some(d)) => match default(d) {
                    Some(v) => v,
                    None => {
                        return interp.raise("RuntimeError", format!("the default of '{}' cannot be passed from Python", p.name));
                    }
                },
                (None, None) => return interp.raise("RuntimeError", format!("is missing value for argument '{}'", p.name)),
            };
            values.push(value);
        }
        let jit = self.function(interp, c, f)?;
        let result = jit.call(f, &values);
        for (obj, at, ty) in &shared {
            write_back(interp, obj, &values[*at], ty)?;
        }
        match result {
            Ok(values) => match (values.first(), signature.returns.first()) {
                (Some(v), Some(ty)) => to_object(interp, v, ty, &args),
                _ => Ok(Obj::None),
            },
            Err(e) => interp.raise(&e.exception, e.message),
        }
    }

    fn function(&self, interp: &Interp, c: &Compiler, f: FunctionId) -> R<Rc<Jit>> {
        if let Some(jit) = self.functions.borrow().get(&f) {
            return Ok(jit.clone());
        }
        let jit = Rc::new(compiled(interp, Jit::compile(&c.program, &c.sources, &[f], &[]))?);
        self.functions.borrow_mut().insert(f, jit.clone());
        Ok(jit)
    }

    fn instance(&self, interp: &Interp, c: &Compiler, o: ObjectId) -> R<Value> {
        if let Some(v) = self.instances.borrow().get(&o) {
            return Ok(v.clone());
        }
        let jit = compiled(interp, Jit::compile(&c.program, &c.sources, &[], &[o]))?;
        let made = match jit.instance(o) {
            Ok(v) => v,
            Err(e) => return interp.raise(&e.exception, e.message),
        };
        self.makers.borrow_mut().push(jit);
        self.instances.borrow_mut().insert(o, made.clone());
        Ok(made)
    }
}

pub(super) fn compiled(interp: &Interp, made: Result<Jit, Vec<crate::diag::Diagnostic>>) -> R<Jit> {
    match made {
        Ok(jit) => Ok(jit),
        Err(problems) => match problems.into_iter().next() {
            Some(d) => interp.raise_diagnostic(d),
            None => interp.raise("RuntimeError", "the code cannot be compiled"),
        },
    }
}

fn default(c: &Const) -> Option<Value> {
    Some(match c {
        Const::None => Value::none(),
        Const::Bool(b) => Value::bool(*b),
        Const::Int(i) => Value::int(*i),
        Const::Float(f) => Value::float(*f),
        Const::Str(s) => Value::from(&**s),
        Const::Tensor(t) => Value::from(t.clone()),
        _ => return None,
    })
}

/// Runs a script with these arguments; the result is its exit status. An uncaught exception prints Python's traceback and gives 1.
pub fn run(path: &Path, args: &[String]) -> u8 {
    let mut sources = SourceMap::default();
    let file = match read_source(path, &mut sources) {
        Ok(f) => f,
        Err(d) => {
            super::report(&[*d], &sources);
            return 1;
        }
    };
    let directory = path.parent().map(|p| p.display().to_string()).unwrap_or_default();
    let argv = std::iter::once(path.display().to_string()).chain(args.iter().cloned()).collect();
    let options = Options { name: "__main__".into(), directory, argv };
    let interp = Interp::new(sources, Box::new(World { prints_to_stderr: false }), options);
    let _host = Host::install(&interp, false);
    match interp.run_main(file) {
        Ok(_) => 0,
        Err(raise) => {
            match interp.take_diagnostic(&raise.exc) {
                Some(d) => {
                    super::report(&[d], &interp.sources.borrow());
                }
                None => eprint!("{}", interp.traceback(&raise)),
            }
            1
        }
    }
}
