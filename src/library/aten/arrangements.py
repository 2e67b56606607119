# Diagonals, combinations, products of sets.


def diagonal_scatter(self, src, offset, dim1, dim2):
    result = self.clone()
    part = result.diagonal(offset, dim1, dim2)
    if part.size() != src.size():
        raise RuntimeError("expected src to have a size equal to the slice of self. src size = {}, slice size = {}".format(src.size(), part.size()))
    part.copy_(src)
    return result


def diagflat(self, offset):
    return self.contiguous().view([-1]).diag(offset)


def cartesian_prod(tensors):
    for t in tensors:
        if t.dim() != 1:
            raise RuntimeError("Expect a 1D vector, but got shape {}".format(t.size()))
    if len(tensors) == 1:
        return tensors[0]
    grids = torch.meshgrid(tensors, indexing="ij")
    return torch.stack([g.flatten() for g in grids], 1)


def combinations(self, r, with_replacement):
    if self.dim() != 1:
        raise RuntimeError("Expect a 1D vector, but got shape {}".format(self.size()))
    if r < 0:
        raise RuntimeError("Expect a non-negative number, but got {}".format(r))
    if r == 0:
        return torch.empty([0], dtype=self.dtype)
    n = self.numel()
    place = torch.arange(n)
    grids = torch.meshgrid([place for i in range(r)], indexing="ij")
    keep = torch.ones([n for i in range(r)], dtype=torch.bool)
    for i in range(r - 1):
        keep = keep.logical_and(grids[i] <= grids[i + 1] if with_replacement else grids[i] < grids[i + 1])
    return torch.stack([self.index_select(0, g.masked_select(keep)) for g in grids], 1)


def chunk_cat(tensors, dim, num_chunks):
    if len(tensors) == 0:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    if num_chunks < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    d = dim if dim >= 0 else dim + tensors[0].dim()
    parts: List[Tensor] = []
    for t in tensors:
        size = t.size(d)
        chunk = (size + num_chunks - 1) // num_chunks
        pad = [0 for i in range(2 * (t.dim() - d))]
        pad[-1] = chunk * num_chunks - size
        padded = torch.constant_pad_nd(t, pad)
        parts.append(padded.reshape(t.size()[:d] + [num_chunks, -1]))
    return torch.cat(parts, d + 1)


def atleast_1d(tensors):
    return [torch.atleast_1d(t) for t in tensors]


def atleast_2d(tensors):
    return [torch.atleast_2d(t) for t in tensors]


def atleast_3d(tensors):
    return [torch.atleast_3d(t) for t in tensors]


def chalf(self, memory_format):
    return self.to(torch.complex32) if memory_format is None else self.to(torch.complex32, memory_format=memory_format)


def softmax_backward_data(grad_output, output, dim, input_dtype):
    product = grad_output * output
    return (product - output * product.sum([dim], keepdim=True)).to(input_dtype)
