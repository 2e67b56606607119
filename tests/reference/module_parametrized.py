"""Weights that are computed while a module is trained, and put back for scripting."""
import torch
from torch import nn
from torch.nn.utils import parametrize
P = torch.nn.utils.parametrizations
class Voc(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([P.weight_norm(nn.Conv1d(2, 3, 3)), P.spectral_norm(nn.Conv1d(3, 3, 3)), P.weight_norm(nn.ConvTranspose1d(3, 2, 4, 2), dim=1)])
        self.l = nn.Linear(4, 4)
        parametrize.register_parametrization(self.l, "weight", Sym())
    def remove(self):
        for c in self.convs: parametrize.remove_parametrizations(c, "weight")
        parametrize.remove_parametrizations(self.l, "weight", leave_parametrized=False)
    def forward(self, x):
        for c in self.convs: x = torch.tanh(c(x))
        return self.l(x[..., :4])
class Sym(nn.Module):
    def forward(self, X): return X.triu() + X.triu(1).transpose(-1, -2)
torch.manual_seed(0)
m = Voc()
print(type(m.l).__name__, parametrize.is_parametrized(m.l), [n for n, _ in m.named_parameters()], list(m.state_dict().keys()))
m.eval()
x = torch.randn(1, 2, 9)
with torch.no_grad(): print(m(x))
m.remove()
print(type(m.l).__name__, parametrize.is_parametrized(m.l), sorted(n for n, _ in m.named_parameters()))
with torch.no_grad(): print(m(x), torch.jit.script(m)(x))
