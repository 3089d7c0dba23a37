"""Other names for modules, which a person chose."""

from collections.abc import Mapping, Sequence

from keras_cnns.diagram.fold.parts import Module


def rename(modules: Sequence[Module], names: Mapping[str, str]) -> None:
    """Give modules the names that `names` has for theirs; a ValueError lists those that there are."""
    unknown = [name for name in names if name not in {module.name for module in modules}]
    if unknown:
        have = ", ".join(repr(module.name) for module in modules) or "none"
        raise ValueError(f"names must be keyed by module name; got {unknown[0]!r}, the diagram has {have}.")
    for module in modules:
        module.name = names.get(module.name, module.name)
