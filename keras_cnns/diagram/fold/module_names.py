"""What modules are called: by the landmark that closes them, or else by what they are made of."""

import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from os.path import commonprefix

from keras_cnns.diagram.fold.own_names import rename
from keras_cnns.diagram.fold.parts import LONGEST_TITLE, Module
from keras_cnns.graph import Vertex
from keras_cnns.layer_kinds import has_automatic_name
from keras_cnns.safe_text import outline_name, shortened

# Names that say which layer it is, not which module it closes.
LAYER_WORDS = {"activation", "add", "avg", "batch", "block", "bn", "concat", "concatenate", "conv", "dense"}
LAYER_WORDS |= {"dropout", "expand", "input", "layer", "max", "merge", "mixed", "mul", "multiply", "norm"}
LAYER_WORDS |= {"normalization", "out", "output", "pad", "pool", "preact", "project", "relu", "stage", "sum"}
# What equal models are called that have nothing in their names in common; the names stand below the box.
NEUTRAL = "model"
SPELLINGS = {"densenet": "DenseNet", "mbconv": "MBConv", "mobilenet": "MobileNet", "resnet": "ResNet"}
SPELLINGS |= {"resnext": "ResNeXt", "se": "SE", "unet": "U-Net", "vgg": "VGG"}


def shared(name: str, vertex: Vertex) -> str:
    """What the names of equal models inside a model have in common; Keras' own lose their number."""
    own = vertex.inside.name if vertex.inside else vertex.name
    other = re.sub(r"_\d+$", "", own) if has_automatic_name(vertex.operation) else own
    if name in (own, other):
        return other
    common = commonprefix([name, other]).rstrip("_- ")
    return common if len(common) > 2 else NEUTRAL


@lru_cache(maxsize=4096)
def base(name: str | None) -> str | None:
    """`inception_a1` → `inception_a`, `inception_3a` → `inception`: what the names of equal modules share."""
    start = (name or "")[: LONGEST_TITLE + 1]
    match = re.fullmatch(r"([A-Za-z][A-Za-z_\-]*?)(?:[_\-]?\d+[a-z]?(?:_\d+)*)?", start)
    if not match or len(start) > LONGEST_TITLE:
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


def name_modules(modules: list[Module], names: dict[str, str], reserved: Collection[str] = ()) -> None:
    """Name the modules: by their landmarks where these tell them apart, others by kind, lettered if several.

    A name that reads like another's in an outline, or is `reserved`, gets a letter, too. `names` replaces
    names; a ValueError lists those that there are.
    """
    for module, name in zip(modules, _suggested_names(modules)):
        module.name = name
    _tell_apart(modules, reserved)
    rename(modules, names)


def _suggested_names(modules: list[Module]) -> list[str]:
    by_landmark = [title(module.base) if module.base else module.name for module in modules]
    often = Counter(by_landmark)
    names = []
    for module, name in zip(modules, by_landmark):
        ambiguous = module.base and often[name] > 1 and module.kind != "model"
        names.append(shortened(module.name if ambiguous else name, LONGEST_TITLE))
    return names


def _tell_apart(modules: list[Module], reserved: Collection[str]) -> None:
    """Add letters to names that occur more than once or are reserved."""
    often = Counter(outline_name(module.name) for module in modules)
    taken = {*reserved, *(name for name, n in often.items() if n == 1)}
    numbers: Counter[str] = Counter()
    for module in modules:
        name, plain = module.name, outline_name(module.name)
        if often[plain] == 1 and plain not in reserved:
            continue
        while outline_name(module.name) in taken or module.name == name:
            numbers[plain] += 1
            module.name = _lettered(name, numbers[plain])
        taken.add(outline_name(module.name))


def _lettered(name: str, number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    is_one_title = name[0].isupper() and " " not in name
    return f"{name}-{letters}" if is_one_title else f"{name} {letters}"
