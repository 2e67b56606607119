# Sliding windows as columns, and resampling by weights of windows.


def im2col(self, kernel_size, dilation, padding, stride):
    kh, kw = kernel_size[0], kernel_size[1]
    dh, dw = dilation[0], dilation[1]
    ph, pw = padding[0], padding[1]
    sh, sw = stride[0], stride[1]
    if kh <= 0 or kw <= 0:
        raise RuntimeError("kernel size should be greater than zero, but got kernel_height: {} kernel_width: {}".format(kh, kw))
    if dh <= 0 or dw <= 0:
        raise RuntimeError("dilation should be greater than zero, but got dilation_height: {} dilation_width: {}".format(dh, dw))
    if ph < 0 or pw < 0:
        raise RuntimeError("padding should be non-negative, but got pad_height: {} pad_width: {}".format(ph, pw))
    if sh <= 0 or sw <= 0:
        raise RuntimeError("stride should be greater than zero, but got stride_height: {} stride_width: {}".format(sh, sw))
    d = self.dim()
    valid = (d == 3 or d == 4) and self.size(-1) != 0 and self.size(-2) != 0 and self.size(-3) != 0
    if not valid:
        raise RuntimeError("Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {}".format(self.size()))
    h, w = self.size(-2), self.size(-1)
    oh = (h + 2 * ph - (dh * (kh - 1) + 1)) // sh + 1
    ow = (w + 2 * pw - (dw * (kw - 1) + 1)) // sw + 1
    if oh < 1 or ow < 1:
        raise RuntimeError("Given input with spatial size ({}, {}), kernel_size=({}, {}), dilation=({}, {}), padding=({}, {}), calculated shape of the array of sliding blocks as ({}, {}), but its components must be at least one.".format(h, w, kh, kw, dh, dw, ph, pw, oh, ow))
    if not (self.is_floating_point() or self.is_complex() or self.dtype == torch.bool):
        raise NotImplementedError("\"im2col_out_cpu\" not implemented for '{}'".format(_dtype_name(self)))
    x = self if d == 4 else self.unsqueeze(0)
    x = torch.constant_pad_nd(x, [pw, pw, ph, ph], 0).contiguous()
    n, c = x.size(0), x.size(1)
    s0, s1, s2, s3 = x.stride(0), x.stride(1), x.stride(2), x.stride(3)
    blocks = x.as_strided([n, c, kh, kw, oh, ow], [s0, s1, s2 * dh, s3 * dw, s2 * sh, s3 * sw])
    columns = blocks.reshape([n, c * kh * kw, oh * ow])
    return columns if d == 4 else columns.squeeze(0)


def _kernel(x: Tensor, which: int) -> Tensor:
    a = x.abs()
    zero = torch.zeros_like(a)
    if which == 2:
        return torch.where(a < 1.0, 1.0 - a, zero)
    if which == 4:
        near = ((-0.5 + 2.0) * a - (-0.5 + 3.0)) * a * a + 1.0
        far = ((-0.5 * a + 2.5) * a - 4.0) * a + 2.0
        return torch.where(a < 1.0, near, torch.where(a < 2.0, far, zero))
    return torch.where(a < 3.0, torch.sinc(a) * torch.sinc(a / 3.0), zero)


def _weights(size: int, out: int, align_corners: bool, factor: float, which: int, dtype: int) -> Tensor:
    scale = float(size) / float(out)
    if align_corners:
        scale = float(size - 1) / float(out - 1) if out > 1 else 0.0
    elif factor > 0.0:
        scale = 1.0 / factor
    reach = which * 0.5 * scale if scale >= 1.0 else which * 0.5
    shrink = 1.0 / scale if scale >= 1.0 else 1.0
    center = (torch.arange(out, dtype=dtype) + 0.5) * scale
    first = (center - reach + 0.5).to(torch.int64).clamp(min=0)
    last = (center + reach + 0.5).to(torch.int64).clamp(max=size)
    place = torch.arange(size)
    inside = torch.logical_and(place >= first.unsqueeze(1), place < last.unsqueeze(1))
    w = _kernel((place - center.unsqueeze(1) + 0.5) * shrink, which)
    w = torch.where(inside, w, torch.zeros_like(w))
    total = w.sum([1], keepdim=True)
    return torch.where(total != 0.0, w / total, w)


def _resample_to(x: Tensor, out: List[int], align_corners: bool, h: float, w: float, which: int) -> Tensor:
    if x.dim() != 4:
        raise RuntimeError("It is expected input_size equals to 4, but got size {}".format(x.dim()))
    if x.size(2) <= 0 or x.size(3) <= 0 or out[0] <= 0 or out[1] <= 0:
        raise RuntimeError("Input and output sizes should be greater than 0, but got input (H: {}, W: {}) output (H: {}, W: {})".format(x.size(2), x.size(3), out[0], out[1]))
    if x.numel() == 0 and x.size(1) == 0:
        raise RuntimeError("Non-empty 4D data tensor expected but got a tensor with sizes {}".format(x.size()))
    is_byte = x.dtype == torch.uint8
    if not is_byte and x.dtype != torch.float32 and x.dtype != torch.float64:
        raise NotImplementedError("\"compute_index_ranges_weights\" not implemented for '{}'".format(_dtype_name(x)))
    dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
    across = _weights(x.size(3), out[1], align_corners, w, which, dtype)
    down = _weights(x.size(2), out[0], align_corners, h, which, dtype)
    y = torch.matmul(x.to(dtype), across.t())
    if is_byte:
        y = (y + 0.5).floor().clamp(0, 255)
    y = torch.matmul(down, y)
    if is_byte:
        y = (y + 0.5).floor().clamp(0, 255)
    return y.to(x.dtype)


def _resample(x: Tensor, output_size: Optional[List[int]], align_corners: bool, scale_factors: Optional[List[float]], which: int) -> Tensor:
    if output_size is not None and scale_factors is not None:
        raise RuntimeError("Must specify exactly one of output_size and scale_factors")
    h, w = -1.0, -1.0
    out = [0, 0]
    if output_size is not None:
        if len(output_size) != 2:
            raise RuntimeError("It is expected output_size equals to 2, but got size {}".format(len(output_size)))
        out = output_size
    elif scale_factors is not None:
        if len(scale_factors) != 2:
            raise RuntimeError("Must specify exactly one of output_size and scale_factors")
        h, w = scale_factors[0], scale_factors[1]
        out = [int(x.size(2) * h), int(x.size(3) * w)]
    else:
        raise RuntimeError("Must specify exactly one of output_size and scale_factors")
    return _resample_to(x, out, align_corners, h, w, which)


def upsample_bilinear2d_aa(input, output_size, align_corners, scale_factors):
    return _resample(input, output_size, align_corners, scale_factors, 2)


def upsample_bicubic2d_aa(input, output_size, align_corners, scale_factors):
    return _resample(input, output_size, align_corners, scale_factors, 4)


def upsample_lanczos2d_aa(input, output_size, align_corners, scale_factors):
    return _resample(input, output_size, align_corners, scale_factors, 6)


def _resized(x: Tensor, output_size: List[int], align_corners: bool, scales_h: Optional[float], scales_w: Optional[float], which: int) -> Tensor:
    if len(output_size) != 2:
        raise RuntimeError("It is expected output_size equals to 2, but got size {}".format(len(output_size)))
    h = -1.0
    if scales_h is not None:
        h = scales_h
    w = -1.0
    if scales_w is not None:
        w = scales_w
    return _resample_to(x, output_size, align_corners, h, w, which)


def upsample_bilinear2d_aa_sized(self, output_size, align_corners, scales_h, scales_w):
    return _resized(self, output_size, align_corners, scales_h, scales_w, 2)


def upsample_bicubic2d_aa_sized(self, output_size, align_corners, scales_h, scales_w):
    return _resized(self, output_size, align_corners, scales_h, scales_w, 4)


def upsample_lanczos2d_aa_sized(self, output_size, align_corners, scales_h, scales_w):
    return _resized(self, output_size, align_corners, scales_h, scales_w, 6)


def col2im(self, output_size, kernel_size, dilation, padding, stride):
    kh, kw = kernel_size[0], kernel_size[1]
    dh, dw = dilation[0], dilation[1]
    ph, pw = padding[0], padding[1]
    sh, sw = stride[0], stride[1]
    h, w = output_size[0], output_size[1]
    if kh <= 0 or kw <= 0:
        raise RuntimeError("kernel size should be greater than zero, but got kernel_height: {} kernel_width: {}".format(kh, kw))
    if sh <= 0 or sw <= 0:
        raise RuntimeError("stride should be greater than zero, but got stride_height: {} stride_width: {}".format(sh, sw))
    if dh <= 0 or dw <= 0:
        raise RuntimeError("dilation should be greater than zero, but got dilation_height: {} dilation_width: {}".format(dh, dw))
    if ph < 0 or pw < 0:
        raise RuntimeError("padding should be non-negative, but got pad_height: {} pad_width: {}".format(ph, pw))
    d = self.dim()
    if not ((d == 2 and self.size(0) != 0 and self.size(1) != 0) or (d == 3 and self.size(1) != 0 and self.size(2) != 0)):
        raise RuntimeError("Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: {}".format(self.size()))
    planes, length = self.size(-2), self.size(-1)
    if planes % (kh * kw) != 0:
        raise RuntimeError("Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)={} and kernel_size=({}, {}).".format(planes, kh, kw))
    bh = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    bw = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    if length != bh * bw:
        raise RuntimeError("Given output_size=({}, {}), kernel_size=({}, {}), dilation=({}, {}), padding=({}, {}), stride=({}, {}), expected size of input's dimension 2 to match the calculated number of sliding blocks {} * {} = {}, but got input.size(2)={}.".format(h, w, kh, kw, dh, dw, ph, pw, sh, sw, bh, bw, bh * bw, length))
    x = self if d == 3 else self.unsqueeze(0)
    n, c = x.size(0), planes // (kh * kw)
    blocks = x.reshape([n, c, kh, kw, bh, bw])
    image = torch.zeros([n, c, h + 2 * ph, w + 2 * pw], dtype=self.dtype)
    for i in range(kh):
        for j in range(kw):
            rows = torch.slice(image, 2, i * dh, i * dh + (bh - 1) * sh + 1, sh)
            torch.slice(rows, 3, j * dw, j * dw + (bw - 1) * sw + 1, sw).add_(blocks[:, :, i, j])
    image = torch.slice(torch.slice(image, 2, ph, ph + h), 3, pw, pw + w).contiguous()
    return image if d == 3 else image.squeeze(0)


def conv_tbc(self, weight, bias, pad):
    if self.dim() != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if weight.dim() != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if bias.dim() != 1:
        raise RuntimeError("Bias must be 1-D")
    return torch.conv1d(self.permute([1, 2, 0]), weight.permute([2, 1, 0]), bias, [1], [pad]).permute([2, 0, 1]).contiguous()
