"""Orders of things that read one another, whatever they are."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


def readers_of(sources: Sequence[Sequence[int]]) -> list[list[int]]:
    """Turn edges round: for each vertex, those that read it, one for each time.

    Args:
        sources: for each vertex, those that it reads.
    """
    readers: list[list[int]] = [[] for _ in sources]
    for i, reads in enumerate(sources):
        for source in reads:
            readers[source].append(i)
    return readers


def depth_first(
    ends: Iterable[Item], sources_of: Callable[[Item], Iterable[Item]], done: Iterable[Item] = ()
) -> list[Item]:
    """Return all that `ends` depend on, each item after its sources, the first source and its sources first.

    It works without recursion, since networks are deep.

    Args:
        ends: where to start, the first first.
        sources_of: what an item reads.
        done: items to leave out, with all that only they depend on.
    """
    order: list[Item] = []
    finished = set(done)
    stack = list(ends)[::-1]
    while stack:
        item = stack[-1]
        if item in finished:
            stack.pop()
        elif missing := [source for source in sources_of(item) if source not in finished]:
            stack.extend(reversed(missing))
        else:
            finished.add(stack.pop())
            order.append(item)
    return order
