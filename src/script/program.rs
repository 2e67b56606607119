//! A program with a `main`: the main block, and the plain functions that it reaches, compiled as scripted ones.
//!
//! Such functions may use what is bound at the module's top level: numbers, strings and the like are constants; modules, tensors, lists, dicts and
//! objects are the attributes of one object, the program's globals, made when the program starts. They also have Python's `print`, f-strings and
//! `str`, `sys.argv` and `sys.exit`, and parameters without annotation take the types of the first call.

use super::class::add_class;
use super::module::ConcreteModule;
use super::module_value::ModuleValue;
use super::resolve::{Front, Handle};
use super::sugared::{SugaredObject, fail};
use super::{Arg, Code as Source, Compiler, Emitter, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::eval::api::ClassKind;
use crate::eval::object::{Code as PythonCode, Function as PythonFunction};
use crate::eval::{Obj, Scope, ScriptedKind};
use crate::graph::{Attr, Attribute, ClassId, Const, FunctionId, Main, Object, ObjectId, Value};
use crate::syntax::{CmpOp, Constant, Expr, ExprKind, FStringPart, FunctionDef, Module, Name, Params, Stmt, StmtKind};
use crate::types::Type;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The object that holds a program's globals.
pub(super) struct Globals {
    class: ClassId,
    object: ObjectId,
    /// What each attribute is, in order.
    objects: Vec<Obj>,
}

/// What the program of a file does.
pub enum MainBlock {
    /// `if __name__ == "__main__":`
    Block(Vec<Stmt>, Span),
    /// `def main()`
    Function(Rc<PythonFunction>),
}

/// Finds a file's program: its main block, or else a function `main` without parameters.
pub fn find(tree: &Module, scope: &Scope) -> Option<MainBlock> {
    let block = tree.body.iter().rev().find_map(|s| match &s.kind {
        StmtKind::If { test, body, .. } if is_main_test(test) => Some(MainBlock::Block(body.clone(), test.span)),
        _ => None,
    });
    block.or_else(|| {
        let f = crate::eval::api::function(&scope.vars.get_str("main")?)?;
        let takes_nothing = f.code.params().iter().next().is_none();
        takes_nothing.then_some(MainBlock::Function(f))
    })
}

/// `__name__ == "__main__"`, either way round.
fn is_main_test(e: &Expr) -> bool {
    let ExprKind::Compare { left, rest } = &e.kind else { return false };
    let is_name = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if &**n == "__name__");
    let is_text = |e: &Expr| matches!(&e.kind, ExprKind::Constant(Constant::Str(s)) if &**s == "__main__");
    match rest.as_slice() {
        [(CmpOp::Eq, right)] => (is_name(left) && is_text(right)) || (is_text(left) && is_name(right)),
        _ => false,
    }
}

impl Front {
    /// Compiles a program. Imports at the head of the main block run now.
    pub fn program(self: &Rc<Self>, c: &mut Compiler, main: MainBlock, scope: &Rc<Scope>) -> Result<Main> {
        c.python = c.sources.files().filter(|f| !self.interp.is_library(*f)).collect();
        let (body, span) = match main {
            MainBlock::Block(body, span) => (body, span),
            MainBlock::Function(f) => {
                let span = f.def().map_or(f.span(), |d| d.name_span);
                let kind = |kind| Expr { span, kind };
                let call = ExprKind::Call { func: Box::new(kind(ExprKind::Name("main".into()))), args: vec![], keywords: vec![] };
                (vec![Stmt { span, kind: StmtKind::Return(Some(kind(call))) }], span)
            }
        };
        let (imports, body): (Vec<Stmt>, Vec<Stmt>) =
            body.into_iter().partition(|s| matches!(s.kind, StmtKind::Import(_) | StmtKind::ImportFrom { .. }));
        self.interp.exec_block(&imports, scope).map_err(|e| self.raised(&e, span))?;
        let name = Name::from("<module>");
        let def = FunctionDef {
            span,
            name: name.clone(),
            name_span: span,
            params: Params::default(),
            body,
            decorators: vec![],
            returns: None,
            type_comment: None,
            is_async: false,
            is_generator: false,
        };
        let function = PythonFunction {
            name: RefCell::new(name.clone()),
            qualname: RefCell::new(name),
            code: PythonCode::Def(Arc::new(def)),
            scope: scope.clone(),
            defaults: RefCell::default(),
            kwdefaults: vec![],
            annotations: Rc::default(),
            dict: Rc::default(),
        };
        let ids = self.function(c, &Rc::new(function), span)?;
        let [function] = ids.as_slice() else { return fail(Code::Internal, span, "the program is overloaded") };
        c.require(*function, span)?;
        let globals = self.known.borrow().globals.as_ref().map(|g| g.object);
        Ok(Main { function: *function, globals })
    }

    /// What a Python object bound outside of a program's functions means in them; `None` for what scripted code may use, too.
    pub(super) fn global(self: &Rc<Self>, em: &mut Emitter, obj: &Obj, span: Span) -> Result<Option<Sugared>> {
        if !em.is_python(span) {
            return Ok(None);
        }
        if self.is_sys(obj, "argv") {
            let argv = em.op(span, "tsaot::argv", &[])?;
            return Ok(Some(Sugared::Value(argv)));
        }
        for (name, is_stderr) in [("stderr", true), ("stdout", false)] {
            if self.is_sys(obj, name) {
                return Ok(Some(Sugared::Value(em.constant(Const::Bool(is_stderr), span))));
            }
        }
        if self.is_sys(obj, "exit") {
            return Ok(Some(Sugared::Other(Rc::new(Exit))));
        }
        let plain = obj.unwrapped();
        match (obj, &plain) {
            (Obj::Script(s), _) if s.kind == ScriptedKind::Module => {
                let data = s.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>().cloned());
                let Some(Handle::Module { module, object }) = data else { return Ok(None) };
                let ty = Type::Class(em.compiler.program.class(module.id).class.clone());
                let value = self.global_attribute(em, obj, ty, Const::Object(object), span)?;
                Ok(Some(self.module_global(module, value)))
            }
            (Obj::Instance(i), _) if i.class.borrow().kind() == ClassKind::Module => {
                let (module, object) = self.module(em.compiler, obj, span)?;
                let ty = Type::Class(em.compiler.program.class(module.id).class.clone());
                let value = self.global_attribute(em, obj, ty, Const::Object(object), span)?;
                Ok(Some(self.module_global(module, value)))
            }
            (_, Obj::Bool(_) | Obj::Int(_) | Obj::Float(_) | Obj::Complex(_) | Obj::Str(_) | Obj::None | Obj::Torch(_)) => {
                let c = self.constant(em.compiler, &plain, None, span)?;
                Ok(Some(Sugared::Value(em.constant(c, span))))
            }
            (_, Obj::Tensor(_) | Obj::List(_) | Obj::Dict(_) | Obj::Tuple(_) | Obj::Instance(_)) => {
                let ty = match self.infer(em.compiler, &plain, span)? {
                    Ok(t) => t,
                    Err(_) => return Ok(None),
                };
                if matches!(ty, Type::Enum(_)) {
                    return Ok(None);
                }
                let c = self.constant(em.compiler, &plain, Some(&ty), span)?;
                self.global_attribute(em, &plain, ty, c, span).map(|v| Some(Sugared::Value(v)))
            }
            _ => Ok(None),
        }
    }

    fn is_sys(&self, obj: &Obj, name: &str) -> bool {
        let member = match self.interp.modules.get_str("sys") {
            Some(Obj::Module(sys)) => sys.dict.get_str(name),
            _ => None,
        };
        member.is_some_and(|m| m.is(obj))
    }

    fn module_global(self: &Rc<Self>, module: Rc<ConcreteModule>, value: Value) -> Sugared {
        Sugared::Other(Rc::new(ModuleValue { front: self.clone(), module, value }))
    }

    /// The attribute of the globals that holds an object; the same object is one attribute.
    fn global_attribute(self: &Rc<Self>, em: &mut Emitter, obj: &Obj, ty: Type, value: Const, span: Span) -> Result<Value> {
        let mut known = self.known.borrow_mut();
        let c = &mut *em.compiler;
        let globals = known.globals.get_or_insert_with(|| {
            let class = add_class(c, "__torch__.<globals>", false, false, None, None);
            let object = ObjectId(c.program.objects.len() as u32);
            c.program.objects.push(Object { class, slots: vec![] });
            Globals { class, object, objects: vec![] }
        });
        let index = match globals.objects.iter().position(|o| o.is(obj)) {
            Some(i) => i,
            None => {
                let i = globals.objects.len();
                globals.objects.push(obj.clone());
                let attribute = Attribute { name: format!("g{i}"), ty: ty.clone(), is_parameter: false, is_buffer: false };
                c.program.classes[globals.class.0 as usize].attributes.push(attribute);
                c.program.objects[globals.object.0 as usize].slots.push(value);
                i
            }
        };
        let object = globals.object;
        drop(known);
        let this = em.constant(Const::Object(object), span);
        Ok(em.get_attr(this, &format!("g{index}"), ty, span))
    }

    /// Tensors among the globals as they are when the program has run: it may change them after they were used.
    pub(super) fn refresh_globals(self: &Rc<Self>, c: &mut Compiler) {
        let known = self.known.borrow();
        let Some(g) = &known.globals else { return };
        for (i, obj) in g.objects.iter().enumerate() {
            if let Obj::Tensor(t) = obj {
                c.program.objects[g.object.0 as usize].slots[i] = Const::Tensor(t.value.borrow().clone());
            }
        }
    }
}

/// `sys.exit`
struct Exit;

impl SugaredObject for Exit {
    fn kind(&self) -> String {
        "function sys.exit".into()
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], _: usize) -> Result<Sugared> {
        if let Some(extra) = kwargs.first().or(args.get(1)) {
            return fail(Code::Type, extra.span, "sys.exit takes at most one argument");
        }
        let status = match args.first() {
            Some(a) => em.op(span, "tsaot::text", &[a.value])?,
            None => em.constant(Const::Str("".into()), span),
        };
        let class = em.constant(Const::Str("builtins.SystemExit".into()), span);
        em.op(span, "prim::RaiseException", &[status, class])?;
        Ok(Sugared::Nothing)
    }
}

impl Emitter<'_> {
    /// The code being compiled belongs to a program and is Python rather than TorchScript where they differ.
    pub(super) fn is_python(&self, span: Span) -> bool {
        self.compiler.python.contains(&span.file)
    }

    /// Python's `print`.
    pub(super) fn python_print(&mut self, span: Span, args: &[Arg], kwargs: &[Arg]) -> Result<Sugared> {
        let mut sep = self.constant(Const::Str(" ".into()), span);
        let mut end = self.constant(Const::Str("\n".into()), span);
        let mut to_stderr = self.constant(Const::Bool(false), span);
        for k in kwargs {
            match k.name.as_deref() {
                Some("sep") if *self.ty(k.value) == Type::Str => sep = k.value,
                Some("end") if *self.ty(k.value) == Type::Str => end = k.value,
                Some("flush") => {}
                // The argument is an expression without a value, so its place says what it is.
                Some("file") if *self.ty(k.value) == Type::Bool => to_stderr = k.value,
                _ => {
                    return fail(
                        Code::Unsupported,
                        k.span,
                        "print takes sep, end, file and flush: strings, sys.stderr or sys.stdout",
                    );
                }
            }
        }
        let mut inputs = vec![sep, end, to_stderr];
        inputs.extend(args.iter().map(|a| a.value));
        let n = self.node("prim::Print", &inputs, &[], span);
        self.graph.set_attr(n, "python", Attr::Int(1));
        Ok(Sugared::Nothing)
    }

    /// A Python f-string, with conversions and format specifications.
    pub(super) fn python_fstring(&mut self, span: Span, parts: &[FStringPart]) -> Result<Value> {
        let mut text = String::new();
        let mut values = vec![];
        template(parts, &mut text, &mut values)?;
        let format = self.string(&text, span);
        let args = self.arguments(&values)?;
        self.call_operator(span, "tsaot::format", &args, &[], Some(Arg::named(span, "self", format)))
    }
}

/// The template of `str.format` for an f-string, and the values of its fields in the order of their opening braces.
fn template(parts: &[FStringPart], text: &mut String, values: &mut Vec<Expr>) -> Result<()> {
    for p in parts {
        match p {
            FStringPart::Text(t) => *text += &t.replace('{', "{{").replace('}', "}}"),
            FStringPart::Value { value, conversion, spec } => {
                *text += "{";
                values.push((**value).clone());
                if let Some(c) = conversion {
                    *text += &format!("!{c}");
                }
                if let Some(spec) = spec {
                    *text += ":";
                    template(spec, text, values)?;
                }
                *text += "}";
            }
        }
    }
    Ok(())
}

impl Compiler {
    /// Gives a function's parameters without annotation the types of the first call.
    pub(super) fn note_arguments(&mut self, f: FunctionId, args: &[(Option<String>, Type)]) {
        let Some(body) = self.pending.get_mut(&f) else { return };
        let Source::Def(def) = &body.code else { return };
        if def.type_comment.is_some() {
            return;
        }
        let params: Vec<(usize, &crate::syntax::Param)> = def.params.iter().enumerate().collect();
        for (i, p) in params {
            if p.annotation.is_some() || body.types.iter().any(|(n, _)| **n == *p.name) {
                continue;
            }
            let given = args.iter().enumerate().find(|(k, (name, _))| match name {
                Some(name) => **name == *p.name,
                None => *k == i,
            });
            let default =
                || body.defaults.iter().find(|(n, _)| **n == *p.name).map(|(_, c)| super::emitter::const_type(&self.program, c));
            if let Some(ty) = given.map(|(_, (_, ty))| ty.clone()).or_else(default) {
                body.types.push((p.name.to_string(), ty));
            }
        }
    }
}

/// What a file without a program is told.
pub fn nothing_to_run(path: &str) -> Diagnostic {
    Diagnostic::new(Code::Name, None, format!("`{path}` has no program and exports nothing, so there is nothing to run"))
        .help("write `if __name__ == \"__main__\":` or `def main():`, or script a function or module at the top level")
}
