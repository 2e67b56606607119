# Short-time Fourier transforms.


def _window(window: Optional[Tensor], length: int, n_fft: int, dtype: int) -> Tensor:
    w = torch.ones([length], dtype=dtype) if window is None else window
    if length < n_fft:
        left = (n_fft - length) // 2
        w = torch.constant_pad_nd(w, [left, n_fft - length - left])
    return w


def stft(self, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, align_to_window):
    x = self
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    is_complex = x.is_complex() or (window is not None and window.is_complex())
    if return_complex is None and not is_complex:
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release.")
    as_complex = True if return_complex is None else return_complex
    if not x.is_floating_point() and not x.is_complex():
        raise RuntimeError("stft(input, n_fft={}, hop_length={}, win_length={}): expected a tensor of floating point or complex values".format(n_fft, hop, length))
    if x.dim() != 1 and x.dim() != 2:
        raise RuntimeError("stft(): expected a 1D or 2D tensor")
    single = x.dim() == 1
    if single:
        x = x.unsqueeze(0)
    size = x.size(1)
    if n_fft <= 0 or n_fft > size:
        raise RuntimeError("stft(): expected 0 < n_fft < {}, but got n_fft={}".format(size, n_fft))
    if hop <= 0:
        raise RuntimeError("stft(): expected hop_length > 0, but got hop_length={}".format(hop))
    if length <= 0 or length > n_fft:
        raise RuntimeError("stft(): expected 0 < win_length <= n_fft, but got win_length={}".format(length))
    if window is not None and (window.dim() != 1 or window.size(0) != length):
        raise RuntimeError("stft(): expected a 1D window tensor of size equal to win_length={}, but got window with size {}".format(length, window.size()))
    frames = 1 + (size - n_fft) // hop
    pieces = x.as_strided([x.size(0), frames, n_fft], [x.stride(0), hop * x.stride(1), x.stride(1)])
    if window is not None or length < n_fft:
        pieces = pieces * _window(window, length, n_fft, x.dtype)
    half = not pieces.is_complex() if onesided is None else onesided
    mode = 1 if normalized else 0
    if pieces.is_complex():
        if half:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        out = torch._fft_c2c(pieces, [2], mode, True)
    else:
        out = torch._fft_r2c(pieces, [2], mode, half)
    out = out.transpose(1, 2)
    if single:
        out = out.squeeze(0)
    return out if as_complex else torch.view_as_real(out.contiguous())


def stft_center(self, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, return_complex, align_to_window):
    x = self
    if center:
        pad = n_fft // 2
        shape = [1 for i in range(3 - x.dim())] + x.size()
        x = torch.pad(x.view(shape), [pad, pad], pad_mode)
        x = x.view(x.size()[3 - self.dim():])
    return torch.stft(x, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, None)


def _overlapped(pieces: Tensor, hop: int) -> Tensor:
    frames, n = pieces.size(1), pieces.size(2)
    total = torch.zeros([pieces.size(0), n + hop * (frames - 1)], dtype=pieces.dtype)
    for t in range(frames):
        total.narrow(1, t * hop, n).add_(pieces.select(1, t))
    return total


def istft(self, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex):
    hop = n_fft // 4 if hop_length is None else hop_length
    size = n_fft if win_length is None else win_length
    x = self
    if not x.is_complex():
        raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with return_complex=True.")
    if x.numel() == 0:
        raise RuntimeError("istft input tensor cannot be empty.")
    if x.dim() != 2 and x.dim() != 3:
        raise RuntimeError("expected a tensor with 3 or 4 dimensions, but got {}".format(x.dim() + 1))
    if hop <= 0 or hop > size:
        raise RuntimeError("istft(): expected 0 < hop_length <= win_length")
    if size <= 0 or size > n_fft:
        raise RuntimeError("istft(): expected 0 < win_length <= n_fft")
    single = x.dim() == 2
    if single:
        x = x.unsqueeze(0)
    bins, frames = x.size(1), x.size(2)
    half = bins != n_fft if onesided is None else onesided
    if half and bins != n_fft // 2 + 1:
        raise RuntimeError("expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 when onesided=True, but got {}".format(bins))
    if not half and bins != n_fft:
        raise RuntimeError("expected the frequency dimension (3rd to the last) of the input tensor to match n_fft when onesided=False, but got {}".format(bins))
    if window is not None and (window.dim() != 1 or window.size(0) != size):
        raise RuntimeError("Invalid window shape. window has to be 1D and length of `win_length`")
    dtype = torch.float64 if x.dtype == torch.complex128 else torch.float32
    w = _window(window, size, n_fft, dtype)
    x = x.transpose(1, 2)
    mode = 1 if normalized else 2
    if return_complex:
        if half:
            raise RuntimeError("cannot have onesided output if window or input is complex")
        pieces = torch._fft_c2c(x, [2], mode, False)
    else:
        if not half:
            x = x.narrow(2, 0, n_fft // 2 + 1)
        pieces = torch._fft_c2r(x, [2], mode, n_fft)
    y = _overlapped(pieces * w, hop)
    envelope = _overlapped((w * w).expand([1, frames, n_fft]), hop)
    expected = n_fft + hop * (frames - 1)
    start = n_fft // 2 if center else 0
    end = expected - n_fft // 2 if center else expected
    if length is not None:
        end = start + length
    stop = min(end, expected)
    y = y.narrow(1, start, stop - start)
    envelope = envelope.narrow(1, start, stop - start)
    lowest = float(envelope.abs().min())
    if lowest < 1e-11:
        raise RuntimeError("window overlap add min: {}".format(lowest))
    y = y / envelope
    if single:
        y = y.squeeze(0)
    if end > expected:
        y = torch.constant_pad_nd(y, [0, end - expected])
    return y
