//! One kernel.

macro_rules! ids {
    ($(#[$doc:meta] $name:ident),*) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
    )*};
}
ids!(
    /// The result of an operation; defined once, visible to the end of the block that defines it.
    Reg,
    /// A loop's variable.
    Var,
    /// Index into [`Kernel::buffers`].
    BufferId,
    /// Index into [`Kernel::symbols`]: a size or stride given at run time.
    Symbol
);

/// What elements are and how they are computed. Half precision is a matter of loads and stores, which convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ty {
    Bool,
    U8,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
}

impl Ty {
    pub const ALL: [Ty; 8] = [Ty::Bool, Ty::U8, Ty::I8, Ty::I16, Ty::I32, Ty::I64, Ty::F32, Ty::F64];

    pub fn name(self) -> &'static str {
        match self {
            Ty::Bool => "bool",
            Ty::U8 => "u8",
            Ty::I8 => "i8",
            Ty::I16 => "i16",
            Ty::I32 => "i32",
            Ty::I64 => "i64",
            Ty::F32 => "f32",
            Ty::F64 => "f64",
        }
    }

    pub fn from_name(s: &str) -> Option<Ty> {
        Ty::ALL.into_iter().find(|t| t.name() == s)
    }

    /// Size in memory, in bytes.
    pub fn size(self) -> u64 {
        match self {
            Ty::Bool | Ty::U8 | Ty::I8 => 1,
            Ty::I16 => 2,
            Ty::I32 | Ty::F32 => 4,
            Ty::I64 | Ty::F64 => 8,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, Ty::F32 | Ty::F64)
    }

    /// Integers, without bool.
    pub fn is_int(self) -> bool {
        !self.is_float() && self != Ty::Bool
    }

    pub fn is_signed(self) -> bool {
        !matches!(self, Ty::Bool | Ty::U8)
    }
}

/// A number of elements or a distance between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    Const(i64),
    Sym(Symbol),
}

/// Where the elements of a buffer lie, in elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strides {
    /// In row-major order without gaps.
    Contiguous,
    Of(Vec<Extent>),
    /// The last dimension is cut into panels of `width` elements, the last panel filled up with zeros: in row-major order the first
    /// `batch` dimensions, the panels, the other dimensions, the places in a panel. What contractions read their weights from.
    Panels {
        batch: u32,
        width: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    In,
    Out,
    /// Has contents before the kernel and others after it.
    InOut,
    /// Written and read by the kernel only.
    Scratch,
}

impl Access {
    pub fn word(self) -> &'static str {
        match self {
            Access::In => "in",
            Access::Out => "out",
            Access::InOut => "inout",
            Access::Scratch => "scratch",
        }
    }
}

/// Memory that the kernel gets a pointer to. Different buffers never overlap, except inputs with inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    pub name: String,
    pub access: Access,
    pub ty: Ty,
    pub dims: Vec<Extent>,
    pub strides: Strides,
}

/// A number given at run time. Integers of any width come as i64, floats as f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: String,
    pub ty: Ty,
}

/// A position along one dimension: sum of variables times constants, plus a constant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    pub terms: Vec<(Var, i64)>,
    pub offset: i64,
}

impl Index {
    pub fn var(v: Var) -> Index {
        Index { terms: vec![(v, 1)], offset: 0 }
    }

    pub fn constant(n: i64) -> Index {
        Index { terms: vec![], offset: n }
    }

    /// How far one step of `v` moves.
    pub fn coefficient(&self, v: Var) -> i64 {
        self.terms.iter().filter(|t| t.0 == v).map(|t| t.1).sum()
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),* }
        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),*];

            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            pub fn from_word(s: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|x| x.word() == s)
            }
        }
    )*};
}
words! {
    /// Operations of one operand; those of floats keep the type, `not` is of bools and integers (bitwise), the tests make bools.
    UnOp {
        Neg "neg", Abs "abs", Not "not", Sign "sign",
        Exp "exp", Log "log", Log1p "log1p", Expm1 "expm1", Log2 "log2", Log10 "log10", Exp2 "exp2",
        Tanh "tanh", Sigmoid "sigmoid", Erf "erf", Sqrt "sqrt", Rsqrt "rsqrt", Recip "recip",
        Sin "sin", Cos "cos",
        Floor "floor", Ceil "ceil", Round "round", Trunc "trunc",
        IsNan "isnan", IsInf "isinf",
    }
    /// Operations of two operands of one type. `min` and `max` of floats give NaN when either is; integers wrap; `div` of integers
    /// truncates and `rem` is its remainder, `floordiv` (of integers only) and `mod` round towards minus infinity as Python does; an integer divided by
    /// zero is zero (whoever must raise does so before).
    BinOp {
        Add "add", Sub "sub", Mul "mul", Div "div", Rem "rem", FloorDiv "floordiv", Mod "mod",
        Min "min", Max "max", Pow "pow", And "and", Or "or", Xor "xor", Atan2 "atan2",
    }
    /// Comparisons: NaN is unequal to everything and ordered with nothing.
    Cmp { Eq "eq", Ne "ne", Lt "lt", Le "le", Gt "gt", Ge "ge" }
    /// How a reduction folds; any order is allowed. The empty fold is 0, 1, and the least or greatest value (infinity for floats).
    Fold { Sum "sum", Prod "prod", Max "max", Min "min" }
}

/// A constant.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Bool(bool),
    Int(i64),
    Float(f64),
}

/// Floats are equal by bits.
impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Bool(a), Number::Bool(b)) => a == b,
            (Number::Int(a), Number::Int(b)) => a == b,
            (Number::Float(a), Number::Float(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Of the type given by the register.
    Const(Number),
    /// Index into [`Kernel::params`], converted to the register's type.
    Param(u32),
    Load(BufferId, Vec<Index>),
    /// A load where all positions are inside their dimensions, else the register's value.
    Pad(BufferId, Vec<Index>, Reg),
    Un(UnOp, Reg),
    Bin(BinOp, Reg, Reg),
    Cmp(Cmp, Reg, Reg),
    /// `a * b + c` of floats, rounded once or twice.
    Fma(Reg, Reg, Reg),
    /// `cond ? a : b`
    Select(Reg, Reg, Reg),
    /// Between any two types: to bool is `!= 0`, from float to integer truncates.
    Cast(Reg),
    /// The loop variable as i64.
    At(Var),
}

impl Op {
    pub fn operands(&self) -> Vec<Reg> {
        match *self {
            Op::Const(_) | Op::Param(_) | Op::Load(..) | Op::At(_) => vec![],
            Op::Un(_, a) | Op::Cast(a) | Op::Pad(_, _, a) => vec![a],
            Op::Bin(_, a, b) | Op::Cmp(_, a, b) => vec![a, b],
            Op::Select(a, b, c) | Op::Fma(a, b, c) => vec![a, b, c],
        }
    }
}

/// An accumulator of a loop: the fold of `value` over all its iterations is `result`, visible after the loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Acc {
    pub fold: Fold,
    pub result: Reg,
    pub value: Reg,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    pub var: Var,
    pub extent: Extent,
    /// Elements computed at a time; 1 is a plain loop.
    pub width: u32,
    pub accs: Vec<Acc>,
    pub body: Vec<Stmt>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    Let(Reg, Op),
    Store(BufferId, Vec<Index>, Reg),
    For(Loop),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kernel {
    pub name: String,
    /// Names of sizes and strides given at run time.
    pub symbols: Vec<String>,
    pub params: Vec<Param>,
    pub buffers: Vec<Buffer>,
    /// Names of loop variables.
    pub vars: Vec<String>,
    /// Types of registers.
    pub types: Vec<Ty>,
    pub body: Vec<Stmt>,
}

impl Kernel {
    pub fn ty(&self, r: Reg) -> Ty {
        self.types[r.0 as usize]
    }

    pub fn buffer(&self, b: BufferId) -> &Buffer {
        &self.buffers[b.0 as usize]
    }

    /// How far a buffer's element moves per step along each dimension: factors whose product is the distance. In a buffer of panels a
    /// step along the last dimension is that from panel to panel.
    pub fn strides(&self, b: BufferId) -> Vec<Vec<Extent>> {
        let buffer = self.buffer(b);
        let rank = buffer.dims.len();
        match &buffer.strides {
            Strides::Panels { batch, width } => {
                let (batch, width) = (*batch as usize, *width as i64);
                let last = rank.saturating_sub(1);
                let whole = match buffer.dims.last() {
                    Some(Extent::Const(n)) => Extent::Const((n + width - 1) / width * width),
                    Some(n) => *n,
                    None => Extent::Const(width),
                };
                let inner = |from: usize| buffer.dims[from.min(last)..last].iter().copied();
                (0..rank)
                    .map(|d| match d {
                        d if d == last => inner(batch).chain([Extent::Const(width)]).collect(),
                        d if d < batch => inner(d + 1).chain([whole]).collect(),
                        d => inner(d + 1).chain([Extent::Const(width)]).collect(),
                    })
                    .collect()
            }
            Strides::Of(s) => s.iter().map(|s| vec![*s]).collect(),
            Strides::Contiguous => (0..buffer.dims.len()).map(|d| buffer.dims[d + 1..].to_vec()).collect(),
        }
    }
}
