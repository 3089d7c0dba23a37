"""Two networks side by side: what lights what, and whether the lanes stand in line."""

import re

import pytest

CHANGED = ("alexnet", "alexnet_owt")
BUTTONS = "[...document.querySelectorAll('#found button')]"
LISTED = "[...document.querySelectorAll('#found .lit')].map(e => e.dataset.row)"
SEEN = "[...document.querySelectorAll('#compared .mark')].filter(e => e.checkVisibility())"
LIT = """[...document.querySelectorAll('#compared figure')].map(figure =>
    [...figure.querySelectorAll('.mark.lit')].filter(e => e.checkVisibility()).map(e => e.dataset.rows))"""
LANES = """[...document.querySelectorAll('#compared svg.wide')].map(svg => {
    const corners = e => ['x', 'y', 'width', 'height'].map(key => Number(e.getAttribute(key)));
    const all = selector => [...svg.querySelectorAll(selector)];
    const heads = all('path').map(e => e.getAttribute('d')).filter(d => d.endsWith('z'));
    return {boxes: all('g:not(.mark, .pill) > rect').map(corners), frames: all('.mark > rect').map(corners),
            tips: heads.map(d => d.match(/-?[\\d.]+/g).slice(0, 2).map(Number)), scale: svg.getScreenCTM().a};
})"""


def pair_of(drawn, names):
    (found,) = [each for each in drawn.pairs if {each.one.name, each.two.name} == {*names}]
    return found


def compare(tab, address, names, width):
    tab.show("about:blank", width)
    tab.show(f"{address}#compare={','.join(names)}", width)


@pytest.mark.parametrize("width", [1280, 390])
def test_pointing_at_a_difference_lights_it_in_both_pictures(tab, address, drawn, width):
    found = pair_of(drawn, CHANGED)
    compare(tab, address, CHANGED, width)
    assert tab.value(f"{BUTTONS}.length") == len(found.rows) == found.found
    assert tab.value(LIT) == [[], []]
    for i, row in enumerate(found.rows):
        tab.value(f"{BUTTONS}[{i}].focus()")  # by the keyboard
        lit = tab.value(LIT)
        assert [len(each) for each in lit] == [len({*row.boxes[k], *row.after[k]}) for k in (0, 1)]
        assert all(lit) and all(str(i) in rows.split() for each in lit for rows in each)
    tab.value("document.activeElement.blur()")
    assert tab.value(LIT) == [[], []]
    tab.value(f"{BUTTONS}[1].click()")  # it stays
    assert all(tab.value(LIT)) and tab.value(f"{BUTTONS}[1].getAttribute('aria-pressed')") == "true"
    mark = f"{SEEN}.find(e => e.dataset.rows === '0')"
    tab.value(f"{mark}.dispatchEvent(new PointerEvent('pointerover', {{bubbles: true}}))")
    assert tab.value(LISTED) == ["0"]
    tab.value(f"{mark}.dispatchEvent(new PointerEvent('pointerout', {{bubbles: true}}))")
    assert tab.value(LISTED) == ["1"]


@pytest.mark.parametrize("names", [("alexnet", "vgg16"), ("vgg16", "alexnet_owt"), CHANGED])
def test_lanes_stand_in_line_and_stay_whole(tab, address, drawn, names):
    """Boxes for the same are in one column; arrows end at boxes and brackets, frames are around boxes."""
    compare(tab, address, names, 1280)
    seen = tab.value(LANES)
    assert seen[0]["scale"] == pytest.approx(seen[1]["scale"], rel=1e-3)
    found = pair_of(drawn, names)
    networks = [found.one, found.two] if found.one.name == names[0] else [found.two, found.one]
    columns = [each if found.one.name == names[0] else each[::-1] for each in found.columns]
    middles = []
    for side, (there, network) in enumerate(zip(seen, networks)):
        picture = drawn.pictures[network.name]
        assert len(there["boxes"]) == picture.wide.count("<rect") - 1
        places = picture.places
        lane = sorted(box for box in there["boxes"] if box[1] < places.bottom)
        before = sorted(rect for rect in corners(picture.wide) if rect[1] < places.bottom)
        # Nothing is moved up or down or turned round; the first is where it was or further right.
        assert [box[1:] for box in lane] == [box[1:] for box in before]
        assert all(box[0] >= old[0] for box, old in zip(lane, before))
        moved = {round(old[0]): box[0] + box[2] / 2 for box, old in zip(lane, before)}
        middles.append([moved[places.wide[column[side]][0]] for column in columns])
        # An arrow ends as far before its box as it did.
        tips = [list(map(float, tip)) for tip in re.findall(r'd="M([\d.]+) ([\d.]+)L[^"]*z"', picture.wide)]
        ends = [
            [leads_to(tip, boxes) for tip in all_tips if tip[1] < places.bottom]
            for all_tips, boxes in ((tips, before), (there["tips"], lane))
        ]
        assert ends[0] == ends[1] and len(ends[0]) >= len(places.lane) - 1
        for x, y, width, height in there["frames"]:
            assert any(
                abs(x + width / 2 - a - c / 2) < 1.5 and abs(y + height / 2 - b - d / 2) < 1.5
                for a, b, c, d in there["boxes"]
            )
    assert middles[0] == pytest.approx(middles[1], abs=1) and len(columns) > 2


def leads_to(tip, lane):
    """The number of the first box that does not end before an arrow, and how far away it begins."""
    number = next(i for i, box in enumerate(lane) if box[0] + 0.6 > tip[0])
    return number, round(lane[number][0] - tip[0], 2), tip[1]


def corners(svg):
    found = re.findall(r'<rect[^>]* x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    return [[float(number) for number in each] for each in found]
