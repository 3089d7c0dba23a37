"""What only LeNet-5 has, known by what it is made of: whoever builds it may call it anything.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document Recognition",
Proceedings of the IEEE 86(11), 1998, Section II.B, Table I and Appendix A.
"""

from __future__ import annotations

from keras_cnns.comparison.canonical.canonical_graph import CanonicalNode

# 1.7159 tanh(2a/3).
TANH = (1.7159, 2 / 3)
# For each map of C3 the maps of S2 that it sees.
# fmt: off
TABLE_I = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)
# fmt: on
# A 5x5 kernel for each pair of maps in the table, and a bias for each map of C3.
WEIGHTS = 25 * sum(map(len, TABLE_I)) + len(TABLE_I)


def is_by_table(node: CanonicalNode) -> bool:
    """Whether a layer is set by Table I, and has a 5x5 kernel for each entry of it and no other weights."""
    return (
        TABLE_I in node.attributes.values() and node.parameters == WEIGHTS and node.shape[-1] == len(TABLE_I)
    )


def is_trained_pooling(node: CanonicalNode) -> bool:
    """Whether a layer pools in windows, and has two weights for each map: a coefficient and a bias."""
    return "pool_size" in node.attributes and node.parameters == 2 * (node.shape[-1] or 0) > 0


def is_stretched_tanh(node: CanonicalNode) -> bool:
    """Whether a node applies the paper's squashing function, with its constants."""
    constants = [node.attributes.get(name, 1.0) for name in ("scale", "slope")]
    is_tanh = node.kind == "activation" and node.attributes.get("function") == "tanh"
    return is_tanh and all(abs(n - paper) < 1e-3 for n, paper in zip(constants, TANH))
