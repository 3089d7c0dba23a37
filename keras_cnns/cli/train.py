"""`keras-cnns train`: from images to a trained model."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from keras_cnns.cli.common import Force, complete_name
from keras_cnns.cli.train_asked import Asked
from keras_cnns.cli.train_hosts import on_hosts
from keras_cnns.cli.train_run import begin, go_on

GOES_WITH_RESUME = {"resume", "workers", "hosts", "host"}  # what changes no bit of a run may be added


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
        str | None, typer.Option(metavar="FOLDER", help="A sub-folder for each class, or `digits`.")
    ] = None,
    val: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="To test on; else one image in five.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(metavar="N", help="Height and width; else the paper's.", min=1)
    ] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Fine-tune them: `imagenet`, a file, a run.")
    ] = None,
    like: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Whose scaling a --weights file has.")
    ] = None,
    recipe: Annotated[
        RecipeName, typer.Option(metavar="NAME", help="`small`, or `paper`: its own.", show_default=False)
    ] = RecipeName.small,
    plateau: Annotated[bool, typer.Option("--plateau", help="Paper: lower the rate on a plateau.")] = False,
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
        ClassWeights | None, typer.Option(metavar="balanced", help="Let all classes count the same.")
    ] = None,
    precision: Annotated[
        Precision,
        typer.Option(metavar="POLICY", help="float32, mixed_bfloat16, mixed_float16.", show_default=False),
    ] = Precision.float32,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Processes that read; else one a core.", min=0)
    ] = None,
    devices: Annotated[
        int, typer.Option(metavar="N", help="That share each step; else one.", min=1, show_default=False)
    ] = 1,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Of random numbers; else 1.", min=0, show_default=False)
    ] = 1,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write events/ for TensorBoard, too.")
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Go on with this run, as it was begun.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="The run's; else runs/NAME.")
    ] = None,
    hosts: Annotated[
        str | None, typer.Option(metavar="LIST", help="All together: A:8476,B:8476; or auto.")
    ] = None,
    host: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="This one's number in --hosts, from 0.",
            envvar="KERAS_DISTRIBUTION_PROCESS_ID",
            show_envvar=False,
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Train a network and test it on images held out, one in five.

    `keras-cnns train lenet_5 --data digits` learns real handwritten digits in about a minute, without a
    download. `keras-cnns predict runs/lenet_5 IMAGE` uses what was learned, `--resume runs/lenet_5` goes on
    after any end. `--weights imagenet` starts with what was learned from a million photographs. With
    `--hosts` several machines train one network, with JAX: see the how-to.
    """
    if resume is not None:
        if not GOES_WITH_RESUME.issuperset(typed(context)):
            raise ValueError(
                "--resume goes alone, but for --workers, --hosts and --host: run.json in the folder says how "
                "the run was begun."
            )
        with on_hosts(hosts, host, resume):
            go_on(resume, workers)
        return
    if weights is not None and "recipe" in typed(context):
        raise ValueError("--recipe is for a network that starts from scratch; --weights has its own.")
    asked = Asked.of(context.params)
    if hosts is not None and asked.devices > 1:
        raise ValueError(f"--devices must be 1 with --hosts, which use all of theirs; got {asked.devices}.")
    folder = output or Path("runs") / asked.network
    with on_hosts(hosts, host, folder):
        begin(asked, folder, force, workers)


def typed(context: typer.Context) -> list[str]:
    """Return the names of the options that were given."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
