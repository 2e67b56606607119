//! `tsaot run`: a script as Python would run it, its scripted code compiled in this process.

use super::convert::{Convert, write_back};
use super::{Host, World, read_source};
use crate::codegen::Jit;
use crate::diag::SourceMap;
use crate::eval::{Args, Interp, Obj, Options, R, Raise, ScriptedKind};
use crate::graph::{ClassId, Const, FunctionId, ObjectId, Signature, schema};
use crate::script::resolve::{Handle, Python};
use crate::script::{Compiler, hooks};
use crate::types::Type;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use tsrt::Value;

/// Code compiled so far, and the instances that stand for scripted modules. Code lives as long as the runner: values point into it.
///
/// The attributes of a scripted module live twice: in the Python object and in the instance. Before a call what Python changed goes
/// into the instance, afterwards what the code changed goes back.
#[derive(Default)]
pub struct Runner {
    functions: RefCell<HashMap<FunctionId, Rc<Jit>>>,
    instances: RefCell<HashMap<ObjectId, Rc<Live>>>,
    /// The instance of every module that has one, so that a module and those above it share it.
    values: RefCell<HashMap<ObjectId, Value>>,
    makers: RefCell<Vec<Jit>>,
}

/// The instance of a scripted module and of everything below it.
struct Live {
    root: Value,
    modules: Vec<LiveModule>,
}

struct LiveModule {
    value: Value,
    python: Obj,
    slots: Vec<LiveSlot>,
}

/// An attribute that is no submodule: its place, and the two sides of it as they last agreed.
struct LiveSlot {
    place: usize,
    name: String,
    ty: Type,
    python: RefCell<Obj>,
    value: RefCell<Value>,
}

impl Live {
    /// Carries what Python changed into the instance.
    fn pull(&self, convert: Convert) -> R<()> {
        for m in &self.modules {
            let Some(instance) = m.value.as_instance() else { continue };
            for s in &m.slots {
                let now = convert.interp.getattr(&m.python, &s.name)?;
                let tensor_moved =
                    matches!((&now, s.value.borrow().as_tensor()), (Obj::Tensor(t), Some(v)) if !t.value.borrow().same(v));
                if now.is(&s.python.borrow()) && !tensor_moved {
                    continue;
                }
                let value = convert.value(&now, &s.ty)?;
                instance.set(s.place, value.clone());
                s.python.replace(now);
                s.value.replace(value);
            }
        }
        Ok(())
    }

    /// Carries what compiled code changed back to Python.
    fn push(&self, convert: Convert) -> R<()> {
        for m in &self.modules {
            let Some(instance) = m.value.as_instance() else { continue };
            for s in &m.slots {
                let now = instance.get(s.place).unwrap_or(Value::none());
                let contained = now.as_list().is_some() || now.as_dict().is_some() || now.as_instance().is_some();
                if !contained && same(&now, &s.value.borrow()) {
                    continue;
                }
                let was = s.python.borrow().clone();
                let obj = convert.object(&now, &s.ty, &Args::default())?;
                s.value.replace(now);
                match (&was, &obj) {
                    (Obj::List(a), Obj::List(b)) => *a.items.borrow_mut() = b.items.take(),
                    _ => {
                        convert.interp.setattr(&m.python, &s.name, obj)?;
                        s.python.replace(convert.interp.getattr(&m.python, &s.name)?);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The same object, or equal plain values.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_object(), b.as_object()) {
        (Some(x), Some(y)) => x == y,
        (None, None) => {
            a.as_int() == b.as_int()
                && a.as_bool() == b.as_bool()
                && a.as_float().map(f64::to_bits) == b.as_float().map(f64::to_bits)
                && a.as_device() == b.as_device()
                && a.is_none() == b.is_none()
        }
        _ => false,
    }
}

/// A function as its callers from Python see it.
struct Callee {
    function: FunctionId,
    signature: Signature,
    this: Option<Rc<Live>>,
}

impl Runner {
    /// Calls a scripted function, or a method of a scripted module.
    pub fn call(&self, interp: &Interp, host: &Host, handle: &Handle, method: &str, args: Args) -> R<Obj> {
        let convert = Convert { interp, host };
        let callee = self.callee(interp, host, handle, method)?;
        let skip = usize::from(callee.this.is_some());
        let params = callee.signature.params.get(skip..).unwrap_or_default();
        let name = host.with(|c| c.program.function(callee.function).name.rsplit('.').next().unwrap_or("").to_owned());
        if args.pos.len() > params.len() {
            let message = format!(
                "{name}() expected at most {} argument(s) but received {} argument(s).",
                params.len() + skip,
                args.pos.len() + skip
            );
            return interp.raise("RuntimeError", message);
        }
        let unknown = args.kw.iter().find(|(k, _)| !params.iter().any(|p| *p.name == **k));
        if let Some((k, _)) = unknown {
            return interp.raise("RuntimeError", format!("Unknown keyword argument '{k}' for operator '{name}'."));
        }
        let mut values: Vec<Value> = callee.this.iter().map(|live| live.root.clone()).collect();
        let mut shared: Vec<(Obj, usize, Type)> = vec![];
        for (i, p) in params.iter().enumerate() {
            let given = args.pos.get(i).or_else(|| args.kw.iter().find(|(k, _)| **k == *p.name).map(|(_, v)| v));
            let value = match (given, &p.default) {
                (Some(obj), _) => {
                    if let Obj::Script(s) = obj
                        && matches!(s.kind, ScriptedKind::List | ScriptedKind::Dict)
                    {
                        shared.push((s.target.clone(), values.len(), p.ty.clone()));
                    }
                    match convert.value(obj, &p.ty) {
                        Ok(v) => v,
                        Err(_) => return interp.raise("RuntimeError", mismatch(interp, host, &callee, &name, i, obj)),
                    }
                }
                (None, Some(d)) => convert.constant(d, &p.ty)?,
                (None, None) => {
                    return interp.raise("RuntimeError", format!("{name}() is missing value for argument '{}'.", p.name));
                }
            };
            values.push(value);
        }
        let jit = self.function(interp, host, callee.function)?;
        if let Some(live) = &callee.this {
            live.pull(convert)?;
        }
        let result = jit.call(callee.function, &values);
        if let Some(live) = &callee.this {
            live.push(convert)?;
        }
        for (obj, at, ty) in &shared {
            write_back(convert, obj, &values[*at], ty)?;
        }
        match result {
            Ok(values) => match (values.first(), callee.signature.returns.first()) {
                (Some(v), Some(ty)) => convert.object(v, ty, &args),
                _ => Ok(Obj::None),
            },
            Err(e) => Err(raised(interp, &e.exception, e.message)),
        }
    }

    fn callee(&self, interp: &Interp, host: &Host, handle: &Handle, method: &str) -> R<Callee> {
        let (function, object) = match handle {
            Handle::Function(f) => (*f, None),
            Handle::Module { module, object } => match method_of(&mut *host.compiler.borrow_mut(), module.id, method) {
                Some(f) => (f, Some(*object)),
                None => return interp.raise("AttributeError", format!("the scripted module has no method '{method}'")),
            },
            Handle::Method(owner, f) => match owner.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>()) {
                Some(Handle::Module { object, .. }) => (*f, Some(*object)),
                _ => (*f, None),
            },
            _ => return interp.type_error("this scripted object cannot be called"),
        };
        let this = match object {
            Some(o) => Some(self.live(interp, host, o)?),
            None => None,
        };
        Ok(Callee { function, signature: host.with(|c| c.program.function(function).signature.clone()), this })
    }

    /// Calls a Python function that compiled code left to Python.
    pub fn call_python(&self, interp: &Interp, host: &Host, python: &Python, args: &[Value]) -> R<Value> {
        let convert = Convert { interp, host };
        let lives: Vec<Rc<Live>> = self.instances.borrow().values().cloned().collect();
        for live in &lives {
            live.push(convert)?;
        }
        let none = Args::default();
        let mut objs = vec![];
        for (v, p) in args.iter().zip(&python.signature.params) {
            objs.push(convert.object(v, &p.ty, &none)?);
        }
        let result = interp.call(&python.function, Args::new(objs))?;
        for live in &lives {
            live.pull(convert)?;
        }
        match python.signature.returns.first() {
            Some(ty) if *ty != Type::None => convert.value(&result, ty),
            _ => Ok(Value::none()),
        }
    }

    fn function(&self, interp: &Interp, host: &Host, f: FunctionId) -> R<Rc<Jit>> {
        if let Some(jit) = self.functions.borrow().get(&f) {
            return Ok(jit.clone());
        }
        let jit = Rc::new(compiled(interp, host.with(|c| Jit::compile(&c.program, &c.sources, &[f], &[])))?);
        self.functions.borrow_mut().insert(f, jit.clone());
        Ok(jit)
    }

    /// Instances are made anew when they are needed next, and so is code: a submodule was replaced, maybe by one of another class.
    pub fn forget(&self) {
        self.instances.borrow_mut().clear();
        self.values.borrow_mut().clear();
        self.functions.borrow_mut().clear();
    }

    fn live(&self, interp: &Interp, host: &Host, o: ObjectId) -> R<Rc<Live>> {
        if let Some(live) = self.instances.borrow().get(&o) {
            return Ok(live.clone());
        }
        let known = self.values.borrow().get(&o).cloned();
        let root = match known {
            Some(value) => value,
            None => self.make(interp, host, o)?,
        };
        let mut modules = vec![];
        self.walk(interp, host, o, &root, &mut modules)?;
        let live = Rc::new(Live { root, modules });
        self.instances.borrow_mut().insert(o, live.clone());
        Ok(live)
    }

    /// A new instance, of what Python's side is now.
    fn make(&self, interp: &Interp, host: &Host, o: ObjectId) -> R<Value> {
        host.refresh();
        let jit = compiled(interp, host.with(|c| Jit::compile(&c.program, &c.sources, &[], &[o])))?;
        let made = jit.instance(o).or_else(|e| interp.raise(&e.exception, e.message));
        self.makers.borrow_mut().push(jit);
        made
    }

    /// Notes an instance and the modules below it.
    fn walk(&self, interp: &Interp, host: &Host, o: ObjectId, value: &Value, out: &mut Vec<LiveModule>) -> R<()> {
        let Some(python) = host.live_module(o) else { return Ok(()) };
        let Some(instance) = value.as_instance() else { return Ok(()) };
        let (constants, attributes) = host.with(|c| {
            let object = c.program.object(o);
            (object.slots.clone(), c.program.class(object.class).attributes.clone())
        });
        self.values.borrow_mut().insert(o, value.clone());
        let mut slots = vec![];
        for (place, (constant, a)) in constants.iter().zip(attributes).enumerate() {
            let field = instance.get(place).unwrap_or(Value::none());
            if let Const::Object(below) = constant
                && matches!(&a.ty, Type::Class(c) if c.is_module || c.is_interface)
            {
                let known = self.values.borrow().get(below).cloned();
                if let Some(known) = &known {
                    instance.set(place, known.clone());
                }
                self.walk(interp, host, *below, known.as_ref().unwrap_or(&field), out)?;
                continue;
            }
            let now = interp.getattr(&python, &a.name)?;
            slots.push(LiveSlot { place, name: a.name, ty: a.ty, python: now.into(), value: field.into() });
        }
        out.push(LiveModule { value: value.clone(), python, slots });
        Ok(())
    }

    /// The Python module that an instance stands for.
    pub fn python_module(&self, v: &Value) -> Option<Obj> {
        let instances = self.instances.borrow();
        instances.values().flat_map(|l| &l.modules).find(|m| m.value.as_object() == v.as_object()).map(|m| m.python.clone())
    }

    /// The instance that stands for a Python module.
    pub fn module_value(&self, obj: &Obj) -> Option<Value> {
        let instances = self.instances.borrow();
        instances.values().flat_map(|l| &l.modules).find(|m| m.python.is(obj)).map(|m| m.value.clone())
    }
}

/// PyTorch's words for an argument that does not fit.
fn mismatch(interp: &Interp, host: &Host, callee: &Callee, name: &str, i: usize, given: &Obj) -> String {
    let skip = usize::from(callee.this.is_some());
    let Some(p) = callee.signature.params.get(i + skip) else { return String::new() };
    let shown = interp.repr(given).unwrap_or_default();
    let declaration = host.with(|c| schema::declaration(c.program.function(callee.function), &c.program));
    format!(
        "{name}() Expected a value of type '{}' for argument '{}' but instead found type '{}'.\nPosition: {}\nValue: {shown}\nDeclaration: {declaration}\nCast error details: Unable to cast Python instance to C++ type (#define PYBIND11_DETAILED_ERROR_MESSAGES or compile in debug mode for details)",
        p.ty.annotation(),
        p.name,
        interp.type_name(given),
        i + skip,
    )
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

/// The status that `sys.exit(value)` asks for; text goes to stderr and means 1.
fn exit_status(interp: &Interp, exc: &Obj) -> u8 {
    match interp.getattr_quiet(exc, "value") {
        Ok(Some(Obj::Int(i))) => i as u8,
        Ok(Some(Obj::Bool(b))) => u8::from(b),
        Ok(Some(Obj::None) | None) => 0,
        Ok(Some(other)) => {
            eprintln!("{}", interp.to_str(&other).unwrap_or_default());
            1
        }
        Err(_) => 1,
    }
}

/// What a compiled function raised, as Python code may catch it.
fn raised(interp: &Interp, class: &str, message: String) -> Box<Raise> {
    let made = interp.modules.get_str("torch.jit").map(|jit| {
        let make = interp.getattr(&jit, "_exception")?;
        interp.call(&make, Args::new(vec![Obj::str(class), Obj::str(&message)]))
    });
    match made {
        Some(Ok(exc)) => interp.raise_obj(exc),
        Some(Err(raise)) => raise,
        None => interp.error(class, message),
    }
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
    let options = Options { name: "__main__".into(), directory, argv, ..Options::default() };
    let interp = Interp::new(sources, Box::new(World { prints_to_stderr: false }), options);
    let _host = Host::install(&interp, false);
    match interp.run_main(file) {
        Ok(_) => 0,
        Err(raise) if interp.is_exception(&raise, "SystemExit") => exit_status(&interp, &raise.exc),
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

/// A method of a module by name; calling the module is `forward` with its hooks.
fn method_of(c: &mut Compiler, class: ClassId, name: &str) -> Option<FunctionId> {
    let is_call = name == hooks::CALL;
    let hooked = if is_call { c.hooked_call(class) } else { None };
    hooked.or_else(|| c.program.class(class).method(if is_call { "forward" } else { name }))
}
