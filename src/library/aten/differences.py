# Differences and running integrals along a dimension.


def _joined(x: Tensor, dim: int, prepend: Optional[Tensor], append: Optional[Tensor]) -> Tensor:
    parts = [x]
    if prepend is not None:
        parts = [prepend] + parts
    if append is not None:
        parts = parts + [append]
    return torch.cat(parts, dim) if len(parts) > 1 else x


def diff(self, n, dim, prepend, append):
    if self.dim() == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError("order must be non-negative but got {}".format(n))
    if n == 0:
        return torch.zeros_like(self).copy_(self)
    x = _joined(self, dim, prepend, append)
    steps = n if n <= x.size(dim) else x.size(dim)
    for i in range(steps):
        size = x.size(dim)
        left, right = torch.narrow(x, dim, 0, size - 1), torch.narrow(x, dim, 1, size - 1)
        x = torch.logical_xor(right, left) if x.dtype == torch.bool else right - left
    return x


def cumulative_trapezoid_dx(y, dx, dim):
    if y.dtype == torch.bool:
        raise RuntimeError("cumulative_trapezoid: received a bool input for `y`, but bool is not supported")
    left, right = torch.slice(y, dim, 0, -1), torch.slice(y, dim, 1, None)
    return (dx / 2.0) * (left + right).cumsum(dim)


def cumulative_trapezoid_x(y, x, dim):
    if y.dtype == torch.bool or x.dtype == torch.bool:
        raise RuntimeError("cumulative_trapezoid: received a bool input for `x` or `y`, but bool is not supported")
    xs = x
    if x.dim() == 1:
        if x.size(0) != y.size(dim):
            raise RuntimeError("cumulative_trapezoid: There must be one `x` value for each sample point")
        shape = [1 for i in range(y.dim())]
        shape[dim] = x.size(0)
        xs = x.view(shape)
    elif x.dim() < y.dim():
        xs = x.view([1 for i in range(y.dim() - x.dim())] + x.size())
    for i in range(xs.dim()):
        if xs.size(i) != y.size(i) and xs.size(i) != 1 and y.size(i) != 1:
            raise RuntimeError("cumulative_trapezoid: There must be one `x` value for each sample point")
    width = torch.slice(xs, dim, 1, None) - torch.slice(xs, dim, 0, -1)
    left, right = torch.slice(y, dim, 0, -1), torch.slice(y, dim, 1, None)
    return ((left + right) * width).cumsum(dim) / 2.0


def _axes(x: Tensor, dims: List[int], edge_order: int) -> List[int]:
    if x.dtype == torch.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    if edge_order != 1 and edge_order != 2:
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    out: List[int] = []
    for d in dims:
        axis = d if d >= 0 else d + x.dim()
        if axis in out:
            raise RuntimeError("dim {} appears multiple times in the list of dims".format(axis))
        if x.size(axis) < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
        out.append(axis)
    return out


def _even(x: Tensor, d: int, h: float, edge_order: int) -> Tensor:
    n = x.size(d)
    inner = (torch.narrow(x, d, 2, n - 2) - torch.narrow(x, d, 0, n - 2)) / (2.0 * h)
    if edge_order == 1:
        first = (torch.narrow(x, d, 1, 1) - torch.narrow(x, d, 0, 1)) / h
        last = (torch.narrow(x, d, n - 1, 1) - torch.narrow(x, d, n - 2, 1)) / h
    else:
        first = (-3.0 * torch.narrow(x, d, 0, 1) + 4.0 * torch.narrow(x, d, 1, 1) - torch.narrow(x, d, 2, 1)) / (2.0 * h)
        last = (3.0 * torch.narrow(x, d, n - 1, 1) - 4.0 * torch.narrow(x, d, n - 2, 1) + torch.narrow(x, d, n - 3, 1)) / (2.0 * h)
    return torch.cat([first, inner, last], d)


def _uneven(x: Tensor, d: int, at: Tensor, edge_order: int) -> Tensor:
    n = x.size(d)
    if at.dim() != 1 or at.numel() != n:
        raise RuntimeError("torch.gradient expected each element of spacing to have a size equal to the size of the dimension")
    shape = [1 for i in range(x.dim())]
    shape[d] = n - 1
    h = (at[1:] - at[:-1]).reshape(shape)
    h0, h1 = torch.narrow(h, d, 0, n - 2), torch.narrow(h, d, 1, n - 2)
    a = -h1 / (h0 * (h0 + h1))
    b = (h1 - h0) / (h0 * h1)
    c = h0 / (h1 * (h0 + h1))
    inner = a * torch.narrow(x, d, 0, n - 2) + b * torch.narrow(x, d, 1, n - 2) + c * torch.narrow(x, d, 2, n - 2)
    first_h, last_h = torch.narrow(h, d, 0, 1), torch.narrow(h, d, n - 2, 1)
    if edge_order == 1:
        first = (torch.narrow(x, d, 1, 1) - torch.narrow(x, d, 0, 1)) / first_h
        last = (torch.narrow(x, d, n - 1, 1) - torch.narrow(x, d, n - 2, 1)) / last_h
    else:
        next_h, before_h = torch.narrow(h, d, 1, 1), torch.narrow(h, d, n - 3, 1)
        a0 = -(2.0 * first_h + next_h) / (first_h * (first_h + next_h))
        b0 = (first_h + next_h) / (first_h * next_h)
        c0 = -first_h / (next_h * (first_h + next_h))
        first = a0 * torch.narrow(x, d, 0, 1) + b0 * torch.narrow(x, d, 1, 1) + c0 * torch.narrow(x, d, 2, 1)
        a1 = last_h / (before_h * (last_h + before_h))
        b1 = -(last_h + before_h) / (last_h * before_h)
        c1 = (2.0 * last_h + before_h) / (last_h * (last_h + before_h))
        last = a1 * torch.narrow(x, d, n - 3, 1) + b1 * torch.narrow(x, d, n - 2, 1) + c1 * torch.narrow(x, d, n - 1, 1)
    return torch.cat([first, inner, last], d)


def _all_or(x: Tensor, dim: Optional[int]) -> List[int]:
    return [i for i in range(x.dim())] if dim is None else [dim]


def gradient_scalarint(self, spacing, dim, edge_order):
    axes = _axes(self, _all_or(self, dim), edge_order)
    return [_even(self, d, 1.0 if spacing is None else float(spacing), edge_order) for d in axes]


def gradient_scalararray(self, spacing, dim, edge_order):
    return [_even(self, d, float(spacing), edge_order) for d in _axes(self, dim, edge_order)]


def gradient_array(self, dim, edge_order):
    return [_even(self, d, 1.0, edge_order) for d in _axes(self, dim, edge_order)]


def _check_count(given: int, axes: List[int]):
    if given != len(axes):
        raise RuntimeError("torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = {}', but got a list of length {}".format(len(axes), given))


def gradient_scalarrayint(self, spacing, dim, edge_order):
    axes = _axes(self, _all_or(self, dim), edge_order)
    _check_count(len(spacing), axes)
    return [_even(self, axes[i], float(spacing[i]), edge_order) for i in range(len(axes))]


def gradient_scalarrayarray(self, spacing, dim, edge_order):
    axes = _axes(self, dim, edge_order)
    _check_count(len(spacing), axes)
    return [_even(self, axes[i], float(spacing[i]), edge_order) for i in range(len(axes))]


def gradient_tensorarrayint(self, spacing, dim, edge_order):
    axes = _axes(self, _all_or(self, dim), edge_order)
    _check_count(len(spacing), axes)
    return [_uneven(self, axes[i], spacing[i], edge_order) for i in range(len(axes))]


def gradient_tensorarray(self, spacing, dim, edge_order):
    axes = _axes(self, dim, edge_order)
    _check_count(len(spacing), axes)
    return [_uneven(self, axes[i], spacing[i], edge_order) for i in range(len(axes))]
