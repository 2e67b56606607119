//! The special tier against the general one and the reference evaluator: the same functions, compiled with and without plans, at every level,
//! on inputs for which the plans' guards hold and on others.

use std::io::Write;
use tsaot::codegen::Jit;
use tsaot::driver::{evaluate, inputs::exported};
use tsaot::graph::{FunctionId, Graph, Program};
use tsaot::kernel::eval::Num;
use tsaot::kernel::run::{self, Data};
use tsaot::kernel::{Ty, verify::verify};
use tsaot::lower;
use tsaot::passes::pipeline::{Switches, optimize};
use tsrt::{DType, Tensor, Value};

/// An input of a case.
#[derive(Clone, Debug)]
enum In {
    /// Small numbers.
    T(&'static [i64], DType),
    /// The same, transposed.
    Turned(&'static [i64]),
    F(f64),
    I(i64),
}
use DType::{Bool, F32, F64, I64};
use In::{F, I, T, Turned};

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) % 4001) as f64 / 1000.0 - 2.0
    }
}

fn tensor(sizes: &[i64], dtype: DType, random: &mut Random) -> Tensor {
    let t = Tensor::empty(sizes, dtype).unwrap();
    for i in 0..t.numel() {
        let x = random.next();
        let p = t.data_ptr();
        // SAFETY: inside the tensor.
        unsafe {
            match dtype {
                F32 => *(p as *mut f32).add(i) = x as f32,
                F64 => *(p as *mut f64).add(i) = x,
                I64 => *(p as *mut i64).add(i) = (x * 3.0) as i64,
                DType::U8 => *p.add(i) = (x * 10.0).abs() as u8,
                _ => *p.add(i) = (x > 0.0) as u8,
            }
        }
    }
    t
}

fn values(ins: &[In]) -> Vec<Value> {
    let mut random = Random(ins.len() as u64 + 5);
    ins.iter()
        .map(|i| match i {
            T(sizes, dtype) => Value::from(tensor(sizes, *dtype, &mut random)),
            Turned(sizes) => Value::from(tensor(sizes, F32, &mut random).transpose(0, -1).unwrap()),
            F(x) => Value::float(*x),
            I(n) => Value::int(*n),
        })
        .collect()
}

struct Built {
    program: Program,
    function: FunctionId,
    plans: Vec<tsaot::kernel::Plan>,
    general: Jit,
    special: Vec<Jit>,
}

/// Compiles the function `f` of a source, with plans at these levels.
fn build(source: &str, levels: &[u8]) -> Built {
    let mut file = tempfile::NamedTempFile::with_suffix(".py").unwrap();
    let head =
        "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor, nn\nfrom typing import List, Optional, Tuple\n";
    write!(file, "{head}\n{source}\n").unwrap();
    let e = evaluate(file.path());
    assert!(e.diagnostics.is_empty(), "{source}\n{:?}", e.diagnostics);
    let mut program = e.program;
    optimize(&mut program, &mut Switches::default());
    let function = exported(&program).first().expect("an export").function;
    let compile = |p: &Program, plans: &[tsaot::kernel::Plan], level: u8| {
        Jit::with_plans(p, &e.sources, &[function], &[], plans, level).unwrap_or_else(|d| panic!("{source}\n{d:?}"))
    };
    let general = compile(&program, &[], 1);
    let plans = lower::run(&mut program, &[function], &lower::Hints::default()).plans;
    for l in plans.iter().flat_map(|p| &p.steps).map(|s| match s {
        tsaot::kernel::plan::Step::Loops(l) => l,
    }) {
        assert_eq!(verify(&l.kernel), Vec::<String>::new(), "{}", l.kernel);
    }
    let special = levels.iter().map(|level| compile(&program, &plans, *level)).collect();
    Built { program, function, plans, general, special }
}

/// Results, tuples and lists taken apart.
fn flat(values: Vec<Value>) -> Vec<Value> {
    let items = |v: &Value| v.as_tuple().map(|t| t.items().to_vec()).or(v.as_list().map(|l| l.iter().collect()));
    values.into_iter().flat_map(|v| items(&v).map_or_else(|| vec![v.clone()], flat)).collect()
}

fn data(v: &Value) -> Data {
    if let Some(t) = v.as_tensor() {
        let ty = match t.dtype() {
            F32 => Ty::F32,
            F64 => Ty::F64,
            I64 => Ty::I64,
            DType::U8 => Ty::U8,
            _ => Ty::Bool,
        };
        let c = t.contiguous().unwrap();
        return Data::Tensor { ty, dims: t.sizes().to_vec(), elements: run::constant(&c, ty) };
    }
    Data::Number(v.as_int().map_or_else(|| Num::F(v.as_float().unwrap_or(0.0)), Num::I))
}

fn close(a: &Data, b: &Data) -> bool {
    let near = |x: &Num, y: &Num| match (x, y) {
        (Num::I(x), Num::I(y)) => x == y,
        (Num::F(x), Num::F(y)) => x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= 1e-5 + 2e-5 * y.abs(),
        _ => false,
    };
    match (a, b) {
        (Data::Tensor { ty: t, dims: d, elements: x }, Data::Tensor { ty: u, dims: e, elements: y }) => {
            t == u && d == e && x.len() == y.len() && x.iter().zip(y).all(|(x, y)| near(x, y))
        }
        (Data::Number(x), Data::Number(y)) => near(x, y),
        _ => false,
    }
}

/// The function's only plan, when it takes the parameters and makes the results as they are.
fn whole(g: &Graph) -> bool {
    let top = g.block(g.top());
    let runs: Vec<_> = top.nodes.iter().filter(|n| g.node(**n).op == "tsaot::Run").collect();
    matches!(runs[..], [n] if g.node(*n).inputs == top.params && g.node(*n).outputs == top.returns)
}

/// Compares on every list of inputs; those of `hits` must run as plans, those of `misses` must not.
fn check(source: &str, hits: &[&[In]], misses: &[&[In]]) {
    check_at(&[2], source, hits, misses);
}

fn check_at(levels: &[u8], source: &str, hits: &[&[In]], misses: &[&[In]]) {
    let b = build(source, levels);
    assert!(!b.plans.is_empty(), "no plan for\n{source}");
    for (ins, hit) in hits.iter().map(|i| (*i, true)).chain(misses.iter().map(|i| (*i, false))) {
        let args = values(ins);
        let want = b.general.call(b.function, &args).map(flat).map_err(|e| e.message);
        for (level, jit) in b.special.iter().enumerate() {
            let have = jit.call(b.function, &args).map(flat).map_err(|e| e.message);
            match (&have, &want) {
                (Ok(h), Ok(w)) => {
                    assert_eq!(h.len(), w.len());
                    for (h, w) in h.iter().zip(w) {
                        let (h, w) = (data(h), data(w));
                        assert!(close(&h, &w), "-O{} {ins:?}: {h:?}, not {w:?}\n{source}\n{}", levels[level], b.plans[0]);
                    }
                }
                (h, w) => assert_eq!(h.as_ref().err(), w.as_ref().err(), "{ins:?}\n{source}"),
            }
        }
        if whole(&b.program.function(b.function).graph) && !ins.iter().any(|i| matches!(i, Turned(_))) {
            let inputs: Vec<Data> = args.iter().map(data).collect();
            let made = run::plan(&b.plans[0], &inputs).unwrap_or_else(|e| panic!("{e}\n{}", b.plans[0]));
            assert_eq!(made.is_some(), hit, "{ins:?}\n{source}\n{}", b.plans[0]);
            if let (Some(made), Ok(want)) = (made, &want) {
                for (h, w) in made.iter().zip(want.iter().map(data)) {
                    assert!(close(h, &w), "evaluated {ins:?}: {h:?}, not {w:?}\n{source}\n{}", b.plans[0]);
                }
            }
        }
    }
}

fn function(params: &str, body: &str) -> String {
    format!("@torch.jit.script\ndef f({params}):\n    {}", body.replace('\n', "\n    "))
}

#[test]
fn pointwise_chains() {
    check_at(
        &[0, 1, 2, 3],
        &function("x, y", "return torch.sigmoid(x * y + 1) * torch.tanh(x) - torch.exp(-y * y) / (1 + x * x)"),
        &[&[T(&[3, 5], F32), T(&[3, 5], F32)], &[T(&[], F32), T(&[], F32)], &[T(&[67], F32), T(&[67], F32)]],
        &[
            &[T(&[3, 5], F32), T(&[5], F32)],
            &[T(&[3, 1], F32), T(&[1, 4], F32)],
            &[T(&[3, 5], F64), T(&[3, 5], F64)],
            &[T(&[3, 5], I64), T(&[3, 5], F32)],
            &[T(&[0, 5], F32), T(&[0, 5], F32)],
            &[Turned(&[3, 5]), T(&[5, 3], F32)],
            &[T(&[3, 5], F32), T(&[4, 5], F32)],
        ],
    );
    check(
        &function(
            "x, a: float, n: int",
            "return torch.where(x > a, x * n, F.gelu(x)), x.clamp(-0.5, 1.0).abs(), (x > 0) & (x < 1)",
        ),
        &[&[T(&[4, 9], F32), F(0.25), I(3)]],
        &[&[T(&[4, 9], F64), F(0.25), I(3)]],
    );
}

#[test]
fn every_activation() {
    for f in [
        "F.relu(x)",
        "F.relu6(x)",
        "F.hardswish(x)",
        "F.hardsigmoid(x)",
        "F.silu(x)",
        "F.gelu(x, approximate='tanh')",
        "F.leaky_relu(x, 0.2)",
        "F.elu(x, 0.7)",
        "F.softplus(x)",
        "F.mish(x)",
        "F.logsigmoid(x)",
        "F.hardtanh(x, -0.3, 0.4)",
        "x.square().rsqrt()",
        "torch.round(x)",
        "x ** 2",
        "x ** 3",
        "torch.log1p(x.abs())",
        "torch.erf(x)",
        "torch.lerp(x, x * 2, 0.3)",
        "torch.maximum(x, -x)",
        "x.pow(2.5)",
        "torch.remainder(x, 0.7)",
        "torch.fmod(x, 0.7)",
        "torch.atan2(x, x + 1)",
        "1 - x",
        "torch.addcmul(x, x, x, value=0.5)",
        "x.floor() + x.ceil()",
    ] {
        check(&function("x", &format!("return {f}")), &[&[T(&[2, 21], F32)]], &[&[T(&[2, 21], F64)]]);
    }
}

#[test]
fn reductions_and_norms() {
    check(
        &function("x", "return F.layer_norm(torch.softmax(x, -1), [40])"),
        &[&[T(&[3, 40], F32)], &[T(&[2, 2, 40], F32)]],
        &[&[T(&[3, 40], F64)], &[Turned(&[40, 3])], &[T(&[3, 39], F32)]],
    );
    for f in [
        "x.sum(-1)",
        "x.mean(-1, keepdim=True)",
        "torch.amax(x, -1)",
        "torch.log_softmax(x, dim=-1)",
        "x.sum()",
        "x.mean()",
        "x.max()",
        "x - x.mean(-1, keepdim=True)",
        "x.var(-1)",
        "x.std(-1, unbiased=False)",
        "F.softmax(x, dim=1)",
        "x.sum(0)",
        "x.mean(1).exp()",
        "torch.softmax(x, 0)",
        "(x * x).sum(-1).sqrt()",
    ] {
        check(&function("x", &format!("return {f}")), &[&[T(&[5, 70], F32)]], &[&[T(&[5, 70], F64)]]);
    }
}

#[test]
fn long_sums() {
    // Axis by axis when the results lie side by side; one axis that is long is summed in doubles.
    for (view, axes, is_wide) in [("70, 70, 5", "[0, 1]", false), ("4900, 5", "[0]", true), ("5, 70, 70", "[1, 2]", true)] {
        let source = function("x", &format!("x = (x + 0.5).view({view})\nreturn x.sum({axes}), x.mean({axes})"));
        check(&source, &[&[T(&[24500], F32)]], &[&[T(&[24500], F64)]]);
        let plans = &build(&source, &[2]).plans;
        assert_eq!(plans.iter().any(|p| p.to_string().contains("f64")), is_wide, "{source}");
    }
}

#[test]
fn views_move_nothing() {
    for f in [
        "(x.transpose(0, 1) + 1).exp()",
        "torch.relu(x[1:3] * 2)",
        "(x[:, 2] + x[:, 3]) * 2",
        "(x.view(2, -1) * 3).tanh()",
        "x.t().contiguous() * 2",
        "(x.unsqueeze(-1) * x.unsqueeze(-2)).sum(-1)",
        "x.flatten(0, 1).exp()",
        "x.unflatten(-1, [2, 3]).transpose(0, 1) + 1",
        "x.unflatten(0, [-1, 2]).sum(0)",
        "x.view(2, 2, 6).transpose(0, 1).contiguous()[1] + 1",
        "x.unflatten(-1, [3, 2]).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()[1].view(2, 4) * 2",
        "x.view(2, 2, 6).transpose(0, 1).contiguous().view(4, 2, 3).transpose(0, 1).exp()",
        "x.view(2, 2, 6).transpose(0, 1).contiguous().view(-1, 8).exp()",
        "x.view(2, 2, 6).transpose(0, 1).reshape(4, 6).sum(0)",
        "x.view(2, 2, 6).permute(1, 0, 2).contiguous().view(2, 4, 3).select(1, 2) * 2",
        "torch.relu(x.t()).softmax(0)",
        "F.layer_norm(x.view(2, 2, 6).transpose(0, 1), [6]).relu()",
        "torch.relu(x.t()).matmul(x).t() * 2",
        "(x.view(2, 2, 6).transpose(0, 1).exp().matmul(x.t())).transpose(0, 1) + 1",
        "x.view(2, 2, 6).transpose(0, 1).exp().matmul(x.t()).view(2, 8).tanh()",
    ] {
        check(
            &function("x", &format!("x = x + 0.5\nx = x.view(4, 6)\nreturn {f}")),
            &[&[T(&[4, 6], F32)]],
            &[&[T(&[4, 6], F64)]],
        );
    }
    check(
        &function("x", "a, b = (x * 2).view(4, 6).chunk(2, 1)\nreturn torch.sigmoid(a) * b"),
        &[&[T(&[4, 6], F32)]],
        &[&[T(&[4, 6], F64)]],
    );
    // A result that shares memory with an argument still does.
    let b = build(&function("x", "y = x * 2\nreturn y + 1, y.view(-1), x.view(-1)"), &[2]);
    let x = values(&[T(&[2, 3], F32)]);
    let out = flat(b.special[0].call(b.function, &x).unwrap());
    assert_eq!(out[2].as_tensor().unwrap().data_ptr(), x[0].as_tensor().unwrap().data_ptr());
}

#[test]
fn writes_to_new_tensors_and_decided_branches() {
    check(
        &function(
            "x",
            "y = x * 2\nF.relu_(y)\ny += 1\nif y.dim() != 2:\n    raise RuntimeError('two dimensions')\nreturn torch.cat([y, x.tanh(), y * y], 1)",
        ),
        &[&[T(&[3, 4], F32)]],
        &[&[T(&[2, 3, 4], F32)], &[T(&[3, 4], F64)]],
    );
    // Views of what is written to see it.
    check(
        &function("x", "y = x.view(2, -1) + 1\nz = y.view(-1)\ny.mul_(2)\nreturn z + 1"),
        &[],
        &[&[T(&[2, 6], F32)], &[T(&[4, 3], F32)]],
    );
    // A write through a place that stands for several elements is seen by all of them.
    check(&function("x", "y = x.sum(0, keepdim=True).expand(2, 3)\ny[1] += 1.5\nreturn y, x * 2"), &[], &[&[T(&[4, 3], F32)]]);
    // What operators return unchanged is what they were given.
    check(
        &function(
            "x",
            "y = x * 2\nz = F.dropout(y, 0.5, False)\nz.clamp_(min=-1.0)\nw = torch.broadcast_tensors(y, x)[0]\nw.add_(1)\nreturn y, w + x",
        ),
        &[],
        &[&[T(&[4, 3], F32)]],
    );
    check(&function("x", "y = x.sum()\nreturn torch.squeeze(y, 0) + x.relu()"), &[&[T(&[4, 3], F32)]], &[]);
    // A list that loops of the region read is made before them.
    check(
        &function("x", "y = F.adaptive_avg_pool2d(x.transpose(1, 2).sum(0, keepdim=True), 1)\nreturn y[:, ::2]"),
        &[],
        &[&[T(&[2, 6, 5], F32)]],
    );
}

const NETWORK: &str = "
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.n = nn.BatchNorm2d(16)
        self.b = nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.c = nn.Conv2d(16, 24, 1, bias=False)
        self.d = nn.Conv2d(24, 20, 3, padding=1)
        self.s = nn.Conv2d(24, 24, 1)
        self.f = nn.Linear(44, 5)
    def forward(self, x):
        x = F.relu(self.n(self.a(x)), inplace=True)
        x = F.max_pool2d(F.hardswish(self.b(x)), 3, 2, 1)
        x = self.c(x)
        x = x * torch.sigmoid(self.s(F.adaptive_avg_pool2d(x, 1)))
        x = torch.cat([x, F.avg_pool2d(self.d(x), 3, 1, 1)], 1)
        return self.f(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))
torch.manual_seed(0)
s = torch.jit.script(Net().eval())
";

const MLP: &str = "
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(19, 40)
        self.b = nn.Linear(40, 40)
        self.c = nn.Linear(40, 3, bias=False)
        self.n = nn.LayerNorm(40)
    def forward(self, x):
        x = F.relu(self.a(x))
        x = self.n(F.gelu(self.b(x)) + x)
        return F.log_softmax(self.c(x), dim=-1)
torch.manual_seed(0)
m = M().eval()
@torch.jit.script
def f(x, w: Tensor):
    return x @ w
";

#[test]
fn what_only_a_list_outside_reads_is_no_input() {
    let class = "class Held:\n    def __init__(self, t: Tensor):\n        self.t = t\n";
    let body = "h = hs[0]\nif n > 0:\n    h = hs[1]\nreturn [x.relu(), (x * 2).relu(), h.t]";
    let inner = format!("def g(hs: List[Held], x: Tensor, n: int):\n    {}", body.replace('\n', "\n    "));
    let outer = function("x, n: int", "return g([Held(x), Held(x + 1)], x, n)");
    check(&format!("{class}{inner}\n{outer}"), &[], &[&[T(&[2, 3], F32), I(1)]]);
}

#[test]
fn products() {
    check(
        &function("x, w", "return torch.relu(x @ w) + 1"),
        &[&[T(&[5, 7], F32), T(&[7, 20], F32)], &[T(&[1, 30], F32), T(&[30, 1], F32)]],
        &[&[T(&[5, 7], F64), T(&[7, 20], F64)], &[T(&[5, 7], F32), T(&[8, 20], F32)]],
    );
    check(
        &function("q, k, v", "return torch.softmax(torch.bmm(q, k.transpose(1, 2)) * 0.125, -1).bmm(v)"),
        &[&[T(&[2, 5, 8], F32), T(&[2, 9, 8], F32), T(&[2, 9, 8], F32)]],
        &[&[T(&[2, 5, 8], F64), T(&[2, 9, 8], F64), T(&[2, 9, 8], F64)]],
    );
}

/// A module's forward with and without plans, which must be one; on tensors of these shapes.
fn module(source: &str, hints: Option<tsaot::types::TensorFacts>, shapes: &[&[i64]], wrong: &[i64]) {
    let mut file = tempfile::NamedTempFile::with_suffix(".py").unwrap();
    write!(file, "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor, nn\n{source}").unwrap();
    let e = evaluate(file.path());
    assert!(e.diagnostics.is_empty(), "{:?}", e.diagnostics);
    let mut program = e.program;
    optimize(&mut program, &mut Switches::default());
    let (function, object) = program
        .exports
        .iter()
        .find_map(|x| match x {
            tsaot::graph::Export::Module { methods, object, .. } => Some((methods[0], *object)),
            _ => None,
        })
        .expect("the module");
    let general = Jit::compile(&program, &e.sources, &[function], &[object]).unwrap();
    let known = lower::Hints::from([(function, vec![None, hints])]);
    let plans = lower::run(&mut program, &[function], &known).plans;
    assert_eq!(plans.len(), 1, "the network is one region");
    let special = Jit::with_plans(&program, &e.sources, &[function], &[object], &plans, 2).unwrap();
    let (a, b) = (general.instance(object).unwrap(), special.instance(object).unwrap());
    for shape in shapes {
        let x = Value::from(tensor(shape, F32, &mut Random(3)));
        let want = general.call(function, &[a.clone(), x.clone()]).unwrap();
        let have = special.call(function, &[b.clone(), x.clone()]).unwrap();
        assert!(close(&data(&have[0]), &data(&want[0])), "{shape:?}\n{:?}\n{:?}", have[0], want[0]);
        if plans[0].inputs.len() == 1
            && let Some(made) = run::plan(&plans[0], &[data(&x)]).unwrap_or_else(|e| panic!("{e}\n{}", plans[0]))
        {
            assert!(close(&made[0], &data(&want[0])), "evaluated {shape:?}\n{:?}\n{:?}", made[0], want[0]);
        }
    }
    let x = Value::from(tensor(wrong, F32, &mut Random(3)));
    let message = |j: &Jit, m: &Value| j.call(function, &[m.clone(), x.clone()]).unwrap_err().message;
    assert_eq!(message(&special, &b), message(&general, &a));
}

#[test]
fn networks_of_any_rank() {
    let source = format!("{MLP}\ns = torch.jit.script(m)\n");
    module(&source, None, &[&[19], &[1, 19], &[7, 19], &[2, 3, 19], &[0, 19]], &[2, 18]);
}

#[test]
fn convolutional_networks() {
    use tsaot::types::{Dim, TensorFacts};
    let shapes: [&[i64]; 3] = [&[1, 3, 32, 40], &[2, 3, 17, 19], &[1, 3, 32, 40]];
    module(NETWORK, None, &shapes, &[1, 4, 32, 40]);
    let dims = Some([1, 3, 32, 40].map(Dim::Const).to_vec());
    let facts = TensorFacts { dtype: Some(tsaot::types::DType::F32), dims, contiguous: true };
    module(NETWORK, Some(facts), &shapes, &[1, 4, 32, 40]);
}

/// A cell in a loop: its region is entered once per step.
#[test]
fn recurrences() {
    let source = "
class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.x2h = nn.Linear(6, 24)
        self.h2h = nn.Linear(8, 24)
    def forward(self, x: Tensor):
        h = torch.zeros(x.size(1), 8)
        for t in range(x.size(0)):
            a, b, c = self.x2h(x[t]).chunk(3, 1)
            d, e, f = self.h2h(h).chunk(3, 1)
            z = torch.sigmoid(b + e)
            h = (1 - z) * torch.tanh(c + torch.sigmoid(a + d) * f) + z * h
        return h
torch.manual_seed(0)
s = torch.jit.script(Cell().eval())
";
    module(source, None, &[&[5, 1, 6], &[3, 4, 6], &[0, 2, 6]], &[5, 1, 7]);
}

#[test]
fn attention() {
    let source = "
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(24, 72)
        self.o = nn.Linear(24, 24)
        self.n = nn.LayerNorm(24)
    def forward(self, x: Tensor):
        B, T, C = x.shape
        q, k, v = self.qkv(self.n(x)).chunk(3, dim=-1)
        q = q.view(B, T, 3, 8).transpose(1, 2)
        k = k.view(B, T, 3, 8).transpose(1, 2)
        v = v.view(B, T, 3, 8).transpose(1, 2)
        y = F.scaled_dot_product_attention(q, k, v)
        return x + self.o(y.transpose(1, 2).reshape(B, T, C))
torch.manual_seed(0)
s = torch.jit.script(Attention().eval())
";
    module(source, None, &[&[2, 5, 24], &[1, 33, 24]], &[2, 5, 23]);
}

#[test]
fn triangles_and_causal_attention() {
    for f in [
        "torch.tril(x + 1)",
        "(x * 2).triu(1)",
        "torch.tril(x > 0).to(torch.float32) + x",
        "x.masked_fill(torch.ones(x.size(0), x.size(1), dtype=torch.bool).triu(1), -2.0)",
        "x + torch.arange(x.size(1)) * 2",
        "x * torch.arange(1, x.size(0) + 1, dtype=torch.float32).unsqueeze(1)",
        "(x + torch.full_like(x, 0.5)).tril(-1).sum(1)",
        "torch.softmax(x + torch.triu(torch.full([x.size(0), x.size(1)], float('-inf')), diagonal=1), -1)",
    ] {
        check(&function("x", &format!("x = x.exp()\nreturn {f}")), &[&[T(&[5, 7], F32)], &[T(&[19, 19], F32)]], &[]);
    }
    let shapes: &[&[In]] = &[
        &[T(&[2, 3, 5, 8], F32), T(&[2, 3, 9, 8], F32), T(&[2, 3, 9, 8], F32)],
        &[T(&[1, 2, 33, 16], F32), T(&[1, 2, 33, 16], F32), T(&[1, 2, 33, 16], F32)],
    ];
    for (shape, size) in shapes.iter().zip([8, 16]) {
        let view = format!("q, k, v = [t.view(t.size(0), t.size(1), t.size(2), {size}) * 2 for t in [q, k, v]]");
        let source = function("q, k, v", &format!("{view}\nreturn F.scaled_dot_product_attention(q, k, v, is_causal=True)"));
        check(&source, &[shape], &[]);
    }
    let b = function("m, q, k", "return torch.baddbmm(m, q, k.transpose(1, 2)).softmax(-1)");
    check(
        &b,
        &[&[T(&[2, 5, 6], F32), T(&[2, 5, 8], F32), T(&[2, 6, 8], F32)]],
        &[&[T(&[5, 6], F32), T(&[2, 5, 8], F32), T(&[2, 6, 8], F32)]],
    );
}

/// What only tensors and text decide is decided when the region is formed: the whole encoder is one.
#[test]
fn encoders() {
    use tsaot::types::{Dim, TensorFacts};
    for (make, norm) in [("activation='gelu', batch_first=True", false), ("batch_first=False, norm_first=True", true)] {
        let source = format!(
            "
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 2, 24, {make})
        self.layers = nn.TransformerEncoder(layer, 2, {}, enable_nested_tensor=False)
    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
torch.manual_seed(0)
s = torch.jit.script(Encoder().eval())
",
            if norm { "nn.LayerNorm(16)" } else { "None" }
        );
        let shapes: [&[i64]; 4] = [&[1, 5, 16], &[3, 4, 16], &[2, 1, 16], &[4, 16]];
        module(&source, None, &shapes, &[2, 5, 15]);
        let dims = Some(vec![Dim::Const(1), Dim::Const(5), Dim::Const(16)]);
        let facts = TensorFacts { dtype: Some(tsaot::types::DType::F32), dims, contiguous: true };
        module(&source, Some(facts), &shapes, &[2, 5, 15]);
    }
}

/// What may be left out is expected to be, and flags to be as by default; anything else runs without plans.
#[test]
fn optional_inputs() {
    let attend =
        "x = x + 0.5\nif mask is not None:\n    x = x + mask\nif twice:\n    x = x * 2\nreturn torch.softmax(x.exp(), -1)";
    let source = function("x, mask: Optional[Tensor] = None, twice: bool = True", attend);
    let b = build(&source, &[2]);
    assert_eq!(b.plans.len(), 1, "{source}");
    let x = values(&[T(&[3, 5], F32), T(&[3, 5], F32)]);
    for (mask, twice) in [(Value::none(), true), (Value::none(), false), (x[1].clone(), true), (x[1].clone(), false)] {
        let args = [x[0].clone(), mask, Value::bool(twice)];
        let [want, have] = [&b.general, &b.special[0]].map(|j| data(&flat(j.call(b.function, &args).unwrap())[0]));
        assert!(close(&have, &want), "{twice} {have:?}, not {want:?}");
    }
    let made = run::plan(&b.plans[0], &[data(&x[0]), Data::None, Data::Number(Num::I(1))]).unwrap().unwrap();
    let want = b.general.call(b.function, &[x[0].clone(), Value::none(), Value::bool(true)]).unwrap();
    assert!(close(&made[0], &data(&want[0])));
    assert!(run::plan(&b.plans[0], &[data(&x[0]), Data::None, Data::Number(Num::I(0))]).unwrap().is_none());
}

/// One object twice is not two tensors.
#[test]
fn the_same_object() {
    let b = build(&function("x, y", "if x is y:\n    return x.exp() + 1\nreturn x.exp() * y"), &[2]);
    assert_eq!(b.plans.len(), 1);
    let x = values(&[T(&[3, 5], F32), T(&[3, 5], F32)]);
    for args in [[x[0].clone(), x[1].clone()], [x[0].clone(), x[0].clone()]] {
        let [want, have] = [&b.general, &b.special[0]].map(|j| data(&flat(j.call(b.function, &args).unwrap())[0]));
        assert!(close(&have, &want), "{have:?}, not {want:?}");
    }
}

#[test]
fn types_are_kept() {
    for (f, ty) in
        [("x + 1", I64), ("x * 2 - x", I64), ("x > 0", F64), ("x.logical_not()", Bool), ("x / 2", I64), ("x.sum()", DType::U8)]
    {
        check(&function("x", &format!("return {f}")), &[], &[&[T(&[3, 4], ty)]]);
    }
}
