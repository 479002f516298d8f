"""Pictures of variety: the words that instructions use together, and the responses as points in their space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from reports.blocks import Block
from reports.chart_blocks import Network, Point, Points
from reports.scored import scored_with
from vlitqa.algorithms.packed_vectors import unpacked
from vlitqa.results.evidence import InstructionsEvidence, ResponsesEvidence, evidence_of
from vlitqa.runs.finished import Floats, Run

title = "Variety"
_WORDS, _EDGES = 36, 100
_DRAWN = 1_500
_STEPS = 300
_LETTERS = 120


def build(run: Run) -> Sequence[Block]:
    return [*_words(run), *_responses(run)]


def _words(run: Run) -> list[Block]:
    """The most frequent content words of the instructions, and which of them stand in one instruction."""
    scored = scored_with(run, InstructionsEvidence)
    if scored is None:
        return []
    said: list[list[str]] = []
    for each in run.measurements(scored.metric):
        if each.evidence:
            said += [turn.words.split() for turn in evidence_of(each, InstructionsEvidence).turns]
    counts = Counter(word for words in said for word in set(words))
    names = [word for word, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:_WORDS]]
    if len(names) < 3:
        return []
    at = {word: place for place, word in enumerate(names)}
    together: Counter[tuple[int, int]] = Counter()
    for words in said:
        together.update(combinations(sorted({at[word] for word in words if word in at}), 2))
    weighed = {
        pair: count / (counts[names[pair[0]]] * counts[names[pair[1]]]) ** 0.5 for pair, count in together.items()
    }
    chosen = sorted(weighed, key=lambda pair: (-weighed[pair], pair))[:_EDGES]
    place = _sprung(len(names), [(*pair, weighed[pair]) for pair in chosen])
    middle = float(np.median([weighed[each] for each in chosen])) if chosen else 0.0
    groups = _joined(len(names), [pair for pair in chosen if weighed[pair] > middle])
    spots = zip(names, np.round(place, 3).tolist(), groups, strict=True)
    nodes = tuple(Point(x, y, group, word) for word, (x, y), group in spots)
    sizes = tuple(float(counts[word]) for word in names)
    note = (
        f"The {len(names)} most frequent content words, and the {len(chosen)} pairs of them that stand in one "
        "instruction most often for how frequent they are."
    )
    edges = tuple((first, second, float(weighed[first, second])) for first, second in chosen)
    return [Network("words of the instructions", nodes, sizes, edges, note)]


def _sprung(count: int, edges: Sequence[tuple[int, int, float]]) -> Floats:
    """Places at which all words keep apart and those of one edge come near; the same for the same edges."""
    angles = np.arange(count) * 2.399963  # the golden angle: no two words begin at one place
    place = np.sqrt(np.arange(1, count + 1))[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    pull = np.zeros((count, count))
    for first, second, weight in edges:
        pull[first, second] = pull[second, first] = 0.3 + weight
    for step in range(_STEPS):
        apart = place[:, None] - place[None]
        distance = np.maximum(np.linalg.norm(apart, axis=2, keepdims=True), 0.05)
        force = (apart / distance**2 - 0.12 * pull[:, :, None] * apart).sum(axis=1) - 0.01 * place
        length = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        place = place + force / length * np.minimum(length, 0.6 * (1 - step / _STEPS))
    return np.asarray(place)


def _joined(count: int, pairs: Sequence[tuple[int, int]]) -> list[str]:
    """The connected parts of a graph by name; a word alone has none."""
    first = list(range(count))

    def root(each: int) -> int:
        while first[each] != each:
            first[each] = first[first[each]]
            each = first[each]
        return each

    for one, other in pairs:
        first[root(other)] = root(one)
    roots = [root(each) for each in range(count)]
    sizes = Counter(roots)
    return [f"group {each + 1}" if sizes[each] > 1 else "" for each in roots]


def _responses(run: Run) -> list[Block]:
    """Responses by the two directions in which they differ most, coloured by their cluster."""
    scored = scored_with(run, ResponsesEvidence)
    if scored is None:
        return []
    found = _drawn(run, scored.metric)
    if len(found) < 3:
        return []
    vectors = unpacked([vector for *_, vector in found])
    middle = vectors - vectors.mean(axis=0)
    _, strength, ways = np.linalg.svd(middle, full_matrices=False)
    ways = ways[:2] * np.sign(ways[:2, np.abs(ways[:2]).argmax(axis=1)].diagonal())[:, None]
    place = middle @ ways.T
    labels = run.labels.get(scored.metric, {})
    shown = {each.row: each for each in run.exhibits}
    points = []
    for (row, turn, _), (x, y) in zip(found, place, strict=True):
        own = labels.get(row, ())
        cluster = own[turn][0] if turn < len(own) and own[turn] else ""
        text = (shown[row].turns[turn][1] or "")[:_LETTERS] if row in shown and turn < len(shown[row].turns) else ""
        words = f"row {row + 1}, turn {turn + 1}" + (f": {text}" if text else "")
        points.append(Point(round(float(x), 3), round(float(y), 3), f"cluster {cluster}" if cluster else "", words))
    kept = float((strength[:2] ** 2).sum() / max((strength**2).sum(), 1e-12))
    note = (
        f"{len(points):,} responses, in the two directions in which their vectors differ most: {kept:.0%} of all that "
        "differs. Grey rings are in no cluster."
    )
    return [Points("responses", tuple(points), note)]


def _drawn(run: Run, metric: str) -> list[tuple[int, int, str]]:
    """Row, turn and vector of so many responses, evenly from all rows."""
    places: list[tuple[int, int, str]] = []
    rows = len(run.rows)
    step = max(1, rows // _DRAWN)
    for at, each in enumerate(run.measurements(metric)):
        if at % step == 0 and each.evidence:
            turns = evidence_of(each, ResponsesEvidence).turns
            places += [(each.place.row, response.turn, response.vector) for response in turns]
    return places[:: max(1, -(-len(places) // _DRAWN))]
