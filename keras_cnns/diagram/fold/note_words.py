"""How facts of layers read under a box: one value, or those of several layers, and what only some have.

A fact under one of the keys of `SAID` may differ from layer to layer: the box then lists the values. "words"
are the same for all layers of a box, and so is "own", what a class of a person's own adds.
"""

import re
from collections.abc import Sequence

from keras_cnns.safe_text import LONGEST

Notes = dict[str, str]

# What a layer says that has no such fact, and how one value and several are said; None: one is not.
SAID: dict[str, tuple[str, str | None, str]] = {
    "units": ("", None, "units {}"),
    "growth": ("", "growth {}", "growth {}"),
    "groups": ("1", "{} groups", "{} groups"),
    "dilation": ("1", "dilation {}", "dilation {}"),
    "heads": ("", "{} heads", "{} heads"),
    "key size": ("", None, "key size {}"),
    "into": ("", None, "into {}"),
    "resized": ("", "{}", "{}"),
    "padded": ("", "{}", "{}"),
    "number": ("", "{}", "{}"),
}
# Of these, values that occur more than once are said once.
EACH_ONCE = {"units", "growth", "into", "resized", "padded", "number"}
# Notes in which the layers of a box may differ, because it says how.
DIFFERING = {*SAID, "called", "scaled", "first scaled", "from", "output", "reads of", "shared", "not there"}


def number(value: float) -> str:
    """A number in three digits; a part such as 1/255 as one, where these do not say it exactly."""
    short = f"{value:.3g}"
    part = 1 / value if value else 0
    if float(short) != value and abs(part) > 1 and abs(2 * part - round(2 * part)) < 1e-6:
        return f"1/{part:.6g}"
    return short


def in_few_digits(values: list[str]) -> list[str]:
    """The same with numbers in as few digits as still tell the values apart."""
    short = [re.sub(r"\d[\d.e+-]*", lambda found: number(float(found[0])), value) for value in values]
    return short if len({*short}) == len({*values}) else values


def facts(several: Sequence[Notes]) -> list[str]:
    """Return what is written under the box of layers with these notes."""
    notes: list[str] = []
    if several and not any(several):
        return notes
    for key, (absent, one, more) in SAID.items():
        values = [each.get(key, absent) for each in several]
        values = in_few_digits(values) if key == "number" else values
        if len({*values}) > 1:
            notes.append(more.format(listed(list(dict.fromkeys(values)) if key in EACH_ONCE else values)))
        elif one and values[0] != absent:
            notes.append(one.format(values[0]))
    notes += dict.fromkeys(each["own"] for each in several if each.get("own"))
    words = dict.fromkeys(each["words"] for each in several if each.get("words"))
    notes += [line for one in words for line in in_lines("", one.split(", "), ", ")]
    notes += dict.fromkeys(each["differs"] for each in several if each.get("differs"))
    notes += [line for outputs in _read(several) for line in in_lines("reads", outputs.split(" and "))]
    notes += _given([each.get("gives", "") for each in several])
    for key, before in (("first scaled", "first "), ("scaled", "")):
        notes += [before + words for words in _scaled([each.get(key, "") for each in several])]
    notes += dict.fromkeys(line for each in several for line in each.get("takes", "").split("\n") if line)
    said = dict.fromkeys(each["from"] for each in several if "from" in each)
    notes += [line for places in said for line in in_lines("from", places.split("\n"), ", ")]
    notes += dict.fromkeys(each["row"] for each in several if "row" in each)
    notes += ["not used"] * any("not used" in each for each in several)
    notes += _shared([each["shared"] for each in several if "shared" in each])
    return notes + ["output"] * any("output" in each for each in several)


def _read(several: Sequence[Notes]) -> list[str]:
    """Which outputs boxes read; of layers that have other names in each, the first's with a sign."""
    found: dict[str, list[str]] = {}
    for each in several:
        if "reads" in each:
            found.setdefault(each["reads"], []).append(each.get("reads of", each["reads"]))
    return [named[0] if len({*named}) == 1 else _and_others(named) for named in found.values()]


def _and_others(named: list[str]) -> str:
    pairs = [[*dict.fromkeys(each)] for each in zip(*(one.split(" and ") for one in named))]
    return " and ".join(names[0] if len(names) == 1 else f"{names[0]} …" for names in pairs)


def _shared(calls: list[str]) -> list[str]:
    """That a layer is called more than once and, where words speak of one of its calls, which these are."""
    numbers = [call for call in calls if call]
    if not numbers:
        return ["shared"] * bool(calls)
    return ["shared", f"call{'s' * (len(numbers) > 1)} {' and '.join(numbers)}"]


def _given(outputs: list[str]) -> list[str]:
    """Which outputs of the model that it is in a layer gives; of several only the last may."""
    if any(outputs[:-1]) or not outputs[-1]:
        said = [line for output in outputs if output for line in in_lines("gives", output.split(" and "))]
        return list(dict.fromkeys(said))
    return in_lines("the last gives" if len(outputs) > 1 else "gives", outputs[-1].split(" and "))


def in_lines(verb: str, names: list[str], between: str = " and ") -> list[str]:
    """The names of what a box reads or gives in as many lines as it takes to cut none that is short."""
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1] + between + name) <= LONGEST:
            lines[-1] += between + name
        else:
            lines.append(f"{verb} {name}".strip())
    return lines


def _scaled(scales: list[str]) -> list[str]:
    """How outputs are scaled; the first or the last may be scaled otherwise, or not at all."""
    for odd, others, where in ((scales[-1], scales[:-1], "last"), (scales[0], scales[1:], "first")):
        if len({*others}) == 1 and others[0] != odd:
            if not others[0]:
                return [f"the {where} is {odd}"]
            return [f"{others[0]}, the {where} " + (_by(odd) if odd else "is not")]
    if not any(scales):
        return []
    values = [_by(scale).removeprefix("by ") or "1" for scale in scales]
    return [scales[0] if len({*scales}) == 1 else "scaled by " + listed(values)]


def _by(scale: str) -> str:
    """`scaled by 0.17` → "by 0.17"."""
    return scale[scale.index("by ") :] if "by " in scale else scale


def listed(values: list[str]) -> str:
    """All of a few values, of many the first two and the last."""
    return ", ".join(values) if len(values) < 5 else f"{values[0]}, {values[1]} … {values[-1]}"
