"""How figures are worked out by hand, and forms for an exam: against the papers, and against the figures."""

import re

import keras
import numpy as np
import pytest
from keras import layers
from support.sizes import weightless
from typer.testing import CliRunner

import keras_cnns
from keras_cnns.cli.main import app
from keras_cnns.safe_text import latex_text


def rows_of(model, **options):
    return {row.name: row for row in keras_cnns.profile(model, **options).rows}


def worked(formula):
    """Compute a formula as a person would, and return what it comes to and what it says."""
    left, _, right = formula.rpartition(" = ")
    left = left.replace("⌊", "(").replace("⌋", ")").replace("/", "//").replace("·", "*").replace("−", "-")
    return eval(left), int(right)


# LeCun et al. 1998, Section II.B: parameters and connections of each layer.
LENET = {
    "c1_conv": (156, 122_304),
    "s2_sum": (12, 5_880),
    "c3_conv": (1_516, 151_600),
    "s4_sum": (32, 2_000),
    "c5_conv": (48_120, 48_120),
    "f6_dense": (10_164, 10_164),
}


def test_connections_of_lenet_are_the_papers():
    rows = rows_of(weightless("lenet_5"))
    assert {name: (rows[name].params, rows[name].connections) for name in LENET} == LENET
    assert rows["c1_conv"].connections_formula == "(5·5·1 + 1) · 28·28·6"
    assert rows["c3_conv"].params_formula == "6·5·5·3 + 9·5·5·4 + 5·5·6 + 16"


def test_sizes_are_the_course_notes():
    rows = {row.stage: row for row in keras_cnns.profile(weightless("alexnet")).rows if row.kind == "Conv2D"}
    rows = dict(zip(("conv1", "conv2"), rows.values()))
    assert rows["conv1"].size_formula == "⌊(227 − 11)/4⌋ + 1 = 55"
    assert rows["conv2"].size_formula == "⌊(27 + 2·2 − 5)/1⌋ + 1 = 27"
    assert (rows["conv1"].field_formula, rows["conv1"].stride_formula) == ("1 + (11 − 1)·1 = 11", "1·4 = 4")


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "inception_v3", "resnet50", "xception"])
def test_every_formula_comes_to_its_figure(name):
    counted = 0
    for row in keras_cnns.profile(weightless(name)).rows:
        for formula, figure in (
            (row.size_formula, row.shape[1:-1] or row.shape[1:]),
            (row.field_formula, row.receptive_field),
            (row.stride_formula, row.stride),
        ):
            for one in formula.split("; ") if formula else ():
                found, said = worked(one)
                assert found == said and said in (figure if isinstance(figure, tuple) else (figure,)), (
                    row,
                    one,
                )
                counted += 1
        if row.connections:
            assert eval(row.connections_formula.replace("·", "*")) == row.connections >= (row.macs or 0)
    assert counted > 20


def test_connections_by_moving_each_input():
    """Of a small layer: how many inputs and outputs change together, and a bias for each output."""
    model = keras.Sequential([keras.Input((6, 5, 2)), layers.Conv2D(3, (3, 2), strides=2, groups=1)])
    weights = [np.ones_like(weight) for weight in model.get_weights()]
    model.set_weights(weights)
    zero = np.zeros((1, 6, 5, 2), "float32")
    base = np.array(model(zero))
    pairs = 0
    for place in np.ndindex(6, 5, 2):
        moved = zero.copy()
        moved[(0, *place)] = 1
        pairs += int((np.array(model(moved)) != base).sum())
    (row,) = (row for row in keras_cnns.profile(model).rows if row.macs)
    assert row.connections == pairs + base.size


def test_where_maps_are_one_by_one():
    small = keras_cnns.profile("resnet18", in_shape=None)
    assert "maps are 1×1" not in str(small)
    tiny = keras_cnns.profile(weightless_sized(32))
    assert "from conv5_1_2_conv on maps are 1×1: windows see one value" in " ".join(str(tiny).split())
    first = next(row for row in tiny.rows if row.sees_padding_only)
    assert first.name == "conv5_1_2_conv" and first.shape[1:3] == (1, 1)


@pytest.mark.parametrize("kernel", [(1, 3), (3, 1), (3, 3)])
def test_a_window_that_is_large_along_one_axis_sees_padding_too(kernel):
    stack = [keras.Input((1, 1, 4)), layers.Conv2D(4, kernel, padding="same"), layers.Conv2D(4, 1)]
    rows = keras_cnns.profile(keras.Sequential(stack)).rows
    assert [row.sees_padding_only for row in rows] == [False, True, False]


def weightless_sized(side):
    from keras_cnns.building import without_weights

    return without_weights("resnet18", (side, side, 3))


def test_steps_and_form_in_all_formats():
    result = keras_cnns.profile(weightless("lenet_5"))
    text = result.steps().text()
    assert re.search(r"^– connections +\(5·5·1 \+ 1\) · 28·28·6 = 122,304$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 80
    blank, key = result.form(), result.form(blanks=False)
    assert "122,304" in key.text() and "122,304" not in blank.text()
    assert "5×5, 6 maps" in blank.text()
    figures = {
        f"{n:,}" for row in result.rows for n in (row.params, row.connections, row.macs) if n and n > 99
    }
    for page in (blank.text(), blank.html(), blank.markdown(), blank.latex()):
        assert not [figure for figure in figures if figure in page]
    for page in (key.text(), key.html(), key.markdown(), key.latex()):
        assert all(figure in page for figure in figures)


@pytest.mark.parametrize("make", ["latex", "steps", "form"])
def test_latex_is_plain(make):
    """Only ASCII and commands of LaTeX itself; as many cells in each row as the head of the tabular says."""
    made = getattr(keras_cnns.profile(weightless("lenet_5")), make)()
    page = made if isinstance(made, str) else made.latex()
    table = page[: page.index(r"\end{tabular}")]
    assert table.isascii()
    columns = len(re.match(r"\\begin\{tabular\}\{([lr]+)\}", table)[1])
    rows = [line for line in table.splitlines() if line.endswith(r" \\")]
    assert rows and all(len(re.findall(r"(?<!\\)&", row)) == columns - 1 for row in rows)
    plain = re.sub(r"\\[{}]", "", page)
    assert plain.count("{") == plain.count("}")
    assert all(line.count("$") % 2 == 0 for line in table.replace(r"\$", "").splitlines())
    known = {"begin", "end", "hline", "times", "cdot", "lfloor", "rfloor", "leftarrow", "ldots"}
    assert {*re.findall(r"\\([a-z]+)", table)} <= known


def test_latex_escapes_names():
    assert latex_text("a_b & 5% #1 {x} $y$ \\z ~^") == (
        r"a\_b \& 5\% \#1 \{x\} \$y\$ \textbackslash{}z \textasciitilde{}\textasciicircum{}"
    )
    assert latex_text("[2cm] é") == "{[}2cm] é"


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = lambda *words: CliRunner().invoke(app, ["profile", *words])  # noqa: E731
    assert "= 122,304" in call("lenet_5", "--steps").output
    assert "122,304" not in call("lenet_5", "--form").output
    assert "122,304" in call("lenet_5", "--form", "--key").output
    assert call("lenet_5", "--form", "-o", "form.tex").exit_code == 0
    assert "\\begin{tabular}" in (tmp_path / "form.tex").read_text(encoding="utf-8")
    assert call("lenet_5", "-f", "latex").output.startswith("\\begin{tabular}")
    assert "exclude each other" in str(call("lenet_5", "--steps", "--layers").exception)
    assert "this has no csv" in str(call("lenet_5", "--steps", "-f", "csv").exception)
