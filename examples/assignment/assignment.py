"""The assignment in one place: `python assignment.py` writes its notebooks for nbgrader and for otter-grader.

Each task has a text, a solution, and points. The notebooks beside this file are what it writes: the
instructor's with solutions, and what students get. Change the tasks here, and write the notebooks anew.
"""

from dataclasses import dataclass
from pathlib import Path

import nbformat
import nbformat.v4 as v4

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Task:
    """One network to build.

    Attributes:
        name: of the task, and of the function that a student writes: build_<name>.
        points: what a right network gets.
        text: what the student reads.
        reference: how the network is compared, as arguments of `keras_cnns.compare`.
        solution: the body of the function.
    """

    name: str
    points: int
    text: str
    reference: str
    solution: str


LENET = Task(
    "lenet",
    4,
    "## 1. LeNet\n\nBuild the network of Caffe's MNIST example, often called LeNet, for 28×28×1 and "
    "10 classes: 20 maps of 5×5, pooling, 50 maps of 5×5, pooling, 500 units with ReLU, softmax.",
    '"lenet_caffe"',
    """\
inputs = keras.Input((28, 28, 1))
x = layers.MaxPooling2D(2)(layers.Conv2D(20, 5)(inputs))
x = layers.MaxPooling2D(2)(layers.Conv2D(50, 5)(x))
x = layers.Dense(500, activation="relu")(layers.Flatten()(x))
return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
""",
)
RESNET = Task(
    "resnet",
    8,
    "## 2. ResNet-18\n\nBuild ResNet-18 of [He et al. 2015](https://arxiv.org/abs/1512.03385), Table 1, with "
    "the projection of option B where the number of maps changes. Images are 64×64×3, the classes 10, and "
    "epsilon of each batch normalization is 1e-5.",
    '"resnet18", in_shape=(64, 64, 3), n_classes=10',
    """\
def normalized(x, filters, size, strides=1):
    if strides > 1:
        x = layers.ZeroPadding2D(size // 2)(x)
    padding = "same" if strides == 1 else "valid"
    x = layers.Conv2D(filters, size, strides, padding=padding, use_bias=False)(x)
    return layers.BatchNormalization(epsilon=1e-5)(x)

def block(x, filters, strides):
    y = layers.ReLU()(normalized(x, filters, 3, strides))
    y = normalized(y, filters, 3)
    if strides > 1:
        x = normalized(x, filters, 1, strides)
    return layers.ReLU()(layers.Add()([y, x]))

inputs = keras.Input((64, 64, 3))
x = layers.ReLU()(normalized(inputs, 64, 7, 2))
x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
for filters in (64, 128, 256, 512):
    for strides in (1 if filters == 64 else 2, 1):
        x = block(x, filters, strides)
x = layers.GlobalAveragePooling2D()(x)
return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
""",
)
TASKS = (LENET, RESNET)

TITLE = "# Two networks\n\nEach function returns a Keras model. It need not be trained or compiled."
# nbgrader gives nothing to a test that writes to standard error, and TensorFlow does when it computes first.
IMPORTS = "import keras\nfrom keras import layers\n\nready = keras.ops.zeros(1)  # the backend starts here"


def heading(task: Task) -> str:
    return f"def build_{task.name}():\n"


def indented(code: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in code.splitlines(keepends=True))


def checked(task: Task) -> str:
    """The test that gives partial credit, without what each of the two tools puts around it."""
    return f"report = keras_cnns.compare(build_{task.name}(), {task.reference})"


# nbgrader: the last line of a cell of tests is the number of points.


def nbgrader_notebook(is_release: bool) -> nbformat.NotebookNode:
    cells = [v4.new_markdown_cell(TITLE, id="title"), v4.new_code_cell(IMPORTS, id="imports")]
    for task in TASKS:
        cells.append(v4.new_markdown_cell(task.text, id=f"{task.name}-text"))
        body = indented(f"### BEGIN SOLUTION\n{task.solution}### END SOLUTION\n")
        if is_release:
            body = "    # YOUR CODE HERE\n    raise NotImplementedError()"
        answer = v4.new_code_cell(heading(task) + body.rstrip("\n"), id=f"{task.name}-answer")
        answer.metadata.nbgrader = about(task.name, solution=True)
        tests = f"import keras_cnns\n\n{checked(task)}\nprint(report)\nreport.score({task.points})"
        test = v4.new_code_cell(tests, id=f"{task.name}-test")
        test.metadata.nbgrader = about(f"{task.name}-test", grade=True, locked=True, points=task.points)
        cells += [answer, test]
    return notebook(cells)


def about(grade_id: str, solution=False, grade=False, locked=False, **more) -> dict:
    """What nbgrader keeps about a cell."""
    kind = {"grade": grade, "locked": locked, "solution": solution, "task": False}
    return {"grade_id": grade_id, "schema_version": 3, "cell_type": "code", **kind, **more}


# otter: a test cell passes or fails, so a task of 4 points is four of them: at least 1 point, at least 2, ...


def otter_notebook() -> nbformat.NotebookNode:
    """The instructor's; `otter assign` makes the release from it."""
    config = "# ASSIGNMENT CONFIG\ninit_cell: false\nexport_cell: false\ngenerate: true"
    cells = [raw(config), v4.new_markdown_cell(TITLE), v4.new_code_cell(IMPORTS)]
    for task in TASKS:
        body = indented(f"# BEGIN SOLUTION\n{task.solution}# END SOLUTION\n")
        cells += [raw(f"# BEGIN QUESTION\nname: {task.name}\npoints: {task.points}")]
        cells += [v4.new_markdown_cell(task.text), raw("# BEGIN SOLUTION")]
        cells += [v4.new_code_cell(heading(task) + body.rstrip("\n")), raw("# END SOLUTION")]
        cells += [raw("# BEGIN TESTS"), *map(v4.new_code_cell, otter_tests(task)), raw("# END TESTS")]
        cells.append(raw("# END QUESTION"))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return notebook(cells)


def otter_tests(task: Task) -> list[str]:
    """A cell for each point; it prints nothing, since otter compares what is printed, too."""
    return [
        f"import keras_cnns\n{checked(task)}\nassert report.score({task.points}) >= {point}, report"
        for point in range(1, task.points + 1)
    ]


def raw(text: str) -> nbformat.NotebookNode:
    return v4.new_raw_cell(text)


def notebook(cells: list) -> nbformat.NotebookNode:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    nbformat.validate(made)
    return made


NOTEBOOKS = {
    "nbgrader/source/cnn/cnn.ipynb": lambda: nbgrader_notebook(is_release=False),
    "nbgrader/release/cnn/cnn.ipynb": lambda: nbgrader_notebook(is_release=True),
    "otter/cnn.ipynb": otter_notebook,
}

if __name__ == "__main__":
    for place, made in NOTEBOOKS.items():
        path = HERE / place
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(made(), path)
        print(f"{path} written.")
