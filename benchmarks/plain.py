"""What the kernels are measured against: the same job in plain Python, as one would write it first."""

from collections import deque


def draw(queue: deque[list[int]], target: deque[list[int]], amount: int) -> None:
    """Move `amount` units from the front of one queue of [label, amount] to the end of another: first in, first out."""
    while amount:
        head = queue[0]
        part = min(head[1], amount)
        if target and target[-1][0] == head[0]:
            target[-1][1] += part
        else:
            target.append([head[0], part])
        head[1] -= part
        amount -= part
        if not head[1]:
            queue.popleft()
