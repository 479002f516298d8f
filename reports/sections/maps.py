"""Pictures of variety: the words that instructions use together, and the responses as points in their space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports.blocks import Block
from reports.chart_blocks import Network, Point, Points
from reports.scored import scored_with
from vlitqa.algorithms.packed_vectors import unpack_vectors
from vlitqa.results.evidence import InstructionsEvidence, ResponsesEvidence, evidence_of
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.gallery import Exhibit

if TYPE_CHECKING:
    import networkx

title = "Variety"
_WORDS, _EDGES = 36, 100
_DRAWN = 1_500
_LETTERS = 120
_GRAVITY, _ROUNDS = 0.3, 300
"""Words of parts that nothing joins stay near."""


def build(run: FinishedRun) -> Sequence[Block]:
    """The graph of instruction words, and the map of responses."""
    return [*_words(run), *_responses(run)]


def _words(run: FinishedRun) -> list[Block]:
    """The most frequent content words of the instructions, and which of them stand in one instruction."""
    scored = scored_with(run, InstructionsEvidence)
    if scored is None:
        return []
    graph = run.graph(words=_WORDS, edges=_EDGES)
    if len(graph) < 3:
        return []
    import networkx

    place_of_word = networkx.forceatlas2_layout(
        graph, seed=0, weight="weight", strong_gravity=True, gravity=_GRAVITY, max_iter=_ROUNDS
    )
    groups = _groups_of_words(graph)
    places = ((word, place_of_word[word]) for word in graph)
    nodes = tuple(Point(round(float(x), 3), round(float(y), 3), groups.get(word, ""), word) for word, (x, y) in places)
    rank = {word: number for number, word in enumerate(graph)}
    note = (
        f"The {len(graph)} most frequent content words, the larger the more frequent, and the "
        f"{graph.number_of_edges()} pairs that stand in one instruction most often, relative to their frequency. Words "
        "of one colour and shape are joined by the stronger half of the pairs; a grey ring by none. In scripts without "
        "spaces each letter is a word."
    )
    sizes = tuple(float(count) for _, count in graph.nodes(data="count"))
    edges = tuple((rank[first], rank[second], weight) for first, second, weight in graph.edges(data="weight"))
    return [Network("words of the instructions", nodes, sizes, edges, note)]


def _groups_of_words(graph: networkx.Graph[str]) -> dict[str, str]:
    """The words that the stronger half of all edges joins, by the name of their group; a word alone has none."""
    import networkx

    weights = [weight for _, _, weight in graph.edges(data="weight")]
    middle = float(np.median(weights)) if weights else 0.0
    strong = networkx.Graph((first, second) for first, second, weight in graph.edges(data="weight") if weight > middle)
    rank = {word: number for number, word in enumerate(graph)}
    groups = sorted(networkx.connected_components(strong), key=lambda group: min(map(rank.__getitem__, group)))
    return {word: f"group {number}" for number, group in enumerate(groups, 1) for word in group}


def _responses(run: FinishedRun) -> list[Block]:
    """Responses in their first two principal components, coloured by their cluster."""
    scored = scored_with(run, ResponsesEvidence)
    if scored is None:
        return []
    sample = _sample_responses(run, scored.metric)
    if len(sample) < 3:
        return []
    vectors = unpack_vectors([vector for *_, vector in sample])
    centred = vectors - vectors.mean(axis=0)  # (responses, dimensions)
    _, strengths, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2, np.abs(axes[:2]).argmax(axis=1)].diagonal())[:, None]  # (2, dimensions)
    places = centred @ axes.T  # (responses, 2)
    labels = run.labels.get(scored.metric, {})
    exhibits = {exhibit.row: exhibit for exhibit in run.exhibits}
    points = []
    for (row, turn, _), (x, y) in zip(sample, places, strict=True):
        labels_of_row = labels.get(row, ())
        cluster = labels_of_row[turn][0] if turn < len(labels_of_row) and labels_of_row[turn] else ""
        text = _response_text(exhibits.get(row), turn)
        words = f"row {row + 1}, turn {turn + 1}" + (f": {text}" if text else "")
        points.append(Point(round(float(x), 3), round(float(y), 3), f"cluster {cluster}" if cluster else "", words))
    explained = float((strengths[:2] ** 2).sum() / max((strengths**2).sum(), 1e-12))
    reach = next((figure.unit for figure in scored.summary.figures if figure.unit.startswith("cosine")), "")
    drawn = "" if len(points) == _count_responses(run, scored.metric) else ", drawn evenly from all rows"
    note = (
        f"{len(points):,} responses{drawn}, by the first two principal components of their vectors, which explain "
        f"{explained:.0%} of the variance. Colours are the clusters of `sound`{f' ({reach})' if reach else ''}, which "
        "are others than those of `original`; grey rings lie in none."
    )
    return [Points("responses", tuple(points), note)]


def _count_responses(run: FinishedRun, metric: str) -> int:
    """The number of responses with a vector."""
    with_evidence = (measurement for measurement in run.measurements(metric) if measurement.evidence)
    return sum(len(evidence_of(measurement, ResponsesEvidence).turns) for measurement in with_evidence)


def _response_text(exhibit: Exhibit | None, turn: int) -> str:
    """The beginning of a response, where its row is shown."""
    if exhibit is None or turn >= len(exhibit.turns):
        return ""
    return (exhibit.turns[turn].response or "")[:_LETTERS]


def _sample_responses(run: FinishedRun, metric: str) -> list[tuple[int, int, str]]:
    """Row, turn and vector of as many responses as a map shows, evenly from all rows."""
    places: list[tuple[int, int, str]] = []
    rows = len(run.rows)
    step = max(1, rows // _DRAWN)
    for position, measurement in enumerate(run.measurements(metric)):
        if position % step == 0 and measurement.evidence:
            turns = evidence_of(measurement, ResponsesEvidence).turns
            places += [(measurement.place.row, response.turn, response.vector) for response in turns]
    return places[:: max(1, -(-len(places) // _DRAWN))]
