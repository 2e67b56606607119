//! What compiled code in this process shares with the compiler: descriptions of classes, members of enums, calls back into Python.
//!
//! Code is compiled piece by piece as a program calls it, and classes and enum members are told apart by address, so all pieces refer
//! to the same ones. They are made once and live as long as the process.

use crate::graph::Const;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use tsrt::Value;
use tsrt::error::Error;
use tsrt::header::Kind;
use tsrt::object::{ClassDesc, Instance, Text};

/// A failed call back: the exception's type name and its message.
pub type Raised = (String, String);

/// Calls a Python function by the number that scripting gave it.
pub type PythonCall = dyn Fn(usize, &[Value]) -> Result<Value, Raised>;

#[derive(Default)]
struct Shared {
    descriptions: HashMap<(String, Vec<String>), &'static ClassDesc>,
    members: HashMap<(usize, String), &'static Value>,
    python: Option<Rc<PythonCall>>,
}

thread_local! {
    static SHARED: RefCell<Shared> = RefCell::default();
}

fn text(s: &str) -> Text {
    let s: &'static str = Box::leak(Box::from(s));
    Text { ptr: s.as_ptr(), len: s.len() }
}

/// The description of a class of that name with these fields.
pub fn description(name: &str, fields: &[&str]) -> &'static ClassDesc {
    SHARED.with_borrow_mut(|shared| {
        let key = (name.to_owned(), fields.iter().map(|f| (*f).to_owned()).collect::<Vec<String>>());
        *shared.descriptions.entry(key).or_insert_with(|| {
            let texts: &'static [Text] = Box::leak(fields.iter().map(|f| text(f)).collect());
            Box::leak(Box::new(ClassDesc { name: text(name), field_count: texts.len(), fields: texts.as_ptr() }))
        })
    })
}

/// The member of an enum.
pub fn enum_member(class: &'static ClassDesc, name: &str, value: Value) -> &'static Value {
    SHARED.with_borrow_mut(|shared| {
        *shared.members.entry((std::ptr::from_ref(class) as usize, name.to_owned())).or_insert_with(|| {
            let member = Instance::new(class, 2, Kind::Enum);
            member.set(0, Value::from(name));
            member.set(1, value);
            Box::leak(Box::new(Value::from(member)))
        })
    })
}

/// A constant as a value, if it is a plain one.
pub fn scalar(c: &Const) -> Option<Value> {
    Some(match c {
        Const::None => Value::none(),
        Const::Bool(b) => Value::bool(*b),
        Const::Int(i) => Value::int(*i),
        Const::Float(f) => Value::float(*f),
        Const::Complex(re, im) => Value::complex(tsrt::Complex { re: *re, im: *im }),
        Const::Str(s) => Value::from(&**s),
        Const::Device { kind, index } => Value::device(*kind, *index),
        Const::Tensor(t) => Value::from(t.clone()),
        _ => return None,
    })
}

/// Says how compiled code calls Python functions; `None`: not at all.
pub fn set_python(call: Option<Rc<PythonCall>>) {
    SHARED.with_borrow_mut(|shared| shared.python = call);
}

/// Called by compiled code: function `index` with `count` borrowed arguments; writes one owned result and returns the status.
///
/// # Safety
/// `args` holds `count` values, and `result` takes one.
pub unsafe extern "C" fn call_python(index: i64, args: *const Value, count: i64, result: *mut Value) -> i32 {
    let call = SHARED.with_borrow(|shared| shared.python.clone());
    // SAFETY: by contract.
    let args = unsafe { std::slice::from_raw_parts(args, count as usize) };
    let outcome = match call {
        Some(call) => call(index as usize, args),
        None => Err(("RuntimeError".to_owned(), "there is no Python to call".to_owned())),
    };
    match outcome {
        Ok(v) => {
            // SAFETY: by contract; what lies there owns nothing.
            unsafe { result.write(v) };
            0
        }
        Err((exception, message)) => Error::raised(&exception, &message).status(),
    }
}
