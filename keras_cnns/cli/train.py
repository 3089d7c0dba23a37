"""`keras-cnns train`: from images to a trained model."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from keras_cnns.cli.common import Force, complete_name
from keras_cnns.cli.train_asked import Asked
from keras_cnns.cli.train_run import begin, go_on

GOES_WITH_RESUME = {"resume", "workers"}  # what changes no bit of a run may be added


class Precision(str, Enum):
    """What `--precision` takes."""

    float32 = "float32"
    mixed_bfloat16 = "mixed_bfloat16"
    mixed_float16 = "mixed_float16"


class RecipeName(str, Enum):
    """What `--recipe` takes."""

    small = "small"
    paper = "paper"


class ClassWeights(str, Enum):
    """What `--class-weights` takes."""

    balanced = "balanced"


def train_command(
    context: typer.Context,
    network: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="A network, as `keras-cnns list` has it.", autocompletion=complete_name
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="With a sub-folder for each class, or `digits`.")
    ] = None,
    val: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="To test on; else one image in five.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Height and width; else the paper's.", min=1)
    ] = None,
    recipe: Annotated[
        RecipeName, typer.Option(help="`small`: Adam, for a laptop. `paper`: its own.")
    ] = RecipeName.small,
    plateau: Annotated[
        bool, typer.Option("--plateau", help="Paper: a lower rate where the loss no longer falls.")
    ] = False,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help="Passes over the images. Small: 30.", min=1)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="N", help="Images in one step. Small: 32.", min=1)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="RATE", help="At the start. Small: 0.003.")
    ] = None,
    early_stop: Annotated[
        int | None, typer.Option(metavar="N", help="End after N epochs that are no better.", min=1)
    ] = None,
    class_weights: Annotated[
        ClassWeights | None, typer.Option(help="Classes count the same, whatever their size.")
    ] = None,
    precision: Annotated[
        Precision, typer.Option(metavar="POLICY", help="float32, mixed_bfloat16, mixed_float16.")
    ] = Precision.float32,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Processes that read images; else one a core.", min=0)
    ] = None,
    devices: Annotated[
        int, typer.Option(metavar="N", help="GPUs or CPUs that share a step: JAX, TensorFlow.", min=1)
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Of all random numbers.", min=0)] = 1,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write events/ in the folder for TensorBoard.")
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Go on with this run, as it was begun.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="The run's; else runs/NAME.")
    ] = None,
    force: Force = False,
) -> None:
    """Train a network from scratch and test it on images held out, one in five.

    `keras-cnns train lenet_5 --data digits` learns real handwritten digits in about a minute, without a
    download. `keras-cnns predict runs/lenet_5 IMAGE` then uses what was learned.

    Each epoch is kept. A run goes on with `--resume runs/lenet_5` as if it had not been stopped.
    """
    if resume is not None:
        if not GOES_WITH_RESUME.issuperset(typed(context)):
            raise ValueError(
                "--resume goes alone, but for --workers: run.json in the folder says how the run was begun."
            )
        go_on(resume, workers)
        return
    asked = Asked.of(context.params)
    begin(asked, output or Path("runs") / asked.network, force, workers)


def typed(context: typer.Context) -> list[str]:
    """Return the names of the options that were given."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
