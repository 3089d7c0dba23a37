"""What the words at a box say of outputs: which it reads, which it gives, what comes by which input.

"reads state h and output 2", "gives part 1 as output 3", "the last gives output 2",
"input 1 is dense, inputs 2 and 3 are output 2 of conv".
"""

import re
from dataclasses import dataclass

from keras import layers

from support.scene_marks import SeenBox

# What may stand after the names of outputs.
NEXT = (
    r"the last gives |gives |first |scaled |residual scaled|×|the (?:first|last) |inputs? \d|from |not used|"
)
NEXT += r"no \w|shared|output$|$"


@dataclass(frozen=True)
class Gate:
    """Words that a wire passes at a box or at a module: `reads` where it enters, `gives` where it leaves.

    `gives` has pairs, of one of the several outputs of what is inside, or None, and what that is outside, or
    None. `named` is the box of a module that ends here. `takes` says what comes by this input.
    """

    reads: str | None = None
    gives: tuple[tuple[str | None, str | None], ...] = ()
    named: SeenBox | None = None
    takes: str | None = None


def said(box: SeenBox) -> str:
    """The captions as one line, without that of an input's shape, which the tooltip has, too."""
    shape = box.tooltip.rpartition(": ")[2]
    return " ".join(line for line in box.captions if line != shape)


def calls_said(box: SeenBox) -> list[int]:
    """Which calls of its layer a box says that it stands for, in their order."""
    found = re.search(r"(?:^| )shared calls? (\d+(?: and \d+)*)", said(box))
    return [int(number) for number in found[1].split(" and ")] if found else []


def read_by(box: SeenBox) -> str | None:
    """The outputs that a box says that it reads."""
    found = re.findall(rf"(?:^| )reads (.+?)(?= (?:reads |{NEXT})|$)", said(box))
    return " and ".join(found) if found else None


def given_by(box: SeenBox) -> tuple[list[tuple[str | None, str]], bool]:
    """What a box says that it gives, each as what, and whether only the last of several does."""
    found = re.findall(rf"(?:^| )(the last )?gives (.+?)(?= (?:{NEXT})|$)", said(box))
    pairs = []
    for words in " and ".join(words for _, words in found).split(" and ") if found else ():
        inner, given, outer = words.rpartition(" as ")
        pairs.append((inner if given else None, outer))
    return pairs, any(last for last, _ in found)


def taken_by(box: SeenBox) -> dict[int, str]:
    """What comes by each input of a model, from 0, where words say it."""
    found = re.findall(rf"inputs? (\d+(?: and \d+)*) (?:is|are) (.+?)(?= (?:{NEXT})|$)", said(box))
    return {int(number) - 1: words for numbers, words in found for number in numbers.split(" and ")}


def mentions(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def in_order(text: str) -> list[str]:
    """The outputs that a box reads, one after another."""
    return text.split(" and ")


def output_of(words: str) -> tuple[str, str] | None:
    """ "state h of call 2 of lstm" → "state h", "call 2 of lstm"; None if no output or no layer is named.

    "part 2 of 3 of split …" names the layer of the first of several blocks that are drawn as one.
    """
    words = words.removesuffix(" …")
    if re.fullmatch(r"part \d+ of \d+|call \d+ of .+", words) or " of " not in words:
        return None
    return re.fullmatch(r"(part \d+ of \d+|.+?) of (.+)", words).groups()


def source_of(words: str) -> str:
    """ "state h of lstm" → "lstm"; the words are those of what comes by an input."""
    return (output_of(words) or ("", words))[1]


def places(operation, n: int, words: str | None) -> set[int]:
    """Which of the `n` outputs of a layer words speak of; the first if they name none."""
    names = _names(operation, n)
    found = {k for k, name in enumerate(names) if words and mentions(words, name)}
    found |= {0} if words and mentions(words, "output 1") else set()
    return found or {0}


def _names(operation, n: int) -> list[str]:
    plain = [f"output {k + 1}" for k in range(n)]
    kind = type(operation).__name__
    if kind in ("Split", "ArraySplit", "Unstack"):
        return [f"part {k + 1} of {n}" for k in range(n)]
    if kind in ("Eigh", "EigH", "Eig") and n == 2:
        return ["values", "vectors"]
    if kind == "Moments":
        return ["mean", "variance"]
    if kind == "TopK":
        return ["values", "indices"]
    if "Attention" in kind and n == 2:
        return ["output 1", "scores"]
    if isinstance(operation, layers.Bidirectional):
        one = operation.forward_layer
        first = ["forwards", "backwards"] if operation.merge_mode is None else ["output 1"]
        states = _states(one, (n - len(first)) // 2)
        return [*first, *(f"{way} {state}" for way in ("forward", "backward") for state in states)]
    if isinstance(operation, layers.RNN):
        return ["output 1", *_states(operation, n - 1)]
    return plain


def _states(layer, n: int) -> list[str]:
    if n == 2 and "LSTM" in type(layer).__name__:
        return ["state h", "state c"]
    return ["state"] if n == 1 else [f"state {k + 1}" for k in range(n)]
