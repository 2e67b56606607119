"""Reparametrisations."""


def weight_norm(module, name="weight", dim=0):
    raise NotImplementedError("torch.nn.utils.parametrizations.weight_norm is not available at build time")


spectral_norm = orthogonal = weight_norm
