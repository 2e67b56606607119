"""Distributions, for programs that sample at build time or in `tsaot run`."""

import math

import torch


class Distribution:
    def rsample(self, sample_shape=()):
        raise NotImplementedError

    def sample(self, sample_shape=()):
        return self.rsample(sample_shape).detach()


def _tensors(*values):
    values = [v if isinstance(v, torch.Tensor) else torch.tensor(float(v)) for v in values]
    return torch.broadcast_tensors(*values)


class Normal(Distribution):
    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = _tensors(loc, scale)

    @property
    def mean(self):
        return self.loc

    @property
    def stddev(self):
        return self.scale

    @property
    def variance(self):
        return self.scale.pow(2)

    def sample(self, sample_shape=()):
        shape = list(sample_shape) + list(self.loc.shape)
        return torch.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape=()):
        shape = list(sample_shape) + list(self.loc.shape)
        return self.loc + torch.randn(shape, dtype=self.loc.dtype) * self.scale

    def log_prob(self, value):
        return -((value - self.loc) ** 2) / (2 * self.scale**2) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale)


class Uniform(Distribution):
    def __init__(self, low, high, validate_args=None):
        self.low, self.high = _tensors(low, high)

    def rsample(self, sample_shape=()):
        shape = list(sample_shape) + list(self.low.shape)
        return self.low + torch.rand(shape, dtype=self.low.dtype) * (self.high - self.low)


class Bernoulli(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        self.probs = probs if probs is not None else torch.sigmoid(logits)

    def sample(self, sample_shape=()):
        return torch.bernoulli(self.probs.expand(list(sample_shape) + list(self.probs.shape)))

    def log_prob(self, value):
        return value * self.probs.log() + (1 - value) * (1 - self.probs).log()


class Categorical(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
            self.logits = torch.log(self.probs)
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
            self.probs = torch.softmax(self.logits, -1)

    def sample(self, sample_shape=()):
        flat = self.probs.reshape(-1, self.probs.size(-1))
        n = 1
        for s in sample_shape:
            n *= s
        return torch.multinomial(flat, n, True).t().reshape(list(sample_shape) + list(self.probs.shape[:-1]))

    def log_prob(self, value):
        return self.logits.gather(-1, value.long().unsqueeze(-1)).squeeze(-1)

    def entropy(self):
        return -(self.logits * self.probs).sum(-1)
