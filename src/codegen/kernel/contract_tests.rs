//! Contractions in register tiles against the reference evaluator, and their code.

use super::contract::fits;
use super::tests::{Random, all, compiled, compiled_for, in_parts};
use crate::codegen::asm::Asm;
use crate::codegen::isa::Isa;
use crate::kernel::contract::Contraction;
use crate::kernel::eval::{Machine, Num, run};
use crate::kernel::{Extent, Kernel, Stmt, Strides, Ty, parse, verify::verify};

/// Elements that a buffer takes, by the sizes that symbols have.
fn len(k: &Kernel, b: usize, symbols: &[i64]) -> usize {
    let value = |e: &Extent| match e {
        Extent::Const(n) => *n,
        Extent::Sym(s) => symbols[s.0 as usize],
    };
    let dims: Vec<i64> = k.buffers[b].dims.iter().map(value).collect();
    if dims.contains(&0) {
        return 0;
    }
    let strides = k.strides(crate::kernel::BufferId(b as u32));
    let last = dims.len() - 1;
    let width = match k.buffers[b].strides {
        Strides::Panels { width, .. } => width as i64,
        _ => 0,
    };
    let reach = dims.iter().zip(strides).enumerate().map(|(d, (n, s))| {
        let step: i64 = s.iter().map(value).product();
        if width > 0 && d == last { (n + width - 1) / width * step } else { (n - 1) * step }
    });
    reach.sum::<i64>() as usize + (width == 0) as usize
}

/// Small numbers in every input; panels are filled up with zeros.
pub fn machine(k: &Kernel, symbols: &[i64]) -> Machine {
    let mut random = Random(0x9e3779b97f4a7c15);
    let mut small = |ty: Ty| Num::F((random.next() % 2001) as f64 / 1000.0 - 1.0).to(ty);
    let buffers = (0..k.buffers.len()).map(|b| (0..len(k, b, symbols)).map(|_| small(k.buffers[b].ty)).collect());
    Machine { symbols: symbols.to_vec(), params: vec![Num::F(0.75); k.params.len()], buffers: buffers.collect() }
}

fn is_contraction(k: &Kernel) -> bool {
    fn any(k: &Kernel, body: &[Stmt]) -> bool {
        body.iter().any(|s| match s {
            Stmt::For(l) => Contraction::of(k, l).is_some_and(|c| fits(k, &c)) || any(k, &l.body),
            _ => false,
        })
    }
    any(k, &k.body)
}

/// Compares compiled code with the evaluator, whose sums are exact.
fn check(text: &str, symbols: &[i64]) {
    let k = parse::kernel(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(verify(&k), Vec::<String>::new(), "{k}");
    assert!(is_contraction(&k), "{k}");
    let mut m = machine(&k, symbols);
    let mut sets: Vec<Vec<Isa>> = all().into_iter().map(|i| vec![i]).collect();
    if symbols.contains(&200) {
        sets.push(vec![Isa::V2, Isa::V3, Isa::V4]);
    }
    let mut results: Vec<_> = sets.iter().map(|isas| (isas, compiled(&k, isas, &m))).collect();
    for threads in [2, 3] {
        results.push((&sets[0], compiled_for(&k, &[Isa::native()], threads, in_parts, &m)));
    }
    run(&k, &mut m).unwrap();
    for (isas, result) in results {
        for (b, (have, want)) in result.iter().zip(&m.buffers).enumerate() {
            for (i, (h, w)) in have.iter().zip(want).enumerate() {
                let (Num::F(h), Num::F(w)) = (h, w) else { continue };
                let far = if k.buffers[b].ty == Ty::F32 { 2e-5 } else { 1e-13 };
                assert!(
                    (h - w).abs() <= far * (1.0 + w.abs()),
                    "{isas:?} {symbols:?}: {}[{i}] is {h}, not {w}\n{k}",
                    k.buffers[b].name
                );
            }
        }
    }
}

/// A product with packed weights, bias, residual and a function.
pub fn gemm(ty: &str, rows: &str, columns: i64, taps: i64, weights: &str, function: &str) -> String {
    let width = if ty == "f32" { 16 } else { 8 };
    format!(
        "kernel gemm(m, lda) {{
          in a: {ty}[m, {taps}] strides [lda, 1]
          in w: {ty}[{taps}, {columns}] {weights}
          in bias: {ty}[{columns}]
          in more: {ty}[m, {columns}]
          out y: {ty}[m, {columns}]
          for i in {rows} {{
            for j in {columns} vector {width} {{
              %0 = sum for k in {taps} {{
                %1 = load a[i, k]
                %2 = load w[k, j]
                %3 = mul %1, %2
                yield %3
              }}
              %4 = load bias[j]
              %5 = add %0, %4
              %6 = {function} %5
              %7 = load more[i, j]
              %8 = add %6, %7
              store y[i, j], %8
            }}
          }}
        }}"
    )
}

#[test]
fn products() {
    for (m, n, k) in [(1, 16, 3), (5, 17, 40), (13, 64, 7), (29, 100, 5), (200, 33, 4), (0, 16, 4), (7, 130, 0)] {
        check(&gemm("f32", "m", n, k, "panels 16", "neg"), &[m, k + 3]);
    }
    // Known rows; functions long enough to be written once.
    check(&gemm("f32", "11", 70, 9, "panels 16", "abs"), &[11, 9]);
    check(&gemm("f32", "27", 70, 9, "panels 16", "tanh"), &[27, 9]);
    check(&gemm("f32", "m", 70, 9, "", "tanh"), &[31, 9]);
    for (m, n) in [(1, 8), (19, 45)] {
        check(&gemm("f64", "m", n, 12, "panels 8", "neg"), &[m, 12]);
        check(&gemm("f64", "m", n, 12, "strides [57, 1]", "neg"), &[m, 12]);
    }
}

#[test]
fn two_activations() {
    let text = "kernel attend(b, m, n, k, ldb) {
      in q: f32[b, m, k]
      in v: f32[b, k, n] strides [ldb, n, 1]
      out y: f32[b, m, n]
      for h in b {
        for i in m {
          for j in n vector 16 {
            %0 = sum for t in k {
              %1 = load q[h, i, t]
              %2 = load v[h, t, j]
              %3 = mul %1, %2
              yield %3
            }
            store y[h, i, j], %0
          }
        }
      }
    }";
    for (b, m, n, k) in [(1, 5, 3, 4), (2, 20, 64, 9), (3, 7, 83, 2), (2, 3, 0, 2), (0, 3, 3, 3)] {
        check(text, &[b, m, n, k, k * n + 5]);
    }
}

/// A convolution over channels-last images with its loops' positions in the image.
pub fn conv(image: [i64; 3], out: [i64; 3], kernel: [i64; 2], y: &str, x: &str) -> String {
    let ([h, w, c], [oh, ow, n], [kh, kw]) = (image, out, kernel);
    format!(
        "kernel conv(b) {{
          in x: f32[b, {h}, {w}, {c}]
          in w: f32[{kh}, {kw}, {c}, {n}] panels 16
          out y: f32[b, {oh}, {ow}, {n}]
          for i in b {{
            for oy in {oh} {{
              for ox in {ow} {{
                for j in {n} vector 16 {{
                  %9 = const f32 0.0
                  %0 = sum for ky in {kh} {{
                    %1 = sum for kx in {kw} {{
                      %2 = sum for k in {c} {{
                        %3 = pad x[i, {y}, {x}, k] else %9
                        %4 = load w[ky, kx, k, j]
                        %5 = mul %3, %4
                        yield %5
                      }}
                      yield %2
                    }}
                    yield %1
                  }}
                  %6 = const f32 0.0
                  %7 = max %0, %6
                  store y[i, oy, ox, j], %7
                }}
              }}
            }}
          }}
        }}"
    )
}

#[test]
fn convolutions() {
    // 3x3 with padding 1; and 5x3, stride 2, dilation (1, 2), no padding in x.
    for (image, out, kernel, y, x) in [
        ([6, 7], [6, 7], [3, 3], "oy + ky + -1", "ox + kx + -1"),
        ([9, 20], [5, 8], [5, 3], "2*oy + ky + -2", "2*ox + 2*kx"),
        ([1, 1], [1, 1], [3, 3], "oy + ky + -1", "ox + kx + -1"),
        ([3, 40], [3, 40], [3, 3], "oy + ky + -1", "ox + kx + -1"),
    ] {
        for (c, n) in [(3, 16), (8, 21)] {
            check(&conv([image[0], image[1], c], [out[0], out[1], n], kernel, y, x), &[2]);
        }
    }
}

#[test]
fn several_sums_and_batched_weights() {
    let text = "kernel gates(n) {
      in h: f32[n, 20]
      in w: f32[2, 3, 20, 24] panels 16 after 2
      out y: f32[2, n, 24]
      for l in 2 {
        for i in n {
          for j in 24 vector 16 {
            %0, %1, %2 = sum, sum, sum for k in 20 {
              %3 = load h[i, k]
              %4 = load w[l, 0, k, j]
              %5 = load w[l, 1, k, j]
              %6 = load w[l, 2, k, j]
              %7 = mul %3, %4
              %8 = mul %3, %5
              %9 = mul %6, %3
              yield %7, %8, %9
            }
            %10 = sigmoid %0
            %11 = tanh %1
            %12 = mul %10, %11
            %13 = add %12, %2
            store y[l, i, j], %13
          }
        }
      }
    }";
    for n in [1, 2, 9] {
        check(text, &[n]);
    }
}

/// The assembly of a kernel's inner loops: blocks that branch to themselves and multiply.
fn inner_loops(assembly: &str) -> Vec<String> {
    let mut out = vec![];
    let mut block: Vec<&str> = vec![];
    let mut label = "";
    for line in assembly.lines().map(str::trim) {
        if let Some((l, _)) = line.split_once(':')
            && l.starts_with(".L")
        {
            (label, block) = (l, vec![]);
            continue;
        }
        block.push(line);
        let backwards = line.starts_with('j') && line.split_whitespace().nth(1) == Some(label);
        if backwards && block.iter().any(|i| i.contains("fmadd") || i.starts_with("mulps") || i.starts_with("mulpd")) {
            out.push(block.join("\n"));
        }
    }
    out
}

/// The assembly of a kernel for an instruction set.
pub fn assembly(k: &Kernel, isa: Isa) -> String {
    let cx = inkwell::context::Context::create();
    let mut a = Asm::new(&cx, "test");
    a.isas = vec![isa];
    let f = super::kernel(&a, k).unwrap();
    f.set_linkage(inkwell::module::Linkage::External);
    let machine = crate::codegen::target::Machine::new(&crate::codegen::Options {
        cpu: isa.cpu().into(),
        triple: None,
        level: 2,
        threads: 1,
    })
    .unwrap();
    machine.prepare(&a);
    machine.optimize_kernels(&a).unwrap();
    machine.assembly(&a).unwrap()
}

#[test]
fn inner_loops_stay_in_registers() {
    let kernels = [
        gemm("f32", "m", 512, 784, "panels 16", "tanh"),
        gemm("f32", "197", 3072, 768, "panels 16", "neg"),
        gemm("f32", "1", 512, 784, "panels 16", "neg"),
        gemm("f32", "49", 512, 784, "", "neg"),
        gemm("f64", "m", 512, 784, "panels 8", "neg"),
        conv([56, 56, 64], [56, 56, 64], [3, 3], "oy + ky + -1", "ox + kx + -1"),
        conv([224, 224, 3], [112, 112, 64], [7, 7], "2*oy + ky + -3", "2*ox + kx + -3"),
    ];
    for text in &kernels {
        let k = parse::kernel(text).unwrap();
        for isa in [Isa::V2, Isa::V3, Isa::V4] {
            stays_in_registers(&k, isa);
        }
    }
}

/// No inner loop of the kernel moves vectors to the stack or back.
pub fn stays_in_registers(k: &Kernel, isa: Isa) {
    let text = assembly(k, isa);
    let loops = inner_loops(&text);
    assert!(!loops.is_empty(), "no inner loop for {isa:?}:\n{text}");
    for l in loops {
        let vectors = |i: &&str| {
            i.contains("(%rsp)") && (i.contains("mov") && i.contains("%xmm") || i.contains("%ymm") || i.contains("%zmm"))
        };
        let stack: Vec<&str> = l.lines().filter(vectors).collect();
        assert!(stack.is_empty(), "{} for {isa:?}: {stack:?} in\n{l}", k.name);
    }
}
