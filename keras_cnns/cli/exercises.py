"""`keras-cnns exercises`: a sheet of networks with one mistake each, and the key in a file of its own."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from keras_cnns import backends
from keras_cnns.cli.common import Force, NoLimit, free_path, named, network_model, saved_model, say
from keras_cnns.exercises.paths import paths_of


def exercises_command(
    source: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A network's name, or a saved model.")],
    count: Annotated[int, typer.Option("--count", "-n", help="How many exercises.", min=1)] = 6,
    kind: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Only this mistake, such as `activation missing`.")
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="`same shapes`: counting does not show it; or `different`."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed, the same sheet; default: one that nobody guesses.")
    ] = None,
    original: Annotated[
        bool, typer.Option("--original", help="Show the network without a mistake first.")
    ] = False,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The sheet, .html.")] = Path(
        "exercises.html"
    ),
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The answers; default: exercises.key.html.")
    ] = None,
    list_kinds: Annotated[
        bool, typer.Option("--list", help="Print the mistakes that fit the network, and make nothing.")
    ] = False,
    no_limit: NoLimit = False,
    force: Force = False,
) -> None:
    """Make a sheet of exercises: pictures of a network with one mistake each, and a key to them.

    Both are pages that need no other file, for a screen, a phone or paper. The sheet has no answer in it.
    """
    row = named(source, False)
    sheet, answers = paths_of(output, key)
    for target in () if list_kinds else (sheet, answers):
        free_path(target, force)
    backends.choose_lightest()
    from keras_cnns.exercises.choice import mutations
    from keras_cnns.exercises.sheet import exercise_sheet

    if list_kinds:
        model = network_model(row, False) if row else saved_model(Path(source), no_limit)
        for one in mutations(model, verdict=verdict):
            say(one)
        return
    model = row.name if row else saved_model(Path(source), no_limit)
    number = secrets.randbelow(10**9) if seed is None else seed
    made = exercise_sheet(model, count, number, kind=kind, verdict=verdict, with_original=original)
    made.save(sheet, answers)
    say(f"{sheet} written, for students.")
    say(f"{answers} written, the answers.")
