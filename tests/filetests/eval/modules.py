# Modules without random weights: registration, repr, state dicts, scripting marks.
import torch
import torch.nn as nn
import torch.nn.functional as F
from typing import List, Optional, Tuple
from torch import Tensor


class M(nn.Module):
    scale: torch.jit.Final[int] = 3

    def __init__(self, n):
        super().__init__()
        self.act = nn.ReLU()
        self.seq = nn.Sequential(nn.ReLU(inplace=True), nn.Dropout(0.1), nn.Flatten(), nn.MaxPool2d(2), nn.Softmax(dim=1))
        self.items = nn.ModuleList([nn.Tanh() for _ in range(n)] + [nn.GELU()])
        self.named = nn.ModuleDict({"a": nn.ELU(), "b": nn.Identity()})
        self.w = nn.Parameter(torch.tensor([1.0, 2.0]))
        self.register_buffer("b", torch.tensor([3.0]))
        self.register_buffer("t", torch.tensor([4]), persistent=False)
        self.none = None

    def forward(self, x):
        return self.seq(self.act(x))

    @torch.jit.export
    def extra(self, x: Tensor) -> Tensor:
        return x

    @torch.jit.ignore
    def python_only(self):
        return 1


m = M(3)
print(m)
print([n for n, _ in m.named_modules()])
print([n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], list(m.state_dict()))
print(m.training, m.eval().training, m.act.training, m.train().seq[0].training, len(m.seq), m.items[-1], m.named["a"])
print(m.get_submodule("seq.0"), m.extra._torchscript_modifier if False else "", m.python_only())
try:
    m.load_state_dict({"w": torch.tensor([1.0]), "x": torch.tensor([1.0])})
except RuntimeError as e:
    print(e)
print(m.load_state_dict({"w": torch.tensor([5.0, 6.0]), "b": torch.tensor([7.0])}), m.w.tolist(), m.b.tolist())
for bad in (lambda: m.nope, lambda: setattr(m, "w", 3), lambda: m.register_buffer("a.b", None), lambda: nn.Linear(1), lambda: m.add_module("q", 3), lambda: nn.Module().forward(1)):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
print(type(torch.jit.script(lambda x: x)) if False else torch.jit.is_scripting())
print(torch.float32, torch.device("cpu"), repr(torch.device("cuda:1")), torch.Size([2, 3]), torch.Size([2, 3]).numel(), torch.int64.is_floating_point, torch.finfo(torch.float32).eps, torch.iinfo(torch.int8).max)
t = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
print(t.shape, t[0].tolist(), t[:, 1].tolist(), t.T.tolist(), t[0, 1].item(), t.size(0), t.numel(), t.dtype, len(t), [r.tolist() for r in t], t[..., None].shape, t[None].shape, t[1:].tolist(), t.dim())
t[0, 0] = 5
t[1] = torch.tensor([8.0, 9.0])
print(t.tolist(), torch.tensor([True]).dtype, torch.tensor(3.5).item(), torch.tensor([1j]).dtype, torch.tensor([1, 2.5]).dtype, torch.tensor([]).shape)
p = nn.Parameter(t)
print(isinstance(p, nn.Parameter), isinstance(p, Tensor), p.requires_grad, type(p), type(t), p.data_ptr() == t.data_ptr())
print(torch.jit.annotate(List[int], []), torch.jit.isinstance([1, 2], List[int]), torch.jit.isinstance(3, Optional[int]), torch.jit.isinstance(("a", 1), Tuple[str, int]))
print(torch.tensor([1, 2, 3]), torch.tensor([1.5, -2.0]), torch.tensor(True))
