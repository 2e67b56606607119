"""The models of the benchmark: how PyTorch makes each, on what inputs, and as what source tsaot gets it.

`python models.py FOLDER [NAME...]` writes, per model, FOLDER/NAME/: what tsaot builds (model.pt, or model.py for plain code), the inputs
(x0.npy, ...), what PyTorch computes from them (y0.npy, ...), model.onnx for ONNX Runtime and OpenVINO, and model.pt2 for AOTInductor.
Weights are random. Written for torch 2.13 and torchvision 0.28.
"""

import inspect
import json
import os
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, List, Optional

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor, nn

warnings.filterwarnings("ignore")
SOURCES = Path(__file__).parent / "sources"


@dataclass
class Model:
    """One row of the table. `make` gives a module in eval mode; `inputs` its arguments."""

    make: Callable[[], nn.Module]
    inputs: Callable[[], list]
    # A file of `sources` that tsaot builds instead of a saved archive.
    source: Optional[str] = None
    # Runners that cannot be had: plain code has no graph to export.
    without: List[str] = field(default_factory=list)


def vision(name: str, size: int = 224) -> Model:
    import torchvision

    return Model(lambda: getattr(torchvision.models, name)(weights=None), lambda: [torch.randn(1, 3, size, size)])


class Encoder(nn.Module):
    """BERT-base's encoder."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(768, 12, 3072, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 12, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(64, 256, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(x)[0]


class Cell(nn.Module):
    """A gated cell that somebody wrote by hand, in a loop over time."""

    def __init__(self) -> None:
        super().__init__()
        self.x2h = nn.Linear(64, 3 * 64)
        self.h2h = nn.Linear(64, 3 * 64)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(1), 64)
        for t in range(x.size(0)):
            a, b, c = self.x2h(x[t]).chunk(3, 1)
            d, e, f = self.h2h(h).chunk(3, 1)
            r = torch.sigmoid(a + d)
            z = torch.sigmoid(b + e)
            n = torch.tanh(c + r * f)
            h = (1 - z) * n + z * h
        return h


class Pointwise(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.sigmoid(x * y + 1) * torch.tanh(x) - torch.exp(-y * y) / (1 + x * x)


class Rows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(1024)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(F.softmax(x, dim=-1))


def mlp(*sizes: int) -> nn.Module:
    layers: List[nn.Module] = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def letters(seed: int) -> List[int]:
    return torch.randint(0, 4, (300,), generator=torch.Generator().manual_seed(seed)).tolist()


PLAIN = ["onnxruntime", "openvino", "aotinductor"]

MODELS = {
    "resnet18": vision("resnet18"),
    "resnet50": vision("resnet50"),
    "mobilenet_v3_large": vision("mobilenet_v3_large"),
    "efficientnet_b0": vision("efficientnet_b0"),
    "vit_b_16": vision("vit_b_16"),
    "bert_base": Model(Encoder, lambda: [torch.randn(1, 128, 768)]),
    "lstm": Model(Recurrent, lambda: [torch.randn(100, 1, 64)]),
    "gru_loop": Model(Cell, lambda: [torch.randn(200, 1, 64)]),
    "mlp_784_b1": Model(lambda: mlp(784, 512, 512, 10), lambda: [torch.randn(1, 784)]),
    "mlp_784_b64": Model(lambda: mlp(784, 512, 512, 10), lambda: [torch.randn(64, 784)]),
    "mlp_16_b1": Model(lambda: mlp(16, 32, 32, 4), lambda: [torch.randn(1, 16)]),
    "linear_1024": Model(lambda: nn.Linear(1024, 1024), lambda: [torch.randn(1024, 1024)]),
    "pointwise_1m": Model(Pointwise, lambda: [torch.randn(1_000_000), torch.randn(1_000_000)]),
    "softmax_norm": Model(Rows, lambda: [torch.randn(512, 1024)]),
    "two_convs": Model(
        lambda: nn.Sequential(nn.Conv2d(1, 20, 5), nn.ReLU(), nn.Conv2d(20, 20, 5), nn.ReLU()), lambda: [torch.randn(1, 1, 28, 28)]
    ),
    "collatz": Model(lambda: plain("collatz"), lambda: [20000], source="collatz.py", without=PLAIN),
    "edit_distance": Model(
        lambda: plain("edit_distance"), lambda: [letters(1), letters(2)], source="edit_distance.py", without=PLAIN
    ),
}


def plain(name: str):
    """The scripted function of a file in `sources`."""
    sys.path.insert(0, str(SOURCES))
    return getattr(__import__(name), name)


def save(value, path: Path) -> None:
    numpy.save(path, value.detach().numpy() if isinstance(value, Tensor) else numpy.asarray(value))


def export(name: str, folder: Path) -> None:
    """Writes everything that the runners of one model read, unless it is there."""
    done = folder / "done"
    if done.exists():
        return
    model = MODELS[name]
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    # What PyTorch has fused by hand cannot be exported.
    torch.backends.mha.set_fastpath_enabled(False)
    module = model.make()
    inputs = model.inputs()
    about = {"source": "model.pt", "inputs": len(inputs), "without": model.without}
    with torch.no_grad():
        if isinstance(module, nn.Module):
            module.eval()
            about["parameters"] = list(inspect.signature(module.forward).parameters)[: len(inputs)]
            torch.jit.script(module).save(str(folder / "model.pt"))
        if model.source:
            about["source"] = str(SOURCES / model.source)
        results = module(*inputs)
        results = results if isinstance(results, tuple) else (results,)
        for i, v in enumerate(inputs):
            save(v, folder / f"x{i}.npy")
        for i, v in enumerate(results):
            save(v, folder / f"y{i}.npy")
        if "onnxruntime" not in model.without:
            torch.onnx.export(module, tuple(inputs), str(folder / "model.onnx"), dynamo=False, input_names=[f"x{i}" for i in range(len(inputs))])
        if "aotinductor" not in model.without:
            program = torch.export.export(module, tuple(inputs))
            torch._inductor.aoti_compile_and_package(program, package_path=str(folder / "model.pt2"))
    (folder / "about.json").write_text(json.dumps(about))
    done.touch()


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    root = Path(sys.argv[1])
    for each in sys.argv[2:] or MODELS:
        print(f"{each}: exporting", file=sys.stderr)
        export(each, root / each)
