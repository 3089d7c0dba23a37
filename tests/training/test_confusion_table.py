"""Which classes are taken for which: the file of the table, and the pair that is named."""

import numpy as np

from keras_cnns import training
from keras_cnns.training import scoring
from keras_cnns.training.confusion_table import confusion_csv, read_confusion, worst_pair


def test_worst_pair():
    table = np.array([[5, 0, 0], [1, 3, 2], [0, 0, 4]])
    assert worst_pair(table, ["a", "b", "c"]) == "most often confused: b for c, 2 of 6"
    assert worst_pair(np.eye(3, dtype=int), ["a", "b", "c"]) == "no held-out image is misclassified"


def test_the_file_of_a_table(tmp_path):
    """Names of classes are those of other people's folders: a comma, a quote, a formula."""
    table, classes = np.array([[5, 0, 1], [1, 3, 2], [0, 7, 4]]), ["a, b", 'the "c"', "=d"]
    path = tmp_path / "confusion.csv"
    path.write_text(confusion_csv(table, classes), encoding="utf-8")
    assert path.read_text().splitlines() == [
        '"rows: true class, columns: predicted class","a, b","the ""c""",\'=d',
        '"a, b",5,0,1',
        '"the ""c""",1,3,2',
        "'=d,0,7,4",
    ]
    assert np.array_equal(read_confusion(path, classes), table)
    assert read_confusion(path, classes[:2]) is None
    assert read_confusion(tmp_path / "none.csv", classes) is None
    path.write_text("x,y,z\n1,a,b\n")
    assert read_confusion(path, classes) is None


def test_of_equal_answers_the_first_is_the_likeliest():
    """As for `argmax`: a model that cannot tell has a class among its first five as often as by chance."""
    labels = np.arange(10)
    data = training.Data(([], labels), (list(labels), labels), list("abcdefghij"))
    found = scoring.scored([(labels, np.full((10, 10), 0.1, "float32"))], data)
    assert (found.top_1, found.top_5) == (0.1, 0.5)
