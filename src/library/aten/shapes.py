# Arithmetic of shapes, and tensors made by rule.


def broadcast_shapes(a, b):
    n = max(len(a), len(b))
    result: List[int] = []
    for i in range(n):
        x, y = i - (n - len(a)), i - (n - len(b))
        p = a[x] if x >= 0 else 1
        q = b[y] if y >= 0 else 1
        if p != q and p != 1 and q != 1:
            raise RuntimeError("The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {}".format(p, q, i))
        result.append(q if p == 1 else p)
    return result


def to_dense(self, dtype, masked_grad):
    return self.to(dtype) if dtype is not None else self


def vander(x, N, increasing):
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor, but got a tensor with {} dimension(s)".format(x.dim()))
    n = x.size(0) if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative, but got {}".format(n))
    columns = [torch.ones_like(x.unsqueeze(1))] + [x.unsqueeze(1) for i in range(n - 1)]
    result = torch.cat(columns, 1)[:, :n]
    result = result.cumprod(1) if n > 0 else result.to(torch.int64 if not (x.is_floating_point() or x.is_complex()) else x.dtype)
    return result if increasing else result.flip([1])


def zero(self):
    return torch.zeros_like(self)
