# Window functions of signal processing, and their parts.


def _element_type(name: str, length: int, dtype: Optional[int]) -> int:
    if length < 0:
        raise RuntimeError("{} requires non-negative window_length, got window_length={}".format(name, length))
    kind = torch.empty([0]).dtype
    if dtype is not None:
        kind = dtype
    probe = torch.empty([0], dtype=kind)
    if not (probe.is_floating_point() or probe.is_complex()):
        raise RuntimeError("{} expects floating point dtypes, got: {}".format(name, _dtype_name(probe)))
    return kind


def _cosine(length: int, periodic: bool, alpha: float, beta: float, dtype: int) -> Tensor:
    if length < 2:
        return torch.ones([length], dtype=dtype)
    n = length + 1 if periodic else length
    window = torch.arange(n, dtype=dtype).mul_(math.pi * 2.0 / (n - 1)).cos_().mul_(-beta).add_(alpha)
    return window.narrow(0, 0, length)


def hann_window(window_length, dtype, layout, device, pin_memory):
    return _cosine(window_length, True, 0.5, 0.5, _element_type("hann_window", window_length, dtype))


def hann_window_periodic(window_length, periodic, dtype, layout, device, pin_memory):
    return _cosine(window_length, periodic, 0.5, 0.5, _element_type("hann_window", window_length, dtype))


def hamming_window(window_length, dtype, layout, device, pin_memory):
    return _cosine(window_length, True, 0.54, 0.46, _element_type("hamming_window", window_length, dtype))


def hamming_window_periodic(window_length, periodic, dtype, layout, device, pin_memory):
    return _cosine(window_length, periodic, 0.54, 0.46, _element_type("hamming_window", window_length, dtype))


def hamming_window_alpha(window_length, periodic, alpha, dtype, layout, device, pin_memory):
    return _cosine(window_length, periodic, alpha, 0.46, _element_type("hamming_window", window_length, dtype))


def hamming_window_alpha_beta(window_length, periodic, alpha, beta, dtype, layout, device, pin_memory):
    return _cosine(window_length, periodic, alpha, beta, _element_type("hamming_window", window_length, dtype))


def _bartlett(length: int, periodic: bool, dtype: int) -> Tensor:
    if length < 2:
        return torch.ones([length], dtype=dtype)
    n = length + 1 if periodic else length
    window = torch.arange(n, dtype=dtype).mul_(2.0 / (n - 1))
    rising = (n - 1) // 2 + 1
    window.narrow(0, rising, n - rising).mul_(-1).add_(2)
    return window.narrow(0, 0, length)


def bartlett_window(window_length, dtype, layout, device, pin_memory):
    return _bartlett(window_length, True, _element_type("bartlett_window", window_length, dtype))


def bartlett_window_periodic(window_length, periodic, dtype, layout, device, pin_memory):
    return _bartlett(window_length, periodic, _element_type("bartlett_window", window_length, dtype))


def _blackman(length: int, periodic: bool, dtype: int) -> Tensor:
    if length < 2:
        return torch.ones([length], dtype=dtype)
    n = length + 1 if periodic else length
    angle = torch.arange(n, dtype=dtype).mul_(math.pi / (n - 1))
    window = angle.mul(4).cos_().mul_(0.08) - angle.mul(2).cos_().mul_(0.5) + 0.42
    return window.narrow(0, 0, length)


def blackman_window(window_length, dtype, layout, device, pin_memory):
    return _blackman(window_length, True, _element_type("blackman_window", window_length, dtype))


def blackman_window_periodic(window_length, periodic, dtype, layout, device, pin_memory):
    return _blackman(window_length, periodic, _element_type("blackman_window", window_length, dtype))


def _kaiser(length: int, periodic: bool, beta: float, dtype: int) -> Tensor:
    if length < 2:
        return torch.ones([length], dtype=dtype)
    n = length + 1 if periodic else length
    middle = (n - 1) / 2.0
    ratio = (torch.arange(n, dtype=dtype) - middle) / middle
    window = torch.i0(beta * torch.sqrt(1 - ratio * ratio)) / torch.i0(torch.full([], beta, dtype=dtype))
    return window.narrow(0, 0, length)


def kaiser_window(window_length, dtype, layout, device, pin_memory):
    return _kaiser(window_length, True, 12.0, _element_type("kaiser_window", window_length, dtype))


def kaiser_window_periodic(window_length, periodic, dtype, layout, device, pin_memory):
    return _kaiser(window_length, periodic, 12.0, _element_type("kaiser_window", window_length, dtype))


def kaiser_window_beta(window_length, periodic, beta, dtype, layout, device, pin_memory):
    return _kaiser(window_length, periodic, beta, _element_type("kaiser_window", window_length, dtype))
