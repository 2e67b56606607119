# Rearrangements of channels and pixels.


def channel_shuffle(self, groups):
    if self.dim() <= 2:
        raise RuntimeError("channel_shuffle expects input with > 2 dims, but got input with sizes {}".format(self.size()))
    c = self.size(1)
    if groups <= 0:
        raise RuntimeError("Number of groups to divide channels in must be positive. Value of groups:{}".format(groups))
    if c % groups != 0:
        raise RuntimeError("Number of channels must be divisible by groups. Got {} channels and {} groups.".format(c, groups))
    rest = self.size()[2:]
    n = self.size(0)
    if self.numel() == 0:
        return self.clone()
    parts = self.reshape([n, groups, c // groups] + rest)
    return parts.transpose(1, 2).contiguous().reshape(self.size())


def pixel_shuffle(self, upscale_factor):
    r = upscale_factor
    if self.dim() < 3:
        raise RuntimeError("pixel_shuffle expects input to have at least 3 dimensions, but got input with {} dimension(s)".format(self.dim()))
    if r <= 0:
        raise RuntimeError("pixel_shuffle expects a positive upscale_factor, but got {}".format(r))
    c, h, w = self.size(-3), self.size(-2), self.size(-1)
    if c % (r * r) != 0:
        raise RuntimeError("pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)={} is not divisible by {}".format(c, r * r))
    batch = self.size()[:-3]
    n = self.dim() - 3
    order = [i for i in range(n)] + [n, n + 3, n + 1, n + 4, n + 2]
    parts = self.reshape(batch + [c // (r * r), r, r, h, w])
    return parts.permute(order).contiguous().reshape(batch + [c // (r * r), h * r, w * r])


def pixel_unshuffle(self, downscale_factor):
    r = downscale_factor
    if self.dim() < 3:
        raise RuntimeError("pixel_unshuffle expects input to have at least 3 dimensions, but got input with {} dimension(s)".format(self.dim()))
    if r <= 0:
        raise RuntimeError("pixel_unshuffle expects a positive downscale_factor, but got {}".format(r))
    c, h, w = self.size(-3), self.size(-2), self.size(-1)
    if h % r != 0:
        raise RuntimeError("pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)={} is not divisible by {}".format(h, r))
    if w % r != 0:
        raise RuntimeError("pixel_unshuffle expects width to be divisible by downscale_factor, but input.size(-1)={} is not divisible by {}".format(w, r))
    batch = self.size()[:-3]
    n = self.dim() - 3
    order = [i for i in range(n)] + [n, n + 2, n + 4, n + 1, n + 3]
    parts = self.reshape(batch + [c, h // r, r, w // r, r])
    return parts.permute(order).contiguous().reshape(batch + [c * r * r, h // r, w // r])
