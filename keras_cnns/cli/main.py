"""The `keras-cnns` command: it reads the arguments, calls the library, and prints."""

import os
import sys
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from keras_cnns.cli.common import close_pipe, say_error, say_warning
from keras_cnns.cli.compare import compare_command
from keras_cnns.cli.copy import copy_command
from keras_cnns.cli.draw import draw_command
from keras_cnns.cli.evaluate import evaluate_command
from keras_cnns.cli.exercises import exercises_command
from keras_cnns.cli.export import export_command
from keras_cnns.cli.gallery import gallery_command
from keras_cnns.cli.list import list_command
from keras_cnns.cli.predict import predict_command
from keras_cnns.cli.profile import profile_command
from keras_cnns.cli.show import show_command
from keras_cnns.cli.signals import ended_in_order
from keras_cnns.cli.train import train_command
from keras_cnns.cli.weights import weights_command
from keras_cnns.safe_text import one_line
from keras_cnns.version import __version__


class Commands(TyperGroup):
    """The commands; what Typer says of wrong words is printable, and a closed pipe is left to `main`."""

    def invoke(self, ctx: Any) -> Any:
        return self._printable(super().invoke, ctx)

    def make_context(self, *words: Any, **options: Any) -> Any:
        return self._printable(super().make_context, *words, **options)

    @staticmethod
    def _printable(function: Callable[..., Any], *words: Any, **options: Any) -> Any:
        try:
            return function(*words, **options)
        except BrokenPipeError:
            raise SystemExit(close_pipe()) from None
        except Exception as error:
            if isinstance(error, UsageError):
                error.message = one_line(error.message)
            raise


# Typer exports this class of its own Click under the name of its child only.
UsageError: Any = typer.BadParameter.__base__

app = typer.Typer(
    cls=Commands,
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
    "exercises": exercises_command,
    "weights": weights_command,
    "predict": predict_command,
    "evaluate": evaluate_command,
    "export": export_command,
}
for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Run the command; what went wrong fits one line on standard error, and the exit status is 1.

    Only a fault in this package, an exception that nothing here expects, is shown with its traceback. Ctrl-C
    and a closed pipe, as in `keras-cnns list | head`, end the command without a word, with 130 and 141.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    warnings.showwarning = say_warning
    try:
        try:
            with ended_in_order():
                app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        raise SystemExit(close_pipe()) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        say_error(error)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
