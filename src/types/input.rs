//! What a caller says of an input ahead of time: `m.forward.x=f32[B,3,224,224]`.

use super::{DType, Dim, TensorFacts};
use std::fmt;

/// The statement about one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As written: `m.forward.x`, `f.x`, `forward.x` or `x`.
    pub path: String,
    pub value: InputValue,
}

/// What is said of the parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputValue {
    /// Element type and sizes of a tensor.
    Tensor(DType, Vec<InputDim>),
    /// A value as JSON, for parameters of other types.
    Literal(String),
}

/// One size of a described tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputDim {
    Size(i64),
    /// The same name is the same size in all inputs of one function.
    Symbol(String),
    /// `*` or `_`: any size.
    Any,
}

/// Short names of element types; PyTorch's own (`float32`) are known, too.
const SHORT: [(&str, DType); 16] = [
    ("f32", DType::F32),
    ("f64", DType::F64),
    ("f16", DType::F16),
    ("bf16", DType::BF16),
    ("i8", DType::I8),
    ("i16", DType::I16),
    ("i32", DType::I32),
    ("i64", DType::I64),
    ("u8", DType::U8),
    ("u16", DType::U16),
    ("u32", DType::U32),
    ("u64", DType::U64),
    ("c64", DType::C64),
    ("c128", DType::C128),
    ("c32", DType::C32),
    ("bool", DType::Bool),
];

fn dtype(name: &str) -> Option<DType> {
    let short = SHORT.iter().find(|e| e.0 == name).map(|e| e.1);
    short.or_else(|| DType::all().find(|d| d.python_name() == name))
}

fn dim(text: &str) -> Result<InputDim, String> {
    if matches!(text, "*" | "_" | "?") {
        return Ok(InputDim::Any);
    }
    if let Ok(n) = text.parse::<i64>() {
        return if n >= 0 { Ok(InputDim::Size(n)) } else { Err(format!("the size {n} is negative")) };
    }
    let is_name = text.starts_with(|c: char| c.is_alphabetic()) && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_name { Ok(InputDim::Symbol(text.to_owned())) } else { Err(format!("'{text}' is neither a size nor a name for one")) }
}

impl Input {
    /// Reads `PATH=DTYPE[SIZES]` or `PATH=JSON`; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Input, String> {
        let Some((path, value)) = text.split_once('=') else {
            return Err(format!("'{text}' has no '=': write it as m.forward.x=f32[1,3,224,224]"));
        };
        let (path, value) = (path.trim(), value.trim());
        let named = |s: &str| s.split('.').all(|p| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || c == '_'));
        if path.split('.').count() > 3 || !named(path) {
            return Err(format!("'{path}' names no parameter: write m.forward.x, f.x or x"));
        }
        Ok(Input { path: path.to_owned(), value: InputValue::parse(value)? })
    }

    /// Whether this is about the parameter `param` of `method` (of an exported module or class) or of the function `export`.
    pub fn is_about(&self, export: &str, method: Option<&str>, param: &str) -> bool {
        let parts: Vec<&str> = self.path.split('.').collect();
        match (parts.as_slice(), method) {
            ([p], _) => *p == param,
            ([f, p], None) => *f == export && *p == param,
            ([m, p], Some(method)) => (*m == method || (*m == export && method == "forward")) && *p == param,
            ([e, m, p], Some(method)) => *e == export && *m == method && *p == param,
            _ => false,
        }
    }

    /// What is known of the tensor. Its symbols are looked up in the function's table, or added.
    pub fn facts(&self, symbols: &mut Vec<String>) -> Option<TensorFacts> {
        let InputValue::Tensor(dtype, dims) = &self.value else { return None };
        let mut number = |name: &String| match symbols.iter().position(|s| s == name) {
            Some(i) => i as u32,
            None => {
                symbols.push(name.clone());
                symbols.len() as u32 - 1
            }
        };
        let dims = dims.iter().map(|d| match d {
            InputDim::Size(n) => Dim::Const(*n),
            InputDim::Symbol(name) => Dim::Sym(number(name)),
            InputDim::Any => Dim::Unknown,
        });
        Some(TensorFacts { dtype: Some(*dtype), dims: Some(dims.collect()), contiguous: true })
    }
}

impl InputValue {
    fn parse(text: &str) -> Result<InputValue, String> {
        let (name, sizes) = match text.split_once('[') {
            Some((name, rest)) if !name.is_empty() && !text.starts_with('"') => (name.trim(), Some(rest)),
            _ => (text, None),
        };
        match (dtype(name), sizes) {
            (Some(d), Some(sizes)) => {
                let Some(inside) = sizes.trim_end().strip_suffix(']') else {
                    return Err(format!("'{text}' has no closing ']'"));
                };
                let inside = inside.trim();
                let dims = match inside.is_empty() {
                    true => vec![],
                    false => inside.split(',').map(|d| dim(d.trim())).collect::<Result<_, _>>()?,
                };
                Ok(InputValue::Tensor(d, dims))
            }
            (Some(d), None) => Ok(InputValue::Tensor(d, vec![])),
            (None, Some(_)) => Err(format!("'{name}' is no element type: there is {}", SHORT.map(|e| e.0).join(", "))),
            (None, None) if text.is_empty() => Err("nothing stands after '='".into()),
            (None, None) => Ok(InputValue::Literal(text.to_owned())),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

impl fmt::Display for InputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputValue::Literal(text) => f.write_str(text),
            InputValue::Tensor(d, dims) => {
                let name = SHORT.iter().find(|e| e.1 == *d).map_or(d.python_name(), |e| e.0);
                let dims: Vec<String> = dims
                    .iter()
                    .map(|d| match d {
                        InputDim::Size(n) => n.to_string(),
                        InputDim::Symbol(s) => s.clone(),
                        InputDim::Any => "*".into(),
                    })
                    .collect();
                write!(f, "{name}[{}]", dims.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_prints() {
        for text in
            ["m.forward.x=f32[B,3,224,224]", "f.x=i64[]", "x=bf16[*,T]", "m.forward.k=3", "m.forward.s=\"a\"", "m.run.l=[1,2]"]
        {
            assert_eq!(Input::parse(text).map(|i| i.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Input::parse("x = float32 [ 2 , N ]").map(|i| i.to_string()), Ok("x=f32[2,N]".into()));
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, why) in [
            ("x", "'x' has no '=': write it as m.forward.x=f32[1,3,224,224]"),
            ("a.b.c.d=f32[1]", "'a.b.c.d' names no parameter: write m.forward.x, f.x or x"),
            ("x=f32[1", "'f32[1' has no closing ']'"),
            ("x=f32[-1]", "the size -1 is negative"),
            ("x=f32[1.5]", "'1.5' is neither a size nor a name for one"),
            ("x=", "nothing stands after '='"),
        ] {
            assert_eq!(Input::parse(text), Err(why.to_owned()));
        }
        assert!(Input::parse("x=float[1]").unwrap_err().starts_with("'float' is no element type: there is f32, f64"));
    }

    #[test]
    fn symbols_are_shared_between_inputs() {
        let mut symbols = vec![];
        let facts = |t: &str, symbols: &mut Vec<String>| Input::parse(t).unwrap().facts(symbols).unwrap().dims.unwrap();
        assert_eq!(facts("x=f32[B,3]", &mut symbols), [Dim::Sym(0), Dim::Const(3)]);
        assert_eq!(facts("y=f32[T,B]", &mut symbols), [Dim::Sym(1), Dim::Sym(0)]);
        assert_eq!(symbols, ["B", "T"]);
    }

    #[test]
    fn paths_name_parameters() {
        let about = |t: &str, e, m, p| Input::parse(&format!("{t}=f32[]")).unwrap().is_about(e, m, p);
        assert!(about("m.forward.x", "m", Some("forward"), "x"));
        assert!(about("m.x", "m", Some("forward"), "x"));
        assert!(about("forward.x", "m", Some("forward"), "x"));
        assert!(about("f.x", "f", None, "x") && about("x", "f", None, "x"));
        assert!(!about("m.forward.x", "m", Some("encode"), "x") && !about("f.x", "g", None, "x"));
    }
}
