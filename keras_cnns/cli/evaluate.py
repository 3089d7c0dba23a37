"""`keras-cnns evaluate`: how many images of a folder does a model tell apart?"""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import track

from keras_cnns.atomic_write import written_whole
from keras_cnns.cli import predict
from keras_cnns.cli.common import Force, Screen, complete_name, console, free_path, say
from keras_cnns.cli.output_format import Format, Printed, Written, checked_output, deliver
from keras_cnns.cli.predict_own import own_model, view_of
from keras_cnns.images import left_out_text, require_pillow
from keras_cnns.tables import Table, as_csv, as_json

if TYPE_CHECKING:
    from keras_cnns.training import Data
    from keras_cnns.training.scoring import Scores

PAIRS = 5  # confused ones that are shown
COLUMNS = ("class", "taken_for", "images", "of")
stderr = Screen(stderr=True)


def evaluate_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|RUN|FILE.keras",
            help="A network's name, or what `keras-cnns train` wrote: a run's folder or a file.",
            autocompletion=complete_name,
        ),
    ],
    data: Annotated[
        Path, typer.Option(metavar="FOLDER", help="With a sub-folder of images for each class, by its name.")
    ],
    weights: Annotated[
        str, typer.Option(help="For a NAME: a source that `keras-cnns weights NAME` lists, or a file.")
    ] = "imagenet",
    like: Annotated[
        str | None,
        typer.Option(help="Published source with the same preprocessing, when --weights is a file."),
    ] = None,
    batch_size: Annotated[int, typer.Option(metavar="N", help="Images computed at once.", min=1)] = 32,
    matrix: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Write how often each class was taken for each."),
    ] = None,
    form: Printed = None,
    output: Written = None,
    force: Force = False,
) -> None:
    """Count how many images of a folder a model tells apart, and what it confuses most often.

    `keras-cnns evaluate runs/resnet18 --data more/` tests a model of your own. Each sub-folder of `more` has
    the name of a class. `keras-cnns evaluate resnet50 --data ILSVRC/val` tests published weights; there the
    sub-folders are named by WordNet numbers (n01440764) or by labels (tench).

    Images are prepared as `keras-cnns predict` does. Those that cannot be read are named and not counted.
    """
    target = checked_output(output, force)
    if matrix is not None:
        free_path(matrix, force, ".csv", option="--matrix")
    require_pillow("weights")
    asked = predict.asked_for(name, weights, like)
    warnings.filterwarnings("ignore", module=r"PIL\.")  # its remarks on files that it can read
    images = labelled_images(data, asked)
    if images.left_out:
        say(f"{data}: {left_out_text(images.left_out)}", screen=stderr)
    found = found_by(asked, images, batch_size)
    for line in images.unreadable.values():
        say(line, "error: ", stderr)
    writers = {
        Format.text: lambda: as_text(found, images),
        Format.csv: lambda: as_csv(confused_records(found, images.classes) or [dict.fromkeys(COLUMNS)]),
        Format.json: lambda: as_json(as_record(found, images)),
        Format.markdown: lambda: confused_table(found, images.classes).markdown(),
        Format.html: lambda: confused_table(found, images.classes).html(),
    }
    deliver(writers, form, target)
    if matrix is not None:
        from keras_cnns.training.confusion_table import confusion_csv

        with written_whole(matrix) as file:
            file.write_text(confusion_csv(found.table, images.classes), encoding="utf-8")
        say(f"{matrix} written.", screen=stderr if form else console)
    if images.unreadable:
        raise typer.Exit(1)


def labelled_images(folder: Path, asked: "predict.Asked") -> "Data":
    """Return the images in sub-folders that are named by the classes of what was asked for."""
    from keras_cnns.training.labelled_folder import labelled

    if asked.use is not None:
        return labelled(folder, asked.use.classes)
    from keras_cnns.weights.imagenet_classes import imagenet_classes

    classes = imagenet_classes()
    return labelled(folder, [label for _, label in classes], {wnid: i for i, (wnid, _) in enumerate(classes)})


def found_by(asked: "predict.Asked", images: "Data", batch_size: int) -> "Scores":
    """Let the model answer: images of one's own as in its training, others as is published."""
    from keras_cnns.training import evaluate, scores

    if asked.file is not None and asked.use is not None:
        model = own_model(asked.file, asked.use)
        return scores(model, images, batch_size, view_of(asked.use))
    model, prepare, _ = predict.opened(asked)
    return evaluate(model, images, tracked(prepare, len(images.test[0])), batch_size)


def tracked(prepare: Callable[[Any], Any], images: int) -> Callable[[Any], Any]:
    """Return what prepares an image and moves a bar on a terminal."""
    if not stderr.is_terminal:
        return prepare
    bar = iter(track(range(images), "Evaluating", console=stderr, transient=True))

    def prepared(image: Any) -> Any:
        next(bar, None)
        return prepare(image)

    return prepared


def confused(found: "Scores") -> list[tuple[int, int, int]]:
    """Return the pairs of classes that are confused most often: true class, read as, how many images."""
    wrong = found.table.copy()
    wrong[range(len(wrong)), range(len(wrong))] = 0
    places = (-wrong).ravel().argsort(kind="stable")[:PAIRS]
    pairs = [(*divmod(int(place), len(wrong)), int(wrong.ravel()[place])) for place in places]
    return [pair for pair in pairs if pair[2]]


def confused_records(found: "Scores", classes: list[str]) -> list[dict[str, object]]:
    """One record for each pair of classes that are confused often."""
    of = found.table.sum(axis=1)
    return [
        dict(zip(COLUMNS, (classes[true], classes[read], images, int(of[true]))))
        for true, read, images in confused(found)
    ]


def confused_table(found: "Scores", classes: list[str]) -> Table:
    rows = [[str(cell) for cell in line.values()] for line in confused_records(found, classes)]
    return Table(
        ["class", "taken for", "images", "of"], rows, left=(0, 1), notes=[("", line) for line in lines(found)]
    )


def lines(found: "Scores") -> list[str]:
    """Say how many images were told apart."""
    right, images = int(found.table.trace()), int(found.table.sum())
    said = [f"top-1: {found.top_1:.2%}, {right:,} of {images:,} images"]
    if len(found.table) > 5:
        said.append(f"top-5: {found.top_5:.2%}")
    empty = int((found.table.sum(axis=1) == 0).sum())
    if empty:
        said.append(f"{empty:,} of {len(found.table):,} classes have no image here")
    return said


def as_text(found: "Scores", images: "Data") -> str:
    said = lines(found)
    if images.unreadable:
        said.append(f"not counted, because they cannot be read: {len(images.unreadable):,}")
    page = "\n".join(said) + "\n"
    if not confused(found):
        return page + "no image is taken for another class\n"
    table = confused_table(found, images.classes)
    return page + "\n" + replace(table, title="Confused most often", notes=()).text(console.width)


def as_record(found: "Scores", images: "Data") -> dict[str, object]:
    return {
        "images": int(found.table.sum()),
        "top_1": found.top_1,
        "top_5": found.top_5,
        "loss": found.loss,
        "unreadable": [str(path) for path in images.unreadable],
        "left_out": dict(images.left_out),
        "confused": confused_records(found, images.classes),
    }
