"""Events are kept in order, nothing is overwritten, and whoever saw an older revision is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from vlitqa.annotation.assignment import AGAIN, AssignmentPlan
from vlitqa.annotation.events import EventStore, LabelEvent, StaleRevision, fold
from vlitqa.annotation.items import AnnotatedItem
from vlitqa.results.annotation import ItemLabel


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with closing(EventStore(tmp_path)) as opened:
        yield opened


def _event(kind: str = "label", quality: str = "poor", annotator: str = "anna") -> LabelEvent:
    label = ItemLabel(quality) if kind == "label" else None  # type: ignore[arg-type]
    return LabelEvent(item="1", digest="d", annotator=annotator, revision=0, kind=kind, label=label, reason="unclear")  # type: ignore[arg-type]


def test_a_label_is_there_when_the_store_is_opened_again(store: EventStore, tmp_path: Path) -> None:
    store.add(_event(), 0)
    with closing(EventStore(tmp_path)) as again:
        assert again.states("anna", [("1", "d")])[0].label == ItemLabel("poor")
        assert again.token_of("anna") == store.token_of("anna")
        assert len(again.token_of("ben")) >= 32
        assert again.served_annotators() == []
        store.keep_served(["annotator"])
        store.keep_served(["ben", "anna"])
        assert again.served_annotators() == ["ben", "anna"]


def test_a_stale_revision_is_refused_with_what_is_there(store: EventStore) -> None:
    store.add(_event(quality="excellent"), 0)
    with pytest.raises(StaleRevision) as stale:
        store.add(_event(quality="poor"), 0)
    assert stale.value.state.revision == 1
    assert stale.value.state.label == ItemLabel("excellent")
    assert len(store.all_events()) == 1


def test_two_annotators_do_not_disturb_each_other(store: EventStore) -> None:
    store.add(_event(quality="excellent"), 0)
    store.add(_event(quality="poor", annotator="ben"), 0)
    assert store.states("anna", [("1", "d")])[0].label == ItemLabel("excellent")
    assert store.states("ben", [("1", "d")])[0].label == ItemLabel("poor")


def test_an_undo_is_an_event_that_goes_back_by_one_step(store: EventStore) -> None:
    store.add(_event(quality="excellent"), 0)
    store.add(_event(quality="poor"), 1)
    assert store.add(_event("undo"), 2).label == ItemLabel("excellent")
    assert store.add(_event("skip"), 3).skipped == "unclear"
    assert store.add(_event("undo"), 4).label == ItemLabel("excellent")
    assert store.add(_event("undo"), 5).is_done is False
    assert store.add(_event("undo"), 6).revision == 7
    assert [event.kind for event in store.all_events()] == ["label", "label", "undo", "skip", "undo", "undo", "undo"]


def test_a_conversation_that_changed_is_open_again_and_can_be_labelled(store: EventStore) -> None:
    store.add(_event(quality="excellent"), 0)
    assert not store.states("anna", [("1", "changed")])[0].is_done
    assert store.states("anna", [("1", "changed")])[0].revision == 1
    changed = msgspec.structs.replace(_event(quality="poor"), digest="changed")
    assert store.add(changed, 1).label == ItemLabel("poor")
    assert store.states("anna", [("1", "d")])[0].label == ItemLabel("excellent")


def test_nothing_leads_to_an_empty_state() -> None:
    assert fold([], "d").revision == 0
    assert not fold([], "d").is_done


def _items(count: int) -> list[AnnotatedItem]:
    return [AnnotatedItem(str(number), (), ()) for number in range(count)]


def test_every_item_goes_to_as_many_people_as_it_should_and_all_have_about_as_much() -> None:
    plan = AssignmentPlan(annotators=("a", "b", "c"), per_item=2, seed=3)
    items = _items(300)
    queues = {name: plan.queue_of(name, items) for name in plan.annotators}
    assert sum(map(len, queues.values())) == 600
    assert all(160 < len(queue) < 240 for queue in queues.values())
    assert all(len(set(queue)) == len(queue) for queue in queues.values())
    assert queues == {name: plan.queue_of(name, items[::-1]) for name in plan.annotators}


def test_a_share_of_items_is_seen_by_one_person_and_a_share_comes_again_at_the_end() -> None:
    plan = AssignmentPlan(annotators=("a", "b"), overlap=0.25, repeats=0.1)
    items = _items(400)
    assert 60 < sum(len(plan.people_for(item.id)) == 2 for item in items) < 140
    queue = plan.queue_of("a", items)
    again = [item for item in queue if item.endswith(AGAIN)]
    assert 10 < len(again) < 45
    assert queue[-len(again) :] == again
    assert {item.removesuffix(AGAIN) for item in again} < set(queue)


def test_what_another_process_saved_is_seen_at_once(tmp_path: Path) -> None:
    with closing(EventStore(tmp_path)) as mine, closing(EventStore(tmp_path)) as other:
        assert mine.all_events() == []
        other.add(_event(), 0)
        assert mine.states("anna", [("1", "d")])[0].label == ItemLabel("poor")
        with pytest.raises(StaleRevision):
            mine.add(_event(quality="excellent"), 0)
        assert len(mine.all_events()) == len(other.all_events()) == 1
