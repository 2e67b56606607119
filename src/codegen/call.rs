//! Calls: of the program's functions and methods, and of the runtime's operators in their boxed form.

use super::asm::{T, V, internal};
use super::func::Func;
use super::module::{param_types, return_types};
use super::repr::leaves;
use crate::diag::{Code, Diagnostic, Result};
use crate::graph::schema::library_key;
use crate::graph::{Attr, FunctionId, Graph, Node, Program, Value};
use crate::ops;
use crate::types::{ClassRef, Subtyping, Type};
use inkwell::IntPredicate;
use tsrt::object::OBJECT_FIELDS_OFFSET;

/// Offset of an object's class description.
const CLASS_OFFSET: u64 = OBJECT_FIELDS_OFFSET as u64 - 16;

/// The function of a call, or one per implementing class when the receiver's type is an interface.
pub fn targets(program: &Program, g: &Graph, n: Node) -> Vec<(Option<ClassRef>, FunctionId)> {
    let Some(&first) = g.node(n).inputs.first() else { return vec![] };
    match (g.attr(n, "function"), g.ty(first)) {
        (Some(Attr::Function(f)), _) => vec![(None, FunctionId(*f))],
        (_, Type::Function(f)) => vec![(None, FunctionId(f.id))],
        (_, Type::Class(c)) => {
            let name = g.attr_str(n, "name").unwrap_or("");
            if !c.is_interface {
                return program.class_of(c).method(name).map(|f| (None, f)).into_iter().collect();
            }
            let implementing = program.classes.iter().filter(|k| !k.class.is_interface && program.implements(&k.class, c));
            implementing.filter_map(|k| Some((Some(k.class.clone()), k.method(name)?))).collect()
        }
        _ => vec![],
    }
}

/// The library's function that executes a node's operator.
pub fn library_target(program: &Program, g: &Graph, n: Node) -> Option<FunctionId> {
    if program.library.is_empty() || !g.node(n).op.contains("::") {
        return None;
    }
    program.library.get(&library_key(&schema_name(g, n), g, n)).copied()
}

/// The schema name of a node: `aten::add.Tensor`. Graphs that were read from text do not say the overload; it follows from the types.
pub fn schema_name(g: &Graph, n: Node) -> String {
    let data = g.node(n);
    match data.overload.as_deref() {
        Some("") => data.op.clone(),
        Some(o) => format!("{}.{o}", data.op),
        None => {
            let all = ops::operators(&data.op);
            let fits = |fit: fn(&Type, &Type) -> bool| {
                all.iter().find(|o| {
                    let params = &o.schema.params;
                    params.len() == data.inputs.len() && params.iter().zip(&data.inputs).all(|(p, v)| fit(g.ty(*v), &p.ty))
                })
            };
            fits(|have, want| have.is_subtype_of(want, &()))
                .or_else(|| fits(fits_loosely))
                .map_or(data.op.clone(), |o| o.schema.qualified())
        }
    }
}

/// A value of the type can be passed for a parameter of a schema, whatever conversions that takes.
fn fits_loosely(have: &Type, want: &Type) -> bool {
    match (have, want) {
        (_, Type::Var(_)) => true,
        (Type::List(h), Type::List(w)) => fits_loosely(h, w),
        (Type::Dict(hk, hv), Type::Dict(wk, wv)) => fits_loosely(hk, wk) && fits_loosely(hv, wv),
        (Type::Optional(h), Type::Optional(w)) => fits_loosely(h, w),
        (_, Type::Optional(w)) => have == &Type::None || fits_loosely(have, w),
        (Type::Int | Type::Bool, Type::Float | Type::Number | Type::Int) => true,
        (Type::Tuple(h), Type::Tuple(w)) => {
            h.elems.len() == w.elems.len() && h.elems.iter().zip(&w.elems).all(|(h, w)| fits_loosely(h, w))
        }
        _ => have.is_subtype_of(want, &()),
    }
}

impl<'c> Func<'_, '_, 'c> {
    pub fn call_program(&mut self, n: Node) -> Result<()> {
        let g = self.g;
        let data = g.node(n);
        let program = self.e.program;
        let mut found = targets(program, g, n);
        let args: &[Value] = if data.op == "prim::CallFunction" { &data.inputs[1..] } else { &data.inputs };
        let is_interface = matches!(args.first().map(|v| g.ty(*v)), Some(Type::Class(c)) if c.is_interface);
        match found.len() {
            0 if !is_interface => {
                let name = g.attr_str(n, "name").unwrap_or("the function");
                Err(self.fault(Code::Name, format!("no function to call for {name}")))
            }
            1 => {
                let l = self.call_one(found.remove(0).1, args)?;
                self.results(n, l)
            }
            _ => self.dispatch(n, &found, args),
        }
    }

    /// Calls through an interface: compares the object's class with each that implements it. There may be none, and no object either.
    fn dispatch(&mut self, n: Node, found: &[(Option<ClassRef>, FunctionId)], args: &[Value]) -> Result<()> {
        let g = self.g;
        let object = self.object(args[0])?;
        let class = self.a().load_ptr(object, CLASS_OFFSET)?;
        let class = self.a().bits(class.into())?;
        let types: Vec<Type> = g.node(n).outputs.iter().map(|o| g.ty(*o).clone()).collect();
        let join = self.a().block("")?;
        let mut arrivals = vec![];
        for (k, f) in found {
            let Some(k) = k else { continue };
            let desc = self.e.class_desc(k.id)?;
            let a = self.a();
            let desc = a.bits(desc.into())?;
            let (yes, no) = (a.block("")?, a.block("")?);
            let same = a.icmp(IntPredicate::EQ, class, desc)?;
            a.cond(same, yes, no)?;
            a.at(yes);
            let (mut l, returned) = self.call_one(*f, args)?;
            if let ([want], [have]) = (&types[..], &returned[..]) {
                l = self.convert(l, have, want)?;
            }
            let a = self.a();
            arrivals.push((l, a.here()?));
            a.br(join)?;
            a.at(no);
        }
        let unknown = self.a().bool(true);
        self.raise_when(unknown, "RuntimeError", "the object's class does not implement the interface")?;
        self.a().b.build_unreachable()?;
        self.a().at(join);
        let mut l: Vec<V> = vec![];
        if arrivals.is_empty() {
            l = types.iter().flat_map(|t| self.zeros(t)).collect();
        }
        for i in 0..arrivals.first().map_or(0, |x| x.0.len()) {
            let incoming: Vec<_> = arrivals.iter().map(|(l, b)| (l[i], *b)).collect();
            l.push(self.a().phi(incoming[0].0.get_type(), &incoming)?.as_basic_value());
        }
        self.results(n, (l, types))
    }

    /// Calls a function of the program; its results carry counts of their own.
    pub fn call_one(&mut self, f: FunctionId, args: &[Value]) -> Result<(Vec<V<'c>>, Vec<Type>)> {
        self.call_with(f, args, 0)
    }

    /// [`Func::call_one`] with some more arguments that are None.
    pub fn call_with(&mut self, f: FunctionId, args: &[Value], nones: usize) -> Result<(Vec<V<'c>>, Vec<Type>)> {
        let program = self.e.program;
        let callee = program.function(f);
        if callee.poisoned {
            return Err(self.fault(Code::Internal, format!("{} could not be compiled", callee.name)));
        }
        let params = param_types(&callee.graph);
        let returns = return_types(callee);
        if params.len() != args.len() + nones {
            return Err(internal(format!("{} takes {} arguments, not {}", callee.name, params.len(), args.len() + nones)));
        }
        let mut l: Vec<V> = vec![];
        if self.e.is_recursive(f) {
            l.push(self.depth.unwrap_or(self.a().int(0)).into());
        }
        for (v, ty) in args.iter().zip(&params) {
            l.extend(self.borrow(*v, ty)?);
        }
        for ty in &params[args.len()..] {
            l.extend(self.zeros(ty));
        }
        let function = self.e.function(f);
        let result = self.a().call_value(function, &l)?.into_struct_value();
        let status = self.a().b.build_extract_value(result, 0, "")?.into_int_value();
        self.check(status)?;
        let n: usize = returns.iter().map(|t| leaves(t).len()).sum();
        let mut out = vec![];
        for i in 0..n {
            out.push(self.a().b.build_extract_value(result, i as u32 + 1, "")?);
        }
        Ok((out, returns))
    }

    /// Defines a node's outputs from owned leaves.
    pub fn results(&mut self, n: Node, (l, types): (Vec<V<'c>>, Vec<Type>)) -> Result<()> {
        let outputs = self.g.node(n).outputs.clone();
        let mut rest = &l[..];
        for (i, ty) in types.iter().enumerate() {
            let (head, tail) = rest.split_at(leaves(ty).len());
            rest = tail;
            match outputs.get(i) {
                Some(o) => self.set_owned(*o, head.to_vec(), ty)?,
                None => self.temp(head.to_vec(), ty)?,
            }
        }
        Ok(())
    }

    /// Calls the library's function of the node's operator. Several results come as the members of a tuple.
    pub fn call_library(&mut self, n: Node, f: FunctionId) -> Result<()> {
        let inputs = self.g.node(n).inputs.clone();
        let (l, types) = self.call_one(f, &inputs)?;
        let types = match &types[..] {
            [Type::Tuple(t)] if t.elems.len() == self.g.node(n).outputs.len() => t.elems.to_vec(),
            _ => types,
        };
        self.results(n, (l, types))
    }

    /// The arguments as an array of Values, borrowed.
    pub fn boxed_args(&mut self, args: &[Value]) -> Result<inkwell::values::PointerValue<'c>> {
        let p = self.scratch(args.len().max(1))?;
        for (i, v) in args.iter().enumerate() {
            let l = self.borrow(*v, &Type::Any)?;
            self.store_value(&l, p, i as u64 * 16)?;
        }
        Ok(p)
    }

    /// Calls the runtime's operator of that schema name with the node's inputs.
    pub fn call_operator(&mut self, n: Node, schema: &str) -> Result<()> {
        let inputs = self.g.node(n).inputs.clone();
        self.call_operator_with(n, schema, &inputs)
    }

    pub fn call_operator_with(&mut self, n: Node, schema: &str, inputs: &[Value]) -> Result<()> {
        if tsrt::registry::find(schema).is_none() {
            let d = Diagnostic::new(Code::Unsupported, self.span, format!("the operator {schema} is not supported"));
            return Err(Box::new(d));
        }
        let args = self.boxed_args(inputs)?;
        let outputs = self.g.node(n).outputs.clone();
        let ret = self.scratch(outputs.len().max(1))?;
        let a = self.a();
        let f = a.helper(&tsrt::registry::symbol(schema), &[T::Ptr, T::I64, T::Ptr], Some(T::I32));
        let status = a.call_value(f, &[args.into(), a.int(inputs.len() as i64).into(), ret.into()])?.into_int_value();
        self.check(status)?;
        for (i, o) in outputs.iter().enumerate() {
            let l = self.load_value(ret, i as u64 * 16)?;
            self.set_owned(*o, l, &Type::Any)?;
        }
        Ok(())
    }
}
