"""Iterators."""

import operator as _operator


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(iterable):
    saved = list(iterable)
    while saved:
        for x in saved:
            yield x


def repeat(object, times=None):
    if times is None:
        while True:
            yield object
    for _ in range(times):
        yield object


def accumulate(iterable, func=_operator.add, *, initial=None):
    it = iter(iterable)
    total = initial
    if initial is None:
        try:
            total = next(it)
        except StopIteration:
            return
    yield total
    for x in it:
        total = func(total, x)
        yield total


class chain:
    def __init__(self, *iterables):
        self._it = chain._run(iterables)

    def __iter__(self):
        return self._it

    def __next__(self):
        return next(self._it)

    @staticmethod
    def _run(iterables):
        for it in iterables:
            for x in it:
                yield x

    @staticmethod
    def from_iterable(iterables):
        return chain._run(iterables)


def compress(data, selectors):
    return (d for d, s in zip(data, selectors) if s)


def dropwhile(predicate, iterable):
    it = iter(iterable)
    for x in it:
        if not predicate(x):
            yield x
            break
    for x in it:
        yield x


def takewhile(predicate, iterable):
    for x in iterable:
        if not predicate(x):
            break
        yield x


def filterfalse(predicate, iterable):
    for x in iterable:
        if not (predicate(x) if predicate else x):
            yield x


def groupby(iterable, key=None):
    group = []
    current = None
    started = False
    for x in iterable:
        k = x if key is None else key(x)
        if started and k != current:
            yield current, iter(group)
            group = []
        started = True
        current = k
        group.append(x)
    if started:
        yield current, iter(group)


def islice(iterable, *args):
    s = slice(*args)
    start, stop, step = s.start or 0, s.stop, s.step or 1
    wanted = start
    i = 0
    if stop is not None and stop <= start:
        return
    for x in iterable:
        if i == wanted:
            yield x
            wanted += step
        i += 1
        if stop is not None and i >= stop:
            return


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def tee(iterable, n=2):
    items = list(iterable)
    return tuple([iter(items) for _ in range(n)])


def zip_longest(*iterables, fillvalue=None):
    its = [iter(i) for i in iterables]
    missing = object()
    while True:
        row = [next(i, missing) for i in its]
        if all(x is missing for x in row):
            return
        yield tuple([fillvalue if x is missing else x for x in row])


def pairwise(iterable):
    previous = None
    started = False
    for x in iterable:
        if started:
            yield previous, x
        previous = x
        started = True


def batched(iterable, n):
    batch = []
    for x in iterable:
        batch.append(x)
        if len(batch) == n:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


def product(*iterables, repeat=1):
    pools = [tuple(p) for p in iterables] * repeat
    result = [[]]
    for pool in pools:
        result = [x + [y] for x in result for y in pool]
    for p in result:
        yield tuple(p)


def permutations(iterable, r=None):
    pool = tuple(iterable)
    n = len(pool)
    r = n if r is None else r
    for indices in product(range(n), repeat=r):
        if len(set(indices)) == r:
            yield tuple([pool[i] for i in indices])


def combinations(iterable, r):
    pool = tuple(iterable)
    n = len(pool)
    if r > n:
        return
    indices = list(range(r))
    yield tuple([pool[i] for i in indices])
    while True:
        i = r - 1
        while i >= 0 and indices[i] == i + n - r:
            i -= 1
        if i < 0:
            return
        indices[i] += 1
        for j in range(i + 1, r):
            indices[j] = indices[j - 1] + 1
        yield tuple([pool[i] for i in indices])


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)
    for indices in product(range(len(pool)), repeat=r):
        if sorted(indices) == list(indices):
            yield tuple([pool[i] for i in indices])
