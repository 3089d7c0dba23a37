"""The `keras-cnns` command: it reads the arguments, calls the library, and prints."""

import os
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from keras_cnns.cli.compare import compare_command
from keras_cnns.cli.copy import copy_command
from keras_cnns.cli.draw import draw_command
from keras_cnns.cli.gallery import gallery_command
from keras_cnns.cli.list import list_command
from keras_cnns.cli.predict import predict_command
from keras_cnns.cli.profile import profile_command
from keras_cnns.cli.show import show_command
from keras_cnns.cli.train import train_command
from keras_cnns.cli.weights import weights_command
from keras_cnns.version import __version__

app = typer.Typer(
    epilog="Start with `keras-cnns list`, then `keras-cnns show resnet50`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"keras-cnns {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Classic convolutional networks for Keras, each in one file that you can copy."""


COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_command,
    "show": show_command,
    "draw": draw_command,
    "gallery": gallery_command,
    "copy": copy_command,
    "train": train_command,
    "profile": profile_command,
    "compare": compare_command,
    "weights": weights_command,
    "predict": predict_command,
}
for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Run the command; what went wrong fits one line on standard error, and the exit status is 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        app()
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        Console(stderr=True, highlight=False).print(f"[red]error:[/] {escape(str(error))}")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
