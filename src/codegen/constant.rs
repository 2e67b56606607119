//! Constants as static objects: laid out as the runtime's own, immortal, never counted.

use super::asm::{V, internal};
use super::module::{Emitter, Place};
use super::repr::elem_of;
use super::weights::Weights;
use crate::diag::{Code, Diagnostic, Result};
use crate::graph::Const;
use crate::graph::program::LiveTensor;
use crate::kernel::constant::Constant;
use crate::types::Type;
use inkwell::module::Linkage;
use inkwell::values::{BasicValue, GlobalValue, IntValue, PointerValue};
use std::collections::HashMap;
use tsrt::header::{IMMORTAL, Kind};
use tsrt::list::Elem;
use tsrt::value::tag;

#[derive(Default)]
pub struct Statics<'c> {
    strings: HashMap<String, PointerValue<'c>>,
    tensors: HashMap<usize, PointerValue<'c>>,
    storages: HashMap<u32, PointerValue<'c>>,
    /// Where the addresses of pieces of the weights stand.
    addresses: HashMap<u32, GlobalValue<'c>>,
    enums: HashMap<(u32, u32), PointerValue<'c>>,
    pub weights: Weights,
    /// Tensors whose addresses stand in the code (in-process).
    pub kept: Vec<LiveTensor>,
}

impl<'p, 'c> Emitter<'p, 'c> {
    /// The first 8 bytes of an immortal object.
    fn header(&self, kind: Kind) -> V<'c> {
        let a = &self.asm;
        let word = IMMORTAL as u64 | (kind as u64) << 32;
        a.i64.const_int(word, false).into()
    }

    /// A static object: read-only unless it has fields that the runtime writes.
    fn object(&self, fields: &[V<'c>], name: &str, writable: bool) -> PointerValue<'c> {
        let init = self.asm.cx.const_struct(fields, false);
        let g = self.asm.module.add_global(init.get_type(), None, name);
        g.set_initializer(&init);
        g.set_constant(!writable);
        g.set_linkage(Linkage::Private);
        g.set_alignment(16);
        g.as_pointer_value()
    }

    /// A static `Str`.
    pub fn string(&mut self, s: &str) -> PointerValue<'c> {
        if let Some(p) = self.statics.strings.get(s) {
            return *p;
        }
        let bytes = self.text(s);
        let a = &self.asm;
        let p = self.object(&[self.header(Kind::Str), a.int(s.len() as i64).into(), bytes.into()], "str", false);
        self.statics.strings.insert(s.to_owned(), p);
        p
    }

    /// A member of an enum class.
    pub fn enum_member(&mut self, class: u32, index: u32) -> Result<PointerValue<'c>> {
        if let Some(p) = self.statics.enums.get(&(class, index)) {
            return Ok(*p);
        }
        let program = self.program;
        let members = program.enums.get(class as usize).map(|e| &e.members);
        let (name, value) = members.and_then(|m| m.get(index as usize)).ok_or_else(|| internal("no such enum member"))?;
        if self.place == Place::Process {
            let value = super::process::scalar(value).ok_or_else(|| internal("an enum value of no form"))?;
            let class = super::process::description(&program.enums[class as usize].r#enum.name, &["name", "value"]);
            let member = super::process::enum_member(class, name, value).as_object().map_or(0, |p| p as u64);
            return Ok(self.asm.i64.const_int(member, false).const_to_pointer(self.asm.ptr));
        }
        let desc = self.enum_desc(class)?;
        let name = self.string(name);
        let name = self.value_pair(tag::STR, name.const_to_int(self.asm.i64));
        let value = self.static_value(value)?;
        let p = self.object(
            &[
                self.header(Kind::Enum),
                desc.into(),
                self.asm.int(2).into(),
                name.0.into(),
                name.1.into(),
                value.0.into(),
                value.1.into(),
            ],
            "enum",
            false,
        );
        self.statics.enums.insert((class, index), p);
        Ok(p)
    }

    fn value_pair(&self, t: u64, payload: IntValue<'c>) -> (IntValue<'c>, IntValue<'c>) {
        (self.asm.int(t as i64), payload)
    }

    /// A constant as tag and payload, when it can stand in static data.
    pub fn static_value(&mut self, c: &Const) -> Result<(IntValue<'c>, IntValue<'c>)> {
        let i64 = self.asm.i64;
        Ok(match c {
            Const::None => self.value_pair(tag::NONE, self.asm.int(0)),
            Const::Bool(b) => self.value_pair(tag::BOOL, self.asm.int(*b as i64)),
            Const::Int(i) => self.value_pair(tag::INT, self.asm.int(*i)),
            Const::Float(f) => self.value_pair(tag::FLOAT, self.asm.int(f.to_bits() as i64)),
            Const::Device { kind, index } => self.value_pair(tag::DEVICE, self.asm.int(device(*kind, *index))),
            Const::Complex(re, im) => {
                let p = self.object(
                    &[self.header(Kind::Complex), self.asm.float(*re).into(), self.asm.float(*im).into()],
                    "complex",
                    false,
                );
                self.value_pair(tag::COMPLEX, p.const_to_int(i64))
            }
            Const::Str(s) => {
                let p = self.string(s);
                self.value_pair(tag::STR, p.const_to_int(i64))
            }
            Const::Enum(e, i) => {
                let p = self.enum_member(e.id, *i)?;
                self.value_pair(tag::ENUM, p.const_to_int(i64))
            }
            Const::Tensor(t) => {
                let p = self.tensor(t)?;
                self.value_pair(tag::TENSOR, p.const_to_int(i64))
            }
            Const::Tuple(items, ty) => {
                let Type::Tuple(tuple) = ty else { return Err(internal(format!("a tuple of type {ty}"))) };
                let desc = self.tuple_desc(tuple)?;
                let mut fields = vec![self.header(Kind::Tuple), self.asm.int(items.len() as i64).into(), desc.into()];
                for item in items.iter() {
                    let v = self.static_value(item)?;
                    fields.extend([V::from(v.0), v.1.into()]);
                }
                let p = self.object(&fields, "tuple", false);
                self.value_pair(tag::TUPLE, p.const_to_int(i64))
            }
            Const::List(items, elem) => {
                let p = self.static_list(items, elem)?;
                self.value_pair(tag::LIST, p.const_to_int(i64))
            }
            Const::Dict(..) | Const::Object(_) | Const::Generator(_) => {
                return Err(Box::new(Diagnostic::new(
                    Code::Unsupported,
                    None,
                    "a dict, object or generator cannot be a static constant",
                )));
            }
        })
    }

    /// A list that programs only read.
    fn static_list(&mut self, items: &[Const], elem: &Type) -> Result<PointerValue<'c>> {
        let kind = elem_of(elem);
        let mut data: Vec<V<'c>> = vec![];
        for item in items {
            let (t, payload) = self.static_value(item)?;
            match kind {
                Elem::I64 | Elem::Ptr => data.push(payload.into()),
                // Doubles as their bits: the array's type does not matter to anybody.
                Elem::F64 => data.push(payload.into()),
                Elem::Bool => data.push(self.asm.byte(matches!(item, Const::Bool(true)) as u8).into()),
                Elem::Val => data.extend([V::from(t), payload.into()]),
            }
        }
        let a = &self.asm;
        let data =
            if data.is_empty() { a.i64.const_int(16, false).const_to_pointer(a.ptr) } else { self.object(&data, "items", true) };
        let n = items.len() as i64;
        let fields = [
            self.header(Kind::List),
            a.int(n).into(),
            data.into(),
            // No capacity: the elements are not the heap's.
            a.int(0).into(),
            a.null().into(),
            a.i64.const_int(kind as u64, false).into(),
        ];
        Ok(self.object(&fields, "list", true))
    }

    /// A tensor known at build time. In the process it is the live one, whose count somebody else holds.
    pub fn tensor(&mut self, t: &LiveTensor) -> Result<PointerValue<'c>> {
        let key = t.as_ptr() as usize;
        if let Some(p) = self.statics.tensors.get(&key) {
            return Ok(*p);
        }
        self.statics.kept.push(t.clone());
        let p = match self.place {
            Place::Process => self.asm.i64.const_int(key as u64, false).const_to_pointer(self.asm.ptr),
            Place::Artifact => self.static_tensor(t)?,
        };
        self.statics.tensors.insert(key, p);
        Ok(p)
    }

    /// The symbol of a piece of the weights.
    fn piece(&self, k: u32) -> PointerValue<'c> {
        let a = &self.asm;
        let name = Weights::symbol(k);
        let global = a.module.get_global(&name).unwrap_or_else(|| {
            let g = a.module.add_global(a.i8, None, &name);
            g.set_linkage(Linkage::External);
            g.set_visibility(inkwell::GlobalVisibility::Hidden);
            g.set_alignment(64);
            g
        });
        global.as_pointer_value()
    }

    /// Where the address of a piece of the weights stands, for code. See [`Emitter::settle_weights`].
    fn address_of_piece(&mut self, k: u32) -> PointerValue<'c> {
        if let Some(g) = self.statics.addresses.get(&k) {
            return g.as_pointer_value();
        }
        let piece = self.piece(k);
        let g = self.asm.module.add_global(self.asm.ptr, None, "weights.at");
        g.set_initializer(&piece);
        g.set_linkage(Linkage::Private);
        self.statics.addresses.insert(k, g);
        g.as_pointer_value()
    }

    /// Decides how code reaches the weights: unless their addresses are data that could be anything, LLVM puts them into instructions,
    /// which reach 2 GB.
    pub fn settle_weights(&self) {
        if self.statics.weights.is_far() {
            self.statics.addresses.values().for_each(|g| g.set_externally_initialized(true));
        }
    }

    /// The first element that kernels see of a tensor known at build time.
    pub fn elements(&mut self, c: &Constant) -> Result<PointerValue<'c>> {
        if self.place == Place::Process {
            let t = c.packed().map_err(|e| internal(e.to_string()))?;
            let data = self.asm.i64.const_int(t.data_ptr() as u64, false).const_to_pointer(self.asm.ptr);
            self.statics.kept.push(t);
            return Ok(data);
        }
        let (k, offset) = match c.packing {
            None => (self.statics.weights.add(&c.tensor), c.tensor.offset() as u64 * c.tensor.dtype().size() as u64),
            Some(_) => (self.statics.weights.add_packed(c), 0),
        };
        let at = self.address_of_piece(k);
        let base = self.asm.load_ptr(at, 0)?;
        if offset == 0 { Ok(base) } else { self.asm.gep(base, offset) }
    }

    /// The field order of `tsrt::tensor::TensorObj` and `tsrt::storage::Storage`, checked by [`super::weights::check_layout`].
    fn static_tensor(&mut self, t: &LiveTensor) -> Result<PointerValue<'c>> {
        super::weights::check_layout()?;
        let piece = self.statics.weights.add(t);
        let nbytes = self.statics.weights.size(piece);
        let a = &self.asm;
        let weights = self.piece(piece);
        let at = |offset: u64| -> PointerValue<'c> {
            // SAFETY: inside the weights.
            unsafe { weights.const_in_bounds_gep(a.i8, &[a.i64.const_int(offset, false)]) }
        };
        let storage = match self.statics.storages.get(&piece) {
            Some(p) => *p,
            None => {
                // Nothing releases it, and it is in no block.
                let rest: [V<'c>; 3] = [a.null().into(), a.null().into(), a.int(0).into()];
                let fields = [&[self.header(Kind::Storage), at(0).into(), a.int(nbytes as i64).into()], &rest[..]].concat();
                let p = self.object(&fields, "storage", true);
                self.statics.storages.insert(piece, p);
                p
            }
        };
        let dims: Vec<V<'c>> = t.sizes().iter().chain(t.strides()).map(|n| V::from(a.int(*n))).collect();
        let rank = t.sizes().len();
        let dims = if rank == 0 { a.null() } else { self.object(&dims, "dims", false) };
        // SAFETY: inside the array of sizes and strides.
        let strides = if rank == 0 { dims } else { unsafe { dims.const_in_bounds_gep(a.i64, &[a.int(rank as i64)]) } };
        let dtype = t.dtype() as u8;
        let offset = t.offset();
        let data = at(offset as u64 * t.dtype().size() as u64);
        let flags = t.requires_grad() as u8 | if t.is_contiguous() { tsrt::tensor::CONTIGUOUS } else { 0 };
        let head = dtype as u64 | (flags as u64) << 8 | (rank as u64) << 32;
        let mut fields: Vec<V<'c>> = vec![
            self.header(Kind::Tensor),
            data.into(),
            a.i64.const_int(head, false).into(),
            a.int(t.numel() as i64).into(),
            dims.into(),
            strides.into(),
            storage.into(),
            a.int(offset).into(),
            a.int(0).into(),
        ];
        fields.extend((0..super::weights::INLINE_WORDS).map(|_| V::from(a.int(0))));
        Ok(self.object(&fields, "tensor", true))
    }

    /// A constant as leaves and their type; `None` when it must be built at run time.
    pub fn static_leaves(&mut self, c: &Const) -> Result<Option<(Vec<V<'c>>, Type)>> {
        let a = &self.asm;
        Ok(Some(match c {
            Const::None => (vec![], Type::None),
            Const::Bool(b) => (vec![a.bool(*b).into()], Type::Bool),
            Const::Int(i) => (vec![a.int(*i).into()], Type::Int),
            Const::Float(f) => (vec![a.float(*f).into()], Type::Float),
            Const::Complex(re, im) => (vec![a.float(*re).into(), a.float(*im).into()], Type::Complex),
            Const::Device { kind, index } => (vec![a.int(device(*kind, *index)).into()], Type::Device),
            Const::Str(s) => (vec![self.string(s).into()], Type::Str),
            Const::Tensor(t) => (vec![self.tensor(t)?.into()], Type::Tensor),
            Const::Enum(e, i) => (vec![self.enum_member(e.id, *i)?.into()], Type::Enum(e.clone())),
            Const::Tuple(items, ty) => {
                let mut out = vec![];
                let Type::Tuple(tuple) = ty else { return Err(internal(format!("a tuple of type {ty}"))) };
                let mut types = vec![];
                for item in items.iter() {
                    let Some((l, t)) = self.static_leaves(item)? else { return Ok(None) };
                    out.extend(l);
                    types.push(t);
                }
                (out, Type::Tuple(std::rc::Rc::new(crate::types::TupleType { elems: types, names: tuple.names.clone() })))
            }
            Const::List(items, elem) => (vec![self.static_list(items, elem)?.as_basic_value_enum()], Type::list(elem.clone())),
            Const::Dict(..) | Const::Object(_) | Const::Generator(_) => return Ok(None),
        }))
    }
}

/// A device as generated code and values hold it.
pub fn device(kind: u32, index: Option<u32>) -> i64 {
    (kind as u64 | index.map_or(0, |i| i as u64 + 1) << 32) as i64
}
