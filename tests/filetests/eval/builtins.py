print(2**100, -7 // 2, -7 % 3, 7.5 // 2, -7.5 % 2, 10**20 // 3, 1 << 70, -5 >> 1, ~5, 5 & 3, 5 | 3, 5 ^ 3, 7 / 2, 2**-1, 2**0.5)
print(divmod(17, 5), divmod(-17, 5), pow(3, 4, 5), abs(-3), abs(3 + 4j), round(2.5), round(3.5), round(2.675, 2), round(1234, -2), round(-0.5))
print(int("42"), int("-0x1f", 16), int("101", 2), int(3.9), int(-3.9), float("1e3"), float("inf"), float("-inf"), float("nan"), bool([]), bool("x"), complex(1, 2), complex("1+2j"))
print(0.1 + 0.2, 1e16, 1e15, 1e-5, 0.0001, 1.0, -0.0, 1e100, 123456789.123, 1/3, 2.5e-10, float(10**15), 1e22)
print(repr("it's"), repr('a"b'), repr("a\n\t\\"), repr("\x00\x7f"), "é", repr("é"), b"abc\x00", [1, "a", None, True, 2.0], (1,), (), {}, set(), {1}, {"a": [1]})
print("abc".upper(), "Hello World".split(), "a,b,,c".split(","), " x ".strip(), "xxabxx".strip("x"), "a-b".replace("-", "+"), "abc".find("c"), "abc".find("z"), "-".join(["a", "b"]))
print("abc"[1], "abc"[-1], "abcdef"[1:4], "abcdef"[::-1], "abcdef"[::2], "ab" * 3, "a" + "b", "b" in "abc", "abc" < "abd", len("abc"))
print("{} {}".format(1, 2), "{1} {0}".format(1, 2), "{a:>5}|{b:<5}|{c:^5}".format(a=1, b=2, c=3), "{:.3f}".format(3.14159), "{:,}".format(1234567), "{:08.2f}".format(3.14159), "{0[1]} {1.real}".format([1, 2], 3))
print(f"{3.14159:.2f} {42:5d} {42:<5d}| {42:05d} {255:x} {255:#x} {255:b} {255:o} {1e10:g} {123456789:e} {0.5:%} {'s':>4} {'s':*^5} {True} {None} {1.0} {12345.678:,.2f} {-5:+d} {5:+d}")
print("%d %s %r %5.2f %x %% %e %05d %-5d| %+d %(a)s" % {"a": 1} if False else "%d %s %r %5.2f %x %% %e %05d %-5d| %+d" % (1, "s", "r", 3.14159, 255, 12345.678, 42, 42, 5))
w = 10
print(f"{'x':{w}}|{3.14159:{w}.{2}}|{w!r:>4}|{'a' 'b'}", f"{w=}", f"{{}}")
print(sorted([3, 1, 2]), sorted("bca", reverse=True), sorted(["aa", "b"], key=len), list(reversed([1, 2, 3])), max(1, 2, 3), min([4, 2]), max("abc", key=ord), sum([1, 2, 3]), sum([[1], [2]], []), max([], default=0))
print(list(range(5)), list(range(2, 10, 3)), list(range(5, 0, -2)), range(3), len(range(0, 10, 3)), 4 in range(0, 10, 2), range(10)[3], range(10)[2:5])
print(list(enumerate("ab", 1)), list(zip([1, 2], "ab", [3.0, 4.0])), list(map(str, [1, 2])), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(None, [0, 1, 2])), any([0, 1]), all([1, 0]), all([]))
l = [1, 2, 3]
l.append(4); l.extend([5, 6]); l.insert(0, 0); l.remove(3); print(l, l.pop(), l.pop(0), l, l.index(4), l.count(2), l[::-1], l[1:], l[-2:])
l[1:2] = [9, 9, 9]; print(l); del l[0]; print(l); l.sort(); print(l); l.reverse(); print(l, l + [1], l * 2); l[::2] = [0, 0, 0]; print(l)
d = {"a": 1, "b": 2}
d["c"] = 3; print(d, d.get("x"), d.get("x", 0), list(d.keys()), list(d.values()), list(d.items()), d.pop("a"), d, "b" in d, len(d), d.setdefault("z", 26), d)
d.update({"q": 1}, r=2); print(d, dict(a=1), dict([("x", 1)]), d.keys(), d.items(), {**d}, {1: 2} | {3: 4}, dict.fromkeys("ab", 0), list(reversed({"a": 1, "b": 2})))
for k, v in d.items():
    pass
print(k, v, {1: "int", 1.0: "float", True: "bool"}, {(1, 2): 3}[(1, 2)])
s = {1, 2, 3}
s.add(4); s.discard(1); print(sorted(s), s & {2, 3}, s | {9} == {2, 3, 4, 9}, sorted(s - {2}), sorted(s ^ {2, 10}), s >= {2}, frozenset([1]) == {1}, {1, 2}.union([3]) == {1, 2, 3})
print(type(1), type("a"), type(None), type(print), type(lambda: 0), type([]), type(type), int, isinstance(True, int), isinstance(1, (str, int)), issubclass(bool, int), callable(len), type(range(3)), type({}.keys()))
print(hasattr("a", "upper"), getattr("a", "nope", 5), chr(97), ord("a"), hex(255), oct(8), bin(5), id(1) == id(1), hash("a") == hash("a"), repr(None), ascii("é"))
print(1 == 1.0, 1 is True, "1" == 1, [1, 2] < [1, 3], (1, 2) < (1, 2, 3), None == 0, 10**18 == 1e18, 2**53 + 1 == float(2**53))
print(1j * 1j, (1 + 2j).conjugate(), (1 + 2j).real, 1e5j, -1j, complex(0, -0.0), 3 + 0j)
for bad in (lambda: [1][5], lambda: {}["k"], lambda: int("x"), lambda: "a" + 1, lambda: 1 + "a", lambda: None + 1, lambda: len(5), lambda: 5(), lambda: [].pop(), lambda: (1).foo, lambda: "abc".index("z"), lambda: [1, 2].remove(3), lambda: float("x"), lambda: 1 / 0, lambda: 1 % 0, lambda: 1.0 // 0, lambda: {}[[]], lambda: max([]), lambda: next(iter([])), lambda: [] < 1, lambda: -"a", lambda: "a" * "b", lambda: (1, 2)["x"], lambda: int([]), lambda: iter(5), lambda: range(1, 2, 0), lambda: "%d" % "x", lambda: {1: 2}[3], lambda: {"a", []}):
    try:
        bad()
        print("no error")
    except Exception as e:
        print(type(e).__name__, "|", e)
a, b = 1, 2
a, b = b, a
print(a, b, *[1, 2], sep="-", end="!\n")
print("tail", "x".join("abc"), "abc".center(9, "*"), "7".zfill(3), "a\tb".expandtabs(4) if False else "", "Ab".swapcase(), "hello world".title(), "x=1".partition("="), "a.b.c".rpartition("."), "abc".startswith(("x", "a")), "line1\nline2".splitlines(), "aXbX".rsplit("X", 1), "1 2  3".split(" "), "abc".isalpha(), "12".isdigit(), "ab".encode(), b"ab".decode())
print(str(1.0), str(True), str([1.5, "x"]), str(("a",)), f"{[1, 2]}", "%s" % [1], "%s %s" % ("a", (1,)), str(b"x"), format(3.0, ".1f"), format(7, "03"))
print(sum([0.1] * 3), 3.0 == 3, 1_000_000, 0x_ff, 1e3, int(1e18), 10**25, float(2**70), -2**2, (-2)**2, 2**3**2, 7 // -2, -7 // -2, 7 % -3, 0.1 * 3, 1e-7, 1.5e300 * 1e10)
import math
print(math.pi, math.sqrt(2), math.floor(-2.5), math.ceil(2.1), math.log(10), math.log2(8), math.log10(1000), math.log(8, 2), math.exp(1), math.inf, math.isnan(math.nan), math.gcd(12, 18), math.factorial(20), math.comb(5, 2), math.prod([1, 2, 3]), math.hypot(3, 4), math.copysign(1, -0.0), math.fmod(-7, 3), math.trunc(-2.7), math.isclose(0.1 + 0.2, 0.3), math.lcm(4, 6), math.degrees(math.pi), math.fsum([0.1] * 10), math.erf(0.5), math.gamma(5), math.isqrt(17), math.modf(2.5), math.frexp(8.0), math.ldexp(0.5, 4), math.tau)
