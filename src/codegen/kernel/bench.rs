//! Speeds of kernels: `cargo test --lib kernel_bench -- --ignored --nocapture`, on a quiet processor.

use super::contract_tests::{conv, gemm, machine};
use crate::codegen::asm::Asm;
use crate::codegen::isa::Isa;
use crate::codegen::target::Machine as Target;
use crate::kernel::build::Builder;
use crate::kernel::conv::{Conv, Window};
use crate::kernel::eval::Num;
use crate::kernel::pool::{Pool, pool};
use crate::kernel::{Access, Extent, Kernel, Strides, Ty, parse};
use inkwell::OptimizationLevel;
use inkwell::context::Context;
use inkwell::module::Linkage;
use std::time::Duration;

/// Memory that starts at a cache line.
struct Aligned(Vec<[u64; 8]>);

/// What this thread has computed: others may use the processor, too.
fn cpu_time() -> Duration {
    #[repr(C)]
    struct Time(i64, i64);
    unsafe extern "C" {
        fn clock_gettime(clock: i32, t: *mut Time) -> i32;
    }
    let mut t = Time(0, 0);
    // SAFETY: fills in the time; 3 is the thread's clock.
    unsafe { clock_gettime(3, &mut t) };
    Duration::new(t.0 as u64, t.1 as u32)
}

/// The least time of one run.
fn time(k: &Kernel, isa: Isa, symbols: &[i64]) -> Duration {
    let cx = Context::create();
    let mut a = Asm::new(&cx, "bench");
    a.isas = vec![isa];
    let f = super::kernel(&a, k).unwrap();
    let entry = a.module.add_function("entry", cx.void_type().fn_type(&[a.ptr.into()], false), Some(Linkage::External));
    a.at(cx.append_basic_block(entry, ""));
    let table = entry.get_first_param().unwrap().into_pointer_value();
    let args: Vec<_> =
        f.get_params().iter().enumerate().map(|(i, p)| a.load(p.get_type(), table, 8 * i as u64).unwrap()).collect();
    a.call(f, &args).unwrap();
    a.b.build_return(None).unwrap();
    let target = Target::new(&crate::codegen::Options { cpu: isa.cpu().into(), triple: None, level: 2, threads: 1 }).unwrap();
    target.prepare(&a);
    target.optimize_kernels(&a).unwrap();
    let engine = a.module.create_jit_execution_engine(OptimizationLevel::Default).unwrap();
    if let Some(level) = a.module.get_function("ts_cpu_level") {
        engine.add_global_mapping(&level, tsrt::cpu::ts_cpu_level as *const () as usize);
    }
    let m = machine(k, symbols);
    let fill = |ty: Ty, ns: &[Num]| {
        let bytes: Vec<u8> = ns
            .iter()
            .flat_map(|n| match (ty, n) {
                (Ty::F32, Num::F(x)) => (*x as f32).to_le_bytes().to_vec(),
                (_, Num::F(x)) => x.to_le_bytes().to_vec(),
                (_, Num::I(n)) => n.to_le_bytes()[..ty.size() as usize].to_vec(),
            })
            .collect();
        let mut out = Aligned(vec![[0; 8]; bytes.len() / 64 + 2]);
        // SAFETY: the words hold at least as many bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), out.0.as_mut_ptr().cast(), bytes.len()) };
        out
    };
    let mut memory: Vec<Aligned> = k.buffers.iter().zip(&m.buffers).map(|(b, v)| fill(b.ty, v)).collect();
    let mut table: Vec<u64> = memory.iter_mut().map(|b| b.0.as_mut_ptr() as u64).collect();
    table.extend(symbols.iter().map(|s| *s as u64));
    table.extend(m.params.iter().map(|_| 0.75f64.to_bits()));
    let address = engine.get_function_address("entry").unwrap();
    // SAFETY: the code at that address takes the table.
    let run = unsafe { std::mem::transmute::<usize, unsafe extern "C" fn(*const u64)>(address) };
    let mut best = Duration::MAX;
    let started = cpu_time();
    let mut times = 0;
    while times < 5 || cpu_time() - started < Duration::from_millis(400) {
        let start = cpu_time();
        // SAFETY: the table holds what the kernel takes.
        unsafe { run(table.as_ptr()) };
        best = best.min(cpu_time() - start);
        times += 1;
    }
    best
}

fn report(name: &str, flops: f64, text: &str, symbols: &[i64]) {
    let k = parse::kernel(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    report_kernel(name, flops, &k, symbols);
}

fn report_kernel(name: &str, flops: f64, k: &Kernel, symbols: &[i64]) {
    let mut line = format!("{name:34}");
    for isa in super::tests::all().into_iter().rev() {
        let t = time(k, isa, symbols).as_secs_f64();
        line += &format!("  {isa:?} {:9.1} us {:6.1} GF/s", t * 1e6, flops / t / 1e9);
    }
    println!("{line}");
}

#[test]
#[ignore = "measures"]
fn products() {
    let cases = [
        (48, 256, 64),
        (1024, 1024, 1024),
        (64, 784, 512),
        (197, 768, 3072),
        (128, 768, 768),
        (1, 784, 512),
        (3136, 64, 256),
        (196, 1024, 256),
    ];
    for (m, k, n) in cases {
        let flops = 2.0 * (m * k * n) as f64;
        for (kind, rows) in [("symbolic", "m".to_owned()), ("known", m.to_string())] {
            report(&format!("gemm {m}x{k}x{n} {kind}"), flops, &gemm("f32", &rows, n, k, "panels 16", "abs"), &[m, k]);
        }
    }
    report("gemm 197x197x64 unpacked", 2.0 * 197.0 * 197.0 * 64.0, &gemm("f32", "m", 64, 197, "", "abs"), &[197, 197]);
    report("gemm f64 256^3", 2.0 * 256f64.powi(3), &gemm("f64", "m", 256, 256, "panels 8", "abs"), &[256, 256]);
}

#[test]
#[ignore = "measures"]
fn convolutions() {
    for (size, c) in [(56, 64), (28, 128), (14, 256), (7, 512)] {
        let flops = 2.0 * (size * size * c * c * 9) as f64;
        let text = conv([size, size, c], [size, size, c], [3, 3], "oy + ky + -1", "ox + kx + -1");
        report(&format!("conv 3x3 {size}x{size}x{c}"), flops, &text, &[1]);
    }
    for (size, c) in [(56, 64), (28, 128), (14, 256)] {
        let flops = 2.0 * (size / 2 * size / 2 * c * c * 2 * 9) as f64;
        let text = conv([size, size, c], [size / 2, size / 2, 2 * c], [3, 3], "2*oy + ky + -1", "2*ox + kx + -1");
        report(&format!("conv 3x3 stride 2 {size}x{size}x{c}"), flops, &text, &[1]);
    }
    let text = conv([224, 224, 3], [112, 112, 64], [7, 7], "2*oy + ky + -3", "2*ox + kx + -3");
    report("conv 7x7 stride 2 224x224x3 to 64", 2.0 * (112 * 112 * 64 * 147) as f64, &text, &[1]);
    let text = conv([224, 224, 3], [112, 112, 16], [3, 3], "2*oy + ky + -1", "2*ox + kx + -1");
    report("conv 3x3 stride 2 224x224x3 to 16", 2.0 * (112 * 112 * 16 * 27) as f64, &text, &[1]);
}

fn square(size: i64, kernel: i64, stride: i64, pad: i64) -> [Window; 2] {
    let output = Extent::Const((size + 2 * pad - kernel) / stride + 1);
    [Window { input: Extent::Const(size), output, kernel, stride, pad, dilation: 1 }; 2]
}

#[test]
#[ignore = "measures"]
fn networks() {
    let conv = |windows: [Window; 2], groups: i64, channels: i64, features: i64| Conv {
        ty: Ty::F32,
        batch: Extent::Const(1),
        windows: windows.to_vec(),
        groups,
        channels,
        features,
        transposed: false,
    };
    let flops = |c: &Conv| {
        let outputs: i64 = c.output_dims().iter().map(|e| if let Extent::Const(n) = e { *n } else { 1 }).product();
        2.0 * (outputs * c.channels / c.groups * c.windows.iter().map(|w| w.kernel).product::<i64>()) as f64
    };
    for (size, channels) in [(56, 64), (28, 128), (14, 256), (7, 512)] {
        let c = conv(square(size, 3, 1, 1), 1, channels, channels);
        for m in [2, 4] {
            let mut b = Builder::new("winograd");
            let buffers = c.winograd_buffers(&mut b, m);
            c.winograd(&mut b, m, buffers, &mut |_, _, r| r);
            report_kernel(&format!("F({m}x{m}) {size}x{size}x{channels}"), flops(&c), &b.finish(), &[]);
        }
    }
    for (size, channels, kernel, stride) in
        [(14, 480, 3, 1), (14, 480, 5, 1), (56, 72, 3, 1), (56, 72, 5, 2), (112, 64, 3, 2), (7, 960, 5, 1)]
    {
        let c = conv(square(size, kernel, stride, kernel / 2), channels, channels, channels);
        let mut b = Builder::new("depthwise");
        let buffers = c.buffers(&mut b);
        c.direct(&mut b, buffers, &mut |_, _, r| r);
        report_kernel(&format!("depthwise {kernel}x{kernel}/{stride} {size}x{size}x{channels}"), flops(&c), &b.finish(), &[]);
    }
    for (size, channels, features) in
        [(56, 64, 256), (56, 24, 72), (56, 72, 24), (28, 120, 40), (14, 80, 480), (14, 480, 112), (7, 160, 960)]
    {
        let c = conv(square(size, 1, 1, 0), 1, channels, features).simplified();
        let mut b = Builder::new("pointwise");
        let buffers = c.buffers(&mut b);
        c.direct(&mut b, buffers, &mut |_, _, r| r);
        report_kernel(&format!("1x1 {size}x{size}x{channels} to {features}"), flops(&c), &b.finish(), &[]);
    }
    let windows = square(112, 3, 2, 1);
    let dims = |e: Extent| [Extent::Const(1), e, e, Extent::Const(64)];
    let mut b = Builder::new("pool");
    let x = b.buffer("x", Access::In, Ty::F32, &dims(windows[0].input), Strides::Contiguous);
    let y = b.buffer("y", Access::Out, Ty::F32, &dims(windows[0].output), Strides::Contiguous);
    pool(&mut b, Pool::Max, Extent::Const(1), &windows, Extent::Const(64), [x, y], &mut |_, _, v| v);
    report_kernel("max pool 3x3/2 112x112x64", 56.0 * 56.0 * 64.0 * 9.0, &b.finish(), &[]);
}
