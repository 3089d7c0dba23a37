"""What `compare` remarks on networks as students write them: what a teacher would, and nothing else."""

import gc
from functools import cache

import pytest
from support.sizes import weightless
from support.students import STUDENTS

import keras_cnns
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mutation.editable_model import to_editable
from keras_cnns.mutation.mutate import mutant_of
from keras_cnns.weightless import build_weightless


@cache
def built(build):
    """A student's network, or a reference; built once for all students."""
    model = build if isinstance(build, str) else build_weightless(build)
    gc.freeze()  # as it stays, the collections between tests need not look at it
    return model


@cache
def report_of(name, ignore):
    student = STUDENTS[name]
    return keras_cnns.compare(built(student.build), built(student.reference), ignore=ignore)


@pytest.mark.parametrize("name", STUDENTS)
def test_remarks(name):
    """They are those of a teacher, and for people.

    No code, no path, no nested configuration, no number of more than three digits after the point.
    """
    student = STUDENTS[name]
    report = report_of(name, tuple(student.ignore))
    remarks = [*(student.remarks.items() if isinstance(student.remarks, dict) else student.remarks)]
    found = [(one.mistake, len(one.places)) for one in report.differences]
    assert sorted(found) == sorted(remarks), str(report)
    assert found[:1] == remarks[:1], str(report)
    assert (report.verdict in ("exact", "equivalent")) == (not remarks)
    for one in report_of(name, ()).differences:
        for sign in ("class_name", "<lambda>", "/tmp", ".py", "{", "\\n", "None", "True", "False", "(("):
            assert sign not in one.message, one.message


NETWORKS = ("alexnet", "inception_v1", "resnet18", "vgg11")


def test_parameters_are_those_of_what_decides_them():
    """Other widths change what is normalized; an epsilon and a padding of other layers change no number."""
    name = "densenet growth 24, theta 1"
    growth, theta, epsilon = report_of(name, ()).differences
    more = built(STUDENTS[name].build).count_params() - built(STUDENTS[name].reference).count_params()
    assert (growth.parameters + theta.parameters, epsilon.parameters) == (more, 0)


def test_what_is_said_of_mutants_is_said_of_the_change():
    """A slice of `benchmarks/compare.py`: the first remark is at the change, and there is no other cause."""
    places = statements = 0
    for name in NETWORKS:
        editable = to_editable(weightless(name))
        for seed in range(500, 505):
            model, change = mutant_of(editable, seed)
            found = compare_models(model, weightless(name)).differences
            places += bool({*found[0].places[0]} & {*change.layers})
            elsewhere = [place for one in found for place in one.places if {*place}.isdisjoint(change.layers)]
            statements += bool(elsewhere)
    assert places >= 0.99 * 5 * len(NETWORKS)
    assert statements <= 0.02 * 5 * len(NETWORKS)
