"""What a library exports for a list or dict that was scripted by itself: an object with the methods of Python's."""
import typing
from typing import Dict, List, Optional

import torch

_LEAVES = (bool, int, float, complex, str, torch.Tensor)
_ORDERED = (bool, int, float, str)


def _type_of(value):
    """The type of a value by its first element; None where that says nothing."""
    if isinstance(value, tuple):
        inner = [_type_of(v) for v in value]
        return typing.Tuple[tuple(inner)] if inner and None not in inner else None
    if isinstance(value, list):
        inner = _type_of(value[0]) if value else None
        return inner and List[inner]
    if isinstance(value, dict):
        key, item = (_type_of(next(iter(v))) for v in (value, value.values())) if value else (None, None)
        return Dict[key, item] if key and item else None
    return next((t for t in _LEAVES if type(value) is t), None)


def exported(value):
    """A module for a list or dict; None where its type is not known."""
    if isinstance(value, dict) and value:
        key, item = _type_of(next(iter(value))), _type_of(next(iter(value.values())))
        return _dict(value, key, item) if key and item else None
    if isinstance(value, list) and value:
        item = _type_of(value[0])
        return item and _list(value, item, item in _LEAVES, item in _ORDERED)
    return None


def _list(value, T, has_equality, has_order):
    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.items = torch.jit.Attribute(value, List[T])

        @torch.jit.export
        def append(self, item: T) -> None:
            self.items.append(item)

        @torch.jit.export
        def clear(self) -> None:
            self.items.clear()

        @torch.jit.export
        def extend(self, items: List[T]) -> None:
            self.items.extend(items)

        @torch.jit.export
        def get(self, index: int) -> T:
            return self.items[index]

        @torch.jit.export
        def insert(self, index: int, item: T) -> None:
            self.items.insert(index, item)

        @torch.jit.export
        def len(self) -> int:
            return len(self.items)

        @torch.jit.export
        def pop(self, index: int = -1) -> T:
            return self.items.pop(index)

        @torch.jit.export
        def reverse(self) -> None:
            self.items.reverse()

        @torch.jit.export
        def set(self, index: int, item: T) -> None:
            self.items[index] = item

    class Comparable(Plain):
        @torch.jit.export
        def contains(self, item: T) -> bool:
            return self.items.count(item) > 0

        @torch.jit.export
        def count(self, item: T) -> int:
            return self.items.count(item)

        @torch.jit.export
        def index(self, item: T) -> int:
            return self.items.index(item)

        @torch.jit.export
        def remove(self, item: T) -> None:
            self.items.remove(item)

    class Ordered(Comparable):
        @torch.jit.export
        def sort(self, reverse: bool = False) -> None:
            self.items.sort(reverse)

    return (Ordered if has_order else Comparable if has_equality else Plain)()


def _dict(value, K, V):
    class Items(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table = torch.jit.Attribute(value, Dict[K, V])

        @torch.jit.export
        def clear(self) -> None:
            self.table.clear()

        @torch.jit.export
        def contains(self, key: K) -> bool:
            return key in self.table

        @torch.jit.export
        def delete(self, key: K) -> None:
            del self.table[key]

        @torch.jit.export
        def get(self, key: K) -> Optional[V]:
            return self.table.get(key)

        @torch.jit.export
        def items(self) -> Dict[K, V]:
            return self.table

        @torch.jit.export
        def keys(self) -> List[K]:
            return list(self.table.keys())

        @torch.jit.export
        def len(self) -> int:
            return len(self.table)

        @torch.jit.export
        def pop(self, key: K) -> V:
            return self.table.pop(key)

        @torch.jit.export
        def set(self, key: K, value: V) -> None:
            self.table[key] = value

        @torch.jit.export
        def update(self, items: Dict[K, V]) -> None:
            self.table.update(items)

        @torch.jit.export
        def values(self) -> List[V]:
            return list(self.table.values())

    return Items()
