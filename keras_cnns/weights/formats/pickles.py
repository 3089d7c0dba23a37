"""How deeply the tuples in a pickle are nested, found without unpickling it."""

import pickletools
from typing import IO

DEEPEST, LARGEST = 100, 10**6

Nesting = tuple[int, int]  # levels, and values with each counted as often as it is reached
VALUE: Nesting = (1, 1)


def check_nesting(pickled: IO[bytes]) -> None:
    """Raise a ValueError if a tuple in the next pickle of a file would crash Python, or stop it for ever.

    Python's hash of a tuple visits all that is in it: with a million levels it overflows the stack, and
    forty levels that each hold the one below twice take hours. Tensors by name need about three.
    """
    stack: list[Nesting | None] = []  # None is a mark
    memo: dict[object, Nesting | None] = {}
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif opcode.name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif opcode.name == "MARK":
            stack.append(None)
        else:
            inside = taken(stack, opcode)
            made = around(inside) if opcode.name.startswith("TUPLE") else VALUE
            stack.extend([made] * len(opcode.stack_after))


def taken(stack: list[Nesting | None], opcode: pickletools.OpcodeInfo) -> list[Nesting]:
    """Take from the stack what an operation takes; return what stood above its mark, or all."""
    before = opcode.stack_before
    inside: list[Nesting] = []
    single = len(before)
    if pickletools.markobject in before:
        while (top := stack.pop()) is not None:
            inside.append(top)
        single = before.index(pickletools.markobject)
    inside += [item for item in (stack.pop() for _ in range(single)) if item]
    return inside


def around(inside: list[Nesting]) -> Nesting:
    """The nesting of a tuple of these."""
    depth = 1 + max((item[0] for item in inside), default=0)
    size = 1 + sum(item[1] for item in inside)
    if depth > DEEPEST or size > LARGEST:
        raise ValueError("its tuples are nested too deeply")
    return depth, size
