//! Doors into generated code: functions on boxed values, and the makers of module instances.

use super::asm::{T, V, internal};
use super::func::{Func, Val};
use super::module::{Emitter, Place, param_types, return_types};
use super::mutate::Mutated;
use super::repr::leaves;
use crate::diag::Result;
use crate::graph::{Const, FunctionId, Graph, ObjectId};
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::types::FunctionType;
use inkwell::values::{FunctionValue, PointerValue};
use std::collections::HashMap;
use std::rc::Rc;
use tsrt::object::OBJECT_FIELDS_OFFSET;

impl<'p, 'c> Emitter<'p, 'c> {
    /// `i32 (const Value *args, Value *result)`
    fn entry_type(&self) -> FunctionType<'c> {
        self.asm.i32.fn_type(&[self.asm.ptr.into(), self.asm.ptr.into()], false)
    }

    /// The boxed entry of a function: arguments borrowed, of the declared types; results owned, one Value each. Returns the status.
    pub fn boxed(&mut self, id: FunctionId) -> Result<FunctionValue<'c>> {
        let program = self.program;
        let f = program.function(id);
        let symbol = format!("boxed.{}.{}", id.0, f.name);
        if let Some(done) = self.asm.module.get_function(&symbol) {
            return Ok(done);
        }
        let entry = self.asm.module.add_function(&symbol, self.entry_type(), Some(Linkage::Internal));
        self.asm.attribute(entry, "nounwind");
        let params = param_types(&f.graph);
        let returns = return_types(f);
        let callee = self.function(id);
        let recursive = self.is_recursive(id);
        let graph = self.empty_graph();
        let mut w = Func::open(self, graph, &f.name, entry)?;
        w.span = f.span;
        let (args, result) = pointers(entry)?;
        let mut l: Vec<V> = if recursive { vec![w.a().int(0).into()] } else { vec![] };
        for (i, ty) in params.iter().enumerate() {
            let v = w.load_value(args, 16 * i as u64)?;
            l.extend(w.peek(&v, ty)?);
        }
        let out = w.a().call_value(callee, &l)?.into_struct_value();
        let status = w.a().b.build_extract_value(out, 0, "")?.into_int_value();
        let (bad, good) = (w.a().block("")?, w.a().block("")?);
        let failed = w.a().icmp(IntPredicate::NE, status, w.a().int32(0))?;
        w.a().unless(failed, bad, good)?;
        w.a().at(bad);
        w.a().b.build_return(Some(&status))?;
        w.a().at(good);
        let mut k = 1;
        for (i, ty) in returns.iter().enumerate() {
            let mut l = vec![];
            for _ in leaves(ty) {
                l.push(w.a().b.build_extract_value(out, k, "")?);
                k += 1;
            }
            let v = w.convert(l, ty, &Type::Any)?;
            w.store_value(&v, result, 16 * i as u64)?;
        }
        let ok = w.a().int32(0);
        w.a().b.build_return(Some(&ok))?;
        w.close(|_, s| Ok(s.into()))?;
        Ok(entry)
    }

    /// The maker of an instance of a live object, in the form of a boxed entry without arguments: the result is the object.
    pub fn instance(&mut self, root: ObjectId) -> Result<FunctionValue<'c>> {
        let symbol = format!("instance.{}", root.0);
        if let Some(done) = self.asm.module.get_function(&symbol) {
            return Ok(done);
        }
        let entry = self.asm.module.add_function(&symbol, self.entry_type(), Some(Linkage::Internal));
        self.asm.attribute(entry, "nounwind");
        let mutated = match self.place {
            Place::Artifact => Mutated::of(self.program),
            // In the process, compiled code works on the live tensors themselves.
            Place::Process => Mutated::default(),
        };
        let graph = self.empty_graph();
        let w = Func::open(self, graph, "new", entry)?;
        let (_, result) = pointers(entry)?;
        let mut make =
            Maker { w, mutated, objects: HashMap::new(), shared: HashMap::new(), storages: HashMap::new(), held: vec![] };
        let object = make.object(root)?;
        let Maker { mut w, held, .. } = make;
        let class = Type::AnyClass;
        w.retain_leaves(&[object.into()], &class)?;
        let v = w.convert(vec![object.into()], &class, &Type::Any)?;
        w.store_value(&v, result, 0)?;
        for val in held.iter().rev() {
            w.release(val)?;
        }
        let ok = w.a().int32(0);
        w.a().b.build_return(Some(&ok))?;
        w.close(|_, s| Ok(s.into()))?;
        Ok(entry)
    }

    /// A graph without anything, for functions that have none.
    fn empty_graph(&self) -> &'p Graph {
        Box::leak(Box::new(Graph::new()))
    }
}

fn pointers<'c>(f: FunctionValue<'c>) -> Result<(PointerValue<'c>, PointerValue<'c>)> {
    match (f.get_nth_param(0), f.get_nth_param(1)) {
        (Some(V::PointerValue(a)), Some(V::PointerValue(b))) => Ok((a, b)),
        _ => Err(internal("an entry without its parameters")),
    }
}

/// Builds an instance: everything new is held in slots until the end, so that a failure gives it back.
struct Maker<'e, 'p, 'c> {
    w: Func<'e, 'p, 'c>,
    mutated: Mutated,
    objects: HashMap<ObjectId, PointerValue<'c>>,
    /// Lists, dicts and copied tensors by the address of their constant: what was one object stays one.
    shared: HashMap<usize, PointerValue<'c>>,
    /// Where the copy of a storage is kept.
    storages: HashMap<usize, PointerValue<'c>>,
    held: Vec<Val<'c>>,
}

impl<'c> Maker<'_, '_, 'c> {
    fn hold(&mut self, p: PointerValue<'c>) -> Result<()> {
        let v = self.w.owned(vec![p.into()], &Type::AnyClass)?;
        self.held.push(v);
        Ok(())
    }

    fn object(&mut self, id: ObjectId) -> Result<PointerValue<'c>> {
        if let Some(p) = self.objects.get(&id) {
            return Ok(*p);
        }
        let program = self.w.e.program;
        let object = program.objects.get(id.0 as usize).ok_or_else(|| internal("no such object"))?;
        let class = program.class(object.class);
        let desc = self.w.e.class_desc(object.class.0)?;
        let n = object.slots.len();
        let a = self.w.a();
        let f = a.helper("ts_object_new", &[T::Ptr, T::I64], Some(T::Ptr));
        let p = a.call_value(f, &[desc.into(), a.int(n as i64).into()])?.into_pointer_value();
        self.objects.insert(id, p);
        self.hold(p)?;
        for (i, (c, attribute)) in object.slots.iter().zip(&class.attributes).enumerate() {
            let l = self.value(c, &attribute.ty)?;
            let l = self.w.convert(l, &attribute.ty, &Type::Any)?;
            self.w.store_value(&l, p, (OBJECT_FIELDS_OFFSET + 16 * i) as u64)?;
        }
        Ok(p)
    }

    /// A constant as leaves of a type, with counts of their own.
    fn value(&mut self, c: &Const, ty: &Type) -> Result<Vec<V<'c>>> {
        let (p, from) = match c {
            Const::Object(id) => (self.object(*id)?, Type::AnyClass),
            Const::Tensor(t) if self.mutated.holds(t) => (self.own_tensor(t)?, Type::Tensor),
            Const::List(items, elem) => {
                let key = Rc::as_ptr(items) as *const u8 as usize;
                let p = match self.shared.get(&key) {
                    Some(p) => *p,
                    None => {
                        let list = self.w.new_list(elem, items.len() as u64)?;
                        self.hold(list)?;
                        for item in items.iter() {
                            let l = self.value(item, elem)?;
                            self.w.make_room(list)?;
                            self.w.push(list, l, elem)?;
                        }
                        self.shared.insert(key, list);
                        list
                    }
                };
                (p, Type::list(elem.clone()))
            }
            Const::Dict(pairs, k, v) => {
                let key = Rc::as_ptr(pairs) as *const u8 as usize;
                let p = match self.shared.get(&key) {
                    Some(p) => *p,
                    None => {
                        let dict = self.w.new_dict(k, v)?;
                        self.hold(dict.into_pointer_value())?;
                        for (key, value) in pairs.iter() {
                            self.pair(dict, (key, k), (value, v))?;
                        }
                        self.shared.insert(key, dict.into_pointer_value());
                        dict.into_pointer_value()
                    }
                };
                (p, Type::dict(k.clone(), v.clone()))
            }
            Const::Tuple(items, of) => {
                let Type::Tuple(tuple) = of else { return Err(internal(format!("a tuple of type {of}"))) };
                let mut l = vec![];
                for (item, t) in items.iter().zip(&tuple.elems) {
                    l.extend(self.value(item, t)?);
                }
                return self.w.convert(l, of, ty);
            }
            Const::Generator(_) => return Err(self.w.fault(crate::diag::Code::Unsupported, "a generator as an attribute")),
            other => {
                let (l, from) = self.w.e.static_leaves(other)?.ok_or_else(|| internal("a constant of no form"))?;
                self.w.retain_leaves(&l, &from)?;
                return self.w.convert(l, &from, ty);
            }
        };
        self.w.retain_leaves(&[p.into()], &from)?;
        self.w.convert(vec![p.into()], &from, ty)
    }

    fn pair(&mut self, dict: V<'c>, key: (&Const, &Type), value: (&Const, &Type)) -> Result<()> {
        let used = self.w.frame.scratch_used;
        let args = self.w.scratch(2)?;
        let mut temps = vec![];
        for (i, (c, ty)) in [key, value].into_iter().enumerate() {
            let l = self.value(c, ty)?;
            let l = self.w.convert(l, ty, &Type::Any)?;
            temps.push(self.w.owned(l.clone(), &Type::Any)?);
            self.w.store_value(&l, args, 16 * i as u64)?;
        }
        self.w.dict_put(dict, args)?;
        for t in &temps {
            self.w.release(t)?;
        }
        self.w.frame.scratch_used = used;
        Ok(())
    }

    /// A tensor that the program writes to: the instance's own copy. Tensors over one storage stay so.
    fn own_tensor(&mut self, t: &crate::graph::program::LiveTensor) -> Result<PointerValue<'c>> {
        let key = t.as_ptr() as usize;
        if let Some(p) = self.shared.get(&key) {
            return Ok(*p);
        }
        let storage_key = t.storage().as_ptr() as usize;
        let cell = match self.storages.get(&storage_key) {
            Some(p) => *p,
            None => {
                // The slot of an owned null is where the helper leaves the copy.
                let null = self.w.a().null();
                let v = self.w.owned(vec![null.into()], &Type::AnyClass)?;
                let cell = self.w.slot_address(&v)?;
                self.held.push(v);
                self.storages.insert(storage_key, cell);
                cell
            }
        };
        let of = self.w.e.tensor(t)?;
        let a = self.w.a();
        let f = a.helper("ts_tensor_instance", &[T::Ptr, T::Ptr], Some(T::Ptr));
        let p = a.call_value(f, &[of.into(), cell.into()])?.into_pointer_value();
        let null = a.is_null(p)?;
        self.w.raise_when(null, "MemoryError", "out of memory")?;
        self.hold(p)?;
        self.shared.insert(key, p);
        Ok(p)
    }
}
