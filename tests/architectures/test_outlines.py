"""Every network is, layer by layer and edge by edge, what was last read and agreed to.

`pytest tests/architectures/test_outlines.py --update` rewrites the outlines; read the difference.
"""

from pathlib import Path

import pytest
from support.parity import mutant
from support.sizes import each, weightless, weightless_model
from support.summary import summary

from keras_cnns import architectures
from keras_cnns.catalog.facts import NETWORKS

FOLDER = Path(__file__).parent / "outlines"
CASES = {row.name: (row.factory, {}) for row in NETWORKS}
CASES |= {"inception_v3_aux": (architectures.inception_v3, {"aux": True})}
CASES |= {"inception_v4_aux": (architectures.inception_v4, {"aux": True})}
CASES |= {"resnet50_v1_5": (architectures.resnet50, {"stride_in_3x3": True})}
CASES |= {"alexnet_224": (architectures.alexnet, {"in_shape": (224, 224, 3)})}


@pytest.mark.parametrize("name", each(CASES))
def test_outline(name, request):
    factory, options = CASES[name]
    text, file = summary(weightless(factory.__name__, **options)), FOLDER / f"{name}.txt"
    if request.config.getoption("--update"):
        file.write_text(text)
    assert text == file.read_text()


def test_no_outline_is_left_over():
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "resnet50",
            """layers.ReLU(name=f"{name}_2_relu")(conv_bn(y, width, 3, strides[1], f"{name}_2"))""",
            """conv_bn(y, width, 3, strides[1], f"{name}_2")""",
        ),
        ("resnet50", "epsilon=1e-5", "epsilon=1e-3"),
        ("resnet50", "layers.MaxPooling2D", "layers.AveragePooling2D"),
        ("resnet50", "he_normal", "glorot_uniform"),
        ("inception_v4", "(224, (1, 7)), (256, (7, 1))", "(224, (7, 1)), (256, (1, 7))"),
        ("inception_v4", "pooling_tower(x, 96, name)", 'branch(x, f"{name}_pool", (96, 1))'),
        ("xception", "[x, shortcut]", "[shortcut, x]"),
        ("inception_v1", '"k": 1.0', '"k": 2.0'),
    ],
)
def test_mistakes_that_counts_cannot_see_change_the_outline(name, old, new):
    wrong = mutant(CASES[name][0], old, new)
    assert summary(weightless_model(wrong)) != (FOLDER / f"{name}.txt").read_text()
