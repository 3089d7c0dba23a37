"""The shapes written beside the code, such as "# 28x28x256", are those of the layers named in their lines."""

import ast
import re
from pathlib import Path

import pytest
from support.sizes import weightless_model

from keras_cnns import architectures

FILES = sorted(p for p in Path(architectures.__file__).parent.glob("*.py") if p.name != "__init__.py")
COMMENT = re.compile(r"^(.*?)\s+# (\d+)x(\d+)x(\d+)$")
# The files whose stages end in a line of their own; the others name them in a loop or in a table of depths.
HOW_MANY = {"alexnet": 6, "inception_resnet": 6, "inception_v1": 10, "inception_v2": 11, "inception_v3": 3}
HOW_MANY |= {"inception_v4": 3, "lenet": 7, "resnet": 1, "resnet_cifar": 1, "resnext": 1, "xception": 5}


def written(text, factories):
    """For each comment: its factory, or the file's first; the layer that its line names; the shape."""
    names = [f for f in factories if re.search(rf"^def {f}\(", text, re.MULTILINE)]
    owner = dict.fromkeys(range(1, len(text.splitlines()) + 1), names[0])
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name in names:
            owner |= dict.fromkeys(range(node.lineno, node.end_lineno + 1), node.name)
    for number, line in enumerate(text.splitlines(), start=1):
        if found := COMMENT.match(line):
            code, *shape = found.groups()
            row = re.match(r'\s+"(\w+)": \(', code)
            layer = (
                f"inception_{row[1]}" if row else re.findall(r'"([a-z]\w*)"', code.replace('"same"', ""))[-1]
            )
            yield owner[number], layer, tuple(map(int, shape))


def wrong(text):
    models = {}
    for factory, layer, shape in written(text, architectures.__all__):
        if factory not in models:
            models[factory] = weightless_model(getattr(architectures, factory))
        real = models[factory].get_layer(layer).output.shape[1:]
        if real != shape:
            yield factory, layer, shape, real


@pytest.mark.parametrize("file", [f for f in FILES if f.stem in HOW_MANY], ids=lambda file: file.stem)
def test_shapes_beside_the_code_are_right(file):
    text = file.read_text()
    assert len(list(written(text, architectures.__all__))) == HOW_MANY[file.stem]
    assert not list(wrong(text))


def test_every_such_comment_is_checked():
    found = {file.stem for file in FILES if any(map(COMMENT.match, file.read_text().splitlines()))}
    assert found == set(HOW_MANY)


def test_a_wrong_shape_is_seen():
    text = next(file for file in FILES if file.stem == "lenet").read_text().replace("# 5x5x16", "# 5x5x6")
    assert list(wrong(text)) == [("lenet_5", "s4", (5, 5, 6), (5, 5, 16))]
