from __future__ import annotations
import a.b as c, d
from . import e
from ..f.g import h as i, j

@dec(1)
@torch.jit.script
def f(a, b: int = 1, /, c=None, *args: str, d, e: float = 2.0, **kw) -> Optional[int]:
    """Doc."""
    global g
    nonlocal_ = 1
    for x, y in z:
        if x:
            continue
        elif y:
            break
        else:
            pass
    else:
        return
    while True:
        yield x
    try:
        raise ValueError("x") from e
    except (A, B) as err:
        raise
    except:
        pass
    else:
        assert x, "message"
    finally:
        with open("f") as fh, g:
            pass

class K(Base, metaclass=M):
    x: int
    y: Final[int] = 3

    async def m(self): await q

match p:
    case 1 | 2 if z: pass
    case [a, *rest]: pass
    case {"k": v, **kw}: pass
    case Point(x=0, y=yy) as pt: pass
    case None: pass
    case _: pass
