# Covariance, quantiles, and membership.


def cov(self, correction, fweights, aweights):
    if self.dim() > 2:
        raise RuntimeError("cov(): expected input to have two or fewer dimensions but got an input with {} dimensions".format(self.dim()))
    if self.dtype == torch.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = self.unsqueeze(0) if self.dim() < 2 else self
    if self.dim() == 0:
        x = self.view([1, 1])
    n = x.size(1)
    weights: Optional[Tensor] = None
    if fweights is not None:
        if fweights.dim() > 1:
            raise RuntimeError("cov(): expected fweights to have one or fewer dimensions but got fweights with {} dimensions".format(fweights.dim()))
        if fweights.is_floating_point() or fweights.is_complex() or fweights.dtype == torch.bool:
            raise RuntimeError("cov(): expected fweights to have integral dtype but got fweights with {} dtype".format("Float"))
        if fweights.numel() != n:
            raise RuntimeError("cov(): expected fweights to have the same numel as there are observations in the input but got {} != {}".format(fweights.numel(), n))
        if n > 0 and int(fweights.min()) < 0:
            raise RuntimeError("cov(): fweights cannot be negative")
        weights = fweights
    if aweights is not None:
        if aweights.dim() > 1:
            raise RuntimeError("cov(): expected aweights to have one or fewer dimensions but got aweights with {} dimensions".format(aweights.dim()))
        if not aweights.is_floating_point():
            raise RuntimeError("cov(): expected aweights to have floating point dtype but got aweights with {} dtype".format("Long"))
        if aweights.numel() != n:
            raise RuntimeError("cov(): expected aweights to have the same numel as there are observations in the input but got {} != {}".format(aweights.numel(), n))
        if n > 0 and float(aweights.min()) < 0.0:
            raise RuntimeError("cov(): aweights cannot be negative")
        weights = aweights if weights is None else weights * aweights
    total = torch.scalar_tensor(n, dtype=torch.int64)
    if weights is not None:
        total = weights.sum()
        if n > 0 and float(total) == 0.0:
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
        mean = (x * weights).sum([1]) / total
    else:
        mean = x.sum([1]) / total
    norm = total - correction
    if fweights is not None and aweights is not None:
        norm = total - correction * ((fweights * aweights * aweights).sum() / total)
    elif aweights is not None and correction != 0:
        norm = total - correction * ((aweights * aweights).sum() / total)
    norm = norm.clamp(min=0)
    centered = x - mean.unsqueeze(1)
    other = centered.t().conj()
    if weights is not None:
        other = (centered * weights).t().conj()
    result = torch.mm(centered, other) / norm
    return result.squeeze()


def corrcoef(self):
    if self.dim() > 2:
        raise RuntimeError("corrcoef(): expected input to have two or fewer dimensions but got an input with {} dimensions".format(self.dim()))
    c = torch.cov(self)
    if c.dim() == 0:
        return c / c
    d = c.diag()
    stddev = torch.sqrt(torch.real(d) if d.is_complex() else d)
    c = c / stddev.view([-1, 1])
    c = c / stddev.view([1, -1])
    if c.is_complex():
        return torch.complex(torch.real(c).clip(-1, 1), torch.imag(c).clip(-1, 1))
    return c.clip(-1, 1)


def _interpolation(name: str) -> int:
    for i, known in enumerate(["linear", "lower", "higher", "midpoint", "nearest"]):
        if name == known:
            return i
    raise RuntimeError("quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {}".format(name))


def _quantile(x: Tensor, q: Tensor, dim: Optional[int], keepdim: bool, interpolation: str, ignore_nan: bool) -> Tensor:
    name = "nanquantile" if ignore_nan else "quantile"
    mode = _interpolation(interpolation)
    if x.numel() == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if q.dim() > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if x.dtype != torch.float32 and x.dtype != torch.float64:
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if x.dtype != q.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if q.numel() > 0 and (float(q.min()) < 0.0 or float(q.max()) > 1.0):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    d = 0
    shape: List[int] = []
    if dim is None:
        ranked = x.flatten().sort(0)[0]
        shape = [1 for i in range(x.dim())] if keepdim else shape
    else:
        d = dim + x.dim() if dim < 0 else dim
        if d < 0 or d >= max(x.dim(), 1):
            raise IndexError("Dimension out of range (expected to be in range of [{}, {}], but got {})".format(-max(x.dim(), 1), max(x.dim(), 1) - 1, dim))
        if x.dim() == 0:
            ranked = x.flatten()
            shape = shape
        else:
            ranked = x.unsqueeze(-1).transpose(d, -1).squeeze(d) if d != x.dim() - 1 else x
            ranked = ranked.sort(-1)[0]
            shape = x.size()
            if keepdim:
                shape[d] = 1
            else:
                shape.pop(d)
    n = ranked.size(-1)
    if ignore_nan:
        count = (n - ranked.isnan().sum([-1], keepdim=True)).to(x.dtype)
        ranks = q.reshape([-1]) * (count - 1)
        ranks = ranks.masked_fill(ranks < 0, 0.0)
    else:
        ranks = q.reshape([-1]) * (n - 1)
        last = ranked.select(-1, n - 1).unsqueeze(-1).isnan()
        ranks = torch.where(last, torch.full_like(ranks, float(n - 1)), ranks)
    sizes = ranked.size()[:-1] + [ranks.size(-1)]
    ranks = ranks.expand(sizes)
    if mode == 1:
        ranks = ranks.floor()
    elif mode == 2:
        ranks = ranks.ceil()
    elif mode == 4:
        ranks = ranks.round()
    below = ranks.to(torch.int64)
    result = ranked.gather(-1, below)
    if mode == 0 or mode == 3:
        weight = torch.full_like(ranks, 0.5) if mode == 3 else ranks - below
        above = ranked.gather(-1, ranks.ceil().to(torch.int64))
        result = result.lerp(above, weight)
    if q.dim() == 0:
        return result.squeeze(-1).reshape(shape)
    return result.movedim(-1, 0).reshape([q.numel()] + shape)


def quantile(self, q, dim, keepdim, interpolation):
    return _quantile(self, q, dim, keepdim, interpolation, False)


def nanquantile(self, q, dim, keepdim, interpolation):
    return _quantile(self, q, dim, keepdim, interpolation, True)


def quantile_scalar(self, q, dim, keepdim, interpolation):
    if q < 0.0 or q > 1.0:
        raise RuntimeError("quantile() q must be in the range [0, 1] but got {}".format(q))
    return _quantile(self, torch.scalar_tensor(q, dtype=self.dtype), dim, keepdim, interpolation, False)


def nanquantile_scalar(self, q, dim, keepdim, interpolation):
    if q < 0.0 or q > 1.0:
        raise RuntimeError("quantile() q must be in the range [0, 1] but got {}".format(q))
    return _quantile(self, torch.scalar_tensor(q, dtype=self.dtype), dim, keepdim, interpolation, True)


def isin(elements, test_elements, assume_unique, invert):
    if elements.numel() == 0 or test_elements.numel() == 0:
        return torch.full(elements.size(), int(invert), dtype=torch.bool)
    ordered = test_elements.flatten().sort(0)[0]
    if elements.dtype != ordered.dtype:
        return _member_mixed(elements, test_elements, invert)
    place = torch.searchsorted(ordered, elements.contiguous()).clamp(max=ordered.numel() - 1)
    found = ordered[place] == elements
    return found.logical_not() if invert else found


def _member_mixed(elements: Tensor, test_elements: Tensor, invert: bool) -> Tensor:
    found = (elements.unsqueeze(-1) == test_elements.flatten()).any(-1)
    return found.logical_not() if invert else found


def isin_scalar(elements, test_element, assume_unique, invert):
    return elements.ne(test_element) if invert else elements.eq(test_element)
