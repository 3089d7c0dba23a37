"""What the page says of two networks: its rows against `compare`, Keras and the pictures themselves."""

import re
from itertools import combinations

import pytest
from support.sizes import SMALLEST, weightless

from keras_cnns.api import compare
from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.comparison.canonical.canonicalize import canonicalize
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.gallery.page import by_date
from keras_cnns.gallery.pairs import NONE, pair
from keras_cnns.gallery.pictures import pictures
from keras_cnns.gallery.recorded_pairs import pairs_text, recorded_pairs
from keras_cnns.precomputed import PAIRS


def test_any_two_are_compared(drawn):
    """As many differences as `compare` finds, and all of them or, of what has little in common, the first."""
    assert len(drawn.pairs) == 10
    for each in drawn.pairs:
        report = compare(weightless(each.two.name), weightless(each.one.name), prove=False)
        assert each.found == len(report.differences) > 0
        assert len(each.rows) == len(report._listed()) and (len(each.rows) < each.found) == bool(
            report.remark
        )
        for row, one in zip(each.rows, report.differences):
            assert row.count == len(one.places)
            assert (row.values[0] == NONE, row.values[1] == NONE) == (
                one.kind == "extra",
                one.kind == "missing",
            )


def test_rows_are_at_boxes_of_their_layers(drawn):
    """Each box that a row is at has a layer at which `compare` found it, by the pictures' own tooltips."""
    for each in drawn.pairs:
        report = compare(weightless(each.two.name), weightless(each.one.name), prove=False)
        for row, one in zip(each.rows, report.differences):
            for side, network in ((1, each.two), (0, each.one)):
                places = drawn.pictures[network.name].places
                layers = {pair[1 - side] for pair in one.places} - {None}
                expected = {box for layer in layers for box in places.boxes_of(layer)}
                assert expected <= {*row.boxes[side]} and bool(expected) == bool(layers)


@pytest.mark.parametrize("kind", ["wide", "narrow"])
def test_places_are_those_of_the_boxes_drawn(drawn, folded, kind):
    for name, picture in drawn.pictures.items():
        numbers = " ".join(rf'{key}="([\d.]+)"' for key in ("x", "y", "width", "height"))
        there = [
            list(map(float, found)) for found in re.findall(f"<rect[^>]* {numbers}", getattr(picture, kind))
        ]
        corners = getattr(picture.places, kind)
        assert len(corners) == len(folded[name].boxes())
        assert all(any(pytest.approx(each, abs=0.51) == corner for each in there) for corner in corners)
        layers = {vertex.name for vertex in folded[name].vertices}
        assert {*picture.places.layers} == layers and all(picture.places.layers.values())


def test_columns_are_in_order_in_both_lanes(drawn):
    for each in drawn.pairs:
        one, two = (drawn.pictures[network.name].places for network in (each.one, each.two))
        lefts = [(one.wide[a][0], two.wide[b][0]) for a, b in each.columns]
        assert lefts == sorted(lefts) and len({a for a, _ in lefts}) == len({b for _, b in lefts}) == len(
            lefts
        )
        assert {a for a, _ in each.columns} <= one.lane and {b for _, b in each.columns} <= two.lane


def test_recorded_pairs_are_those_of_the_networks(drawn):
    """The file has any two networks of the catalogue, the earlier one first."""
    known = recorded_pairs(NETWORKS)
    assert [known[each.one.name, each.two.name] for each in drawn.pairs] == drawn.pairs
    in_order = [network.name for network in sorted(NETWORKS, key=by_date)]
    assert list(known) == list(combinations(in_order, 2))


def built(rows):
    """The pairs of these networks, built and compared."""
    models = [weightless(row.name) for row in rows]
    known = [(row, canonicalize(model, ()), pictures(fold(model)).places) for row, model in zip(rows, models)]
    return [pair(*zip(one, two)) for one, two in combinations(known, 2)]


@pytest.mark.long
def test_recorded_pairs_of_the_cheapest_of_each_file():
    known = recorded_pairs(NETWORKS)
    found = built([row for row in sorted(NETWORKS, key=by_date) if row.name in SMALLEST])
    assert len(found) > 200
    assert found == [known[each.one.name, each.two.name] for each in found]


@pytest.mark.large
def test_file_of_pairs_is_what_building_gives(request):
    """`make precomputed` writes it anew."""
    pairs = built(sorted(NETWORKS, key=by_date))
    text = pairs_text(pairs)
    if request.config.getoption("--update"):
        PAIRS.write_text(text, encoding="utf-8")
    assert text == PAIRS.read_text(encoding="utf-8")
    assert list(recorded_pairs(NETWORKS).values()) == pairs
