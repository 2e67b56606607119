# Packed sequences, and weights normalised by direction.


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
