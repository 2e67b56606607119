//! The Python tree that the rest of the compiler reads.
//!
//! Every statement and expression carries the span of its text, so that `SourceMap` gives back the exact source. Functions, lambdas
//! and classes sit behind `Arc`: closures and compiled functions share them without copying. Nothing here knows about types.

use std::sync::Arc;

use num_bigint::BigInt;

use crate::diag::Span;

/// An identifier. Cheap to clone.
pub type Name = Arc<str>;

/// A whole source file.
#[derive(Clone, Debug)]
pub struct Module {
    pub span: Span,
    pub body: Vec<Stmt>,
}

impl Module {
    /// Whether the file starts with `from __future__ import annotations`.
    pub fn postpones_annotations(&self) -> bool {
        self.body.iter().any(|s| match &s.kind {
            StmtKind::ImportFrom { module: Some(m), names, level: 0 } => {
                &**m == "__future__" && names.iter().any(|a| &*a.name == "annotations")
            }
            _ => false,
        })
    }
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    FunctionDef(Arc<FunctionDef>),
    ClassDef(Arc<ClassDef>),
    Return(Option<Expr>),
    Delete(Vec<Expr>),
    /// `a = b = value`, with the comment `# type: T` that ends the line.
    Assign {
        targets: Vec<Expr>,
        value: Expr,
        type_comment: Option<TypeComment>,
    },
    AugAssign {
        target: Expr,
        op: BinOp,
        value: Expr,
    },
    /// `target: annotation = value`.
    AnnAssign {
        target: Expr,
        annotation: Expr,
        value: Option<Expr>,
    },
    For {
        target: Expr,
        iter: Expr,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
        type_comment: Option<TypeComment>,
        is_async: bool,
    },
    While {
        test: Expr,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    If {
        test: Expr,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    With {
        items: Vec<WithItem>,
        body: Vec<Stmt>,
        type_comment: Option<TypeComment>,
        is_async: bool,
    },
    Match {
        subject: Expr,
        cases: Vec<MatchCase>,
    },
    Raise {
        exc: Option<Expr>,
        cause: Option<Expr>,
    },
    Try {
        body: Vec<Stmt>,
        handlers: Vec<Handler>,
        orelse: Vec<Stmt>,
        finalbody: Vec<Stmt>,
        star: bool,
    },
    Assert {
        test: Expr,
        msg: Option<Expr>,
    },
    Import(Vec<Alias>),
    /// `from module import names`; `level` counts the leading dots.
    ImportFrom {
        module: Option<Name>,
        names: Vec<Alias>,
        level: u32,
    },
    Global(Vec<Name>),
    Nonlocal(Vec<Name>),
    /// `type name = value`.
    TypeAlias {
        name: Expr,
        value: Expr,
    },
    Expr(Expr),
    Pass,
    Break,
    Continue,
}

/// A `def`. `span` runs from `def` (not the decorators) to the end of the body.
#[derive(Clone, Debug)]
pub struct FunctionDef {
    pub span: Span,
    pub name: Name,
    pub name_span: Span,
    pub params: Params,
    pub body: Vec<Stmt>,
    pub decorators: Vec<Expr>,
    pub returns: Option<Expr>,
    /// `# type: (int, Tensor) -> Tensor` between the header and the body.
    pub type_comment: Option<TypeComment>,
    pub is_async: bool,
    /// Whether the body (not counting nested functions) holds a `yield`.
    pub is_generator: bool,
}

impl FunctionDef {
    /// The docstring, when the body starts with one.
    pub fn docstring(&self) -> Option<&str> {
        docstring(&self.body)
    }
}

#[derive(Clone, Debug)]
pub struct Lambda {
    pub span: Span,
    pub params: Params,
    pub body: Expr,
}

#[derive(Clone, Debug)]
pub struct ClassDef {
    pub span: Span,
    pub name: Name,
    pub name_span: Span,
    pub bases: Vec<Expr>,
    pub keywords: Vec<Keyword>,
    pub body: Vec<Stmt>,
    pub decorators: Vec<Expr>,
}

impl ClassDef {
    /// The docstring, when the body starts with one.
    pub fn docstring(&self) -> Option<&str> {
        docstring(&self.body)
    }
}

fn docstring(body: &[Stmt]) -> Option<&str> {
    match body.first().map(|s| &s.kind) {
        Some(StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(s)), .. })) => Some(s),
        _ => None,
    }
}

/// Parameters of a function or lambda in the order of Python's grammar.
#[derive(Clone, Debug, Default)]
pub struct Params {
    pub posonly: Vec<Param>,
    pub args: Vec<Param>,
    pub vararg: Option<Box<Param>>,
    pub kwonly: Vec<Param>,
    pub kwarg: Option<Box<Param>>,
}

impl Params {
    /// All parameters, as `f(posonly, /, args, *vararg, kwonly, **kwarg)` lists them.
    pub fn iter(&self) -> impl Iterator<Item = &Param> {
        self.posonly.iter().chain(&self.args).chain(self.vararg.as_deref()).chain(&self.kwonly).chain(self.kwarg.as_deref())
    }
    /// Parameters that can be passed by position.
    pub fn positional(&self) -> impl Iterator<Item = &Param> {
        self.posonly.iter().chain(&self.args)
    }
}

#[derive(Clone, Debug)]
pub struct Param {
    pub span: Span,
    pub name: Name,
    pub annotation: Option<Expr>,
    pub default: Option<Expr>,
    /// `# type: T` behind the parameter on its own line.
    pub type_comment: Option<TypeComment>,
}

#[derive(Clone, Debug)]
pub struct Keyword {
    pub span: Span,
    /// `None` for `**value`.
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub struct Alias {
    pub span: Span,
    /// Dotted; `*` for a star import.
    pub name: Name,
    pub asname: Option<Name>,
}

#[derive(Clone, Debug)]
pub struct WithItem {
    pub context: Expr,
    pub target: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct Handler {
    pub span: Span,
    pub typ: Option<Expr>,
    pub name: Option<Name>,
    pub body: Vec<Stmt>,
}

#[derive(Clone, Debug)]
pub struct MatchCase {
    pub pattern: Pattern,
    pub guard: Option<Expr>,
    pub body: Vec<Stmt>,
}

#[derive(Clone, Debug)]
pub struct Pattern {
    pub span: Span,
    pub kind: PatternKind,
}

#[derive(Clone, Debug)]
pub enum PatternKind {
    Value(Expr),
    Singleton(Constant),
    Sequence(Vec<Pattern>),
    Mapping {
        keys: Vec<Expr>,
        patterns: Vec<Pattern>,
        rest: Option<Name>,
    },
    Class {
        class: Expr,
        patterns: Vec<Pattern>,
        keywords: Vec<(Name, Pattern)>,
    },
    Star(Option<Name>),
    /// `pattern as name`; both absent for `_`.
    As {
        pattern: Option<Box<Pattern>>,
        name: Option<Name>,
    },
    Or(Vec<Pattern>),
}

/// A comment `# type: ...` other than `# type: ignore`.
#[derive(Clone, Debug)]
pub struct TypeComment {
    /// From the `#` to the end of the comment.
    pub span: Span,
    /// The text behind `# type:`, trimmed.
    pub text: String,
    pub kind: TypeCommentKind,
}

#[derive(Clone, Debug)]
pub enum TypeCommentKind {
    /// `(A, B) -> R`; `params` is `None` for `(...) -> R`.
    Signature { params: Option<Vec<Expr>>, returns: Box<Expr> },
    /// A single type.
    Type(Box<Expr>),
    /// Not an expression; the message says why.
    Invalid(String),
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    BoolOp {
        op: BoolOp,
        values: Vec<Expr>,
    },
    Named {
        target: Box<Expr>,
        value: Box<Expr>,
    },
    Binary {
        op: BinOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Lambda(Arc<Lambda>),
    IfExp {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    /// Key `None` for `**mapping`.
    Dict(Vec<(Option<Expr>, Expr)>),
    Set(Vec<Expr>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    ListComp {
        element: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    SetComp {
        element: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    DictComp {
        key: Box<Expr>,
        value: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    Generator {
        element: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    Await(Box<Expr>),
    Yield(Option<Box<Expr>>),
    YieldFrom(Box<Expr>),
    /// `left op a op b`: chained comparisons.
    Compare {
        left: Box<Expr>,
        rest: Vec<(CmpOp, Expr)>,
    },
    Call {
        func: Box<Expr>,
        args: Vec<Expr>,
        keywords: Vec<Keyword>,
    },
    FString(Vec<FStringPart>),
    Constant(Constant),
    Attribute {
        value: Box<Expr>,
        attr: Name,
        attr_span: Span,
    },
    Subscript {
        value: Box<Expr>,
        index: Box<Expr>,
    },
    Starred(Box<Expr>),
    Name(Name),
    Slice {
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
}

#[derive(Clone, Debug)]
pub enum FStringPart {
    Text(String),
    /// `{value!conversion:spec}`; the spec is made of parts itself.
    Value {
        value: Box<Expr>,
        conversion: Option<char>,
        spec: Option<Vec<FStringPart>>,
    },
}

#[derive(Clone, Debug)]
pub struct Comprehension {
    pub target: Expr,
    pub iter: Expr,
    pub conditions: Vec<Expr>,
    pub is_async: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    None,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    /// The imaginary part of `2.5j`.
    Imaginary(f64),
    Str(Arc<str>),
    Bytes(Arc<[u8]>),
    Ellipsis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoolOp {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    MatMul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
}

impl BinOp {
    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::MatMul => "@",
            BinOp::Div => "/",
            BinOp::FloorDiv => "//",
            BinOp::Mod => "%",
            BinOp::Pow => "**",
            BinOp::LShift => "<<",
            BinOp::RShift => ">>",
            BinOp::BitOr => "|",
            BinOp::BitXor => "^",
            BinOp::BitAnd => "&",
        }
    }
    /// The special method's stem: `add` for `__add__`, `__radd__`, `__iadd__`.
    pub fn method(self) -> &'static str {
        match self {
            BinOp::Add => "add",
            BinOp::Sub => "sub",
            BinOp::Mul => "mul",
            BinOp::MatMul => "matmul",
            BinOp::Div => "truediv",
            BinOp::FloorDiv => "floordiv",
            BinOp::Mod => "mod",
            BinOp::Pow => "pow",
            BinOp::LShift => "lshift",
            BinOp::RShift => "rshift",
            BinOp::BitOr => "or",
            BinOp::BitXor => "xor",
            BinOp::BitAnd => "and",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Invert,
    Not,
    Pos,
    Neg,
}

impl UnaryOp {
    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            UnaryOp::Invert => "~",
            UnaryOp::Not => "not ",
            UnaryOp::Pos => "+",
            UnaryOp::Neg => "-",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

impl CmpOp {
    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            CmpOp::Eq => "==",
            CmpOp::NotEq => "!=",
            CmpOp::Lt => "<",
            CmpOp::LtE => "<=",
            CmpOp::Gt => ">",
            CmpOp::GtE => ">=",
            CmpOp::Is => "is",
            CmpOp::IsNot => "is not",
            CmpOp::In => "in",
            CmpOp::NotIn => "not in",
        }
    }
}
