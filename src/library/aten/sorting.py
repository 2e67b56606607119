# Sorting a list by `_less`, which is made for the type of its elements.
#
# The order of elements that neither precedes the other is what C++ programs built with GNU's library get, PyTorch among them: an
# introspective quicksort down to runs of 16, heap sort where it goes too deep, insertion at the end.


def sort(items, reverse):
    n = len(items)
    depth = 0
    k = n
    while k > 1:
        k = k // 2
        depth += 2
    pending = [(0, n, depth)]
    while len(pending) > 0:
        first, last, depth = pending.pop()
        while last - first > 16:
            if depth == 0:
                _heap_sort(items, first, last, reverse)
                last = first
            else:
                depth -= 1
                cut = _partition(items, first, last, reverse)
                pending.append((cut, last, depth))
                last = cut
    for i in range(1, n):
        value = items[i]
        hole = i
        if i < 16 and _before(value, items[0], reverse):
            while hole > 0:
                items[hole] = items[hole - 1]
                hole -= 1
        else:
            while _before(value, items[hole - 1], reverse):
                items[hole] = items[hole - 1]
                hole -= 1
        items[hole] = value


def sorted(items):
    result = items[:]
    sort(result, False)
    return result


def _before(a, b, reverse):
    return _less(b, a) if reverse else _less(a, b)


def _swap(items, i, j):
    kept = items[i]
    items[i] = items[j]
    items[j] = kept


def _partition(items, first, last, reverse):
    a, b, c = first + 1, first + (last - first) // 2, last - 1
    if _before(items[a], items[b], reverse):
        if _before(items[b], items[c], reverse):
            median = b
        elif _before(items[a], items[c], reverse):
            median = c
        else:
            median = a
    elif _before(items[a], items[c], reverse):
        median = a
    elif _before(items[b], items[c], reverse):
        median = c
    else:
        median = b
    _swap(items, first, median)
    lo, hi = first + 1, last
    is_done = False
    while not is_done:
        while _before(items[lo], items[first], reverse):
            lo += 1
        hi -= 1
        while _before(items[first], items[hi], reverse):
            hi -= 1
        if lo < hi:
            _swap(items, lo, hi)
            lo += 1
        else:
            is_done = True
    return lo


def _heap_sort(items, first, last, reverse):
    n = last - first
    for k in range(n // 2):
        at = n // 2 - 1 - k
        _sift(items, first, at, n, items[first + at], reverse)
    for k in range(n - 1):
        end = n - 1 - k
        value = items[first + end]
        items[first + end] = items[first]
        _sift(items, first, 0, end, value, reverse)


def _sift(items, first, top, n, value, reverse):
    hole = top
    child = hole
    while child < (n - 1) // 2:
        child = 2 * child + 2
        if _before(items[first + child], items[first + child - 1], reverse):
            child -= 1
        items[first + hole] = items[first + child]
        hole = child
    if n % 2 == 0 and child == (n - 2) // 2:
        items[first + hole] = items[first + 2 * child + 1]
        hole = 2 * child + 1
    while hole > top and _before(items[first + (hole - 1) // 2], value, reverse):
        items[first + hole] = items[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    items[first + hole] = value
