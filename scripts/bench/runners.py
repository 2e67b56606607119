"""One model on one runtime, in a process of its own: reads a line of work, times it, prints a line of figures.

`python runners.py RUNTIME FOLDER THREADS` answers `load`, then any number of `time SECONDS warm|cold` and `check`.
Every runtime takes the same arrays and gives its result as it does by itself; the call that a program would make is what is timed.
"""

import ctypes
import gc
import importlib.util
import json
import os
import sys
import time
from pathlib import Path

import numpy

# More than the last-level cache of the machines that this runs on.
FLUSH = numpy.ones(96 << 20, dtype=numpy.uint8)


def onnxruntime(folder, inputs, threads):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for i, x in enumerate(inputs):
        binding.bind_cpu_input(f"x{i}", x)
    output = session.get_outputs()[0].name
    binding.bind_output(output)
    run = lambda: session.run_with_iobinding(binding)
    return run, lambda: binding.copy_outputs_to_cpu()[0]


def openvino(folder, inputs, threads):
    import openvino as ov

    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(str(folder / "model.onnx"), "CPU", settings)
    request = compiled.create_infer_request()
    for i, x in enumerate(inputs):
        request.set_input_tensor(i, ov.Tensor(x, shared_memory=True))
    return request.infer, lambda: request.get_output_tensor(0).data


def aotinductor(folder, inputs, threads):
    import torch

    torch.set_num_threads(threads)
    run = torch._inductor.aoti_load_package(str(folder / "model.pt2"))
    tensors = [torch.from_numpy(x) for x in inputs]
    with torch.no_grad():
        return lambda: run(*tensors), lambda: first(run(*tensors)).numpy()


def torchscript(folder, inputs, threads):
    import torch

    torch.set_num_threads(threads)
    about = json.loads((folder / "about.json").read_text())
    if about["source"] == "model.pt":
        run = torch.jit.freeze(torch.jit.load(str(folder / "model.pt")))
    else:
        run = getattr(module(Path(about["source"])), Path(about["source"]).stem)
    arguments = [torch.from_numpy(x) if x.ndim and x.dtype == numpy.float32 else x.tolist() for x in inputs]
    result = lambda v: v.numpy() if isinstance(v, torch.Tensor) else numpy.asarray(v)
    torch.inference_mode(True).__enter__()
    return lambda: run(*arguments), lambda: result(first(run(*arguments)))


def tsaot(folder, inputs, threads):
    binding = module(folder / f"tsaot{threads}" / "bench.py")
    export = getattr(binding, binding.__all__[0])
    run = export() if isinstance(export, type) else export
    arguments = [x if x.ndim and x.dtype == numpy.float32 else x.tolist() for x in inputs]
    return lambda: run(*arguments), lambda: numpy.asarray(first(run(*arguments)))


def cpython(folder, inputs, threads):
    """Plain code as Python runs it."""
    import torch

    torch.jit.script = lambda f: f
    about = json.loads((folder / "about.json").read_text())
    run = getattr(module(Path(about["source"])), Path(about["source"]).stem)
    arguments = [x.tolist() for x in inputs]
    return lambda: run(*arguments), lambda: numpy.asarray(run(*arguments))


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def first(results):
    return results[0] if isinstance(results, (tuple, list)) else results


def times(run, seconds, cold):
    """Microseconds of calls for about that long, at least five."""
    found, end = [], time.perf_counter() + seconds
    while len(found) < 5 or time.perf_counter() < end:
        if cold:
            FLUSH[::64] += 1
        start = time.perf_counter_ns()
        run()
        found.append((time.perf_counter_ns() - start) / 1e3)
    return found


def main():
    runtime, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    inputs = [numpy.load(folder / f"x{i}.npy") for i in range(json.loads((folder / "about.json").read_text())["inputs"])]
    expected = numpy.load(folder / "y0.npy")
    run = result = None
    gc.disable()
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "load":
            start = time.perf_counter()
            run, result = globals()[runtime](folder, inputs, threads)
            loaded = time.perf_counter()
            run()
            answer = {"load_ms": (loaded - start) * 1e3, "first_call_us": (time.perf_counter() - loaded) * 1e6}
        elif word == "time":
            answer = {"us": times(run, float(rest[0]), rest[1] == "cold")}
        else:
            got = result()
            scale = float(numpy.abs(expected).max()) or 1.0
            answer = {"error": float(numpy.abs(got - expected).max()) / scale if got.shape == expected.shape else None}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
