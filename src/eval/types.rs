//! The builtin classes.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use super::{dict::DictObj, interp::Interp, object::*};
use crate::syntax::Name;

macro_rules! types {
    ($($field:ident $name:literal $module:literal $base:literal $layout:ident;)*) => {
        /// One handle per builtin class.
        pub struct Types {
            pub object: Rc<Class>,
            $(pub $field: Rc<Class>,)*
            /// Exceptions by name.
            pub exceptions: Vec<(&'static str, Rc<Class>)>,
        }

        impl Types {
            #[allow(clippy::new_without_default)]
            pub fn new() -> Types {
                Types::over(make("object", "builtins", &[], Layout::Object))
            }

            #[allow(unused_variables)]
            fn over(object: Rc<Class>) -> Types {
                let mut made: Vec<Rc<Class>> = vec![object.clone()];
                $(let $field = derive(&mut made, $name, $module, $base, Layout::$layout);)*
                let exceptions = exceptions(&object);
                Types { object, $($field,)* exceptions }
            }

            /// All classes but the exceptions.
            pub fn all(&self) -> Vec<&Rc<Class>> {
                vec![&self.object, $(&self.$field),*]
            }
        }
    };
}

types! {
    type_ "type" "builtins" "object" Type;
    int "int" "builtins" "object" Int;
    bool "bool" "builtins" "int" Int;
    float "float" "builtins" "object" Float;
    complex "complex" "builtins" "object" Complex;
    str "str" "builtins" "object" Str;
    bytes "bytes" "builtins" "object" Bytes;
    list "list" "builtins" "object" List;
    tuple "tuple" "builtins" "object" Tuple;
    dict "dict" "builtins" "object" Dict;
    set "set" "builtins" "object" Set;
    frozenset "frozenset" "builtins" "object" FrozenSet;
    dict_keys "dict_keys" "builtins" "object" Other;
    dict_values "dict_values" "builtins" "object" Other;
    dict_items "dict_items" "builtins" "object" Other;
    range "range" "builtins" "object" Other;
    slice "slice" "builtins" "object" Other;
    none "NoneType" "builtins" "object" Other;
    ellipsis "ellipsis" "builtins" "object" Other;
    not_implemented "NotImplementedType" "builtins" "object" Other;
    function "function" "builtins" "object" Other;
    builtin "builtin_function_or_method" "builtins" "object" Other;
    method "method" "builtins" "object" Other;
    module "module" "builtins" "object" Other;
    iterator "iterator" "builtins" "object" Other;
    generator "generator" "builtins" "object" Other;
    property "property" "builtins" "object" Other;
    staticmethod "staticmethod" "builtins" "object" Other;
    classmethod "classmethod" "builtins" "object" Other;
    super_ "super" "builtins" "object" Other;
    tensor "Tensor" "torch" "object" Tensor;
    dtype "dtype" "torch" "object" Other;
    device "device" "torch" "object" Other;
    layout "layout" "torch" "object" Other;
    memory_format "memory_format" "torch" "object" Other;
    qscheme "qscheme" "torch" "object" Other;
    torch_generator "Generator" "torch" "object" Other;
    script_function "torch.jit.ScriptFunction" "torch.jit" "object" Other;
    script_method "ScriptMethod" "torch" "object" Other;
    script_module "RecursiveScriptModule" "torch.jit._script" "object" Other;
    traced_module "TopLevelTracedModule" "torch.jit._trace" "object" Other;
    script_list "ScriptList" "torch" "object" Other;
    script_dict "ScriptDict" "torch" "object" Other;
    script_object "ScriptObject" "torch" "object" Other;
}

fn make(name: &str, module: &str, bases: &[&Rc<Class>], layout: Layout) -> Rc<Class> {
    let class = Rc::new(Class {
        name: RefCell::new(Name::from(name)),
        qualname: RefCell::new(Name::from(name)),
        module: Name::from(module),
        bases: bases.iter().map(|b| (*b).clone()).collect(),
        mro: OnceCell::new(),
        dict: Rc::new(DictObj::default()),
        meta: None,
        layout,
        def: None,
        scope: None,
        subclasses: RefCell::default(),
    });
    let mut mro = vec![class.clone()];
    if let Some(b) = bases.first() {
        mro.extend(b.mro().iter().cloned());
    }
    let _ = class.mro.set(mro);
    class
}

fn derive(made: &mut Vec<Rc<Class>>, name: &str, module: &str, base: &str, layout: Layout) -> Rc<Class> {
    let base = made.iter().find(|c| &**c.name.borrow() == base).unwrap_or(&made[0]).clone();
    let class = make(name, module, &[&base], layout);
    made.push(class.clone());
    class
}

const EXCEPTIONS: &[(&str, &str)] = &[
    ("BaseException", "object"),
    ("Exception", "BaseException"),
    ("SystemExit", "BaseException"),
    ("KeyboardInterrupt", "BaseException"),
    ("GeneratorExit", "BaseException"),
    ("ArithmeticError", "Exception"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("OverflowError", "ArithmeticError"),
    ("FloatingPointError", "ArithmeticError"),
    ("AssertionError", "Exception"),
    ("AttributeError", "Exception"),
    ("BufferError", "Exception"),
    ("EOFError", "Exception"),
    ("ImportError", "Exception"),
    ("ModuleNotFoundError", "ImportError"),
    ("LookupError", "Exception"),
    ("IndexError", "LookupError"),
    ("KeyError", "LookupError"),
    ("MemoryError", "Exception"),
    ("NameError", "Exception"),
    ("UnboundLocalError", "NameError"),
    ("OSError", "Exception"),
    ("FileNotFoundError", "OSError"),
    ("FileExistsError", "OSError"),
    ("PermissionError", "OSError"),
    ("RuntimeError", "Exception"),
    ("NotImplementedError", "RuntimeError"),
    ("RecursionError", "RuntimeError"),
    ("ReferenceError", "Exception"),
    ("StopIteration", "Exception"),
    ("StopAsyncIteration", "Exception"),
    ("SyntaxError", "Exception"),
    ("IndentationError", "SyntaxError"),
    ("SystemError", "Exception"),
    ("TypeError", "Exception"),
    ("ValueError", "Exception"),
    ("UnicodeError", "ValueError"),
    ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"),
    ("Warning", "Exception"),
    ("UserWarning", "Warning"),
    ("DeprecationWarning", "Warning"),
    ("PendingDeprecationWarning", "Warning"),
    ("FutureWarning", "Warning"),
    ("RuntimeWarning", "Warning"),
    ("SyntaxWarning", "Warning"),
    ("ImportWarning", "Warning"),
    ("UnicodeWarning", "Warning"),
    ("BytesWarning", "Warning"),
    ("ResourceWarning", "Warning"),
];

fn exceptions(object: &Rc<Class>) -> Vec<(&'static str, Rc<Class>)> {
    let mut all: Vec<(&'static str, Rc<Class>)> = Vec::new();
    for (name, base) in EXCEPTIONS {
        let base = all.iter().find(|(n, _)| n == base).map_or(object, |(_, c)| c).clone();
        all.push((name, make(name, "builtins", &[&base], Layout::Exception)));
    }
    all
}

impl Types {
    /// A builtin exception class; `RuntimeError` for names that are none.
    pub fn exception(&self, name: &str) -> Rc<Class> {
        let find = |n: &str| self.exceptions.iter().find(|(e, _)| *e == n).map(|(_, c)| c.clone());
        find(name).or_else(|| find("RuntimeError")).unwrap_or_else(|| self.object.clone())
    }
}

impl Interp {
    /// Python's `type(obj)`.
    pub fn type_of(&self, obj: &Obj) -> Rc<Class> {
        let t = &self.types;
        match obj {
            Obj::None => &t.none,
            Obj::Ellipsis => &t.ellipsis,
            Obj::NotImplemented => &t.not_implemented,
            Obj::Bool(_) => &t.bool,
            Obj::Int(_) | Obj::Big(_) => &t.int,
            Obj::Float(_) => &t.float,
            Obj::Complex(_) => &t.complex,
            Obj::Str(_) => &t.str,
            Obj::Bytes(_) => &t.bytes,
            Obj::List(_) => &t.list,
            Obj::Tuple(_) => &t.tuple,
            Obj::Dict(_) => &t.dict,
            Obj::Set(s) if s.frozen => &t.frozenset,
            Obj::Set(_) => &t.set,
            Obj::View(v) => match v.kind {
                ViewKind::Keys => &t.dict_keys,
                ViewKind::Values => &t.dict_values,
                ViewKind::Items => &t.dict_items,
            },
            Obj::Range(_) => &t.range,
            Obj::Slice(_) => &t.slice,
            Obj::Function(_) => &t.function,
            Obj::Builtin(_) => &t.builtin,
            Obj::Bound(b) if matches!(b.func, Obj::Builtin(_)) => &t.builtin,
            Obj::Bound(_) => &t.method,
            Obj::Class(c) => return c.meta.clone().unwrap_or_else(|| t.type_.clone()),
            Obj::Instance(i) => return i.class.borrow().clone(),
            Obj::Module(_) => &t.module,
            Obj::Iter(_) => &t.iterator,
            Obj::Generator(_) => &t.generator,
            Obj::Property(_) => &t.property,
            Obj::StaticMethod(_) => &t.staticmethod,
            Obj::ClassMethod(_) => &t.classmethod,
            Obj::Super(_) => &t.super_,
            Obj::Tensor(x) => return x.class.borrow().clone().unwrap_or_else(|| t.tensor.clone()),
            Obj::Torch(x) => return x.class(t),
            Obj::Script(s) => return s.class(t),
        }
        .clone()
    }

    /// The name that messages call the type by.
    pub fn type_name(&self, obj: &Obj) -> String {
        match obj {
            Obj::Iter(i) => i.kind.to_string(),
            _ => self.type_of(obj).name.borrow().to_string(),
        }
    }

    pub fn isinstance(&self, obj: &Obj, class: &Rc<Class>) -> bool {
        self.type_of(obj).is_subclass_of(class)
    }
}
