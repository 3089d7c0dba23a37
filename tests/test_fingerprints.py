"""One order, and numbers for what comes before and after, in graphs small enough to work out by hand."""

from keras_cnns.fingerprints import Interner, downstream_fingerprints, upstream_fingerprints
from keras_cnns.graph import depth_first, readers_of

# 0 → 1 and 2 → 3
DIAMOND = [(), (0,), (0,), (1, 2)]


def test_readers():
    assert readers_of(DIAMOND) == [[1, 2], [3], [3], []]
    assert readers_of([(), (0, 0)]) == [[1, 1], []]


def test_depth_first():
    assert depth_first([3], DIAMOND.__getitem__) == [0, 1, 2, 3]
    crossed = [(), (0,), (0, 1), (2, 1)]  # the source that is deeper comes first, and once
    assert depth_first([3], crossed.__getitem__) == [0, 1, 2, 3]
    assert depth_first([2, 1], DIAMOND.__getitem__) == [0, 2, 1]
    assert depth_first([3], DIAMOND.__getitem__, done=[1]) == [0, 2, 3]
    assert depth_first([], DIAMOND.__getitem__) == []


def test_depth_first_goes_deeper_than_recursion():
    assert depth_first([50_000], lambda i: [i - 1] if i else []) == list(range(50_001))


def test_upstream_counts_order_only_if_asked():
    intern = Interner()
    labels = ["in", "a", "b", "join"]
    turned = [(), (0,), (0,), (2, 1)]
    for ordered in (True, False):
        one, other = (
            upstream_fingerprints(labels, sources, [ordered] * 4, intern) for sources in (DIAMOND, turned)
        )
        assert one[:3] == other[:3]
        assert (one[3] == other[3]) != ordered
    assert len(set(one)) == 4


def test_downstream_counts_order_only_if_asked():
    intern = Interner()
    labels = ["in", "a", "a", "join"]
    both_read = downstream_fingerprints(labels, DIAMOND, [False] * 4, intern, outputs=[3])
    assert both_read[1] == both_read[2]
    first, second = downstream_fingerprints(labels, DIAMOND, [True] * 4, intern, outputs=[3])[1:3]
    assert first != second


def test_outputs_are_told_apart():
    intern = Interner()
    labels, sources = ["in", "a", "a"], [(), (0,), (0,)]
    one = downstream_fingerprints(labels, sources, [True] * 3, intern, outputs=[1, 2])
    assert one[1] != one[2]
    none = downstream_fingerprints(labels, sources, [True] * 3, intern)
    assert none[1] == none[2]
