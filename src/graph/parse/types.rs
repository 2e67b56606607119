//! Types as graphs print them.

use super::super::program::{Class, EnumClass};
use super::{Parser, Result};
use crate::types::{ClassRef, DType, Dim, EnumRef, FieldNames, FunctionRef, TensorFacts, TupleType, Type};
use std::rc::Rc;

/// A type, and for tensors what is known of them and whether they require gradients.
pub(super) type Typed = (Type, Option<(TensorFacts, Option<bool>)>);

impl Parser<'_> {
    /// A type and, for tensors, the facts written with it. New symbols of dimensions are added to `symbols`.
    pub(super) fn ty(&mut self, symbols: &mut Vec<String>) -> Result<Typed> {
        self.deeper()?;
        let (mut ty, mut facts) = self.atom(symbols)?;
        loop {
            if self.text.eat("[]") {
                (ty, facts) = (Type::list(ty), None);
            } else if self.text.eat("?") {
                (ty, facts) = (Type::optional(ty), None);
            } else {
                break;
            }
        }
        self.depth -= 1;
        Ok((ty, facts))
    }

    fn plain(&mut self, symbols: &mut Vec<String>) -> Result<Type> {
        Ok(self.ty(symbols)?.0)
    }

    fn list_until(&mut self, end: &str, symbols: &mut Vec<String>) -> Result<Vec<Type>> {
        let mut out = vec![];
        while !self.text.eat(end) {
            if !out.is_empty() {
                self.text.expect(",")?;
            }
            out.push(self.plain(symbols)?);
        }
        Ok(out)
    }

    fn atom(&mut self, symbols: &mut Vec<String>) -> Result<Typed> {
        if self.text.eat("(") {
            return Ok((Type::tuple(self.list_until(")", symbols)?), None));
        }
        let name = self.text.path()?;
        let simple = match name.as_str() {
            "Any" => Type::Any,
            "NoneType" => Type::None,
            "int" => Type::Int,
            "float" => Type::Float,
            "bool" => Type::Bool,
            "complex" => Type::Complex,
            "str" => Type::Str,
            "Scalar" | "number" => Type::Number,
            "Device" => Type::Device,
            "Generator" => Type::Generator,
            "Stream" => Type::Stream,
            "Storage" => Type::Storage,
            "QScheme" => Type::QScheme,
            "Layout" => Type::Layout,
            "MemoryFormat" => Type::MemoryFormat,
            "list" => Type::AnyList,
            "tuple" => Type::AnyTuple,
            "AnyClassType" => Type::AnyClass,
            "AnyEnumType" => Type::AnyEnum,
            "Function" => Type::Function(FunctionRef { id: u32::MAX, name: "".into() }),
            "Dict" => {
                self.text.expect("(")?;
                let k = self.plain(symbols)?;
                self.text.expect(",")?;
                let v = self.plain(symbols)?;
                self.text.expect(")")?;
                Type::dict(k, v)
            }
            "Union" => {
                self.text.expect("(")?;
                Type::Union(self.list_until(")", symbols)?.into())
            }
            "NamedTuple" => self.named_tuple(symbols)?,
            "Future" | "Await" | "RRef" => {
                let end = if self.text.eat("[") { "]" } else { ")" };
                if end == ")" {
                    self.text.expect("(")?;
                }
                let t = Rc::new(self.plain(symbols)?);
                self.text.expect(end)?;
                match name.as_str() {
                    "Future" => Type::Future(t),
                    "Await" => Type::Await(t),
                    _ => Type::RRef(t),
                }
            }
            "Enum" => {
                self.text.expect("<")?;
                let name = self.text.path()?;
                self.text.expect(">")?;
                Type::Enum(self.enum_named(&name))
            }
            _ => match self.tensor(&name, symbols)? {
                Some(found) => return Ok(found),
                None if name.contains('.') => Type::Class(self.class_named(&name)),
                None => return Err(self.text.error(format!("`{name}` is no type"))),
            },
        };
        Ok((simple, None))
    }

    fn named_tuple(&mut self, symbols: &mut Vec<String>) -> Result<Type> {
        self.text.expect("(")?;
        let (mut fields, mut elems): (Vec<Rc<str>>, Vec<Type>) = (vec![], vec![]);
        while !self.text.eat(")") {
            if !fields.is_empty() {
                self.text.expect(",")?;
            }
            fields.push(self.text.word()?.into());
            self.text.expect(":")?;
            elems.push(self.plain(symbols)?);
        }
        let known = self.named_tuples.iter().find(|n| n.fields == fields);
        let name = known.map_or_else(|| "NamedTuple".into(), |n| n.name.clone());
        Ok(Type::Tuple(Rc::new(TupleType { elems, names: Some(FieldNames { name, fields }) })))
    }

    /// `Tensor`, `Float(2, *, strides=[1, 2], requires_grad=0, device=cpu)`, `FloatTensor(device=cpu)`.
    fn tensor(&mut self, name: &str, symbols: &mut Vec<String>) -> Result<Option<Typed>> {
        let dtype = DType::all().find(|d| Some(d.graph_name()) == Some(name.strip_suffix("Tensor").unwrap_or(name)));
        if name != "Tensor" && dtype.is_none() {
            return Ok(None);
        }
        let mut facts = TensorFacts { dtype, ..TensorFacts::default() };
        let (mut dims, mut requires_grad) = (vec![], None);
        let mut ranked = !name.ends_with("Tensor");
        let listed = self.text.rest().starts_with('(');
        if listed {
            self.text.expect("(")?;
            ranked |= name == "Tensor" && !self.text.at("requires_grad") && !self.text.at("device");
            let mut first = true;
            while !self.text.eat(")") {
                if !std::mem::replace(&mut first, false) {
                    self.text.expect(",")?;
                }
                if self.text.eat("strides=[") {
                    let strides = self.text.take(|c| c != ']').to_owned();
                    self.text.expect("]")?;
                    let strides: Option<Vec<i64>> = strides.split(',').map(|s| s.trim().parse().ok()).collect();
                    let sizes: Option<Vec<i64>> = dims.iter().map(|d: &Dim| d.as_const()).collect();
                    facts.contiguous = match (sizes, strides) {
                        (Some(sizes), Some(strides)) => tsrt::tensor::contiguous_strides(&sizes)[..] == strides[..],
                        _ => false,
                    };
                } else if self.text.eat("requires_grad=") {
                    requires_grad = Some(self.text.word()? == "1");
                } else if self.text.eat("device=") {
                    self.text.take(|c| c.is_alphanumeric() || c == ':');
                } else if self.text.eat("*") {
                    dims.push(Dim::Unknown);
                } else {
                    dims.push(self.dimension(symbols)?);
                }
            }
        }
        if ranked && (listed || dtype.is_some()) {
            facts.dims = Some(dims);
        }
        let known = facts != TensorFacts::default() || requires_grad.is_some();
        Ok(Some((Type::Tensor, known.then_some((facts, requires_grad)))))
    }

    fn dimension(&mut self, symbols: &mut Vec<String>) -> Result<Dim> {
        let word = self.text.word()?;
        if let Ok(n) = word.parse() {
            return Ok(Dim::Const(n));
        }
        if word == "SS" {
            self.text.expect("(-")?;
            let n: u32 = self.text.word()?.parse().map_err(|_| self.text.error("expected a symbol's number"))?;
            self.text.expect(")")?;
            return Ok(Dim::Sym(n.saturating_sub(1)));
        }
        let index = symbols.iter().position(|s| *s == word).unwrap_or_else(|| {
            symbols.push(word);
            symbols.len() - 1
        });
        Ok(Dim::Sym(index as u32))
    }

    /// The program's class of that name, declared empty when it has none.
    pub(super) fn class_named(&mut self, name: &str) -> ClassRef {
        if let Some(c) = self.program.classes.iter().find(|c| &*c.class.name == name) {
            return c.class.clone();
        }
        let id = self.program.classes.len() as u32;
        let class = ClassRef { id, name: name.into(), is_module: false, is_interface: false };
        self.program.classes.push(Class {
            class: class.clone(),
            attributes: vec![],
            constants: vec![],
            methods: vec![],
            properties: vec![],
            forward_hooks: vec![],
            forward_pre_hooks: vec![],
            interface: vec![],
            doc: None,
            span: None,
        });
        class
    }

    pub(super) fn enum_named(&mut self, name: &str) -> EnumRef {
        if let Some(e) = self.program.enums.iter().find(|e| &*e.r#enum.name == name) {
            return e.r#enum.clone();
        }
        let id = self.program.enums.len() as u32;
        let r#enum = EnumRef { id, name: name.into(), value: Rc::new(Type::Int) };
        self.program.enums.push(EnumClass { r#enum: r#enum.clone(), members: vec![] });
        r#enum
    }
}
