"""The files for a public host agree with the project: commands, versions, file formats, limits."""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from keras_cnns import images
from keras_cnns.keras_files import description, effort
from keras_cnns.weights import SETS
from keras_cnns.weights.download import files, pace
from keras_cnns.weights.formats import READERS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

ROOT = Path(__file__).parents[2]
HOST = ROOT / ".github"
WORKFLOWS = sorted(HOST.glob("workflows/*.yml"))
FORMS = sorted(set(HOST.glob("ISSUE_TEMPLATE/*.yml")) - {HOST / "ISSUE_TEMPLATE/config.yml"})
EACH_WORKFLOW = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
EACH_FORM = pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)

# What the documentation of issue forms requires and allows of each kind of element.
REQUIRED = {
    "markdown": {"value"},
    "input": {"label"},
    "textarea": {"label"},
    "dropdown": {"label", "options"},
    "checkboxes": {"label", "options"},
}
OPTIONAL = {
    "markdown": set(),
    "input": {"description", "placeholder", "value"},
    "textarea": {"description", "placeholder", "value", "render"},
    "dropdown": {"description", "multiple", "default"},
    "checkboxes": {"description"},
}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def parsed(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def project():
    return tomllib.loads(text("pyproject.toml"))["project"]


def supported():
    """The versions of Python that the classifiers name, the oldest first."""
    found = [
        re.fullmatch(r"Programming Language :: Python :: (3\.(\d+))", c) for c in project()["classifiers"]
    ]
    return [match[1] for match in sorted(filter(None, found), key=lambda match: int(match[2]))]


def requirement(extra, name):
    (line,) = [
        line for line in project()["optional-dependencies"][extra] if re.match(rf"{name}\b(?!-)", line)
    ]
    return line


def jobs(file):
    return parsed(file)["jobs"].values()


def commands(file):
    """Every line of shell in a workflow, as words."""
    lines = [line for job in jobs(file) for step in job["steps"] for line in step.get("run", "").splitlines()]
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def targets():
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text("Makefile"), re.MULTILINE))


def test_there_are_workflows_and_forms():
    assert {file.stem for file in WORKFLOWS} >= {"ci", "light"}
    assert len(FORMS) >= 4


@EACH_WORKFLOW
def test_a_workflow_has_few_rights_and_an_end(file):
    assert parsed(file)["permissions"] == {"contents": "read"}
    assert parsed(file)["concurrency"]["cancel-in-progress"]
    for job in jobs(file):
        assert "permissions" not in job
        assert 0 < job["timeout-minutes"] <= 120
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/none@v0")), step


@EACH_WORKFLOW
def test_a_workflow_runs_what_the_project_has(file):
    assert commands(file)
    for program, *arguments in commands(file):
        if program == "make":
            assignments = [word.partition("=")[0] for word in arguments if "=" in word]
            assert all(re.search(rf"^{name} \?=", text("Makefile"), re.MULTILINE) for name in assignments)
            asked = {word for word in arguments if "=" not in word}
            assert asked and asked <= targets()
        elif program != "git":
            assert (ROOT / program).is_file(), program
            assert os.access(ROOT / program, os.X_OK), program


@EACH_WORKFLOW
def test_a_workflow_uses_the_oldest_and_the_newest_python(file):
    ends = [supported()[0], supported()[-1]]
    assert project()["requires-python"] == f">={ends[0]}"
    for job in jobs(file):
        assert job["strategy"]["matrix"]["python"] == ends


def test_every_system_is_tested():
    runs = {}
    for file in WORKFLOWS:
        for job in jobs(file):
            systems = job["strategy"]["matrix"].get("system", [job["runs-on"]])
            for system in systems:
                runs.setdefault(system.partition("-")[0], []).extend(words[:2] for words in commands(file))
    assert set(runs) == {"ubuntu", "macos", "windows"}
    assert [".ci/run"] in runs["ubuntu"]
    assert ["make", "test-light"] in runs["macos"] and ["make", "test-light"] in runs["windows"]


@pytest.mark.parametrize(
    "name", [".ci/run", ".github/PULL_REQUEST_TEMPLATE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"]
)
def test_targets_that_people_are_told_exist(name):
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text(name), re.MULTILINE))
    assert named and named <= targets()


@EACH_FORM
def test_a_form_has_the_documented_shape(file):
    form = parsed(file)
    known = {"name", "description", "title", "labels", "assignees", "projects", "type", "body"}
    assert {"name", "description", "body"} <= set(form) <= known
    assert all(isinstance(form[key], str) and form[key] for key in ("name", "description"))
    questions = [element for element in form["body"] if element["type"] != "markdown"]
    assert questions
    for element in form["body"]:
        kind, attributes = element["type"], set(element["attributes"])
        assert set(element) <= {"type", "id", "attributes", "validations"}
        assert REQUIRED[kind] <= attributes <= REQUIRED[kind] | OPTIONAL[kind]
        assert set(element.get("validations", {})) <= {"required"}
    for keys in ([q["id"] for q in questions], [q["attributes"]["label"] for q in questions]):
        assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[\w-]+", question["id"]) for question in questions)


def test_forms_have_names_of_their_own():
    names = [parsed(file)["name"] for file in FORMS]
    assert len(set(names)) == len(names)


def test_the_chooser_of_forms():
    config = parsed(HOST / "ISSUE_TEMPLATE/config.yml")
    assert set(config) <= {"blank_issues_enabled", "contact_links"}
    assert isinstance(config["blank_issues_enabled"], bool)
    for link in config.get("contact_links", []):
        assert set(link) == {"name", "url", "about"}


@EACH_FORM
def test_code_in_a_form_runs(file, tmp_path, monkeypatch, capsys):
    """Examples, and the line that prints the versions."""
    monkeypatch.chdir(tmp_path)
    for element in parsed(file)["body"]:
        attributes = element["attributes"]
        if attributes.get("render") == "python":
            exec(attributes["placeholder"], {})
        for line in re.findall(r"`(python -c .*?)`", attributes.get("description", "")):
            code = shlex.split(line)[2]
            capsys.readouterr()
            exec(code, {})
            assert len(capsys.readouterr().out.split()) >= 5


def test_files_that_templates_name_exist():
    for file in [HOST / "PULL_REQUEST_TEMPLATE.md", *FORMS]:
        for name in re.findall(r"`([\w./-]+(?:\.\w+|/))`", file.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{file.name} names {name}"


def test_hooks_format_and_check_with_the_ruff_of_the_project():
    (repository,) = parsed(ROOT / ".pre-commit-config.yaml")["repos"]
    hooks = {hook["entry"]: hook for hook in repository["hooks"]}
    ruff = [entry for entry in hooks if entry.startswith("ruff ")]
    assert {entry.split()[1] for entry in ruff} == set(re.findall(r"ruff (format|check)", text("Makefile")))
    for entry in ruff:
        assert hooks[entry]["additional_dependencies"] == [requirement("test", "ruff")]


def formats_in_security():
    rows = re.findall(r"^\| (`\..*?) \|", text("SECURITY.md"), re.MULTILINE)
    return {ending for row in rows for ending in re.findall(r"`(\.[\w.]+)`", row)}


def test_security_names_every_format_that_is_read():
    assert formats_in_security() == {*READERS, ".keras", ".weights.h5"}


def test_security_states_the_limits_of_the_code():
    page = " ".join(text("SECURITY.md").split())
    assert f"no more than {description.LIMIT // 2**20} MiB of it" in page
    assert (files.SLACK, files.MARGIN) == (1.25, 16 * 2**20)
    assert "more than a quarter and 16 MiB" in page
    assert (pace.FLOOR, pace.WINDOW) == (1000, 60)
    assert "less than 1,000 bytes a second over a minute of waiting" in page
    assert f"at most {images.MOST_PIXELS:,} pixels" in page
    assert f"a file at most {images.MOST_BYTES / 1e6:.0f} MB" in page
    assert f"a JPEG at most {images.MOST_SCANS} scans" in page
    assert effort.MOST_STEPS * effort.SECONDS == 25
    assert "more than about half a minute" in page
    torch = requirement("torch", "torch").partition(">=")[2]
    assert f"Use PyTorch {torch} or newer" in page


def test_security_states_how_strong_the_digests_are():
    """A digest as its kind and length; for most of timm's files the host states its own."""
    found = {
        (row.source.partition("-")[0], *(row.file.digest.partition(":")[0], len(row.file.digest)))
        for row in SETS
    }
    assert found == {
        ("onnx", "sha256", len("sha256:") + 64),
        ("torchvision", "sha256", len("sha256:") + 8),
        ("torchvision", "sha256", len("sha256:") + 10),
        ("keras", "md5", len("md5:") + 32),
        ("keras", "sha256", len("sha256:") + 64),
        ("timm", "", 0),
        ("timm", "sha256", len("sha256:") + 8),
    }
    assert {
        row.network.partition("_")[0] for row in SETS if row.source == "keras" and "sha256" in row.file.digest
    } == {"convnext"}
    assert {row.network for row in SETS if row.source == "timm" and row.file.digest} == {
        *(f"se_resnet{depth}" for depth in (50, 101, 152)),
        *(f"se_resnext{depth}" for depth in (50, 101)),
        "senet154",
    }
    page = " ".join(text("SECURITY.md").split())
    for claim in (
        "For the ONNX model zoo and Keras' ConvNeXt it is the whole SHA-256",
        "for torchvision and timm's SENets its first eight or ten digits",
        "for Keras' other files MD5",
        "For timm's other files the host states the SHA-256",
    ):
        assert claim in page


def test_the_citation_is_the_readme_s():
    citation = parsed(ROOT / "CITATION.cff")
    assert f"title = {{{citation['title']}}}" in text("README.md")
    # What is cited is under the first licence; the other is that of the fonts beside it.
    assert [citation["license"], "OFL-1.1"] == project()["license"].split(" AND ")
    assert [author["name"] for author in citation["authors"]] == [a["name"] for a in project()["authors"]]
    assert str(citation["version"]) == project()["version"]
