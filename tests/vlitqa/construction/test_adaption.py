"""Annotation adaption: the response is the annotation, the instruction asks for its length, and principles switch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.given.coco_files import recipe_of, write_coco
from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages, AnnotationSource, ImageObject, ImageQuestion
from vlitqa.construction.adaption import Adapter
from vlitqa.construction.adaption_tasks import TASKS
from vlitqa.construction.drafts import Draft
from vlitqa.construction.image_view import ImageView, survey_objects
from vlitqa.construction.nouns import plural_of, with_indefinite_article
from vlitqa.construction.pools import read_pools
from vlitqa.construction.recipe import Recipe, read_recipe
from vlitqa.construction.recipe_parts import AdaptionPart, PrinciplesPart
from vlitqa.construction.source_images import open_source_images
from vlitqa.errors import UsageError

BOX = (0.1, 0.2, 0.3, 0.4)


def _scenes(tmp_path: Path, count: int, seed: int = 0) -> AnnotatedImages:
    recipe = tmp_path / "scenes.toml"
    recipe.write_text(f'strategy = "adaption"\nseed = {seed}\n[images]\nscenes = {count}\n', encoding="utf-8")
    return open_source_images(read_recipe(recipe)).annotated


def _drafts(images: AnnotatedImages, recipe: Recipe | None = None) -> list[Draft]:
    return list(Adapter(recipe or Recipe(strategy="adaption"), images, read_pools()).drafts())


def _view(image: AnnotatedImage, principles: PrinciplesPart | None = None, *, names: Sequence[str] = ()) -> ImageView:
    images = AnnotatedImages(images=[image], sources=[AnnotationSource(name="s", object_names=tuple(names))])
    return ImageView(
        image=image,
        world=survey_objects(images),
        looked_for=frozenset(names),
        principles=principles or PrinciplesPart(),
        seed=0,
    )


def test_every_task_has_a_pool_of_instructions_that_says_how_long_an_answer_is() -> None:
    pools = read_pools()
    assert set(TASKS) == set(pools)
    for pool in pools.values():
        assert len(pool.instructions) >= 8
        assert pool.answer


def test_responses_are_the_annotations_themselves(tmp_path: Path) -> None:
    images = _scenes(tmp_path, 200)
    by_file = {image.file: image for image in images.images}
    recipe = Recipe(strategy="adaption", adaption=AdaptionPart(combined=0.0))
    for draft in _drafts(images, recipe):
        (turn,), image = draft.record.turns, by_file[draft.record.images[0].name]
        texts = [caption.text for caption in image.captions]
        if draft.record.task in ("image captioning", "detailed description"):
            assert turn.response in texts
        if draft.record.task == "counting":
            assert turn.response == "1"  # no two things of a scene have one name
        if draft.record.task == "visual question answering":
            assert turn.response in {question.answers[0] for question in image.questions}
        if draft.record.task == "optical character recognition":
            assert turn.response == image.words[0].text


def test_tasks_are_balanced_to_one_turn_where_all_images_allow_all_of_them(tmp_path: Path) -> None:
    images = _scenes(tmp_path, 300)
    tasks = ("image captioning", "counting", "region caption")
    used = Counter(
        draft.record.task
        for draft in _drafts(images, Recipe(strategy="adaption", adaption=AdaptionPart(tasks=tasks, combined=0.0)))
    )
    assert set(used) == set(tasks)
    assert max(used.values()) - min(used.values()) <= 1


@pytest.mark.parametrize(
    ("principles", "colours"),
    [(PrinciplesPart(), range(20, 21)), (PrinciplesPart(balance=False), range(1, 12))],
)
def test_kinds_of_questions_are_balanced_like_tasks(principles: PrinciplesPart, colours: range) -> None:
    counts = [ImageQuestion(f"How many {name} are there?", ("2",), "s") for name in "abcdefghi"]
    colour = ImageQuestion("What colour is it?", ("red",), "s")
    pictures = [AnnotatedImage(file=f"{number}.png", questions=(*counts, colour)) for number in range(40)]
    images = AnnotatedImages(images=pictures, sources=[AnnotationSource(name="s")])
    recipe = Recipe(strategy="adaption", adaption=AdaptionPart(combined=0.0), principles=principles)
    assert sum("What colour" in draft.record.turns[0].instruction for draft in _drafts(images, recipe)) in colours


def test_without_balance_tasks_follow_the_number_of_annotations(tmp_path: Path) -> None:
    images = _scenes(tmp_path, 300)
    recipe = Recipe(strategy="adaption", principles=PrinciplesPart(balance=False), adaption=AdaptionPart(combined=0.0))
    used = Counter(draft.record.task for draft in _drafts(images, recipe))
    assert used["visual question answering"] > 4 * used["image captioning"]


def test_half_of_the_questions_after_an_object_are_negative_and_none_lies(tmp_path: Path) -> None:
    images = _scenes(tmp_path, 400)
    by_file = {image.file: image for image in images.images}
    recipe = Recipe(strategy="adaption", adaption=AdaptionPart(tasks=("object presence",), combined=0.0))
    drafts = _drafts(images, recipe)
    negatives = 0
    for draft in drafts:
        response = draft.record.turns[0].response or ""
        present = {thing.name for thing in by_file[draft.record.images[0].name].objects}
        first = response.partition(".")[0]
        assert response.startswith("No") != any(name in first for name in present)
        negatives += response.startswith("No")
    assert 0.42 < negatives / len(drafts) < 0.58


def test_one_principle_off_changes_what_it_is_about(tmp_path: Path) -> None:
    images = _scenes(tmp_path, 120)

    def drafts(**off: bool) -> list[Draft]:
        return _drafts(images, Recipe(strategy="adaption", principles=PrinciplesPart(**off)))

    def tasks(drafts: list[Draft]) -> set[str]:
        return {turn.task for draft in drafts for turn in draft.origin.turns}

    def lines(drafts: list[Draft]) -> set[str]:
        return {turn.instruction for draft in drafts for turn in draft.origin.turns}

    everything = drafts()
    assert tasks(drafts(task_diversity=False)) == {"image captioning"}
    assert len(lines(drafts(instruction_diversity=False))) == len(tasks(everything)) < len(lines(everything)) / 4
    assert not any("[" in (draft.record.turns[0].response or "") for draft in drafts(object_complexity=False))
    combined = [draft for draft in everything if len(draft.origin.turns) > 1]
    assert 0.15 < len(combined) / len(everything) < 0.45
    assert all(len(draft.origin.turns) == 1 for draft in drafts(instruction_complexity=False))


def test_correctness_off_counts_crowds_takes_the_first_answer_and_calls_the_unseen_absent() -> None:
    crowd = ImageObject(name="person", box=BOX, is_crowd=True, source="s")
    dog = ImageObject(name="dog", box=BOX, source="s")
    question = ImageQuestion("Is he woman?", ("yes", "no", "no"), "s")
    image = AnnotatedImage(file="x", objects=(crowd, dog), questions=(question,))
    careful = _view(image, names=("person", "dog"))
    careless = _view(image, PrinciplesPart(correctness=False), names=("person", "dog"))
    assert [one.response for one in TASKS["visual question answering"].adapt(careful)] == ["no"]
    assert [one.response for one in TASKS["visual question answering"].adapt(careless)] == ["yes"]
    assert {one.values["name"] for one in TASKS["counting"].adapt(careful)} == {"dog"}
    assert {one.values["name"] for one in TASKS["counting"].adapt(careless)} == {"person", "dog"}
    unseen = AnnotatedImage(file="y", objects=(dog,))
    assert _view(unseen).absent_names() == []


def test_a_row_carries_the_licences_of_its_image_and_of_its_annotations(tmp_path: Path) -> None:
    sources = open_source_images(read_recipe(recipe_of(write_coco(tmp_path))))
    drafts = {draft.record.images[0].name: draft for draft in _drafts(sources.annotated)}
    first = drafts["train2014/COCO_train2014_000000000009.jpg"]
    assert first.origin.licences == ("CC BY-NC 2.0", "CC BY 4.0")
    assert first.origin.is_licensed


@pytest.mark.parametrize(
    ("name", "plural", "article"),
    [
        ("person", "people", "a person"),
        ("wine glass", "wine glasses", "a wine glass"),
        ("umbrella", "umbrellas", "an umbrella"),
        ("knife", "knives", "a knife"),
        ("bus", "buses", "a bus"),
        ("skis", "skis", "a pair of skis"),
        ("teddy bear", "teddy bears", "a teddy bear"),
        ("orange", "oranges", "an orange"),
        ("cherry", "cherries", "a cherry"),
        ("unicycle", "unicycles", "a unicycle"),
    ],
)
def test_names_have_their_plurals_and_articles(name: str, plural: str, article: str) -> None:
    assert (plural_of(name), with_indefinite_article(name)) == (plural, article)


def test_a_users_pool_replaces_ours_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "counting.txt").write_text("# answer: one number\nAny {names}?\n", encoding="utf-8")
    assert read_pools(tmp_path)["counting"].instructions == ("Any {names}?",)
    assert len(read_pools(tmp_path)["region caption"].instructions) >= 8
    for content, sentence in (
        ("Any {names}?\n", "is no pool"),
        ("# answer: one number\nAny?\n", "holds {name} or {names}"),
        ("# answer: one number\n{what}?\n", "holds {name} or {names}"),
        ("# answer: one number\nAny {names}?\nHow many?\n", "'How many\\?' has no words in braces"),
    ):
        (tmp_path / "counting.txt").write_text(content, encoding="utf-8")
        with pytest.raises(UsageError, match=sentence):
            read_pools(tmp_path)
    (tmp_path / "counting.txt").unlink()
    (tmp_path / "telling.txt").write_text("# answer: one number\nAny?\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no task is called 'telling'"):
        read_pools(tmp_path)


def test_a_task_that_is_none_is_refused(tmp_path: Path) -> None:
    recipe = Recipe(strategy="adaption", adaption=AdaptionPart(tasks=("count",)))
    with pytest.raises(UsageError, match="has no task 'count'") as refused:
        _drafts(_scenes(tmp_path, 3), recipe)
    assert refused.value.repair == "Did you mean counting?"
