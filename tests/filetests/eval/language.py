# Functions, closures, classes, generators, comprehensions, exceptions.
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw

print(f(1, c=3), f(1, 2, 3, 4, c=5, e=6))
for call in (lambda: f(), lambda: f(1), lambda: f(1, c=1, a=2), lambda: (lambda x: x)(1, 2), lambda: (lambda: 0)(x=1)):
    try:
        call()
    except TypeError as e:
        print(type(e).__name__, e)

def counter():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    return inc

c = counter()
print(c(), c(), c())
x = 10
def g():
    global x
    x += 1
    return x
print(g(), x)

class A:
    """Doc of A."""
    count = 0
    def __init__(self, v):
        self.v = v
        A.count += 1
    def __repr__(self):
        return f"A({self.v!r})"
    def __add__(self, o):
        return A(self.v + (o.v if isinstance(o, A) else o))
    __radd__ = __add__
    def __eq__(self, o):
        return isinstance(o, A) and self.v == o.v
    def __hash__(self):
        return hash(self.v)
    def __lt__(self, o):
        return self.v < o.v
    @property
    def double(self):
        return self.v * 2
    @double.setter
    def double(self, value):
        self.v = value // 2
    @staticmethod
    def make(n):
        return [A(i) for i in range(n)]
    @classmethod
    def create(cls, v):
        return cls(v)

class B(A):
    def __init__(self, v, w):
        super().__init__(v)
        self.w = w
    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name[4:]
        raise AttributeError(f"no {name}")
    def __getitem__(self, i):
        return (self.v, self.w)[i]
    def __len__(self):
        return 2
    def __contains__(self, v):
        return v in (self.v, self.w)
    def __call__(self, *a):
        return sum(a)

a = A(3)
print(a, a + 1, 1 + a, a == A(3), a.double, A.__doc__)
a.double = 20
print(a, A.make(3), B.create, sorted([A(3), A(1), A(2)]), {A(1): 2}[A(1)])
b = B(1, 2)
print(b.dyn_hello, b[1], b[-1], list(b), len(b), 2 in b, 5 in b, b(1, 2, 3), isinstance(b, A), B.__mro__)
try:
    b.nothing
except AttributeError as e:
    print(e)
try:
    a.nothing
except AttributeError as e:
    print(e)

class M1:
    def who(self): return ["M1"]
class M2(M1):
    def who(self): return ["M2"] + super().who()
class M3(M1):
    def who(self): return ["M3"] + super().who()
class M4(M2, M3):
    def who(self): return ["M4"] + super().who()
print(M4().who(), [k.__name__ for k in M4.__mro__])

def gen(n):
    for i in range(n):
        got = yield i * i
        if got:
            print("got", got)
    return "done"

it = gen(3)
print(next(it), it.send("hello"), list(it))
def outer():
    r = yield from gen(2)
    yield r
print(list(outer()), sum(i for i in range(10) if i % 2), [(i, j) for i in range(3) for j in range(i)])
print({k: v for k, v in zip("abc", range(3))}, {i % 3 for i in range(10)}, list((i, j) for i in range(2) for j in "xy"))

def tries(k):
    try:
        if k == 0:
            return "return"
        if k == 1:
            raise ValueError("v")
        if k == 2:
            {}["x"]
        if k == 3:
            [][1]
        if k == 4:
            1 / 0
        if k == 5:
            raise RuntimeError("r") from ValueError("cause")
    except ValueError as e:
        return f"value {e}"
    except (KeyError, IndexError) as e:
        return f"{type(e).__name__} {e}"
    except Exception as e:
        return f"other {e!r} {e.__cause__!r}"
    else:
        return "else"
    finally:
        print("finally", k)

for k in range(7):
    print(tries(k))

class Ctx:
    def __init__(self, swallow): self.swallow = swallow
    def __enter__(self): print("enter"); return self
    def __exit__(self, t, v, tb): print("exit", t.__name__ if t else None, v); return self.swallow
with Ctx(False) as c1:
    print("body")
with Ctx(True), Ctx(True):
    raise KeyError("k")
first, *rest, last = [1, 2, 3, 4]
(p, q), [r] = (1, 2), [3]
print(first, rest, last, p, q, r)
if (n := len(rest)) > 1:
    print("walrus", n)
print(1 < 2 < 3, 1 < 3 < 2, not 0, 1 and 0 or "x", None is None, [] == [], "a" in "abc", 3 not in [1, 2])
i = 0
while True:
    i += 1
    if i == 3:
        continue
    if i > 5:
        break
else:
    print("no")
for i in []:
    pass
else:
    print("for else")
match (1, {"k": [1, 2, 3]}):
    case (1, {"k": [x0, *xs]}) if x0 == 1:
        print("matched", x0, xs)
    case _:
        print("default")
print([*range(3), *"ab"], {**{"a": 1}, "b": 2}, (lambda *a, **k: (a, k))(*[1, 2], **{"z": 3}))
class Meta(type):
    def __new__(mcs, name, bases, ns):
        ns["added"] = name.lower()
        return super().__new__(mcs, name, bases, ns)
class WithMeta(metaclass=Meta): pass
print(WithMeta.added, type(WithMeta).__name__)
class Desc:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, cls=None): return self if obj is None else obj.__dict__.get(self.name, "unset")
    def __set__(self, obj, v): obj.__dict__[self.name] = v
class HasDesc:
    d = Desc()
h = HasDesc(); print(h.d); h.d = 5; print(h.d)
class Sub:
    reg = []
    def __init_subclass__(cls, **kw): Sub.reg.append((cls.__name__, kw))
class S1(Sub, flag=True): pass
print(Sub.reg)
def deco(n):
    def wrap(fn):
        def inner(*a): return fn(*a) * n
        return inner
    return wrap
@deco(3)
def trip(x): return x
print(trip(2), trip.__name__)
del x
try:
    x
except NameError as e:
    print(e)
def unbound():
    print(y)
    y = 1
try:
    unbound()
except UnboundLocalError as e:
    print(e)
assert True, "fine"
try:
    assert 1 == 2, "message"
except AssertionError as e:
    print("assert", e)
def rec(n): return rec(n + 1)
try:
    rec(0)
except RecursionError as e:
    print(type(e).__name__, str(e)[:32])
