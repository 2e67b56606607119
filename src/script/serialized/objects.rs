//! Live objects out of pickles, by the types that the code gives them.

use super::{Defined, Serialized, define, unreadable};
use crate::archive::pickle::{Id, Node};
use crate::archive::tensors::Tensors;
use crate::diag::Result;
use crate::graph::{ClassId, Const, FunctionId, Object, ObjectId};
use crate::script::Compiler;
use crate::script::emitter::const_type;
use crate::types::Type;
use std::collections::HashMap;
use std::rc::Rc;

/// How deep values may nest.
const MAX_DEPTH: usize = 1000;

/// One reading of a pickle. The same node read as the same type is the same value, so that sharing survives.
struct Reader<'a> {
    code: &'a Rc<Serialized>,
    tensors: &'a Tensors<'a>,
    objects: HashMap<Id, ObjectId>,
    made: HashMap<(Id, Option<Type>), Const>,
    depth: usize,
}

fn reader<'a>(code: &'a Rc<Serialized>, tensors: &'a Tensors<'a>) -> Reader<'a> {
    Reader { code, tensors, objects: HashMap::new(), made: HashMap::new(), depth: 0 }
}

/// The elements of a pickled tuple.
pub(super) fn tuple(code: &Rc<Serialized>, c: &mut Compiler, tensors: &Tensors) -> Result<Vec<Const>> {
    let p = tensors.pickle;
    let items = p.items(p.root).ok_or_else(|| unreadable("its constants are no tuple"))?;
    let mut r = reader(code, tensors);
    items.iter().map(|i| r.value(c, *i, None)).collect()
}

/// The pickled module.
pub(super) fn module(code: &Rc<Serialized>, c: &mut Compiler, tensors: &Tensors) -> Result<ObjectId> {
    let p = tensors.pickle;
    match reader(code, tensors).value(c, p.root, None)? {
        Const::Object(o) if c.program.class(c.program.object(o).class).class.is_module => Ok(o),
        _ => Err(unreadable(format!("it holds {} instead of a module", p.describe(p.root)))),
    }
}

impl Reader<'_> {
    /// A value of a type; `None` takes the type from the value.
    fn value(&mut self, c: &mut Compiler, id: Id, ty: Option<&Type>) -> Result<Const> {
        let ty = match ty {
            Some(Type::Optional(_)) if matches!(self.tensors.pickle.node(id), Node::None) => return Ok(Const::None),
            Some(Type::Optional(t)) => Some(&**t),
            Some(Type::Any) => None,
            Some(Type::Union(members)) => return self.one_of(c, id, members),
            t => t,
        };
        let key = (id, ty.cloned());
        if let Some(v) = self.made.get(&key) {
            return Ok(v.clone());
        }
        if self.depth == MAX_DEPTH {
            return Err(unreadable("its values nest too deeply, or contain themselves"));
        }
        self.depth += 1;
        let v = self.make(c, id, ty);
        self.depth -= 1;
        let v = v?;
        self.made.insert(key, v.clone());
        Ok(v)
    }

    fn one_of(&mut self, c: &mut Compiler, id: Id, members: &[Type]) -> Result<Const> {
        let v = self.value(c, id, None)?;
        let have = const_type(&c.program, &v);
        if members.iter().any(|t| have.is_subtype_of(t, &c.program)) {
            return Ok(v);
        }
        let mut last = unreadable("a value in it has none of its types");
        for t in members {
            match self.value(c, id, Some(t)) {
                Ok(v) => return Ok(v),
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    fn wrong(&self, id: Id, ty: Option<&Type>) -> Box<crate::diag::Diagnostic> {
        let found = self.tensors.pickle.describe(id);
        match ty {
            Some(t) => unreadable(format!("a value of type {} is pickled as {found}", t.annotation())),
            None => unreadable(format!("{found} has no TorchScript type")),
        }
    }

    fn make(&mut self, c: &mut Compiler, id: Id, ty: Option<&Type>) -> Result<Const> {
        let p = self.tensors.pickle;
        Ok(match (p.node(id), ty) {
            (Node::None, None | Some(Type::None)) => Const::None,
            (Node::Bool(b), None | Some(Type::Bool)) => Const::Bool(*b),
            (Node::Int(i), None | Some(Type::Int | Type::Number | Type::Layout | Type::MemoryFormat)) => Const::Int(*i),
            (Node::Int(i), Some(Type::Float)) => Const::Float(*i as f64),
            (Node::Float(x), None | Some(Type::Float | Type::Number)) => Const::Float(*x),
            (Node::Str(s), None | Some(Type::Str)) => Const::Str((&**s).into()),
            (Node::List(items), _) => self.list(c, id, items, ty)?,
            (Node::Tuple(items), _) => self.fields(c, id, items, ty)?,
            (Node::Dict(_), _) => self.dict(c, id, ty)?,
            (Node::Made(m), _) if m.is_instance => Const::Object(self.object(c, id)?),
            (Node::Made(_), _) => self.call(c, id, ty)?,
            _ => return Err(self.wrong(id, ty)),
        })
    }

    fn list(&mut self, c: &mut Compiler, id: Id, items: &[Id], ty: Option<&Type>) -> Result<Const> {
        let elem = match ty {
            Some(Type::List(t)) => Some(&**t),
            None => None,
            _ => return Err(self.wrong(id, ty)),
        };
        let values = items.iter().map(|i| self.value(c, *i, elem)).collect::<Result<Vec<_>>>()?;
        let elem = elem.cloned().or_else(|| values.first().map(|v| const_type(&c.program, v))).unwrap_or(Type::Tensor);
        Ok(Const::List(Rc::new(values), elem))
    }

    fn fields(&mut self, c: &mut Compiler, id: Id, items: &[Id], ty: Option<&Type>) -> Result<Const> {
        let types = match ty {
            Some(Type::Tuple(t)) if t.elems.len() == items.len() => Some(&t.elems),
            None => None,
            _ => return Err(self.wrong(id, ty)),
        };
        let values = items.iter().enumerate().map(|(i, item)| self.value(c, *item, types.map(|t| &t[i])));
        let values = values.collect::<Result<Vec<_>>>()?;
        let ty = ty.cloned().unwrap_or_else(|| Type::tuple(values.iter().map(|v| const_type(&c.program, v)).collect()));
        Ok(Const::Tuple(Rc::new(values), ty))
    }

    fn dict(&mut self, c: &mut Compiler, id: Id, ty: Option<&Type>) -> Result<Const> {
        let (key, value) = match ty {
            Some(Type::Dict(k, v)) => (Some(&**k), Some(&**v)),
            None => (None, None),
            _ => return Err(self.wrong(id, ty)),
        };
        let entries = self.tensors.pickle.entries(id).unwrap_or_default();
        let mut items = vec![];
        for (k, v) in entries {
            items.push((self.value(c, *k, key)?, self.value(c, *v, value)?));
        }
        let first = items.first();
        let key = key.cloned().or_else(|| first.map(|(k, _)| const_type(&c.program, k))).unwrap_or(Type::Str);
        let value = value.cloned().or_else(|| first.map(|(_, v)| const_type(&c.program, v))).unwrap_or(Type::Tensor);
        Ok(Const::Dict(Rc::new(items), key, value))
    }

    /// What a call of a known function makes.
    fn call(&mut self, c: &mut Compiler, id: Id, ty: Option<&Type>) -> Result<Const> {
        let p = self.tensors.pickle;
        if let Some(t) = self.tensors.tensor(id).map_err(unreadable)? {
            return if matches!(ty, None | Some(Type::Tensor)) { Ok(Const::Tensor(t)) } else { Err(self.wrong(id, ty)) };
        }
        let Some((callee, args)) = p.call(id) else { return Err(self.wrong(id, ty)) };
        let typed_list = |elem: Type| Some(Type::list(elem));
        match (&*callee.module, &*callee.name, args) {
            ("torch.jit._pickle", "build_intlist", [list]) => self.value(c, *list, typed_list(Type::Int).as_ref()),
            ("torch.jit._pickle", "build_doublelist", [list]) => self.value(c, *list, typed_list(Type::Float).as_ref()),
            ("torch.jit._pickle", "build_boollist", [list]) => self.value(c, *list, typed_list(Type::Bool).as_ref()),
            ("torch.jit._pickle", "build_tensorlist", [list]) => self.value(c, *list, typed_list(Type::Tensor).as_ref()),
            ("torch.jit._pickle", "restore_type_tag", [value, tag]) => {
                let tagged = match ty {
                    Some(t) => t.clone(),
                    None => self.tag(c, *tag)?,
                };
                self.value(c, *value, Some(&tagged))
            }
            ("builtins", "complex", [re, im]) => {
                let number = |id: Id| match p.node(id) {
                    Node::Float(x) => Ok(*x),
                    Node::Int(i) => Ok(*i as f64),
                    _ => Err(self.wrong(id, Some(&Type::Float))),
                };
                Ok(Const::Complex(number(*re)?, number(*im)?))
            }
            ("torch", "device", [text]) => {
                let device = p.str(*text).and_then(|t| define::device(t));
                device.ok_or_else(|| self.wrong(*text, Some(&Type::Device)))
            }
            ("collections", "OrderedDict", _) => self.dict(c, id, ty),
            (module, name, [value]) if module.starts_with("__torch__") => {
                let full = format!("{module}.{name}");
                let Some(Defined::Enum(e)) = self.code.defined(c, &full)? else { return Err(self.wrong(id, ty)) };
                let value = self.value(c, *value, Some(&*e.value.clone()))?;
                let members = &c.program.enums[e.id as usize].members;
                match members.iter().position(|(_, v)| same_scalar(v, &value)) {
                    Some(i) => Ok(Const::Enum(e, i as u32)),
                    None => Err(unreadable(format!("the enum {full} has no member of a value in it"))),
                }
            }
            _ => Err(self.wrong(id, ty)),
        }
    }

    /// The type that a tag (`Dict[str, int]`) says.
    fn tag(&self, c: &mut Compiler, id: Id) -> Result<Type> {
        let text = self.tensors.pickle.str(id).ok_or_else(|| unreadable("a type in it is no text"))?.to_string();
        let file = c.sources.add("<type>", text.clone());
        let e = crate::syntax::parse_expression(&text, file, 0)?;
        c.annotation(&*self.code.names(), &e)
    }

    /// An instance of a class of the code.
    fn object(&mut self, c: &mut Compiler, id: Id) -> Result<ObjectId> {
        if let Some(o) = self.objects.get(&id) {
            return Ok(*o);
        }
        let p = self.tensors.pickle;
        let Node::Made(m) = p.node(id) else { return Err(self.wrong(id, None)) };
        let name = p.global(m.callee).map(|g| format!("{}.{}", g.module, g.name)).unwrap_or_default();
        let class = match self.code.defined(c, &name)? {
            Some(Defined::Class(class)) => class,
            _ if name.starts_with("__torch__.torch.classes.") => {
                return Err(unreadable(format!("it holds a {name}, a class that PyTorch implements outside of TorchScript")));
            }
            _ => return Err(unreadable(format!("its code does not define {name}"))),
        };
        let object = ObjectId(c.program.objects.len() as u32);
        c.program.objects.push(Object { class, slots: vec![] });
        self.objects.insert(id, object);
        if let Some(setstate) = c.program.class(class).method("__setstate__") {
            return self.restored(c, object, setstate, m.state).map(|()| object);
        }
        let state = m.state.map(|s| p.entries(s).ok_or_else(|| unreadable(format!("the state of a {name} is no dict"))));
        let state = state.transpose()?.unwrap_or_default();
        let by_name: HashMap<&str, Id> = state.iter().filter_map(|(k, v)| Some((&**p.str(*k)?, *v))).collect();
        let slots = self.slots(c, class, &by_name, &name)?;
        c.program.objects[object.0 as usize].slots = slots;
        Ok(object)
    }

    /// Restores an object whose class does it by itself.
    fn restored(&mut self, c: &mut Compiler, object: ObjectId, setstate: FunctionId, state: Option<Id>) -> Result<()> {
        let ty = c.program.function(setstate).signature.params.get(1).map(|p| p.ty.clone());
        let state = state.ok_or_else(|| unreadable("an object with __setstate__ in it has no state"))?;
        let state = self.value(c, state, ty.as_ref())?;
        match c.restore {
            Some(restore) => restore(c, object, setstate, state),
            None => Err(unreadable("it restores itself with __setstate__")),
        }
    }

    fn slots(&mut self, c: &mut Compiler, class: ClassId, state: &HashMap<&str, Id>, name: &str) -> Result<Vec<Const>> {
        let mut slots = vec![];
        for i in 0..c.program.class(class).attributes.len() {
            let a = c.program.class(class).attributes[i].clone();
            let value = match state.get(&*a.name) {
                Some(v) => self.value(c, *v, Some(&a.ty))?,
                None if a.ty.is_optional_like() => Const::None,
                None => return Err(unreadable(format!("a {name} in it lacks the attribute '{}'", a.name))),
            };
            let have = const_type(&c.program, &value);
            if !have.is_subtype_of(&a.ty, &c.program) {
                let (want, have) = (a.ty.annotation(), have.annotation());
                return Err(unreadable(format!("the attribute '{}' of {name} has type {want} but holds a {have}", a.name)));
            }
            slots.push(value);
        }
        Ok(slots)
    }
}

fn same_scalar(a: &Const, b: &Const) -> bool {
    match (a, b) {
        (Const::Int(x), Const::Int(y)) => x == y,
        (Const::Float(x), Const::Float(y)) => x == y,
        (Const::Str(x), Const::Str(y)) => x == y,
        (Const::Bool(x), Const::Bool(y)) => x == y,
        _ => false,
    }
}
