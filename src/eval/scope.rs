//! Where names live: module, class, function and comprehension scopes.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    rc::Rc,
};

use corosensei::Yielder;

use super::{
    dict::DictObj,
    generator::Resume,
    object::{Class, Code, Obj},
};
use crate::syntax::*;

pub enum ScopeKind {
    Module,
    Class {
        names: Rc<Names>,
        cell: RefCell<Option<Rc<Class>>>,
    },
    Function {
        names: Rc<Names>,
        first: RefCell<Option<Obj>>,
    },
    /// Shares everything with its parent but the loop variables.
    Comprehension(Rc<Names>),
}

pub struct Scope {
    pub vars: Rc<DictObj>,
    pub kind: ScopeKind,
    pub parent: Option<Rc<Scope>>,
    pub globals: Rc<DictObj>,
    /// `__name__` of the module.
    pub module: Name,
    /// Annotations stay text (`from __future__ import annotations`).
    pub postponed: bool,
    /// Prefix of the qualified names of functions and classes defined here.
    pub prefix: Name,
    /// Set while a generator's body runs.
    pub yielder: Cell<Option<*const Yielder<Resume, Obj>>>,
}

impl Scope {
    /// A scope of names of its own over a module's.
    pub fn with_locals(locals: Rc<DictObj>, globals: Rc<DictObj>, module: Name) -> Rc<Scope> {
        let parent = Scope::module(globals.clone(), module.clone(), false);
        Rc::new(Scope {
            vars: locals,
            kind: ScopeKind::Module,
            parent: Some(parent),
            globals,
            module,
            postponed: false,
            prefix: Name::from(""),
            yielder: Cell::new(None),
        })
    }

    pub fn module(globals: Rc<DictObj>, module: Name, postponed: bool) -> Rc<Scope> {
        Rc::new(Scope {
            vars: globals.clone(),
            kind: ScopeKind::Module,
            parent: None,
            globals,
            module,
            postponed,
            prefix: Name::from(""),
            yielder: Cell::new(None),
        })
    }

    pub fn child(parent: &Rc<Scope>, kind: ScopeKind, prefix: Name) -> Rc<Scope> {
        Rc::new(Scope {
            vars: Rc::new(DictObj::default()),
            kind,
            parent: Some(parent.clone()),
            globals: parent.globals.clone(),
            module: parent.module.clone(),
            postponed: parent.postponed,
            prefix,
            yielder: Cell::new(None),
        })
    }

    /// The names bound, `global` and `nonlocal` in this scope; `None` for a module.
    pub fn names(&self) -> Option<&Rc<Names>> {
        match &self.kind {
            ScopeKind::Module => None,
            ScopeKind::Class { names, .. } | ScopeKind::Function { names, .. } | ScopeKind::Comprehension(names) => Some(names),
        }
    }

    /// The enclosing class of the innermost method, for `super()` and `__class__`.
    pub fn class_cell(&self) -> Option<Rc<Class>> {
        let mut scope = self;
        loop {
            if let ScopeKind::Class { cell, .. } = &scope.kind
                && let Some(c) = &*cell.borrow()
            {
                return Some(c.clone());
            }
            scope = scope.parent.as_deref()?;
        }
    }

    /// The first argument of the innermost method.
    pub fn first_argument(&self) -> Option<Obj> {
        let mut scope = self;
        loop {
            if let ScopeKind::Function { first, .. } = &scope.kind {
                if let Some(o) = &*first.borrow() {
                    if matches!(scope.parent.as_deref().map(|p| &p.kind), Some(ScopeKind::Class { .. })) {
                        return Some(o.clone());
                    }
                }
            }
            scope = scope.parent.as_deref()?;
        }
    }

    /// The value of a free or local name, without builtins: local scope, enclosing functions, globals.
    pub fn find(&self, name: &str) -> Option<Obj> {
        let mut scope = self;
        let mut inner = true;
        loop {
            let visible = inner || !matches!(scope.kind, ScopeKind::Class { .. });
            if visible {
                if scope.names().is_some_and(|n| n.globals.contains(name)) {
                    return self.globals.get_str(name);
                }
                if let Some(v) = scope.vars.get_str(name) {
                    return Some(v);
                }
            }
            // A comprehension in a class body still sees the class's names here; CPython shows it only the first iterable.
            inner = inner && matches!(scope.kind, ScopeKind::Comprehension(_));
            scope = scope.parent.as_deref()?;
        }
    }

    /// Whether a name is local here but has no value yet.
    pub fn is_unbound_local(&self, name: &str) -> bool {
        match &self.kind {
            ScopeKind::Function { names, .. } => {
                names.locals.contains(name) && !names.globals.contains(name) && !names.nonlocals.contains(name)
            }
            _ => false,
        }
    }

    /// The dictionary that an assignment to `name` writes.
    pub fn target(self: &Rc<Scope>, name: &str) -> Rc<DictObj> {
        let mut scope = self;
        while let ScopeKind::Comprehension(names) = &scope.kind {
            if names.locals.contains(name) {
                return scope.vars.clone();
            }
            match &scope.parent {
                Some(p) => scope = p,
                None => break,
            }
        }
        if let Some(names) = scope.names() {
            if names.globals.contains(name) {
                return scope.globals.clone();
            }
            if names.nonlocals.contains(name) {
                let mut at = scope.parent.as_ref();
                while let Some(s) = at {
                    if matches!(s.kind, ScopeKind::Function { .. }) && s.names().is_some_and(|n| n.locals.contains(name)) {
                        return s.vars.clone();
                    }
                    at = s.parent.as_ref();
                }
            }
        }
        scope.vars.clone()
    }
}

/// How a body uses names, found by walking it once.
#[derive(Default)]
pub struct Names {
    pub locals: HashSet<Name>,
    pub globals: HashSet<Name>,
    pub nonlocals: HashSet<Name>,
}

impl Names {
    pub fn of_code(code: &Code) -> Names {
        let mut n = Names::default();
        n.locals.extend(code.params().iter().map(|p| p.name.clone()));
        match code {
            Code::Def(d) => n.block(&d.body),
            Code::Lambda(l) => n.expr(&l.body),
        }
        n.finish()
    }

    pub fn of_body(body: &[Stmt]) -> Names {
        let mut n = Names::default();
        n.block(body);
        n.finish()
    }

    pub fn of_comprehension(generators: &[Comprehension]) -> Names {
        let mut n = Names::default();
        generators.iter().for_each(|g| n.target(&g.target));
        n
    }

    fn finish(mut self) -> Names {
        for n in self.globals.iter().chain(&self.nonlocals) {
            self.locals.remove(n);
        }
        self
    }

    fn block(&mut self, body: &[Stmt]) {
        body.iter().for_each(|s| self.stmt(s));
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::FunctionDef(f) => {
                self.locals.insert(f.name.clone());
                f.decorators.iter().for_each(|e| self.expr(e));
            }
            StmtKind::ClassDef(c) => {
                self.locals.insert(c.name.clone());
            }
            StmtKind::Return(v) => v.iter().for_each(|e| self.expr(e)),
            StmtKind::Delete(es) => es.iter().for_each(|e| self.target(e)),
            StmtKind::Assign { targets, value, .. } => {
                targets.iter().for_each(|t| self.target(t));
                self.expr(value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.target(target);
                self.expr(value);
            }
            StmtKind::AnnAssign { target, value, .. } => {
                self.target(target);
                value.iter().for_each(|e| self.expr(e));
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.target(target);
                self.expr(iter);
                self.block(body);
                self.block(orelse);
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test);
                self.block(body);
                self.block(orelse);
            }
            StmtKind::With { items, body, .. } => {
                for i in items {
                    self.expr(&i.context);
                    i.target.iter().for_each(|t| self.target(t));
                }
                self.block(body);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                for c in cases {
                    self.pattern(&c.pattern);
                    c.guard.iter().for_each(|g| self.expr(g));
                    self.block(&c.body);
                }
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.block(body);
                for h in handlers {
                    self.locals.extend(h.name.clone());
                    self.block(&h.body);
                }
                self.block(orelse);
                self.block(finalbody);
            }
            StmtKind::Import(names) => {
                for a in names {
                    let first = a.name.split('.').next().unwrap_or("");
                    self.locals.insert(a.asname.clone().unwrap_or_else(|| Name::from(first)));
                }
            }
            StmtKind::ImportFrom { names, .. } => {
                self.locals.extend(names.iter().map(|a| a.asname.clone().unwrap_or_else(|| a.name.clone())));
            }
            StmtKind::Global(names) => self.globals.extend(names.iter().cloned()),
            StmtKind::Nonlocal(names) => self.nonlocals.extend(names.iter().cloned()),
            StmtKind::TypeAlias { name, .. } => self.target(name),
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                msg.iter().for_each(|e| self.expr(e));
            }
            StmtKind::Raise { .. } | StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn target(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(n) => {
                self.locals.insert(n.clone());
            }
            ExprKind::Tuple(es) | ExprKind::List(es) => es.iter().for_each(|e| self.target(e)),
            ExprKind::Starred(e) => self.target(e),
            _ => self.expr(e),
        }
    }

    fn pattern(&mut self, p: &Pattern) {
        match &p.kind {
            PatternKind::Sequence(ps) | PatternKind::Or(ps) => ps.iter().for_each(|p| self.pattern(p)),
            PatternKind::Mapping { patterns, rest, .. } => {
                patterns.iter().for_each(|p| self.pattern(p));
                self.locals.extend(rest.clone());
            }
            PatternKind::Class { patterns, keywords, .. } => {
                patterns.iter().for_each(|p| self.pattern(p));
                keywords.iter().for_each(|(_, p)| self.pattern(p));
            }
            PatternKind::Star(n) => self.locals.extend(n.clone()),
            PatternKind::As { pattern, name } => {
                pattern.iter().for_each(|p| self.pattern(p));
                self.locals.extend(name.clone());
            }
            PatternKind::Value(_) | PatternKind::Singleton(_) => {}
        }
    }

    /// Only assignment expressions bind names inside expressions.
    fn expr(&mut self, e: &Expr) {
        let mut all = |es: &[Expr]| es.iter().for_each(|e| self.expr(e));
        match &e.kind {
            ExprKind::Named { target, value } => {
                self.target(target);
                self.expr(value);
            }
            ExprKind::BoolOp { values, .. } => all(values),
            ExprKind::Set(es) | ExprKind::List(es) | ExprKind::Tuple(es) => all(es),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Dict(items) => items.iter().for_each(|(k, v)| {
                k.iter().for_each(|k| self.expr(k));
                self.expr(v);
            }),
            ExprKind::ListComp { element, generators }
            | ExprKind::SetComp { element, generators }
            | ExprKind::Generator { element, generators } => self.comprehension(&[element], generators),
            ExprKind::DictComp { key, value, generators } => self.comprehension(&[key, value], generators),
            ExprKind::Await(v) | ExprKind::YieldFrom(v) | ExprKind::Starred(v) => self.expr(v),
            ExprKind::Yield(v) => v.iter().for_each(|v| self.expr(v)),
            ExprKind::Compare { left, rest } => {
                self.expr(left);
                rest.iter().for_each(|(_, e)| self.expr(e));
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func);
                args.iter().for_each(|e| self.expr(e));
                keywords.iter().for_each(|k| self.expr(&k.value));
            }
            ExprKind::Attribute { value, .. } => self.expr(value),
            ExprKind::Subscript { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().for_each(|e| self.expr(e));
            }
            ExprKind::FString(_) | ExprKind::Lambda(_) | ExprKind::Constant(_) | ExprKind::Name(_) => {}
        }
    }

    fn comprehension(&mut self, elements: &[&Expr], generators: &[Comprehension]) {
        elements.iter().for_each(|e| self.expr(e));
        for g in generators {
            self.expr(&g.iter);
            g.conditions.iter().for_each(|e| self.expr(e));
        }
    }
}
