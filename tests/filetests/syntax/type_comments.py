def f(a, b):
    # type: (Tensor, List[int]) -> Tuple[Tensor, int]
    x = []  # type: List[int]
    y = 1  # type: ignore
    return a

def g(a,  # type: Tensor
      b=2,  # type: int
      *, c
      ):
    # type: (...) -> Tensor
    return a

def h(a):  # type: (int) -> int
    """Doc."""
    for i in a:  # type: int
        pass

def k(a):
    """Doc."""
    # type: (int) -> (int)
    return a

def m():
    # type: () -> None
    # type: ignore[misc]
    z = g(1,
          2)  # type: Tensor
