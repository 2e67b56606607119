//! A short hand for LLVM's instruction builder: the few types that generated code uses, and one method per instruction.

use super::isa::Isa;
use crate::diag::{Code, Diagnostic, Result};
use inkwell::attributes::AttributeLoc;
use inkwell::basic_block::BasicBlock;
use inkwell::builder::{Builder, BuilderError};
use inkwell::context::Context;
use inkwell::intrinsics::Intrinsic;
use inkwell::module::{Linkage, Module};
use inkwell::types::{BasicMetadataTypeEnum, BasicType, BasicTypeEnum, FloatType, IntType, PointerType, StructType};
use inkwell::values::{
    BasicMetadataValueEnum, BasicValue, BasicValueEnum, FloatValue, FunctionValue, InstructionValue, IntValue, PhiValue,
    PointerValue,
};
use inkwell::{AddressSpace, FloatPredicate, IntPredicate};

/// An LLVM value of a type that fits a register.
pub type V<'c> = BasicValueEnum<'c>;

impl From<BuilderError> for Box<Diagnostic> {
    fn from(e: BuilderError) -> Self {
        internal(format!("LLVM refuses an instruction: {e}"))
    }
}

/// A diagnostic about a contradiction inside the compiler.
pub fn internal(message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Internal, None, message.into()))
}

/// The kinds of parameters and results that helper functions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum T {
    I1,
    I8,
    I32,
    I64,
    F64,
    Ptr,
}

/// What lies at an address, so that LLVM sees that a store to one kind leaves the others as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// A list's length, capacity and address of its elements.
    List,
    Int,
    Float,
    Bool,
    /// Elements that are pointers.
    Ptr,
    /// Attributes of instances.
    Field,
    /// Values of dicts.
    Entry,
}

pub struct Asm<'c> {
    pub cx: &'c Context,
    pub module: Module<'c>,
    pub b: Builder<'c>,
    pub i1: IntType<'c>,
    pub i8: IntType<'c>,
    pub i32: IntType<'c>,
    pub i64: IntType<'c>,
    pub f64: FloatType<'c>,
    pub ptr: PointerType<'c>,
    /// What kernels are written for; of several the best is picked when the first kernel runs.
    pub isas: Vec<Isa>,
    /// How many threads share the work of a kernel.
    pub threads: u16,
    /// Vector operations, about two microseconds of them, below which threads do not pay.
    pub least_work: i64,
    /// A `Value` in memory: tag and payload.
    pub value: StructType<'c>,
}

impl<'c> Asm<'c> {
    pub fn new(cx: &'c Context, name: &str) -> Asm<'c> {
        let i64 = cx.i64_type();
        Asm {
            cx,
            module: cx.create_module(name),
            b: cx.create_builder(),
            i1: cx.bool_type(),
            i8: cx.i8_type(),
            i32: cx.i32_type(),
            i64,
            f64: cx.f64_type(),
            ptr: cx.ptr_type(AddressSpace::default()),
            isas: vec![Isa::native()],
            threads: 1,
            least_work: 16_384,
            value: cx.struct_type(&[i64.into(), i64.into()], false),
        }
    }

    pub fn ty(&self, t: T) -> BasicTypeEnum<'c> {
        match t {
            T::I1 => self.i1.into(),
            T::I8 => self.i8.into(),
            T::I32 => self.i32.into(),
            T::I64 => self.i64.into(),
            T::F64 => self.f64.into(),
            T::Ptr => self.ptr.into(),
        }
    }

    /// A function of the runtime or of libm, declared at its first use.
    pub fn helper(&self, name: &str, params: &[T], ret: Option<T>) -> FunctionValue<'c> {
        if let Some(f) = self.module.get_function(name) {
            return f;
        }
        let params: Vec<BasicMetadataTypeEnum> = params.iter().map(|t| self.ty(*t).into()).collect();
        let ty = match ret {
            Some(t) => self.ty(t).fn_type(&params, false),
            None => self.cx.void_type().fn_type(&params, false),
        };
        let f = self.module.add_function(name, ty, Some(Linkage::External));
        self.attribute(f, "nounwind");
        f
    }

    /// Gives a function an attribute without value; `memory` says that it touches none.
    pub fn attribute(&self, f: FunctionValue<'c>, name: &str) {
        let id = inkwell::attributes::Attribute::get_named_enum_kind_id(name);
        f.add_attribute(AttributeLoc::Function, self.cx.create_enum_attribute(id, 0));
    }

    // Constants.
    pub fn int(&self, n: i64) -> IntValue<'c> {
        self.i64.const_int(n as u64, true)
    }
    pub fn int32(&self, n: i32) -> IntValue<'c> {
        self.i32.const_int(n as i64 as u64, true)
    }
    pub fn byte(&self, n: u8) -> IntValue<'c> {
        self.i8.const_int(n as u64, false)
    }
    pub fn bool(&self, b: bool) -> IntValue<'c> {
        self.i1.const_int(b as u64, false)
    }
    pub fn float(&self, x: f64) -> FloatValue<'c> {
        // Through the bits: LLVM's own constructor takes any NaN, but keeps no payload.
        self.f64.const_float(x)
    }
    pub fn null(&self) -> PointerValue<'c> {
        self.ptr.const_null()
    }

    // Blocks.
    pub fn here(&self) -> Result<BasicBlock<'c>> {
        self.b.get_insert_block().ok_or_else(|| internal("no block to write to"))
    }
    /// A new block of the function that is being written.
    pub fn block(&self, name: &str) -> Result<BasicBlock<'c>> {
        let f = self.here()?.get_parent().ok_or_else(|| internal("a block outside any function"))?;
        Ok(self.cx.append_basic_block(f, name))
    }
    pub fn at(&self, b: BasicBlock<'c>) {
        self.b.position_at_end(b);
    }
    pub fn br(&self, to: BasicBlock<'c>) -> Result<()> {
        self.b.build_unconditional_branch(to)?;
        Ok(())
    }
    pub fn cond(&self, c: IntValue<'c>, yes: BasicBlock<'c>, no: BasicBlock<'c>) -> Result<()> {
        self.b.build_conditional_branch(c, yes, no)?;
        Ok(())
    }
    /// A branch that almost always goes to `likely`, taken when `c` is false.
    pub fn unless(&self, c: IntValue<'c>, rare: BasicBlock<'c>, likely: BasicBlock<'c>) -> Result<()> {
        let i = self.b.build_conditional_branch(c, rare, likely)?;
        let weights = self.cx.metadata_node(&[
            self.cx.metadata_string("branch_weights").into(),
            self.int32(1).into(),
            self.int32(1 << 20).into(),
        ]);
        i.set_metadata(weights, self.cx.get_kind_id("prof")).map_err(|e| internal(e.to_string()))
    }
    pub fn phi(&self, ty: BasicTypeEnum<'c>, incoming: &[(V<'c>, BasicBlock<'c>)]) -> Result<PhiValue<'c>> {
        let p = self.b.build_phi(ty, "")?;
        for (v, b) in incoming {
            p.add_incoming(&[(v, *b)]);
        }
        Ok(p)
    }

    // Memory.
    pub fn gep(&self, p: PointerValue<'c>, bytes: u64) -> Result<PointerValue<'c>> {
        if bytes == 0 {
            return Ok(p);
        }
        // SAFETY: byte offsets inside objects of known layout.
        Ok(unsafe { self.b.build_in_bounds_gep(self.i8, p, &[self.i64.const_int(bytes, false)], "")? })
    }
    /// `p + index * sizeof(ty)`
    pub fn index(&self, ty: BasicTypeEnum<'c>, p: PointerValue<'c>, index: IntValue<'c>) -> Result<PointerValue<'c>> {
        // SAFETY: callers check the index.
        Ok(unsafe { self.b.build_in_bounds_gep(ty, p, &[index], "")? })
    }
    pub fn load(&self, ty: BasicTypeEnum<'c>, p: PointerValue<'c>, offset: u64) -> Result<V<'c>> {
        let p = self.gep(p, offset)?;
        Ok(self.b.build_load(ty, p, "")?)
    }
    pub fn load_int(&self, p: PointerValue<'c>, offset: u64) -> Result<IntValue<'c>> {
        Ok(self.load(self.i64.into(), p, offset)?.into_int_value())
    }
    pub fn load_ptr(&self, p: PointerValue<'c>, offset: u64) -> Result<PointerValue<'c>> {
        Ok(self.load(self.ptr.into(), p, offset)?.into_pointer_value())
    }
    pub fn store(&self, v: impl BasicValue<'c>, p: PointerValue<'c>, offset: u64) -> Result<()> {
        let p = self.gep(p, offset)?;
        self.b.build_store(p, v)?;
        Ok(())
    }

    /// [`Asm::load`] of memory of a known kind.
    pub fn load_from(&self, what: Memory, ty: BasicTypeEnum<'c>, p: PointerValue<'c>, offset: u64) -> Result<V<'c>> {
        let v = self.load(ty, p, offset)?;
        if let Some(i) = v.as_instruction_value() {
            self.mark(i, what)?;
        }
        Ok(v)
    }
    /// [`Asm::store`] to memory of a known kind.
    pub fn store_to(&self, what: Memory, v: impl BasicValue<'c>, p: PointerValue<'c>, offset: u64) -> Result<()> {
        let p = self.gep(p, offset)?;
        self.mark(self.b.build_store(p, v)?, what)
    }
    /// Type-based alias metadata: all kinds are siblings.
    fn mark(&self, i: InstructionValue<'c>, what: Memory) -> Result<()> {
        let text = |s: &str| self.cx.metadata_string(s);
        let root = self.cx.metadata_node(&[text("tsaot").into()]);
        let kind = self.cx.metadata_node(&[text(&format!("{what:?}")).into(), root.into(), self.int(0).into()]);
        let tag = self.cx.metadata_node(&[kind.into(), kind.into(), self.int(0).into()]);
        i.set_metadata(tag, self.cx.get_kind_id("tbaa")).map_err(|e| internal(e.to_string()))
    }

    // Arithmetic.
    pub fn add(&self, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_int_add(a, b, "")?)
    }
    pub fn sub(&self, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_int_sub(a, b, "")?)
    }
    pub fn mul(&self, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_int_mul(a, b, "")?)
    }
    pub fn and(&self, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_and(a, b, "")?)
    }
    pub fn or(&self, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_or(a, b, "")?)
    }
    pub fn xor(&self, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_xor(a, b, "")?)
    }
    pub fn not(&self, a: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_not(a, "")?)
    }
    pub fn icmp(&self, p: IntPredicate, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_int_compare(p, a, b, "")?)
    }
    pub fn fcmp(&self, p: FloatPredicate, a: FloatValue<'c>, b: FloatValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_float_compare(p, a, b, "")?)
    }
    pub fn is_null(&self, p: PointerValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_is_null(p, "")?)
    }
    pub fn select(&self, c: IntValue<'c>, a: impl BasicValue<'c>, b: impl BasicValue<'c>) -> Result<V<'c>> {
        Ok(self.b.build_select(c, a.as_basic_value_enum(), b.as_basic_value_enum(), "")?)
    }
    pub fn select_int(&self, c: IntValue<'c>, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.select(c, a, b)?.into_int_value())
    }
    pub fn zext(&self, a: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_int_z_extend(a, self.i64, "")?)
    }
    pub fn to_float(&self, a: IntValue<'c>) -> Result<FloatValue<'c>> {
        Ok(self.b.build_signed_int_to_float(a, self.f64, "")?)
    }
    /// The bits of a pointer or double as an integer, and back.
    pub fn bits(&self, v: V<'c>) -> Result<IntValue<'c>> {
        Ok(match v {
            V::PointerValue(p) => self.b.build_ptr_to_int(p, self.i64, "")?,
            V::FloatValue(f) => self.b.build_bit_cast(f, self.i64, "")?.into_int_value(),
            V::IntValue(i) if i.get_type().get_bit_width() < 64 => self.zext(i)?,
            V::IntValue(i) => i,
            other => return Err(internal(format!("{other:?} has no bits"))),
        })
    }
    pub fn as_ptr(&self, bits: IntValue<'c>) -> Result<PointerValue<'c>> {
        Ok(self.b.build_int_to_ptr(bits, self.ptr, "")?)
    }
    pub fn as_float(&self, bits: IntValue<'c>) -> Result<FloatValue<'c>> {
        Ok(self.b.build_bit_cast(bits, self.f64, "")?.into_float_value())
    }
    pub fn as_bool(&self, bits: IntValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.b.build_int_truncate(bits, self.i1, "")?)
    }

    // Calls.
    pub fn call(&self, f: FunctionValue<'c>, args: &[V<'c>]) -> Result<Option<V<'c>>> {
        let args: Vec<BasicMetadataValueEnum> = args.iter().map(|v| (*v).into()).collect();
        Ok(self.b.build_call(f, &args, "")?.try_as_basic_value().basic())
    }
    pub fn call_value(&self, f: FunctionValue<'c>, args: &[V<'c>]) -> Result<V<'c>> {
        self.call(f, args)?.ok_or_else(|| internal("a call without the result it should have"))
    }
    /// An LLVM intrinsic, overloaded on `ty`.
    pub fn intrinsic(&self, name: &str, ty: &[BasicTypeEnum<'c>], args: &[V<'c>]) -> Result<V<'c>> {
        let f = Intrinsic::find(name).and_then(|i| i.get_declaration(&self.module, ty));
        self.call_value(f.ok_or_else(|| internal(format!("no intrinsic {name}")))?, args)
    }

    /// A read-only global without name.
    pub fn constant(&self, init: &dyn BasicValue<'c>, name: &str) -> PointerValue<'c> {
        let ty = init.as_basic_value_enum().get_type();
        let g = self.module.add_global(ty, None, name);
        g.set_initializer(init);
        g.set_constant(true);
        g.set_unnamed_addr(true);
        g.set_linkage(Linkage::Private);
        g.as_pointer_value()
    }

    /// A NUL-ended text in read-only data.
    pub fn text(&self, s: &str) -> PointerValue<'c> {
        self.constant(&self.cx.const_string(s.as_bytes(), true), "text")
    }
}
