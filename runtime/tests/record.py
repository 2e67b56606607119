"""Records operator calls from PyTorch into fixtures/*.txt (the format is described in fixtures.rs).

Run with PyTorch 2.13.0 on the CPU:  python record.py
"""
import os
import sys
import urllib.parse

import torch

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
DTYPES = {
    torch.uint8: 0, torch.int8: 1, torch.int16: 2, torch.int32: 3, torch.int64: 4, torch.float16: 5, torch.float32: 6,
    torch.float64: 7, torch.complex32: 8, torch.complex64: 9, torch.complex128: 10, torch.bool: 11, torch.bfloat16: 15,
    torch.uint16: 27, torch.uint32: 28, torch.uint64: 29,
}


def quote(text):
    return urllib.parse.quote(text, safe="")


def tensor(t):
    head = ["T", DTYPES[t.dtype], t.dim(), *t.shape]
    flat = t.detach().reshape(-1)
    if t.dtype.is_complex:
        body = [x for c in flat.tolist() for x in (repr(c.real), repr(c.imag))]
    elif t.dtype == torch.bool:
        body = [int(x) for x in flat.tolist()]
    else:
        body = [repr(x) for x in flat.tolist()]
    text = " ".join(map(str, head + body))
    order = sorted(range(t.dim()), key=lambda d: (-t.stride(d), d))
    if t.dim() and not t.is_contiguous() and 0 not in t.stride() and t.permute(order).is_contiguous():
        back = [order.index(d) for d in range(t.dim())]
        return "P %d %s %s" % (t.dim(), " ".join(map(str, back)), tensor(t.permute(order).contiguous()))
    return text


def value(v):
    if v is None:
        return "n"
    if isinstance(v, torch.Tensor):
        return tensor(v)
    if isinstance(v, bool):
        return "b%d" % v
    if isinstance(v, int):
        return "i%d" % v
    if isinstance(v, float):
        return "f%r" % v
    if isinstance(v, complex):
        return "c %r %r" % (v.real, v.imag)
    if isinstance(v, str):
        return "s" + quote(v)
    if isinstance(v, torch.device):
        return "d"
    if isinstance(v, torch.dtype):
        return "i%d" % DTYPES[v]
    if isinstance(v, torch.memory_format):
        return "i%d" % {torch.contiguous_format: 0, torch.preserve_format: 1, torch.channels_last: 2}[v]
    if isinstance(v, tuple):
        return "U %d %s" % (len(v), " ".join(map(value, v)))
    if isinstance(v, list):
        kinds = {type(x) for x in v}
        elem = {int: 0, float: 1, bool: 2}.get(next(iter(kinds)), 3) if len(kinds) == 1 else 4 if kinds & {int, float, bool} else 3 if kinds else 0
        if any(isinstance(x, (complex, torch.dtype)) for x in v):
            elem = 4
        return " ".join(["L", str(elem), str(len(v)), *map(value, v)])
    raise TypeError(type(v))


def full(op, args, kwargs):
    """All arguments in schema order, defaults filled in."""
    out = []
    for i, a in enumerate(op._schema.arguments):
        if i < len(args):
            out.append(args[i])
        elif a.name in kwargs:
            out.append(kwargs[a.name])
        else:
            out.append(a.default_value)
    return out


class Recorder:
    def __init__(self, name, namespace="aten"):
        self.namespace = namespace
        self.file = open(os.path.join(HERE, name + ".txt"), "w")
        print("# PyTorch %s" % torch.__version__.split("+")[0], file=self.file)

    def seed(self, n):
        torch.manual_seed(n)
        print("seed %d" % n, file=self.file)

    def __call__(self, name, *args, **kwargs):
        base, _, overload = name.partition(".")
        op = getattr(getattr(getattr(torch.ops, self.namespace), base), overload or "default")
        given = " ".join(value(a) for a in full(op, args, kwargs))
        try:
            r = op(*args, **kwargs)
        except Exception as e:
            text = str(e).split("\nException raised")[0].split("\n")[0]
            print("%s::%s | %s | e%s" % (self.namespace, name, given, quote(text)), file=self.file)
            return
        results = list(r) if isinstance(r, tuple) and len(op._schema.returns) > 1 else [r]
        if not op._schema.returns:
            results = []
        print("%s::%s | %s | %s" % (self.namespace, name, given, " ".join(map(value, results))), file=self.file)


def operators():
    r = Recorder("operators")
    t = torch.arange(24.0).reshape(2, 3, 4)
    m = torch.arange(6.0).reshape(2, 3)
    p = t.permute(2, 0, 1)
    i64 = torch.tensor
    for name, args in [
        ("arange", (5,)), ("arange", (2.5,)), ("arange.start_step", (1, 10, 3)), ("arange.start_step", (1.0, 0.0, -0.25)),
        ("arange.start_step", (5, 0, 2)), ("linspace", (0, 1, 5)), ("linspace", (1, 10, 1)), ("logspace", (0, 3, 4)),
        ("eye", (3,)), ("eye.m", (2, 3)), ("full", ([2], 7)), ("full", ([2], 0.5)), ("full", ([2], True)), ("zeros", ([2, 0],)),
        ("ones", ([2, -1],)), ("scalar_tensor", (3,)), ("tensor.int", (3,)), ("full_like", (m, 2)), ("new_full", (m, [2], 3)),
        ("tril_indices", (3, 3)), ("triu_indices", (2, 4, 1)), ("complex", (m, m + 1)),
        ("view", (t, [6, 4])), ("view", (t, [-1, 2, 2])), ("view", (p, [24])), ("view", (p, [4, 6])), ("view", (t, [5])),
        ("view", (t, [-1, -1])), ("reshape", (p, [4, 6])), ("reshape", (t, [-1, 0])), ("transpose.int", (t, 0, -1)),
        ("transpose.int", (t, 0, 3)), ("permute", (t, [2, 0, 1])), ("permute", (t, [0, 0, 1])), ("select.int", (t, 1, -1)),
        ("select.int", (t, 1, 3)), ("slice.Tensor", (t, 2, 1, None, 2)), ("slice.Tensor", (t, 1, -2, 100)),
        ("squeeze", (m.reshape(1, 2, 1, 3),)), ("squeeze.dims", (m.reshape(1, 2, 1, 3), [0, 1])), ("unsqueeze", (m, -1)),
        ("expand", (m.reshape(2, 1, 3), [-1, 2, 3])), ("expand", (m, [4, 3])), ("narrow", (t, 1, 1, 2)), ("narrow", (t, 1, 2, 2)),
        ("split.Tensor", (t, 2, 2)), ("split.Tensor", (t, 3, 2)), ("split_with_sizes", (t, [1, 2], 1)),
        ("split_with_sizes", (t, [1, 1], 1)), ("chunk", (t, 3, 2)), ("chunk", (t, 2, 1)), ("tensor_split.sections", (t, 3, 2)),
        ("tensor_split.indices", (t, [1, 3], 2)), ("unbind.int", (m, 1)), ("flatten.using_ints", (t, 1, -1)),
        ("flatten.using_ints", (p, 0, 1)), ("unflatten.int", (t, 2, [2, -1])), ("t", (m,)), ("t", (t,)), ("mT", (t,)),
        ("as_strided", (t, [2, 2], [3, 1], 1)), ("as_strided", (t, [9, 9], [9, 1])), ("diagonal", (t, 1, 1, 2)),
        ("diagonal", (m, -1)), ("unfold", (t, 2, 2, 1)), ("movedim.int", (t, 0, 2)), ("movedim.intlist", (t, [0, 1], [2, 0])),
        ("atleast_3d", (m,)), ("view_as_real", (torch.complex(m, m + 1),)), ("view_as_complex", (t.reshape(12, 2),)),
        ("real", (torch.complex(m, m + 1),)), ("view.dtype", (m, torch.int32)), ("view.dtype", (m, torch.int16)),
        ("clone", (p,)), ("contiguous", (p,)), ("to.dtype", (m, torch.int64)), ("to.dtype", (m - 2.5, torch.uint8)),
        ("to.dtype", (m, torch.float16)), ("to.dtype", (m * 1.1, torch.bfloat16)), ("to.dtype", (m - 1, torch.bool)),
        ("cat", ([m, m + 1], 1)), ("cat", ([m, t], 0)), ("cat", ([m, torch.zeros(3, 3)], 1)), ("cat", ([m.int(), m], 0)),
        ("cat", ([torch.zeros(0), m], 0)), ("stack", ([m, m * 2], -1)), ("stack", ([m, t], 0)), ("hstack", ([m, m],)),
        ("vstack", ([m[0], m[1]],)), ("column_stack", ([m[0], m[1]],)), ("repeat", (m, [2, 1, 2])), ("repeat", (m, [2])),
        ("tile", (m, [2])), ("repeat_interleave.self_int", (m, 2, 1)), ("repeat_interleave.self_int", (m, 2)),
        ("repeat_interleave.self_Tensor", (m, i64([1, 2]), 0)), ("roll", (m, [1], [1])), ("roll", (m, [2])), ("flip", (t, [0, 2])),
        ("rot90", (m,)), ("tril", (t,)), ("tril", (m, -1)), ("triu", (t, 1)), ("diag", (m[0], 1)), ("diag", (m,)),
        ("diag_embed", (m, 1)), ("meshgrid.indexing", ([m[0], m[1][:2]],), ), ("block_diag", ([m, m[0]],)),
        ("constant_pad_nd", (m, [1, 2, -1, 0], 9.0)), ("fill.Scalar", (m, 3)),
        ("index.Tensor", (t, [i64([1, 0])])), ("index.Tensor", (t, [None, i64([2, 0])])),
        ("index.Tensor", (t, [i64([0, 1]), None, i64([3, 1])])), ("index.Tensor", (t, [None, i64([[0], [2]]), i64([1, 3])])),
        ("index.Tensor", (t, [t > 11])), ("index.Tensor", (t, [i64([True, False])])), ("index.Tensor", (t, [i64([2])])),
        ("index.Tensor", (t, [i64([0, 1]), i64([0, 1, 2])])), ("index.Tensor", (p, [i64([1]), i64([-1])])),
        ("index_put", (m, [i64([0, 1]), i64([2, 0])], i64([10.0, 20.0]))), ("index_put", (m, [i64([0, 0])], i64([1.0, 2.0, 3.0]), True)),
        ("index_put", (m, [m > 2], i64(-1.0))), ("index_put", (m, [i64([0])], i64([1, 2, 3]))),
        ("index_select", (t, 1, i64([2, 0, 2]))), ("index_select", (t, 1, i64([3]))), ("index_add", (m, 0, i64([0, 0]), m)),
        ("index_add", (m, 1, i64([2]), m[:, :1], )), ("index_copy", (m, 1, i64([1, 0]), m[:, :2])), ("index_fill.int_Scalar", (m, 1, i64([0, 2]), 7)),
        ("take", (m, i64([[0, -1]]))), ("put", (m, i64([0, 4]), i64([7.0, 8.0]))), ("take_along_dim", (m, i64([[2], [0]]), 1)),
        ("gather", (m, 1, i64([[0, 2], [1, 1]]))), ("gather", (m, 0, i64([[0, 1, 1]]))), ("gather", (m, 1, i64([[3]]))),
        ("scatter.src", (m, 1, i64([[2, 0], [1, 1]]), m + 10)), ("scatter.value", (m, 0, i64([[1, 0, 1]]), 5.0)),
        ("scatter.reduce", (m, 0, i64([[1, 0, 1]]), m), ), ("scatter_add", (m, 0, i64([[0, 0, 0], [0, 1, 1]]), m)),
        ("nonzero", (m > 2,)), ("nonzero", (i64(3.0),)), ("where.self", (m > 2, m, m * 10)), ("where.self", (m > 2, m.int(), m)),
        ("where.ScalarOther", (m > 2, m, 0)), ("where.Scalar", (m > 2, 1, 0.5)), ("masked_select", (m, m > 2)),
        ("masked_fill.Scalar", (m, m > 2, -1)), ("masked_fill.Scalar", (m[0], m > 2, -1)), ("masked_scatter", (m, m > 2, m + 7)),
        ("item", (i64(2.5),)), ("item", (m,)), ("is_nonzero", (m,)), ("result_type.Tensor", (m.int(), i64(1.0))),
        ("result_type.Scalar", (m.int(), 1.5)), ("equal", (m, m + 0)),
    ]:
        kw = {}
        if name == "meshgrid.indexing":
            kw = {"indexing": "xy"}
        if name == "scatter.reduce":
            kw = {"reduce": "add"}
        r(name, *args, **kw)
    for a in DTYPES:
        for b in DTYPES:
            r("promote_types", a, b)
            r("can_cast", a, b)


def strings():
    r = Recorder("strings")
    words = ["", "hello wOrld  it's ok", "abcABC123", "  pad\t\n", "a,b,,c", "Title Case", "UPPER", "x" * 5, "tab\there"]
    for w in words:
        for op in "capitalize title swapcase lower upper isalnum isalpha isdigit islower isupper isspace istitle isprintable isdecimal isnumeric strip lstrip rstrip splitlines expandtabs".split():
            r(op, w)
        for n in (0, 4, 9, 12):
            r("center", w, n, "*"), r("ljust", w, n, "."), r("rjust", w, n), r("zfill", w, n)
        for sub in ("a", "b,", "l", "zz"):
            r("find", w, sub), r("rfind", w, sub), r("count", w, sub), r("count", w, sub, 2, 7), r("find", w, sub, -5, -2)
            r("startswith", w, sub), r("endswith", w, sub), r("replace", w, sub, "__"), r("replace", w, sub, "", 1)
            r("partition", w, sub), r("rpartition", w, sub), r("split.str", w, sub), r("split.str", w, sub, 1), r("rsplit", w, sub, 1)
            r("index.str", w, sub)
        r("split.str", w), r("slice.str", w, 1, -1, 1), r("slice.str", w, None, None, 2), r("slice.str", w, 8, 2, -2)
    for n in (0, 1, -1, 255, -4096):
        r("hex", n), r("oct", n), r("bin", n)
    for s in ("12", " 12", "12x", "-7", "+3", "", "99999999999999999999"):
        r("Int.str", s)
    for s in ("1.5", " 1e5", "x", "1.5 ", "inf", "-nan", ""):
        r("Float.str", s)


def printing():
    with open(os.path.join(HERE, "printing.txt"), "w") as out:
        print("# PyTorch %s" % torch.__version__.split("+")[0], file=out)

        @torch.jit.script
        def text(x: torch.Tensor) -> str:
            return str(x)

        torch.manual_seed(0)
        m = torch.arange(6.0).reshape(2, 3)
        for t in [
            m, m * 0.37, m * 1e5, m * 1e-3, m * 1e-6, m * 1e9, m - 2.5, m.int(), m.bool(), m.double(), m.half(), m.bfloat16(),
            torch.complex(m, -m), torch.complex(m.double(), m.double() * 0.1), torch.tensor(2.5), torch.tensor(3), torch.tensor(True),
            torch.tensor(1e10), torch.tensor(float("nan")), torch.tensor([float("inf"), 1.5, -2]), torch.tensor([float("nan"), 1.0]),
            torch.zeros(0), torch.zeros(2, 0, 3), torch.zeros(0, dtype=torch.int64), torch.tensor([123456.0, 2.5]), torch.tensor([1e6, 0.5]),
            torch.arange(40.0).reshape(2, 20) * 1.5, torch.arange(24).reshape(2, 3, 4), torch.arange(24.0).reshape(2, 1, 3, 4) * 0.5,
            torch.tensor([-1, 2]), torch.tensor([[0.001, 100000.0]]), torch.tensor([12345678901234]), torch.tensor([0.0, -0.0]),
            torch.rand(3, 4), torch.randn(5) * 100, torch.tensor(1 + 2j), torch.tensor([1e-10]), torch.tensor([1e-5, 2e-5]),
            torch.randn(3, 30), torch.arange(60.0).reshape(1, 2, 30), torch.arange(60.0).reshape(1, 2, 30) * 1e-4, torch.tensor(0.1), torch.full((2, 2), 1e7), torch.arange(12, dtype=torch.uint8).reshape(3, 4), torch.zeros(1, 1, 1),
        ]:
            print("script | %s | %s" % (tensor(t), quote(text(t))), file=out)
            print("python | %s | %s" % (tensor(t), quote(repr(t))), file=out)
        for t in [torch.arange(1200), torch.arange(2000.0).reshape(4, 500), torch.arange(1100.0).reshape(11, 10, 10)]:
            print("python | %s | %s" % (tensor(t), quote(repr(t))), file=out)


def random():
    r = Recorder("random")
    for seed in (0, 1, 2**40 + 7):
        r.seed(seed)
        r("rand", [5]), r("randn", [5]), r("randn", [20]), r("randn", [16]), r("rand", [3, 4])
        r("randint", 10, [6]), r("randint.low", -5, 1000, [4]), r("randperm", 10), r("randperm", 1)
        r("rand", [3], dtype=torch.float64), r("randn", [5], dtype=torch.float64), r("randn", [18], dtype=torch.float64)
        r("uniform", torch.zeros(4), -2.0, 3.0), r("normal_functional", torch.zeros(17), 1.0, 2.0)
        r("randn", [1]), r("randn", [2]), r("randn", [17])
        r("bernoulli.p", torch.zeros(6), 0.3), r("bernoulli", torch.full((6,), 0.5)), r("exponential", torch.zeros(5))
        r("randint.low", 0, 2**40, [4]), r("random", torch.zeros(4)), r("random", torch.zeros(4, dtype=torch.int64))
        r("random.to", torch.zeros(3, dtype=torch.int32), 100), r("random.from", torch.zeros(3), -3, 3)
        r("multinomial", torch.tensor([0.1, 0.2, 0.3, 0.4]), 2), r("multinomial", torch.tensor([0.1, 0.2, 0.3, 0.4]), 5, True)
        r("geometric", torch.zeros(4), 0.3), r("cauchy", torch.zeros(4)), r("log_normal", torch.zeros(4))
        r("normal.float_float", 0.0, 1.0, [3]), r("normal.Tensor_float", torch.zeros(3), 2.0)
        r("native_dropout", torch.ones(8), 0.5, True)
        r("randn", [16], dtype=torch.float16), r("rand", [4], dtype=torch.bfloat16), r("randn", [3], dtype=torch.complex64)
        r("rand", [2], dtype=torch.complex64)

def algebra():
    """Decompositions where results are unique, or made so by what is computed from them."""
    r = Recorder("algebra")
    torch.manual_seed(1)
    a, wide, tall = torch.randn(3, 3).double(), torch.randn(2, 2, 4).double(), torch.randn(4, 2).double()
    batch, z = torch.randn(2, 3, 3).double(), torch.randn(3, 3, dtype=torch.complex128)
    b, zero = torch.randn(3, 2).double(), torch.zeros(2, 2)
    spd, her = a @ a.mT + torch.eye(3), z @ z.mH + torch.eye(3)
    lu, pivots = torch.linalg.lu_factor(batch)
    ld, places = torch.linalg.ldl_factor(a + a.mT)
    reflections, tau = torch.geqrf(tall)
    i64 = torch.tensor
    for name, *args in [
        ("linalg_lu_factor_ex", batch), ("linalg_lu", wide), ("linalg_lu_factor", zero), ("lu_unpack", lu, pivots), ("linalg_lu_solve", lu, pivots, b),
        ("linalg_qr", tall), ("linalg_qr", wide), ("linalg_qr", z), ("linalg_qr", tall, "complete"), ("linalg_qr", tall, "r"), ("linalg_qr", tall, "q"),
        ("geqrf", tall), ("linalg_householder_product", reflections, tau), ("ormqr", reflections, tau, tall), ("ormqr", reflections, tau, tall, True, True),
        ("linalg_cholesky", spd), ("linalg_cholesky", her), ("linalg_cholesky", zero), ("linalg_cholesky_ex", zero), ("cholesky_inverse", spd), ("cholesky_solve", b, spd),
        ("linalg_ldl_factor", a + a.mT), ("linalg_ldl_solve", ld, places, b), ("linalg_det", batch), ("linalg_det", z), ("linalg_slogdet", batch), ("linalg_slogdet", z), ("logdet", batch),
        ("linalg_inv", batch), ("linalg_inv", z), ("linalg_inv", zero), ("linalg_inv", torch.zeros(2, 3, 3)), ("linalg_inv", tall), ("linalg_inv", a.half()), ("linalg_inv", a.long()), ("linalg_inv_ex", zero),
        ("linalg_solve", a, b), ("linalg_solve", batch, b), ("linalg_solve", a, b[:, 0]), ("linalg_solve", zero, zero), ("linalg_solve", a, tall), ("linalg_solve_ex", a, b),
        ("triangular_solve", b, a), ("linalg_lstsq", tall, torch.ones(4, 3).double()), ("linalg_lstsq", wide[0], torch.ones(2).double()),
        ("linalg_eigvalsh", spd), ("linalg_eigvalsh", her, "U"), ("linalg_eigvalsh", a, "X"), ("linalg_eigvals", torch.diag(i64([3.0, 1.0, 2.0])) + torch.diag(i64([1.0, 5.0]), 1)),
        ("linalg_svdvals", wide), ("linalg_svdvals", z),
        ("linalg_matrix_norm", batch, 1), ("linalg_matrix_norm", batch, -2.0, [0, 1], True), ("linalg_matrix_norm.str_ord", batch, "nuc"), ("linalg_matrix_norm", batch, 3),
        ("linalg_norm", a, None), ("linalg_norm", a[0], float("inf")), ("linalg_norm.ord_str", batch, "fro", [0, 2]), ("linalg_norm", batch, 2), ("linalg_cond", a), ("linalg_cond", zero, 1), ("linalg_cond.p_str", a, "fro"),
        ("linalg_matrix_rank", torch.ones(3, 3), 0.1), ("linalg_matrix_rank.atol_rtol_float", tall @ wide[0]), ("linalg_pinv", tall @ wide[0], 1e-9), ("linalg_pinv.atol_rtol_float", wide), ("pinverse", a.long()),
        ("linalg_matrix_exp", batch), ("linalg_matrix_exp", z), ("linalg_matrix_power", a, -3), ("linalg_matrix_power", a, 0), ("linalg_matrix_power", tall, 2),
        ("linalg_multi_dot", [b[:, 0], a, b]), ("linalg_multi_dot", [a]), ("linalg_cross", a, a + 1), ("linalg_cross", tall, tall), ("cross", b, b + 1), ("linalg_vander", i64([2, 3, 5])), ("vander", i64([2.0, 3.0]), 4),
        ("linalg_tensorinv", torch.randn(2, 3, 6).double()), ("linalg_tensorsolve", torch.randn(2, 3, 6).double(), torch.randn(2, 3).double()), ("linalg_tensorinv", a, 0), ("kron", a[:2], b), ("inner", a, b.mT), ("linalg_vecdot", z, z + 1),
        ("cdist", a, batch, 1.5), ("cdist", tall, tall, 2.0), ("cdist", a, tall),
    ]:
        r(name, *args)
    r("linalg_solve_triangular", a, b, upper=True), r("linalg_solve_triangular", z, z, upper=False, left=False)
    r("linalg_lstsq", tall, torch.ones(4, 1).double(), driver="gelsd"), r("linalg_lu_solve", lu, pivots, b.mT, left=False)


def spectra():
    r = Recorder("spectra")
    x = torch.arange(24.0).sin().double().reshape(2, 3, 4)
    z = torch.complex(x, x.cos())
    for n in (1, 2, 5, 7, 8, 36, 37, 64):
        r("fft_fft", torch.arange(float(n)).double()), r("fft_irfft", torch.arange(float(n // 2 + 1)).double(), n)
    for name, *args in [
        ("fft_fft", x, 5, 1), ("fft_ifft", z, None, 0, "ortho"), ("fft_rfft", x, 3), ("fft_irfft", z), ("fft_hfft", z, 5, -1, "forward"), ("fft_ihfft", x), ("fft_fftn", z), ("fft_ifftn", x, [2, 6], [0, 2]),
        ("fft_rfftn", x, None, [2, 0]), ("fft_irfftn", z, [3, 5]), ("fft_hfftn", z, None, [0, 2], "ortho"), ("fft_ihfftn", x), ("fft_fft2", x), ("fft_rfft2", x.float()), ("fft_fftshift", x), ("fft_ifftshift", x, [1]),
        ("fft_fftfreq", 5, 0.5), ("fft_rfftfreq", 6), ("fft_fft", x.long()), ("fft_rfft", z), ("fft_fft", x.half()), ("fft_fft", x, 0), ("fft_fft", x, 3, 5), ("fft_fft", x, 3, 0, "none"), ("fft_fftn", x, [1], [0, 1]),
        ("_fft_c2c", z, [0, 2], 1, False), ("_fft_r2c", x, [1], 0, True), ("_fft_c2r", z, [2], 2, 7),
    ]:
        r(name, *args)


def functions():
    r = Recorder("functions")
    x = torch.tensor([-7.3, -2.0, -0.4, 0.0, 0.3, 1.0, 2.5, 9.0, 30.0]).double()
    for name in ["airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1",
                 "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0", "entr", "erfcx", "ndtr", "log_ndtr", "i0e", "i1e", "digamma"]:
        r("special_" + name, x)
    degrees = torch.tensor([-1.0, 0.0, 1.0, 2.0, 3.0, 7.0, 12.0]).double().unsqueeze(1)
    for name in ["chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_w",
                 "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p"]:
        r("special_" + name, torch.tensor([-1.0, -0.3, 0.6, 1.0, 1.5]).double(), degrees), r("special_" + name + ".n_scalar", x[4:7].float(), 3)
    r("polygamma", 1, x.float() + 0.1), r("polygamma", 3, x[4:]), r("special_zeta", x[5:], x[4:8].unsqueeze(1)), r("frexp.Tensor", x), r("frexp.Tensor", x.long())


def statistics():
    r = Recorder("statistics")
    x = torch.tensor([[3.0, 1.0, 2.0, 1.0, 3.0], [0.5, float("nan"), 2.5, 0.5, 2.5]])
    v, i = x[0], torch.tensor([[4, 2, 4, 2, 2, 1, 4, 1, 0, 4]])
    for name, *args in [
        ("topk", i, 6), ("topk", x, 3, 1, False), ("topk", i, 11), ("kthvalue", i, 5), ("kthvalue", i, 0), ("median.dim", i, 1), ("median.dim", x, 1), ("nanmedian.dim", x, 1), ("mode", i), ("sort", x), ("msort", x),
        ("unique_dim", i.mT, 0), ("unique_consecutive", i[0], True, True), ("unique_consecutive", i, False, False, 1), ("_unique2", i, True, True, True),
        ("searchsorted.Tensor", v.sort()[0], x), ("searchsorted.Scalar", v.sort()[0], 2), ("searchsorted.Tensor", x, v), ("bucketize.Tensor", x, v.sort()[0]), ("bucketize.Tensor", x, x),
        ("histc", v, 4), ("histc", v, 4, 1, 2.5), ("histc", i), ("histogram.bin_ct", v, 3), ("histogram.bins_tensor", v, torch.tensor([0.0, 1.5, 2.0, 3.0])), ("histogramdd", x[:1, :4].reshape(2, 2), [2, 3]),
        ("bincount", i[0]), ("bincount", i[0, :5], v, 7), ("bincount", i), ("bincount", v), ("hash_tensor", v), ("hash_tensor", i, [0]), ("gather", x, 1, torch.tensor([[0, 4]], dtype=torch.int32)),
    ]:
        r(name, *args)
    r("searchsorted.Tensor", v.sort()[0], v, right=True, out_int32=True), r("searchsorted.Tensor", v, v, sorter=v.argsort()), r("searchsorted.Tensor", v, v, side="up")
    r("histogram.bin_ct", v, 2, range=[0.0, 4.0], density=True), r("histogram.bin_ct", v, 0)
    for how in ("sum", "mean", "max", "min", "prod"):
        r("segment_reduce", x.nan_to_num(), how, lengths=torch.tensor([2, 0])), r("segment_reduce", v, how, offsets=torch.tensor([0, 2, 5]), initial=1)


def library():
    """Operators that the compiler's library defines in TorchScript; tests/library.rs replays them."""
    r = Recorder("library")
    m = torch.arange(6.0).reshape(2, 3)
    image = torch.arange(32.0).reshape(1, 8, 2, 2)
    square = (torch.arange(25.0) * 0.5 - 3).reshape(1, 1, 5, 5)
    i64 = torch.tensor
    for name, args in [
        ("pixel_shuffle", (image, 2)), ("pixel_shuffle", (image, 3)), ("pixel_shuffle", (m, 2)), ("pixel_unshuffle", (square[..., :4, :4], 2)),
        ("pixel_unshuffle", (square, 2)), ("channel_shuffle", (image, 4)), ("channel_shuffle", (image, 3)), ("channel_shuffle", (m, 3)),
        ("slice_scatter", (m, torch.ones(2, 1), 1, 1, 2)), ("slice_scatter", (m, m, 1, 1, 2)), ("select_scatter", (m, torch.ones(3), 0, 1)),
        ("as_strided_scatter", (m, torch.ones(2, 2), [2, 2], [1, 2], 1)), ("nonzero_static", (m > 2,)), ("broadcast_shapes", ([2, 1], [3])),
        ("index_reduce", (m, 1, i64([0, 0, 2]), m + 1, "prod")), ("index_reduce", (m, 0, i64([1, 1]), m, "amax")),
        ("index_reduce", (m, 0, i64([1, 1]), m, "mean")), ("index_reduce", (m, 0, i64([1, 1]), m, "sum")),
        ("sum_to_size", (m, [1, 3])), ("sum_to_size", (m, [2])), ("trapezoid.dx", (m,)), ("trapezoid.x", (m, i64([0.0, 1.0, 3.0]))),
        ("pdist", (torch.tensor([[0.0, 1.0], [2.0, 5.0], [3.0, 3.0]]),)), ("pdist", (m, 0.0)), ("pdist", (m, float("inf"))), ("pdist", (m[0],)),
        ("renorm", (m, 2, 0, 1.0)), ("renorm", (m, 1, 1, 4)), ("renorm", (m, -1, 0, 1)), ("mvlgamma", (m + 2, 3)), ("mvlgamma", (m, 0)),
        ("im2col", (square, [2, 3], [1, 1], [0, 1], [2, 1])), ("im2col", (square, [6, 6], [1, 1], [0, 0], [1, 1])),
        ("_upsample_bilinear2d_aa.vec", (square, [3, 2], False, None)), ("_upsample_bicubic2d_aa.vec", (square, None, True, [0.6, 1.5])),
        ("rrelu", (m - 2.5,)), ("t_copy", (m,)), ("unbind_copy.int", (m,)), ("squeeze_copy", (image,)), ("dropout", (m, 0.5, False)),
        ("feature_dropout", (m, 1.5, True)), ("alpha_dropout", (m, 0.0, True)), ("square_", (m.clone(),)), ("renorm_", (m.clone(), 2, 0, 1.0)),
        ("renorm_", (torch.ones(2, 2, dtype=torch.int64), 2, 0, 1.0)), ("mul.out", (m, m)), ("eq.Tensor_out", (m, m)), ("max.dim_max", (m, 1)),
        ("div.out", (i64([1, 2]), i64([2, 2]))),
    ]:
        kw = {}
        if name == "nonzero_static":
            kw = {"size": 4}
        if name in ("mul.out", "eq.Tensor_out"):
            kw = {"out": torch.empty(0)}
        if name == "div.out":
            kw = {"out": torch.empty(2, dtype=torch.int64)}
        if name == "max.dim_max":
            kw = {"max": torch.empty(0), "max_values": torch.empty(0, dtype=torch.int64)}
        r(name, *args, **kw)
    r.seed(3)
    for name, args in [("rrelu", (m - 2.5, 0.1, 0.5, True)), ("alpha_dropout", (m, 0.4, True)), ("feature_dropout", (image, 0.5, True))]:
        r(name, *args)


def vision():
    """torchvision's operators (torchvision 0.28)."""
    import torchvision

    r = Recorder("vision", "torchvision")
    print("# torchvision %s" % torchvision.__version__.split("+")[0], file=r.file)
    torch.manual_seed(5)

    def short(t):
        """Numbers of few digits, which half holds too."""
        return (t * 16).round() / 16

    start, size = short(torch.rand(7, 2) * 8 - 1), short(torch.rand(7, 2) * 6)
    boxes, scores = torch.cat([start, start + size], 1), torch.tensor([0.5, 0.25, 0.75, 0.5, 1.0, 0.125, 0.5])
    for t in (0.0, 0.1, 0.3, 1.0):
        r("nms", boxes, scores, t), r("nms", boxes.double(), scores.double(), t)
    r("nms", torch.zeros(3, 4), torch.ones(3), 0.5), r("nms", boxes[:0], scores[:0], 0.5), r("nms", boxes.t().contiguous().t(), scores, 0.2)
    turned = torch.cat([short(torch.rand(5, 2) * 4), short(torch.rand(5, 2) * 3), torch.tensor([[0.0], [30.0], [90.0], [-135.0], [400.0]])], 1)
    turned = torch.cat([turned, torch.tensor([[2.0, 2, 1, 1, 45], [2, 2, 1, 1, 0], [2, 2, 0, 3, 0], [2.5, 2, 2, 4, 90], [2.5, 2, 4, 2, 0]])])
    r("box_iou_rotated", turned, turned[3:]), r("box_iou_rotated", turned.double(), turned[:5].double()), r("box_iou_rotated", turned[:0], turned)

    x = short(torch.rand(2, 8, 5, 6))
    images = torch.tensor([0.0, 1, 1, 0, 1, 0, 0]).unsqueeze(1)
    rois = torch.cat([images, boxes], 1)[[0, 3, 5]]
    rois = torch.cat([rois, torch.tensor([[1.0, 2.5, 1.0, 2.5, 1.0], [0.0, 4.0, 4.0, 1.0, 1.0], [1.0, -9.0, -9.0, -7.0, 20.0]])])
    for d in (torch.float32, torch.float64, torch.float16):
        a, b, one = x[:, :4].to(d), rois.to(d), x[:, :1].to(d)
        for scale, h, w, ratio, aligned in [(1.0, 2, 2, -1, True), (0.5, 1, 3, 2, False), (0.3, 2, 1, 1, True), (1.7, 2, 2, 0, False)]:
            r("roi_align", one, b, scale, h, w, ratio, aligned), r("ps_roi_align", a[:, :h * w], b, scale, h, w, ratio)
            r("roi_pool", one, b, scale, h, w), r("ps_roi_pool", a[:, :h * w], b, scale, h, w)
    hole = x[:1, :1].clone()
    hole[0, 0, 0, 0] = float("inf")
    for name, *rest in [("roi_align", -1, False), ("roi_pool",), ("ps_roi_align", -1), ("ps_roi_pool",)]:
        r(name, x[:, :4], rois[:0], 1.0, 2, 2, *rest), r(name, x[:, :0], rois, 1.0, 2, 2, *rest), r(name, x[:0], rois[:0], 1.0, 1, 1, *rest)
        r(name, hole, rois[[5, 4]] * torch.tensor([0.0, 1, 1, 1, 1]), 1.0, 1, 1, *rest), r(name, x[0], rois, 1.0, 2, 2, *rest)
        r(name, x, rois.double(), 1.0, 2, 2, *rest), r(name, x, rois, 1.0, -2, 2, *rest), r(name, x.long(), rois.long(), 1.0, 2, 2, *rest)
        if name != "roi_pool":
            r(name, x, rois[:, :4], 1.0, 2, 2, *rest)
    r("roi_align", x, rois[:2], 1.0, 0, 2, -1, True), r("ps_roi_pool", x, rois, 1.0, 3, 1), r("ps_roi_align", x, rois, 1.0, 3, 1, -1)

    def deform(d, images, inputs, outputs, size, kernel, stride, pad, dilation, groups, offset_groups, use_mask):
        image, weight = short(torch.rand(images, inputs, *size)).to(d), short(torch.randn(outputs, inputs // groups, *kernel)).to(d)
        out = [(size[i] + 2 * pad[i] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1 for i in (0, 1)]
        taps = kernel[0] * kernel[1]
        offset = short(torch.randn(images, 2 * offset_groups * taps, *out)).to(d)
        mask = short(torch.rand(images, offset_groups * taps, *out)).to(d) if use_mask else torch.zeros(images, 1, dtype=d)
        r("deform_conv2d", image, weight, offset, mask, short(torch.randn(outputs)).to(d), *stride, *pad, *dilation, groups, offset_groups, use_mask)

    for d in (torch.float32, torch.float64, torch.float16):
        for use_mask in (True, False):
            deform(d, 2, 2, 2, (3, 4), (2, 3), (1, 1), (1, 0), (1, 1), 1, 1, use_mask)
            deform(d, 1, 4, 2, (4, 4), (2, 2), (2, 1), (0, 1), (1, 2), 2, 2, use_mask)
    deform(torch.float32, 0, 2, 2, (3, 3), (2, 2), (1, 1), (0, 0), (1, 1), 1, 1, True)
    deform(torch.float32, 1, 2, 3, (3, 3), (1, 1), (1, 1), (0, 0), (1, 1), 1, 1, True)

    image, weight, offset, mask, bias = torch.ones(1, 2, 3, 3), torch.ones(2, 2, 2, 2), torch.ones(1, 8, 2, 2), torch.ones(1, 4, 2, 2), torch.ones(2)
    plain = (1, 1, 0, 0, 1, 1, 1, 1, True)
    for case in [
        (image[0], weight, offset, mask, bias, *plain), (image, weight, offset, mask[0], bias, *plain),
        (image, weight, offset, mask, bias, 1, 1, -1, 0, *plain[4:]), (image, weight, offset, mask, bias, 1, 1, 0, 0, 0, 1, *plain[6:]),
        (image, weight, offset, mask, bias, 1, 1, 0, 0, 1, 1, 2, 1, True), (image, weight, offset, mask, bias, 1, 1, 0, 0, 1, 1, 1, 3, True),
        (image, weight, offset, mask, bias, 1, 1, 1, 0, 1, 1, 1, 1, True), (image, weight, offset[:0], mask, bias, *plain), (image, weight, offset, mask[:0], bias, *plain),
        (image, weight, offset, mask[:, :, :1], bias, *plain), (image, weight, offset, mask[:, :2], bias, *plain), (image, weight, offset.double(), mask, bias, *plain),
        (image, weight.double(), offset, mask, bias, *plain), (image, weight, offset, mask, bias.double(), *plain), (image, weight, offset, mask.double(), bias, 1, 1, 0, 0, 1, 1, 1, 1, False),
        (image, weight, offset, mask, bias[:1], *plain), (image, weight[:, :, :0], offset, mask, bias, *plain), (image, weight[:1].expand(3, 2, 2, 2)[:, :1], offset, mask, bias, 1, 1, 0, 0, 1, 1, 2, 1, True),
        (image.long(), weight.long(), offset.long(), mask.long(), bias.long(), *plain), (image, torch.ones(2, 2, 4, 4), torch.ones(1, 32, 0, 0), torch.ones(1, 16, 0, 0), bias, *plain),
    ]:
        r("deform_conv2d", *case)
    for case in [(boxes[0], scores, 0.5), (boxes[:, :3], scores, 0.5), (boxes, scores[:2], 0.5), (boxes, boxes, 0.5), (boxes, scores.double(), 0.5), (boxes.half(), scores.half(), 0.5)]:
        r("nms", *case)
    for pair in [(turned[0], turned), (turned[:, :4], turned), (turned, turned[:, :4]), (turned, turned.double()), (turned.half(), turned.half())]:
        r("box_iou_rotated", *pair)


def errors():
    """Arguments that operators refuse."""
    r = Recorder("errors")
    m = torch.arange(6.0).reshape(2, 3)
    image = torch.ones(1, 1, 4, 4)
    kernel = torch.ones(4, 1, 2, 2)
    bytes = torch.ones(1, 1, 4, 4, dtype=torch.uint8)
    for name, args in [
        ("max_pool1d", (image[0], [0])), ("max_pool1d", (image[0], [2], [0])), ("max_pool1d", (image[0], [2], [1], [-1])),
        ("max_pool1d", (image[0], [2], [1], [2])), ("max_pool1d", (image[0], [2], [1], [0], [0])), ("max_pool1d", (image[0], [5])),
        ("max_pool1d", (torch.ones(3), [2])), ("max_pool2d", (torch.ones(1, 0, 4), [2])), ("max_pool2d", (torch.ones(1, 1, 4), [2])),
        ("max_pool2d", (image, [2, 2, 2])), ("max_pool2d", (image > 0, [2])), ("max_pool3d", (torch.ones(2, 1, 0, 1, 2), [1])),
        ("avg_pool1d", (torch.ones(3), [2])), ("avg_pool2d", (torch.ones(1, 1, 4), [2])), ("avg_pool2d", (bytes, [2])),
        ("avg_pool3d", (torch.ones(3), [2])), ("adaptive_avg_pool2d", (image, [-1, 2])), ("adaptive_avg_pool2d", (image.long(), [2, 1])),
        ("adaptive_avg_pool2d", (image, [])), ("adaptive_avg_pool3d", (image, [-1, 0, 2])), ("adaptive_max_pool2d", (image, [-1, 2])),
        ("conv2d", (image, kernel.double())), ("conv2d", (image, kernel, torch.ones(4).long())), ("conv2d", (image, kernel, None, [1, 1], [0, 0], [1, 1], 3)),
        ("conv2d", (image, kernel, None, [1, 1], [0, 0], [1, 1], 5)), ("conv2d", (image, torch.ones(2, 2))), ("conv2d", (image > 0, kernel > 0)),
        ("multi_margin_loss", (m, torch.tensor([0.0, 1.0]))), ("multi_margin_loss", (m, torch.tensor([0]))),
        ("multilabel_margin_loss", (m, torch.tensor([[0, 1]]))), ("multilabel_margin_loss", (torch.ones(2, 0), torch.ones(2, 0).long())),
        ("prelu", (m, m)), ("prelu", (m, m[:1])), ("prelu", (torch.tensor(1.0), m[0])), ("softshrink", (m, -0.5)), ("softshrink", (m.long(), 0.5)),
        ("layer_norm", (m, [3], m)), ("rms_norm", (m, [2])), ("rms_norm", (m, [3], m)), ("triplet_margin_loss", (m, m[0], m)),
        ("roll", (torch.tensor(1.0), [0], [0])), ("roll", (m, [])), ("rot90", (m, 1, [1, 1])), ("tril", (m[0],)), ("triu", (m[0],)),
        ("vsplit.int", (m[0], 1)), ("mean.dim", (m, [0])), ("multinomial", (m.long(), 2)), ("multinomial", (-m, 2, True)),
        ("scatter_add", (m, 0, torch.tensor([[0]]), m.long())),
        ("masked_fill.Scalar", (m.long(), m > 0, 1j)), ("scatter_reduce.two", (m, 0, torch.tensor([[0]]), m, "most")),
        ("grid_sampler", (image, torch.ones(1, 2, 2, 3), 0, 0, False)), ("grid_sampler", (image, torch.ones(2, 2, 2, 2), 0, 0, False)),
        ("grid_sampler", (image.long(), torch.ones(1, 2, 2, 2).long(), 0, 0, False)), ("poisson", (m - 3,)), ("binomial", (m.long(), m)),
    ]:
        kw = {}
        if name == "mean.dim":
            kw = {"dtype": torch.int64}
        r(name, *args, **kw)
    for name, args in [
        ("conv2d", (image.long(), kernel.long())), ("conv2d", (image + 0j, kernel + 1j)), ("conv_transpose2d.input", (image.long(), kernel.reshape(1, 4, 2, 2).long())),
        ("avg_pool2d", (image.long() * 5, [3], [1], [1])), ("upsample_bilinear2d", (torch.arange(16, dtype=torch.uint8).reshape(1, 1, 4, 4) * 9, [3, 5], False)),
        ("scatter_reduce.two", (m, 1, torch.tensor([[0, 0, 2], [1, 1, 1]]), m + 1, "mean")),
        ("scatter_reduce.two", (m, 1, torch.tensor([[0, 0, 2], [1, 1, 1]]), m + 1, "amin", )),
        ("grid_sampler", (image * torch.arange(4.0), torch.tensor([[[[0.3, -1.4], [0.9, 0.1]]]]), 0, 2, False)),
        ("grid_sampler", (image * torch.arange(4.0), torch.tensor([[[[0.3, -1.4], [0.9, 0.1]]]]), 2, 1, True)),
        ("max_unpool3d", (torch.ones(1, 1, 1, 2), torch.tensor([[[[1, 6]]]]), [1, 2, 4], [1, 2, 2], [0, 0, 0])),
        ("fractional_max_pool2d", (image.cumsum(3), [2, 2], [2, 3], torch.tensor([[[0.3, 0.8]]]))), ("polygamma", (1, m + 0.3)), ("silu", (m + 1j,)),
        ("batch_norm", (torch.ones(0), None, torch.ones(2), None, None, False, 0.1, 1e-5, False)), ("put", (torch.ones(0), torch.ones(0).long(), torch.ones(0))),
    ]:
        r(name, *args)
    # Which types of index each operator takes.
    places = torch.tensor([[0, 1, 1], [1, 0, 0]])
    for t in [torch.int64, torch.int32, torch.int16]:
        i = places.to(t)
        r("gather", m, 0, i), r("scatter.src", m, 0, i, m + 1), r("scatter.value", m, 0, i, 2.5), r("scatter.reduce", m, 0, i, m, reduce="add")
        r("scatter_add", m, 0, i, m), r("scatter_reduce.two", m, 0, i, m, "amax"), r("take", m, i), r("take_along_dim", m, i, 0)
        r("index_select", m, 0, i[0]), r("index_add", m, 0, i[:, 0], m), r("index_copy", m, 0, i[:, 0], m + 1), r("index_fill.int_Scalar", m, 0, i[0], 1.0)
        r("nll_loss", m, i[:, 1]), r("repeat_interleave.self_Tensor", m, i[:, 1], 0)
    r("take_along_dim", m, -1 - places, 0), r("take_along_dim", m, torch.tensor([-1, 5, -5])), r("take_along_dim", m, torch.tensor([-7]))
    r("cosine_similarity", torch.tensor(2.0), torch.tensor(-3.0), 0), r("cosine_similarity", m > 2, m.double(), 1), r("cosine_similarity", m > 2, m > 1, 1)
    r("layer_norm", torch.tensor([-4.3228]), [1], torch.tensor([-8.4784]), torch.tensor([-1.7658]))
    for seed in (0, 7):
        r.seed(seed)
        r("poisson", torch.tensor([0.0, 0.5, 3.0, 25.0, 400.0])), r("binomial", torch.tensor([3.0, 40.0, 100.0, 9.0]), torch.tensor([0.5, 0.4, 0.9, 0.0]))


def internals():
    """Windows, operators by which PyTorch's own code goes, element types that operators refuse, and complex numbers on branch cuts."""
    r = Recorder("internals")
    m = torch.arange(6.0).reshape(2, 3) - 2
    b = m > 0
    z = torch.tensor([2 + 0j, complex(2, -0.0), -2 + 0j, complex(-2, -0.0), 0.5j, -3j, 1.5 + 2j, -0.25 - 4j], dtype=torch.complex128)
    for name in ["acos", "acosh", "asin", "asinh", "atan", "atanh", "sinc", "nan_to_num"]:
        r(name, z)
    for name in ["hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window"]:
        for args in [(6,), (1,), (0,), (-1,)]:
            r(name, *args)
        r(name + ".periodic", 5, False)
        r(name + ".periodic", 4, True, dtype=torch.float64)
    r("hamming_window.periodic_alpha_beta", 5, True, 0.5, 0.25)
    r("kaiser_window.beta", 5, True, 3.5)
    for name in ["abs", "ceil", "floor", "trunc", "round", "square", "positive", "neg", "relu", "relu6", "hardtanh", "erf"]:
        r(name, b)
    for name in ["ceil", "floor", "trunc", "sign", "signbit", "rad2deg", "deg2rad", "isposinf", "isneginf", "erf", "relu", "hardtanh", "frac", "i0"]:
        r(name, z)
    for name in ["floor_divide", "remainder.Tensor", "fmod.Tensor", "pow.Tensor_Tensor", "gcd", "lcm", "bitwise_left_shift.Tensor", "logaddexp", "maximum"]:
        r(name, b, b)
    for name in ["maximum", "fmin", "lt.Tensor", "atan2", "heaviside", "remainder.Tensor"]:
        r(name, z, z)
    r("heaviside", m, b), r("logaddexp", m.long(), m.long())
    for name, args in [
        ("all.dims", (b, [])), ("any.dims", (m, [])), ("all.dims", (m, [0, 1])), ("nansum", (z,)),
        ("std", (torch.tensor([3e30, -1e30, 5.0]),)), ("mH", (z.reshape(2, 4),)), ("adjoint", (m,)), ("matrix_H", (z.reshape(2, 2, 2),)),
        ("_cast_Short", (m,)), ("_is_all_true", (b,)), ("_is_any_true", (b,)), ("_shape_as_tensor", (m,)), ("_dim_arange", (m, 1)),
        ("_assert_async", (torch.tensor(0),)), ("_assert_async.msg", (torch.tensor(False), "no")), ("_assert_scalar", (0, "none")),
        ("_reshape_copy", (m, [3, 2])), ("_add_relu.Tensor", (m, m)), ("_addmm_activation", (m[:, :2], m[:, :2], m[:, 1:])),
        ("_int_mm", (m.to(torch.int8), m.t().to(torch.int8))), ("_int_mm", (m, m)), ("_aminmax.dim", (m, 1)), ("_prelu_kernel", (m, m * 0.5)),
        ("_trilinear", (m, m, m, [0], [1], [0], [2])), ("_safe_softmax", (torch.tensor([[1.0, 2.0], [-float("inf")] * 2]), 1)),
        ("_weight_norm_interface", (m, m[:, :1] + 3)), ("_euclidean_dist", (m, m + 1)), ("isin.Scalar_Tensor", (2, m)), ("polygamma_", (m.abs() + 1, 1)),
        ("flatten_dense_tensors", ([m, m[0]],)), ("unflatten_dense_tensors", (torch.arange(9.0), [m, m[0]])), ("pad_sequence", ([m[0], m[1, :2]],)),
        ("pad_sequence", ([m, m[:1]], True, 9.0, "left")), ("_pad_enum", (m, [1, 1], 0)), ("_pad_enum", (m, [1, 0], 3, 2.5)),
        ("fill_diagonal_", (torch.zeros(7, 2), 3, True)), ("fill_diagonal_", (torch.zeros(2, 2, 2), 1)), ("fill_diagonal_", (torch.zeros(2), 1)),
        ("thnn_conv2d", (torch.arange(9.0).reshape(1, 1, 3, 3), torch.ones(1, 1, 2, 2), [2, 2])),
        ("slow_conv_dilated2d", (torch.arange(16.0).reshape(1, 1, 4, 4), torch.ones(1, 1, 2, 2), [2, 2], None, [1, 1], [0, 0], [2, 2])),
        ("_upsample_bilinear2d_aa", (torch.arange(16.0).reshape(1, 1, 4, 4), [2, 3], False)), ("_upsample_bicubic2d_aa", (torch.arange(16.0).reshape(1, 1, 4, 4), [3, 2], True, 0.5)),
        ("_native_batch_norm_legit.no_stats", (m, None, None, True, 0.1, 1e-5)), ("_native_batch_norm_legit_no_training", (m, m[0], None, m[1], m[1] + 1, 0.1, 1e-5)),
        ("_unsafe_index.Tensor", (m, [None, torch.tensor([2, 0])])), ("scatter_reduce.two", (torch.zeros(0), 0, torch.tensor(0), torch.zeros(0), "sum")),
    ]:
        r(name, *args)


os.makedirs(HERE, exist_ok=True)
for section in sys.argv[1:] or ["errors", "internals", "library", "operators", "strings", "printing", "random", "algebra", "spectra", "functions", "statistics", "vision"]:
    globals()[section]()
