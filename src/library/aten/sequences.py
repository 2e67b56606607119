# Packed sequences, segments of tensors, and weights normalised by direction.


def pack_padded_sequence(input, lengths, batch_first):
    x = input.transpose(0, 1) if batch_first else input
    n = lengths.numel()
    if n <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if x.size(1) != n:
        raise RuntimeError("Expected `len(lengths)` to be equal to batch_size, but got {} (batch_size={})".format(n, x.size(1)))
    sizes: List[int] = []
    for i in range(n):
        sizes.append(int(lengths[i]))
    for i in range(n):
        if sizes[i] <= 0:
            raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
        if i > 0 and sizes[i] > sizes[i - 1]:
            raise RuntimeError("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.")
    if sizes[0] > x.size(0):
        raise RuntimeError("start (0) + length ({}) exceeds dimension size ({}).".format(sizes[0], x.size(0)))
    steps: List[Tensor] = []
    counts: List[int] = []
    left = n
    for t in range(sizes[0]):
        while sizes[left - 1] <= t:
            left -= 1
        steps.append(x[t, :left])
        counts.append(left)
    return torch.cat(steps), torch.tensor(counts, dtype=torch.int64)


def pad_packed_sequence(data, batch_sizes, batch_first, padding_value, total_length):
    steps = batch_sizes.numel()
    if steps == 0:
        raise RuntimeError("batch_sizes can not be empty")
    longest = steps
    if total_length > 0:
        if total_length < steps:
            raise RuntimeError("Expected total_length to be at least the length of the longest sequence in input, but got total_length={} and max sequence length being {}".format(total_length, steps))
        longest = total_length
    n = int(batch_sizes[0])
    result = torch.full([longest, n] + data.size()[1:], padding_value, dtype=data.dtype)
    lengths = torch.zeros([n], dtype=torch.int64)
    at = 0
    for t in range(steps):
        k = int(batch_sizes[t])
        result[t, :k].copy_(data[at : at + k])
        lengths[:k].add_(1)
        at += k
    return (result.transpose(0, 1) if batch_first else result), lengths


def norm_except_dim(v, pow, dim):
    if dim == -1:
        return v.norm(pow)
    d = dim if dim >= 0 else dim + v.dim()
    rest = [i for i in range(v.dim())]
    rest.remove(d)
    if len(rest) == 0:
        return v.abs()
    return torch.linalg_vector_norm(v, pow, rest, True)


def weight_norm(v, g, dim):
    return v * (g / torch.norm_except_dim(v, 2, dim))


def embedding_renorm_(self, indices, max_norm, norm_type):
    flat = indices.reshape([-1])
    seen: Dict[int, bool] = {}
    for i in range(flat.numel()):
        row = int(flat[i])
        if row not in seen:
            seen[row] = True
            vector = self[row]
            norm = float(torch.linalg_vector_norm(vector, norm_type))
            if norm > max_norm:
                vector.mul_(max_norm / (norm + 1e-7))
    return self


def no_grad_embedding_renorm_(weight, input, max_norm, norm_type):
    torch.embedding_renorm_(weight, input, max_norm, norm_type)
    return weight


def repeats(repeats, output_size):
    return torch.repeat_interleave(torch.arange(repeats.size(0)), repeats, 0, output_size=output_size)


def _segment(part: Tensor, reduce: str, initial: Optional[number]) -> Tensor:
    if part.size(0) == 0:
        value = 0.0
        if initial is not None:
            value = float(initial)
        elif reduce == "max":
            value = -math.inf
        elif reduce == "min":
            value = math.inf
        elif reduce == "mean":
            value = math.nan
        elif reduce == "prod":
            value = 1.0
        return torch.full(part.size()[1:], value, dtype=part.dtype)
    if reduce == "max":
        most = part.amax([0])
        return most if initial is None else torch.clamp(most, min=float(initial))
    if reduce == "min":
        least = part.amin([0])
        return least if initial is None else torch.clamp(least, max=float(initial))
    if reduce == "prod":
        product = part.prod(0)
        return product if initial is None else product * float(initial)
    total = part.sum([0])
    if initial is not None:
        total = total + float(initial)
    return total / part.size(0) if reduce == "mean" else total


def segment_reduce(data, reduce, lengths, indices, offsets, axis, unsafe, initial):
    if reduce != "sum" and reduce != "mean" and reduce != "max" and reduce != "min" and reduce != "prod":
        raise RuntimeError("Unsupported reduction given: {}".format(reduce))
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    d = axis if axis >= 0 else axis + data.dim()
    bounds = torch.empty([0])
    if offsets is not None:
        bounds = offsets
    elif lengths is not None:
        bounds = torch.cat([torch.zeros_like(torch.slice(lengths, -1, 0, 1)), lengths.cumsum(-1)], -1)
    else:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if bounds.dim() != d + 1:
        raise RuntimeError("segment_reduce(): Expected axis to be the last dimension of lengths but got {}.".format(axis))
    outer = 1
    for i in range(d):
        outer *= data.size(i)
    inner = data.size()[d + 1 :]
    rows = data.reshape([outer, data.size(d)] + inner)
    ends = bounds.reshape([outer, bounds.size(-1)])
    segments = bounds.size(-1) - 1
    parts: List[Tensor] = []
    for o in range(outer):
        for s in range(segments):
            begin, end = int(ends[o, s]), int(ends[o, s + 1])
            if begin < 0 or begin > end or end > data.size(d):
                raise RuntimeError("segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe.")
            parts.append(_segment(rows[o, begin:end], reduce, initial))
    shape = data.size()[:d] + [segments] + inner
    if len(parts) == 0:
        return torch.empty(shape, dtype=data.dtype)
    return torch.stack(parts).reshape(shape)
