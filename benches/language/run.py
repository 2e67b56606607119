"""Plain code beside the same program in C, and under torch.jit: `python benches/language/run.py [--tsaot FILE] [NAME ...]`.

Builds NAME.py with tsaot and NAME.c with a C compiler (clang) at -O2, calls both by turns and prints the median times in milliseconds and their ratio.
torch.jit is timed where PyTorch is installed, on a smaller size, scaled. Both libraries must give the same result.
"""
import argparse
import ctypes
import importlib.util
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
# Name, the size for C and tsaot, and a smaller one for torch.jit with the factor between their work; whether the result is a float.
PROGRAMS = {
    "collatz": (300_000, 6_000, 60, False),
    "edit_distance": (2_000, 150, 178, False),
    "sieve": (3_000_000, 60_000, 52, False),
    "matrix_product": (300, 40, 420, True),
    "word_count": (2_000_000, 40_000, 50, False),
    "nbody": (200_000, 800, 250, True),
    "mandelbrot": (300, 20, 225, False),
}


def c_function(library, is_float, out):
    f = ctypes.CDLL(library).run
    result = ctypes.c_double if is_float else ctypes.c_int64
    if not out:
        f.argtypes, f.restype = [ctypes.c_int64], result
        return f
    f.argtypes = [ctypes.c_int64, ctypes.c_void_p]

    def call(n):
        place = result()
        status = f(n, ctypes.addressof(place))
        assert status == 0, status
        return place.value

    return call


def timed(f, n):
    start = time.perf_counter()
    value = f(n)
    return (time.perf_counter() - start) * 1e3, value


def jit(name, size):
    try:
        import torch  # noqa: F401
    except ImportError:
        return None
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    module.run(2), module.run(2), module.run(2)
    return timed(module.run, size)[0]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--tsaot", default="tsaot")
    args.add_argument("--cc", default="clang")
    args.add_argument("--rounds", type=int, default=5)
    args.add_argument("names", nargs="*", default=list(PROGRAMS))
    args = args.parse_args()
    print(f"{'program':16}{'C ms':>10}{'tsaot ms':>10}{'ratio':>8}{'torch.jit ms':>14}{'speed-up':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in args.names:
            size, small, factor, is_float = PROGRAMS[name]
            ours, theirs = f"{folder}/lib{name}.so", f"{folder}/libc_{name}.so"
            subprocess.run([args.tsaot, "build", HERE / f"{name}.py", "-o", ours], check=True)
            subprocess.run([args.cc, "-O2", "-shared", "-fPIC", HERE / f"{name}.c", "-o", theirs, "-lm"], check=True)
            f, g = c_function(ours, is_float, True), c_function(theirs, is_float, False)
            times = [(timed(f, size), timed(g, size)) for _ in range(args.rounds)]
            assert all(a[1] == b[1] for a, b in times), (name, times[0])
            a, b = (statistics.median(t[i][0] for t in times) for i in (0, 1))
            slow = jit(name, small)
            jit_text = f"{slow * factor:14.0f}{slow * factor / a:10.0f}" if slow else ""
            print(f"{name:16}{b:10.2f}{a:10.2f}{a / b:8.2f}{jit_text}", flush=True)


if __name__ == "__main__":
    main()
