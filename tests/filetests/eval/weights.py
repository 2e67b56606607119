# Initial weights of every layer under one seed: shapes, first values and a checksum of all bits.
import torch
import torch.nn as nn


def checksum(t):
    h = 0
    for v in t.detach().flatten().tolist():
        h = (h * 1000003 + int(v * 2.0**44)) % 2305843009213693951
    return h


def show(name, m):
    print(name)
    for n, p in m.state_dict().items():
        print("  ", n, tuple(p.shape), p.dtype, [round(v, 6) for v in p.flatten()[:3].tolist()], checksum(p))


layers = [
    ("Linear", lambda: nn.Linear(5, 3)),
    ("Linear no bias", lambda: nn.Linear(20, 7, bias=False)),
    ("Bilinear", lambda: nn.Bilinear(3, 4, 5)),
    ("Conv1d", lambda: nn.Conv1d(4, 6, 3, groups=2)),
    ("Conv2d", lambda: nn.Conv2d(3, 8, (3, 5), padding="same")),
    ("Conv3d", lambda: nn.Conv3d(2, 3, 2)),
    ("ConvTranspose1d", lambda: nn.ConvTranspose1d(2, 3, 4)),
    ("ConvTranspose2d", lambda: nn.ConvTranspose2d(4, 2, 3, groups=2)),
    ("ConvTranspose3d", lambda: nn.ConvTranspose3d(2, 2, 2)),
    ("BatchNorm2d", lambda: nn.BatchNorm2d(4)),
    ("InstanceNorm1d", lambda: nn.InstanceNorm1d(4, affine=True, track_running_stats=True)),
    ("LayerNorm", lambda: nn.LayerNorm([2, 3])),
    ("GroupNorm", lambda: nn.GroupNorm(2, 4)),
    ("RMSNorm", lambda: nn.RMSNorm(6)),
    ("Embedding", lambda: nn.Embedding(10, 5, padding_idx=2)),
    ("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3)),
    ("RNN", lambda: nn.RNN(3, 4, 2, bidirectional=True)),
    ("LSTM", lambda: nn.LSTM(3, 5, 2, proj_size=2)),
    ("GRU", lambda: nn.GRU(4, 4, bias=False)),
    ("RNNCell", lambda: nn.RNNCell(3, 4)),
    ("LSTMCell", lambda: nn.LSTMCell(3, 4)),
    ("GRUCell", lambda: nn.GRUCell(3, 4)),
    ("PReLU", lambda: nn.PReLU(3)),
    ("MultiheadAttention", lambda: nn.MultiheadAttention(8, 2)),
    ("MultiheadAttention kdim", lambda: nn.MultiheadAttention(8, 2, kdim=4, vdim=6, add_bias_kv=True)),
    ("TransformerEncoder", lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)),
    ("TransformerDecoderLayer", lambda: nn.TransformerDecoderLayer(8, 2, 16)),
    ("Transformer", lambda: nn.Transformer(8, 2, 1, 1, 16)),
]
for i, (name, make) in enumerate(layers):
    torch.manual_seed(i)
    show(name, make())
torch.manual_seed(123)
for f in (nn.init.xavier_uniform_, nn.init.xavier_normal_, nn.init.kaiming_normal_, nn.init.normal_, nn.init.uniform_, nn.init.trunc_normal_):
    t = torch.empty(5, 7)
    f(t)
    print(f.__name__, checksum(t))
print(checksum(torch.rand(100)), checksum(torch.randn(100)), torch.randperm(10).tolist(), torch.randint(0, 100, (10,)).tolist())
