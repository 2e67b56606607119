//! Attributes and constants.

use super::super::ir::Attr;
use super::super::program::Const;
use super::super::repr;
use super::{Parser, Result};
use crate::types::{TensorFacts, Type};
use std::rc::Rc;
use tsrt::{Scalar, Tensor};

impl Parser<'_> {
    /// The value of `prim::Constant` with an output of type `ty`; of a tensor `facts` give what its text does not.
    pub(super) fn constant(&mut self, ty: &Type, facts: Option<&TensorFacts>) -> Result<Attr> {
        Ok(match ty {
            Type::Tensor => {
                let t = self.tensor_literal(facts)?;
                Attr::Const(self.program.add_const(Const::Tensor(t)))
            }
            Type::Int | Type::Bool | Type::Layout | Type::MemoryFormat => match self.literal(&Type::Int)? {
                Const::Int(i) => Attr::Int(i),
                _ => return Err(self.text.error("expected an integer")),
            },
            Type::Str | Type::Device => Attr::Str(self.text.quoted()?),
            Type::Float | Type::Complex | Type::Number | Type::Any => match self.literal(ty)? {
                Const::Float(d) => Attr::Float(d),
                Const::Int(i) => Attr::Int(i),
                Const::Complex(re, im) => Attr::Complex(re, im),
                Const::Str(s) => Attr::Str(s.to_string()),
                other => Attr::Const(self.program.add_const(other)),
            },
            ty => {
                let c = self.literal(ty)?;
                Attr::Const(self.program.add_const(c))
            }
        })
    }

    /// The value of another attribute, of the type its text shows.
    pub(super) fn attribute(&mut self) -> Result<Attr> {
        if self.text.eat("[") {
            let mut items = vec![];
            while !self.text.eat("]") {
                if !items.is_empty() {
                    self.text.expect(",")?;
                }
                items.push(self.scalar_attribute()?);
            }
            return Ok(match items.first() {
                Some(Attr::Str(_)) => {
                    Attr::Strs(items.into_iter().filter_map(|a| if let Attr::Str(s) = a { Some(s) } else { None }).collect())
                }
                Some(Attr::Float(_)) => {
                    Attr::Floats(items.into_iter().filter_map(|a| if let Attr::Float(s) = a { Some(s) } else { None }).collect())
                }
                Some(Attr::Type(_)) => {
                    Attr::Types(items.into_iter().filter_map(|a| if let Attr::Type(s) = a { Some(s) } else { None }).collect())
                }
                _ => Attr::Ints(items.into_iter().filter_map(|a| if let Attr::Int(s) = a { Some(s) } else { None }).collect()),
            });
        }
        self.scalar_attribute()
    }

    fn scalar_attribute(&mut self) -> Result<Attr> {
        self.text.skip();
        Ok(match self.text.rest().chars().next() {
            Some('"') => Attr::Str(self.text.quoted()?),
            Some('-' | '0'..='9') => match self.number()? {
                Const::Int(i) => Attr::Int(i),
                Const::Complex(re, im) => Attr::Complex(re, im),
                Const::Float(d) => Attr::Float(d),
                _ => return Err(self.text.error("expected a number")),
            },
            _ => Attr::Type(self.ty(&mut vec![])?.0),
        })
    }

    /// A constant that should have type `ty`.
    fn literal(&mut self, ty: &Type) -> Result<Const> {
        self.deeper()?;
        let c = self.literal_inner(ty)?;
        self.depth -= 1;
        Ok(c)
    }

    fn literal_inner(&mut self, ty: &Type) -> Result<Const> {
        if matches!(ty, Type::Tensor) {
            return Ok(Const::Tensor(self.tensor_literal(None)?));
        }
        if self.text.eat("annotate(") {
            let depth_end = self.text.rest().find(", [").or_else(|| self.text.rest().find(", {"));
            let Some(end) = depth_end else { return Err(self.text.error("expected an annotated container")) };
            self.text.advance(end);
            self.text.expect(",")?;
            let c = self.literal(ty)?;
            self.text.expect(")")?;
            return Ok(c);
        }
        match ty {
            Type::Optional(_) if self.text.eat("None") => Ok(Const::None),
            Type::Optional(t) => self.literal(t),
            Type::List(elem) => {
                self.text.expect("[")?;
                let items = self.items(|_| Some((**elem).clone()), "]")?;
                Ok(Const::List(Rc::new(items), (**elem).clone()))
            }
            Type::Tuple(t) => {
                self.text.expect("(")?;
                let elems = t.elems.clone();
                let items = self.items(|i| elems.get(i).cloned(), ")")?;
                Ok(Const::Tuple(Rc::new(items), ty.clone()))
            }
            Type::Dict(k, v) => {
                self.text.expect("{")?;
                let mut pairs = vec![];
                while !self.text.eat("}") {
                    if !pairs.is_empty() {
                        self.text.expect(",")?;
                    }
                    let key = self.literal(k)?;
                    self.text.expect(":")?;
                    pairs.push((key, self.literal(v)?));
                }
                Ok(Const::Dict(Rc::new(pairs), (**k).clone(), (**v).clone()))
            }
            Type::Enum(e) => {
                let path = self.text.path()?;
                let member = path.rsplit('.').next().unwrap_or("").to_owned();
                let class = &mut self.program.enums[e.id as usize];
                let index = class.members.iter().position(|m| m.0 == member).unwrap_or_else(|| {
                    class.members.push((member, Const::Int(0)));
                    class.members.len() - 1
                });
                Ok(Const::Enum(e.clone(), index as u32))
            }
            _ => self.free_literal(),
        }
    }

    /// A constant whose text shows what it is.
    fn free_literal(&mut self) -> Result<Const> {
        for (word, c) in [("True", Const::Bool(true)), ("False", Const::Bool(false)), ("None", Const::None)] {
            if self.text.eat(word) {
                return Ok(c);
            }
        }
        if self.text.eat("torch.device(") {
            let name = self.text.quoted()?;
            self.text.expect(")")?;
            let (kind, index) = repr::parse_device(&name).ok_or_else(|| self.text.error("unknown device"))?;
            return Ok(Const::Device { kind, index });
        }
        if self.text.at("\"") {
            return Ok(Const::Str(self.text.quoted()?.into()));
        }
        self.number()
    }

    fn items(&mut self, ty: impl Fn(usize) -> Option<Type>, end: &str) -> Result<Vec<Const>> {
        let mut out: Vec<Const> = vec![];
        while !self.text.eat(end) {
            if !out.is_empty() {
                self.text.expect(",")?;
                if self.text.eat(end) {
                    break;
                }
            }
            let Some(ty) = ty(out.len()) else { return Err(self.text.error("too many elements")) };
            out.push(self.literal(&ty)?);
        }
        Ok(out)
    }

    fn number(&mut self) -> Result<Const> {
        let text = self.text.take(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
        let float = |s: &str| s.parse::<f64>().ok();
        let found = if let Some(body) = text.strip_suffix('j') {
            let split = body.rfind(['+', '-']).filter(|i| *i > 0 && !body[..*i].ends_with('e')).unwrap_or(0);
            let re = if split == 0 { Some(0.0) } else { float(&body[..split]) };
            re.zip(float(&body[split..])).map(|(re, im)| Const::Complex(re, im))
        } else if let Ok(i) = text.parse() {
            Some(Const::Int(i))
        } else {
            float(text).map(Const::Float)
        };
        found.ok_or_else(|| self.text.error(format!("`{text}` is no number")))
    }

    /// `{1.5}`, ` 1  2 [ CPUFloatType{2} ]`. The elements of a tensor printed as `<Tensor>` are unknown, which is an error.
    fn tensor_literal(&mut self, facts: Option<&TensorFacts>) -> Result<Tensor> {
        if self.text.eat("{") {
            let c = self.number()?;
            self.text.expect("}")?;
            let (scalar, dtype) = match c {
                Const::Int(i) => (Scalar::Int(i), tsrt::DType::I64),
                Const::Float(d) => (Scalar::Float(d), tsrt::DType::F32),
                _ => return Err(self.text.error("expected a number")),
            };
            let dtype = facts.and_then(|f| f.dtype).and_then(|d| tsrt::DType::from_number(d.number())).unwrap_or(dtype);
            let sizes = vec![1; facts.and_then(|f| f.rank()).unwrap_or(0)];
            return Tensor::full(&sizes, scalar, dtype).map_err(|e| self.text.error(e.message()));
        }
        let mut values = vec![];
        while !self.text.at("[") && !self.text.at("<") {
            match self.number()? {
                Const::Int(i) => values.push(i as f64),
                Const::Float(d) => values.push(d),
                _ => return Err(self.text.error("expected a number")),
            }
            if self.text.eat("*") {
                return Err(self.text.error("tensors printed with a scale are not read"));
            }
        }
        self.text.expect("[ CPU")?;
        let name = self.text.take(|c| c.is_alphanumeric()).to_owned();
        self.text.expect("{")?;
        let sizes: Vec<i64> = self.text.take(|c| c != '}').split(',').filter_map(|s| s.trim().parse().ok()).collect();
        self.text.expect("}")?;
        self.text.expect("]")?;
        let dtype = tsrt::DType::all().find(|d| name.strip_suffix("Type") == Some(graph_name(*d)));
        let Some(dtype) = dtype else { return Err(self.text.error(format!("unknown tensor type `{name}`"))) };
        let made = Tensor::from_slice(&values, &sizes).and_then(|t| t.to_dtype(dtype));
        made.map_err(|e| self.text.error(e.message()))
    }
}

fn graph_name(d: tsrt::DType) -> &'static str {
    crate::types::DType::from_number(d as u8 as i64).map_or("", |d| d.graph_name())
}
