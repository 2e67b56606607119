"""Modules whose sizes come from their first input. The first call makes the parameters, and the module becomes its plain class."""

import torch
from torch.nn.parameter import Parameter, UninitializedBuffer, UninitializedParameter

from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear


class LazyModuleMixin:
    cls_to_become = None

    def has_uninitialized_params(self):
        return True

    def _become(self, input):
        raise NotImplementedError

    def __call__(self, input, *args, **kwargs):
        self._become(input)
        for name, kind in (("_parameters", Parameter), ("_buffers", None)):
            table = getattr(self, name)
            for key, value in list(table.items()):
                if value is not None and kind is not None and not isinstance(value, kind):
                    table[key] = kind(value)
        self.__class__ = self.cls_to_become
        return self(input, *args, **kwargs)


class LazyLinear(LazyModuleMixin, Linear):
    cls_to_become = Linear

    def __init__(self, out_features, bias=True, device=None, dtype=None):
        torch.nn.Module.__init__(self)
        self.in_features = 0
        self.out_features = out_features
        self.weight = UninitializedParameter()
        if bias:
            self.bias = UninitializedParameter()
        else:
            self.register_parameter("bias", None)

    def _become(self, input):
        self.in_features = input.shape[-1]
        self.weight = Parameter(torch.empty((self.out_features, self.in_features)))
        if self.bias is not None:
            self.bias = Parameter(torch.empty(self.out_features))
        Linear.reset_parameters(self)


class _LazyConv(LazyModuleMixin):
    def __init__(self, out_channels, kernel_size, *args, bias=True, **kwargs):
        torch.nn.Module.__init__(self)
        self._made = (out_channels, kernel_size, args, bias, kwargs)
        self.weight = UninitializedParameter()

    def _become(self, input):
        out_channels, kernel_size, args, bias, kwargs = self._made
        channels = input.shape[len(input.shape) - self._spatial - 1]
        self.cls_to_become.__init__(self, channels, out_channels, kernel_size, *args, bias=bias, **kwargs)


class LazyConv1d(_LazyConv, Conv1d):
    cls_to_become = Conv1d
    _spatial = 1


class LazyConv2d(_LazyConv, Conv2d):
    cls_to_become = Conv2d
    _spatial = 2


class LazyConv3d(_LazyConv, Conv3d):
    cls_to_become = Conv3d
    _spatial = 3


class LazyConvTranspose1d(_LazyConv, ConvTranspose1d):
    cls_to_become = ConvTranspose1d
    _spatial = 1


class LazyConvTranspose2d(_LazyConv, ConvTranspose2d):
    cls_to_become = ConvTranspose2d
    _spatial = 2


class LazyConvTranspose3d(_LazyConv, ConvTranspose3d):
    cls_to_become = ConvTranspose3d
    _spatial = 3


class _LazyNorm(LazyModuleMixin):
    def __init__(self, *args, **kwargs):
        torch.nn.Module.__init__(self)
        self._made = (args, kwargs)
        self.weight = UninitializedParameter()
        self.running_mean = UninitializedBuffer()

    def _become(self, input):
        args, kwargs = self._made
        self.cls_to_become.__init__(self, input.shape[1], *args, **kwargs)


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    cls_to_become = InstanceNorm3d
