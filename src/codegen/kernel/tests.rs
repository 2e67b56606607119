//! Compiled kernels against the reference evaluator.

use crate::codegen::asm::Asm;
use crate::codegen::isa::Isa;
use crate::codegen::kernel;
use crate::kernel::build::Builder;
use crate::kernel::eval::{Machine, Num, run};
use crate::kernel::{Access, BinOp, Cmp, Extent, Fold, Index, Kernel, Op, Strides, Ty, UnOp, parse, verify::verify};
use inkwell::OptimizationLevel;
use inkwell::context::Context;
use inkwell::module::Linkage;
use inkwell::targets::{InitializationConfig, Target};

/// Bytes of elements in memory, and back.
fn pack(ty: Ty, ns: &[Num]) -> Vec<u64> {
    let mut bytes: Vec<u8> = vec![];
    for n in ns {
        match (ty, n.to(ty)) {
            (Ty::F32, Num::F(x)) => bytes.extend((x as f32).to_le_bytes()),
            (_, Num::F(x)) => bytes.extend(x.to_le_bytes()),
            (_, Num::I(i)) => bytes.extend(&i.to_le_bytes()[..ty.size() as usize]),
        }
    }
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.chunks(8).map(|c| u64::from_le_bytes(c.try_into().unwrap())).collect()
}

fn unpack(ty: Ty, words: &[u64], n: usize) -> Vec<Num> {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    bytes
        .chunks(ty.size() as usize)
        .take(n)
        .map(|c| {
            let mut b = [0; 8];
            b[..c.len()].copy_from_slice(c);
            match ty {
                Ty::F32 => Num::F(f32::from_bits(u64::from_le_bytes(b) as u32) as f64),
                Ty::F64 => Num::F(f64::from_le_bytes(b)),
                _ => Num::I(i64::from_le_bytes(b)).to(ty),
            }
        })
        .collect()
}

/// Runs a kernel compiled for a processor. The buffers' new contents come back.
pub fn compiled(k: &Kernel, isas: &[Isa], m: &Machine) -> Vec<Vec<Num>> {
    compiled_for(k, isas, 1, in_parts, m)
}

type Parallel = unsafe extern "C" fn(tsrt::pool::Part, *mut std::ffi::c_void, i64);

/// Runs parts one after the other, the last one first.
pub unsafe extern "C" fn in_parts(run: tsrt::pool::Part, context: *mut std::ffi::c_void, threads: i64) {
    for part in (0..threads).rev() {
        // SAFETY: as the caller says.
        unsafe { run(context, part, threads) };
    }
}

/// Runs a kernel compiled for several threads, which `parallel` gives it.
pub fn compiled_for(k: &Kernel, isas: &[Isa], threads: u16, parallel: Parallel, m: &Machine) -> Vec<Vec<Num>> {
    let cx = Context::create();
    let mut a = Asm::new(&cx, "test");
    a.isas = isas.to_vec();
    (a.threads, a.least_work) = (threads, 0);
    let f = kernel::kernel(&a, k).unwrap();
    // A function of one argument: a table of words.
    let entry = a.module.add_function("entry", cx.void_type().fn_type(&[a.ptr.into()], false), Some(Linkage::External));
    a.at(cx.append_basic_block(entry, ""));
    let table = entry.get_first_param().unwrap().into_pointer_value();
    let args: Vec<_> =
        f.get_params().iter().enumerate().map(|(i, p)| a.load(p.get_type(), table, 8 * i as u64).unwrap()).collect();
    a.call(f, &args).unwrap();
    a.b.build_return(None).unwrap();
    a.module.verify().unwrap_or_else(|e| panic!("{}\n{k}", e.to_string()));
    Target::initialize_x86(&InitializationConfig::default());
    let engine = a.module.create_jit_execution_engine(OptimizationLevel::Default).unwrap();
    if let Some(f) = a.module.get_function("ts_parallel") {
        engine.add_global_mapping(&f, parallel as *const () as usize);
    }
    if let Some(level) = a.module.get_function("ts_cpu_level") {
        engine.add_global_mapping(&level, tsrt::cpu::ts_cpu_level as *const () as usize);
    }
    let mut memory: Vec<Vec<u64>> = k.buffers.iter().zip(&m.buffers).map(|(b, v)| pack(b.ty, v)).collect();
    let mut table: Vec<u64> = memory.iter_mut().map(|b| b.as_mut_ptr() as u64).collect();
    table.extend(m.symbols.iter().map(|s| *s as u64));
    table.extend(m.params.iter().map(|p| match p {
        Num::I(i) => *i as u64,
        Num::F(x) => x.to_bits(),
    }));
    let address = engine.get_function_address("entry").unwrap();
    // SAFETY: the code at that address takes the table.
    unsafe { std::mem::transmute::<usize, unsafe extern "C" fn(*const u64)>(address)(table.as_ptr()) };
    k.buffers.iter().zip(&m.buffers).zip(memory).map(|((b, v), w)| unpack(b.ty, &w, v.len())).collect()
}

fn close(ty: Ty, x: Num, y: Num, ulps: f64) -> bool {
    let (Num::F(x), Num::F(y)) = (x, y) else { return x == y };
    // Results below the normal range may come out as zero.
    if x.abs() < 1e-37 && y.abs() < 1e-37 {
        return true;
    }
    let size = if ty == Ty::F32 {
        y.abs().max(f32::MIN_POSITIVE as f64) * f32::EPSILON as f64
    } else {
        y.abs().max(1e-300) * f64::EPSILON
    };
    x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= ulps * size
}

/// Every instruction set that this machine runs.
pub fn all() -> Vec<Isa> {
    [Isa::V2, Isa::V3, Isa::V4].into_iter().filter(|i| *i <= Isa::native()).collect()
}

pub fn same(k: &Kernel, m: &mut Machine, ulps: f64, isas: &[Isa]) {
    assert_eq!(verify(k), Vec::<String>::new(), "{k}");
    let results: Vec<_> = isas.iter().map(|isa| compiled(k, &[*isa], m)).collect();
    let before = m.buffers.clone();
    run(k, m).unwrap();
    for (isa, result) in isas.iter().zip(results) {
        for (b, (have, want)) in result.iter().zip(&m.buffers).enumerate() {
            for (i, (h, w)) in have.iter().zip(want).enumerate() {
                let inputs: Vec<_> = before.iter().map(|b| b.get(i)).collect();
                assert!(
                    close(k.buffers[b].ty, *h, *w, ulps),
                    "{isa:?}: {}[{i}] is {h:?}, not {w:?}, of {inputs:?}\n{k}",
                    k.buffers[b].name
                );
            }
        }
    }
}

/// A reproducible stream of numbers.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn number(&mut self, ty: Ty) -> Num {
        let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, -1.0, 0.5, 2.5, 88.8, -103.9, 1e-40, 3e38];
        let r = self.next();
        if !ty.is_float() {
            return Num::I(if r % 3 == 0 { (r >> 32) as i64 % 5 - 2 } else { self.next() as i64 }).to(ty);
        }
        if r % 8 == 0 {
            return Num::F(special[(r >> 32) as usize % special.len()]).to(ty);
        }
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0;
        Num::F(unit * [1.0, 10.0, 100.0, 1e-3][(r >> 32) as usize % 4]).to(ty)
    }
}

/// A kernel that applies one operation to inputs of these types.
fn pointwise(inputs: &[Ty], ty: Ty, width: u32, op: impl Fn(&[crate::kernel::Reg]) -> Op) -> Kernel {
    let mut b = Builder::new("k");
    let n = b.symbol("n");
    let ins: Vec<_> =
        inputs.iter().enumerate().map(|(i, t)| b.buffer(&format!("x{i}"), Access::In, *t, &[n], Strides::Contiguous)).collect();
    let out = b.buffer("y", Access::Out, ty, &[n], Strides::Contiguous);
    let i = b.begin("i", n, width);
    let regs: Vec<_> = ins.into_iter().map(|x| b.load(x, vec![Index::var(i)])).collect();
    let op = op(&regs);
    let r = b.op(ty, op);
    b.store(out, vec![Index::var(i)], r);
    b.finish()
}

fn check(inputs: &[Ty], ty: Ty, ulps: f64, op: impl Fn(&[crate::kernel::Reg]) -> Op) {
    let mut random = Random(88172645463325252);
    let k = pointwise(inputs, ty, 16, op);
    let n = 16 * 40 + 11;
    let mut buffers: Vec<Vec<Num>> = inputs.iter().map(|t| (0..n).map(|_| random.number(*t)).collect()).collect();
    buffers.push(vec![Num::I(0).to(ty); n]);
    same(&k, &mut Machine { symbols: vec![n as i64], params: vec![], buffers }, ulps, &[Isa::native()]);
}

#[test]
fn unary_operations() {
    for &op in UnOp::ALL {
        let test = matches!(op, UnOp::IsNan | UnOp::IsInf);
        let exact = matches!(op, UnOp::Neg | UnOp::Abs | UnOp::Sign | UnOp::Not) || test;
        for ty in Ty::ALL {
            let fits = match op {
                UnOp::Not => !ty.is_float(),
                UnOp::Neg | UnOp::Abs | UnOp::Sign => ty != Ty::Bool,
                _ => ty.is_float(),
            };
            if fits {
                let ulps = match op {
                    _ if exact => 0.0,
                    UnOp::Tanh => 6.0,
                    UnOp::Sigmoid => 3.5,
                    _ => 2.0,
                };
                check(&[ty], if test { Ty::Bool } else { ty }, ulps, |r| Op::Un(op, r[0]));
            }
        }
    }
}

#[test]
fn binary_operations() {
    for &op in BinOp::ALL {
        for ty in Ty::ALL {
            let fits = match op {
                BinOp::And | BinOp::Or | BinOp::Xor => !ty.is_float(),
                BinOp::FloorDiv => ty.is_int(),
                BinOp::Pow | BinOp::Atan2 => ty.is_float(),
                _ => ty != Ty::Bool,
            };
            if fits {
                check(&[ty, ty], ty, if matches!(op, BinOp::Pow | BinOp::Atan2) { 2.0 } else { 0.0 }, |r| {
                    Op::Bin(op, r[0], r[1])
                });
            }
        }
    }
}

#[test]
fn comparisons_and_casts() {
    for ty in [Ty::U8, Ty::I32, Ty::F32, Ty::F64] {
        for &c in Cmp::ALL {
            check(&[ty, ty], Ty::Bool, 0.0, |r| Op::Cmp(c, r[0], r[1]));
        }
        check(&[Ty::Bool, ty, ty], ty, 0.0, |r| Op::Select(r[0], r[1], r[2]));
        for to in Ty::ALL {
            check(&[ty], to, 0.0, |r| Op::Cast(r[0]));
        }
    }
}

#[test]
fn every_size_and_processor() {
    let text = include_str!("../../../tests/filetests/kernel/pointwise.kernel");
    let k = parse::kernel(text).unwrap();
    let mut random = Random(7);
    for n in [0, 1, 15, 16, 17, 40] {
        let mut buffer = |ty| (0..n).map(|_| random.number(ty)).collect::<Vec<_>>();
        let buffers = vec![buffer(Ty::F32), buffer(Ty::F32), buffer(Ty::F32), vec![Num::I(0); n]];
        let mut m = Machine { symbols: vec![n as i64], params: vec![Num::F(0.3)], buffers };
        same(&k, &mut m, 10.0, &all());
    }
}

#[test]
fn strides() {
    let k = parse::kernel(include_str!("../../../tests/filetests/kernel/strided.kernel")).unwrap();
    let mut random = Random(9);
    let buffers: Vec<Vec<Num>> = [(7 * 13, Ty::I32), (26, Ty::I32), (13, Ty::I64), (39, Ty::I32)]
        .iter()
        .map(|(n, ty)| (0..*n).map(|_| random.number(*ty)).collect())
        .collect();
    same(&k, &mut Machine { symbols: vec![13, 7], params: vec![Num::I(5)], buffers }, 0.0, &all());
}

#[test]
fn reductions() {
    for ty in [Ty::U8, Ty::I8, Ty::I64, Ty::F32, Ty::F64] {
        for &fold in Fold::ALL {
            let mut b = Builder::new("k");
            let n = b.symbol("n");
            let x = b.buffer("x", Access::In, ty, &[n], Strides::Contiguous);
            let y = b.buffer("y", Access::Out, ty, &[Extent::Const(1)], Strides::Contiguous);
            let i = b.begin("i", n, 8);
            let r = b.load(x, vec![Index::var(i)]);
            let out = b.end(&[(fold, r)])[0];
            b.store(y, vec![Index::constant(0)], out);
            let k = b.finish();
            for n in [0, 3, 8, 29] {
                let xs = (0..n).map(|i| Num::F(1.0 + (i * 7 % 5) as f64 * 0.25).to(ty)).collect();
                let buffers = vec![xs, vec![Num::I(0).to(ty)]];
                same(&k, &mut Machine { symbols: vec![n], params: vec![], buffers }, 4.0, &[Isa::native()]);
            }
        }
    }
    let k = parse::kernel(include_str!("../../../tests/filetests/kernel/softmax.kernel")).unwrap();
    let xs = (0..70).map(|i| Num::F((i * 37 % 11) as f64 * 0.3).to(Ty::F32)).collect();
    let buffers = vec![xs, vec![Num::F(0.5); 21], vec![Num::F(0.0); 63]];
    same(&k, &mut Machine { symbols: vec![3, 21, 23], params: vec![], buffers }, 6.0, &all());
}
