"""A model of one's own to begin a training with: a `.keras` file, or the run of another training."""

from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns import backends
from keras_cnns.api import create
from keras_cnns.building import without_weights
from keras_cnns.cli.common import say
from keras_cnns.cli.predict_own import use_of
from keras_cnns.cli.train_asked import Asked

if TYPE_CHECKING:
    import keras


def resolve_own(asked: Asked, file: Path) -> None:
    """Note what a model's file says of itself: options of the network, size, classes, and values of images.

    Raises:
        ValueError: if it is another network, or it does not say how it sees images.
    """
    if asked.like is not None:
        raise ValueError(f"--like goes with a file of weights alone; {file} says itself how it sees images.")
    use = use_of(file)
    backends.ask_for_onednn()
    backends.require_backend()
    from keras_cnns import architectures  # noqa: F401  registers the layers that our networks define
    from keras_cnns.keras_files.architecture import load_architecture
    from keras_cnns.weights.matching.recognize import recognize_options

    model = load_architecture(file)
    if model.name != asked.row.name:
        raise ValueError(
            f"--weights must be a {asked.row.name} for NAME {asked.network}; {file} is {model.name}."
        )
    options = recognize_options(model)
    asked.size = asked.size or model.input_shape[1]
    asked.start = {
        "weights": str(file.absolute()),
        "options": options,
        "mean": list(use.mean),
        "std": list(use.std),
        "order": use.order,
        "cropped": use.cropped,
        "classes": list(use.classes),
    }


def begun_with_own(asked: Asked, names: list[str]) -> "keras.Model":
    """Return the network with the weights of the file, but a new classifier where the classes are others."""
    start = asked.start or {}
    build = (asked.row.name, asked.in_shape)
    options = asked.variant | start["options"]
    theirs = create(*build, len(start["classes"]), "sgd", start["weights"], **options)
    if start["classes"] == names:
        return theirs
    model = create(*build, len(names), "sgd", **options)
    others = without_weights(*build, len(names) + 1, **options)  # where it differs, there are the classes
    new = []
    for layer, own, other in zip(model.layers, theirs.layers, others.layers):
        if [weight.shape for weight in layer.weights] == [weight.shape for weight in other.weights]:
            layer.set_weights(own.get_weights())
        else:
            new.append(layer.name)
    say(
        f"{Path(start['weights']).name} tells apart other classes; {', '.join(new)} of this {model.name} "
        "keeps its initial weights, all others were loaded"
    )
    return model
