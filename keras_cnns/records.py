"""Data classes that nobody changes, made as fast as those that may be.

A frozen class of the standard library sets each of its fields by a call, so making one takes about five
times as long, and a picture is made of thousands. `record` is `dataclass`: for the type checker with
`frozen`, at run time without it. Equal records still have equal hashes.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen: bool, eq: bool = True, **options: Any):
        """What `dataclass` makes with these options, without what enforces that it is frozen."""
        return dataclass(eq=eq, unsafe_hash=frozen and eq, **options)


__all__ = ["record"]
