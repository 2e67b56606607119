from dataclasses import dataclass, field, asdict, replace, fields
from enum import Enum, IntEnum, auto, Flag
from typing import *
from collections import OrderedDict, namedtuple, defaultdict, deque, Counter
from functools import partial, reduce, wraps, lru_cache
from contextlib import contextmanager, suppress
from abc import ABC, abstractmethod
import itertools, operator, copy, random, json, os.path, string, math, types

@dataclass
class Point:
    x: int
    y: int = 0
    tags: List[str] = field(default_factory=list)
    def norm(self): return self.x ** 2 + self.y ** 2
p = Point(1, 2)
print(p, p == Point(1, 2), p.norm(), asdict(p), replace(p, x=5), [f.name for f in fields(p)])
try:
    Point()
except TypeError as e:
    print(e)
@dataclass(frozen=True, order=True)
class F:
    a: int
    b: str = "z"
print(F(1) < F(2), hash(F(1)) == hash(F(1)), {F(1): 1})
try:
    F(1).a = 2
except Exception as e:
    print(type(e).__name__, e)
class Color(Enum):
    RED = 1
    GREEN = auto()
    BLUE = "b"
    ALIAS = 1
    def describe(self): return f"{self.name}-{self.value}"
print(Color.RED, repr(Color.RED), Color(1), Color["BLUE"], list(Color), len(Color), Color.ALIAS is Color.RED, Color.GREEN.value, Color.RED.describe(), Color.RED == 1, isinstance(Color.RED, Color), Color.RED in Color, {Color.RED: 1})
try:
    Color(99)
except ValueError as e:
    print(e)
class N(IntEnum):
    A = 1
    B = 2
print(N.A + 1, N.B > N.A, N.A == 1, int(N.B), [10, 20, 30][N.A], f"{N.A}", sorted([N.B, N.A]))
class Perm(Flag):
    R = auto()
    W = auto()
print(Perm.R | Perm.W == Perm.R | Perm.W, bool(Perm.R & Perm.W))
class NT(NamedTuple):
    a: int
    b: str = "d"
    def both(self): return (self.a, self.b)
print(NT(1), NT(1, "x").b, NT(1)[0], NT(1).both(), NT._fields, NT(1)._replace(a=9), NT(1)._asdict(), NT(1) == (1, "d"), isinstance(NT(1), tuple), len(NT(1)))
P2 = namedtuple("P2", "x y")
print(P2(1, y=2), P2._fields, tuple(P2(3, 4)), P2(*[5, 6]).x)
NT2 = NamedTuple("NT2", [("q", int), ("r", float)])
print(NT2(1, 2.0))
print(List[int], Dict[str, int], Optional[int], Union[int, str], Tuple[int, ...], Callable[[int], str], list[int], dict[str, list[int]], int | None, Optional[Union[int, str]], Any, List, Union[int, None], Tuple[()], tuple[int, str])
def ann(a: int, b: "List[int]" = None, *c: float) -> Optional[str]: ...
print(ann.__annotations__, Optional[int] == Union[int, None])
od = OrderedDict([("a", 1), ("b", 2)])
od["c"] = 3
od.move_to_end("a")
print(od, list(od), od.popitem(), len(od), isinstance(od, dict))
dd = defaultdict(list)
dd["x"].append(1)
print(dd, dict(dd), dd["y"])
dq = deque([1, 2, 3], maxlen=3)
dq.append(4); dq.appendleft(0)
print(dq, list(dq), Counter("abca").most_common(1), Counter("aab")["a"])
print(partial(lambda a, b, c=0: (a, b, c), 1, c=5)(2), reduce(operator.add, [1, 2, 3]), reduce(lambda a, b: a * b, [1, 2, 3], 10))
@lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(50))
def deco(f):
    @wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner
@deco
def named(): "doc"
print(named.__name__, named.__wrapped__.__name__)
@contextmanager
def cm(tag):
    print("in", tag)
    try:
        yield tag * 2
    finally:
        print("out", tag)
with cm("a") as v:
    print(v)
with suppress(ValueError):
    raise ValueError
class Base(ABC):
    @abstractmethod
    def f(self): ...
class Impl(Base):
    def f(self): return 1
try:
    Base()
except TypeError as e:
    print(e)
print(Impl().f())
print(list(itertools.chain([1], [2, 3])), list(itertools.product("ab", [1, 2])), list(itertools.combinations(range(4), 2)), list(itertools.permutations([1, 2, 3], 2)), list(itertools.accumulate([1, 2, 3])), list(itertools.islice(itertools.count(5), 3)), list(itertools.zip_longest([1], [2, 3])), [(k, list(g)) for k, g in itertools.groupby([1, 1, 2])], list(itertools.repeat(0, 2)), list(itertools.chain.from_iterable([[1], [2]])), list(itertools.pairwise([1, 2, 3])))
print(operator.itemgetter(1)([5, 6]), operator.attrgetter("x")(p), operator.mul(3, 4))
l = [[1, 2], {"a": (3,)}]
m = copy.deepcopy(l); m[0].append(9)
n = copy.copy(l); n[0].append(7)
print(l, m, n)
q = copy.deepcopy(p); q.tags.append("t"); print(p, q)
random.seed(42)
print(random.random(), random.randint(1, 100), random.choice("abcdef"), random.sample(range(50), 5), random.uniform(1, 2), random.gauss(0, 1), [random.randrange(10) for _ in range(5)])
r = list(range(8)); random.shuffle(r); print(r, random.choices([1, 2, 3], k=4), random.normalvariate(0, 1))
print(json.dumps({"a": [1, 2.5, None, True], "b": "x\n"}), json.loads('{"a": [1, 2.0, null], "b": {"c": "d"}}'), json.dumps([1, {"z": 1}], indent=2))
print(os.path.join("a", "b", "/c"), os.path.basename("a/b.txt"), os.path.dirname("a/b.txt"), os.path.splitext("x/y.tar.gz"), os.path.normpath("a/../b//c"))
print(string.ascii_lowercase, types.SimpleNamespace(a=1))
class G(Generic[TypeVar("T")]): pass
print(G[int]() is not None)
