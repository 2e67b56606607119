"""Prints the table of the benchmark: every model on tsaot and on its peers, which take turns.

usage: python bench.py [MODEL...] [--tsaot PATH] [--data FOLDER] [--threads 1,2] [--rounds N] [--seconds S] [--peers LIST] [--json FILE] [--symbolic]

A figure is the median over all calls of all rounds, in microseconds, of the call as a Python program makes it; `tsaot` in the column
`in-process` is what `tsaot bench` measures from native code. `ratio` is tsaot's median over the best peer's, `of minima` that of the
fastest calls, `cold` the ratio of medians with caches emptied before each call. Runners are processes of their own, pinned to as many processors as they have threads.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PEERS = ["onnxruntime", "openvino", "aotinductor", "torchscript"]
SHORT = {"onnxruntime": "ORT", "openvino": "OV", "aotinductor": "AOTI", "torchscript": "torch.jit", "cpython": "CPython"}


class Runner:
    """A process that answers lines of work; see runners.py."""

    def __init__(self, runtime, folder, threads):
        cpus = set(sorted(os.sched_getaffinity(0))[-threads:])
        self.runtime = runtime
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "runners.py"), runtime, str(folder), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        self.warm, self.cold = [], []

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.runtime} ended with status {self.process.wait()}")
        return json.loads(answer)

    def close(self):
        self.process.kill()
        self.process.wait()


def build(tsaot, folder, threads, is_static):
    """Builds the library with its Python binding, for the shapes of the inputs or for all; seconds, the compiler's peak memory in MB, the library's size in MB."""
    out = folder / f"tsaot{threads}"
    out.mkdir(exist_ok=True)
    about = json.loads((folder / "about.json").read_text())
    source = about["source"] if os.path.isabs(about["source"]) else str(folder / about["source"])
    command = [tsaot, "build", source, "-o", str(out / "libbench.so"), "--bindings", "python"]
    if is_static:
        command += shapes(folder, about)
    if threads > 1:
        command += ["--threads", str(threads)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(said.strip() or f"tsaot ended with status {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, (out / "libbench.so").stat().st_size / 2**20


def native(tsaot, folder):
    """The median of a call from native code, by `tsaot bench`; None where it cannot make the inputs."""
    about = json.loads((folder / "about.json").read_text())
    if about["source"] != "model.pt":
        return None
    command = [tsaot, "bench", str(folder / "model.pt"), "--method", "forward", "--json", *shapes(folder, about)]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        return json.loads(done.stdout.splitlines()[0])["p50_us"]
    except (ValueError, KeyError, IndexError):
        return None


def shapes(folder, about):
    """`--input` for everything that is known of the inputs: what the peers' exported models know."""
    import numpy

    found = []
    for i, name in enumerate(about.get("parameters", [])):
        x = numpy.load(folder / f"x{i}.npy")
        found += ["--input", f"model.forward.{name}=f32[{','.join(map(str, x.shape))}]"]
    return found


def row(name, threads, options):
    folder = options.data / name
    about = json.loads((folder / "about.json").read_text())
    figures = {"model": name, "threads": threads}
    runners = []
    try:
        figures["build_s"], figures["build_mb"], figures["size_mb"] = build(options.tsaot, folder, threads, not options.symbolic)
        peers = [p for p in options.peers if p not in about["without"]] + (["cpython"] if about["without"] else [])
        for runtime in peers + ["tsaot"]:
            runner = Runner(runtime, folder, threads)
            runners.append(runner)
            runner.first = runner.ask("load")
            runner.error = runner.ask("check")["error"]
        for _ in range(options.rounds):
            for runner in runners:
                runner.ask("time 0.05 warm")
                runner.warm += runner.ask(f"time {options.seconds} warm")["us"]
                runner.cold += runner.ask(f"time {options.seconds / 4} cold")["us"]
    finally:
        for runner in runners:
            runner.close()
    ours = runners[-1]
    medians = {r.runtime: statistics.median(r.warm) for r in runners}
    colds = {r.runtime: statistics.median(r.cold) for r in runners}
    best = min((m, r) for r, m in medians.items() if r != "tsaot")
    least = {r.runtime: min(r.warm) for r in runners}
    figures |= {
        "us": medians,
        "least_us": least,
        # What a machine that others use, too, disturbs least.
        "least_ratio": least["tsaot"] / min(m for r, m in least.items() if r != "tsaot"),
        "cold_us": colds,
        "best": best[1],
        "ratio": medians["tsaot"] / best[0],
        "cold_ratio": colds["tsaot"] / min(c for r, c in colds.items() if r != "tsaot"),
        "p99_us": statistics.quantiles(ours.warm, n=100)[98] if len(ours.warm) > 1 else ours.warm[0],
        "first_call_us": ours.first["first_call_us"],
        "load_ms": ours.first["load_ms"],
        "error": ours.error,
        "native_us": native(options.tsaot, folder) if medians["tsaot"] < 50 else None,
    }
    if figures["native_us"]:
        figures["native_ratio"] = figures["native_us"] / best[0]
    return figures


def printed(figures):
    us = figures["us"]
    show = lambda v: "-" if v is None else f"{v:.0f}" if v >= 100 else f"{v:.3g}"
    peers = " / ".join(f"{SHORT[r]} {show(m)}" for r, m in us.items() if r != "tsaot")
    cells = [
        figures["model"], str(figures["threads"]), peers, show(us["tsaot"]), show(figures["native_us"]),
        f"{figures.get('native_ratio', figures['ratio']):.2f}", f"{figures['least_ratio']:.2f}", f"{figures['cold_ratio']:.2f}", show(figures["p99_us"]),
        show(figures["first_call_us"]), f"{figures['size_mb']:.1f}", f"{figures['build_s']:.1f}", f"{figures['build_mb']:.0f}",
        "-" if figures["error"] is None else f"{figures['error']:.0e}",
    ]
    return "| " + " | ".join(cells) + " |"


HEAD = ["model", "threads", "peers, us", "tsaot, us", "in-process", "ratio", "of minima", "cold", "p99, us", "first call, us", "size, MB", "build, s", "build, MB", "error"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*")
    parser.add_argument("--tsaot", default="tsaot")
    parser.add_argument("--data", type=Path, default=Path.home() / ".cache/tsaot-bench")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--symbolic", action="store_true", help="tell tsaot nothing of the inputs' shapes")
    options = parser.parse_args()
    options.peers = [p for p in options.peers.split(",") if p]
    listed = options.models or subprocess.run(
        [sys.executable, "-c", "import models; print(*models.MODELS)"], cwd=HERE, capture_output=True, text=True, check=True
    ).stdout.split()
    subprocess.run([sys.executable, str(HERE / "models.py"), str(options.data), *listed], check=True)
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD), flush=True)
    rows = []
    for name in listed:
        for threads in map(int, options.threads.split(",")):
            try:
                rows.append(row(name, threads, options))
                print(printed(rows[-1]), flush=True)
            except RuntimeError as error:
                print(f"| {name} | {threads} | {str(error).splitlines()[0][:100]} |" + " |" * (len(HEAD) - 3), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
