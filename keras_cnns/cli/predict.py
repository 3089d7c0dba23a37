"""`keras-cnns predict`: what is in these pictures?"""

import csv
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.progress import track

from keras_cnns.backends import require_backend
from keras_cnns.catalog import facts
from keras_cnns.cli.common import Force, Screen, complete_name, console, say
from keras_cnns.cli.output_format import Format, Printed, Written, checked_output, deliver
from keras_cnns.cli.predict_own import named, own_file, own_model, prepared, use_of
from keras_cnns.images import SUFFIXES, left_out_text, listed, read, require_pillow
from keras_cnns.keras_files.stored_use import Use
from keras_cnns.safe_text import csv_text
from keras_cnns.tables import Table, as_csv, as_json
from keras_cnns.weights.formats import require_reader

if TYPE_CHECKING:
    import keras
    import numpy as np

    from keras_cnns.weights import Prediction, Preprocessing, WeightSet

Result = tuple[Path, "list[Prediction]"]
COLUMNS = ("file", "rank", "wnid", "label", "probability")

# From here on an engine wins back the time in which it is made, measured with ResNet-18 and ResNet-50.
MANY = 3000

stderr = Screen(stderr=True)


class Engine(str, Enum):
    """What `--engine` takes."""

    keras = "keras"
    onnxruntime = "onnxruntime"
    openvino = "openvino"
    frozen = "frozen"


def predict_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|RUN|FILE.keras",
            help="A network's name, or what `keras-cnns train` wrote: a run's folder or a file.",
            autocompletion=complete_name,
        ),
    ],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Image files, or folders of them.")],
    weights: Annotated[
        str, typer.Option(help="A source that `keras-cnns weights NAME` lists, or a file.")
    ] = "imagenet",
    like: Annotated[
        str | None,
        typer.Option(help="Published source with the same preprocessing, when --weights is a file."),
    ] = None,
    top: Annotated[int, typer.Option(help="How many classes for each image.", min=1)] = 5,
    batch_size: Annotated[int, typer.Option(help="Images computed at once.", min=1)] = 32,
    engine: Annotated[
        Engine | None,
        typer.Option(
            help=f"What computes: keras, or an engine of keras_cnns.inference. Default: the quickest that is "
            f"installed from {MANY:,} images on, keras for fewer, for which making an engine takes longer "
            "than it saves."
        ),
    ] = None,
    form: Printed = None,
    output: Written = None,
    force: Force = False,
) -> None:
    """Say what is in photographs: the likeliest of ImageNet's 1000 classes, or of your own.

    `keras-cnns predict resnet50 cat.jpg photos/` downloads the published weights once, preprocesses each
    image as the weights expect, and prints the classes. `keras-cnns predict runs/resnet18 cat.jpg` takes a
    model of your own, whose file names its classes and says how it sees images. Unreadable files are
    reported; the rest are still processed. A folder of thousands goes through onnxruntime or OpenVINO if one
    is installed.
    """
    target = checked_output(output, force)
    require_pillow("weights")
    asked = asked_for(name, weights, like)
    warnings.filterwarnings("ignore", module=r"PIL\.")  # its remarks on files that it can read
    files = image_files(images)
    if not any(image.exists() for image in files):
        for image in files:
            say(f"{image}: there is no such file", "error: ", stderr)
        raise typer.Exit(1)
    model, prepare, decoded = opened(asked)
    unreadable: list[Path] = []
    compute, words = computed_by(model, engine, len(files), batch_size)
    results = predictions(compute, words, prepare, decoded, files, top, batch_size, unreadable)
    if form is Format.csv and target is None:
        print_csv(results)
    else:
        found = list(results)
        writers = {
            Format.text: lambda: text_table(found).text(console.width) if found else "",
            Format.csv: lambda: as_csv(list(records(found))),
            Format.json: lambda: as_json(grouped(found)),
            Format.markdown: lambda: text_table(found).markdown(),
            Format.html: lambda: text_table(found).html(),
        }
        deliver(writers, form, target)
    if unreadable:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Asked:
    """What computes: the file of one's own model and its use, or a set of published weights."""

    file: Path | None
    use: Use | None
    row: "WeightSet | None"
    weights: str


def asked_for(name: str, weights: str, like: str | None) -> Asked:
    """Return what a network's name, a run or a file means, before anything is fetched or a backend loaded.

    Raises:
        ValueError: if there is no such thing, or the file does not say how it is used.
        ImportError: if the package that reads the weights, or Keras' backend, is missing.
    """
    file = own_file(name)
    if file is None:
        row = weight_set(facts.find_network(name).name, weights, like)
        require_reader(weights if is_file(weights) else row.file.name)
        asked = Asked(None, None, row, weights)
    elif weights != "imagenet" or like is not None:
        raise ValueError("--weights and --like are for a network's name; a file has its own weights.")
    else:
        asked = Asked(file, use_of(file), None, weights)
    require_backend()
    return asked


def opened(asked: Asked) -> tuple["keras.Model", Callable[[Path], "np.ndarray"], Callable[[Any, int], Any]]:
    """Return the model, what prepares an image file for it, and what names the likeliest classes."""
    if asked.file is not None and asked.use is not None:
        model = own_model(asked.file, asked.use)
        return model, prepared(model, asked.use), named(asked.use)
    assert asked.row is not None
    return load(asked.row, asked.weights), *published(asked.row)


def image_files(paths: list[Path]) -> list[Path]:
    """Return the files, and in place of folders the images in them by name; say what is left out there."""
    files = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside, left_out = listed(path)
        if not inside:
            raise ValueError(f"IMAGE must be images, or folders of {' '.join(SUFFIXES)}; got {path}.")
        if left_out:
            say(f"{path}: {left_out_text(left_out)}", screen=stderr)
        files += inside
    return files


def weight_set(name: str, weights: str, like: str | None) -> "WeightSet":
    """Return the published set of that source, or the one that the file is, or is like."""
    from keras_cnns.weights import SETS, find

    if not is_file(weights):
        if like is not None:
            raise ValueError(f"--like goes with a file of weights; {weights} is not a file.")
        row = find(name, weights)
    else:
        same = [row for row in SETS if (row.network, row.file.name) == (name, Path(weights).name)]
        if like is None and not same:
            raise ValueError(
                f"{weights} is not a published file by its name: say with --like SOURCE which published "
                f"weights it was trained like; `keras-cnns weights {name}` lists them."
            )
        row = find(name, like) if like else same[0]
    if row.preprocessing is None:
        raise ValueError(
            f"the preprocessing of {row.source}'s weights for {name} is unknown; choose another source."
        )
    return row


def is_file(weights: str) -> bool:
    """Whether `weights` is a file, and not one that happens to be called like a source."""
    from keras_cnns.weights import SETS

    return weights not in {"imagenet", *(row.source for row in SETS)} and Path(weights).is_file()


def load(row: "WeightSet", weights: str) -> "keras.Model":
    """Build the network with its weights; they must be there for every layer."""
    import keras_cnns

    size = cast("Preprocessing", row.preprocessing).size  # weight_set refuses rows without
    build = partial(keras_cnns.create, row.network, (size, size, 3), row.classes)
    options: dict[str, Any] = dict(row.options)
    if not is_file(weights):
        return build(weights=row.source, **options)
    model = build(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the next lines say the same
        missing = keras_cnns.load_weights(model, weights).new
    if missing:
        raise ValueError(
            f"{weights} must have weights for {row.classes} classes; it has none for {missing[0]}."
        )
    return model


def computed_by(
    model: "keras.Model", engine: Engine | None, images: int, batch_size: int
) -> tuple[Callable[["np.ndarray"], Any], str]:
    """What computes the probabilities of a batch, and its name."""
    if engine is Engine.keras or engine is None and images < MANY:
        return partial(model.predict, batch_size=batch_size, verbose=0), "Keras"
    from keras_cnns.engines.inference import inference

    made = inference(model, engine.value if engine else None)
    if engine is None:
        for name, reason in made.reasons.items():
            say(f"not {name}: {reason}", screen=stderr)
    return partial(made, batch_size=batch_size), made.words


def published(row: "WeightSet") -> tuple[Callable[[Path], "np.ndarray"], Callable[[Any, int], list[Any]]]:
    """Return what prepares an image file as published weights expect, and what names their classes."""
    from keras_cnns.weights import decode, preprocess

    return lambda file: preprocess(row, read(file)), decode


def predictions(
    compute: Callable[["np.ndarray"], Any],
    words: str,
    prepare: Callable[[Path], "np.ndarray"],
    decoded: Callable[[Any, int], list[Any]],
    files: list[Path],
    top: int,
    batch_size: int,
    unreadable: list[Path],
) -> Iterator[Result]:
    """Give the likeliest classes of each image in turn; tell and collect those that cannot be read."""
    import numpy as np

    names, batch = [], []
    quiet = not stderr.is_terminal
    tracked = track(files, f"Predicting with {words}", console=stderr, transient=True, disable=quiet)
    for number, file in enumerate(tracked, 1):
        try:
            image = prepare(file)
        except ValueError as error:
            unreadable.append(file)
            say(str(error), "error: ", stderr)
        else:
            # One by one: a batch of photographs as they are would not fit into memory.
            batch.append(image)
            names.append(file)
        if batch and (len(batch) == batch_size or number == len(files)):
            yield from zip(names, decoded(compute(np.concatenate(batch)), top))
            names, batch = [], []


def grouped(results: list[Result]) -> list[dict[str, object]]:
    return [
        {"file": str(file), "predictions": [prediction._asdict() for prediction in best]}
        for file, best in results
    ]


def records(results: Iterable[Result]) -> Iterator[dict[str, object]]:
    """One record per image and class."""
    for file, best in results:
        for rank, (wnid, label, probability) in enumerate(best, 1):
            yield dict(zip(COLUMNS, (str(file), rank, wnid, label, f"{probability:.6f}")))


def print_csv(results: Iterator[Result]) -> None:
    """Print CSV line by line, as results come."""
    lines = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    lines.writeheader()
    for result in results:
        lines.writerows(
            {**line, "file": csv_text(str(line["file"])), "label": csv_text(str(line["label"]))}
            for line in records([result])
        )
        sys.stdout.flush()


def text_table(results: list[Result]) -> Table:
    rows = [
        [str(file) if rank == 0 else "", f"{probability:.1%}", label]
        for file, best in results
        for rank, (_, label, probability) in enumerate(best)
    ]
    return Table(["image", "probability", "class"], rows, left=(0, 2))
