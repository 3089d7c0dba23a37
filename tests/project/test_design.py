"""The picture of the layers is drawn from the declared layers, which `make lint` checks."""

import sys
from pathlib import Path

from keras_cnns.diagram.output.svg import to_svg

ROOT = Path(__file__).parents[2]


def test_the_picture_shows_the_declared_layers(request, monkeypatch):
    """`pytest tests/project/test_design.py --update` draws it again."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "generate"))
    import layers_picture

    monkeypatch.delitem(sys.modules, "layers_picture")
    picture = ROOT / "docs" / "design.svg"
    drawn = to_svg(layers_picture.scene()) + "\n"
    if request.config.getoption("--update"):
        picture.write_text(drawn, encoding="utf-8")
    assert drawn == picture.read_text(encoding="utf-8")


def test_every_room_is_in_the_picture():
    """Files and folders of the package, counted here, not read from the declaration."""
    package = ROOT / "keras_cnns"
    rooms = {path.stem for path in package.glob("*.py")} | {
        path.parent.name for path in package.glob("*/*.py")
    }
    shown = (ROOT / "docs" / "design.svg").read_text(encoding="utf-8")
    assert {room for room in rooms - {"__init__", "__main__"} if f">{room}<" not in shown} == set()
