//! Operator schemas: their text and what it means.
//!
//! ```text
//! aten::add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)
//! ```
//! Names and overload, parameters with types (type variables are lower-case `t`, `tVal`), fixed list sizes (`int[2]`, which one int
//! fills), defaults, keyword-only parameters behind `*`, varargs `...`, and alias annotations: `(a)` names a set of values that may
//! share memory, `!` says that the operator writes to it, `*` is the set of everything, `(a -> *)` means that the value joins it.

use crate::types::Type;
use std::rc::Rc;

/// A default value.
#[derive(Clone, Debug, PartialEq)]
pub enum Default {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    Ints(Vec<i64>),
    /// A default of a scripted function, which its signature holds: only the type matters here.
    Elsewhere(Type),
}

impl Default {
    pub fn ty(&self) -> Type {
        match self {
            Default::None => Type::None,
            Default::Bool(_) => Type::Bool,
            Default::Int(_) => Type::Int,
            Default::Float(_) => Type::Float,
            Default::Str(_) => Type::Str,
            Default::Ints(_) => Type::list(Type::Int),
            Default::Elsewhere(t) => t.clone(),
        }
    }
}

/// Which alias sets a value belongs to. Empty: fresh memory, shared with nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alias {
    /// `a`, `b`; `*` is everything.
    pub before: Vec<Rc<str>>,
    /// Sets it belongs to after the call, when others.
    pub after: Vec<Rc<str>>,
    pub is_written: bool,
}

impl Alias {
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// A result with this annotation may share memory with an argument of that one.
    pub fn shares_with(&self, argument: &Alias) -> bool {
        let mut own = self.before.iter().chain(&self.after);
        own.any(|s| argument.before.contains(s) || (&**s == "*" && !argument.before.is_empty()))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: Rc<str>,
    pub ty: Type,
    pub default: Option<Default>,
    pub kw_only: bool,
    /// `2` of `int[2]`: one int stands for that many.
    pub broadcast: Option<u32>,
    pub alias: Alias,
    /// A Tensor only because it was not annotated; messages say so.
    pub is_inferred: bool,
}

impl Param {
    pub fn new(name: &str, ty: Type) -> Param {
        Param {
            name: name.into(),
            ty,
            default: None,
            kw_only: false,
            broadcast: None,
            alias: Alias::default(),
            is_inferred: false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    pub name: Option<Rc<str>>,
    pub ty: Type,
    pub alias: Alias,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// `aten::add`
    pub name: Rc<str>,
    /// `Tensor`, empty for the unnamed overload.
    pub overload: Rc<str>,
    pub params: Vec<Param>,
    pub returns: Vec<Return>,
    pub is_vararg: bool,
    /// `-> ...`
    pub is_varret: bool,
    /// The text, as messages show it.
    pub text: Rc<str>,
}

impl Schema {
    /// `aten::add.Tensor`, `aten::relu`
    pub fn qualified(&self) -> String {
        if self.overload.is_empty() { self.name.to_string() } else { format!("{}.{}", self.name, self.overload) }
    }

    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|p| &*p.name == name)
    }

    /// Writes to an argument.
    pub fn is_mutating(&self) -> bool {
        self.params.iter().any(|p| p.alias.is_written)
    }

    /// Indices of parameters that the operator writes to.
    pub fn written(&self) -> Vec<usize> {
        (0..self.params.len()).filter(|&i| self.params[i].alias.is_written).collect()
    }

    /// Parameters that result `r` may share memory with.
    pub fn viewed(&self, r: usize) -> Vec<usize> {
        let Some(ret) = self.returns.get(r) else { return vec![] };
        (0..self.params.len()).filter(|&i| ret.alias.shares_with(&self.params[i].alias)).collect()
    }

    /// Reads a schema's text.
    pub fn parse(text: &str) -> Result<Schema, SchemaError> {
        let mut p = Parser { text, at: 0 };
        let schema = p.schema()?;
        p.space();
        if p.at != text.len() { Err(p.error("the end")) } else { Ok(schema) }
    }
}

/// A schema text that is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    pub at: usize,
    pub expected: String,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, expected: &str) -> SchemaError {
        SchemaError { at: self.at, expected: expected.to_owned() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, what: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len();
        }
        found
    }

    fn want(&mut self, what: &str) -> Result<(), SchemaError> {
        if self.eat(what) { Ok(()) } else { Err(self.error(what)) }
    }

    fn take_while(&mut self, f: impl Fn(char) -> bool) -> &'a str {
        self.space();
        let rest = self.rest();
        let n = rest.find(|c| !f(c)).unwrap_or(rest.len());
        self.at += n;
        &rest[..n]
    }

    fn ident(&mut self) -> Result<&'a str, SchemaError> {
        let word = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if word.is_empty() { Err(self.error("a name")) } else { Ok(word) }
    }

    fn schema(&mut self) -> Result<Schema, SchemaError> {
        let full = self.take_while(|c| c != '(');
        let space = full.find("::").map_or(0, |i| i + 2);
        let (name, overload) = match full[space..].find('.') {
            Some(i) => (&full[..space + i], &full[space + i + 1..]),
            None => (full, ""),
        };
        let mut schema = Schema {
            name: name.into(),
            overload: overload.into(),
            params: vec![],
            returns: vec![],
            is_vararg: false,
            is_varret: false,
            text: self.text.into(),
        };
        self.want("(")?;
        let mut kw_only = false;
        while !self.eat(")") {
            if self.eat("...") {
                schema.is_vararg = true;
            } else if self.eat("*") {
                kw_only = true;
            } else {
                schema.params.push(self.param(kw_only)?);
            }
            if !self.eat(",") {
                self.want(")")?;
                break;
            }
        }
        self.want("->")?;
        if self.eat("...") {
            schema.is_varret = true;
        } else if self.eat("(") {
            while !self.eat(")") {
                let (ty, _, alias) = self.typed()?;
                self.space();
                let name = if self.rest().starts_with([',', ')']) { None } else { Some(self.ident()?.into()) };
                schema.returns.push(Return { name, ty, alias });
                if !self.eat(",") {
                    self.want(")")?;
                    break;
                }
            }
        } else {
            let (ty, _, alias) = self.typed()?;
            self.space();
            let name = if self.rest().is_empty() { None } else { Some(self.ident()?.into()) };
            schema.returns.push(Return { name, ty, alias });
        }
        Ok(schema)
    }

    fn param(&mut self, kw_only: bool) -> Result<Param, SchemaError> {
        let (ty, broadcast, alias) = self.typed()?;
        let name = self.ident()?.into();
        let default = if self.eat("=") { Some(self.default(&ty)?) } else { None };
        Ok(Param { name, ty, default, kw_only, broadcast, alias, is_inferred: false })
    }

    /// A type with its list size and alias annotation; the outermost annotation is the value's own.
    fn typed(&mut self) -> Result<(Type, Option<u32>, Alias), SchemaError> {
        let mut ty = self.base()?;
        let mut alias = self.alias()?;
        let mut broadcast = None;
        loop {
            if self.rest().starts_with('[') {
                self.want("[")?;
                let n = self.take_while(|c| c.is_ascii_digit());
                broadcast = n.parse().ok();
                self.want("]")?;
                ty = Type::list(ty);
            } else if self.rest().starts_with('?') {
                self.want("?")?;
                ty = Type::optional(ty);
            } else if self.rest().starts_with('(') {
                let outer = self.alias()?;
                // `Tensor(a!)[](b)`: elements written count as the list's.
                let written = alias.is_written || outer.is_written;
                alias = Alias { is_written: written, ..outer };
            } else {
                return Ok((ty, broadcast, alias));
            }
        }
    }

    fn base(&mut self) -> Result<Type, SchemaError> {
        let start = self.at;
        let word = self.take_while(|c| c.is_alphanumeric() || c == '_' || c == '.');
        Ok(match word {
            "Tensor" => Type::Tensor,
            "int" | "SymInt" | "ScalarType" | "Layout" | "MemoryFormat" => Type::Int,
            "float" | "SymFloat" => Type::Float,
            "bool" | "SymBool" => Type::Bool,
            "complex" => Type::Complex,
            "str" => Type::Str,
            "Scalar" | "number" => Type::Number,
            "Device" => Type::Device,
            "Generator" => Type::Generator,
            "Stream" => Type::Stream,
            "Storage" => Type::Storage,
            "QScheme" => Type::QScheme,
            "Any" => Type::Any,
            "NoneType" => Type::None,
            "AnyEnumType" => Type::AnyEnum,
            "AnyClassType" => Type::AnyClass,
            "list" => Type::AnyList,
            "tuple" => Type::AnyTuple,
            "Dict" => {
                self.want("(")?;
                let (key, _, _) = self.typed()?;
                self.want(",")?;
                let (value, _, _) = self.typed()?;
                self.want(")")?;
                Type::dict(key, value)
            }
            "Future" | "Await" | "RRef" => {
                self.want("(")?;
                let inner = Rc::new(self.typed()?.0);
                self.want(")")?;
                match word {
                    "Future" => Type::Future(inner),
                    "Await" => Type::Await(inner),
                    _ => Type::RRef(inner),
                }
            }
            "" if self.eat("(") => {
                let mut elems = vec![];
                while !self.eat(")") {
                    elems.push(self.typed()?.0);
                    if !self.eat(",") {
                        self.want(")")?;
                        break;
                    }
                }
                Type::tuple(elems)
            }
            // A class that only PyTorch's own libraries have.
            w if w.starts_with("__torch__.") => Type::Any,
            w if w.starts_with('t') && w.chars().all(char::is_alphanumeric) => Type::Var(w.into()),
            _ => {
                self.at = start;
                return Err(self.error("a type"));
            }
        })
    }

    fn alias(&mut self) -> Result<Alias, SchemaError> {
        let mut alias = Alias::default();
        if !self.rest().starts_with('(') {
            return Ok(alias);
        }
        self.want("(")?;
        loop {
            let set = if self.eat("*") { "*" } else { self.ident()? };
            alias.before.push(set.into());
            if !self.eat("|") {
                break;
            }
        }
        alias.is_written = self.eat("!");
        if self.eat("->") {
            let set = if self.eat("*") { "*" } else { self.ident()? };
            alias.after.push(set.into());
        }
        self.want(")")?;
        Ok(alias)
    }

    fn default(&mut self, ty: &Type) -> Result<Default, SchemaError> {
        let plain = if let Type::Optional(t) = ty { t } else { ty };
        self.space();
        if self.rest().starts_with('"') {
            return Ok(Default::Str(self.string()?.into()));
        }
        if self.eat("[") {
            let mut ints = vec![];
            while !self.eat("]") {
                match self.number()? {
                    Default::Int(i) => ints.push(i),
                    _ => return Err(self.error("an int")),
                }
                if !self.eat(",") {
                    self.want("]")?;
                    break;
                }
            }
            return Ok(Default::Ints(ints));
        }
        for (word, value) in [("None", Default::None), ("False", Default::Bool(false)), ("True", Default::Bool(true))] {
            if self.eat(word) {
                return Ok(value);
            }
        }
        Ok(match (plain, self.number()?) {
            (Type::Float, Default::Int(i)) => Default::Float(i as f64),
            // `int[2] stride=1`
            (Type::List(_), Default::Int(i)) => Default::Ints(vec![i]),
            (_, n) => n,
        })
    }

    fn number(&mut self) -> Result<Default, SchemaError> {
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
        match word.parse::<i64>() {
            Ok(i) => Ok(Default::Int(i)),
            Err(_) => word.parse().map(Default::Float).map_err(|_| self.error("a number")),
        }
    }

    /// A string in double quotes with C escapes.
    fn string(&mut self) -> Result<String, SchemaError> {
        self.want("\"")?;
        let mut out = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += i + 1;
                    return Ok(out);
                }
                '\\' => out.push(match chars.next() {
                    Some((_, 'n')) => '\n',
                    Some((_, 't')) => '\t',
                    Some((_, 'f')) => '\x0c',
                    Some((_, 'v')) => '\x0b',
                    Some((_, 'r')) => '\r',
                    Some((_, c)) => c,
                    None => break,
                }),
                c => out.push(c),
            }
        }
        Err(self.error("\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_part() {
        let s = Schema::parse(
            "aten::conv2d(Tensor input, Tensor? bias=None, SymInt[2] stride=[1, 1], *, float p=2) -> (Tensor values, int n)",
        );
        let s = s.unwrap();
        assert_eq!((&*s.name, &*s.overload), ("aten::conv2d", ""));
        assert_eq!(s.params[1].ty, Type::optional(Type::Tensor));
        assert_eq!((s.params[2].broadcast, s.params[2].default.clone()), (Some(2), Some(Default::Ints(vec![1, 1]))));
        assert!(s.params[3].kw_only && s.params[3].default == Some(Default::Float(2.0)));
        assert_eq!(s.returns[0].name.as_deref(), Some("values"));
    }

    #[test]
    fn alias_facts() {
        let s = Schema::parse("aten::append.t(t[](a!) self, t(c -> *) el) -> t[](a!)").unwrap();
        assert_eq!((s.written(), s.viewed(0)), (vec![0], vec![0]));
        let s = Schema::parse("aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)").unwrap();
        assert_eq!((s.is_mutating(), s.viewed(0)), (false, vec![0]));
        let s = Schema::parse("aten::_foreach_add_(Tensor(a!)[] self) -> ()").unwrap();
        assert_eq!((s.written(), s.returns.len()), (vec![0], 0));
        assert!(Schema::parse("aten::x(Tensor) -> ()").is_err());
    }
}
