"""The shapes written beside the code, such as "# 28x28x256", are those of the layers named in their lines."""

import ast
import re
from pathlib import Path

import pytest
from support.sizes import weightless_model

from keras_cnns import architectures

FILES = sorted(p for p in Path(architectures.__file__).parent.glob("*.py") if p.name != "__init__.py")
COMMENT = re.compile(r"^(.*?)\s+# (\d+)x(\d+)x(\d+)$")
# Any such comment, read without a look at what stands before it. The other files name their stages in a loop.
ANY = re.compile(r"#.*\d+x\d+x\d+\s*$", re.MULTILINE)
WITH = [file for file in FILES if ANY.search(file.read_text())]


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


@pytest.mark.parametrize("file", WITH, ids=lambda file: file.stem)
def test_shapes_beside_the_code_are_right(file):
    text = file.read_text()
    assert len(list(written(text, architectures.__all__))) == len(ANY.findall(text)) > 0
    assert not list(wrong(text))


def test_most_files_have_such_comments():
    assert len(WITH) > len(FILES) / 2 and {"lenet", "alexnet", "resnet"} <= {file.stem for file in WITH}


def test_a_wrong_shape_is_seen():
    text = next(file for file in FILES if file.stem == "lenet").read_text().replace("# 5x5x16", "# 5x5x6")
    assert list(wrong(text)) == [("lenet_5", "s4", (5, 5, 6), (5, 5, 16))]
