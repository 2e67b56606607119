# Sums over pairs of neighbours, over pairs of rows, and of logarithms.


def _is_expandable(shape: List[int], to: List[int]) -> bool:
    if len(shape) > len(to):
        return False
    for i in range(1, len(shape) + 1):
        if shape[-i] != to[-i] and shape[-i] != 1:
            return False
    return True


def sum_to_size(self, size):
    if not _is_expandable(size, self.size()):
        raise RuntimeError("size {" + str(size) + "} is not expandable to size {" + str(self.size()) + "}.")
    if len(size) == 0:
        return self.sum()
    leading = self.dim() - len(size)
    dims = [i for i in range(leading)]
    for i in range(leading, self.dim()):
        if size[i - leading] == 1 and self.size(i) != 1:
            dims.append(i)
    if len(dims) == 0:
        return self
    result = self.sum(dims, keepdim=True)
    return result.view(size) if leading > 0 else result


def _trapezoid(y: Tensor, dx: Tensor, dim: int) -> Tensor:
    left = torch.slice(y, dim, 0, -1)
    right = torch.slice(y, dim, 1, None)
    return ((left + right) * dx).sum(dim) / 2.0


def _without(x: Tensor, dim: int) -> Tensor:
    sizes: List[int] = []
    d = dim if dim >= 0 else dim + x.dim()
    for i in range(x.dim()):
        if i != d:
            sizes.append(x.size(i))
    return torch.zeros(sizes, dtype=x.dtype)


def trapezoid_dx(y, dx, dim):
    if y.size(dim) == 0:
        return _without(y, dim)
    if y.dtype == torch.bool or isinstance(dx, bool):
        raise RuntimeError("trapezoid: received a bool input for `y`, but bool is not supported")
    return (y.sum(dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5) * dx


def trapezoid_x(y, x, dim):
    if y.size(dim) == 0:
        return _without(y, dim)
    if y.dtype == torch.bool or x.dtype == torch.bool:
        raise RuntimeError("trapezoid: received a bool input for `x` or `y`, but bool is not supported")
    xs = x
    if x.dim() == 1:
        if x.size(0) != y.size(dim):
            raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
        shape = [1 for i in range(y.dim())]
        shape[dim] = x.size(0)
        xs = x.view(shape)
    elif x.dim() < y.dim():
        xs = x.view([1 for i in range(y.dim() - x.dim())] + x.size())
    return _trapezoid(y, torch.slice(xs, dim, 1, None) - torch.slice(xs, dim, 0, -1), dim)


def pdist(self, p):
    if self.dim() != 2:
        raise RuntimeError("pdist only supports 2D tensors, got: {}D".format(self.dim()))
    if not self.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0.0:
        raise RuntimeError("pdist only supports non-negative p values")
    n = self.size(0)
    if n <= 1:
        return torch.empty([0], dtype=self.dtype)
    if self.size(1) == 0:
        return torch.zeros([n * (n - 1) // 2], dtype=self.dtype)
    pairs = torch.triu_indices(n, n, 1)
    difference = self.index_select(0, pairs[0]) - self.index_select(0, pairs[1])
    return torch.linalg_vector_norm(difference, p, [1])


def renorm(self, p, dim, maxnorm):
    if float(p) <= 0.0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if float(maxnorm) < 0.0:
        raise RuntimeError("renorm: expected maxnorm to be >= 0 but got {}".format(maxnorm))
    if self.dim() < 2:
        raise RuntimeError("renorm: input needs at least 2 dimensions, got {} dimensions".format(self.dim()))
    d = dim if dim >= 0 else dim + self.dim()
    dims: List[int] = []
    for i in range(self.dim()):
        if i != d:
            dims.append(i)
    norm = torch.linalg_vector_norm(self, p, dims, True)
    factor = torch.where(norm > maxnorm, float(maxnorm) / (norm + 1e-7), torch.ones_like(norm))
    return (self * factor).contiguous()


def mvlgamma(self, p):
    if self.dtype == torch.bool:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    dtype = self.dtype if self.is_floating_point() else torch.empty([0]).dtype
    steps = torch.arange(-p / 2.0 + 0.5, 0.5, 0.5, dtype=dtype)
    terms = (self.unsqueeze(-1) + steps).lgamma()
    return terms.sum([-1]) + p * (p - 1) * 0.25 * math.log(math.pi)


def native_batch_norm_no_stats(input, weight, bias, training, momentum, eps):
    return torch.native_batch_norm(input, weight, bias, None, None, training, momentum, eps)


def native_batch_norm_no_training(input, weight, bias, running_mean, running_var, momentum, eps):
    return torch.native_batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps)
