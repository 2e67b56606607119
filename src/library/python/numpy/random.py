"""Seeds that programs set."""


def seed(seed=None):
    pass


def __getattr__(name):
    raise AttributeError(f"numpy.random.{name} is not available at build time; use torch's generator")
