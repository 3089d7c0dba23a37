"""What the commands share: how they speak, options of the same name, checks before the work starts."""

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from keras_cnns import backends
from keras_cnns.atomic_write import checked_target
from keras_cnns.building import is_file, saved, without_weights
from keras_cnns.catalog import facts
from keras_cnns.keras_files.recognition import what_else
from keras_cnns.safe_text import one_line, visible

if TYPE_CHECKING:
    import keras

# What can go wrong without a fault in this package.
EXPECTED = (ValueError, OSError, ImportError, RuntimeError, MemoryError)


class Screen(Console):
    """A terminal that a closed pipe leaves without a word, with an exit status that no answer of ours has."""

    def on_broken_pipe(self) -> NoReturn:
        raise SystemExit(close_pipe())


console = Screen()


def say(message: str, heading: str = "", screen: Console = console) -> None:
    """Print a message on one line; names in it, of files or layers, can neither colour nor command anything.

    Everything that a command prints with a name in it goes through this function or through a table. The
    heading is red.
    """
    screen.print(Text.assemble((heading, "red"), one_line(message)), soft_wrap=True)


def say_error(error: BaseException) -> None:
    """Say what went wrong on standard error: in one line, after the traceback if it was not expected."""
    screen = Screen(stderr=True)
    if isinstance(error, EXPECTED):
        say(str(error) or type(error).__name__, "error: ", screen)
        return
    for line in "".join(traceback.format_exception(error)).splitlines():
        screen.print(Text(visible(line)), soft_wrap=True)
    say("this is a fault in keras-cnns; please report it with the lines above.", "error: ", screen)


def say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning in one line on standard error; it takes the place of `warnings.showwarning`."""
    say(str(message), "warning: ", Screen(stderr=True))


def close_pipe() -> int:
    """Drop what nobody reads any more, as in `keras-cnns list | head`, and return the exit status of that.

    It is the status that a shell gives a program that the closed pipe ended.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 141


def complete_name(typed: str) -> list[str]:
    """What a shell offers for the start of a name."""
    return [name for name in facts.list_models() if name.startswith(typed)]


Name = Annotated[
    str,
    typer.Argument(help="A network's name, as `keras-cnns list` prints it.", autocompletion=complete_name),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
NoLimit = Annotated[
    bool, typer.Option("--no-limit", help="Open a file also if it takes long to build what it describes.")
]


def saved_model(file: Path, no_limit: bool) -> "keras.Model":
    """Return the architecture of a `.keras` file, after saying how large the file is."""
    backends.choose_lightest()
    size = f"{file.stat().st_size / 1e6:,.1f} MB"
    say(f"{file}: {size}; only the architecture is read.")
    return saved(file, no_limit)


def named(source: str, aux: bool) -> facts.Network | None:
    """Return the catalogue's row of this name; None for a file."""
    if is_file(source):
        if not Path(source).is_file():
            words = what_else(Path(source)) if Path(source).is_dir() else None
            if words and not words.startswith("is a folder."):
                raise ValueError(f"{source} {words}")
            hint = (words or "").removeprefix("is a folder.")
            raise ValueError(
                f"NAME or FILE.keras must be a network's name or a file; {source} is neither.{hint}"
            )
        if aux:
            raise ValueError(
                "--aux is for a network's name; a file has the classifiers that it was saved with."
            )
        return None
    return facts.find_network(source)


def check_aux(row: facts.Network, aux: bool) -> None:
    """Refuse auxiliary classifiers for a network that has none."""
    if aux and not row.has_aux:
        able = [network.name for network in facts.NETWORKS if network.has_aux]
        raise ValueError(f"--aux is for {', '.join(able)}; got {row.name}.")


def network_model(row: facts.Network, aux: bool, size: int | None = None) -> "keras.Model":
    """Build the network without weights, for images of another size if one is given."""
    check_aux(row, aux)
    backends.choose_lightest()
    in_shape = (size, size, row.in_shape[2]) if size else None
    return without_weights(row.name, in_shape, **({"aux": True} if aux else {}))


def free_path(path: Path, force: bool, *suffixes: str, option: str = "--output") -> Path:
    """Refuse, before the work starts, a path that cannot or should not be written."""
    if suffixes and path.suffix.lower() not in suffixes:
        raise ValueError(f"{option} must end in {' or '.join(suffixes)}; got {path}.")
    checked_target(path, option)
    if path.exists() and not force:
        raise ValueError(f"{path} is there already; give --force to replace it, or another {option}.")
    return path
