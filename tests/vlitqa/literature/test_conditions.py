"""Conditions in Kleene's logic: what they decide holds whatever the cells without a value may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlitqa.errors import UsageError
from vlitqa.literature.cells import CellKind, CellState, PrintedCell
from vlitqa.literature.columns import ListColumn
from vlitqa.literature.condition_notation import parse_condition
from vlitqa.literature.lists import PublishedList, load_list
from vlitqa.literature.printed_tables import ListRow

VALUES = {
    "name": ("pure", "hybrid"),
    "tick": (True, False),
    "other": (True, False),
    "count": (0, 5_000, 2_000_000),
    "inst": (("AA",), ("SI",), ("AA", "SI")),
    "labels": (("a",), ("b",), ("a", "b"), ("a", "b", "c")),
}
KINDS = {
    "name": CellKind.TEXT,
    "tick": CellKind.TICK,
    "other": CellKind.TICK,
    "count": CellKind.NUMBER,
    "inst": CellKind.SET,
    "labels": CellKind.LIST,
}
WITHOUT_VALUE = [state for state in CellState if state is not CellState.GIVEN]


def cell(value: object, *, is_partial: bool = False) -> PrintedCell:
    return PrintedCell(CellState.GIVEN, value, str(value), is_partial)  # type: ignore[arg-type]


def table(*rows: ListRow) -> PublishedList:
    columns = tuple(ListColumn(name, KINDS[name], "") for name in VALUES)
    every = tuple({name: cell(values[number % len(values)]) for name, values in VALUES.items()} for number in range(12))
    return PublishedList(name="table", meaning="", source="", columns=columns, rows=(*rows, *every), shown=("name",))


def completions(row: ListRow, columns: Iterable[str]) -> Iterator[ListRow]:
    """Every row that the papers may have printed, in these columns and as far as values of `VALUES` go."""
    names = sorted(set(columns))
    for values in product(*(list(_possible(name, row[name])) for name in names)):
        yield {name: cell(value) for name, value in zip(names, values, strict=True)}


def _possible(name: str, printed: PrintedCell) -> Iterator[object]:
    for value in VALUES[name]:
        is_more = printed.is_partial and set(printed.value) <= set(value)  # type: ignore[arg-type]
        if printed.state is not CellState.GIVEN or is_more or value == printed.value:
            yield value


@st.composite
def rows(draw: st.DrawFn) -> ListRow:
    row = {}
    for name, values in VALUES.items():
        given_cells = st.builds(cell, st.sampled_from(values), is_partial=st.sampled_from([False]))
        partial = st.builds(cell, st.sampled_from((("a",), ("b",))), is_partial=st.sampled_from([True]))
        lacking = st.builds(PrintedCell, st.sampled_from(WITHOUT_VALUE))
        kinds = (given_cells, lacking, partial) if name == "labels" else (given_cells, lacking)
        row[name] = draw(st.one_of(*kinds))
    return row


TESTS = st.sampled_from(
    [
        *("tick", "other", "tick = no", "tick != yes", "other = ✓"),
        *("count>=5K", "count<5K", "count = 5,000", "count != 2M", "count <= 0", "count>1.9M"),
        *("inst has AA", "inst has SI", "inst = SI", "inst != AA+SI", "inst = SI+AA"),
        *("labels has a", "labels has c", "labels = 'a,b'", "labels != a"),
        *("name has ur", "name = HYBRID", 'name != "pure"'),
    ]
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("{} and {} or {}".format, TESTS, TESTS, TESTS),
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(row=rows(), text=CONDITIONS)
def test_a_condition_that_is_true_or_false_is_so_whatever_the_missing_cells_hold(row: ListRow, text: str) -> None:
    condition = parse_condition(text, table(row))
    truth = condition.holds(row)
    outcomes = {condition.holds(whole) for whole in completions(row, condition.columns)}
    assert None not in outcomes, "a row without gaps is decided"
    if truth is not None:
        assert outcomes == {truth}


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(row=rows(), text=TESTS)
def test_one_comparison_is_unknown_exactly_where_the_cell_leaves_it_open(row: ListRow, text: str) -> None:
    condition = parse_condition(text, table(row))
    (column,) = condition.columns
    outcomes = {condition.holds(whole) for whole in completions(row, condition.columns)}
    is_open = row[column].state is not CellState.GIVEN or row[column].is_partial
    assert condition.holds(row) is not None or is_open
    assert condition.holds(row) is None or len(outcomes) == 1


def test_not_binds_more_than_and_and_that_more_than_or() -> None:
    row = {name: cell(values[0]) for name, values in VALUES.items()} | {"other": cell(value=False)}
    published = table(row)
    assert parse_condition("tick or other and other", published).holds(row) is True
    assert parse_condition("(tick or other) and other", published).holds(row) is False
    assert parse_condition("not other and tick", published).holds(row) is True
    assert parse_condition("not (other or tick)", published).holds(row) is False


SI_WITH_REGIONS = "inst has SI and region and rows>=100K"


def names(text: str, list_name: str = "datasets", *, truth: bool | None = True) -> set[str]:
    published = load_list(list_name)
    condition = parse_condition(text, published)
    return {row["name"].text for row in published.rows if condition.holds(row) is truth}


def test_self_instructed_sets_with_regions_and_100k_rows_are_the_three_that_the_paper_prints() -> None:
    assert names(SI_WITH_REGIONS) == {"LLaVA-Instruct-150K", "pandagpt_vid", "LVIS-INSTRUCT4V"}


def test_sets_whose_mark_or_size_is_unreadable_could_match_and_are_never_false() -> None:
    unreadable_region = {
        *("MIMIC-IT", "Video-LLaMA", "LAMM", "LLaVAR", "SVIT", "BuboGPT", "MGVLID", "AS-1B", "PointLLM", "PVIT"),
        *("DreamLLM", "VIGC"),
    }
    assert names(SI_WITH_REGIONS, truth=None) == unreadable_region | {"MiniGPT-v2", "GranD"}  # these have no size


def test_a_list_of_tasks_that_breaks_off_could_hold_any_task() -> None:
    assert names("tasks has grounding", "models") == {"VisionLLM", "Qwen-VL"}
    unknown = names("tasks has 'visual grounding'", "models", truth=None)
    assert unknown == {
        *("MultiModal-GPT", "OphGLM", "GPT4RoI", "ChatSpot", "Lynx", "PVIT", "BLIVA"),  # may hold more
        *("GPT4Tools", "StableLLaVA", "CogVLM"),  # unreadable
        *("LLaVA(MS+IR+DM)", "GLaMM", "OtterHD", "mPLUG-Owl2", "?"),  # not in Table 5
    }


def test_spellings_of_names_and_tasks_differ_in_nothing() -> None:
    assert names("name = llava_instruct_150k") == {"LLaVA-Instruct-150K"}
    assert names("tasks has 'detail description'") == names("tasks has 'detailed description'")
    assert names('"#I-R" >= 3B') == {"AS-1B"}


@pytest.mark.parametrize(
    ("text", "fault", "place", "repair"),
    [
        ("inst has SI and regon", "no column 'regon'", 16, "Did you mean region?"),
        ("inst has S1", "There is no 'S1' in 'inst'", 9, "Known are AA, SI."),
        ("tasks has groundin", "There is no 'groundin'", 10, "Did you mean visual grounding?"),
        ("model = LLaVa-15", "There is no 'LLaVa-15'", 8, "Did you mean LLaVA 1.5?"),
        ("rows>=", "A value should stand here", 6, "Such as"),
        ("rows>=lots", "'lots' is no number", 6, "holds a number"),
        ("rows has 3", "'has' does not compare that", 9, "< <= > >="),
        ("region and and video", "A column should stand here", 11, "Such as"),
        ("(region", "not closed", 7, "Such as"),
        ("region)", "the end should stand here", 6, "Such as"),
        ("name = LLaVA 1.5", "There is no 'LLaVA'", 7, "Did you mean LLaVAR?"),
        ("inst", "holds a set, no tick", 0, "inst has VALUE"),
        ("region = maybe", "neither yes nor no", 9, "holds a tick"),
        ('name="abc', "A quotation mark is not closed", 5, "Such as"),
        ("rows in 3", "A comparison", 5, "Such as"),
        ("rows = ''", "no value of 'rows'", 8, "equal nothing"),
        ("", "A column should stand here", 0, "Such as"),
        ("not " * 99 + "region", "Over 50 conditions", 200, "Such as"),
    ],
)
def test_an_error_of_a_condition_points_at_its_place(text: str, fault: str, place: int, repair: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_condition(text, load_list("datasets"))
    message, shown, mark = caught.value.message.split("\n")
    assert fault in message
    assert shown == f"  {text}"
    assert mark == " " * (2 + place) + "^"
    assert repair in caught.value.repair


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="()<>=!\"' aeinorsty✓-KM19\n", max_size=40) | st.text(max_size=20))
def test_no_text_breaks_the_notation(text: str) -> None:
    published = load_list("datasets")
    with suppress(UsageError):
        condition = parse_condition(text, published)
        assert all(condition.holds(row) in (True, False, None) for row in published.rows)
