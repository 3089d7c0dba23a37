"""Whether a finished picture is true: an eye's reading of its shapes beside the model's nodes in Keras.

    from support.scene_reader import check, differences
    check(model)                                     # draws it in all four directions and asserts
    differences(model, plot_model(model).scene)      # a list of sentences, empty if the picture is true

By hand, from the root of the checkout, with names of ours or of keras.applications, or files with a `build`:

    PYTHONPATH=.:tests python -m support.scene_reader resnet50 ResNet50 model.py …

The reading sees rectangles, lines, circles and texts (scene_marks.py), follows the lines (scene_wires.py)
and writes out what stands in brackets ×N times and what a panel explains (scene_graph.py). keras_edges.py
walks the model. Neither knows how models are folded or laid out. One thing links the two: the tooltip of a
box names the layers of the first of those that it stands for.

Steps of the computation are compared: a box is one, each badge another. A step whose box is drawn for one
layer alone is known by the name of that layer, so that its edges must be exactly Keras'; others by what they
do and by all that is upstream and downstream of them.
"""

import hashlib
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Container
from dataclasses import dataclass, field

import keras

from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.safe_text import cut_name
from keras_cnns.visualize import DIRECTIONS, plot_model
from support.keras_edges import Computed, computed
from support.scene_graph import Drawn, Seen, in_panel, read_scene
from support.scene_marks import SceneError, SeenBox
from support.scene_outputs import calls_said, places, source_of, taken_by
from support.scene_words import fits

MOST_TOLD = 8
CONV = "#e06666"
NONE: dict[str, int] = {}


@dataclass
class Steps:
    """A graph of steps: `labels` say what each does, or whose it is."""

    labels: list[str] = field(default_factory=list)
    edges: set[tuple[int, int]] = field(default_factory=set)


def check(model: keras.Model, **options) -> None:
    """Assert that the picture of a model is true in each direction."""
    for rankdir in DIRECTIONS:
        found = differences(model, plot_model(model, rankdir=rankdir, **options).scene, rankdir)
        assert not found, "\n".join([rankdir, *found])


def differences(model: keras.Model, scene: Scene, rankdir: str = "LR") -> list[str]:
    """Return what a scene says that is not so of the model, and what it does not say."""
    try:
        drawn = read_scene(scene, rankdir)
    except SceneError as error:
        return [f"unreadable: {error}"]
    return _Comparison(computed(model), drawn).differences()


class _Comparison:
    def __init__(self, true: Computed, drawn: Drawn):
        self.true, self.drawn = true, drawn
        self.found: list[str] = []
        self.called: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(true.names):
            self.called[cut_name(name)].append(place)
        self.inside = dict.fromkeys(map(cut_name, true.inside), 0)
        self.sources: dict[int, set[int]] = defaultdict(set)
        for a, _, b in true.reads:
            self.sources[b].add(a)
        self.starts = [does == ["input"] for does in true.steps]
        self.members = [self.members_of(box) for box in drawn.boxes]
        self.copies = copies = Counter(id(box) for box in drawn.boxes)
        self.badges = sorted({what for does in true.steps for what in does if what.startswith("(")})
        # The layers that are in the picture by their own name: their box stands for no other.
        self.known = {
            calls[0]: name
            for box, names in zip(drawn.boxes, self.members)
            for name in (names if copies[id(box)] == 1 else ())
            if len(calls := self.called[name]) == 1 and not (self.starts[calls[0]] and in_panel(box))
        }

    def differences(self) -> list[str]:
        said, true = self.picture(), self.model()
        _compare("layer", Counter(true.labels), Counter(said.labels), self.found)
        pairs = [Counter((g.labels[a], g.labels[b]) for a, b in g.edges) for g in (true, said)]
        _compare("edge", *({f"{a} → {b}": n for (a, b), n in one.items()} for one in pairs), self.found)
        if not self.found and fingerprints(said) != fingerprints(true):
            self.found.append("the same layers and edges, but wired differently")
        return self.found

    def layers_of(self, box: SeenBox, inside: dict[str, int] = NONE) -> list[str]:
        """The names in a tooltip: those of the first layers that it stands for, or of a model `inside`."""
        known = {name for name in (*self.called, *inside) if self.called.get(name) or name in inside}
        names = _split_names(box.tooltip, known, ": ")
        if names is None and in_panel(box):
            # What enters a block of a person's own is in no model, so its name is made up.
            start = re.split(", |: ", box.tooltip)[0]
            names = _split_names(box.tooltip, {*known, start}, ": ")
            names = names and names[1:]
        if names is None and not inside:
            self.found.append(f"the tooltip {box.tooltip!r} names no layers")
        return names or []

    def members_of(self, box: SeenBox) -> list[str]:
        """The layers that a box stands for; of a module whose badges it shows, those of the badges."""
        if id(box) not in self.drawn.badges:
            return self.layers_of(box)
        names = self.layers_of(box, self.inside)
        return [name for name in names if any(self.true.steps[call] for call in self.called.get(name, ()))]

    def picture(self) -> Steps:
        """The steps that the boxes and their badges show."""
        drawn = self.drawn
        self.add_edges_in_words()
        self.find_lines_of_inputs()
        chains = [self.with_output(i, self.box_steps(i)) for i in range(len(drawn.boxes))]
        reads = [
            (a, place, b)
            for a, b in drawn.edges
            for words in drawn.words[a, b]
            for place in self.places_read(a, words)
        ]
        return _joined(chains, reads, [self.outputs_of(i) for i in range(len(chains))])

    def outputs_of(self, i: int) -> int:
        """How many outputs the layer has that a box stands for, the last if several do anything."""
        calls = self.calls_of(i)
        working = [k for k, call in enumerate(calls) if self.true.steps[call]]
        return max((self.true.outputs[call] for call in calls[max(working, default=0) :]), default=1)

    def calls_of(self, i: int) -> list[int]:
        """The calls of layers drawn as one box: where a name is that of several, those that go on."""
        calls: list[int] = []
        names = self.members[i]
        for name, after in zip(names, [*names[1:], None]):
            tries = [
                call
                for call in self.called[name]
                if not (self.starts[call] and in_panel(self.drawn.boxes[i]))
            ]
            if not tries:
                continue
            box = self.drawn.boxes[i]
            fit = [call for call in tries if fits(box, self.true.operations[call])]
            of_class = [call for call in fit if box.text == type(self.true.operations[call]).__name__]
            tries = of_class or fit or tries
            last = [call for call in tries if calls and calls[-1] in self.sources[call]]
            next_ = [
                call for call in tries if any(call in self.sources[b] for b in self.called.get(after, ()))
            ]
            calls.append((last or next_ or tries)[0])
        return calls

    def places_read(self, i: int, words: str | None) -> set[int]:
        n = self.outputs_of(i)
        if n == 1:
            return {0}
        calls = self.calls_of(i)
        (anchor, *_) = [call for call in calls if self.true.outputs[call] == n]
        return places(self.true.operations[anchor], n, words)

    def model(self) -> Steps:
        chains = []
        for place, does in enumerate(self.true.steps):
            name = self.known.get(place)
            chains.append([_label(what, name, i) for i, what in enumerate(does)])
        return _joined(chains, self.true.reads, self.true.outputs)

    def box_steps(self, i: int) -> list[str]:
        """What a copy of a box shows, step by step."""
        box, names = self.drawn.boxes[i], self.members[i]
        calls = self.calls_of(i)
        true = [(what, call, n) for call in calls for n, what in enumerate(self.true.steps[call])]
        before, after = list(box.before), list(box.after)
        if box.fill == CONV and not after:
            after += [name for name in self.drawn.common if f"no {name}" not in box.captions]
        core = [what for what, _, _ in true if not what.startswith("(")]
        core = core[:1] if set(core) == {"Concatenate"} else core
        shown = [f"({name})" for name in before] + core + [f"({name})" for name in after]
        is_badge = id(box) in self.drawn.badges
        if not core and true and not is_badge and shown != [what for what, _, _ in true]:
            shown = [true[0][0], *shown]  # a normalization or an activation as a box of its own
        anchors = [self.true.operations[call] for call in calls if self.true.steps[call]]
        if anchors and not is_badge and not any(fits(box, operation) for operation in anchors):
            self.found.append(f"a box says {box.text!r} for {', '.join(names)}")
        if self.copies[id(box)] == 1:
            return self.named(box, shown, true, ", …: " in box.tooltip)
        does = [what for what, _, _ in true]
        return self.with_exceptions(box, shown, does, self.drawn.copy_of[i], self.copies[id(box)])

    def with_output(self, i: int, steps: list[str]) -> list[str]:
        """With the output of a layer with several that the badges after it read: the first, since no words
        can say another."""
        working = [call for call in self.calls_of(i) if self.true.steps[call]]
        for call in working[:-1]:
            if self.true.outputs[call] > 1:
                at = [step.split(" of ")[0] for step in steps].index(self.true.steps[call][-1]) + 1
                steps = [*steps[:at], f"output 1 of {steps[at - 1]}", *steps[at:]]
        return steps

    def named(self, box: SeenBox, shown: list[str], true: list[tuple[str, int, int]], cut: bool) -> list[str]:
        """The steps by the names of their layers, if the badges are these layers'."""
        joins = [step for step in true if step[0] == "Concatenate"][:-1]
        true = [step for step in true if step not in joins]
        does = [what for what, _, _ in true]
        if shown[: len(does)] != does or (len(shown) != len(does) and not cut):
            self.found.append(f"{box.text or 'dense'} ({box.tooltip}) shows {shown}, not {does}")
        return [_label(what, self.known.get(call), n) for what, call, n in true] + shown[len(does) :]

    def with_exceptions(
        self, box: SeenBox, shown: list[str], does: list[str], copy: int, copies: int
    ) -> list[str]:
        """With what the captions say of the first, which `does` what its tooltip says, and the last."""
        words = " ".join(box.captions)
        for where in ["first"] * (copy == 0) + ["last"] * (copy == copies - 1):
            for badge in self.badges:
                name = re.escape(badge[1:-1])
                if badge in shown and re.search(rf"no {name} before the {where}(?!\w)", words):
                    shown = shown[: shown.index(badge)] + shown[shown.index(badge) + 1 :]
                if re.search(rf"(?<!no ){name} before the {where}(?!\w)", words):
                    shown = [badge, *shown]
                if badge in shown and re.search(rf"the {where} has no {name}(?!\w)", words):
                    without = [shown[:k] + shown[k + 1 :] for k, what in enumerate(shown) if what == badge]
                    shown = does if where == "first" and does in without else without[-1]
                if re.search(rf"the {where} has {name}(?!\w)", words):
                    shown = [*shown, badge]
        return shown

    def find_lines_of_inputs(self) -> None:
        """Find a line to each box that words name as what comes by an input, also by one that is not used."""
        for part in {id(part.box): part for part in self.drawn.parts}.values():
            named = {_plain(source_of(words)) for words in taken_by(part.box).values()}
            lead = {a for a, b in self.drawn.reads if b in part.into}
            if len(lead) < len(named):
                self.found.append(f"{len(lead)} lines lead to {part.box.text}, which names {sorted(named)}")

    def add_edges_in_words(self) -> None:
        """Lead to a box what its captions say that it reads: "from conv2d_3" where no line could be drawn."""
        drawn = self.drawn
        home: dict[str, Seen] = {}
        copies: Counter[int] = Counter()
        for part in sorted(drawn.parts, key=lambda part: not in_panel(part.box)):
            names = [*map(_plain, self.layers_of(part.box, self.inside))]
            home |= dict.fromkeys(names, part)
            numbers = calls_said(part.box)[copies[id(part.box)] :]
            copies[id(part.box)] += 1
            home |= {f"call{number}of{name}": part for name in names for number in numbers[:1]}
        first = {id(part.box): part for part in drawn.parts[::-1]}  # of several copies it leads to the first
        for part in first.values():
            captions = part.box.captions
            for k, line in enumerate(captions):
                if line == "from" or line.startswith("from "):
                    lines = [_plain(words) for words in captions[k:]]
                    tries = ["".join(lines[:n])[len("from") :] for n in range(1, len(lines) + 1)]
                    names = next((found for words in tries if (found := _split_names(words, home, ""))), [])
                    drawn.reads += [(a, b) for name in names for a in home[name].out for b in part.into]
        drawn.follow()


def _split_names(text: str, known: Container[str], end: str) -> list[str] | None:
    """Names, with commas between them, that a text begins with, up to `end`, or that it is made of."""
    ahead: list[tuple[str, list[str]]] = [(text, [])]
    comma = ", " if end else ","
    while ahead:
        rest, names = ahead.pop()
        if names and (rest.startswith((end, ", …" + end)) if end else not rest):
            return names
        rest = rest.removeprefix(comma) if names else rest
        cuts = [k for k in range(1, len(rest) + 1) if k == len(rest) or rest.startswith((comma, ": "), k)]
        ahead += [(rest[k:], [*names, rest[:k]]) for k in reversed(cuts) if rest[:k] in known]
    return None


def _plain(words: str) -> str:
    """Without white space, at which lines are broken."""
    return "".join(words.split())


def _label(what: str, name: str | None, number: int) -> str:
    return f"{what} of {name}" + (f" ({number})" if number else "") if name else what


def _joined(chains: list[list[str]], reads: list[tuple[int, int, int]], outputs: list[int]) -> Steps:
    """Chains of steps as one graph; one without steps is passed over, and a concatenation that only another
    reads is part of that. Each of the several `outputs` of a layer that is read is a step after it."""
    steps = Steps()
    first, last, given = {}, {}, {}
    for i, chain in enumerate(chains):
        first[i] = len(steps.labels)
        steps.labels += chain or ["-"]
        last[i] = len(steps.labels) - 1
        steps.edges |= {(k, k + 1) for k in range(first[i], last[i])}
    for a, place, b in reads:
        start = last[a]
        if outputs[a] > 1:
            start = given.get((a, place))
            if start is None:
                start = given[a, place] = len(steps.labels)
                steps.labels.append(f"output {place + 1} of {steps.labels[last[a]]}")
                steps.edges.add((last[a], start))
        steps.edges.add((start, first[b]))
    steps = _without(steps, lambda label, readers: label == "-")
    steps = _without(steps, lambda label, readers: label.startswith("output ") and not readers)
    return _without(steps, lambda label, readers: _is_concat(label) and [*map(_is_concat, readers)] == [True])


def _is_concat(label: str) -> bool:
    return label.split(" of ")[0] == "Concatenate"


def _without(steps: Steps, passed: Callable[[str, list[str]], bool]) -> Steps:
    """The same without some of the steps: what reads one of them reads what that reads."""
    n = len(steps.labels)
    readers: list[set[int]] = [set() for _ in range(n)]
    sources: list[set[int]] = [set() for _ in range(n)]
    for a, b in steps.edges:
        readers[a].add(b)
        sources[b].add(a)
    out = {i for i in range(n) if passed(steps.labels[i], [steps.labels[j] for j in readers[i]])}
    for i in out:
        for a in sources[i]:
            readers[a] = readers[a] - {i} | readers[i]
        for b in readers[i]:
            sources[b] = sources[b] - {i} | sources[i]
    kept = [i for i in range(n) if i not in out]
    place = {old: new for new, old in enumerate(kept)}
    edges = {(place[a], place[b]) for a in kept for b in readers[a]}
    return Steps([steps.labels[i] for i in kept], edges)


def fingerprints(steps: Steps) -> Counter:
    """For each step a number that is another's only if all upstream and all downstream is alike."""
    n = len(steps.labels)
    sources: list[list[int]] = [[] for _ in range(n)]
    readers: list[list[int]] = [[] for _ in range(n)]
    for a, b in steps.edges:
        readers[a].append(b)
        sources[b].append(a)
    order = _order(sources, readers)
    up, down = ({}, {})
    for seen, near, way in ((up, sources, order), (down, readers, order[::-1])):
        for i in way:
            text = repr((steps.labels[i], sorted(seen[j] for j in near[i])))
            seen[i] = hashlib.sha256(text.encode()).hexdigest()
    return Counter((up[i], down[i]) for i in range(n))


def _order(sources: list[list[int]], readers: list[list[int]]) -> list[int]:
    """Each after what it reads."""
    missing = [len(one) for one in sources]
    order = [i for i, n in enumerate(missing) if n == 0]
    for i in order:
        for j in readers[i]:
            missing[j] -= 1
            if missing[j] == 0:
                order.append(j)
    return order


def _compare(what: str, true: dict[str, int], said: dict[str, int], found: list[str]) -> None:
    """Say what is missing, and what is there that should not be."""
    for word, one, other in (("missing", true, said), ("phantom", said, true)):
        extra = {key: n - other.get(key, 0) for key, n in one.items() if n > other.get(key, 0)}
        if extra:
            told = ", ".join(f"{key} (×{n})" if n > 1 else key for key, n in [*extra.items()][:MOST_TOLD])
            found.append(f"{sum(extra.values())} {word} {what}s: {told}")


def main() -> None:
    """Say for each network that is named what its picture says that is not so."""
    from support.scene_models import models_of

    for argument in sys.argv[1:]:
        for title, model in models_of(argument):
            found = []
            for rankdir in DIRECTIONS:
                scene = plot_model(model, rankdir=rankdir).scene
                found += [f"   {rankdir} {line}" for line in differences(model, scene, rankdir)]
            print(title, "true" if not found else "\n" + "\n".join(found), flush=True)


if __name__ == "__main__":
    main()
