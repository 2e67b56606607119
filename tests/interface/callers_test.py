"""Calls the library of callers.py through its Python binding, without PyTorch."""
import array
import enum
import sys

sys.path.insert(0, sys.argv[1])
import callers


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


class Named:
    def __init__(self, label, at):
        self.label, self._at = label, at


class Colour(enum.Enum):
    RED = 1


def raised(call, *args):
    try:
        call(*args)
    except Exception as e:
        return e
    raise AssertionError("%s%r raised nothing" % (call.__name__, args))


# The caller's own instances go by their attributes; the library's by their handle.
assert callers.describe(Named("a", Point(2, 3))) == "a:5"
assert callers.describe(Named("b", callers.Point(2, 4))) == "b:6"
assert callers.areas([Named("a", Point(2, 3)), Named("b", Point(4, 5))]) == [6, 20]
assert callers.area_of(Point(3, 4)) == 12
assert callers.area_of(callers.Point(3, 5)) == 15
assert callers.area_of(Named("a", Point(2, 3))) == 6
assert callers.point(Point(1, 2)).x == 1
assert callers.point(None).area() == 0
# A scripted list or dict is an object with the methods of Python's.
sizes, places = callers.sizes(), callers.places()
sizes.append(9)
assert (sizes.len(), sizes.get(-1), sizes.contains(2), sizes.pop(0)) == (4, 9, True, 3)
assert isinstance(raised(sizes.append, "4"), (TypeError, RuntimeError))
places.set("c", (5, 6.0))
assert places.get("c") == (5, 6.0) and places.get("d") is None and places.keys() == ["a", "b", "c"]
assert isinstance(raised(places.delete, "d"), RuntimeError)
# As in PyTorch, numbers are no tensors, but whatever is a number or None says whether it is true, and lists are tuples.
assert isinstance(raised(callers.negative, 1.5), RuntimeError)
assert callers.chosen(0.0, [1, 2.5]) == 2.5 and callers.chosen(None, (1, 2.5)) == 2.5 and callers.chosen(2, (1, 2)) == 1.0
assert isinstance(raised(callers.chosen, [], (1, 2)), TypeError)
assert callers.cut("aé", 3) == callers.cut("aé".encode(), 3) == ["aé"]
assert isinstance(raised(callers.cut, "aé", 2), UnicodeDecodeError)
assert callers.is_colour(Colour.RED) and not callers.is_colour(1)

e = raised(callers.describe, Point(1, 2))
assert str(e) == "describe(): argument 'n': expected a value of type Named, and this Point has no attribute 'label'", e
assert "expected a value of type Shape, got Colour" in str(raised(callers.area_of, Colour.RED))

one, two = array.array("f", [1.0]), array.array("f", [2.0])
assert callers.scaled(one).tolist() == [1.0, 2.0, 3.0]
assert callers.scaled(one, two).item() == 2.0

two = callers.Future(2)
done = callers.waits([callers.Future(1), two])
assert done.done() and done.wait() == [1, 2] == done.value()
assert callers.maybe(None) == -1 and callers.maybe(callers.Future(memoryview(bytes(range(4))))) == 6
assert "expected a value of type Future[int], got int" in str(raised(callers.waits, [1]))

# What compiled code raises is a RuntimeError, as PyTorch raises for operators, and what Python would have raised.
for call, args, kind, text in [
    (callers.refuse, ("four",), ValueError, "four"),
    (callers.item, ([1, 2], 5), IndexError, "list index out of range"),
    (callers.item, ("ab", 0), TypeError, "item(): argument 'xs': expected a value of type List[int], got str"),
    (callers.item, (), TypeError, "item() is missing its argument 'xs'"),
]:
    e = raised(call, *args)
    assert isinstance(e, kind) and isinstance(e, RuntimeError) and isinstance(e, callers.Error), type(e).__mro__
    assert type(e).__name__ == kind.__name__ and str(e).startswith(text), e
assert callers.area_of_size(3, times=2) == callers.area_of_size([2, 9], times=1) == 18
assert str(raised(callers.area_of_size, 3, 2)) == "area_of_size() takes 1 arguments by position, got 2"

# What is left to Python is compiled where it can be.
words = callers.words()
assert words(["a", "bcd", "a"], False) == 23
e = raised(words, ["a"], True)
assert "'outside' is ignored by the compiler" in str(e), e
print("all as expected")
