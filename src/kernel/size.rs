//! Sizes that are known when a plan runs: polynomials over what its inputs tell.
//!
//! A size is kept in one normal form, so that two sizes are equal whenever their polynomials are: that is how strides are found to be
//! contiguous, loops to be one, and shapes to agree, without knowing a number.

use std::fmt::{self, Display, Formatter};

/// What a size is computed from, besides constants.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Atom {
    /// A dimension of an input, counted from its last.
    Dim(u32, u32),
    /// The product of all dimensions of an input but the last few.
    Rows(u32, u32),
    /// An input that is an int.
    Int(u32),
    /// A quotient, rounded down; the divisor is positive.
    Div(Box<Size>, Box<Size>),
}

/// A sum of products of atoms: factors (sorted) and coefficient of each, sorted, none of them zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size(Vec<(Vec<Atom>, i64)>);

impl From<i64> for Size {
    fn from(n: i64) -> Size {
        Size(if n == 0 { vec![] } else { vec![(vec![], n)] })
    }
}

impl From<Atom> for Size {
    fn from(a: Atom) -> Size {
        Size(vec![(vec![a], 1)])
    }
}

impl Size {
    pub fn as_const(&self) -> Option<i64> {
        match &self.0[..] {
            [] => Some(0),
            [(factors, n)] if factors.is_empty() => Some(*n),
            _ => None,
        }
    }

    pub fn is(&self, n: i64) -> bool {
        self.as_const() == Some(n)
    }

    /// The atom that the size is.
    pub fn as_atom(&self) -> Option<&Atom> {
        match &self.0[..] {
            [(factors, 1)] if factors.len() == 1 => Some(&factors[0]),
            _ => None,
        }
    }

    pub fn terms(&self) -> &[(Vec<Atom>, i64)] {
        &self.0
    }

    fn of(mut terms: Vec<(Vec<Atom>, i64)>) -> Size {
        terms.sort();
        let mut out: Vec<(Vec<Atom>, i64)> = vec![];
        for (factors, n) in terms {
            match out.last_mut() {
                Some(last) if last.0 == factors => last.1 = last.1.wrapping_add(n),
                _ => out.push((factors, n)),
            }
        }
        out.retain(|t| t.1 != 0);
        Size(out)
    }

    pub fn plus(&self, other: &Size) -> Size {
        Size::of(self.0.iter().chain(&other.0).cloned().collect())
    }

    pub fn minus(&self, other: &Size) -> Size {
        self.plus(&other.times(&Size::from(-1)))
    }

    pub fn times(&self, other: &Size) -> Size {
        let mut out = vec![];
        for (f, n) in &self.0 {
            for (g, m) in &other.0 {
                let mut factors = [&f[..], &g[..]].concat();
                factors.sort();
                out.push((factors, n.wrapping_mul(*m)));
            }
        }
        Size::of(out)
    }

    /// The exact quotient by a single product, when every term has it.
    pub fn quotient(&self, by: &Size) -> Option<Size> {
        let [(factors, n)] = &by.0[..] else { return None };
        let mut out = vec![];
        for (f, m) in &self.0 {
            let mut left = f.clone();
            for a in factors {
                left.remove(left.iter().position(|x| x == a)?);
            }
            if m % n != 0 {
                return None;
            }
            out.push((left, m / n));
        }
        Some(Size::of(out))
    }

    /// `self / by` rounded down; `by` must be positive.
    pub fn floor_div(&self, by: &Size) -> Size {
        if let (Some(a), Some(b)) = (self.as_const(), by.as_const())
            && b > 0
        {
            return a.div_euclid(b).into();
        }
        self.quotient(by).unwrap_or_else(|| Atom::Div(Box::new(self.clone()), Box::new(by.clone())).into())
    }

    /// Rounded up to a multiple.
    pub fn round_up(&self, n: i64) -> Size {
        self.plus(&Size::from(n - 1)).floor_div(&Size::from(n)).times(&Size::from(n))
    }

    /// With atoms replaced.
    pub fn replace(&self, f: &dyn Fn(&Atom) -> Option<Size>) -> Size {
        let mut out = Size::default();
        for (factors, n) in &self.0 {
            let mut product = Size::from(*n);
            for a in factors {
                let new = match (f(a), a) {
                    (Some(s), _) => s,
                    (None, Atom::Div(x, y)) => x.replace(f).floor_div(&y.replace(f)),
                    (None, a) => a.clone().into(),
                };
                product = product.times(&new);
            }
            out = out.plus(&product);
        }
        out
    }

    /// Every atom, those inside quotients too.
    pub fn atoms(&self) -> Vec<Atom> {
        let mut out = vec![];
        for a in self.0.iter().flat_map(|t| &t.0) {
            out.push(a.clone());
            if let Atom::Div(x, y) = a {
                out.extend(x.atoms());
                out.extend(y.atoms());
            }
        }
        out
    }

    pub fn product<'a>(sizes: impl IntoIterator<Item = &'a Size>) -> Size {
        sizes.into_iter().fold(Size::from(1), |a, b| a.times(b))
    }

    /// Its number, when `atom` gives the input's.
    pub fn value(&self, atom: &dyn Fn(&Atom) -> i64) -> i64 {
        let of = |a: &Atom| match a {
            Atom::Div(x, y) => x.value(atom).div_euclid(y.value(atom).max(1)),
            a => atom(a),
        };
        self.0.iter().map(|(f, n)| f.iter().fold(*n, |p, a| p.wrapping_mul(of(a)))).fold(0, i64::wrapping_add)
    }
}

impl Display for Atom {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Atom::Dim(i, back) => write!(f, "d{i}.{}", back + 1),
            Atom::Rows(i, tail) => write!(f, "rows{i}.{tail}"),
            Atom::Int(i) => write!(f, "n{i}"),
            Atom::Div(a, b) => {
                let factor = |s: &Size| if s.0.len() > 1 { format!("({s})") } else { s.to_string() };
                write!(f, "({} / {})", factor(a), factor(b))
            }
        }
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("0");
        }
        for (i, (factors, n)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" + ")?;
            }
            let mut parts: Vec<String> = factors.iter().map(Atom::to_string).collect();
            if *n != 1 || parts.is_empty() {
                parts.insert(0, n.to_string());
            }
            f.write_str(&parts.join("*"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form() {
        let (a, b): (Size, Size) = (Atom::Dim(0, 0).into(), Atom::Dim(0, 1).into());
        let four = Size::from(4);
        assert_eq!(a.times(&b).times(&four), four.times(&b).times(&a));
        assert_eq!(a.plus(&b).minus(&b), a);
        assert_eq!(a.times(&b).floor_div(&a), b);
        assert_eq!(Size::from(-7).floor_div(&four), Size::from(-2));
        assert_eq!(a.minus(&a).as_const(), Some(0));
        let half = a.plus(&Size::from(1)).floor_div(&Size::from(2));
        assert_eq!(half.to_string(), "((1 + d0.1) / 2)");
        assert_eq!(half.replace(&|a| matches!(a, Atom::Dim(..)).then(|| 9.into())).as_const(), Some(5));
        assert_eq!(half.value(&|_| 8), 4);
    }
}
