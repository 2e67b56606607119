//! Random numbers.

use crate::ops::facts::{self, shapes};
use crate::ops::registry::{Kind::Call, Record, op};

pub const OPERATORS: &[Record] = &[
    op(Call, facts::unknown, "aten::Generator(*, Device? device=None, int? seed=None) -> Generator"),
    op(Call, facts::unknown, "aten::_sample_dirichlet(Tensor self, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::_standard_gamma(Tensor self, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::bernoulli(Tensor self, *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::bernoulli.Tensor(Tensor self, Tensor p, *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)"),
    op(Call, facts::unknown, "aten::bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)"),
    op(Call, facts::unknown, "aten::binomial(Tensor count, Tensor prob, Generator? generator=None) -> Tensor"),
    op(
        Call,
        facts::unknown,
        "aten::cauchy(Tensor self, float median=0., float sigma=1., *, Generator? generator=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::cauchy_(Tensor(a!) self, float median=0., float sigma=1., *, Generator? generator=None) -> Tensor(a!)",
    ),
    op(Call, facts::unknown, "aten::exponential(Tensor self, float lambd=1., *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::exponential_(Tensor(a!) self, float lambd=1., *, Generator? generator=None) -> Tensor(a!)"),
    op(Call, facts::unknown, "aten::geometric(Tensor self, float p, *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::geometric_(Tensor(a!) self, float p, *, Generator? generator=None) -> Tensor(a!)"),
    op(Call, facts::unknown, "aten::initial_seed(Generator self) -> int"),
    op(
        Call,
        facts::unknown,
        "aten::log_normal(Tensor self, float mean=1., float std=2., *, Generator? generator=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::log_normal_(Tensor(a!) self, float mean=1., float std=2., *, Generator? generator=None) -> Tensor(a!)",
    ),
    op(Call, facts::unknown, "aten::manual_seed(int seed) -> ()"),
    op(Call, facts::unknown, "aten::manual_seed.generator(Generator(a!) self, int seed) -> Generator(a!)"),
    op(
        Call,
        facts::unknown,
        "aten::multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
    ),
    op(Call, facts::unknown, "aten::normal.Tensor_float(Tensor mean, float std=1., *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor"),
    op(
        Call,
        facts::unknown,
        "aten::normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::normal_(Tensor(a!) self, float mean=0., float std=1., *, Generator? generator=None) -> Tensor(a!)",
    ),
    op(Call, facts::unknown, "aten::poisson(Tensor self, Generator? generator=None) -> Tensor"),
    op(
        Call,
        shapes::create,
        "aten::rand(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        shapes::create,
        "aten::rand.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        shapes::like,
        "aten::rand_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        shapes::like,
        "aten::rand_like.generator(Tensor self, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        shapes::create,
        "aten::randint(SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        shapes::create,
        "aten::randint.generator(SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        shapes::create,
        "aten::randint.low(SymInt low, SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        shapes::create,
        "aten::randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::randint_like(Tensor self, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::randint_like.Tensor(Tensor self, Tensor high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::randint_like.generator(Tensor self, SymInt high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::randint_like.Tensor_generator(Tensor self, Tensor high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::randint_like.low_generator_dtype(Tensor self, SymInt low, SymInt high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        shapes::create,
        "aten::randn(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        shapes::create,
        "aten::randn.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        shapes::like,
        "aten::randn_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(
        Call,
        shapes::like,
        "aten::randn_like.generator(Tensor self, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    ),
    op(Call, facts::unknown, "aten::random.from(Tensor self, int from, int? to, *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::random.to(Tensor self, int to, *, Generator? generator=None) -> Tensor"),
    op(Call, facts::unknown, "aten::random(Tensor self, *, Generator? generator=None) -> Tensor"),
    op(
        Call,
        facts::unknown,
        "aten::random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)",
    ),
    op(Call, facts::unknown, "aten::random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)"),
    op(Call, facts::unknown, "aten::random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)"),
    op(
        Call,
        facts::unknown,
        "aten::randperm(SymInt n, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "aten::randperm.generator(SymInt n, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    ),
    op(Call, facts::unknown, "aten::seed(Generator(a!) self) -> int"),
    op(Call, facts::unknown, "aten::uniform(Tensor self, float from=0., float to=1., *, Generator? generator=None) -> Tensor"),
    op(
        Call,
        facts::unknown,
        "aten::uniform_(Tensor(a!) self, float from=0., float to=1., *, Generator? generator=None) -> Tensor(a!)",
    ),
];
