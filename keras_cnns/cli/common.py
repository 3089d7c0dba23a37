"""What the commands share: where they print, options of the same name, checks before the work starts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from keras_cnns.building import is_file, without_weights
from keras_cnns.catalog import facts

if TYPE_CHECKING:
    import keras

console = Console()


def complete_name(typed: str) -> list[str]:
    """What a shell offers for the start of a name."""
    return [name for name in facts.list_models() if name.startswith(typed)]


Name = Annotated[
    str,
    typer.Argument(help="A network's name, as `keras-cnns list` prints it.", autocompletion=complete_name),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]


def saved_model(file: Path) -> "keras.Model":
    """Return the architecture of a `.keras` file, after saying how large the file is."""
    from keras_cnns import architectures  # noqa: F401  registers the layers that our networks define
    from keras_cnns.keras_files.architecture import load_architecture

    size = f"{file.stat().st_size / 1e6:,.1f} MB"
    console.print(f"{file}: {size}; only the architecture is read.", highlight=False, markup=False)
    return load_architecture(file)


def named(source: str, aux: bool) -> facts.Network | None:
    """Return the catalogue's row of this name; None for a file."""
    if is_file(source):
        if not Path(source).is_file():
            raise ValueError(f"NAME or FILE.keras must be a network's name or a file; {source} is neither.")
        if aux:
            raise ValueError(
                "--aux is for a network's name; a file has the classifiers that it was saved with."
            )
        return None
    return facts.find_network(source)


def network_model(row: facts.Network, aux: bool, size: int | None = None) -> "keras.Model":
    """Build the network without weights, for images of another size if one is given."""
    if aux and "aux" not in row.options:
        able = [network.name for network in facts.NETWORKS if "aux" in network.options]
        raise ValueError(f"--aux is for {', '.join(able)}; got {row.name}.")
    in_shape = (size, size, row.in_shape[2]) if size else None
    return without_weights(row.name, in_shape, **({"aux": True} if aux else {}))


def free_path(path: Path, force: bool, *suffixes: str) -> Path:
    """Refuse, before the work starts, a path that cannot or should not be written."""
    if suffixes and path.suffix.lower() not in suffixes:
        raise ValueError(f"--output must end in {' or '.join(suffixes)}; got {path}.")
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"--output must be a file in a folder that exists; got {path}.")
    if path.exists() and not force:
        raise ValueError(f"{path} is there already; give --force to replace it, or another --output.")
    return path
