//! Nodes without blocks: which code writes each.

use super::asm::{Memory, T, V, internal};
use super::func::{Func, Own};
use super::jit::PYTHON_CALL;
use super::module::Place;
use super::repr::{is_counted, is_dynamic, leaves};
use crate::diag::{Code, Result};
use crate::graph::{Attr, Const, Node, Value};
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::values::IntValue;
use tsrt::object::OBJECT_FIELDS_OFFSET;
use tsrt::value::tag;

impl<'c> Func<'_, '_, 'c> {
    pub fn simple(&mut self, n: Node) -> Result<()> {
        let g = self.g;
        let data = g.node(n);
        match data.op.as_str() {
            "prim::Constant" => self.constant_node(n),
            "prim::Uninitialized" => {
                let out = data.outputs[0];
                let ty = self.ty(out).clone();
                let zeros = self.zeros(&ty);
                self.set_borrowed(out, zeros, &ty, Own::Static)
            }
            "prim::ListConstruct" => self.list_construct(n),
            "prim::ListUnpack" => self.list_unpack(n),
            "prim::DictConstruct" => self.dict_construct(n),
            "prim::TupleConstruct" => self.tuple_construct(n),
            "prim::TupleUnpack" | "prim::TupleIndex" | "prim::TupleSlice" => self.tuple_parts(n),
            "prim::CallFunction" | "prim::CallMethod" => self.call_program(n),
            "prim::CreateObject" => self.create_object(n),
            "prim::GetAttr" => self.get_attr(n),
            "prim::SetAttr" => self.set_attr(n),
            "prim::ModuleContainerIndex" => self.container_index(n),
            "prim::isinstance" => self.isinstance(n),
            "prim::RaiseException" => self.raise(n),
            "prim::Print" => {
                let inputs = data.inputs.clone();
                let print = if g.attr(n, "python").is_some() { "ts_print_python" } else { "ts_print" };
                let args = self.boxed_args(&inputs)?;
                let a = self.a();
                let count = a.int(inputs.len() as i64);
                a.call(a.helper(print, &[T::Ptr, T::I64], None), &[args.into(), count.into()])?;
                Ok(())
            }
            "prim::unchecked_cast" | "prim::unchecked_unwrap_optional" | "aten::detach_alias" => {
                let (v, out) = (data.inputs[0], data.outputs[0]);
                self.cast(v, out)
            }
            "aten::_unwrap_optional" => self.unwrap_optional(data.inputs[0], data.outputs[0]),
            "aten::__is__" | "aten::__isnot__" => self.identity(n),
            "aten::eq" | "aten::ne" if data.inputs.iter().all(|v| matches!(self.ty(*v), Type::Enum(_) | Type::AnyEnum)) => {
                self.identity(n)
            }
            "prim::EnumName" | "prim::EnumValue" => {
                let (v, out) = (data.inputs[0], data.outputs[0]);
                let at = OBJECT_FIELDS_OFFSET as u64 + if data.op == "prim::EnumName" { 0 } else { 16 };
                let object = self.object(v)?;
                let l = self.load_value(object, at)?;
                // Members are constants.
                let ty = self.ty(out).clone();
                let l = self.peek(&l, &ty)?;
                self.set_borrowed(out, l, &ty, Own::Borrowed)
            }
            "prim::fork" | "prim::awaitable" => self.fork(n),
            "aten::wait" | "prim::awaitable_wait" => self.wait(n),
            "prim::awaitable_nowait" => self.finished(n),
            "prim::Enter" => self.context(data.inputs[0], "__enter__", data.outputs.first().copied()),
            "prim::Exit" => self.context(data.inputs[0], "__exit__", data.outputs.first().copied()),
            "prim::PythonOp" if self.e.place == Place::Process => self.call_python(n),
            "prim::PythonOp" => {
                let name = g.attr_str(n, "name").unwrap_or("a function");
                let message = format!(
                    "the Python function '{name}' is ignored by the compiler (@torch.jit.ignore), so it cannot be called"
                );
                let always = self.a().bool(true);
                self.raise_when(always, "RuntimeError", &message)?;
                for o in data.outputs.clone() {
                    let ty = self.ty(o).clone();
                    let zeros = self.zeros(&ty);
                    self.set_borrowed(o, zeros, &ty, Own::Static)?;
                }
                Ok(())
            }
            "prim::id" => {
                let (v, out) = (data.inputs[0], data.outputs[0]);
                let p = self.object(v)?;
                let id = self.a().bits(p.into())?;
                self.set(out, id, &Type::Int)
            }
            "aten::is_scripting" => self.known_flag(n, true),
            "aten::_get_tracing_state" => self.known_flag(n, false),
            // Compiled code casts nothing by itself.
            "aten::is_autocast_enabled" | "aten::is_autocast_cpu_enabled" => self.known_flag(n, false),
            _ => {
                if self.scalar(n)? || self.text(n)? || self.list(n)? || self.dict(n)? {
                    return Ok(());
                }
                let schema = super::call::schema_name(g, n);
                match super::call::library_target(self.e.program, self.g, n) {
                    Some(f) => self.call_library(n, f),
                    None => self.call_operator(n, &schema),
                }
            }
        }
    }

    /// Calls a Python function of the running program.
    fn call_python(&mut self, n: Node) -> Result<()> {
        let Some(Attr::Int(index)) = self.g.attr(n, "index") else { return Err(internal("a Python function without a number")) };
        let (index, inputs, outputs) = (*index, self.g.node(n).inputs.clone(), self.g.node(n).outputs.clone());
        let args = self.boxed_args(&inputs)?;
        let ret = self.scratch(1)?;
        let a = self.a();
        let f = a.helper(PYTHON_CALL, &[T::I64, T::Ptr, T::I64, T::Ptr], Some(T::I32));
        let count = a.int(inputs.len() as i64);
        let status = a.call_value(f, &[a.int(index).into(), args.into(), count.into(), ret.into()])?.into_int_value();
        self.check(status)?;
        if let Some(o) = outputs.first() {
            let l = self.load_value(ret, 0)?;
            self.set_owned(*o, l, &Type::Any)?;
        }
        Ok(())
    }

    fn known_flag(&mut self, n: Node, value: bool) -> Result<()> {
        let (out, b) = (self.g.node(n).outputs[0], self.a().bool(value));
        self.set(out, b, &Type::Bool)
    }

    fn constant_node(&mut self, n: Node) -> Result<()> {
        let out = self.g.node(n).outputs[0];
        let ty = self.ty(out).clone();
        let program = self.e.program;
        let c = match self.g.attr(n, "value") {
            None => Const::None,
            Some(Attr::Int(i)) if ty == Type::Bool => Const::Bool(*i != 0),
            Some(Attr::Int(i)) => Const::Int(*i),
            Some(Attr::Float(f)) => Const::Float(*f),
            Some(Attr::Complex(re, im)) => Const::Complex(*re, *im),
            Some(Attr::Str(s)) if ty == Type::Device => return self.device_constant(out, s),
            Some(Attr::Str(s)) => Const::Str(s.as_str().into()),
            Some(Attr::Ints(v)) => Const::List(v.iter().map(|i| Const::Int(*i)).collect::<Vec<_>>().into(), Type::Int),
            Some(Attr::Floats(v)) => Const::List(v.iter().map(|f| Const::Float(*f)).collect::<Vec<_>>().into(), Type::Float),
            Some(Attr::Strs(v)) => {
                Const::List(v.iter().map(|s| Const::Str(s.as_str().into())).collect::<Vec<_>>().into(), Type::Str)
            }
            Some(Attr::Const(i)) => program.consts.get(*i as usize).cloned().ok_or_else(|| internal("no such constant"))?,
            Some(other) => return Err(internal(format!("a constant made of {other:?}"))),
        };
        if matches!(ty, Type::Function(_)) {
            return self.set_borrowed(out, vec![], &ty, Own::Static);
        }
        if let Const::Object(id) = &c
            && self.e.is_globals(*id)
        {
            let place = self.e.globals(*id);
            let object = self.a().load_ptr(place, 0)?;
            return self.set_borrowed(out, vec![object.into()], &ty, Own::Borrowed);
        }
        match self.e.static_leaves(&c)? {
            Some((l, from)) => {
                let live = self.e.place == super::module::Place::Process;
                self.set_borrowed(out, l, &from, if live { Own::Borrowed } else { Own::Static })
            }
            None => {
                let l = self.build_const(&c, &ty)?;
                self.set_owned(out, l, &ty)
            }
        }
    }

    fn device_constant(&mut self, out: Value, text: &str) -> Result<()> {
        let (kind, index) = text.split_once(':').map_or((text, None), |(k, i)| (k, i.parse::<u32>().ok()));
        let kind = match kind {
            "cpu" => 0,
            "cuda" => 1,
            "meta" => 14,
            other => return Err(self.fault(Code::Unsupported, format!("the device {other}"))),
        };
        let d = self.a().int(super::constant::device(kind, index));
        self.set(out, d, &Type::Device)
    }

    /// The same value under another type.
    fn cast(&mut self, v: Value, out: Value) -> Result<()> {
        let val = self.val(v)?;
        let want = self.ty(out).clone();
        if val.own.lasts() {
            return self.set_borrowed(out, val.leaves, &val.ty, val.own);
        }
        let l = self.consume(v, &want)?;
        self.set_owned(out, l, &want)
    }

    fn unwrap_optional(&mut self, v: Value, out: Value) -> Result<()> {
        let none = self.is_none(v)?;
        self.raise_when(none, "RuntimeError", "Unwrapping null optional")?;
        self.cast(v, out)
    }

    /// Whether a value is None.
    pub fn is_none(&mut self, v: Value) -> Result<IntValue<'c>> {
        let val = self.val(v)?;
        let a = self.a();
        match &val.ty {
            Type::None => Ok(a.bool(true)),
            ty if is_dynamic(ty) => a.icmp(IntPredicate::EQ, val.leaves[0].into_int_value(), a.int(tag::NONE as i64)),
            Type::Optional(_) => a.is_null(val.leaves[0].into_pointer_value()),
            _ => Ok(a.bool(false)),
        }
    }

    /// `is` and `is not`; enum members, which exist once, are equal when identical.
    fn identity(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (x, y, out) = (data.inputs[0], data.inputs[1], data.outputs[0]);
        let negate = matches!(data.op.as_str(), "aten::__isnot__" | "aten::ne");
        let same = if self.ty(y) == &Type::None {
            self.is_none(x)?
        } else if self.ty(x) == &Type::None {
            self.is_none(y)?
        } else {
            let (l, r) = (self.val(x)?, self.val(y)?);
            match (&l.leaves[..], &r.leaves[..]) {
                ([V::PointerValue(p)], [V::PointerValue(q)]) => {
                    let a = self.a();
                    let (p, q) = (a.bits((*p).into())?, a.bits((*q).into())?);
                    a.icmp(IntPredicate::EQ, p, q)?
                }
                ([p], [q]) if p.get_type() == q.get_type() && p.is_int_value() => {
                    self.a().icmp(IntPredicate::EQ, p.into_int_value(), q.into_int_value())?
                }
                _ => {
                    let (p, q) = (self.borrow(x, &Type::Any)?, self.borrow(y, &Type::Any)?);
                    let a = self.a();
                    let t = a.icmp(IntPredicate::EQ, p[0].into_int_value(), q[0].into_int_value())?;
                    let v = a.icmp(IntPredicate::EQ, p[1].into_int_value(), q[1].into_int_value())?;
                    a.and(t, v)?
                }
            }
        };
        let r = if negate { self.a().not(same)? } else { same };
        self.set(out, r, &Type::Bool)
    }

    fn isinstance(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (v, out) = (data.inputs[0], data.outputs[0]);
        let types: Vec<Type> = match self.g.attr(n, "types") {
            Some(Attr::Types(t)) => t.clone(),
            Some(Attr::Type(t)) => vec![t.clone()],
            _ => return Err(internal("prim::isinstance without types")),
        };
        let own = self.ty(v).clone();
        if types.iter().any(|t| own.is_subtype_of(t, self.e.program)) {
            return self.known_flag(n, true);
        }
        let l = self.borrow(v, &Type::Any)?;
        let mut any = self.a().bool(false);
        for t in &types {
            let is = self.is_instance(&l, t)?;
            any = self.a().or(any, is)?;
        }
        self.set(out, any, &Type::Bool)
    }

    /// `prim::RaiseException(message, class)`
    fn raise(&mut self, n: Node) -> Result<()> {
        let inputs = self.g.node(n).inputs.clone();
        let null = self.a().null();
        let message = match inputs.first() {
            Some(m) if leaves(self.ty(*m)).len() == 1 => self.object(*m)?,
            _ => null,
        };
        let class = match inputs.get(1) {
            Some(c) if leaves(self.ty(*c)).len() == 1 => self.object(*c)?,
            _ => null,
        };
        let a = self.a();
        let f = a.helper("ts_raise_str", &[T::Ptr, T::Ptr], Some(T::I32));
        a.attribute(f, "cold");
        let status = a.call_value(f, &[class.into(), message.into()])?.into_int_value();
        self.fail(status)
    }

    // Objects.

    fn slot(&self, class: &Type, name: &str) -> Result<(u64, Type, u32)> {
        let Type::Class(c) = class else { return Err(internal(format!("attribute {name} of a {class}"))) };
        let k = self.e.program.class_of(c);
        match k.slot(name) {
            Some(i) => Ok((OBJECT_FIELDS_OFFSET as u64 + 16 * i as u64, k.attributes[i].ty.clone(), c.id)),
            None => Err(self.fault(Code::Name, format!("{} has no attribute {name}", c.name))),
        }
    }

    fn create_object(&mut self, n: Node) -> Result<()> {
        let out = self.g.node(n).outputs[0];
        let Type::Class(c) = self.ty(out).clone() else { return Err(internal("an object without class")) };
        let count = self.e.program.class_of(&c).attributes.len();
        let desc = self.e.class_desc(c.id)?;
        let a = self.a();
        let f = a.helper("ts_object_new", &[T::Ptr, T::I64], Some(T::Ptr));
        let p = a.call_value(f, &[desc.into(), a.int(count as i64).into()])?;
        let ty = Type::Class(c);
        self.set_owned(out, vec![p], &ty)
    }

    fn get_attr(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (object, out) = (data.inputs[0], data.outputs[0]);
        let name = self.g.attr_str(n, "name").unwrap_or("").to_owned();
        let (offset, ty, class) = self.slot(self.ty(object), &name)?;
        let stable = self.val(object)?.own.lasts() && !self.e.is_assigned(class, &name);
        let p = self.object(object)?;
        let v = match is_counted(&ty) {
            true => self.load_value(p, offset)?,
            false => {
                let a = self.a();
                let word = |at| a.load_from(Memory::Field, a.i64.into(), p, at);
                vec![word(offset)?, word(offset + 8)?]
            }
        };
        let l = self.peek(&v, &ty)?;
        if stable {
            return self.set_borrowed(out, l, &ty, Own::Borrowed);
        }
        self.retain_leaves(&l, &ty)?;
        self.set_owned(out, l, &ty)
    }

    fn set_attr(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (object, v) = (data.inputs[0], data.inputs[1]);
        let name = self.g.attr_str(n, "name").unwrap_or("").to_owned();
        let (offset, ty, _) = self.slot(self.ty(object), &name)?;
        let p = self.object(object)?;
        let new = self.consume(v, &ty)?;
        let new = self.convert(new, &ty, &Type::Any)?;
        if !is_counted(&ty) {
            let a = self.a();
            a.store_to(Memory::Field, new[0], p, offset)?;
            return a.store_to(Memory::Field, new[1], p, offset + 8);
        }
        let old = self.load_value(p, offset)?;
        self.store_value(&new, p, offset)?;
        self.drop_leaves(&old, &Type::Any)
    }

    /// A submodule of a ModuleList by its place, or of a ModuleDict by its name, when either is known only at run time.
    fn container_index(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (container, index, out) = (data.inputs[0], data.inputs[1], data.outputs[0]);
        let class = self.ty(container).clone();
        let Type::Class(c) = &class else { return Err(internal("an index into no module")) };
        let attributes = self.e.program.class_of(c).attributes.iter();
        let names: Vec<String> =
            attributes.filter(|a| matches!(&a.ty, Type::Class(m) if m.is_module)).map(|a| a.name.clone()).collect();
        let modules = self.object(container)?;
        let by_place = self.ty(index) == &Type::Int;
        let key = if by_place { self.int(index)?.into() } else { V::from(self.object(index)?) };
        let mut found = self.a().null();
        for (i, name) in names.iter().enumerate() {
            let (offset, ..) = self.slot(&class, name)?;
            let payload = self.load_value(modules, offset)?[1];
            let module = self.a().as_ptr(payload.into_int_value())?;
            let is = match key {
                V::IntValue(k) => {
                    let a = self.a();
                    let front = a.icmp(IntPredicate::EQ, k, a.int(i as i64))?;
                    let back = a.icmp(IntPredicate::EQ, k, a.int(i as i64 - names.len() as i64))?;
                    a.or(front, back)?
                }
                k => {
                    let text = self.e.string(name);
                    let a = self.a();
                    a.call_value(a.helper("ts_str_eq", &[T::Ptr, T::Ptr], Some(T::I1)), &[k, text.into()])?.into_int_value()
                }
            };
            found = self.a().select(is, module, found)?.into_pointer_value();
        }
        let missing = self.a().is_null(found)?;
        match by_place {
            true => self.raise_when(missing, "IndexError", "list index out of range")?,
            false => self.raise_when(missing, "KeyError", "the ModuleDict has no module of that name")?,
        }
        let ty = self.ty(out).clone();
        self.retain_leaves(&[found.into()], &ty)?;
        self.set_owned(out, vec![found.into()], &ty)
    }

    // Futures: a forked function runs where it is forked.

    fn fork(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (inputs, out) = (data.inputs.clone(), data.outputs[0]);
        let Some(Attr::Graph(sub)) = self.g.attr(n, "Subgraph") else {
            return Err(internal(format!("{} without graph", data.op)));
        };
        let (function, returns) = self.e.subgraph(sub, &self.name)?;
        let mut l: Vec<V> = vec![];
        for (v, p) in inputs.iter().zip(&sub.block(sub.top()).params) {
            l.extend(self.borrow(*v, sub.ty(*p))?);
        }
        let result = self.a().call_value(function, &l)?.into_struct_value();
        let status = self.a().b.build_extract_value(result, 0, "")?.into_int_value();
        self.check(status)?;
        let ty = match &returns[..] {
            [one] => one.clone(),
            many => Type::tuple(many.to_vec()),
        };
        let mut got = vec![];
        for i in 0..leaves(&ty).len() {
            got.push(self.a().b.build_extract_value(result, i as u32 + 1, "")?);
        }
        self.future(out, got, &ty)
    }

    /// A future that has its value already.
    fn finished(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (v, out) = (data.inputs[0], data.outputs[0]);
        let ty = self.ty(v).clone();
        let l = self.consume(v, &ty)?;
        self.future(out, l, &ty)
    }

    fn future(&mut self, out: Value, l: Vec<V<'c>>, ty: &Type) -> Result<()> {
        let value = self.convert(l, ty, &Type::Any)?;
        let at = self.scratch(1)?;
        self.store_value(&value, at, 0)?;
        let f = self.a().helper("ts_future_new", &[T::Ptr], Some(T::Ptr));
        let p = self.a().call_value(f, &[at.into()])?;
        // The future has counts of its own.
        self.drop_leaves(&value, &Type::Any)?;
        let ty = self.ty(out).clone();
        self.set_owned(out, vec![p], &ty)
    }

    /// `with`: a method of the context manager; `__exit__` gets three times None.
    fn context(&mut self, object: Value, method: &str, out: Option<Value>) -> Result<()> {
        let program = self.e.program;
        let f = match self.ty(object) {
            Type::Class(c) => program.class_of(c).method(method),
            _ => None,
        };
        let Some(f) = f else { return Err(self.fault(Code::Name, format!("the context manager has no {method}"))) };
        let extra = super::module::param_types(&program.function(f).graph).len().saturating_sub(1);
        let (l, types) = self.call_with(f, &[object], extra)?;
        match (out, &types[..]) {
            (Some(o), [ty]) if ty != &Type::None || self.ty(o) == &Type::None => self.set_owned(o, l, ty),
            (Some(o), _) => {
                let ty = self.ty(o).clone();
                let zeros = self.zeros(&ty);
                self.set_borrowed(o, zeros, &ty, Own::Static)
            }
            (None, _) => {
                let ty = Type::tuple(types);
                self.temp(l, &ty)
            }
        }
    }

    fn wait(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (v, out) = (data.inputs[0], data.outputs[0]);
        let p = self.object(v)?;
        let ret = self.scratch(1)?;
        let a = self.a();
        a.call(a.helper("ts_future_wait", &[T::Ptr, T::Ptr], None), &[p.into(), ret.into()])?;
        let l = self.load_value(ret, 0)?;
        self.set_owned(out, l, &Type::Any)
    }

    /// A constant that is made anew where it stands: dicts, and what holds them.
    pub fn build_const(&mut self, c: &Const, ty: &Type) -> Result<Vec<V<'c>>> {
        if let Some((l, from)) = self.e.static_leaves(c)? {
            self.retain_leaves(&l, &from)?;
            return self.convert(l, &from, ty);
        }
        match c {
            Const::Dict(pairs, k, v) => {
                let dict = self.new_dict(k, v)?;
                self.temp_if_failing(dict, ty)?;
                for (key, value) in pairs.iter() {
                    let args = self.scratch(2)?;
                    for (i, (c, t)) in [(key, k), (value, v)].into_iter().enumerate() {
                        let l = self.build_const(c, t)?;
                        let l = self.convert(l, t, &Type::Any)?;
                        self.temp(l.clone(), &Type::Any)?;
                        self.store_value(&l, args, i as u64 * 16)?;
                    }
                    self.dict_put(dict, args)?;
                }
                self.convert(vec![dict], &Type::dict(k.clone(), v.clone()), ty)
            }
            Const::Object(_) => Err(self.fault(Code::Unsupported, "a module used as a constant inside a function")),
            Const::Generator(_) => Err(self.fault(Code::Unsupported, "a generator as a constant")),
            _ => Err(self.fault(Code::Unsupported, "a constant that holds a dict or an object")),
        }
    }

    /// Keeps a new object alive until the node is done, besides the count that is returned.
    fn temp_if_failing(&mut self, object: V<'c>, ty: &Type) -> Result<()> {
        let ty = if leaves(ty).len() == 1 { ty.clone() } else { Type::Tensor };
        self.retain_leaves(&[object], &ty)?;
        self.temp(vec![object], &ty)
    }
}
