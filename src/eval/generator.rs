//! Generators: a function body on a stack of its own.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};

use super::{
    interp::Interp,
    object::Obj,
    raise::{R, Raise},
    scope::Scope,
};
use crate::syntax::Name;

/// What a suspended `yield` is given.
pub enum Resume {
    Send(Obj),
    Throw(Box<Raise>),
}

type Body = Coroutine<Resume, Obj, R<Obj>>;

pub struct GeneratorObj {
    pub name: Name,
    body: RefCell<Option<Body>>,
    started: Cell<bool>,
    /// The value of `return`, once finished.
    result: RefCell<Option<Obj>>,
}

/// Stack of one generator; reserved, committed as used.
const STACK: usize = 16 << 20;
/// Python calls that fit on it.
const DEPTH: usize = 150;

impl Interp {
    /// A generator over `run`; its scope gets the yielder.
    pub fn make_generator(&self, name: Name, scope: Rc<Scope>, run: impl FnOnce(&Interp) -> R<Obj> + 'static) -> R<Obj> {
        let Some(interp) = self.me() else { return self.raise("RuntimeError", "the interpreter is shutting down") };
        let Ok(stack) = DefaultStack::new(STACK) else { return self.raise("MemoryError", "no stack for a generator") };
        let body = Coroutine::with_stack(stack, move |yielder: &Yielder<Resume, Obj>, first: Resume| {
            if let Resume::Throw(e) = first {
                return Err(e);
            }
            scope.yielder.set(Some(yielder as *const _));
            let result = run(&interp);
            scope.yielder.set(None);
            result
        });
        Ok(Obj::Generator(Rc::new(GeneratorObj {
            name,
            body: RefCell::new(Some(body)),
            started: Cell::new(false),
            result: RefCell::new(None),
        })))
    }

    /// Runs to the next `yield`; `None` when the body has returned.
    pub fn resume(&self, g: &GeneratorObj, value: Resume) -> R<Option<Obj>> {
        let Ok(mut slot) = g.body.try_borrow_mut() else { return self.value_error("generator already executing") };
        let Some(body) = slot.as_mut() else {
            return match value {
                Resume::Throw(e) => Err(e),
                Resume::Send(_) => Ok(None),
            };
        };
        if !g.started.replace(true)
            && let Resume::Send(v) = &value
            && !v.is_none()
        {
            return self.type_error("can't send non-None value to a just-started generator");
        }
        let depth = self.frames.borrow().len();
        let limit = self.depth_limit.replace(self.depth_limit.get().min(depth + DEPTH));
        self.push_frame(g.name.clone());
        let result = body.resume(value);
        self.frames.borrow_mut().truncate(depth);
        self.depth_limit.set(limit);
        match result {
            CoroutineResult::Yield(v) => Ok(Some(v)),
            CoroutineResult::Return(r) => {
                *slot = None;
                match r {
                    Ok(v) => {
                        *g.result.borrow_mut() = Some(v);
                        Ok(None)
                    }
                    Err(e) if self.is_exception(&e, "StopIteration") => {
                        self.raise("RuntimeError", "generator raised StopIteration")
                    }
                    Err(e) => Err(e),
                }
            }
        }
    }

    pub fn generator_next(&self, g: &GeneratorObj) -> R<Option<Obj>> {
        self.resume(g, Resume::Send(Obj::None))
    }

    /// The value of the generator's `return`.
    pub fn generator_result(&self, g: &GeneratorObj) -> Obj {
        g.result.borrow_mut().take().unwrap_or(Obj::None)
    }

    /// Suspends the generator whose body runs in `scope`.
    pub fn do_yield(&self, scope: &Rc<Scope>, value: Obj) -> R<Obj> {
        let mut at = Some(scope);
        while let Some(s) = at {
            if let Some(yielder) = s.yielder.get() {
                // SAFETY: the pointer is set by the coroutine's body for exactly the time that the body runs, and only code
                // running inside that body holds this scope while it is set and evaluates a `yield` in it.
                let resumed = unsafe { &*yielder }.suspend(value);
                return match resumed {
                    Resume::Send(v) => Ok(v),
                    Resume::Throw(e) => Err(e),
                };
            }
            at = s.parent.as_ref();
        }
        self.raise("SyntaxError", "'yield' outside function")
    }
}
