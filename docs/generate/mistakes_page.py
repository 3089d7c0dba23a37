"""The page with the mistakes that have a name, from the table that `compare` names them by."""

import inspect
import re

from keras_cnns import mistakes
from keras_cnns.mistakes import MISTAKES, Mistake

INTRODUCTION = """\
---
title: Mistakes
hide: [navigation]
description: The mistakes that compare finds by name, and the words that ignore= takes.
---

# Named mistakes

`keras_cnns.compare` names {count} differences that people often build in place of the published network.
Each name can be passed to `ignore=` of [`compare` and `assert_matches`](api/compare.md), and to
`--ignore` of `keras-cnns compare`. A difference with that name then does not count:

```python
import keras_cnns

student = keras_cnns.create("resnet50", stride_in_3x3=True)
keras_cnns.assert_matches(student, "resnet50", ignore=["{example}"])
```

`ignore=` also takes attributes, such as `"epsilon"`, and names of layers. See
[Check an assignment](how-to/check-an-assignment.md).
"""
EXAMPLE = mistakes.STRIDE_IN_THE_3X3


def page() -> str:
    """Return the Markdown of `mistakes.md`."""
    parts = [INTRODUCTION.format(count=len(MISTAKES), example=EXAMPLE.name)]
    for title, named in sections():
        parts += [f"## {title}\n", "| name | what it means | source |", "|---|---|---|", *map(row, named), ""]
    return "\n".join(parts)


def sections() -> list[tuple[str, list[Mistake]]]:
    """The mistakes under the comments that divide their table."""
    found: list[tuple[str, list[Mistake]]] = []
    for title, constant in re.findall(r"^# (.+)|^([A-Z]\w*) = Mistake\(", inspect.getsource(mistakes), re.M):
        if title:
            found.append((title, []))
        else:
            found[-1][1].append(getattr(mistakes, constant))
    return [(title, named) for title, named in found if named]


def row(mistake: Mistake) -> str:
    """A mistake's line."""
    return f"| `{mistake.name}` | {mistake.sentence} | {mistake.source or '–'} |"
