"""The documentation is true: its code runs and prints what it says, its commands and links are there."""

import ast
import contextlib
import importlib
import io
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import authority
import nbformat
import nbformat.v4 as v4
import pytest
import typer

from keras_cnns import building
from keras_cnns.building import without_weights
from keras_cnns.catalog import facts as catalog
from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.cli.main import app
from keras_cnns.mistakes import MISTAKES
from keras_cnns.network_costs import NetworkCosts
from keras_cnns.weights import SETS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
WITH_README = [ROOT / "README.md", *PAGES]
# A fence, what stands behind its backticks, and the code; indented inside a tab.
FENCE = re.compile(r"^( *)```+ *(\S[^\n]*)\n(.*?)^\1```+$", re.DOTALL | re.MULTILINE)
NOT_RUN = "{.python .no-run}"  # it needs a download or a file that the reader has

sys.path.insert(0, str(DOCS / "generate"))

import formulas  # noqa: E402
import links  # noqa: E402
import mistakes_page  # noqa: E402
import network_pages  # noqa: E402
import notebook_pages  # noqa: E402
import overview  # noqa: E402
import pages  # noqa: E402
import proof_table  # noqa: E402


def each(pages):
    return pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page):
    """The kind and the code of every fence, without the indentation of a tab."""
    found = []
    for indentation, kind, code in FENCE.findall(page.read_text(encoding="utf-8")):
        found.append((kind.strip(), re.sub(rf"^{indentation}", "", code, flags=re.MULTILINE)))
    return found


RUN_BY_THEMSELVES = DOCS / "recipes"  # see test_docs_recipes.py


@each(
    [
        page
        for page in PAGES
        if "```python" in page.read_text(encoding="utf-8") and page.parent != RUN_BY_THEMSELVES
    ]
)
def test_code_runs_and_prints_what_the_page_shows(page, tmp_path, monkeypatch):
    """A block of text that follows one of Python is what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", "1")
    namespace = {}
    found = blocks(page)
    for (kind, code), (next_kind, text) in zip(found, [*found[1:], ("", "")]):
        if kind != "python":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(page), "exec"), namespace)
        shown = text if next_kind in ("text", "{.text .wrap}") else ""
        assert printed.getvalue().rstrip() == shown.rstrip()


def test_code_that_is_not_run_is_python_and_rare():
    found = [code for page in PAGES for kind, code in blocks(page) if kind == NOT_RUN]
    for code in found:
        ast.parse(code)
    assert 0 < len(found) <= 15
    kinds = {kind for page in PAGES for kind, _ in blocks(page)}
    assert kinds <= {"python", NOT_RUN, "sh", "text", "{.text .wrap}", "csv"}


def tabs(page, heading):
    """The code of each tab below a heading, by its title."""
    text = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r'^=== "(.+?)"\n(.*?)(?=^\S|\Z)', text, re.DOTALL | re.MULTILINE)
    return {title: "".join(re.sub(r"^    ", "", FENCE.search(body)[3], flags=re.M)) for title, body in found}


CHECK = DOCS / "how-to" / "check-an-assignment.md"
ASSIGNMENT, CREDIT = tabs(CHECK, "As a test"), tabs(CHECK, "Partial credit")


def graded(tab, model, monkeypatch, capsys):
    """Whether the tab lets the model pass, each run as its system runs it."""
    if tab == "command line":
        monkeypatch.setattr(building, "saved", lambda *_: model)
        (arguments,) = [shlex.split(line)[1:] for line in ASSIGNMENT[tab].splitlines()]
        with pytest.raises(SystemExit) as stop:
            typer.main.get_command(app)(arguments)
        assert not capsys.readouterr().err
        return stop.value.code == 0
    monkeypatch.setitem(sys.modules, "solution", SimpleNamespace(build_network=lambda: model))
    namespace = {"model": model}
    try:
        exec(ASSIGNMENT[tab], namespace)  # as nbgrader and otter do; only pytest calls what is defined
        if tab == "pytest":
            (test,) = [value for name, value in namespace.items() if name.startswith("test_")]
            test()
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("tab", ASSIGNMENT)
def test_tabs_let_the_right_network_pass_and_no_other(tab, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("handed_in.keras").touch()
    assert graded(tab, without_weights("resnet18", (32, 32, 3), 10), monkeypatch, capsys)
    for name, shape, classes in (("resnet18", (32, 32, 3), 7), ("vgg11", (32, 32, 3), 10)):
        assert not graded(tab, without_weights(name, shape, classes), monkeypatch, capsys), name


@pytest.mark.parametrize(
    ("name", "classes", "points"), [("resnet18", 10, 8), ("resnet18", 7, 6), ("vgg11", 10, 0)]
)
def test_tabs_of_partial_credit(name, classes, points, capsys):
    """nbgrader takes the value of the last line; a test of otter must print nothing and raise, or not."""
    namespace = {"model": without_weights(name, (32, 32, 3), classes)}
    *before, last = ast.parse(CREDIT["nbgrader"]).body
    exec(compile(ast.Module(before, []), "tab", "exec"), namespace)
    assert "resnet18" in capsys.readouterr().out
    assert eval(compile(ast.Expression(last.value), "tab", "eval"), namespace) == points
    if points >= 6:
        exec(CREDIT["otter"], namespace)
    else:
        with pytest.raises(AssertionError, match="Yours, vgg11"):
            exec(CREDIT["otter"], namespace)
    assert capsys.readouterr().out == ""


def test_every_system_has_its_tab():
    assert list(CREDIT) == ["nbgrader", "otter"]
    assert list(ASSIGNMENT) == ["pytest", "nbgrader", "otter", "command line"]


def commands(page):
    """The `keras-cnns …` lines of a page's shell blocks, without comments."""
    lines = [line for kind, code in blocks(page) if kind == "sh" for line in code.splitlines()]
    parts = [part.strip() for line in lines for part in line.partition("#")[0].split("&&")]
    return [shlex.split(part)[1:] for part in parts if part.startswith("keras-cnns ")]


def test_commands_exist_with_their_options():
    """Each is parsed as the command line would, and not run."""
    main = typer.main.get_command(app)
    found = [arguments for page in WITH_README for arguments in commands(page)]
    assert len(found) > 30
    for name, *rest in found:
        command = main.get_command(main.context_class(main), name)
        assert command, f"there is no command {name}"
        context = command.make_context(name, list(rest))  # a UsageError names what there is not
        network = context.params.get("name")
        is_run = name in ("predict", "evaluate") and str(network).startswith("runs/")
        assert network is None or is_run or network in catalog.list_models()


def test_links_lead_to_files_and_networks():
    made = {f"networks/{name}.md" for name in ("index", *catalog.list_models())} | {
        "notebooks/index.md",
        "mistakes.md",
    }
    made = {(DOCS / name).resolve() for name in made}
    astray = []
    for page in WITH_README:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)", text):
            path = (page.parent / target.partition("#")[0]).resolve()
            if "://" not in target and not path.exists() and path not in made:
                astray.append((page.name, target))
    assert astray == []


def test_commands_of_make_are_in_the_makefile():
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in WITH_README:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"`make ([a-z][\w-]*)", text) + re.findall(
            r"^make ([a-z][\w-]*)", text, re.MULTILINE
        )
        assert set(named) <= targets, page


def test_every_decision_has_its_address():
    text = (DOCS / "decisions.md").read_text(encoding="utf-8")
    entries = re.findall(r"^### (\d+)\. .+ \{ #decision-(\d+) \}$", text, re.MULTILINE)
    assert sorted(int(number) for number, _ in entries) == list(range(1, 43))
    assert all(number == anchor for number, anchor in entries)
    sections = re.split(r"^#{2,3} ", text, flags=re.MULTILINE)
    numbered = [section for section in sections if re.match(r"\d+\. ", section)]
    assert all("**Here**" in section for section in numbered if not section.startswith(("35.", "37.")))


def test_decisions_name_each_file_of_networks():
    text = (DOCS / "decisions.md").read_text(encoding="utf-8")
    for network in NETWORKS:
        said = "decisions.md#" in network_pages.decided(network)
        assert said == (f"{{ #{network.module} }}" in text)


def test_options_named_in_the_decisions_are_built():
    text = (DOCS / "decisions.md").read_text(encoding="utf-8")
    named = set(re.findall(r'`(?:\w+\()?(\w+)="?\w+"?\)?`', text))
    assert named <= {option for network in NETWORKS for option in network.options} == set(catalog.OPTIONS)


def portrait(network):
    """A network with a picture that nobody drew."""
    costs = NetworkCosts(
        name=network.name,
        title=network.title,
        year=network.paper.year,
        in_shape=network.in_shape,
        params=network.trainable + network.non_trainable,
        trainable_params=network.trainable,
        macs=network.macs,
        activation_bytes=4_000_000,
        training_bytes=0,
        receptive_field=483,
        depth=50,
        top1=network.top1,
        top1_source=network.top1_source,
        top5=network.top5,
    )
    return network_pages.Portrait(network, costs, "<svg/>", f"{network.name}\nlane: input → dense")


def missing_facts(network):
    text = network_pages.page(portrait(network))
    assert f"\n# {network.title} {{ #{network.name} }}\n" in text
    assert sum(row.file.url in text for row in SETS) == sum(row.network == network.name for row in SETS)
    facts = [
        f"{network.trainable:,} trainable",
        f"{network.macs:,}",
        network.paper.url,
        f"]({network.name}.svg",
    ]
    facts += ["4.00 MB", "483 pixels", "50 weighted layers", "    lane: input → dense", "@misc{"]
    facts += [") -> keras.Model`"]
    facts += ["\n## Choices\n", network.checked_against.split()[0]]
    facts += [f"top-1 {network.top1:.1f} %"] if network.top1 else []
    facts += [row.file.url for row in SETS if row.network == network.name]
    facts += [f"`{option}`: " for option in network.options]
    return [fact for fact in facts if fact not in text]


def rows_of(text, first):
    """The rows of the Markdown table whose headings begin with `first`, each cell by its heading."""
    table = text[text.index(f"| {first} |") :].partition("\n\n")[0].splitlines()
    headings, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [dict(zip(headings, row, strict=True)) for row in rows]


@pytest.mark.parametrize("network", [row for row in NETWORKS if row.top1], ids=lambda row: row.name)
def test_figures_of_a_network_page_stand_beside_their_names(network):
    page = network_pages.page(portrait(network))
    facts = dict(re.findall(r"^\| ([A-Z][^|]+) \| (.+) \|$", page, re.MULTILINE))
    assert facts["Parameters"] == f"{network.trainable:,} trainable, {network.non_trainable:,} not"
    assert facts["Multiply-adds"].startswith(f"{network.macs:,} (")
    accuracies = re.findall(r"top-(\d) ([\d.]+) %", facts["Accuracy on ImageNet"])
    wanted = {"1": network.top1, "5": network.top5}
    assert {which: float(figure) for which, figure in accuracies} == {k: v for k, v in wanted.items() if v}


def test_figures_of_the_overview_stand_under_their_headings():
    """Counts have three digits there, so each is within half a per cent of the catalogue's."""
    rows = rows_of(overview.page([portrait(network) for network in NETWORKS]), "network")
    units = {"k": 1e3, "M": 1e6, "G": 1e9}
    for network, row in zip(NETWORKS, rows, strict=True):
        assert f"({network.name}.md)" in row["network"]
        for heading, exact in (("parameters", network.trainable), ("MACs", network.macs)):
            figure, unit = row[heading].split()
            assert float(figure) * units[unit] == pytest.approx(exact, rel=0.006), (network.name, heading)
        assert (row["depth"], row["field"]) == ("50", "483")
        assert row["top-1"] == (f"{network.top1:.1f} %" if network.top1 else "")


def test_page_of_each_network_has_its_facts():
    assert {network.name: missing for network in NETWORKS if (missing := missing_facts(network))} == {}


@pytest.mark.parametrize("name", ["lenet_5", "nin_cifar", "resnet18"])
def test_code_of_a_network_page_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(network_pages.code(catalog.find_network(name)), namespace)
    assert (tmp_path / f"{name}.svg").stat().st_size > 1000
    assert namespace["mine"].output_shape == (None, 7)


def test_code_of_a_network_page_asks_for_a_size_that_it_takes():
    for network in NETWORKS:
        found = re.search(r"in_shape=\((\d+), (\d+)", network_pages.code(network))
        (side,) = set(map(int, found.groups()))
        assert network.smallest <= side <= network.in_shape[0]


def test_overview_has_every_network():
    text = overview.page([portrait(network) for network in NETWORKS])
    assert text.count("\n| [") == len(NETWORKS)
    assert f"\n{len(NETWORKS)} networks of {len(authority.PAPERS)} papers" in text


def test_sizes_are_crossed_but_names_are_not():
    text = "a 3x3 of 7x7x512, 32x4d, `stride_in_3x3=True`, 0x1F"
    assert network_pages.crossed(text).startswith("a 3×3 of 7×7×512, 32×4d, `stride_in_3x3=True`")


def test_proof_has_a_row_for_each_network():
    text = proof_table.table(DOCS / "proof.csv")
    assert text.count("\n| [") == len(NETWORKS)
    found = proof_table.read(DOCS / "proof.csv")
    assert all(difference <= bound for cell in found.values() for difference, bound in cell.values())
    elsewhere = {name for (name, _), cell in found.items() for who in cell if "the same on" not in who}
    unlike = {"lenet_caffe", "inception_net", "inception_resnet_v1"} | set(authority.NOT_COMPARED)
    assert {row.name for row in NETWORKS} - elsewhere == unlike
    assert "<!-- the table of proof.csv -->" in (DOCS / "proof.md").read_text(encoding="utf-8")


def test_proof_shows_differences_and_bounds(tmp_path):
    file = tmp_path / "proof.csv"
    head = "network,authority,precision,difference,bound\n"
    file.write_text(head + "vgg16,timm,float32,0.0000031,1e-4\nvgg16,keras,weights,0,1e-5\n")
    (row,) = [line for line in proof_table.table(file).splitlines() if "/vgg16.md" in line]
    assert row.endswith("| timm: **3.1e-6** ≤ 1e-4 | – | keras: **0** ≤ 1e-5 |")
    twice = "resnet50(stride_in_3x3=True),timm,float64,{},1e-9\n"
    file.write_text(head + twice.format("2e-14") + twice.format("3e-15"))
    (row,) = [line for line in proof_table.table(file).splitlines() if "/resnet50.md" in line]
    assert row.endswith("| – | timm, stride_in_3x3=True: **2e-14** ≤ 1e-9 | – |")
    file.write_text(head + "vgg17,timm,float32,1,1\n")
    with pytest.raises(ValueError, match="vgg17"):
        proof_table.table(file)
    file.write_text(head + "vgg16,timm,float16,1,1\n")
    with pytest.raises(ValueError, match="float16"):
        proof_table.table(file)
    file.write_text("network,difference\n")
    with pytest.raises(ValueError, match="columns"):
        proof_table.table(file)


def test_notebook_becomes_a_page(tmp_path):
    install = v4.new_code_cell("%pip install something")
    install.outputs = [v4.new_output("stream", text="Note: restart the kernel\n")]
    svg = {"image/svg+xml": "<svg/>", "text/plain": "<Diagram of small>"}
    cell = v4.new_code_cell("plot()\nprint('`' * 3)")
    cell.outputs = [
        v4.new_output("stream", text="\x1b[33m```\x1b[0m\n"),
        v4.new_output("display_data", svg),
        v4.new_output("execute_result", {"text/html": "<table></table>", "text/plain": "?"}),
    ]
    path = tmp_path / "08_new.ipynb"
    cells = [v4.new_markdown_cell("# A title\n\nWhat it\nis about."), install, cell]
    nbformat.write(v4.new_notebook(cells=cells), path)
    made = notebook_pages.page(path)
    assert made.pictures == {"08_new_1.svg": b"<svg/>"}
    assert made.text.split("\n\n") == [
        "# A title",
        "What it\nis about.",
        "[Download the notebook](08_new.ipynb){ .download }",
        "``` {.python}\n%pip install something\n```",
        "``` {.python}\nplot()\nprint('`' * 3)\n```",
        "```` {.text .output}\n```\n````",
        '[![Diagram of small](08_new_1.svg)](08_new_1.svg "Full size"){ .picture }',
        '<div class="output">\n<table></table>\n</div>\n',
    ]
    assert "## [A title](08_new.md)\n\nWhat it is about." in notebook_pages.index([made])


def test_formulas_become_mathml():
    text = formulas.with_mathml(
        "So $a < b_1$, and\n$$x * y$$\nas `$c$` says.\n\n```sh\necho $HOME $d$\n```\n"
    )
    assert text.count("<math") == 2 and text.count("</math>") == 2
    assert 'So <span class="formula"><math' in text
    assert '\n\n<div class="formula"><math' in text and 'display="block"' in text
    assert "`$c$`" in text and "echo $HOME $d$" in text
    assert "&#x0003C;" in text and "&#38;" not in text and "&#35;" not in text
    assert not set("*_$") & set("".join(re.findall("<math.*?</math>", text)))


def test_dollars_that_are_no_formula_stay():
    for text in (
        "It costs $5 or $6.",
        "a \\$5 note, a \\$6 note",
        "$ 5 and 6 $",
        "`` $a$ ` $b$ ``",
        "~~~\nno\n~~~",
    ):
        assert formulas.with_mathml(text) == text


def test_formulas_of_the_notebooks_are_found():
    found = {path.stem: notebook_pages.page(path).text.count("<math") for path in pages.notebooks()}
    assert found["02_alexnet_vgg"] == 7
    assert found["03_inception"] == 6 and found["04_resnet_resnext"] == 7
    assert found["08_efficient_networks"] == 9
    assert sum(found.values()) == 29


def test_page_of_mistakes_has_every_name():
    text = mistakes_page.page()
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert rows == [(row.name, row.sentence, row.source or "–") for row in MISTAKES]
    assert len(MISTAKES) > 50 and f"names {len(MISTAKES)} differences" in text
    assert text.count("\n## ") >= 5


def test_code_on_the_page_of_mistakes_runs():
    (code,) = re.findall(r"```python\n(.*?)```", mistakes_page.page(), re.DOTALL)
    exec(code, {})
    with pytest.raises(AssertionError):
        exec(re.sub(r", ignore=\[.*?\]", "", code), {})


def test_navigation_names_every_page():
    """The engine does not say so: it leaves out what is not named, and shows what is not there."""
    named = [place for entry in pages.navigation() for places in entry.values() for place in as_list(places)]
    networks = [f"networks/{name}.md" for name in ("index", *catalog.list_models())]
    notebooks = [f"notebooks/{name}.md" for name in ("index", *(path.stem for path in pages.notebooks()))]
    written = [page.relative_to(DOCS).as_posix() for page in PAGES]
    assert sorted(named) == sorted([*written, *networks, *notebooks, "mistakes.md"])


def as_list(places):
    return [places] if isinstance(places, str) else places


def test_settings_of_the_site_have_the_navigation():
    text = pages.config()
    (tabs,) = re.findall(r"^nav = (\[.*?^\])$", text, re.DOTALL | re.MULTILINE)
    assert re.findall(r'"([^"]+\.md)"', tabs)[:3] == ["index.md", "networks/index.md", "networks/lenet_5.md"]
    assert text.replace(f"nav = {tabs}\n", pages.PLACE_OF_NAVIGATION) == (DOCS / "zensical.toml").read_text()


def test_names_on_the_pages_of_the_api_exist():
    """The build says so, too, but is not run where the tests are."""
    found = set()
    for page in (DOCS / "api").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        found |= set(re.findall(r"^::: (\S+)", text, re.MULTILINE)) | set(
            re.findall(r"#(keras_cnns[\w.]+)", text)
        )
    assert len(found) > 50
    for name in found:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


def test_links_of_the_site_are_checked(tmp_path):
    (tmp_path / "other.html").write_text('<h1 id="here">Other</h1>')
    (tmp_path / "a b.svg").write_text("<svg/>")
    sound = '<a href="other.html#here">x</a><img src="a%20b.svg"><a href="#me" id="me">x</a><a href="https://x.org">x</a>'
    (tmp_path / "index.html").write_text(sound)
    assert links.broken(tmp_path) == []
    faults = {
        '<a href="none.html">x</a>': "no file none.html",
        '<a href="other.html#there">x</a>': "no anchor other.html#there",
        '<a href="#nowhere">x</a>': "no anchor #nowhere",
        '<img src="none.png">': "no file none.png",
        '<script src="https://x.org/a.js"></script>': "loads https://x.org/a.js",
        '<link rel="stylesheet" href="//x.org/a.css">': "loads //x.org/a.css",
    }
    for html, fault in faults.items():
        (tmp_path / "index.html").write_text(sound + html)
        assert links.broken(tmp_path) == [f"index.html: {fault}"]
