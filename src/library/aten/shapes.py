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


def zero(self):
    return torch.zeros_like(self)
