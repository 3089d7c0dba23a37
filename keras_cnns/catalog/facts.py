"""The published networks: paper, expected counts, and the source that confirms them.

Each file of `keras_cnns.catalog.rows` has the networks of one file of `keras_cnns.architectures`.
"""

import difflib
import importlib
import pkgutil

from keras_cnns.arguments import shown
from keras_cnns.catalog import rows
from keras_cnns.catalog.network import Network

_FILES = [
    importlib.import_module(f"{rows.__name__}.{name}")
    for name in sorted(each.name for each in pkgutil.iter_modules(rows.__path__))
]
# In the order of publication; arXiv counts papers within their month.
NETWORKS: tuple[Network, ...] = tuple(
    sorted(
        (network for file in _FILES for network in file.NETWORKS),
        key=lambda network: (network.paper.published, network.paper.arxiv or "", network.section),
    )
)
# Other names that people use; spelling does not matter, see `normalized`.
ALIASES: dict[str, str] = {
    alias: name for file in _FILES for alias, name in getattr(file, "ALIASES", {}).items()
}
# What the options of the factories do, by their names.
OPTIONS: dict[str, str] = {
    name: words for file in _FILES for name, words in getattr(file, "OPTIONS", {}).items()
}


def list_models() -> list[str]:
    """Return the names that `create` takes, in the order of publication."""
    return [network.name for network in NETWORKS]


def find_network(name: str, argument: str = "name") -> Network:
    """Return the network that a name means; "ResNet-50", "resnet_50" and "googlenet" are understood, too.

    Raises:
        ValueError: if no network, or more than one, is called so; it says which come near. The
            message calls the name by the `argument` that it was given as.
    """
    spellings = _networks_by_spelling()
    wanted = normalized(name)
    if wanted in spellings:
        return spellings[wanted]
    family = [each for each in spellings if len(wanted) > 2 and each.startswith(wanted)]
    near = family or difflib.get_close_matches(wanted, spellings, n=3)
    found = list(dict.fromkeys(spellings[each].name for each in near))
    *others, last = found or [""]
    some = f"{', '.join(others)} or {last}" if others else last
    hint = f"did you mean {some}?" if found else f"choose from {', '.join(list_models())}."
    raise ValueError(f"{argument} must be that of a network; got {shown(name)}, {hint}")


def is_network(name: str) -> bool:
    """Whether `find_network` understands this name."""
    return normalized(name) in _networks_by_spelling()


def normalized(name: str) -> str:
    """Return a name without what people spell in several ways: case, hyphens, underscores and blanks."""
    return "".join(letter for letter in str(name).casefold() if letter not in "-_" and not letter.isspace())


def _networks_by_spelling() -> dict[str, Network]:
    """Return the networks by every name that they have, normalized."""
    names = {network.name: network for network in NETWORKS}
    titles = {network.title: network for network in NETWORKS}
    aliases = {alias: names[name] for alias, name in ALIASES.items() if name in names}
    return {normalized(name): network for name, network in (names | titles | aliases).items()}
