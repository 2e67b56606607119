//! Functions, classes, interfaces, NamedTuples and enums of an archive's code.

use super::{Defined, Serialized};
use crate::diag::{Code, Result, Span};
use crate::graph::{Attribute, ClassId, Const, EnumClass, FunctionId};
use crate::script::class::{add_class, plain_self};
use crate::script::emitter::{const_type, fail};
use crate::script::{Body, Code as Source, Compiler};
use crate::syntax::{BinOp, ClassDef, Constant, Expr, ExprKind, FunctionDef, StmtKind, UnaryOp};
use crate::types::{EnumRef, Type};
use num_traits::ToPrimitive;
use std::rc::Rc;
use std::sync::Arc;

/// Declares a function, or a method of `class`, whose `self` has type `this`.
pub(super) fn function(
    code: &Rc<Serialized>,
    c: &mut Compiler,
    name: &str,
    def: &Arc<FunctionDef>,
    class: Option<ClassId>,
    this: Option<Type>,
) -> Result<FunctionId> {
    let body = body(code, c, def, this)?;
    // Whether a class implements an interface is asked before its methods are compiled.
    let (mut signature, result) = c.signature(&body)?;
    signature.returns.extend(result);
    let id = c.declare_later(name, class, Some(def.span), body);
    c.program.functions[id.0 as usize].signature = signature;
    Ok(id)
}

fn body(code: &Rc<Serialized>, c: &mut Compiler, def: &Arc<FunctionDef>, this: Option<Type>) -> Result<Body> {
    let mut defaults = vec![];
    for p in def.params.iter() {
        if let Some(e) = &p.default {
            let ty = p.annotation.as_ref().map(|a| c.annotation(&*code.names(), a)).transpose()?;
            defaults.push((p.name.to_string(), literal(code, c, e, ty.as_ref())?));
        }
    }
    let this = this.map(|ty| (ty, plain_self()));
    Ok(Body { code: Source::Def(def.clone()), resolver: code.names(), defaults, types: vec![], this })
}

/// Makes the type that a class statement defines.
pub(super) fn class(code: &Rc<Serialized>, c: &mut Compiler, name: &str, def: &Arc<ClassDef>) -> Result<()> {
    let base = match &def.bases[..] {
        [] => None,
        [Expr { kind: ExprKind::Name(n), .. }] => Some(&**n),
        _ => Some(""),
    };
    match base {
        None => object(code, c, name, def, false),
        Some("Module") => object(code, c, name, def, true),
        Some("NamedTuple") => named_tuple(code, c, name, def),
        Some("Enum") => enumeration(code, c, name, def),
        Some("Interface") => interface(code, c, name, def, false),
        Some("ModuleInterface") => interface(code, c, name, def, true),
        Some(_) => {
            fail(Code::Unsupported, def.name_span, "a class in an archive inherits from something that TorchScript has not")
        }
    }
}

fn record(code: &Rc<Serialized>, name: &str, d: Defined) {
    code.state.borrow_mut().types.insert(name.to_owned(), d);
}

/// The strings of `__parameters__ = ["a", "b", ]`.
fn strings(e: &Expr) -> Vec<String> {
    let ExprKind::List(items) = &e.kind else { return vec![] };
    let text = |e: &Expr| match &e.kind {
        ExprKind::Constant(Constant::Str(s)) => Some(s.to_string()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

/// What the body of a class says beside its methods.
#[derive(Default)]
struct Members<'a> {
    parameters: Vec<String>,
    buffers: Vec<String>,
    pre_hooks: Vec<String>,
    hooks: Vec<String>,
    attributes: Vec<(String, &'a Expr)>,
    constants: Vec<(String, &'a Expr, &'a Expr)>,
    methods: Vec<&'a Arc<FunctionDef>>,
}

fn members(def: &ClassDef) -> Result<Members<'_>> {
    let mut m = Members::default();
    let odd = |span: Span| fail(Code::Syntax, span, "an archive's class has only attributes and methods");
    for s in &def.body {
        match &s.kind {
            StmtKind::FunctionDef(d) => m.methods.push(d),
            StmtKind::AnnAssign { target: Expr { kind: ExprKind::Name(n), .. }, annotation, value } => match value {
                Some(v) => m.constants.push((n.to_string(), annotation, v)),
                None => m.attributes.push((n.to_string(), annotation)),
            },
            StmtKind::Assign { targets, value, .. } => match &targets[..] {
                [Expr { kind: ExprKind::Name(n), .. }] => match &**n {
                    "__parameters__" => m.parameters = strings(value),
                    "__buffers__" => m.buffers = strings(value),
                    "__forward_pre_hooks__" => m.pre_hooks = strings(value),
                    "__forward_hooks__" => m.hooks = strings(value),
                    "__annotations__" => {}
                    _ => return odd(s.span),
                },
                // An attribute whose name is no identifier: `__annotations__["0"] = T`.
                [Expr { kind: ExprKind::Subscript { value: of, index }, .. }] => match (&of.kind, &index.kind) {
                    (ExprKind::Name(n), ExprKind::Constant(Constant::Str(key))) if &**n == "__annotations__" => {
                        m.attributes.push((key.to_string(), value));
                    }
                    _ => return odd(s.span),
                },
                _ => return odd(s.span),
            },
            StmtKind::Pass | StmtKind::Expr(_) => {}
            _ => return odd(s.span),
        }
    }
    Ok(m)
}

/// A script class or a module.
fn object(code: &Rc<Serialized>, c: &mut Compiler, name: &str, def: &Arc<ClassDef>, is_module: bool) -> Result<()> {
    let id = add_class(c, name, is_module, false, Some(def.span), None);
    record(code, name, Defined::Class(id));
    let m = members(def)?;
    for (attribute, annotation) in &m.attributes {
        let ty = c.annotation(&*code.names(), annotation)?;
        c.program.classes[id.0 as usize].attributes.push(Attribute {
            name: attribute.clone(),
            ty,
            is_parameter: m.parameters.contains(attribute),
            is_buffer: m.buffers.contains(attribute),
        });
    }
    for (constant, annotation, value) in &m.constants {
        let ty = c.annotation(&*code.names(), annotation)?;
        let value = literal(code, c, value, Some(&ty))?;
        c.program.classes[id.0 as usize].constants.push((constant.clone(), value));
    }
    let this = Type::Class(c.program.class(id).class.clone());
    let mut hooks = vec![];
    for d in &m.methods {
        let f = function(code, c, &format!("{name}.{}", d.name), d, Some(id), Some(this.clone()))?;
        let is_hook = |names: &[String]| names.iter().any(|n| **n == *d.name);
        if is_hook(&m.pre_hooks) || is_hook(&m.hooks) {
            hooks.push((d.name.to_string(), f));
        } else {
            c.program.classes[id.0 as usize].methods.push((d.name.to_string(), f));
        }
    }
    let pick = |names: &[String]| names.iter().filter_map(|n| hooks.iter().find(|(h, _)| h == n).map(|(_, f)| *f)).collect();
    let class = &mut c.program.classes[id.0 as usize];
    class.forward_pre_hooks = pick(&m.pre_hooks);
    class.forward_hooks = pick(&m.hooks);
    Ok(())
}

fn named_tuple(code: &Rc<Serialized>, c: &mut Compiler, name: &str, def: &Arc<ClassDef>) -> Result<()> {
    let m = members(def)?;
    let mut fields = vec![];
    for (field, annotation) in m.attributes.iter().map(|(n, a)| (n, *a)).chain(m.constants.iter().map(|(n, a, _)| (n, *a))) {
        fields.push((field.as_str().into(), c.annotation(&*code.names(), annotation)?));
    }
    record(code, name, Defined::NamedTuple(Type::named_tuple(name, fields)));
    Ok(())
}

fn enumeration(code: &Rc<Serialized>, c: &mut Compiler, name: &str, def: &Arc<ClassDef>) -> Result<()> {
    let mut found = vec![];
    for s in &def.body {
        match &s.kind {
            StmtKind::Assign { targets, value, .. } => match &targets[..] {
                [Expr { kind: ExprKind::Name(n), .. }] => found.push((n.to_string(), literal(code, c, value, None)?)),
                _ => return fail(Code::Syntax, s.span, "an enum in an archive has only members"),
            },
            _ => return fail(Code::Syntax, s.span, "an enum in an archive has only members"),
        }
    }
    let Some((_, first)) = found.first() else { return fail(Code::Type, def.name_span, "an enum without members has no type") };
    let value = const_type(&c.program, first);
    if found.iter().any(|(_, v)| const_type(&c.program, v) != value) {
        return fail(Code::Type, def.name_span, "the members of an enum must have values of one type");
    }
    let e = EnumRef { id: c.program.enums.len() as u32, name: name.into(), value: Rc::new(value) };
    c.program.enums.push(EnumClass { r#enum: e.clone(), members: found });
    record(code, name, Defined::Enum(e));
    Ok(())
}

fn interface(code: &Rc<Serialized>, c: &mut Compiler, name: &str, def: &Arc<ClassDef>, is_module: bool) -> Result<()> {
    let id = add_class(c, name, is_module, true, Some(def.span), None);
    record(code, name, Defined::Class(id));
    let this = Type::Class(c.program.class(id).class.clone());
    for d in members(def)?.methods {
        let body = body(code, c, d, Some(this.clone()))?;
        let (mut signature, result) = c.signature(&body)?;
        let Some(result) = result else {
            return fail(Code::Type, d.name_span, "a method of an interface needs the type of its result");
        };
        signature.returns = vec![result];
        c.program.classes[id.0 as usize].interface.push((d.name.to_string(), signature));
    }
    Ok(())
}

/// The value of an expression that is written out: a constant of a class, a member of an enum, a parameter's default.
fn literal(code: &Rc<Serialized>, c: &mut Compiler, e: &Expr, ty: Option<&Type>) -> Result<Const> {
    let ty = match ty {
        Some(Type::Optional(t)) => Some(&**t),
        t => t,
    };
    let elem = |i: usize| match ty {
        Some(Type::List(t)) => Some(&**t),
        Some(Type::Tuple(t)) => t.elems.get(i),
        _ => None,
    };
    let odd = || fail(Code::Unsupported, e.span, "this is not a constant");
    Ok(match &e.kind {
        ExprKind::Constant(Constant::None) => Const::None,
        ExprKind::Constant(Constant::Bool(b)) => Const::Bool(*b),
        ExprKind::Constant(Constant::Int(i)) => match (i.to_i64(), ty) {
            (Some(i), Some(Type::Float)) => Const::Float(i as f64),
            (Some(i), _) => Const::Int(i),
            (None, _) => return fail(Code::Unsupported, e.span, "an int must fit into 64 bits"),
        },
        ExprKind::Constant(Constant::Float(x)) => Const::Float(*x),
        ExprKind::Constant(Constant::Imaginary(x)) => Const::Complex(0.0, *x),
        ExprKind::Constant(Constant::Str(s)) => Const::Str((&**s).into()),
        ExprKind::Name(n) if &**n == "inf" => Const::Float(f64::INFINITY),
        ExprKind::Name(n) if &**n == "nan" => Const::Float(f64::NAN),
        ExprKind::Unary { op: UnaryOp::Neg, operand } => match literal(code, c, operand, ty)? {
            Const::Int(i) => Const::Int(i.wrapping_neg()),
            Const::Float(x) => Const::Float(-x),
            Const::Complex(a, b) => Const::Complex(-a, -b),
            _ => return odd(),
        },
        ExprKind::Binary { op, left, right } => {
            let sign = match op {
                BinOp::Add => 1.0,
                BinOp::Sub => -1.0,
                _ => return odd(),
            };
            match (literal(code, c, left, None)?, literal(code, c, right, None)?) {
                (Const::Float(re), Const::Complex(_, im)) => Const::Complex(re, sign * im),
                (Const::Int(re), Const::Complex(_, im)) => Const::Complex(re as f64, sign * im),
                _ => return odd(),
            }
        }
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            let mut values = vec![];
            for (i, item) in items.iter().enumerate() {
                values.push(literal(code, c, item, elem(i))?);
            }
            let types: Vec<Type> = values.iter().map(|v| const_type(&c.program, v)).collect();
            match (&e.kind, ty) {
                (_, Some(Type::List(t))) => Const::List(Rc::new(values), (**t).clone()),
                (ExprKind::Tuple(_), Some(t @ Type::Tuple(_))) => Const::Tuple(Rc::new(values), t.clone()),
                (ExprKind::Tuple(_), _) => Const::Tuple(Rc::new(values), Type::tuple(types)),
                _ => Const::List(Rc::new(values), types.first().cloned().unwrap_or(Type::Tensor)),
            }
        }
        ExprKind::Dict(items) if items.is_empty() => match ty {
            Some(Type::Dict(k, v)) => Const::Dict(Rc::default(), (**k).clone(), (**v).clone()),
            _ => Const::Dict(Rc::default(), Type::Str, Type::Tensor),
        },
        ExprKind::Call { func, args, .. } => match (crate::script::annotation::dotted(func).as_deref(), &args[..]) {
            (Some("annotate"), [t, value]) => {
                let ty = c.annotation(&*code.names(), t)?;
                literal(code, c, value, Some(&ty))?
            }
            (Some("torch.device"), [Expr { kind: ExprKind::Constant(Constant::Str(text)), .. }]) => match device(text) {
                Some(d) => d,
                None => return fail(Code::Type, e.span, format!("'{text}' is no device")),
            },
            _ => return odd(),
        },
        // A member of an enum.
        ExprKind::Attribute { value, attr, .. } => {
            let Some(class) = crate::script::annotation::dotted(value) else { return odd() };
            let Some(Defined::Enum(e)) = code.defined(c, &class)? else { return odd() };
            match c.program.enums[e.id as usize].members.iter().position(|(n, _)| **n == **attr) {
                Some(i) => Const::Enum(e, i as u32),
                None => return odd(),
            }
        }
        _ => return odd(),
    })
}

/// `cpu`, `cuda:1`
pub(super) fn device(text: &str) -> Option<Const> {
    let (kind, index) = crate::graph::repr::parse_device(text)?;
    Some(Const::Device { kind, index })
}
