//! Runs a kernel element by element, in order: the reference that compiled kernels are compared with.

use super::ir::*;

/// A number of any type: floats as f64 (an f32 is exactly representable), integers and bools as i64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Num {
    I(i64),
    F(f64),
}

impl Num {
    fn f(self) -> f64 {
        match self {
            Num::F(x) => x,
            Num::I(n) => n as f64,
        }
    }

    fn i(self) -> i64 {
        match self {
            Num::I(n) => n,
            Num::F(x) => x as i64,
        }
    }

    /// Rounded or wrapped to a type.
    pub fn to(self, ty: Ty) -> Num {
        match (ty, self) {
            (Ty::F32, n) => Num::F(n.f() as f32 as f64),
            (Ty::F64, n) => Num::F(n.f()),
            (Ty::Bool, Num::F(x)) => Num::I((x != 0.0) as i64),
            (Ty::Bool, Num::I(n)) => Num::I((n != 0) as i64),
            (Ty::U8, n) => Num::I(n.i() as u8 as i64),
            (Ty::I8, n) => Num::I(n.i() as i8 as i64),
            (Ty::I16, n) => Num::I(n.i() as i16 as i64),
            (Ty::I32, n) => Num::I(n.i() as i32 as i64),
            (Ty::I64, n) => Num::I(n.i()),
        }
    }
}

/// What a kernel is run on: the buffers' elements as they lie in memory, sizes and parameters.
pub struct Machine {
    pub symbols: Vec<i64>,
    pub params: Vec<Num>,
    pub buffers: Vec<Vec<Num>>,
}

/// Runs a verified kernel. An index outside a buffer is an error that names it.
pub fn run(k: &Kernel, m: &mut Machine) -> Result<(), String> {
    let mut e = Eval { k, m, regs: vec![Num::I(0); k.types.len()], vars: vec![0; k.vars.len()] };
    e.block(&k.body)
}

struct Eval<'a> {
    k: &'a Kernel,
    m: &'a mut Machine,
    regs: Vec<Num>,
    vars: Vec<i64>,
}

#[link(name = "m")]
unsafe extern "C" {
    safe fn erf(x: f64) -> f64;
}

impl Eval<'_> {
    fn extent(&self, e: Extent) -> i64 {
        match e {
            Extent::Const(n) => n,
            Extent::Sym(s) => self.m.symbols[s.0 as usize],
        }
    }

    fn position(&self, index: &Index) -> i64 {
        index.offset + index.terms.iter().map(|(v, c)| c * self.vars[v.0 as usize]).sum::<i64>()
    }

    fn inside(&self, b: BufferId, at: &[Index]) -> bool {
        at.iter().zip(&self.k.buffer(b).dims).all(|(i, d)| (0..self.extent(*d)).contains(&self.position(i)))
    }

    fn place(&self, b: BufferId, at: &[Index]) -> Result<usize, String> {
        let mut offset = 0;
        for (d, (index, stride)) in at.iter().zip(self.k.strides(b)).enumerate() {
            let i = self.position(index);
            let stride = stride.iter().map(|e| self.extent(*e)).product::<i64>();
            offset += match self.k.buffer(b).strides {
                Strides::Panels { width, .. } if d + 1 == at.len() => {
                    i.div_euclid(width as i64) * stride + i.rem_euclid(width as i64)
                }
                _ => i * stride,
            };
        }
        let n = self.m.buffers[b.0 as usize].len();
        match usize::try_from(offset) {
            Ok(i) if i < n => Ok(i),
            _ => Err(format!("{}: element {offset} of {n}", self.k.buffer(b).name)),
        }
    }

    fn block(&mut self, body: &[Stmt]) -> Result<(), String> {
        for s in body {
            match s {
                Stmt::Let(r, op) => self.regs[r.0 as usize] = self.op(self.k.ty(*r), op)?,
                Stmt::Store(b, at, r) => {
                    let i = self.place(*b, at)?;
                    self.m.buffers[b.0 as usize][i] = self.regs[r.0 as usize];
                }
                Stmt::For(l) => {
                    let mut accs: Vec<Num> = l.accs.iter().map(|a| empty(a.fold, self.k.ty(a.result))).collect();
                    for i in 0..self.extent(l.extent) {
                        self.vars[l.var.0 as usize] = i;
                        self.block(&l.body)?;
                        for (acc, a) in accs.iter_mut().zip(&l.accs) {
                            let op = match a.fold {
                                Fold::Sum => BinOp::Add,
                                Fold::Prod => BinOp::Mul,
                                Fold::Max => BinOp::Max,
                                Fold::Min => BinOp::Min,
                            };
                            // Floats are folded in double precision: the exact result, for comparison.
                            let ty = if self.k.ty(a.result) == Ty::F32 { Ty::F64 } else { self.k.ty(a.result) };
                            *acc = binary(op, ty, *acc, self.regs[a.value.0 as usize]);
                        }
                    }
                    for (acc, a) in accs.into_iter().zip(&l.accs) {
                        self.regs[a.result.0 as usize] = acc.to(self.k.ty(a.result));
                    }
                }
            }
        }
        Ok(())
    }

    fn op(&self, ty: Ty, op: &Op) -> Result<Num, String> {
        let r = |r: Reg| self.regs[r.0 as usize];
        Ok(match op {
            Op::Const(Number::Bool(b)) => Num::I(*b as i64),
            Op::Const(Number::Int(n)) => Num::I(*n).to(ty),
            Op::Const(Number::Float(x)) => Num::F(*x).to(ty),
            Op::Param(p) => self.m.params[*p as usize].to(ty),
            Op::Load(b, at) => self.m.buffers[b.0 as usize][self.place(*b, at)?],
            Op::Pad(b, at, other) if !self.inside(*b, at) => r(*other),
            Op::Pad(b, at, _) => self.m.buffers[b.0 as usize][self.place(*b, at)?],
            Op::Un(op, a) => unary(*op, self.k.ty(*a), r(*a)),
            Op::Bin(op, a, b) => binary(*op, ty, r(*a), r(*b)),
            Op::Cmp(c, a, b) => Num::I(compare(*c, r(*a), r(*b)) as i64),
            Op::Fma(a, b, c) => Num::F(r(*a).f().mul_add(r(*b).f(), r(*c).f())).to(ty),
            Op::Select(c, a, b) => r(if r(*c).i() != 0 { *a } else { *b }),
            Op::Cast(a) => r(*a).to(ty),
            Op::At(v) => Num::I(self.vars[v.0 as usize]),
        })
    }
}

/// What a fold over nothing gives.
fn empty(fold: Fold, ty: Ty) -> Num {
    let (least, most) = match ty {
        Ty::U8 | Ty::Bool => (0, u8::MAX as i64),
        Ty::I8 => (i8::MIN as i64, i8::MAX as i64),
        Ty::I16 => (i16::MIN as i64, i16::MAX as i64),
        Ty::I32 => (i32::MIN as i64, i32::MAX as i64),
        _ => (i64::MIN, i64::MAX),
    };
    match (fold, ty.is_float()) {
        (Fold::Sum, true) => Num::F(0.0),
        (Fold::Prod, true) => Num::F(1.0),
        (Fold::Max, true) => Num::F(f64::NEG_INFINITY),
        (Fold::Min, true) => Num::F(f64::INFINITY),
        (Fold::Sum, false) => Num::I(0),
        (Fold::Prod, false) => Num::I(1),
        (Fold::Max, false) => Num::I(least),
        (Fold::Min, false) => Num::I(most),
    }
}

fn compare(c: Cmp, a: Num, b: Num) -> bool {
    let order = match (a, b) {
        (Num::I(a), Num::I(b)) => Some(a.cmp(&b)),
        _ => a.f().partial_cmp(&b.f()),
    };
    use std::cmp::Ordering::*;
    match c {
        Cmp::Eq => order == Some(Equal),
        Cmp::Ne => order != Some(Equal),
        Cmp::Lt => order == Some(Less),
        Cmp::Le => matches!(order, Some(Less | Equal)),
        Cmp::Gt => order == Some(Greater),
        Cmp::Ge => matches!(order, Some(Greater | Equal)),
    }
}

fn unary(op: UnOp, ty: Ty, a: Num) -> Num {
    let x = match a {
        Num::I(n) => {
            let n = match op {
                UnOp::Neg => n.wrapping_neg(),
                UnOp::Abs => n.wrapping_abs(),
                UnOp::Sign => n.signum(),
                UnOp::Not if ty == Ty::Bool => 1 - n,
                UnOp::Not => !n,
                _ => n,
            };
            return Num::I(n).to(ty);
        }
        Num::F(x) => x,
    };
    let y = match op {
        UnOp::IsNan => return Num::I(x.is_nan() as i64),
        UnOp::IsInf => return Num::I(x.is_infinite() as i64),
        UnOp::Neg => -x,
        UnOp::Abs => x.abs(),
        UnOp::Sign => {
            if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                0.0
            }
        }
        UnOp::Not => x,
        UnOp::Exp => x.exp(),
        UnOp::Log => x.ln(),
        UnOp::Log1p => x.ln_1p(),
        UnOp::Expm1 => x.exp_m1(),
        UnOp::Log2 => x.log2(),
        UnOp::Log10 => x.log10(),
        UnOp::Exp2 => x.exp2(),
        UnOp::Tanh => x.tanh(),
        UnOp::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        UnOp::Erf => erf(x),
        UnOp::Sqrt => x.sqrt(),
        UnOp::Rsqrt => 1.0 / x.sqrt(),
        UnOp::Recip => 1.0 / x,
        UnOp::Sin => x.sin(),
        UnOp::Cos => x.cos(),
        UnOp::Floor => x.floor(),
        UnOp::Ceil => x.ceil(),
        UnOp::Round => x.round_ties_even(),
        UnOp::Trunc => x.trunc(),
    };
    Num::F(y).to(ty)
}

fn binary(op: BinOp, ty: Ty, a: Num, b: Num) -> Num {
    if let (Num::I(a), Num::I(b)) = (a, b) {
        let n = match op {
            BinOp::Add => a.wrapping_add(b),
            BinOp::Sub => a.wrapping_sub(b),
            BinOp::Mul => a.wrapping_mul(b),
            BinOp::Div | BinOp::Rem | BinOp::FloorDiv | BinOp::Mod if b == 0 => 0,
            BinOp::Div => a.wrapping_div(b),
            BinOp::Rem => a.wrapping_rem(b),
            BinOp::FloorDiv => a.wrapping_div(b) - (a.wrapping_rem(b) != 0 && (a < 0) != (b < 0)) as i64,
            BinOp::Mod => {
                let r = a.wrapping_rem(b);
                if r != 0 && (r < 0) != (b < 0) { r + b } else { r }
            }
            BinOp::Min => a.min(b),
            BinOp::Max => a.max(b),
            BinOp::And => a & b,
            BinOp::Or => a | b,
            BinOp::Xor => a ^ b,
            BinOp::Pow | BinOp::Atan2 => 0,
        };
        return Num::I(n).to(ty);
    }
    let (x, y) = (a.f(), b.f());
    let nan = x.is_nan() || y.is_nan();
    let z = match op {
        BinOp::Add => x + y,
        BinOp::Sub => x - y,
        BinOp::Mul => x * y,
        BinOp::Div => x / y,
        BinOp::Rem => x % y,
        BinOp::Mod => {
            let r = x % y;
            if r != 0.0 && (r < 0.0) != (y < 0.0) { r + y } else { r }
        }
        BinOp::Min | BinOp::Max if nan => f64::NAN,
        BinOp::Min => x.min(y),
        BinOp::Max => x.max(y),
        BinOp::Pow => x.powf(y),
        BinOp::Atan2 => x.atan2(y),
        BinOp::And | BinOp::Or | BinOp::Xor | BinOp::FloorDiv => 0.0,
    };
    Num::F(z).to(ty)
}
