"""The outline of every network and of keras.applications is what was last read, and counts every layer.

`pytest tests/diagram/test_diagrams.py --update` rewrites the goldens; read the difference.
"""

from functools import cache
from pathlib import Path

import pytest
from support import unfolded
from support.layer_counts import count, drawn, unitless
from support.outline_grammar import bare, elements, expand, parse
from support.sizes import each, weightless

from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline

FOLDER = Path(__file__).parent / "goldens"
OURS = {row.name: (row.name, {}) for row in NETWORKS}
OURS |= {f"{row.name}_aux": (row.name, {"aux": True}) for row in NETWORKS if "aux" in row.options}
# fmt: off
APPLICATIONS = [
    "ConvNeXtTiny", "ConvNeXtBase", "DenseNet121", "DenseNet169", "DenseNet201", "EfficientNetB0",
    "EfficientNetB3", "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2S", "InceptionResNetV2",
    "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "NASNetMobile",
    "ResNet101", "ResNet101V2", "ResNet152", "ResNet50", "ResNet50V2", "VGG16", "VGG19", "Xception",
]
# fmt: on
ALL = [*OURS, *APPLICATIONS]


def model(name):
    network, options = OURS.get(name, (name, {}))
    return weightless(network, **options)


@cache
def facts(name):
    """The outline of a true picture, and what it must count."""
    built = model(name)
    unfolded.check(fold(built))
    return outline(built), count(built)


def text(name):
    return facts(name)[0]


def file(name):
    return FOLDER / f"{name}.txt" if name in OURS else FOLDER / "applications" / f"{name}.txt"


@pytest.mark.parametrize("name", each(ALL))
def test_outline(name, request):
    if request.config.getoption("--update"):
        file(name).parent.mkdir(parents=True, exist_ok=True)
        file(name).write_text(text(name) + "\n", encoding="utf-8")
    assert text(name) + "\n" == file(name).read_text(encoding="utf-8")


def test_no_outline_is_left_over():
    assert set(FOLDER.rglob("*.txt")) == {file(name) for name in ALL}


@pytest.mark.parametrize("name", each(name for name in ALL if not name.startswith("NASNet")))
def test_a_lane_has_no_more_boxes_than_a_screen_shows(name):
    assert len(list(elements(parse(text(name)).lane))) <= 16


@pytest.mark.parametrize("name", each(ALL))
def test_every_layer_and_badge_is_in_the_outline(name):
    labels, badges = drawn(*expand(parse(text(name))))
    expected_labels, expected_badges = facts(name)[1]
    assert badges == expected_badges
    assert unitless(labels) == unitless(expected_labels)
    with_units = {word: n for word, n in labels.items() if word.startswith("dense ")}
    assert all(n <= expected_labels[word] for word, n in with_units.items())


RESNET = (
    "input → conv 7×7 → max-pool 3×3 → conv block → [identity block]×2 → conv block → [identity block]×{} → "
)
RESNET += "conv block → [identity block]×{} → conv block → [identity block]×2 → global avg-pool → dense 1000"
INCEPTION_V1 = "input → Stem → [Inception]×2 → max-pool 3×3 → {} → max-pool 3×3 → [Inception]×2 → "
INCEPTION_V1 += "global avg-pool → dense 1000"
# As the article's figures and the papers have them, softmax and badges left out.
LANES = {
    "alexnet": "input → conv 11×11 → max-pool 3×3 → conv 5×5 → max-pool 3×3 → [conv 3×3]×3 → max-pool 3×3 → "
    "dense 4096 → dense 4096 → dense 1000",
    "vgg16": "input → [conv 3×3 → conv 3×3 → max-pool 2×2]×2 → [conv 3×3 → conv 3×3 → conv 3×3 → "
    "max-pool 2×2]×3 → dense 4096 → dense 4096 → dense 1000",
    "inception_v1": INCEPTION_V1.format("[Inception]×5"),
    "inception_v1_aux": INCEPTION_V1.format("Inception → [Inception]×3 → Inception"),
    "inception_net": INCEPTION_V1.format("Inception → [Inception]×3 → Inception"),
    "inception_v3": "input → Stem → [Inception-A]×3 → Reduction-A → [Inception-B]×4 → Reduction-B → "
    "[Inception-C]×2 → global avg-pool → dense 1000",
    "resnet50": RESNET.format(3, 5),
    "resnet101": RESNET.format(3, 22),
    "resnet152": RESNET.format(7, 35),
    "resnet56": "input → conv 3×3 → [identity block]×9 → [shrinking block → [identity block]×8]×2 → "
    "global avg-pool → dense 10",
    "resnext50": RESNET.format(3, 5),
    "resnext101": RESNET.format(3, 22),
    "resnext101_64x4d": RESNET.format(3, 22),
    "xception": "input → [conv 3×3]×2 → [Entry module]×3 → [Middle module]×8 → Exit module → "
    "[conv sep 3×3]×2 → global avg-pool → dense 1000",
    "inception_v4": "input → Stem → [Inception-A]×4 → Reduction-A → [Inception-B]×7 → Reduction-B → "
    "[Inception-C]×3 → global avg-pool → dense 1000",
    "inception_resnet_v1": "input → Stem → [Inception-ResNet-A]×5 → Reduction-A → [Inception-ResNet-B]×10 → "
    "Reduction-B → [Inception-ResNet-C]×5 → global avg-pool → dense 1000",
    "inception_resnet_v2": "input → Stem → Inception-A → [Inception-ResNet-A]×10 → Reduction-A → "
    "[Inception-ResNet-B]×20 → Reduction-B → [Inception-ResNet-C]×10 → conv 1×1 → global avg-pool → "
    "dense 1000",
    "ResNet50": RESNET.format(3, 5),
    "ResNet152": RESNET.format(7, 35),
}
LANES |= {name + "_aux": LANES[name] for name in ("inception_v3", "inception_v4")}


@pytest.mark.parametrize("name", LANES)
def test_lane(name):
    assert bare(parse(text(name)).lane) == LANES[name]


def test_lane_of_lenet_draws_every_layer_of_the_paper():
    lane = ["input", *["conv 5×5", "avg-pool 2×2"] * 2, "conv 5×5", "dense 84", "dense 10"]
    labels, _ = expand(parse(text("lenet_5")))
    assert labels == {word: lane.count(word) for word in lane}
    assert text("lenet_5").count("·T") == 6 and text("lenet_5").count("·S") == 1


# Rows from the papers' figures: the branches of each module, in any order.
MODULES = {
    ("resnet56", "identity block"): {"conv 3×3 → conv 3×3", ""},
    ("resnet56", "shrinking block"): {"conv 3×3 → conv 3×3", "avg-pool 1×1 → pad"},
    ("inception_v1", "Inception"): {
        "conv 1×1",
        "conv 1×1 → conv 3×3",
        "conv 1×1 → conv 5×5",
        "max-pool 3×3 → conv 1×1",
    },
    ("inception_v3", "Inception-A"): {
        "conv 1×1",
        "conv 1×1 → conv 5×5",
        "conv 1×1 → [conv 3×3]×2",
        "avg-pool 3×3 → conv 1×1",
    },
    ("inception_v3", "Reduction-B"): {
        "conv 1×1 → conv 3×3",
        "conv 1×1 → conv 1×7 → conv 7×1 → conv 3×3",
        "max-pool 3×3",
    },
    ("inception_v4", "Inception-C"): {
        "conv 1×1",
        "conv 1×1 → ( conv 1×3 | conv 3×1 )",
        "conv 1×1 → conv 3×1 → conv 1×3 → ( conv 1×3 | conv 3×1 )",
        "avg-pool 3×3 → conv 1×1",
    },
    ("resnet50", "conv block"): {"conv 1×1 → conv 3×3 → conv 1×1", "conv 1×1"},
    ("resnet50", "identity block"): {"conv 1×1 → conv 3×3 → conv 1×1", ""},
    ("xception", "Entry module"): {"conv sep 3×3 → conv sep 3×3 → max-pool 3×3", "conv 1×1"},
    ("xception", "Middle module"): {"conv sep 3×3 → conv sep 3×3 → conv sep 3×3", ""},
}


@pytest.mark.parametrize(("name", "module"), MODULES)
def test_branches_of_a_module(name, module):
    fork, join = parse(text(name)).modules[module]
    assert {bare(branch) for branch in fork.all} == MODULES[name, module]
    assert join.label == ("concat" if "Inception" in module or "Reduction" in module else "add")


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("inception_v1_aux", ["inception_4a", "inception_4d"]),
        ("inception_v3_aux", ["inception_b4"]),
        ("inception_v4_aux", ["inception_b7"]),
    ],
)
def test_heads_say_what_they_leave_from(name, sources):
    heads = parse(text(name)).aux
    assert [head[0].notes for head in heads] == [[f"from {source}"] for source in sources]


def test_equal_towers_are_said_in_numbers():
    assert "conv 3×3 ·BR 32 groups" in text("resnext50")
    assert "conv 3×3 ·BR 64 groups" in text("resnext101_64x4d")
