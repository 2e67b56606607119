"""Compares compiled archives of real networks with PyTorch (2.13.0, torchvision 0.28): scripted, traced, frozen or optimised for
inference, saved, built and called through the Python binding, at the usual input size and at another.

usage: python tests/networks.py TSAOT [--match REGEX] [--kind script|trace|freeze|optimize] [--keep FOLDER]
"""

import argparse
import gc
import importlib.util
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import torch
import torchvision
from torch import nn
from torchvision import models

# Largest error allowed, as a part of the largest value.
TOLERANCE = 1e-4


def image(*sizes):
    return [lambda s=s: (torch.rand(1, 3, *s),) for s in sizes]


def images(*sizes):
    return [lambda s=s: ([scene(*s)],) for s in sizes]


def scene(height, width):
    """An image whose parts differ: detectors average plain noise away, and find the same everywhere."""
    coarse = torch.rand(1, 3, height // 20, width // 20)
    return (nn.functional.interpolate(coarse, (height, width), mode="bilinear")[0] * 0.8 + torch.rand(3, height, width) * 0.2).clamp(0, 1)


def video(*sizes):
    return [lambda s=s: (torch.rand(1, 3, *s),) for s in sizes]


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 2, enable_nested_tensor=False)

    def forward(self, x):
        return self.encoder(x)


class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.Transformer(32, 4, 2, 2, 64)

    def forward(self, x, y):
        return self.transformer(x, y)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 16, 2, batch_first=True)

    def forward(self, x):
        return self.gru(x)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, 2, bidirectional=True)

    def forward(self, x):
        return self.lstm(x)


def plain(name, **options):
    return lambda: getattr(models, name)(weights=None, **options)


def segmentation(name):
    return lambda: getattr(models.segmentation, name)(weights=None, weights_backbone=None)


def detection(name):
    return lambda: getattr(models.detection, name)(weights=None, weights_backbone=None)


USUAL = image((224, 224), (192, 256))
FIXED = image((224, 224)) + [lambda: (torch.rand(2, 3, 224, 224),)]
NETWORKS = {
    "alexnet": (plain("alexnet"), USUAL),
    "convnext_tiny": (plain("convnext_tiny"), USUAL),
    "deeplabv3_mobilenet_v3_large": (segmentation("deeplabv3_mobilenet_v3_large"), USUAL),
    "deeplabv3_resnet50": (segmentation("deeplabv3_resnet50"), image((128, 128), (96, 160))),
    "densenet121": (plain("densenet121"), USUAL),
    "efficientnet_b0": (plain("efficientnet_b0"), USUAL),
    "efficientnet_v2_s": (plain("efficientnet_v2_s"), USUAL),
    "encoder": (Encoder, [lambda: (torch.rand(3, 10, 32),), lambda: (torch.rand(1, 7, 32),)]),
    "fasterrcnn_mobilenet_v3_large_320_fpn": (detection("fasterrcnn_mobilenet_v3_large_320_fpn"), images((320, 320), (240, 400))),
    "fasterrcnn_resnet50_fpn": (detection("fasterrcnn_resnet50_fpn"), images((200, 300))),
    "fcn_resnet50": (segmentation("fcn_resnet50"), image((128, 128), (96, 160))),
    "fcos_resnet50_fpn": (detection("fcos_resnet50_fpn"), images((200, 300))),
    "googlenet": (plain("googlenet", init_weights=False), USUAL),
    "gru": (Gated, [lambda: (torch.rand(3, 5, 8),), lambda: (torch.rand(1, 9, 8),)]),
    "inception_v3": (plain("inception_v3", init_weights=False), image((299, 299), (300, 320))),
    "keypointrcnn_resnet50_fpn": (detection("keypointrcnn_resnet50_fpn"), images((200, 300))),
    "lraspp_mobilenet_v3_large": (segmentation("lraspp_mobilenet_v3_large"), USUAL),
    "lstm": (
        Recurrent,
        [lambda: (torch.rand(5, 3, 8),), lambda: (torch.rand(9, 1, 8),)],
    ),
    "maskrcnn_resnet50_fpn": (detection("maskrcnn_resnet50_fpn"), images((200, 300))),
    "maxvit_t": (plain("maxvit_t"), FIXED),
    "mc3_18": (lambda: models.video.mc3_18(weights=None), video((8, 112, 112), (4, 96, 128))),
    "mnasnet1_0": (plain("mnasnet1_0"), USUAL),
    "mobilenet_v2": (plain("mobilenet_v2"), USUAL),
    "mobilenet_v3_large": (plain("mobilenet_v3_large"), USUAL),
    "mobilenet_v3_small": (plain("mobilenet_v3_small"), USUAL),
    "mvit_v1_b": (lambda: models.video.mvit_v1_b(weights=None), video((16, 224, 224))),
    "mvit_v2_s": (lambda: models.video.mvit_v2_s(weights=None), video((16, 224, 224))),
    "r3d_18": (lambda: models.video.r3d_18(weights=None), video((16, 112, 112), (8, 96, 128))),
    "raft_small": (
        lambda: models.optical_flow.raft_small(weights=None),
        [lambda: (torch.rand(1, 3, 128, 128), torch.rand(1, 3, 128, 128)), lambda: (torch.rand(1, 3, 128, 160), torch.rand(1, 3, 128, 160))],
    ),
    "regnet_x_400mf": (plain("regnet_x_400mf"), USUAL),
    "regnet_y_400mf": (plain("regnet_y_400mf"), USUAL),
    "resnet18": (plain("resnet18"), USUAL),
    "resnet50": (plain("resnet50"), USUAL),
    "resnext50_32x4d": (plain("resnext50_32x4d"), USUAL),
    "retinanet_resnet50_fpn": (detection("retinanet_resnet50_fpn"), images((200, 300))),
    "s3d": (lambda: models.video.s3d(weights=None), video((16, 224, 224))),
    "shufflenet_v2_x1_0": (plain("shufflenet_v2_x1_0"), USUAL),
    "squeezenet1_0": (plain("squeezenet1_0"), USUAL),
    "squeezenet1_1": (plain("squeezenet1_1"), USUAL),
    "ssd300_vgg16": (detection("ssd300_vgg16"), images((300, 300), (200, 320))),
    "ssdlite320_mobilenet_v3_large": (detection("ssdlite320_mobilenet_v3_large"), images((320, 320), (240, 400))),
    "swin3d_t": (lambda: models.video.swin3d_t(weights=None), video((8, 112, 112), (4, 96, 128))),
    "swin_t": (plain("swin_t"), USUAL),
    "swin_v2_t": (plain("swin_v2_t"), image((256, 256), (192, 256))),
    "transformer": (
        Whole,
        [lambda: (torch.rand(7, 2, 32), torch.rand(5, 2, 32)), lambda: (torch.rand(3, 1, 32), torch.rand(9, 1, 32))],
    ),
    "vgg11": (plain("vgg11"), USUAL),
    "vgg16_bn": (plain("vgg16_bn"), USUAL),
    "vit_b_16": (plain("vit_b_16"), FIXED),
    "vit_b_32": (plain("vit_b_32"), FIXED),
    "wide_resnet50_2": (plain("wide_resnet50_2"), USUAL),
}


DETECTORS = [name for name in NETWORKS if re.search("rcnn|retinanet|fcos|ssd", name)]


class Flat(nn.Module):
    """A detector whose results can be traced: the tensors of its dicts."""

    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, images):
        return tuple(tensors(self.detector(images)))


def condition(m, args):
    """Random weights under which all that a network computes shows in its results: activations neither fade nor grow with its depth, no
    head is zero, and the scores of detectors are far enough apart that rounding does not decide which boxes are kept."""
    norms = [x for x in m.modules() if isinstance(x, nn.modules.batchnorm._BatchNorm)]
    hooks = [x.register_forward_pre_hook(measure) for x in norms]
    for name, x in m.named_modules():
        if isinstance(x, (nn.Conv2d, nn.Linear)) and (norms or not x.weight.any()):
            nn.init.normal_(x.weight, 0, 1.4 / x.weight[0].numel() ** 0.5)
            if re.search(r"cls_score|cls_logits|classification_head\.module_list", name):
                hooks.append(x.register_forward_pre_hook(spread(2)))
            if re.search(r"bbox_pred|bbox_reg|regression_head\.module_list", name):
                hooks.append(x.register_forward_pre_hook(spread(0.3)))
        # Each residual block adds a little: a sum of equals passes rounding on from block to block, and makes it larger.
        last = getattr(x, "bn3", None)
        if last is None and getattr(x, "use_res_connect", False):
            last = [n for n in x.modules() if n in norms][-1]
        if last is not None:
            nn.init.constant_(last.weight, 0.2)
    m(*args)
    for h in hooks:
        h.remove()


def spread(deviation):
    def scale(layer, args):
        layer.weight.mul_(min(1, deviation / layer.forward(*args).std()))

    return scale


def measure(norm, args):
    """Gives a batch norm the statistics of what it is to see."""
    x = args[0].transpose(0, 1).flatten(1)
    if x.shape[1] > 1:
        norm.running_mean.copy_(x.mean(1))
        norm.running_var.copy_(x.var(1) + 1e-3)


def archive(name, kind, path):
    """Saves a network; gives the loaded archive."""
    make, inputs = NETWORKS[name]
    torch.manual_seed(0)
    m = make().eval()
    with torch.no_grad():
        condition(m, inputs[0]())
        if kind == "trace":
            m = Flat(m) if name in DETECTORS else m
            s = torch.jit.trace(m, inputs[0](), check_trace=False, strict=False)
        else:
            s = torch.jit.script(m)
        if kind == "freeze":
            s = torch.jit.freeze(s)
        if kind == "optimize":
            s = torch.jit.optimize_for_inference(s)
    s.save(path)
    return torch.jit.load(path).eval(), inputs


def tensors(value):
    """The tensors of a nested result, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if hasattr(value, "__dlpack__"):
        return [torch.from_dlpack(value)]
    if isinstance(value, dict):
        return [t for k in sorted(value) for t in tensors(value[k])]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in tensors(v)]
    return [] if value is None else [torch.tensor(value)]


def in_order_of(want, got):
    """Detections in the order of others: scores that rounding swaps are no difference."""
    if isinstance(want, dict) and {"boxes", "scores", "labels"} <= want.keys() and want.keys() == got.keys():
        got = {k: torch.from_dlpack(v) for k, v in got.items()}
        if len(want["boxes"]) == len(got["boxes"]) > 0:
            far = torch.cdist(want["boxes"], got["boxes"]) + 1e6 * (want["labels"][:, None] != got["labels"])
            order = far.argmin(1)
            if len(order.unique()) == len(order):
                return {k: v[order] for k, v in got.items()}
        return got
    if isinstance(want, (list, tuple)) and len(want) == len(got):
        return [in_order_of(w, g) for w, g in zip(want, got)]
    return got


def difference(got, want):
    """The largest error as a part of the largest value, or what is different."""
    got, want = tensors(in_order_of(want, got)), tensors(want)
    if len(got) != len(want):
        return f"{len(got)} tensors instead of {len(want)}"
    worst = 0.0
    for a, b in zip(got, want):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"{tuple(a.shape)} {a.dtype} instead of {tuple(b.shape)} {b.dtype}"
        if b.numel():
            scale = b.abs().max().item() if b.is_floating_point() else 0
            worst = max(worst, (a.double() - b.double()).abs().max().item() / (scale or 1))
    return worst


def check(tsaot, name, kind, folder):
    path = os.path.join(folder, f"{name}.pt")
    try:
        loaded, inputs = archive(name, kind, path)
    except Exception as e:
        return f"skipped: PyTorch cannot {kind} it: {str(e).strip().splitlines()[0][:100] if str(e).strip() else type(e).__name__}"
    start = time.time()
    library = os.path.join(folder, f"lib{name}.so")
    built = subprocess.run([tsaot, "build", path, "-o", library, "--bindings", "python"], capture_output=True, text=True)
    took = time.time() - start
    os.remove(path)
    if built.returncode:
        return "not built: " + built.stderr.strip().replace("\n", " ")[:300]
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    instance = getattr(module, name)()
    found = []
    for i, make in enumerate(inputs):
        if kind == "trace" and i:
            break  # a trace holds for the sizes it saw
        torch.manual_seed(i + 1)
        args = make()
        with torch.no_grad():
            want = loaded(*args)
        try:
            got = instance(*args)
        except Exception as e:
            return f"raised: {str(e).strip().replace(chr(10), ' ')[-300:]}"
        d = difference(got, want)
        if isinstance(d, str) or not d <= TOLERANCE:
            return f"different: {d}"
        found.append(f"{d:.1e}")
    return f"ok: error {', '.join(found)}; built in {took:.1f} s"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tsaot")
    p.add_argument("--match", default="")
    p.add_argument("--kind", default="script", choices=["script", "trace", "freeze", "optimize"])
    p.add_argument("--keep", help="folder for the archives and libraries")
    a = p.parse_args()
    torch.set_num_threads(1)
    good = total = 0
    for name in NETWORKS:
        if not re.search(a.match, name):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            # A process of its own: a network that ends it does not end the others.
            child = os.fork()
            if child == 0:
                verdict = check(a.tsaot, name, a.kind, a.keep or scratch)
                print(f"{name:40s} {verdict}", flush=True)
                os._exit(0 if verdict.startswith("ok") else 2 if verdict.startswith("skipped") else 1)
            status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            print(f"{name:40s} ended by signal {os.WTERMSIG(status)}", flush=True)
        total += os.waitstatus_to_exitcode(status) != 2
        good += status == 0
        gc.collect()
    print(f"{good} of {total} agree with PyTorch {torch.__version__}, torchvision {torchvision.__version__}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"largest process: {peak} MB")
    sys.exit(good != total)


if __name__ == "__main__":
    main()
