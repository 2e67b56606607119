//! Between the forms of a value: typed leaves, and the tag and payload of a `Value`.

use super::asm::{T, V, internal};
use super::func::Func;
use super::repr::{Leaf, is_dynamic, leaves, tag_of};
use crate::diag::Result;
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::values::IntValue;
use tsrt::object::OBJECT_FIELDS_OFFSET;
use tsrt::tuple::TUPLE_ITEMS_OFFSET;
use tsrt::value::tag;

/// Offset of the number inside a boxed complex.
const COMPLEX_OFFSET: u64 = std::mem::offset_of!(tsrt::value::ComplexBox, value) as u64;
const _: () = assert!(OBJECT_FIELDS_OFFSET == TUPLE_ITEMS_OFFSET);

/// A value of the type lies in an object of its own when boxed.
fn is_boxed_by_object(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(_) | Type::Complex)
}

/// The conversion makes or takes apart an object, so its result's counts are not its operand's.
pub fn allocates(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Tuple(a), Type::Tuple(b)) => a.elems.iter().zip(&b.elems).any(|(a, b)| allocates(a, b)),
        (Type::Tuple(_) | Type::Complex, _) => is_dynamic(to) || matches!(to, Type::AnyTuple),
        (_, Type::Tuple(_) | Type::Complex) => is_dynamic(from) || matches!(from, Type::AnyTuple),
        _ => false,
    }
}

impl<'c> Func<'_, '_, 'c> {
    /// Converts leaves that carry counts of their own (or borrowed ones, unless the conversion [`allocates`]). The value is known to
    /// fit: nothing is checked.
    pub fn convert(&mut self, l: Vec<V<'c>>, from: &Type, to: &Type) -> Result<Vec<V<'c>>> {
        if from == to || (leaves(from) == leaves(to) && !allocates(from, to) && tag_of(from) == tag_of(to)) {
            return Ok(l);
        }
        if let (Type::Tuple(a), Type::Tuple(b)) = (from, to) {
            let mut rest = &l[..];
            let mut out = vec![];
            for (x, y) in a.elems.iter().zip(&b.elems) {
                let (head, tail) = rest.split_at(leaves(x).len());
                out.extend(self.convert(head.to_vec(), x, y)?);
                rest = tail;
            }
            return Ok(out);
        }
        if is_dynamic(to) {
            return self.boxed(l, from);
        }
        if is_dynamic(from) {
            return self.unboxed(l, to);
        }
        let a = self.a();
        let want = leaves(to);
        Ok(match (&leaves(from)[..], &want[..]) {
            ([], [Leaf::OptPtr | Leaf::Ptr]) => vec![a.null().into()],
            ([Leaf::Ptr | Leaf::OptPtr], [Leaf::Ptr | Leaf::OptPtr]) => l,
            ([Leaf::Int], [Leaf::Float]) => vec![a.to_float(l[0].into_int_value())?.into()],
            ([Leaf::Bool], [Leaf::Int]) => vec![a.zext(l[0].into_int_value())?.into()],
            ([Leaf::Bool], [Leaf::Float]) => {
                let i = a.zext(l[0].into_int_value())?;
                vec![a.to_float(i)?.into()]
            }
            ([Leaf::Int], [Leaf::Float, Leaf::Float]) => vec![a.to_float(l[0].into_int_value())?.into(), a.float(0.0).into()],
            ([Leaf::Float], [Leaf::Float, Leaf::Float]) => vec![l[0], a.float(0.0).into()],
            (_, []) => vec![],
            ([Leaf::Int], [Leaf::Int]) => l,
            // None where a value must be: reached only on paths that never run.
            ([], _) => self.zeros(to),
            _ => return Err(internal(format!("no conversion from {from} to {to} in {}", self.name))),
        })
    }

    fn pair(&self, tag: u64, payload: IntValue<'c>) -> Vec<V<'c>> {
        vec![self.a().int(tag as i64).into(), payload.into()]
    }

    /// Leaves to tag and payload.
    fn boxed(&mut self, l: Vec<V<'c>>, from: &Type) -> Result<Vec<V<'c>>> {
        if is_dynamic(from) {
            return Ok(l);
        }
        if let Type::Optional(inner) = from {
            // A nullable pointer.
            let a = self.a();
            let t = tag_of(inner).unwrap_or(tag::NONE);
            let none = a.is_null(l[0].into_pointer_value())?;
            let t = a.select_int(none, a.int(0), a.int(t as i64))?;
            return Ok(vec![t.into(), a.bits(l[0])?.into()]);
        }
        let Some(t) = tag_of(from) else { return Err(internal(format!("{from} has no tag"))) };
        if from == &Type::None || l.is_empty() && !matches!(from, Type::Tuple(_)) {
            return Ok(self.pair(tag::NONE, self.a().int(0)));
        }
        if let Type::Tuple(tuple) = from {
            let n = tuple.elems.len();
            let items = self.scratch(n)?;
            let mut rest = &l[..];
            for (i, ty) in tuple.elems.iter().enumerate() {
                let (head, tail) = rest.split_at(leaves(ty).len());
                let v = self.boxed(head.to_vec(), ty)?;
                self.a().store(v[0], items, i as u64 * 16)?;
                self.a().store(v[1], items, i as u64 * 16 + 8)?;
                rest = tail;
            }
            let desc = self.e.tuple_desc(tuple)?;
            let a = self.a();
            let f = a.helper("ts_tuple_take", &[T::I64, T::Ptr, T::Ptr], Some(T::Ptr));
            let p = a.call_value(f, &[a.int(n as i64).into(), items.into(), desc.into()])?;
            return Ok(self.pair(t, self.a().bits(p)?));
        }
        if from == &Type::Complex {
            let a = self.a();
            let p = a.call_value(a.helper("ts_complex_new", &[T::F64, T::F64], Some(T::Ptr)), &l)?;
            return Ok(self.pair(t, a.bits(p)?));
        }
        Ok(self.pair(t, self.a().bits(l[0])?))
    }

    /// Tag and payload to leaves.
    fn unboxed(&mut self, l: Vec<V<'c>>, to: &Type) -> Result<Vec<V<'c>>> {
        let out = self.peek(&l, to)?;
        if is_boxed_by_object(to) {
            self.retain_leaves(&out, to)?;
            let a = self.a();
            let p = a.as_ptr(l[1].into_int_value())?;
            a.call(a.helper("ts_decref", &[T::Ptr], None), &[p.into()])?;
        }
        Ok(out)
    }

    /// The leaves inside a `Value`, which keeps them alive.
    pub fn peek(&mut self, l: &[V<'c>], to: &Type) -> Result<Vec<V<'c>>> {
        if is_dynamic(to) {
            return Ok(l.to_vec());
        }
        let payload = l[1].into_int_value();
        if let Type::Tuple(tuple) = to {
            let p = self.a().as_ptr(payload)?;
            let mut out = vec![];
            for (i, ty) in tuple.elems.iter().enumerate() {
                let v = self.load_value(p, (TUPLE_ITEMS_OFFSET + 16 * i) as u64)?;
                out.extend(self.peek(&v, ty)?);
            }
            return Ok(out);
        }
        let a = self.a();
        if to == &Type::Complex {
            let p = a.as_ptr(payload)?;
            return Ok(vec![a.load(a.f64.into(), p, COMPLEX_OFFSET)?, a.load(a.f64.into(), p, COMPLEX_OFFSET + 8)?]);
        }
        Ok(match leaves(to)[..] {
            [] => vec![],
            [Leaf::Int] => vec![payload.into()],
            [Leaf::Float] => vec![a.as_float(payload)?.into()],
            [Leaf::Bool] => vec![a.as_bool(payload)?.into()],
            // The payload of None is 0.
            [Leaf::Ptr | Leaf::OptPtr] => vec![a.as_ptr(payload)?.into()],
            _ => return Err(internal(format!("no conversion from a value to {to}"))),
        })
    }

    /// Tag and payload at `p + offset`.
    pub fn load_value(&self, p: inkwell::values::PointerValue<'c>, offset: u64) -> Result<Vec<V<'c>>> {
        let a = self.a();
        Ok(vec![a.load(a.i64.into(), p, offset)?, a.load(a.i64.into(), p, offset + 8)?])
    }

    pub fn store_value(&self, l: &[V<'c>], p: inkwell::values::PointerValue<'c>, offset: u64) -> Result<()> {
        self.a().store(l[0], p, offset)?;
        self.a().store(l[1], p, offset + 8)
    }

    /// Whether a `Value` is of a type, as far as values tell.
    pub fn is_instance(&mut self, l: &[V<'c>], ty: &Type) -> Result<IntValue<'c>> {
        let (t, payload) = (l[0].into_int_value(), l[1].into_int_value());
        let eq = |f: &Self, n: u64| f.a().icmp(IntPredicate::EQ, t, f.a().int(n as i64));
        match ty {
            Type::Any | Type::Var(_) => Ok(self.a().bool(true)),
            Type::Optional(inner) => {
                let none = eq(self, tag::NONE)?;
                let is = self.is_instance(l, inner)?;
                self.a().or(none, is)
            }
            Type::Union(members) => {
                let mut any = self.a().bool(false);
                for m in members.iter() {
                    let is = self.is_instance(l, m)?;
                    any = self.a().or(any, is)?;
                }
                Ok(any)
            }
            Type::Number => {
                let a = self.a();
                let off = a.sub(t, a.int(tag::INT as i64))?;
                a.icmp(IntPredicate::ULE, off, a.int((tag::COMPLEX - tag::INT) as i64))
            }
            Type::Class(c) if !c.is_interface => {
                let desc = self.e.class_desc(c.id)?;
                let want = self.a().bits(desc.into())?;
                self.field_is(eq(self, tag::OBJECT)?, payload, 8, want)
            }
            Type::Enum(e) => {
                let desc = self.e.enum_desc(e.id)?;
                let want = self.a().bits(desc.into())?;
                self.field_is(eq(self, tag::ENUM)?, payload, 8, want)
            }
            Type::Tuple(_) | Type::List(_) | Type::Dict(..) => {
                let desc = crate::interface::ctype::descriptor(ty).unwrap_or_else(|_| match ty {
                    Type::List(_) => b"la".to_vec(),
                    Type::Dict(..) => b"maa".to_vec(),
                    _ => b"a".to_vec(),
                });
                let a = self.a();
                let bytes = a.constant(&a.cx.const_string(&desc, false), "desc");
                let f = a.helper("ts_value_is", &[T::Ptr, T::I64, T::I64, T::I64], Some(T::I1));
                let n = a.int(desc.len() as i64);
                Ok(a.call_value(f, &[bytes.into(), n.into(), t.into(), payload.into()])?.into_int_value())
            }
            other => match tag_of(other) {
                Some(n) => eq(self, n),
                None => Err(self.fault(crate::diag::Code::Unsupported, format!("isinstance with {}", other.annotation()))),
            },
        }
    }

    /// `when` and the word at `offset` of the object is `want`.
    fn field_is(&mut self, when: IntValue<'c>, payload: IntValue<'c>, offset: u64, want: IntValue<'c>) -> Result<IntValue<'c>> {
        let a = self.a();
        let (yes, end) = (a.block("")?, a.block("")?);
        let before = a.here()?;
        a.cond(when, yes, end)?;
        a.at(yes);
        let p = a.as_ptr(payload)?;
        let have = a.load_int(p, offset)?;
        let same = a.icmp(IntPredicate::EQ, have, want)?;
        a.br(end)?;
        a.at(end);
        Ok(a.phi(a.i1.into(), &[(a.bool(false).into(), before), (same.into(), yes)])?.as_basic_value().into_int_value())
    }
}
