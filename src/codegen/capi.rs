//! The C functions of a library: they turn C arguments into values, call the compiled function and turn its result back.
//!
//! A function whose parameters and result are plain numbers, and which reaches no part of the runtime that could give up halfway, calls the
//! compiled function directly. Every other one runs under `ts_guard`, through the boxed entry: its arguments stand in a frame on the
//! stack, become `Value`s by descriptors (see `tsrt::cabi`), and are given back after the call whatever its outcome.
//!
//! Structs of two words (`ts_str`, lists) pass by value: as two registers when both are free, else in memory, as the System V ABI has it.

use super::asm::{Asm, T, V, internal};
use super::module::Emitter;
use super::repr::{Leaf, leaves};
use crate::diag::Result;
use crate::graph::{Attr, FunctionId, Graph, Program};
use crate::interface::ctype::{Passing, Returning, descriptor, holds_tensor, plain};
use crate::interface::{Body, CFunction, CParam, Interface};
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::module::Linkage;
use inkwell::types::BasicMetadataTypeEnum;
use inkwell::values::{FunctionValue, InstructionOpcode, IntValue, PointerValue};
use std::collections::HashSet;
use tsrt::value::tag;

/// Registers for integers and pointers in the System V ABI of x86-64.
const REGISTERS: u32 = 6;

/// Writes all C functions of the interface and the symbol that carries the schema's hash.
pub fn emit(e: &mut Emitter, interface: &Interface) -> Result<()> {
    for f in interface.all_functions() {
        emit_function(e, f)?;
    }
    for c in &interface.enums {
        for (i, (member, _)) in c.members.iter().enumerate() {
            let p = e.enum_member(c.r#enum.id, i as u32)?;
            let name = p.get_name().to_string_lossy().into_owned();
            let g = e.asm.module.get_global(&name).ok_or_else(|| internal("an enum member that is no global"))?;
            g.as_pointer_value().set_name(&c.symbol(member));
            g.set_linkage(Linkage::External);
        }
    }
    let g = e.asm.module.add_global(e.asm.i8, None, &interface.schema_symbol());
    g.set_initializer(&e.asm.byte(0));
    g.set_constant(true);
    Ok(())
}

/// How one C argument arrives.
#[derive(Clone, Copy, PartialEq)]
enum Arrival {
    Int,
    Double,
    Bool,
    Pointer,
    /// Two registers.
    Pair,
    /// A struct of two words in memory.
    Memory,
}

/// The arrival of every parameter, `self` first and the result's place last.
fn arrivals(f: &CFunction) -> Vec<Arrival> {
    let mut free = REGISTERS;
    let mut all = Vec::new();
    let mut add = |a: Arrival| {
        let need = match a {
            Arrival::Double | Arrival::Memory => 0,
            Arrival::Pair => 2,
            _ => 1,
        };
        if a == Arrival::Pair && free < 2 {
            return all.push(Arrival::Memory);
        }
        free = free.saturating_sub(need);
        all.push(a);
    };
    if f.receiver.is_some() {
        add(Arrival::Pointer);
    }
    for p in &f.params {
        match (p.passing, plain(&p.ty)) {
            (Passing::Nothing, _) => {}
            (Passing::Scalar, Type::Float) => add(Arrival::Double),
            (Passing::Scalar, Type::Bool) => add(Arrival::Bool),
            (Passing::Scalar, Type::Class(_) | Type::Enum(_) | Type::Optional(_)) | (Passing::Tensor | Passing::Pointer, _) => {
                add(Arrival::Pointer)
            }
            (Passing::Scalar, _) => add(Arrival::Int),
            (Passing::Slice, _) => add(Arrival::Pair),
        }
    }
    if f.returning != Returning::Nothing {
        add(Arrival::Pointer);
    }
    all
}

fn emit_function(e: &mut Emitter, f: &CFunction) -> Result<()> {
    let arrivals = arrivals(f);
    let c = declare(&e.asm, f, &arrivals);
    if f.body == Body::Free {
        let a = &e.asm;
        a.at(a.cx.append_basic_block(c, ""));
        let p = c.get_nth_param(0).ok_or_else(|| internal("free without parameter"))?;
        a.call(a.helper("ts_object_free", &[T::Ptr], None), &[p])?;
        a.b.build_return(None)?;
        return Ok(());
    }
    match f.body {
        Body::Call(id) if is_plain(f) => {
            let callee = e.function(id);
            e.finish();
            if !reaches_runtime(callee, &mut HashSet::new()) {
                return emit_direct(e, f, c, id, callee);
            }
        }
        _ => {}
    }
    emit_guarded(e, f, c, &arrivals)
}

fn declare<'c>(a: &Asm<'c>, f: &CFunction, arrivals: &[Arrival]) -> FunctionValue<'c> {
    let pair = a.cx.struct_type(&[a.ptr.into(), a.i64.into()], false);
    let mut params: Vec<BasicMetadataTypeEnum> = vec![];
    let mut flags: Vec<(u32, Attribute)> = vec![];
    let kind = Attribute::get_named_enum_kind_id;
    for arrival in arrivals {
        let at = params.len() as u32;
        match arrival {
            Arrival::Int => params.push(a.i64.into()),
            Arrival::Double => params.push(a.f64.into()),
            Arrival::Bool => {
                params.push(a.i1.into());
                flags.push((at, a.cx.create_enum_attribute(kind("zeroext"), 0)));
            }
            Arrival::Pointer => params.push(a.ptr.into()),
            Arrival::Pair => params.extend([BasicMetadataTypeEnum::from(a.ptr), a.i64.into()]),
            Arrival::Memory => {
                params.push(a.ptr.into());
                flags.push((at, a.cx.create_type_attribute(kind("byval"), pair.into())));
                flags.push((at, a.cx.create_enum_attribute(kind("align"), 8)));
            }
        }
    }
    let ty = if f.body == Body::Free { a.cx.void_type().fn_type(&params, false) } else { a.i32.fn_type(&params, false) };
    let c = a.module.add_function(&f.symbol, ty, Some(Linkage::External));
    a.attribute(c, "nounwind");
    for (i, flag) in flags {
        c.add_attribute(AttributeLoc::Param(i), flag);
    }
    c
}

fn is_number(t: &Type) -> bool {
    matches!(t, Type::Int | Type::Float | Type::Bool)
}

fn is_plain(f: &CFunction) -> bool {
    f.receiver.is_none() && f.params.iter().all(|p| is_number(&p.ty)) && (is_number(&f.result) || f.result == Type::None)
}

/// Some call below leaves generated code for a function of the runtime that may end in the middle (all but noting an error).
fn reaches_runtime<'c>(f: FunctionValue<'c>, seen: &mut HashSet<FunctionValue<'c>>) -> bool {
    const HARMLESS: [&str; 3] = ["ts_trace", "ts_raise", "ts_decref"];
    if !seen.insert(f) {
        return false;
    }
    f.get_basic_blocks().into_iter().flat_map(|b| b.get_instructions()).any(|i| {
        if i.get_opcode() != InstructionOpcode::Call {
            return false;
        }
        let callee = i.get_operand(i.get_num_operands() - 1).and_then(|o| o.value());
        let Some(V::PointerValue(p)) = callee else { return true };
        match as_function(p) {
            Some(g) if g.count_basic_blocks() > 0 => reaches_runtime(g, seen),
            Some(g) => {
                let name = g.get_name().to_string_lossy().into_owned();
                name.starts_with("ts_") && !HARMLESS.contains(&name.as_str())
            }
            None => true,
        }
    })
}

fn as_function(p: PointerValue) -> Option<FunctionValue> {
    use inkwell::values::AsValueRef;
    // SAFETY: the value is live; LLVM says whether it is a function.
    unsafe { FunctionValue::new(p.as_value_ref()) }
}

fn emit_direct<'c>(
    e: &mut Emitter<'_, 'c>,
    f: &CFunction,
    c: FunctionValue<'c>,
    id: FunctionId,
    callee: FunctionValue<'c>,
) -> Result<()> {
    let a = &e.asm;
    a.at(a.cx.append_basic_block(c, ""));
    let mut args: Vec<V> = if e.is_recursive(id) { vec![a.int(0).into()] } else { vec![] };
    args.extend((0..f.params.len() as u32).filter_map(|i| c.get_nth_param(i)));
    let r = a.call_value(callee, &args)?.into_struct_value();
    let status = a.b.build_extract_value(r, 0, "")?.into_int_value();
    if f.result != Type::None {
        let (ok, end) = (a.block("")?, a.block("")?);
        a.unless(a.icmp(IntPredicate::NE, status, a.int32(0))?, end, ok)?;
        a.at(ok);
        let mut v = a.b.build_extract_value(r, 1, "")?;
        if leaves(&f.result) == [Leaf::Bool] {
            v = a.b.build_int_z_extend(v.into_int_value(), a.i8, "")?.into();
        }
        let out = c.get_last_param().ok_or_else(|| internal("no place for the result"))?;
        a.store(v, out.into_pointer_value(), 0)?;
        a.br(end)?;
        a.at(end);
    }
    a.b.build_return(Some(&status))?;
    Ok(())
}

/// The C function stores its arguments and calls `ts_guard` on a body of its own.
fn emit_guarded<'c>(e: &mut Emitter<'_, 'c>, f: &CFunction, c: FunctionValue<'c>, arrivals: &[Arrival]) -> Result<()> {
    let a = &e.asm;
    let body_type = a.i32.fn_type(&[a.ptr.into()], false);
    let body = a.module.add_function(&format!("{}.body", f.symbol), body_type, Some(Linkage::Internal));
    a.attribute(body, "nounwind");
    a.at(a.cx.append_basic_block(c, ""));
    let words: u32 = arrivals.iter().map(|a| if matches!(a, Arrival::Pair | Arrival::Memory) { 2 } else { 1 }).sum();
    let frame = a.b.build_alloca(a.i64.array_type(words.max(1)), "")?;
    let (mut word, mut param) = (0u64, 0u32);
    let next = |param: &mut u32| {
        let v = c.get_nth_param(*param).ok_or_else(|| internal("a parameter is missing"));
        *param += 1;
        v
    };
    for arrival in arrivals {
        let v = next(&mut param)?;
        match arrival {
            Arrival::Bool => a.store(a.zext(v.into_int_value())?, frame, word * 8)?,
            Arrival::Pair => {
                a.store(v, frame, word * 8)?;
                word += 1;
                a.store(next(&mut param)?, frame, word * 8)?;
            }
            Arrival::Memory => {
                let p = v.into_pointer_value();
                a.store(a.load_int(p, 0)?, frame, word * 8)?;
                word += 1;
                a.store(a.load_int(p, 8)?, frame, word * 8)?;
            }
            _ => a.store(v, frame, word * 8)?,
        }
        word += 1;
    }
    let guard = a.helper("ts_guard", &[T::Ptr, T::Ptr], Some(T::I32));
    let status = a.call_value(guard, &[body.as_global_value().as_pointer_value().into(), frame.into()])?;
    a.b.build_return(Some(&status))?;
    emit_body(e, f, body)
}

/// What the guarded body keeps at hand.
struct Frame<'c> {
    frame: PointerValue<'c>,
    /// One `Value` per Python argument, the result last.
    values: PointerValue<'c>,
    /// Where the way out begins, with the status stored.
    end: inkwell::basic_block::BasicBlock<'c>,
    status: PointerValue<'c>,
}

fn emit_body<'c>(e: &mut Emitter<'_, 'c>, f: &CFunction, body: FunctionValue<'c>) -> Result<()> {
    let makes = matches!(f.body, Body::Construct(..) | Body::FromAttributes(_));
    let has_self = f.receiver.is_some() || makes;
    let n = f.params.len() as u64 + has_self as u64;
    let callee = match f.body {
        Body::Call(id) | Body::Construct(_, Some(id)) => Some(e.boxed(id)?),
        Body::NewModule(object) => Some(e.instance(object)?),
        _ => None,
    };
    let from_self = match f.body {
        Body::Clone => Some(("ts_object_clone", vec![])),
        Body::Get(slot) => Some(("ts_object_get", vec![slot as i64])),
        _ => None,
    };
    let class = match f.body {
        Body::Construct(id, _) | Body::FromAttributes(id) => Some((e.class_desc(id.0)?, e.program.class(id).attributes.len())),
        _ => None,
    };
    let a = &e.asm;
    a.at(a.cx.append_basic_block(body, ""));
    let frame = body.get_nth_param(0).ok_or_else(|| internal("no frame"))?.into_pointer_value();
    let values = a.b.build_alloca(a.value.array_type(n as u32 + 1), "")?;
    let status = a.b.build_alloca(a.i32, "")?;
    for i in 0..=n {
        a.store(a.int(tag::NONE as i64), values, i * 16)?;
        a.store(a.int(0), values, i * 16 + 8)?;
    }
    let end = a.block("end")?;
    let fr = Frame { frame, values, end, status };
    let (mut word, mut at) = (0u64, 0u64);
    let copy = e.retains(f);
    if f.receiver.is_some() {
        let a = &e.asm;
        let src = a.gep(frame, 0)?;
        import(e, &fr, &Type::AnyClass, b"k", src, 0, "self")?;
        word += 1;
        at += 1;
    }
    if let Some((desc, fields)) = class {
        let a = &e.asm;
        let new = a.helper("ts_object_new", &[T::Ptr, T::I64], Some(T::Ptr));
        let o = a.call_value(new, &[desc.into(), a.int(fields as i64).into()])?;
        a.store(a.int(tag::OBJECT as i64), values, 0)?;
        a.store(o, values, 8)?;
        at += 1;
    }
    for p in &f.params {
        word += param(e, &fr, p, word, at, copy)?;
        at += 1;
    }
    if let Body::FromAttributes(_) = f.body {
        let a = &e.asm;
        let set = a.helper("ts_object_fill", &[T::Ptr, T::I64], None);
        a.call(set, &[values.into(), a.int(n as i64 - 1).into()])?;
    }
    if let Some(callee) = callee {
        let a = &e.asm;
        let ret = a.gep(values, n * 16)?;
        let s = a.call_value(callee, &[values.into(), ret.into()])?.into_int_value();
        check(a, &fr, s, None)?;
    }
    if let Some((helper, extra)) = from_self {
        let a = &e.asm;
        let ret = a.gep(values, n * 16)?;
        let mut args: Vec<V> = vec![values.into()];
        let mut kinds = vec![T::Ptr];
        for x in extra {
            args.push(a.int(x).into());
            kinds.push(T::I64);
        }
        args.push(ret.into());
        kinds.push(T::Ptr);
        let s = a.call_value(a.helper(helper, &kinds, Some(T::I32)), &args)?.into_int_value();
        check(a, &fr, s, None)?;
    }
    let a = &e.asm;
    if f.returning == Returning::Into {
        let out = a.load_ptr(frame, word * 8)?;
        let value = a.gep(values, n * 16)?;
        let into = a.helper("ts_cabi_into", &[T::Ptr, T::Ptr], Some(T::I32));
        let s = a.call_value(into, &[value.into(), out.into()])?.into_int_value();
        check(a, &fr, s, None)?;
    } else if f.returning != Returning::Nothing {
        let result = if makes { 0 } else { n };
        let desc = match f.body {
            Body::NewModule(_) | Body::Construct(..) | Body::FromAttributes(_) | Body::Clone => b"k".to_vec(),
            _ => descriptor(&f.result).map_err(|u| internal(u.0))?,
        };
        let out = a.load_ptr(frame, word * 8)?;
        let export = if f.returning == Returning::Block { "ts_cabi_result" } else { "ts_cabi_export" };
        let export = a.helper(export, &[T::Ptr, T::I64, T::Ptr, T::Ptr], Some(T::I32));
        let value = a.gep(values, result * 16)?;
        let s = a.call_value(export, &[bytes(a, &desc).into(), a.int(desc.len() as i64).into(), value.into(), out.into()])?;
        check(a, &fr, s.into_int_value(), None)?;
    }
    a.store(a.int32(0), status, 0)?;
    a.br(end)?;
    a.at(end);
    let give_back = a.helper("ts_value_decref", &[T::I64, T::I64], None);
    for i in 0..=n {
        a.call(give_back, &[a.load_int(values, i * 16)?.into(), a.load_int(values, i * 16 + 8)?.into()])?;
    }
    let s = a.load(a.i32.into(), status, 0)?;
    a.b.build_return(Some(&s))?;
    Ok(())
}

/// Leaves the body with a nonzero status, naming the argument at fault.
fn check<'c>(a: &Asm<'c>, fr: &Frame<'c>, status: IntValue<'c>, argument: Option<&str>) -> Result<()> {
    let (bad, good) = (a.block("")?, a.block("")?);
    a.unless(a.icmp(IntPredicate::NE, status, a.int32(0))?, bad, good)?;
    a.at(bad);
    if let Some(name) = argument {
        a.call(
            a.helper("ts_cabi_at_argument", &[T::Ptr, T::I64], None),
            &[a.text(name).into(), a.int(name.len() as i64).into()],
        )?;
    }
    a.store(status, fr.status, 0)?;
    a.br(fr.end)?;
    a.at(good);
    Ok(())
}

fn bytes<'c>(a: &Asm<'c>, b: &[u8]) -> PointerValue<'c> {
    a.constant(&a.cx.const_string(b, false), "desc")
}

fn import<'c>(
    e: &Emitter<'_, 'c>,
    fr: &Frame<'c>,
    _: &Type,
    desc: &[u8],
    src: PointerValue<'c>,
    at: u64,
    name: &str,
) -> Result<()> {
    let a = &e.asm;
    let f = a.helper("ts_cabi_import", &[T::Ptr, T::I64, T::Ptr, T::Ptr], Some(T::I32));
    let out = a.gep(fr.values, at * 16)?;
    let s = a.call_value(f, &[bytes(a, desc).into(), a.int(desc.len() as i64).into(), src.into(), out.into()])?;
    check(a, fr, s.into_int_value(), Some(name))
}

/// Turns the parameter that lies in the frame at `word` into value `at`; gives the words it took.
fn param<'c>(e: &Emitter<'_, 'c>, fr: &Frame<'c>, p: &CParam, word: u64, at: u64, copy: bool) -> Result<u64> {
    let a = &e.asm;
    let src = a.gep(fr.frame, word * 8)?;
    let mut desc = descriptor(&p.ty).map_err(|u| internal(u.0))?;
    if copy {
        copy_tensors(&p.ty, &mut desc);
    }
    let number = |tag: u64| -> Result<u64> {
        a.store(a.int(tag as i64), fr.values, at * 16)?;
        a.store(a.load_int(src, 0)?, fr.values, at * 16 + 8)?;
        Ok(1)
    };
    match (p.passing, &p.ty) {
        (Passing::Nothing, _) => Ok(0),
        (Passing::Scalar, Type::Float) => number(tag::FLOAT),
        (Passing::Scalar, Type::Bool) => number(tag::BOOL),
        (Passing::Scalar, Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme) => number(tag::INT),
        (Passing::Slice, _) => import(e, fr, &p.ty, &desc, src, at, &p.name).map(|()| 2),
        // An optional's C form is the pointer itself; so is a tensor's and an instance's.
        (Passing::Scalar | Passing::Tensor, _) => import(e, fr, &p.ty, &desc, src, at, &p.name).map(|()| 1),
        (_, ty) if matches!(plain(ty), Type::Optional(_)) => import(e, fr, &p.ty, &desc, src, at, &p.name).map(|()| 1),
        (Passing::Pointer, _) => {
            let src = a.load_ptr(src, 0)?;
            import(e, fr, &p.ty, &desc, src, at, &p.name).map(|()| 1)
        }
    }
}

/// Marks the tensors of a descriptor as ones to be copied. Counts of tuples are skipped: they are no type bytes.
fn copy_tensors(ty: &Type, desc: &mut [u8]) {
    fn walk(ty: &Type, desc: &mut [u8], at: &mut usize) {
        if desc[*at] == b't' {
            desc[*at] = b'T';
        }
        *at += if matches!(ty, Type::Tuple(_)) { 2 } else { 1 };
        if !matches!(ty, Type::Union(_)) {
            ty.contained().into_iter().for_each(|t| walk(t, desc, at));
        }
    }
    walk(ty, desc, &mut 0);
}

impl Emitter<'_, '_> {
    /// The function may keep its tensors beyond the call: it can reach an object that outlives it and writes to objects or containers.
    fn retains(&self, f: &CFunction) -> bool {
        if let Body::FromAttributes(_) = f.body {
            return true;
        }
        let (Body::Call(id) | Body::Construct(_, Some(id))) = f.body else { return false };
        let reaches_object = f.receiver.is_some() || f.params.iter().any(|p| matches!(p.ty, Type::Class(_)));
        reaches_object && f.params.iter().any(|p| holds_tensor(&p.ty)) && writes_objects(self.program, id, &mut HashSet::new())
    }
}

fn writes_objects(program: &Program, id: FunctionId, seen: &mut HashSet<FunctionId>) -> bool {
    const WRITES: [&str; 7] =
        ["prim::SetAttr", "aten::append", "aten::insert", "aten::extend", "aten::_set_item", "aten::update", "aten::setdefault"];
    fn graph_writes(program: &Program, g: &Graph, seen: &mut HashSet<FunctionId>) -> bool {
        g.walk().into_iter().any(|n| {
            let node = g.node(n);
            if WRITES.contains(&node.op.as_str()) {
                // Numbers in attributes keep nothing alive.
                return node.inputs.last().is_some_and(|v| !is_number(g.ty(*v)) && g.ty(*v) != &Type::Str);
            }
            let nested = node.attrs.iter().any(|(_, a)| matches!(a, Attr::Graph(inner) if graph_writes(program, inner, seen)));
            nested || super::call::targets(program, g, n).into_iter().any(|t| writes_objects(program, t.1, seen))
        })
    }
    seen.insert(id) && graph_writes(program, &program.function(id).graph, seen)
}
