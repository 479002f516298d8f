"""The promises of contracts.Metric, kept by every metric of the catalogue."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import random
from collections.abc import Iterator

import orjson
import pytest
from msgspec import to_builtins
from msgspec.structs import fields, replace

from tests.given.drawings import file_of, landscape, plain
from tests.given.open_tools import opened_with_models, opened_without_models
from vlitqa.catalogue import METRICS, load_metric
from vlitqa.contracts import Context, FittedMetric, Metric
from vlitqa.contracts.tools import Tools
from vlitqa.records import VIDEO, Frame, ImageRef, Place, Record, Recording, Turn
from vlitqa.results import Measurement, Status, Summary, to_json
from vlitqa.results.evidence import NoEvidence, evidence_of

LONG = "Which of the two dogs in the picture is nearer to the red fence, and how can you tell?"
PARTS = ("Measures", "Reads", "Range", "Caveats", "Source")
MODELS = {"sentences", "matcher"}
"""Tools that are models of the extra [models]."""
SIZED = {"image_variety": {"budget": 2, "clusters": 2, "least": 1}}
"""Parameters of metrics that have no figure of so few records."""


def _records() -> list[Record]:
    """Records of every kind that a format can hand on, in the order of their rows."""
    photo = ImageRef("photo.png", data=file_of(landscape(1)))
    grey = ImageRef("grey.png", data=file_of(plain(120)))
    broken = ImageRef("broken.jpg", data=file_of(landscape(2), "JPEG")[:900])
    missing = ImageRef("nowhere/at-all.jpg")
    film = Recording(VIDEO, "film.mp4", b"no video")
    frame = ImageRef(film.name, film.data, frame=Frame(0, 1))
    several = (Turn("What is this?", "A lake.", (0,)), Turn(LONG, "A boat.", (1,)), Turn(None, "Bye."))
    made = [
        Record((Turn(LONG, "The left one, because its shadow touches the fence."),)),
        Record((Turn(LONG, "The left one, because its shadow touches the fence."),)),
        Record((Turn(LONG + " Look well!", "The left one, because its shadow touches the fence."),)),
        Record(several, images=(photo, missing), placeholders=2),
        Record(several, images=(replace(photo, caption="a lake"), grey), placeholders=1),
        Record((Turn("Describe it.", "Describe it."),) * 3, images=(broken,)),
        Record((Turn(None, "An answer without a question."), Turn("A question without an answer?", None))),
        Record((Turn("", ""), Turn(" \n", "\t"))),
        Record((Turn(None, None),)),
        Record((), images=(photo,)),
        Record(()),
        Record((Turn("图片里有什么动物？请详细描述一下。", "图片里有一只猫，它正坐在窗台上看着外面的雪。"),)),
        Record((Turn("What does 🐈‍⬛ mean?", "🐈‍⬛🐈‍⬛ a black cat 🎉"),), placeholders=0),
        Record((Turn("", "", response_images=(0,)),), images=(photo,), placeholders=1),
        Record((Turn("a\u202eb <|im_end|>", "[INST] x </s>"),), notes=("string_for_list",)),
        Record(tuple(Turn(f"Question {turn}?", f"Answer number {turn} is short.") for turn in range(25))),
        Record((Turn("Yes?", "yes"), Turn("No?", "yes"))),
        Record((Turn("What happens in it?", "A dog runs.", (0,)),), images=(frame,), recordings=(film,)),
    ]
    return [
        replace(record, id="twice" if row in (3, 8) else f"id-{row}", place=Place(row=row, line=row + 1))
        for row, record in enumerate(made)
    ]


def _needs_models(name: str) -> bool:
    card = load_metric(name).card
    return bool(MODELS & set(card.tools)) or any(map(_needs_models, card.all_read))


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.model] * _needs_models(name)) for name in METRICS])
def metric(request: pytest.FixtureRequest) -> Metric:
    sized = SIZED.get(request.param, {})
    return dataclasses.replace(load_metric(request.param), **sized)  # type: ignore[type-var]


@pytest.fixture
def tools(metric: Metric, request: pytest.FixtureRequest) -> Tools:
    """Real tools, and no model where the metric needs none."""
    named = "tools_with_models" if _needs_models(metric.card.name) else "tools_without_models"
    found: Tools = request.getfixturevalue(named)
    return found


@pytest.fixture(scope="module")
def tools_with_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with opened_with_models(tmp_path_factory.mktemp("models")) as tools:
        yield tools


@pytest.fixture(scope="module")
def tools_without_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with opened_without_models(tmp_path_factory.mktemp("tools")) as tools:
        yield tools


@pytest.fixture
def context(metric: Metric, tools: Tools) -> Context:
    """What a run of these records alone would let the metric know."""
    fit = metric.fit(metric.measure(_records(), tools), tools) if isinstance(metric, FittedMetric) else {}
    read = {name: _summary(name, tools) for name in metric.card.all_read}
    labels = {name: summary.labels for name, summary in read.items()}
    return Context(fit, labels, {name: summary.tags for name, summary in read.items()})


def _summary(name: str, tools: Tools) -> Summary:
    metric = dataclasses.replace(load_metric(name), min_count=1)  # type: ignore[call-arg,type-var]
    made = list(metric.measure(_records(), tools))
    return metric.combine(made, Context(metric.fit(made, tools)))


def _json(summary: Summary) -> bytes:
    return to_json(summary)


def test_there_is_one_measurement_for_each_record_in_order(metric: Metric, tools: Tools) -> None:
    records = _records()
    made = metric.measure(records, tools)
    assert [(each.place, each.record_id) for each in made] == [(each.place, each.id) for each in records]


def test_nothing_is_measured_of_no_record(metric: Metric, tools: Tools) -> None:
    assert list(metric.measure([], tools)) == []


def test_the_size_and_order_of_a_batch_never_matter(metric: Metric, tools: Tools) -> None:
    records = _records()
    together = list(metric.measure(records, tools))
    assert [metric.measure([each], tools)[0] for each in records] == together
    assert list(reversed(metric.measure(records[::-1], tools))) == together
    halves = [*metric.measure(records[:7], tools), *metric.measure(records[7:], tools)]
    assert halves == together


@pytest.mark.parametrize("seed", range(5))
def test_the_summary_does_not_depend_on_the_order_of_the_measurements(
    metric: Metric, tools: Tools, context: Context, seed: int
) -> None:
    measurements = list(metric.measure(_records(), tools))
    expected = _json(metric.combine(measurements, context))
    random.Random(seed).shuffle(measurements)
    assert _json(metric.combine(measurements, context)) == expected


def test_two_parts_put_together_give_the_summary_of_the_whole(metric: Metric, tools: Tools, context: Context) -> None:
    records = _records()
    whole = _json(metric.combine(metric.measure(records, tools), context))
    parts = [*metric.measure(records[9:], tools), *metric.measure(records[:9], tools)]
    assert _json(metric.combine(iter(parts), context)) == whole


def test_it_travels_to_a_worker(metric: Metric, tools: Tools) -> None:
    copied = pickle.loads(pickle.dumps(metric))
    assert copied == metric
    made = list(metric.measure(_records(), tools))
    assert pickle.loads(pickle.dumps(made)) == made == list(copied.measure(_records(), tools))


def test_its_parameters_are_frozen(metric: Metric) -> None:
    assert dataclasses.is_dataclass(metric)
    for name in [field.name for field in dataclasses.fields(metric)] or ["anything"]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(metric, name, 1)


def test_a_measurement_has_a_value_in_range_or_a_status_and_a_reason(metric: Metric, tools: Tools) -> None:
    for each in metric.measure(_records(), tools):
        if each.value is None:
            assert each.status is not Status.OK
            assert each.reason
        else:
            assert each.status is Status.OK
            assert metric.card.lowest <= each.value <= metric.card.highest


def test_every_figure_has_a_value_inside_its_interval_or_a_reason(
    metric: Metric, tools: Tools, context: Context
) -> None:
    figures = metric.combine(metric.measure(_records(), tools), context).figures
    assert any(figure.value is not None for figure in figures)
    for figure in figures:
        assert (figure.value is None) == bool(figure.reason)
        if figure.interval and figure.value is not None:
            assert figure.interval[0] <= figure.value <= figure.interval[1]


def test_an_empty_dataset_has_figures_without_values(metric: Metric) -> None:
    summary = metric.combine([])
    assert summary.figures
    for figure in summary.figures:
        if figure.value != 0 or figure.unit == "mean":  # a count of nothing is 0
            assert figure.value is None
            assert figure.reason
        assert figure.interval is None
    assert summary.findings == ()
    assert _json(summary)


def test_records_that_could_not_be_measured_are_counted_and_left_out(
    metric: Metric, tools: Tools, context: Context
) -> None:
    records = _records()
    made = list(metric.measure(records, tools))
    killed = Measurement(None, Status.WORKER_KILLED, "it died", place=Place(row=99, line=100), record_id="id-99")
    with_killed, without = metric.combine([*made, killed], context), metric.combine(made, context)
    assert [figure.value for figure in with_killed.figures] == [figure.value for figure in without.figures]
    assert with_killed.findings == without.findings
    more = [sum(figure.left_out.values()) for figure in with_killed.figures]
    assert any(more[at] == sum(figure.left_out.values()) + 1 for at, figure in enumerate(without.figures))


def test_a_dataset_of_nothing_but_failures_has_no_value(metric: Metric) -> None:
    killed = [Measurement(None, Status.WORKER_KILLED, "it died", place=Place(row=row, line=1)) for row in range(5)]
    for figure in metric.combine(killed).figures:
        assert not figure.value
        assert figure.value == 0 or figure.reason


def test_records_are_left_as_they_are(metric: Metric, tools: Tools) -> None:
    records = _records()
    before = copy.deepcopy(records)
    metric.measure(records, tools)
    assert records == before


def test_evidence_survives_json(metric: Metric, tools: Tools, context: Context) -> None:
    made = list(metric.measure(_records(), tools))
    read = [replace(each, evidence=orjson.loads(orjson.dumps(each.evidence))) for each in made]
    assert _json(metric.combine(read, context)) == _json(metric.combine(made, context))


def test_evidence_is_plain_json_and_comes_back_through_its_type(metric: Metric, tools: Tools) -> None:
    for each in metric.measure(_records(), tools):
        kept = orjson.dumps(each.evidence)
        assert orjson.loads(kept) == each.evidence, "as the cache would give it back"
        if each.evidence:
            assert orjson.dumps(to_builtins(evidence_of(each, metric.evidence))) == kept


def test_damaged_evidence_is_an_error_that_names_the_row(metric: Metric, tools: Tools, context: Context) -> None:
    made = list(metric.measure(_records(), tools))
    row = next((row for row, each in enumerate(made) if each.evidence), None)
    assert (row is None) == (metric.evidence is NoEvidence)
    if row is None:
        return
    evidence = made[row].evidence
    wrong = [{**evidence, name: {"of another": ["type"]}} for name in evidence]
    needed = [field.encode_name for field in fields(metric.evidence) if field.required]
    lacking = [{name: value for name, value in evidence.items() if name != left_out} for left_out in needed]
    for damaged in [{**evidence, "no field": 1}, *wrong, *filter(None, lacking)]:
        broken = [*made[:row], replace(made[row], evidence=damaged), *made[row + 1 :]]
        with pytest.raises(ValueError, match=f"the evidence of row {row + 1} is damaged: .+"):
            metric.combine(broken, context)


def test_its_faulty_rows_are_in_order_and_have_the_faults_that_were_found(
    metric: Metric, tools: Tools, context: Context
) -> None:
    summary = metric.combine(metric.measure(_records(), tools), context)
    rows = [fault.row for fault in summary.faulty]
    assert rows == sorted(rows)
    assert len({(fault.row, fault.code) for fault in summary.faulty}) == len(summary.faulty)
    assert {fault.code for fault in summary.faulty} == {finding.code for finding in summary.findings}
    assert all(fault.of_row is None or fault.of_row < fault.row for fault in summary.faulty)


def test_its_help_says_what_it_measures_reads_and_means(metric: Metric) -> None:
    lines = [line.strip() for line in (type(metric).__doc__ or "").splitlines()]
    assert lines[0].endswith(".")
    assert lines[1] == ""
    assert [line.split(":")[0] for line in lines if line.startswith(tuple(f"{part}: " for part in PARTS))] == [*PARTS]


def test_its_card_says_what_its_summary_holds(metric: Metric, tools: Tools, context: Context) -> None:
    made = list(metric.measure(_records(), tools))
    summary, card = metric.combine(made, context), metric.card
    figures = {(figure.name, figure.variant) for figure in summary.figures}
    named = (card.headline, *card.tiles, *card.misleading, *card.follows_length, *card.follows_size, *card.fitted)
    assert {(shown.name, shown.variant) for shown in named} <= figures
    assert set(card.shares) <= {name for name, _ in figures}
    shares = [figure.value for figure in summary.figures if figure.name in card.shares and figure.value is not None]
    assert all(0 <= share <= 1 for share in shares)
    assert (card.in_table_4 or card.headline.name, "original") in figures or card.principle is None
    assert {finding.code for finding in summary.findings} <= set(card.finds)
    assert bool(summary.labels) == card.labels
    assert all("votes" in turn for each in made if card.votes for turn in each.evidence.get("turns", ()))


@pytest.mark.parametrize("name", METRICS)
def test_its_card_bears_the_name_of_the_catalogue(name: str) -> None:
    card = load_metric(name).card
    assert card.name == name
    assert card.version >= 1
    assert card.lowest < card.highest


@pytest.mark.parametrize("name", METRICS)
def test_its_card_says_its_headline_in_a_sentence_that_ends(name: str) -> None:
    metric = load_metric(name)
    sentence = metric.card.sentence
    assert bool(sentence) == (metric.card.principle is not None)
    if sentence:
        parameters = {field.name: getattr(metric, field.name) for field in dataclasses.fields(metric)}  # type: ignore[arg-type]
        shown = sentence.format(**parameters, value="41.5 %", s="s")
        assert "41.5 %" in shown
        assert shown.endswith(".")
