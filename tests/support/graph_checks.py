"""What must hold of any network, however odd: each step of `STEPS` puts it through one part of the package.

A step raises an AssertionError, or whatever the package raises by mistake. Refusals that are documented are
counted by their reason.
"""

import csv
import io
import json
import re
import tempfile
import unicodedata
import zipfile
from collections import Counter
from html.parser import HTMLParser
from math import prod
from pathlib import Path
from xml.etree import ElementTree

import keras
from keras import layers

import keras_cnns
from keras_cnns import visualize
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.exercises.choice import mutate
from keras_cnns.graph import read
from keras_cnns.keras_files.architecture import load_architecture
from keras_cnns.weightless import build_weightless
from support import scene_reader, unfolded
from support.altered import altered, built, compute_the_same
from support.random_graphs import random_model
from support.random_layers import Choice

OURS = {"html", "head", "meta", "title", "style", "body", "div", "p", "strong", "ul", "li", "br"}
OURS |= {"table", "caption", "thead", "tbody", "tr", "th", "td", "span"}
FORMATS = ("text", "csv", "json", "markdown", "html")
KERNELS = {f"Conv{n}D": getattr(layers, f"Conv{n}D") for n in (1, 2, 3)} | {"Dense": layers.Dense}
# The beginnings of what the package says, as documented, to a network that a part of it does not take.
REFUSALS = {
    "mutate": (
        "model must be of layers that give one tensor each",
        "model must be of layers that can be rebuilt from their config",
        "has no place for a mistake",
    ),
    "file": ("which runs code that comes with the file", "which is neither Keras' own nor this package's"),
    "parts": ("model must end in one path", "landmarks must name one output each"),
}


class Trial:
    """A random network, the random choices of its tests, and what was refused."""

    def __init__(self, seed: int, most_layers: int | None = None):
        self.seed = seed
        self.r = Choice(f"trial {seed}")
        self.model = random_model(seed, most_layers)
        self.refusals: Counter[str] = Counter()

    def refused(self, step: str, error: ValueError) -> None:
        """Count a refusal; raise it again if it is none that is documented."""
        reason = next((reason for reason in REFUSALS[step] if reason in str(error)), None)
        if reason is None:
            raise error
        self.refusals[f"{step}: {reason}"] += 1

    def in_shape(self) -> list[tuple[int, ...]] | None:
        """A size for each that the network leaves open, in the order of its inputs."""
        if all(None not in tensor.shape[1:] for tensor in self.model.inputs):
            return None
        return [
            tuple(self.r.randint(6, 16) if n is None else n for n in tensor.shape[1:])
            for tensor in self.model.inputs
        ]


def picture(trial: Trial) -> None:
    """The compact picture in any of its ways: it parses, and its arrows are the network's."""
    r = trial.r
    words = ("show_shapes", "show_dtype", "show_layer_names", "show_trainable", "show_params", "legend")
    options = {word: r.often(0.5) for word in words} | {"expand_nested": r.often(0.5)}
    drawn = visualize.plot_model(trial.model, rankdir=r.choice((None, "LR", "RL", "TB", "BT")), **options)
    check_xml(drawn.svg())
    if r.often(0.2):
        assert "digraph" in drawn.dot().to_string()


def folded(trial: Trial) -> None:
    """Each layer is in one box, and arrows with repeats and modules written out are the network's edges."""
    for expand in (False, True):
        diagram = fold(trial.model, expand)
        unfolded.check_every_vertex(diagram)
        if expand or not any(module.kind == "model" for module in diagram.modules):
            for said, true in unfolded.edges(diagram):
                assert said == true
        text = visualize.outline(trial.model, expand)
        check_plain(text)
        assert text.split("\n")[1].startswith("lane: ")


def profile(trial: Trial) -> None:
    """Parameters are Keras', kernels cost what their shapes say, outputs have the shapes that Keras says."""
    model, in_shape = trial.model, trial.in_shape()
    found = keras_cnns.profile(model, trial.r.randint(1, 4), in_shape=in_shape)
    assert found.params == model.count_params()
    trained = {id(weight): prod(weight.shape) for weight in model.trainable_weights}
    assert found.trainable_params == sum(trained.values())
    for stages in (None, True, False):
        check_plain(found.text(stages))
    check_formats(found)
    check_outputs(model, in_shape, found)
    if in_shape is None:
        check_kernels(model, found)


def check_outputs(model, in_shape, found) -> None:
    """What the network gives has the shapes that Keras infers for the whole of it."""
    shapes = [tuple(tensor.shape) for tensor in model.outputs]
    if in_shape is not None:
        given = [keras.KerasTensor((1, *s), t.dtype) for s, t in zip(in_shape, model.inputs)]
        try:
            shapes = [tuple(t.shape) for t in keras.tree.flatten(build_weightless(whole, model, given))]
        except Exception:  # Keras cannot infer it, either
            return
    graph = read(model, expand_nested=True)
    for i, shape in zip(graph.outputs, shapes):
        known = None not in (*found.rows[i].shape[1:], *shape[1:])
        if known and len(graph.vertices[i].shapes) == 1:
            assert found.rows[i].shape[1:] == shape[1:]


def whole(model, given):
    """The outputs of a network for inputs in the order of `model.inputs`."""
    again = keras.Model(model.inputs, model.outputs)
    return again.compute_output_spec(given)


def check_kernels(model, found) -> None:
    """Convolutions and dense layers: a multiply-add for each weight of the kernel at each position."""
    counted = Counter(), Counter()
    for operation, inputs, outputs in calls(model):
        kernel = KERNELS.get(type(operation).__name__)
        if type(operation) is kernel and None not in (*inputs[1:], *outputs[1:]):
            first = getattr(operation, "data_format", None) == "channels_first"
            places = outputs[2:] if first else outputs[1:-1]
            weights = next(w for w in operation.weights if w.name == "kernel")
            counted[0][operation.name] += prod(weights.shape) * prod(places)
    for row in found.rows:
        if row.kind in KERNELS and row.macs is not None and row.name in counted[0]:
            counted[1][row.name] += row.macs
    assert +counted[0] == +counted[1]


def calls(model):
    """Each call of a layer with the shapes that it reads and gives, those of models inside included."""
    inner = getattr(model, "_functional", None) or model
    for nodes in inner._nodes_by_depth.values():
        for node in nodes:
            operation = node.operation
            if isinstance(operation, keras.Model):
                yield from calls(operation)
            elif node.input_tensors:
                yield operation, tuple(node.input_tensors[0].shape), tuple(node.outputs[0].shape)


def same(trial: Trial) -> None:
    """A network is exactly itself, and what Keras clones of it."""
    assert keras_cnns.compare(trial.model, trial.model).verdict == "exact"
    try:
        clone = build_weightless(keras.models.clone_model, trial.model)
    except Exception:  # some functions and custom classes cannot be cloned
        trial.refusals["same: Keras cannot clone it"] += 1
        return
    report = keras_cnns.compare(clone, trial.model)
    assert report.verdict == "exact", report.text()


def different(trial: Trial) -> None:
    """Two random networks: every format, and the marked picture."""
    other = random_model(trial.seed + 1_000_000)
    report = keras_cnns.compare(trial.model, other)
    assert report.verdict in ("exact", "equivalent", "same shapes", "different", "unknown")
    assert report.parameters == (trial.model.count_params(), other.count_params())
    check_plain(report.text())
    check_formats(report)
    check_html(report.page())
    check_xml(report.diagram().svg())


def mutant(trial: Trial) -> None:
    """A mistake in the network: the mutant can be drawn, counted and compared."""
    try:
        wrong, change = mutate(trial.model, trial.seed)
    except ValueError as error:
        trial.refused("mutate", error)
        return
    assert change.mistake
    visualize.outline(wrong)
    keras_cnns.profile(wrong, in_shape=trial.in_shape())
    assert keras_cnns.compare(wrong, trial.model).verdict in (
        "exact",
        "equivalent",
        "same shapes",
        "different",
        "unknown",
    )
    trial.refusals["mutate: (made)"] += 1


def file(trial: Trial) -> None:
    """The network in a .keras file is the same network after reading."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        try:
            write(trial.model, path)
        except Exception:  # Keras cannot serialize it
            trial.refusals["file: Keras cannot write it"] += 1
            return
        try:
            loaded = load_architecture(path)
        except ValueError as error:
            refused = "does not describe a model that can be built" in str(error)
            if refused and not keras_loads(path):
                trial.refusals["file: Keras cannot read it"] += 1
                return
            trial.refused("file", error)
            return
    trial.refusals["file: (read)"] += 1
    assert loaded.count_params() == trial.model.count_params()
    assert visualize.outline(loaded, True) == visualize.outline(trial.model, True)
    in_shape = trial.in_shape()
    given = {"in_shape": in_shape}
    mine, theirs = (unnamed(keras_cnns.profile(m, **given)) for m in (trial.model, loaded))
    found = keras_cnns.compare(loaded, trial.model)
    if "keras_cnns.keras_files.opaque_layer" in loaded.to_json():  # code that is not in the file
        trial.refusals["file: (read, with unknown code)"] += 1
        assert found.verdict != "exact" and "the code is not in the file" in str(found)
        return
    assert mine == theirs
    assert found.verdict == "exact"


def unnamed(profile) -> dict:
    """A profile without what the names of functions decide, which Keras gives again when it reads a file."""
    found = json.loads(profile.json())
    del found["uncounted"]
    for row in found["rows"]:
        del row["name"], row["stage"]
    return found


def setting(trial: Trial) -> None:
    """With one setting changed, a network is called the same only if it computes the same."""
    try:
        config = keras.saving.serialize_keras_object(trial.model)
        changed, what = altered(config, Choice(f"setting {trial.seed}"))
        other = build_weightless(built, changed)
    except Exception:  # no such network can be written, or built
        trial.refusals["setting: no such network"] += 1
        return
    verdict = keras_cnns.compare(other, trial.model).verdict
    trial.refusals[f"setting: ({verdict})"] += 1
    if verdict in ("exact", "equivalent"):
        try:
            same_numbers = compute_the_same(built(config), built(changed))
        except Exception:  # some networks can be built and not be computed
            trial.refusals["setting: cannot be computed"] += 1
            return
        assert same_numbers, what


def write(model, path: Path) -> None:
    """What `model.save` writes of the architecture; these networks have no values to write."""
    config = json.dumps(keras.saving.serialize_keras_object(model))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config)


def keras_loads(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    try:
        build_weightless(keras.saving.deserialize_keras_object, config)
    except Exception:  # whatever Keras raises
        return False
    return True


def parts(trial: Trial) -> None:
    """Backbone, features and the network without auxiliary outputs."""
    from keras_cnns import submodels

    names = [operation.name for operation in trial.model.operations if isinstance(operation, keras.Layer)]
    for cut in (submodels.backbone, submodels.without_aux, lambda m: submodels.features(m, names[-1])):
        try:
            build_weightless(cut, trial.model)
        except ValueError as error:
            trial.refused("parts", error)


def check_formats(result) -> None:
    """CSV, JSON, Markdown and HTML are what they should be, whatever the names are."""
    check_html(result.html())
    json.loads(result.json())
    for row in csv.reader(io.StringIO(result.csv())):
        for cell in row:
            number = re.fullmatch(r"[-+]?[\d.,]+(e[-+]\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    text = result.markdown()
    check_plain(text)
    assert not re.search(r"(?<!\\)(<img|\]\(javascript)", text)


def check_plain(text: str) -> None:
    """Nothing in it does anything to a terminal, or to the order of the letters."""
    for letter in text:
        assert letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp"), repr(
            letter
        )


def check_xml(svg: str) -> None:
    ElementTree.fromstring(svg)
    assert "<img" not in svg


def check_html(html: str) -> None:
    tags = Tags()
    tags.feed(html)
    assert tags.found <= OURS, tags.found - OURS
    assert not tags.attributes - {"style", "scope", "charset", "class", "colspan"}, tags.attributes


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self):
        super().__init__()
        self.found, self.attributes = set(), set()

    def handle_starttag(self, tag, attributes):
        self.found.add(tag)
        self.attributes |= {name for name, _ in attributes}


def layers_of(model) -> int:
    """How many layers and functions are in a network, those of models inside included."""
    inner = getattr(model, "_functional", None) or model
    return sum(layers_of(one) if isinstance(one, keras.Model) else 1 for one in inner.operations)


def scene(trial: Trial) -> None:
    """What an eye reads in the finished picture are the network's own layers and edges."""
    rankdir = trial.r.choice(visualize.DIRECTIONS)
    drawn = visualize.plot_model(trial.model, rankdir=rankdir)
    found = scene_reader.differences(trial.model, drawn.scene, rankdir)
    assert not found, "; ".join(found)


ALL = (folded, picture, scene, profile, same, different, setting, mutant, file, parts)
STEPS = {step.__name__: step for step in ALL}
