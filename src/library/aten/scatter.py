# Copies of tensors with a part replaced, and reductions into rows.


def _replace(part: Tensor, src: Tensor):
    if part.size() != src.size():
        raise RuntimeError("expected src to have a size equal to the slice of self. src size = {}, slice size = {}".format(src.size(), part.size()))
    part.copy_(src)


def index_reduce(self, dim, index, source, reduce, include_self):
    if reduce != "prod" and reduce != "mean" and reduce != "amax" and reduce != "amin":
        raise RuntimeError("index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {}.".format(reduce))
    if index.dtype != torch.int64 and index.dtype != torch.int32:
        raise RuntimeError("index_reduce_(): Expected dtype int32/int64 for index but got: {}".format(index.dtype))
    if index.dim() > 1:
        raise RuntimeError("index_reduce_(): Index is supposed to be a vector, but got dim: {} with type: {} and size: {}".format(index.dim(), "Long", index.size()))
    if self.dtype != source.dtype:
        raise RuntimeError("index_reduce_(): self and source expected to have the same dtype, but got different")
    if self.dim() == 0:
        return torch.scatter_reduce(self, 0, index.reshape([]), source.reshape([]), reduce, include_self=include_self)
    d = dim if dim >= 0 else dim + self.dim()
    if index.numel() != source.size(d):
        raise RuntimeError("index_reduce_(): Number of indices ({}) should be equal to source.size(dim) ({})".format(index.numel(), source.size(d)))
    shape = [1 for i in range(self.dim())]
    shape[d] = index.numel()
    places = index.reshape(shape).expand(source.size())
    if index.numel() > 0 and (int(index.min()) < 0 or int(index.max()) >= self.size(d)):
        raise RuntimeError("index out of range in self")
    return torch.scatter_reduce(self, d, places.to(torch.int64), source, reduce, include_self=include_self)


def nonzero_static(self, size, fill_value):
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = self.nonzero()
    n = min(size, found.size(0))
    result = torch.full([size, self.dim()], fill_value, dtype=torch.int64)
    result[:n].copy_(found[:n])
    return result


def select_scatter(self, src, dim, index):
    result = self.clone()
    _replace(result.select(dim, index), src)
    return result


def slice_scatter(self, src, dim, start, end, step):
    result = self.clone()
    _replace(torch.slice(result, dim, start, end, step), src)
    return result


def as_strided_scatter(self, src, size, stride, storage_offset):
    result = self.clone()
    _replace(torch.as_strided(result, size, stride, storage_offset), src)
    return result
