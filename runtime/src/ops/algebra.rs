//! Arithmetic on tensors for operators that are made of others.

use super::binary::{Add, Div, Mul};
use crate::kernel::{NONE, Op, apply, params};
use crate::rows::{Folds, fold, wrap_dims};
use crate::{DType, Result, Scalar, Tensor};

impl Tensor {
    pub(crate) fn plus(&self, o: &Tensor) -> Result<Tensor> {
        apply::<Add, 2>([self, o], params([Scalar::Int(1)]))
    }
    pub(crate) fn minus(&self, o: &Tensor) -> Result<Tensor> {
        apply::<Add, 2>([self, o], params([Scalar::Int(-1)]))
    }
    pub(crate) fn times(&self, o: &Tensor) -> Result<Tensor> {
        apply::<Mul, 2>([self, o], NONE)
    }
    pub(crate) fn divided(&self, o: &Tensor) -> Result<Tensor> {
        apply::<Div, 2>([self, o], NONE)
    }
    /// `self + k`
    pub(crate) fn shifted(&self, k: f64) -> Result<Tensor> {
        self.plus(&Tensor::wrapped(Scalar::Float(k))?)
    }
    /// `self * k`
    pub(crate) fn scaled(&self, k: f64) -> Result<Tensor> {
        self.times(&Tensor::wrapped(Scalar::Float(k))?)
    }
    pub(crate) fn map<F: Op<1>>(&self) -> Result<Tensor> {
        apply::<F, 1>([self], NONE)
    }
    pub(crate) fn with<F: Op<2>>(&self, o: &Tensor) -> Result<Tensor> {
        apply::<F, 2>([self, o], NONE)
    }
    /// `F(self, k)`
    pub(crate) fn with_number<F: Op<2>>(&self, k: f64) -> Result<Tensor> {
        apply::<F, 2>([self, &Tensor::wrapped(Scalar::Float(k))?], NONE)
    }
    /// Folds dimensions (all when none are given), keeping the type.
    pub(crate) fn folded(&self, f: &Folds, dims: &[i64], keepdim: bool) -> Result<Tensor> {
        let d = self.dtype();
        fold(self, f, &wrap_dims(Some(dims), self.dim())?, keepdim, d, d, [0.0; 2])
    }
    /// Sum over dimensions (all when none are given); integers give int64.
    pub(crate) fn summed(&self, dims: &[i64], keepdim: bool) -> Result<Tensor> {
        let d = self.dtype();
        let out = if d.is_int() || d == DType::Bool { DType::I64 } else { d };
        fold(self, &super::reduce::SUM, &wrap_dims(Some(dims), self.dim())?, keepdim, d, out, [0.0; 2])
    }
}
