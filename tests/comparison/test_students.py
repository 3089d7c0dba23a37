"""What `compare` remarks on networks as students write them: what a teacher would, and nothing else."""

import pytest
from support.sizes import weightless
from support.students import STUDENTS

import keras_cnns
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mutation.editable_model import to_editable
from keras_cnns.mutation.mutate import mutant_of
from keras_cnns.weightless import build_weightless


@pytest.mark.parametrize("name", STUDENTS)
def test_remarks(name):
    student = STUDENTS[name]
    reference = student.reference
    report = keras_cnns.compare(
        build_weightless(student.build),
        reference if isinstance(reference, str) else build_weightless(reference),
        ignore=student.ignore,
    )
    assert {one.mistake: len(one.places) for one in report.differences} == student.remarks, str(report)
    assert report.differences[0].mistake == next(iter(student.remarks)), str(report)
    assert len(report.differences) == len(student.remarks)


@pytest.mark.parametrize("name", STUDENTS)
def test_a_remark_is_for_people(name):
    """No code, no path, no nested configuration, no number of more than three digits after the point."""
    student = STUDENTS[name]
    reference = student.reference
    reference = reference if isinstance(reference, str) else build_weightless(reference)
    for one in keras_cnns.compare(build_weightless(student.build), reference).differences:
        for sign in ("class_name", "<lambda>", "/tmp", ".py", "{", "\\n", "None", "True", "False", "(("):
            assert sign not in one.message, one.message


NETWORKS = ("alexnet", "inception_v1", "resnet18", "vgg11")


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
