from typing import List

import torch


@torch.jit.script
def edit_distance(a: List[int], b: List[int]) -> int:
    """How many insertions, deletions and replacements make one list the other (Levenshtein)."""
    row = [j for j in range(len(b) + 1)]
    for i in range(len(a)):
        corner = row[0]
        row[0] = i + 1
        for j in range(len(b)):
            above = row[j + 1]
            cost = corner if a[i] == b[j] else corner + 1
            row[j + 1] = min(cost, min(above, row[j]) + 1)
            corner = above
    return row[len(b)]
