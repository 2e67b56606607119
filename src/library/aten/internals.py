# Operators that PyTorch calls inside itself and that its saved and exported programs name, by those that they stand for.


def cast_byte(self, non_blocking):
    return self.to(torch.uint8)


def cast_char(self, non_blocking):
    return self.to(torch.int8)


def cast_double(self, non_blocking):
    return self.to(torch.float64)


def cast_float(self, non_blocking):
    return self.to(torch.float32)


def cast_half(self, non_blocking):
    return self.to(torch.float16)


def cast_int(self, non_blocking):
    return self.to(torch.int32)


def cast_long(self, non_blocking):
    return self.to(torch.int64)


def cast_short(self, non_blocking):
    return self.to(torch.int16)


def is_all_true(self):
    if self.dtype != torch.bool:
        raise RuntimeError("Expected self.dtype() == kBool to be true, but got false.")
    return self.all()


def is_any_true(self):
    if self.dtype != torch.bool:
        raise RuntimeError("Expected self.dtype() == kBool to be true, but got false.")
    return self.any()


def assert_async(self):
    if not torch.is_nonzero(self):
        raise RuntimeError("Expected Tensor with single nonzero value, but got zero")


def assert_async_msg(self, assert_msg):
    if not torch.is_nonzero(self):
        raise RuntimeError(assert_msg)


def assert_scalar(self, assert_msg):
    if float(self) == 0.0:
        raise RuntimeError(assert_msg)


def shape_as_tensor(self):
    return torch.tensor(self.size())


def dim_arange(like, dim):
    return torch.arange(like.size(dim))


def dense_dim(self):
    return self.dim()


def sparse_dim(self):
    return 0


def cuda(self):
    return self.to("cuda")


def get_device(self):
    return -1


def is_no(self):
    return False


def is_leaf(self):
    return True


def is_pinned(self, device):
    return False


def lift(self):
    return self


def lift_fresh_copy(self):
    return self.clone()


def sym_numel(self):
    return self.numel()


def sym_size_int(self, dim):
    return self.size(dim)


def sym_size(self):
    return self.size()


def sym_storage_offset(self):
    return self.storage_offset()


def sym_stride_int(self, dim):
    return self.stride(dim)


def sym_stride(self):
    return self.stride()


def reshape_copy(self, size):
    return self.reshape(size).clone(memory_format=torch.contiguous_format)


def resize(self, size, memory_format):
    return self.clone().resize_(size)


def resize_as(self, the_template, memory_format):
    return self.clone().resize_(the_template.size())


def empty_permuted(size, physical_layout, dtype, layout, device, pin_memory):
    if len(size) != len(physical_layout):
        raise RuntimeError("Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = {} is not equal to len(physical_layout) = {}".format(len(size), len(physical_layout)))
    back = [0 for i in range(len(size))]
    physical: List[int] = []
    for i in range(len(size)):
        d = physical_layout[i]
        if d < 0 or d >= len(size):
            raise RuntimeError("Dimension out of range (expected to be between 0 and {}, but got {} at index {}).  NB: negative dims not currently supported; file an issue if you want it.".format(len(size) - 1, d, i))
        if d in physical_layout[:i]:
            raise RuntimeError("Duplicate dim not allowed")
        physical.append(size[d])
        back[d] = i
    return torch.empty(physical, dtype=dtype).permute(back)


def fill_diagonal_(self, fill_value, wrap):
    n = self.dim()
    if n < 2:
        raise RuntimeError("dimensions must larger than 1")
    least, step = self.size(0), 0
    for i in range(n):
        if n > 2 and self.size(i) != self.size(0):
            raise RuntimeError("all dimensions of input must be of equal length")
        least = min(least, self.size(i))
        step += self.stride(i)
    self.as_strided([least], [step], self.storage_offset()).fill_(fill_value)
    width = self.size(1)
    if wrap and n == 2 and self.size(0) > width + 1:
        rest = (self.numel() + width) // (width + 1) - least
        self.as_strided([rest], [step], self.storage_offset() + self.stride(0) * (width + 1)).fill_(fill_value)
    return self


def add_relu(self, other, alpha):
    return torch.relu(torch.add(self, other, alpha=alpha))


def add_relu_(self, other, alpha):
    return self.add_(other, alpha=alpha).relu_()


def addmm_activation(self, mat1, mat2, beta, alpha, use_gelu):
    result = torch.addmm(self, mat1, mat2, beta=beta, alpha=alpha)
    return torch.gelu(result) if use_gelu else result.relu_()


def int_mm(self, mat2):
    if self.dim() != 2:
        raise RuntimeError("int_mm_out_cpu: Expected self to be of dimension 2 but got {}".format(self.dim()))
    if mat2.dim() != 2:
        raise RuntimeError("int_mm_out_cpu: Expected mat2 to be of dimension 2 but got {}".format(mat2.dim()))
    if self.size(1) != mat2.size(0):
        raise RuntimeError("int_mm_out_cpu: self.size(1) needs to match mat2.size(0) but got {} and {}".format(self.size(1), mat2.size(0)))
    if self.dtype != torch.int8:
        raise RuntimeError("int_mm_out_cpu: Expected self dtype to be of type int8 but got {}".format(_dtype_name(self)))
    if mat2.dtype != torch.int8:
        raise RuntimeError("int_mm_out_cpu: Expected mat2 dtype to be of type int8 but got {}".format(_dtype_name(mat2)))
    return torch.mm(self.to(torch.int32), mat2.to(torch.int32))


def _spread(x: Tensor, dims: List[int]) -> Tensor:
    for d in dims:
        x = x.unsqueeze(d)
    return x


def trilinear(i1, i2, i3, expand1, expand2, expand3, sumdim, unroll_dim):
    product = _spread(i1, expand1) * _spread(i2, expand2) * _spread(i3, expand3)
    return product.sum(sumdim) if len(sumdim) > 0 else product


def compute_linear_combination(input, coefficients):
    if coefficients.dim() != 2 or coefficients.size(1) != input.size(0):
        raise RuntimeError("_compute_linear_combination: expected coefficients of shape [outputs, {}]".format(input.size(0)))
    return torch.tensordot(coefficients, input, [1], [0])


def aminmax_all(self):
    return torch.aminmax(self)


def aminmax_dim(self, dim, keepdim):
    return torch.aminmax(self, dim=dim, keepdim=keepdim)


def logcumsumexp(self, dim):
    return torch.logcumsumexp(self, dim)


def log_sigmoid_forward(self):
    return torch.log_sigmoid(self), torch.exp(-self.abs())


def prelu_kernel(self, weight):
    return torch.where(self > 0, self, weight * self)


def polygamma_(self, n):
    return self.copy_(torch.polygamma(n, self))


def safe_softmax(self, dim, dtype):
    result = torch.softmax(self, dim, dtype)
    empty = self.eq(-math.inf).all(dim, keepdim=True)
    return result.masked_fill(empty, 0.0)


def weight_norm_interface(v, g, dim):
    norm = torch.norm_except_dim(v, 2, dim)
    return v * (g / norm), norm


def euclidean_dist(x1, x2):
    return torch.cdist(x1, x2, 2.0)


def pdist_forward(self, p):
    return torch.pdist(self, p)


def isin_of_scalar(element, test_elements, assume_unique, invert):
    return torch.isin(torch.full([], element), test_elements, assume_unique=assume_unique, invert=invert)


def randint_like_tensor(self, high, dtype, layout, device, pin_memory, memory_format):
    return torch.randint_like(self, int(high), dtype=dtype)


def flatten_dense_tensors(tensors):
    return torch.cat([t.contiguous().view([-1]) for t in tensors])


def unflatten_dense_tensors(flat, tensors):
    result: List[Tensor] = []
    at = 0
    for t in tensors:
        result.append(flat.narrow(0, at, t.numel()).view(t.size()))
        at += t.numel()
    return result


def to_cpu(tensors):
    return [t for t in tensors]


def pad_sequence(sequences, batch_first, padding_value, padding_side):
    if len(sequences) == 0:
        raise RuntimeError("received an empty list of sequences")
    if padding_side != "left" and padding_side != "right":
        raise RuntimeError("Expected padding_side to be one of left or right, but got {}.".format(padding_side))
    first = sequences[0]
    longest = 0
    for s in sequences:
        longest = max(longest, s.size(0))
    rest = first.size()[1:]
    result = torch.full([len(sequences), longest] + rest, padding_value, dtype=first.dtype)
    for i in range(len(sequences)):
        s = sequences[i]
        start = longest - s.size(0) if padding_side == "left" else 0
        result.select(0, i).narrow(0, start, s.size(0)).copy_(s)
    return result if batch_first else result.transpose(0, 1).contiguous()


def pad_enum(self, pad, mode, value):
    if mode == 3:
        return torch.constant_pad_nd(self, pad, 0.0 if value is None else value)
    return torch.pad(self, pad, "reflect" if mode == 0 else "replicate" if mode == 1 else "circular", value)


def alpha_dropout_(self, p, train):
    return self.copy_(torch.alpha_dropout(self, p, train))


def feature_alpha_dropout_(self, p, train):
    return self.copy_(torch.feature_alpha_dropout(self, p, train))


def feature_dropout_(self, p, train):
    return self.copy_(torch.feature_dropout(self, p, train))


def embedding_renorm(self, indices, max_norm, norm_type):
    return torch.embedding_renorm_(self.clone(), indices, max_norm, norm_type)


def no_grad_fill_(tensor, val):
    return tensor.fill_(val)


def no_grad_normal_(tensor, mean, std, generator):
    return tensor.normal_(mean, std)


def no_grad_uniform_(tensor, a, b, generator):
    return tensor.uniform_(a, b)


def no_grad_zero_(tensor):
    return tensor.zero_()


def conv2d_of(self, weight, kernel_size, bias, stride, padding):
    return torch.conv2d(self, weight, bias, stride, padding)


def conv3d_of(self, weight, kernel_size, bias, stride, padding):
    return torch.conv3d(self, weight, bias, stride, padding)


def conv_dilated2d(self, weight, kernel_size, bias, stride, padding, dilation):
    return torch.conv2d(self, weight, bias, stride, padding, dilation)


def conv_dilated3d(self, weight, kernel_size, bias, stride, padding, dilation):
    return torch.conv3d(self, weight, bias, stride, padding, dilation)


def conv_depthwise2d(self, weight, kernel_size, bias, stride, padding, dilation):
    return torch.conv2d(self, weight, bias, stride, padding, dilation, self.size(1))


def conv_depthwise3d(self, weight, kernel_size, bias, stride, padding, dilation):
    return torch.conv3d(self, weight, bias, stride, padding, dilation, self.size(-4))


def conv_transpose2d_of(self, weight, kernel_size, bias, stride, padding, output_padding, dilation):
    return torch.conv_transpose2d(self, weight, bias, stride, padding, output_padding, 1, dilation)


def conv_transpose3d_of(self, weight, kernel_size, bias, stride, padding, output_padding, dilation):
    return torch.conv_transpose3d(self, weight, bias, stride, padding, output_padding, 1, dilation)
