"""Answers find their questions, and missing, repeated and foreign ones are counted."""

from __future__ import annotations

import pytest

from evaluators.answers.joining import JoinedAnswers, join_by_own_questions, join_with_questions
from evaluators.answers.layouts import WrittenAnswer
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import ExamAnswer, ExamQuestion

CARD = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), files=("toy.json",), sizes={"": 3})
UNSETTLED = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",))
QUESTIONS = [ExamQuestion(str(place), f"What is {place}?", ("x",), image=f"folder/{place}.jpg") for place in range(3)]


def ask(text: str, *references: str, key: str = "", image: str = "", group: str = "", part: str = "") -> ExamQuestion:
    return ExamQuestion(key, text, references, image=image, group=group, part=part)


def written(key: str, text: str = "x", question: ExamQuestion | None = None) -> WrittenAnswer:
    return WrittenAnswer(ExamAnswer(key, text), question)


def texts(joined: JoinedAnswers) -> list[str]:
    return [answer.text for _, answer in joined.pairs]


def test_every_answer_finds_its_question_by_key() -> None:
    joined = join_with_questions(CARD, QUESTIONS, [written("2"), written("0"), written("1")])
    assert [(question.key, answer.key) for question, answer in joined.pairs] == [("0", "0"), ("1", "1"), ("2", "2")]
    assert joined.coverage.is_whole
    assert joined.coverage.questions == 3


def test_missing_extra_and_repeated_answers_are_counted() -> None:
    answers = [written("0", "a"), written("0", "a"), written("0", "b"), written("9"), written("2")]
    joined = join_with_questions(CARD, QUESTIONS, answers)
    assert texts(joined) == ["a", "x"], "the first of several answers counts"
    coverage = joined.coverage
    assert (coverage.answered, coverage.extra, coverage.repeated) == (2, 1, 2)
    assert coverage.missing == ("1 (What is 1?)",)
    assert coverage.conflicting == ("0 (What is 0?)",)
    assert not coverage.is_whole


def test_a_key_that_the_release_uses_twice_takes_two_answers() -> None:
    twice = [ask("first?", "a", key="7"), ask("second?", "b", key="7")]
    joined = join_with_questions(CARD, twice, [written("7", "a"), written("7", "b")])
    assert texts(joined) == ["a", "b"]
    assert joined.coverage.is_whole
    prompted = written("7", "b", ask("Well, second? Answer shortly.", key="7"))
    assert texts(join_with_questions(CARD, twice, [prompted, written("7", "a")])) == ["a", "b"]


def test_without_a_key_the_image_and_the_text_tell() -> None:
    """Folders and endings differ between machines; of several questions about an image the text decides."""
    questions = [
        ask("Is it  red?", "x", key="a", image="1.png", group="color"),
        ask("Is it blue?", "y", key="b", image="1.png", group="color"),
    ]
    answers = [
        written("", "no", ask("Is it blue?", "y", image="/data/color/1.jpg", group="color")),
        written("", "yes", ask("Is it red?", "x", image="/data/color/1.jpg", group="color")),
    ]
    joined = join_with_questions(CARD, questions, answers)
    assert [(question.key, answer.text) for question, answer in joined.pairs] == [("a", "yes"), ("b", "no")]
    assert joined.coverage.is_whole


def test_images_of_one_name_are_told_apart_by_their_folder() -> None:
    questions = [ask("Which?", key, key=key, image=f"{key}/image.png") for key in "01"]
    answers = [written("", key, ask("Which?", key, image=f"/x/choose_txt/{key}/image.png")) for key in "10"]
    assert texts(join_with_questions(CARD, questions, answers)) == ["0", "1"]


def test_answers_of_another_benchmark_are_refused() -> None:
    with pytest.raises(DatasetError, match="None of 2 answers belongs to a question of Toy") as caught:
        join_with_questions(CARD, QUESTIONS, [written("abc"), written("def")])
    assert "'abc'" in caught.value.repair
    assert "'0 (What is 0?)'" in caught.value.repair
    yes_no = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), right_answers=("yes", "no"))
    with pytest.raises(DatasetError, match="has the right answer 'nokia', which Toy never has"):
        join_by_own_questions(yes_no, [written("1", "x", ask("q", "nokia", key="1"))])


def test_answers_without_what_is_right_need_the_data_root() -> None:
    with pytest.raises(UsageError, match="does not say what is right") as caught:
        join_by_own_questions(CARD, [written("1")])
    assert "--data-root: the folder with toy.json" in caught.value.repair
    with pytest.raises(UsageError, match="does not say what is right") as caught:
        join_by_own_questions(UNSETTLED, [written("1")])
    assert caught.value.repair == "Every row must bring it."


@pytest.mark.parametrize(("count", "answered", "extra"), [(2, 2, 0), (3, 3, 0), (5, 3, 2)])
def test_own_questions_are_held_against_the_release(count: int, answered: int, extra: int) -> None:
    answers = [written(str(number), "x", ask("q", "x", key=str(number))) for number in range(count)]
    coverage = join_by_own_questions(CARD, answers).coverage
    assert (coverage.questions, coverage.answered, coverage.extra) == (3, answered, extra)
    assert coverage.is_whole == (count == 3)


def test_answers_with_their_questions_all_count_and_conflicts_are_named() -> None:
    question = ask("q", "x", key="7")
    answers = [written("7", "x", question), written("7", "y", question), written("8", "x", ask("q", "x", key="8"))]
    joined = join_by_own_questions(CARD, answers)
    assert len(joined.pairs) == 3
    assert (joined.coverage.repeated, joined.coverage.conflicting) == (1, ("7 (q)",))


def test_repeated_answers_are_found_without_a_key_too() -> None:
    """A file of MME written twice has as many rows as the release, and half of its questions."""
    card = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), sizes={"color": 4})
    answers = [written("", "x", ask(text, "x", image="1.png", group="color", part="color")) for text in ("q0", "q1")]
    coverage = join_by_own_questions(card, answers * 2).coverage
    assert (coverage.answered, coverage.repeated, coverage.missing) == (2, 2, ("2 of color",))


def test_questions_that_share_a_key_are_told_apart_by_their_text() -> None:
    """lmms-eval names both questions of MME about an image alike."""
    questions = [ask("red?", "Yes", key="color/1.png"), ask("blue?", "No", key="color/1.png")]
    coverage = join_by_own_questions(UNSETTLED, [written("color/1.png", "x", own) for own in questions]).coverage
    assert coverage.answered == 2
    assert coverage.is_whole


def test_an_answer_again_counts_against_one_answer_to_every_question() -> None:
    question = ask("q", "x", key="7")
    coverage = join_by_own_questions(UNSETTLED, [written("7", "x", question)] * 2).coverage
    assert coverage.repeated == 1
    assert not coverage.conflicting
    assert not coverage.is_whole
    twice = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), sizes={"": 1}, twice=1)
    answers = [written("7", "x", question), written("7", "y", question)]
    assert join_by_own_questions(twice, answers).coverage.is_whole


def test_parts_that_the_release_lacks_are_extra() -> None:
    card = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), sizes={"image": 1}, optional_sizes={"video": 2})
    answers = [written(part, "x", ask(part, "x", key=part, part=part)) for part in ("image", "video", "sound")]
    coverage = join_by_own_questions(card, answers).coverage
    assert (coverage.questions, coverage.answered, coverage.extra) == (3, 2, 1)
    assert coverage.missing == ("1 of video",)


def test_a_release_of_one_part_takes_what_a_file_calls_otherwise() -> None:
    """lmms-eval tells the category of a problem of ScienceQA, and of SEED-Bench sometimes nothing."""
    parts = {"0": "physics", "1": "art", "2": ""}
    answers = [written(key, "x", ask("q", "x", key=key, part=part)) for key, part in parts.items()]
    assert join_by_own_questions(CARD, answers).coverage.is_whole
    seed = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), sizes={"image": 2}, optional_sizes={"video": 1})
    video = written("v", "x", ask("q", "x", key="v", part="video"))
    assert join_by_own_questions(seed, [*answers[:2], video]).coverage.is_whole


BOTH = (
    ask("Is there a red car? Please answer yes or no.", "Yes", key="color/1", image="1", group="color"),
    ask("Is there a blue car? Please answer yes or no.", "No", key="color/1", image="1", group="color"),
)


@pytest.mark.parametrize(
    "prompt", ["{}", "{} Please answer yes or no.", "{}\nAnswer with a single word.", "Question: {} Answer:"]
)
@pytest.mark.parametrize("order", [1, -1])
def test_prompts_of_any_harness_find_their_question_in_any_order(prompt: str, order: int) -> None:
    """Some take MME's last sentence away, some begin with a capital, some put a prompt around."""
    answers = [
        written("color/1.png", "Yes", ask(prompt.format("is there a red car?"), key="color/1.png")),
        written("color/1.png", "No", ask(prompt.format("IS THERE A  blue car?"), key="color/1.png")),
    ]
    joined = join_with_questions(CARD, BOTH, answers[::order])
    assert texts(joined) == ["Yes", "No"]
    assert joined.coverage.is_whole


def test_of_several_questions_one_that_nobody_asked_gets_no_answer() -> None:
    """Neither the order of rows nor the name of an image decides."""
    foreign = written("", "Yes", ask("What colour is the sky?", "blue", image="color/1.png", group="color"))
    keyed = written("color/1", "Yes", ask("What colour is the sky?", key="color/1"))
    right = written("", "No", ask("Is there a blue car?", "No", image="1.png", group="color"))
    joined = join_with_questions(CARD, BOTH, [foreign, keyed, right])
    assert texts(joined) == ["No"]
    assert joined.coverage.extra == 2


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_right_tells_questions_of_one_text_apart(order: int) -> None:
    """Two labels whose images have one name, in folders that only others know; two fields of a form called alike."""
    labels = {"0/1.png": "STOP", "1/1.png": "EXIT"}
    questions = [ask("what is written?", label, key=key, image=key) for key, label in labels.items()]
    answers = [written("", label, ask("what is written?", label, image="imgs/1.png")) for label in labels.values()]
    joined = join_with_questions(CARD, questions, answers[::order])
    assert texts(joined) == ["STOP", "EXIT"]
    assert joined.coverage.is_whole
    assert not joined.coverage.by_order


def test_one_annotator_in_common_is_not_the_same_question() -> None:
    ten = (*("stop",) * 9, "unanswerable")
    questions = [ask(f"q{key}?", *ten, key=key, image="i0") for key in "01"]
    other = written("", "red", ask("What colour?", *("red",) * 9, "unanswerable", image="i0.jpg"))
    with pytest.raises(DatasetError, match="None of 1 answer"):
        join_with_questions(CARD, questions, [other])


def test_a_decided_answer_comes_before_one_that_only_order_decides() -> None:
    questions = [ask("Who wrote it?", "Ann", key="b1"), ask("What is it?", "A novel", key="b1")]
    bare, prompted = written("b1", "A novel"), written("b1", "Ann", ask("Who wrote it? In short.", key="b1"))
    for answers in ([bare, prompted], [prompted, bare]):
        joined = join_with_questions(CARD, questions, answers)
        assert texts(joined) == ["Ann", "A novel"]
        assert joined.coverage.by_order == 1
        assert not joined.coverage.repeated


def test_case_and_folders_of_images_do_not_matter() -> None:
    questions = [
        ask("What?", "x", key="VizWiz_0.jpg", image="VizWiz_0.jpg"),
        ask("Which?", "y", key="n0", image="n0"),
    ]
    answers = [written("val/VizWiz_0.jpg"), written("", "y", ask("Which?", "y", image="x/N0.JPG"))]
    assert join_with_questions(CARD, questions, answers).coverage.is_whole


def test_a_subtask_anywhere_above_an_image_tells_it_apart() -> None:
    questions = [
        ask("Is it 0?", "Yes", key=f"{subtask}/0", image="0", group=subtask) for subtask in ("existence", "count")
    ]
    answer = written("", "yes", ask("Is it 0?", "Yes", image="MME/count/images/0.png"))
    (pair,) = join_with_questions(CARD, questions, [answer]).pairs
    assert pair[0].group == "count"


@pytest.mark.parametrize("name", [".", "/", "..", "//x//", "\\"])
def test_strange_names_of_images_are_names(name: str) -> None:
    with pytest.raises(DatasetError, match="None of 1 answer"):
        join_with_questions(CARD, QUESTIONS, [written("", "x", ask("q", "y", image=name))])


def test_a_question_answered_three_times_is_told_whatever_the_release_asks_twice() -> None:
    card = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), sizes={"": 1}, twice=2)
    question = ask("q", "x", key="7")
    coverage = join_by_own_questions(card, [written("7", text, question) for text in "xyz"]).coverage
    assert coverage.conflicting == ("7 (q)",)
    assert not coverage.is_whole


def test_where_texts_differ_what_is_right_tells() -> None:
    answer = written("", "No", ask("Any blue car?", "No", image="1.png", group="color"))
    (pair,) = join_with_questions(CARD, BOTH, [answer]).pairs
    assert pair[0] is BOTH[1]


def test_a_name_that_every_image_has_tells_nothing() -> None:
    questions = [
        ask("Which?", "3", key="1", image="1/image.png"),
        ask("How many?", "5", key="2", image="2/image.png"),
    ]
    other = written("", "3", ask("Which?", "3", image="/x/99/image.png"))
    with pytest.raises(DatasetError, match="None of 1 answer"):
        join_with_questions(CARD, questions, [other])


def test_another_right_answer_than_the_question_has_is_counted() -> None:
    answer = written("0", "blue", ask("What is 0?", "blue", key="0"))
    coverage = join_with_questions(CARD, QUESTIONS, [answer]).coverage
    assert coverage.differing == 1
    assert not coverage.is_whole


def test_a_data_root_without_questions_is_said() -> None:
    with pytest.raises(DatasetError, match="The files of Toy hold no questions"):
        join_with_questions(CARD, [], [written("0")])
