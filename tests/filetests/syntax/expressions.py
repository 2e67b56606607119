# -*- coding: utf-8 -*-
a = 1 + 2 * 3 - -x ** 2
b = not (p and q or r)
c = [i * 2 for i in range(10) if i % 2 if i > 3]
d = {k: v for k, v in zip(a, b)}, {1, 2}, {**d, "x": 1}
e = f"{x!r:>{width}.3f} and {{braces}} {y + 1:%Y}" "tail" f"{z=}"
f = lambda x, *args, y=2, **kw: x if y else args[0]
g = x[1:2, ..., None, ::-1]
h = a < b <= c is not None not in d
i = b"bytes\x00\xff", 'it\'s', """two
lines""", 0x1F, 1_000, 1e-5, 2.5j, ...
(n := 10)
print(*args, sep="", **kw)
j = (yield_ for yield_ in y)
k: "List[int]" = []
x.y[0].z += 1
x @= y // z
del a[0], b
