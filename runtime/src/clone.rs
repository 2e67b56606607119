//! Deep copies of instances: what one instance may change, the copy has of its own; constants stay shared.

use crate::dict::Dict;
use crate::error::Result;
use crate::header::{IMMORTAL, Kind};
use crate::list::{Elem, List};
use crate::object::Instance;
use crate::rng::Generator;
use crate::storage::Storage;
use crate::tensor::Tensor;
use crate::tuple::Tuple;
use crate::value::{Value, tag};
use alloc::vec::Vec;

/// Copies made so far by the address of their original: what was one object stays one.
#[derive(Default)]
struct Copies {
    values: ByAddress<Value>,
    storages: ByAddress<crate::Ref<Storage>>,
}

/// A map from objects' addresses.
struct ByAddress<T> {
    /// Where in `items`.
    places: crate::Ref<Dict>,
    items: Vec<T>,
}

impl<T> Default for ByAddress<T> {
    fn default() -> Self {
        ByAddress { places: Dict::new(Elem::I64, Elem::I64), items: Vec::new() }
    }
}

impl<T> ByAddress<T> {
    fn get(&self, key: usize) -> Option<&T> {
        self.items.get(self.places.get(&Value::from(key as i64))?.as_int()? as usize)
    }
    fn insert(&mut self, key: usize, value: T) -> Result<()> {
        self.items.push(value);
        self.places.set(Value::from(key as i64), Value::from(self.items.len() as i64 - 1))
    }
}

impl Copies {
    fn value(&mut self, v: &Value) -> Result<Value> {
        let Some(object) = v.as_object() else { return Ok(v.clone()) };
        // SAFETY: the value owns a live object.
        if unsafe { (*object).count() } == IMMORTAL {
            return Ok(v.clone());
        }
        let key = object as usize;
        if let Some(done) = self.values.get(key) {
            return Ok(done.clone());
        }
        let copy = if let Some(t) = v.as_tensor() {
            self.tensor(t)?.into()
        } else if let Some(l) = v.as_list() {
            let copy = l.empty_like(l.len());
            self.values.insert(key, copy.clone().into())?;
            return self.list(l, copy);
        } else if let Some(d) = v.as_dict() {
            return self.dict(key, d);
        } else if let Some(t) = v.as_tuple() {
            let items = t.items().iter().map(|v| self.value(v)).collect::<Result<Vec<_>>>()?;
            Tuple::named(items.into_iter(), t.desc).into()
        } else if v.tag == tag::OBJECT {
            match v.as_instance() {
                Some(o) => return self.instance(key, o),
                None => v.clone(),
            }
        } else if v.tag == tag::GENERATOR {
            // SAFETY: the payload of that tag is a generator.
            let g = unsafe { &*(object as *const Generator) };
            Value::own(tag::GENERATOR, g.copy())
        } else {
            v.clone()
        };
        self.values.insert(key, copy.clone())?;
        Ok(copy)
    }

    fn list(&mut self, from: &List, to: crate::Ref<List>) -> Result<Value> {
        for item in from.iter() {
            to.push(self.value(&item)?)?;
        }
        Ok(to.into())
    }

    fn dict(&mut self, key: usize, from: &crate::Ref<Dict>) -> Result<Value> {
        let to = from.copy();
        self.values.insert(key, to.clone().into())?;
        for (k, v) in from.iter() {
            to.set(k, self.value(&v)?)?;
        }
        Ok(to.into())
    }

    fn instance(&mut self, key: usize, from: &Instance) -> Result<Value> {
        let to = Instance::new(from.class, from.len, Kind::Object);
        self.values.insert(key, Value::own(tag::OBJECT, to.clone()))?;
        for i in 0..from.len {
            if let Some(v) = from.get(i) {
                to.set(i, self.value(&v)?);
            }
        }
        Ok(Value::own(tag::OBJECT, to))
    }

    fn tensor(&mut self, t: &Tensor) -> Result<Tensor> {
        let old = t.storage();
        let key = old.as_ptr() as usize;
        let storage = match self.storages.get(key) {
            Some(s) => s.clone(),
            None if old.header.count() == IMMORTAL => old.clone(),
            None => {
                let new = Storage::alloc(old.nbytes())?;
                if old.nbytes() > 0 {
                    // SAFETY: both are that large.
                    unsafe { core::ptr::copy_nonoverlapping(old.data(), new.data(), old.nbytes()) }
                }
                self.storages.insert(key, new.clone())?;
                new
            }
        };
        let copy = Tensor::over(storage, t.dtype(), t.sizes(), t.strides(), t.offset());
        copy.set_requires_grad(t.requires_grad());
        Ok(copy)
    }
}

natives! {
    /// A copy of an instance. Returns the status.
    fn ts_object_clone(object: *const Value, out: *mut Value) -> i32 {
        match Copies::default().value(unsafe { &*object }) {
            Ok(v) => {
                unsafe { out.write(v) }
                0
            }
            Err(e) => e.status(),
        }
    }

    /// Field `i` of an instance. Returns the status.
    fn ts_object_get(object: *const Value, i: usize, out: *mut Value) -> i32 {
        match unsafe { (*object).as_instance() }.and_then(|o| o.get(i)) {
            Some(v) => {
                unsafe { out.write(v) }
                0
            }
            None => err!(Internal, "an instance without field {i}").status(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;
    use crate::element::Scalar;
    use crate::list::Elem;

    #[test]
    fn a_copy_shares_nothing_but_keeps_its_own_sharing() {
        let t = Tensor::full(&[4], Scalar::Float(1.0), DType::F32).unwrap();
        let l = List::new(Elem::Val, 0);
        l.push(t.clone().into()).unwrap();
        l.push(t.slice(0, 0, 2, 1).unwrap().into()).unwrap();
        let o = Instance::new(core::ptr::null(), 2, Kind::Object);
        o.set(0, l.clone().into());
        o.set(1, l.into());
        let original = Value::own(tag::OBJECT, o);
        let mut copy = Value::none();
        assert_eq!(unsafe { ts_object_clone(&original, &mut copy) }, 0);
        let field = |v: &Value, i: usize| v.as_instance().unwrap().get(i).unwrap();
        assert_eq!(field(&copy, 0).as_object(), field(&copy, 1).as_object());
        assert_ne!(field(&copy, 0).as_object(), field(&original, 0).as_object());
        let item = |v: &Value, i: usize| field(v, 0).as_list().unwrap().get(i).unwrap().as_tensor().unwrap().clone();
        item(&copy, 1).as_mut_slice::<f32>().unwrap()[0] = 5.0;
        assert_eq!(item(&copy, 0).as_slice::<f32>().unwrap(), [5.0, 1.0, 1.0, 1.0]);
        assert_eq!(item(&original, 0).as_slice::<f32>().unwrap(), [1.0; 4]);
    }
}
