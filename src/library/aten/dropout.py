# Dropout of whole channels, and dropout that keeps mean and variance.


def _check(p: float):
    if p < 0.0 or p > 1.0:
        raise RuntimeError("dropout probability has to be between 0 and 1, but got {}".format(p))


def _noise_like(x: Tensor, whole_channels: bool) -> Tensor:
    if not whole_channels:
        return torch.empty_like(x)
    if x.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    sizes = [x.size(0), x.size(1)]
    for i in range(2, x.dim()):
        sizes.append(1)
    return torch.empty(sizes, dtype=x.dtype)


def _alpha(x: Tensor, p: float, train: bool, whole_channels: bool) -> Tensor:
    _check(p)
    if p == 0.0 or not train or x.numel() == 0:
        return x
    if p == 1.0:
        return x * torch.zeros([], dtype=x.dtype)
    noise = _noise_like(x, whole_channels)
    noise.bernoulli_(1.0 - p)
    alpha = 1.7580993408473766
    a = 1.0 / math.sqrt((alpha * alpha * p + 1.0) * (1.0 - p))
    b = (noise - 1.0) * (alpha * a) + alpha * a * p
    return x * (noise * a) + b


def alpha_dropout(input, p, train):
    return _alpha(input, p, train, False)


def feature_alpha_dropout(input, p, train):
    return _alpha(input, p, train, True)


def feature_dropout(input, p, train):
    _check(p)
    if p == 0.0 or not train or input.numel() == 0:
        return input
    if p == 1.0:
        return input * torch.zeros([], dtype=input.dtype)
    noise = _noise_like(input, True)
    noise.bernoulli_(1.0 - p)
    noise.div_(1.0 - p)
    return input * noise
