//! `__setstate__` of an archive's classes: what `torch.jit.save` wrote is a state, and the attributes are what that method makes of it.
//!
//! The method runs in this process while the archive is read, on an instance without attributes, for a bounded time and in bounded memory:
//! archives come from strangers. Compiled code has no files, no network and no processes.

use crate::codegen::{Jit, process};
use crate::diag::{Code, Diagnostic, Result};
use crate::graph::{Attribute, Block, ClassId, Const, EnumClass, FunctionId, Graph, Object, ObjectId, Program, Value as Var};
use crate::passes::pipeline;
use crate::script::Compiler;
use crate::script::emitter::const_type;
use crate::types::Type;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use tsrt::Value;
use tsrt::header::Kind;
use tsrt::object::Instance;

/// How long a state may take.
const SECONDS: u64 = 20;
/// How much memory it may take, beside four times that of the tensors in it.
const MEMORY: usize = 256 << 20;
/// How deep values may nest.
const MAX_DEPTH: usize = 1000;

/// Gives a new object the attributes that its `__setstate__` makes of a state.
pub fn restore(c: &mut Compiler, object: ObjectId, setstate: FunctionId, state: Const) -> Result<()> {
    let class = c.program.object(object).class;
    let name = c.program.class(class).class.name.clone();
    let fail = |why: String| Box::new(Diagnostic::new(Code::Input, None, format!("the archive cannot be read: {name}: {why}")));
    if let Some(span) = c.program.function(setstate).span {
        c.require(setstate, span)?;
    }
    let Some(ty) = c.program.function(setstate).signature.params.get(1).map(|p| p.ty.clone()) else {
        return Err(fail("__setstate__ takes no state".into()));
    };
    if let Some(early) = reads_early(&mut c.program, class, setstate) {
        return Err(fail(format!("__setstate__ reads the attribute '{early}' before it has a value")));
    }
    c.add_library();
    // An object of one attribute holds the state: attributes can be changed, constants cannot.
    let holder = hold(&mut c.program, &state, ty);
    let made = Jit::compile(&c.program, &c.sources, &[setstate], &[holder]);
    c.program.objects.pop();
    c.program.classes.pop();
    let jit = made.map_err(|problems| match problems.into_iter().next() {
        Some(d) => Box::new(d),
        None => fail("__setstate__ cannot be compiled".into()),
    })?;
    let attributes = c.program.class(class).attributes.clone();
    let fields: Vec<&str> = attributes.iter().map(|a| a.name.as_str()).collect();
    let this = Value::from(Instance::new(process::description(&name, &fields), fields.len(), Kind::Object));
    let raised = |e: crate::codegen::RuntimeError| fail(format!("__setstate__ raised {}: {}", e.exception, e.message));
    let held = bounded(MEMORY + 4 * bytes(&state), || {
        let held = jit.instance(holder)?;
        let given = held.as_instance().and_then(|h| h.get(0)).unwrap_or(Value::none());
        jit.call(setstate, &[this.clone(), given]).map(|_| held)
    });
    let held = held.map_err(raised)?;
    let mut reader =
        Reader { program: &mut c.program, objects: HashMap::new(), made: HashMap::new(), read: HashSet::new(), depth: 0 };
    reader.know(&state, &held.as_instance().and_then(|h| h.get(0)).unwrap_or(Value::none()));
    let known: Vec<(Value, ObjectId)> = reader.objects.values().cloned().collect();
    reader.instance(&this, object).map_err(fail)?;
    known.iter().try_for_each(|(v, o)| reader.instance(v, *o)).map_err(fail)
}

/// Adds an object whose only attribute is the state.
fn hold(program: &mut Program, state: &Const, ty: Type) -> ObjectId {
    let id = program.classes.len() as u32;
    let class = crate::types::ClassRef { id, name: "<state>".into(), is_module: false, is_interface: false };
    program.classes.push(crate::graph::Class {
        class,
        attributes: vec![Attribute { name: "state".into(), ty, is_parameter: false, is_buffer: false }],
        constants: vec![],
        methods: vec![],
        properties: vec![],
        forward_hooks: vec![],
        forward_pre_hooks: vec![],
        interface: vec![],
        doc: None,
        span: None,
    });
    program.objects.push(Object { class: ClassId(id), slots: vec![state.clone()] });
    ObjectId(program.objects.len() as u32 - 1)
}

/// Runs compiled code of a stranger; when it takes too much, the process ends with an error.
fn bounded<T>(memory: usize, work: impl FnOnce() -> T) -> T {
    let (done, end) = channel::<()>();
    let (start, before) = (Instant::now(), resident());
    let watch = move || {
        while end.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
            let too_much = match () {
                () if start.elapsed().as_secs() >= SECONDS => "time",
                () if resident() > before + memory => "memory",
                () => continue,
            };
            eprintln!("error[input]: the archive cannot be read: a __setstate__ in it takes too much {too_much}");
            std::process::exit(1);
        }
    };
    let watcher = std::thread::spawn(watch);
    let result = work();
    drop(done);
    let _ = watcher.join();
    result
}

/// The size of the tensors in a constant.
fn bytes(c: &Const) -> usize {
    let mut n = 0;
    c.tensors(&mut |t| n += t.numel() * t.itemsize());
    n
}

/// Bytes of memory that the process has; 0 where the system does not say.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// An attribute that a `__setstate__` may read before it has assigned it.
fn reads_early(program: &mut Program, class: ClassId, setstate: FunctionId) -> Option<String> {
    let copy = program.add_function(program.function(setstate).clone());
    pipeline::run_on(program, copy, pipeline::INLINE, &mut pipeline::Switches::default());
    let graph = program.functions.pop()?.graph;
    let names = program.class(class).attributes.iter().filter(|a| !a.ty.is_optional_like()).map(|a| a.name.clone());
    let this = *graph.block(graph.top()).params.first()?;
    read_without(&graph, graph.top(), this, &mut names.collect())
}

/// Walks a block; `missing` are the attributes of `this` without a value.
fn read_without(g: &Graph, block: Block, this: Var, missing: &mut HashSet<String>) -> Option<String> {
    for &n in &g.block(block).nodes {
        let data = g.node(n);
        let name = g.attr_str(n, "name").unwrap_or("");
        match (data.op.as_str(), data.inputs.iter().position(|v| *v == this)) {
            ("prim::SetAttr", Some(0)) if data.inputs.get(1) != Some(&this) => {
                missing.remove(name);
            }
            ("prim::GetAttr", Some(_)) if !missing.contains(name) => {}
            ("prim::GetAttr", Some(_)) => return Some(name.to_owned()),
            (_, Some(_)) => {
                if let Some(any) = missing.iter().min() {
                    return Some(any.clone());
                }
            }
            (_, None) => {}
        }
        let mut after: Vec<HashSet<String>> = vec![];
        for &b in &data.blocks {
            let mut inside = missing.clone();
            if let Some(early) = read_without(g, b, this, &mut inside) {
                return Some(early);
            }
            after.push(inside);
        }
        if data.op == "prim::If" {
            *missing = after.into_iter().reduce(|a, b| &a | &b).unwrap_or_default();
        }
    }
    None
}

/// Values of this process as constants. What is one object stays one.
struct Reader<'a> {
    program: &'a mut Program,
    /// Instances by address.
    objects: HashMap<usize, (Value, ObjectId)>,
    /// Lists and dicts by address.
    made: HashMap<usize, (Value, Const)>,
    /// Objects whose attributes are read.
    read: HashSet<ObjectId>,
    depth: usize,
}

fn address(v: &Value) -> usize {
    v.as_object().map_or(0, |p| p as usize)
}

type Read<T> = std::result::Result<T, String>;

impl Reader<'_> {
    /// Notes which instances are the objects of a constant that the code got.
    fn know(&mut self, c: &Const, v: &Value) {
        match c {
            Const::Object(o) => {
                if self.objects.insert(address(v), (v.clone(), *o)).is_none() {
                    let slots = self.program.object(*o).slots.clone();
                    let fields = |i| v.as_instance().and_then(|x| x.get(i)).unwrap_or(Value::none());
                    slots.iter().enumerate().for_each(|(i, c)| self.know(c, &fields(i)));
                }
            }
            Const::Tuple(items, _) => {
                let values = v.as_tuple().map(|t| t.items().to_vec()).unwrap_or_default();
                items.iter().zip(&values).for_each(|(c, v)| self.know(c, v));
            }
            Const::List(items, _) => {
                let values: Vec<Value> = v.as_list().map(|l| l.iter().collect()).unwrap_or_default();
                items.iter().zip(&values).for_each(|(c, v)| self.know(c, v));
            }
            Const::Dict(items, ..) => {
                let values: Vec<(Value, Value)> = v.as_dict().map(|d| d.iter().collect()).unwrap_or_default();
                items.iter().zip(&values).for_each(|(c, v)| self.know(&c.1, &v.1));
            }
            _ => {}
        }
    }

    /// The attributes of an object, from the instance that stands for it.
    fn instance(&mut self, v: &Value, o: ObjectId) -> Read<()> {
        self.objects.insert(address(v), (v.clone(), o));
        if !self.read.insert(o) {
            return Ok(());
        }
        let class = self.program.class(self.program.object(o).class);
        let (name, attributes) = (class.class.name.clone(), class.attributes.clone());
        let mut slots = vec![];
        for (i, a) in attributes.iter().enumerate() {
            let field = v.as_instance().and_then(|x| x.get(i)).unwrap_or(Value::none());
            if field.is_none() && !a.ty.is_optional_like() && a.ty != Type::None {
                return Err(format!("__setstate__ gives the attribute '{}' of {name} no value", a.name));
            }
            slots.push(self.value(&field, &a.ty)?);
        }
        self.program.objects[o.0 as usize].slots = slots;
        Ok(())
    }

    fn value(&mut self, v: &Value, ty: &Type) -> Read<Const> {
        if self.depth == MAX_DEPTH {
            return Err("the attributes that __setstate__ makes nest too deeply, or contain themselves".into());
        }
        self.depth += 1;
        let made = self.make(v, ty);
        self.depth -= 1;
        made
    }

    fn make(&mut self, v: &Value, ty: &Type) -> Read<Const> {
        if v.is_none() {
            return Ok(Const::None);
        }
        if let Some((_, c)) = self.made.get(&address(v)) {
            return Ok(c.clone());
        }
        let ty = match ty {
            Type::Optional(t) => t,
            t => t,
        };
        Ok(match ty {
            Type::Union(members) => {
                let mut fits = members.iter().filter_map(|t| {
                    let c = self.value(v, t).ok()?;
                    const_type(self.program, &c).is_subtype_of(t, self.program).then_some(c)
                });
                fits.next().ok_or("__setstate__ makes a value of none of an attribute's types")?
            }
            Type::List(elem) if v.as_list().is_some() => {
                let items: Vec<Value> = v.as_list().map(|l| l.iter().collect()).unwrap_or_default();
                let items = items.iter().map(|x| self.value(x, elem)).collect::<Read<Vec<Const>>>()?;
                self.keep(v, Const::List(Rc::new(items), (**elem).clone()))
            }
            Type::Dict(key, elem) if v.as_dict().is_some() => {
                let pairs: Vec<(Value, Value)> = v.as_dict().map(|d| d.iter().collect()).unwrap_or_default();
                let pairs = pairs.iter().map(|(k, x)| Ok((self.value(k, key)?, self.value(x, elem)?)));
                let pairs = pairs.collect::<Read<Vec<(Const, Const)>>>()?;
                self.keep(v, Const::Dict(Rc::new(pairs), (**key).clone(), (**elem).clone()))
            }
            Type::Tuple(t) if v.as_tuple().is_some() => {
                let items = v.as_tuple().map(|t| t.items().to_vec()).unwrap_or_default();
                let items = items.iter().zip(&t.elems).map(|(x, t)| self.value(x, t)).collect::<Read<Vec<Const>>>()?;
                Const::Tuple(Rc::new(items), ty.clone())
            }
            Type::Enum(e) => {
                let name = v.as_instance().and_then(|m| m.get(0));
                let name = name.as_ref().and_then(|n| n.as_str());
                let members = self.program.enums.get(e.id as usize).map(|e: &EnumClass| e.members.as_slice());
                let at = members.unwrap_or_default().iter().position(|(n, _)| Some(n.as_str()) == name);
                Const::Enum(e.clone(), at.ok_or("__setstate__ makes an enum member that is not there")? as u32)
            }
            _ => match v.as_instance() {
                Some(i) => Const::Object(self.object(v, i)?),
                None => plain(v)
                    .ok_or_else(|| format!("__setstate__ makes a {}, which cannot be part of a library", v.kind_name()))?,
            },
        })
    }

    fn keep(&mut self, v: &Value, c: Const) -> Const {
        self.made.insert(address(v), (v.clone(), c.clone()));
        c
    }

    /// The object that an instance stands for.
    fn object(&mut self, v: &Value, instance: &Instance) -> Read<ObjectId> {
        let known = self.objects.get(&address(v)).map(|o| o.1);
        let o = match known {
            Some(o) => o,
            None => {
                let name = instance.class_name();
                let class = self.program.classes.iter().position(|k| *k.class.name == *name);
                let class = class.ok_or_else(|| format!("__setstate__ makes an object of an unknown class {name}"))?;
                self.program.objects.push(Object { class: ClassId(class as u32), slots: vec![] });
                ObjectId(self.program.objects.len() as u32 - 1)
            }
        };
        self.instance(v, o)?;
        Ok(o)
    }
}

/// A value without parts.
fn plain(v: &Value) -> Option<Const> {
    if let Some(t) = v.as_tensor() {
        return Some(Const::Tensor(t.clone()));
    }
    if let Some(s) = v.as_str() {
        return Some(Const::Str(s.into()));
    }
    if let Some((kind, index)) = v.as_device() {
        return Some(Const::Device { kind, index });
    }
    Some(match v.as_scalar()? {
        tsrt::Scalar::Bool(b) => Const::Bool(b),
        tsrt::Scalar::Int(i) => Const::Int(i),
        tsrt::Scalar::Float(d) => Const::Float(d),
        tsrt::Scalar::Complex(c) => Const::Complex(c.re, c.im),
    })
}
