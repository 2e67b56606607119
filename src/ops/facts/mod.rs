//! What is known of an operator's results from what is known of its arguments: element types, ranks, sizes.
//!
//! A rule may always know less than is true, never more. In-place operators need no rule: their result is their argument.

pub mod shapes;

use super::schema::Schema;
use crate::types::{DType, Dim, TensorFacts, Type};

/// What is known of an argument. A number without value is known by its type only.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Known {
    #[default]
    Unknown,
    None,
    Tensor(TensorFacts),
    Bool(Option<bool>),
    Int(Option<i64>),
    Float(Option<f64>),
    Complex,
    Str(Option<String>),
    /// `int[]` of known length.
    Ints(Vec<Dim>),
    /// `Tensor[]` of known length.
    Tensors(Vec<TensorFacts>),
}

impl Known {
    /// What the type alone says.
    pub fn of_type(ty: &Type) -> Known {
        match ty {
            Type::None => Known::None,
            Type::Tensor => Known::Tensor(TensorFacts::default()),
            Type::Bool => Known::Bool(None),
            Type::Int => Known::Int(None),
            Type::Float => Known::Float(None),
            Type::Complex => Known::Complex,
            Type::Str => Known::Str(None),
            _ => Known::Unknown,
        }
    }
}

/// A call whose results are asked for.
pub struct Call<'a> {
    pub schema: &'a Schema,
    pub args: &'a [Known],
}

/// Infers the results: at most one entry per result, the rest is unknown.
pub type FactsRule = fn(&Call) -> Vec<TensorFacts>;

/// The type of float tensors made without a dtype. Programs that change it pass their own.
const DEFAULT_FLOAT: DType = DType::F32;

impl<'a> Call<'a> {
    pub fn arg(&self, name: &str) -> &'a Known {
        const UNKNOWN: &Known = &Known::Unknown;
        self.schema.param(name).and_then(|i| self.args.get(i)).unwrap_or(UNKNOWN)
    }

    pub fn tensor(&self, name: &str) -> Option<&'a TensorFacts> {
        match self.arg(name) {
            Known::Tensor(t) => Some(t),
            _ => None,
        }
    }

    /// The first argument that is a tensor.
    pub fn first(&self) -> Option<&'a TensorFacts> {
        self.args.iter().find_map(|a| if let Known::Tensor(t) = a { Some(t) } else { None })
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        match self.arg(name) {
            Known::Int(n) => *n,
            _ => None,
        }
    }

    /// A bool argument's value; `None` when it is not known.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.arg(name) {
            Known::Bool(b) => *b,
            _ => None,
        }
    }

    /// A list of ints whose values are known; one int stands for a list of it.
    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        match self.arg(name) {
            Known::Ints(d) => d.iter().map(|d| d.as_const()).collect(),
            Known::Int(Some(n)) => Some(vec![*n]),
            _ => None,
        }
    }

    /// The `dtype` argument: `Err` when it is given but not known.
    pub fn dtype(&self) -> Result<Option<DType>, ()> {
        match self.arg("dtype") {
            Known::None => Ok(None),
            Known::Int(Some(n)) => DType::from_number(*n).map(Some).ok_or(()),
            Known::Unknown if self.schema.param("dtype").is_none() => Ok(None),
            _ => Err(()),
        }
    }
}

/// Nothing is known.
pub fn unknown(_: &Call) -> Vec<TensorFacts> {
    vec![]
}

/// The result is like the first tensor.
pub fn same(c: &Call) -> Vec<TensorFacts> {
    c.first().cloned().into_iter().collect()
}

/// `torch.promote_types`.
pub fn promote_types(a: DType, b: DType) -> Option<DType> {
    use DType::*;
    if a == b {
        return Some(a);
    }
    let class = |d: DType| match d {
        Bool => 0,
        d if d.is_float() => 2,
        d if d.is_complex() => 3,
        _ => 1,
    };
    let (ca, cb) = (class(a), class(b));
    if ca == 3 || cb == 3 {
        let part = |d: DType| match d {
            C64 => F32,
            C128 => F64,
            C32 => F16,
            d if d.is_float() => d,
            _ => F16,
        };
        return Some(match promote_types(part(a), part(b))? {
            F64 => C128,
            F16 => C32,
            _ => C64,
        });
    }
    Some(match ca.cmp(&cb) {
        std::cmp::Ordering::Less => b,
        std::cmp::Ordering::Greater => a,
        std::cmp::Ordering::Equal if ca == 2 => {
            if a == F64 || b == F64 {
                F64
            } else {
                F32
            }
        }
        std::cmp::Ordering::Equal => {
            if matches!(a, U16 | U32 | U64) || matches!(b, U16 | U32 | U64) {
                return None;
            }
            match (a, b) {
                (U8, I8) | (I8, U8) => I16,
                (x, y) if x.size() >= y.size() => x,
                (_, y) => y,
            }
        }
    })
}

/// The dtype that tensors and numbers promote to (`torch.result_type`); `None` when something needed is not known.
pub fn result_type(operands: &[&Known]) -> Option<DType> {
    // By priority: tensors with dimensions, 0-dim tensors, numbers.
    let mut levels: [Option<DType>; 3] = [None; 3];
    for k in operands {
        let (level, dtype) = match k {
            Known::Tensor(t) => ((t.rank()? == 0) as usize, t.dtype?),
            Known::Bool(_) => (2, DType::Bool),
            Known::Int(_) => (2, DType::I64),
            Known::Float(_) => (2, DEFAULT_FLOAT),
            Known::Complex => (2, DType::C64),
            Known::None => continue,
            _ => return None,
        };
        levels[level] = Some(levels[level].map_or(Some(dtype), |d| promote_types(d, dtype))?);
    }
    let class = |d: DType| {
        if d == DType::Bool {
            0
        } else if d.is_complex() {
            3
        } else if d.is_float() {
            2
        } else {
            1
        }
    };
    levels.into_iter().flatten().try_fold(None, |high: Option<DType>, low| match high {
        Some(h) if class(h) >= class(low) => Some(Some(h)),
        Some(h) => promote_types(h, low).map(Some),
        None => Some(Some(low)),
    })?
}

/// Tensors all of one dtype promote to it whatever their ranks.
fn uniform(operands: &[&Known]) -> Option<DType> {
    let mut dtype = None;
    for k in operands {
        match k {
            Known::Tensor(t) if dtype.is_none_or(|d| Some(d) == t.dtype) => dtype = Some(t.dtype?),
            Known::Tensor(_) => return None,
            Known::None => {}
            // A number changes nothing of a float tensor, nor an int of an int tensor.
            Known::Bool(_) | Known::Int(_) | Known::Float(_) => {}
            _ => return None,
        }
    }
    let d = dtype?;
    let fits = operands.iter().all(|k| match k {
        Known::Float(_) => d.is_float() || d.is_complex(),
        Known::Int(_) => d != DType::Bool,
        _ => true,
    });
    fits.then_some(d)
}

/// The common shape under broadcasting, `None` when a rank is not known.
pub fn broadcast(shapes: &[Option<&Vec<Dim>>]) -> Option<Vec<Dim>> {
    let mut out: Vec<Dim> = vec![];
    for s in shapes {
        let s = (*s)?;
        while out.len() < s.len() {
            out.insert(0, Dim::Const(1));
        }
        let skip = out.len() - s.len();
        for (o, d) in out[skip..].iter_mut().zip(s) {
            *o = match (*o, *d) {
                (a, b) if a == b && a != Dim::Unknown => a,
                (Dim::Const(1), d) => d,
                (o, Dim::Const(1)) => o,
                // The other one is 1 or the same.
                (Dim::Const(n), _) | (_, Dim::Const(n)) => Dim::Const(n),
                _ => Dim::Unknown,
            };
        }
    }
    Some(out)
}

/// Parameters that do not take part in promotion.
const APART: [&str; 12] =
    ["alpha", "value", "beta", "condition", "dtype", "out", "eps", "approximate", "rtol", "atol", "rounding_mode", "decimals"];

fn operands<'a>(c: &Call<'a>) -> Vec<&'a Known> {
    let params = c.schema.params.iter().zip(c.args);
    params.filter(|(p, _)| !APART.contains(&&*p.name)).map(|(_, a)| a).collect()
}

/// Shape and layout of a pointwise result of that dtype.
fn pointwise_of(c: &Call, dtype: Option<DType>) -> Vec<TensorFacts> {
    let tensors: Vec<&TensorFacts> =
        c.args.iter().filter_map(|a| if let Known::Tensor(t) = a { Some(t) } else { None }).collect();
    let dims = broadcast(&tensors.iter().map(|t| t.dims.as_ref()).collect::<Vec<_>>());
    let whole = |t: &&TensorFacts| t.contiguous && t.dims == dims || t.rank() == Some(0);
    let contiguous = dims.as_ref().is_some_and(|d| !d.contains(&Dim::Unknown)) && tensors.iter().all(whole);
    vec![TensorFacts { dtype, dims, contiguous }]
}

fn promoted(c: &Call) -> Option<DType> {
    let ops = operands(c);
    uniform(&ops).or_else(|| result_type(&ops))
}

/// Pointwise, of the promoted type: `add`, `mul`, `relu`.
pub fn promote(c: &Call) -> Vec<TensorFacts> {
    pointwise_of(c, promoted(c))
}

/// Pointwise, integers become floats: `exp`, `div`.
pub fn float(c: &Call) -> Vec<TensorFacts> {
    let float = |d: DType| if d.is_float() || d.is_complex() { d } else { DEFAULT_FLOAT };
    pointwise_of(c, promoted(c).map(float))
}

/// Pointwise, of bool: `eq`, `isnan`.
pub fn boolean(c: &Call) -> Vec<TensorFacts> {
    pointwise_of(c, Some(DType::Bool))
}

/// Pointwise, complex becomes real: `abs`.
pub fn real(c: &Call) -> Vec<TensorFacts> {
    let real = |d: DType| match d {
        DType::C32 => DType::F16,
        DType::C64 => DType::F32,
        DType::C128 => DType::F64,
        d => d,
    };
    pointwise_of(c, promoted(c).map(real))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::by_full_name;

    fn t(dtype: DType, dims: &[i64]) -> Known {
        let dims = Some(dims.iter().map(|&n| Dim::Const(n)).collect());
        Known::Tensor(TensorFacts { dtype: Some(dtype), dims, contiguous: true })
    }

    fn infer(op: &str, args: &[Known]) -> Known {
        Known::Tensor(by_full_name(op).and_then(|o| o.infer(args).into_iter().next()).unwrap_or_default())
    }

    #[test]
    fn promotes() {
        use DType::*;
        let one = Known::Int(Some(1));
        assert_eq!(infer("aten::add.Tensor", &[t(F32, &[2, 3]), t(F32, &[2, 3]), one.clone()]), t(F32, &[2, 3]));
        let half = infer("aten::add.Scalar", &[t(I64, &[2]), Known::Float(Some(0.5)), one.clone()]);
        assert_eq!(half, t(F32, &[2]));
        assert_eq!(infer("aten::div.Tensor", &[t(I32, &[2]), t(I64, &[])]), t(F32, &[2]));
        assert_eq!(infer("aten::mul.Tensor", &[t(U8, &[2]), t(I64, &[])]), t(U8, &[2]));
        assert_eq!(infer("aten::gt.Scalar", &[t(U8, &[2]), one]), t(Bool, &[2]));
    }
}
