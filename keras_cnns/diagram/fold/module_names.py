"""What modules are called: by the landmark that closes them, or else by what they are made of."""

import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from math import prod
from os.path import commonprefix

from keras import Operation

from keras_cnns.diagram.draw.style import shortened
from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, Module, Part, boxes
from keras_cnns.diagram.output.outline import clean
from keras_cnns.graph import Shape
from keras_cnns.layer_kinds import has_automatic_name

# Names that say which layer it is, not which module it closes.
LAYER_WORDS = {"activation", "add", "avg", "batch", "block", "bn", "concat", "concatenate", "conv", "dense"}
LAYER_WORDS |= {"dropout", "expand", "input", "layer", "max", "merge", "mixed", "mul", "multiply", "norm"}
LAYER_WORDS |= {"normalization", "out", "output", "pad", "pool", "preact", "project", "relu", "stage", "sum"}
LONGEST = 40
SPELLINGS = {"densenet": "DenseNet", "mbconv": "MBConv", "mobilenet": "MobileNet", "resnet": "ResNet"}
SPELLINGS |= {"resnext": "ResNeXt", "se": "SE", "unet": "U-Net", "vgg": "VGG"}


def shared(name: str, operation: Operation) -> str:
    """What the names of equal models inside a model have in common; Keras' own lose their number."""
    other = re.sub(r"_\d+$", "", operation.name) if has_automatic_name(operation) else operation.name
    if name in (operation.name, other):
        return other
    return commonprefix([name, other]).rstrip("_- ") or name


@lru_cache(maxsize=4096)
def base(name: str | None) -> str | None:
    """`inception_a1` → `inception_a`, `inception_3a` → `inception`: what the names of equal modules share."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z_\-]*?)(?:[_\-]?\d+[a-z]?(?:_\d+)*)?", (name or "")[: LONGEST + 1])
    if not match or len(name or "") > LONGEST:
        return None
    stem = match.group(1)
    words = [word.lower() for word in re.split(r"[_\-]", stem) if word]
    known = any(re.sub(r"\d", "", word) in LAYER_WORDS for word in words)
    return None if known or max(map(len, words), default=0) < 3 else "_".join(words)


def title(stem: str) -> str:
    """`inception_resnet_a` → `Inception-ResNet-A`, `entry_flow` → `Entry flow`."""
    words = [SPELLINGS.get(word, word) for word in stem.split("_")]
    capital = [word[:1].upper() + word[1:] for word in words]
    if len(words[-1]) == 1 and len(words) > 1:
        return "-".join(capital)
    return " ".join([capital[0], *words[1:]])


def kind(unit: list[Part], entry: Shape, end: Shape) -> tuple[str, str]:
    """The kind of a module, for its colour, and the name that its structure suggests."""
    first, join = unit[0], unit[-1] if isinstance(unit[-1], Box) else None
    shrinks = _area(end) is not None and _area(entry) is not None and _area(end) < _area(entry)
    if isinstance(first, Mesh):
        return ("reduction", "reduction cell") if shrinks else ("module", "cell")
    branches = first.branches if isinstance(first, Fork) else []
    bare = sum(not branch for branch in branches)
    if join and join.label == "concat":
        if bare:
            return "module", "dense unit"
        return ("reduction", "Reduction") if shrinks else ("module", "Inception")
    if join and join.label == "Multiply" and bare:
        pooled = any(box.label.startswith("global") for box in boxes(unit))
        return "module", "squeeze-excite" if pooled else "gate"
    if join and join.kind == "merge":
        return ("module", "identity block") if bare else ("projection", "conv block")
    return "module", "module"


def _area(shape: Shape) -> int | None:
    inner = shape[1:-1]
    return prod(inner) if inner and all(inner) else None


def give(modules: list[Module], names: dict[str, str], reserved: Collection[str] = ()) -> None:
    """Name the modules: by their landmarks where these tell them apart, others by kind, lettered if several.

    A name that looks like another's, or is `reserved`, gets a letter, too. `names` replaces names; a
    ValueError lists those that there are.
    """
    wished = [title(module.base) if module.base else module.name for module in modules]
    often = Counter(wished)
    for module, name in zip(modules, wished):
        if module.base and often[name] > 1 and module.kind != "model":
            name = module.name
        module.name = shortened(name, LONGEST)
    often = Counter(clean(module.name) for module in modules)
    seen: Counter[str] = Counter()
    taken = {*reserved, *(name for name, n in often.items() if n == 1)}
    for module in modules:
        name = module.name
        if often[clean(name)] > 1 or clean(name) in reserved:
            while clean(module.name) in taken or module.name == name:
                seen[clean(name)] += 1
                module.name = _lettered(name, seen[clean(name)])
            taken.add(clean(module.name))
    unknown = [name for name in names if name not in {module.name for module in modules}]
    if unknown:
        have = ", ".join(repr(module.name) for module in modules) or "none"
        raise ValueError(f"names must be by the diagram's modules; got {unknown[0]!r}, it has {have}.")
    for module in modules:
        module.name = names.get(module.name, module.name)


def _lettered(name: str, number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{name}-{letters}" if name[0].isupper() else f"{name} {letters}"
