# Interpolation as programs saved by old versions ask for it: sizes and factors are numbers or lists, the kind is a name.


def _lacks(given: int, mode: str, needed: int):
    raise RuntimeError("Got {}D input, but {} mode needs {}D input".format(given, mode, needed))


def _resample(
    x: Tensor,
    size: Optional[List[int]],
    factors: Optional[List[float]],
    mode: str,
    align_corners: Optional[bool],
    recompute: bool,
) -> Tensor:
    rank = x.dim()
    if (mode == "nearest" or mode == "area") and align_corners is not None:
        raise RuntimeError("align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear")
    align = False if align_corners is None else align_corners
    modes = ["nearest", "area", "linear", "bilinear", "bicubic", "trilinear"]
    if rank < 3 or rank > 5 or mode not in modes:
        raise RuntimeError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got {}D) for the modes: nearest | linear | bilinear | trilinear (got {}) ".format(rank, mode)
        )
    out: List[int] = []
    scales: List[Optional[float]] = [None, None, None]
    if size is not None:
        out = size
    elif factors is not None:
        for i in range(rank - 2):
            out.append(int(math.floor(x.size(i + 2) * factors[i])))
    if factors is not None and not recompute:
        for i in range(min(len(factors), 3)):
            scales[i] = factors[i]
    if mode == "nearest":
        if rank == 3:
            return torch.upsample_nearest1d(x, out, scales[0])
        if rank == 4:
            return torch.upsample_nearest2d(x, out, scales[0], scales[1])
        return torch.upsample_nearest3d(x, out, scales[0], scales[1], scales[2])
    if mode == "area":
        if rank == 3:
            return torch.adaptive_avg_pool1d(x, out)
        if rank == 4:
            return torch.adaptive_avg_pool2d(x, out)
        return torch.adaptive_avg_pool3d(x, out)
    if mode == "linear":
        if rank != 3:
            _lacks(rank, mode, 3)
        return torch.upsample_linear1d(x, out, align, scales[0])
    if mode == "trilinear":
        if rank != 5:
            _lacks(rank, mode, 5)
        return torch.upsample_trilinear3d(x, out, align, scales[0], scales[1], scales[2])
    if rank != 4:
        _lacks(rank, mode, 4)
    if mode == "bilinear":
        return torch.upsample_bilinear2d(x, out, align, scales[0], scales[1])
    return torch.upsample_bicubic2d(x, out, align, scales[0], scales[1])


def interpolate(input, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias):
    if antialias:
        raise RuntimeError("Antialias is not yet supported")
    sizes: Optional[List[int]] = None
    if size is not None:
        if isinstance(size, int):
            sizes = [size for _ in range(input.dim() - 2)]
        else:
            sizes = size
    factors: Optional[List[float]] = None
    if scale_factor is not None:
        if isinstance(scale_factor, float):
            factors = [scale_factor for _ in range(input.dim() - 2)]
        else:
            factors = scale_factor
    recompute = True if recompute_scale_factor is None else recompute_scale_factor
    return _resample(input, sizes, factors, mode, align_corners, recompute)


def upsample(input, size, scale_factor, mode, align_corners):
    factor: Optional[float] = None
    if scale_factor is not None:
        factor = float(scale_factor)
    return torch.__interpolate(input, size, factor, mode, align_corners, None, False)


def upsample_nearest(input, size, scale_factor):
    return torch.__upsample(input, size, scale_factor, "nearest", None)


def upsample_bilinear(input, size, scale_factor):
    return torch.__upsample(input, size, scale_factor, "bilinear", True)


def upsample_bilinear_by_list(input, size, scale_factor):
    factors: Optional[List[float]] = None
    if scale_factor is not None:
        factors = [float(f) for f in scale_factor]
    return torch.__interpolate(input, size, factors, "bilinear", True, None, False)
