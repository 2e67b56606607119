"""Schedules of learning rates as programs construct them; nothing is trained at build time."""


class LRScheduler:
    def __init__(self, optimizer, *args, **kwargs):
        self.optimizer = optimizer
        self.last_epoch = 0

    def step(self, *args):
        self.last_epoch += 1

    def get_last_lr(self):
        return [g.get("lr") for g in self.optimizer.param_groups]

    def state_dict(self):
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict):
        pass


_LRScheduler = LRScheduler


class LambdaLR(LRScheduler):
    pass


class StepLR(LRScheduler):
    pass


class MultiStepLR(LRScheduler):
    pass


class ExponentialLR(LRScheduler):
    pass


class CosineAnnealingLR(LRScheduler):
    pass


class CosineAnnealingWarmRestarts(LRScheduler):
    pass


class ReduceLROnPlateau(LRScheduler):
    pass


class OneCycleLR(LRScheduler):
    pass


class CyclicLR(LRScheduler):
    pass


class LinearLR(LRScheduler):
    pass


class SequentialLR(LRScheduler):
    pass
