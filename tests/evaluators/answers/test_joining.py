"""Which answer belongs to which question, and what is said of missing, repeated and foreign ones."""

from __future__ import annotations

import pytest

from evaluators.answers.joining import alone, joined
from evaluators.answers.layouts import Given
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import ExamAnswer, ExamQuestion

CARD = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), files=("toy.json",), sizes={"": 3})


def questions() -> list[ExamQuestion]:
    return [ExamQuestion(str(at), f"What is {at}?", ("x",), image=f"folder/{at}.jpg") for at in range(3)]


def said(key: str, text: str = "x", asked: ExamQuestion | None = None) -> Given:
    return Given(ExamAnswer(key, text), asked)


def test_every_answer_finds_its_question_by_key() -> None:
    pairs, coverage = joined(CARD, questions(), [said("2"), said("0"), said("1")])
    assert [(question.key, answer.key) for question, answer in pairs] == [("0", "0"), ("1", "1"), ("2", "2")]
    assert coverage.is_whole and coverage.questions == 3


def test_missing_extra_and_repeated_answers_are_counted() -> None:
    given = [said("0", "a"), said("0", "a"), said("0", "b"), said("9"), said("2")]
    pairs, coverage = joined(CARD, questions(), given)
    assert [answer.text for _, answer in pairs] == ["a", "x"], "the first of several answers counts"
    assert (coverage.answered, coverage.extra, coverage.repeated) == (2, 1, 2)
    assert coverage.missing == ("1 (What is 1?)",) and coverage.conflicting == ("0 (What is 0?)",)
    assert not coverage.is_whole


def test_a_key_that_the_release_uses_twice_takes_two_answers() -> None:
    twice = [ExamQuestion("7", "first?", ("a",)), ExamQuestion("7", "second?", ("b",))]
    pairs, coverage = joined(CARD, twice, [said("7", "a"), said("7", "b")])
    assert [answer.text for _, answer in pairs] == ["a", "b"] and coverage.is_whole
    told_apart = [said("7", "b", ExamQuestion("7", "Well, second? Answer shortly.", ())), said("7", "a")]
    assert [answer.text for _, answer in joined(CARD, twice, told_apart)[0]] == ["a", "b"]


def test_without_a_key_the_image_and_the_text_tell() -> None:
    """Folders and endings differ between machines; of several questions about an image the text decides."""
    asked = [
        ExamQuestion("a", "Is it  red?", ("x",), image="1.png", group="color"),
        ExamQuestion("b", "Is it blue?", ("y",), image="1.png", group="color"),
    ]
    given = [
        said("", "no", ExamQuestion("", "Is it blue?", ("y",), image="/data/color/1.jpg", group="color")),
        said("", "yes", ExamQuestion("", "Is it red?", ("x",), image="/data/color/1.jpg", group="color")),
    ]
    pairs, coverage = joined(CARD, asked, given)
    assert [(question.key, answer.text) for question, answer in pairs] == [("a", "yes"), ("b", "no")]
    assert coverage.is_whole


def test_images_of_one_name_are_told_apart_by_their_folder() -> None:
    asked = [ExamQuestion(str(at), "Which?", (str(at),), image=f"{at}/image.png") for at in range(2)]
    given = [
        said("", str(at), ExamQuestion("", "Which?", (str(at),), image=f"/x/choose_txt/{at}/image.png"))
        for at in (1, 0)
    ]
    assert [answer.text for _, answer in joined(CARD, asked, given)[0]] == ["0", "1"]


def test_answers_of_another_benchmark_are_refused() -> None:
    with pytest.raises(DatasetError, match="None of the 2 answers belongs to a question of Toy") as caught:
        joined(CARD, questions(), [said("abc"), said("def")])
    assert "'abc'" in caught.value.repair and "'0 (What is 0?)'" in caught.value.repair
    yes_no = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), right_answers=("yes", "no"))
    with pytest.raises(DatasetError, match="has the right answer 'nokia', which Toy never has"):
        alone(yes_no, [said("1", "x", ExamQuestion("1", "q", ("nokia",)))])


def test_answers_without_what_is_right_need_the_data_root() -> None:
    with pytest.raises(UsageError, match="does not say what is right") as caught:
        alone(CARD, [said("1")])
    assert "--data-root: the folder with toy.json" in caught.value.repair


def test_answers_alone_are_held_against_the_release() -> None:
    given = [said(str(at), "x", ExamQuestion(str(at), "q", ("x",))) for at in (0, 1)]
    coverage = alone(CARD, given)[1]
    assert (coverage.questions, coverage.answered) == (3, 2) and not coverage.is_whole
    more = [said(str(at), "x", ExamQuestion(str(at), "q", ("x",))) for at in range(5)]
    assert alone(CARD, more)[1].extra == 2 and not alone(CARD, more)[1].is_whole


def test_answers_alone_all_count_and_conflicts_are_named() -> None:
    asked = ExamQuestion("7", "q", ("x",))
    pairs, coverage = alone(
        CARD, [said("7", "x", asked), said("7", "y", asked), said("8", "x", ExamQuestion("8", "q", ("x",)))]
    )
    assert len(pairs) == 3
    assert (coverage.repeated, coverage.conflicting) == (1, ("7 (q)",))


def test_repeated_answers_are_found_without_a_key_too() -> None:
    """A file of MME written twice has as many rows as the release, and half of its questions."""
    asked = [ExamQuestion("", f"q{at}", ("x",), image="1.png", group="color", part="color") for at in range(2)]
    card = BenchmarkCard("toy", "Toy", "accuracy", rules=("standard",), files=(), sizes={"color": 4})
    coverage = alone(card, [said("", "x", asked[0]), said("", "x", asked[1])] * 2)[1]
    assert (coverage.answered, coverage.repeated, coverage.missing) == (2, 2, ("2 of color",))


def test_questions_that_share_a_key_are_told_apart_by_their_text() -> None:
    """lmms-eval names both questions of MME about an image alike."""
    asked = [
        ExamQuestion("color/1.png", text, (right,), image="1.png") for text, right in (("red?", "Yes"), ("blue?", "No"))
    ]
    coverage = alone(
        BenchmarkCard("toy", "Toy", "x", rules=("y",)), [said("color/1.png", "x", each) for each in asked]
    )[1]
    assert coverage.answered == 2 and coverage.is_whole


def test_an_answer_again_counts_against_one_answer_to_every_question() -> None:
    asked = ExamQuestion("7", "q", ("x",))
    coverage = alone(BenchmarkCard("toy", "Toy", "x", rules=("y",)), [said("7", "x", asked)] * 2)[1]
    assert coverage.repeated == 1 and not coverage.conflicting and not coverage.is_whole
    twice = BenchmarkCard("toy", "Toy", "x", rules=("y",), sizes={"": 1}, twice=1)
    assert alone(twice, [said("7", "x", asked), said("7", "y", asked)])[1].is_whole


def test_parts_that_the_release_lacks_are_extra() -> None:
    card = BenchmarkCard("toy", "Toy", "x", rules=("y",), sizes={"image": 1}, optional_sizes={"video": 2})
    given = [said(part, "x", ExamQuestion(part, part, ("x",), part=part)) for part in ("image", "video", "sound")]
    coverage = alone(card, given)[1]
    assert (coverage.questions, coverage.answered, coverage.extra) == (3, 2, 1)
    assert coverage.missing == ("1 of video",)


def test_a_release_of_one_part_takes_what_a_file_calls_otherwise() -> None:
    """lmms-eval tells the category of a problem of ScienceQA, and of SEED-Bench sometimes nothing."""
    given = [
        said(str(at), "x", ExamQuestion(str(at), "q", ("x",), part=part))
        for at, part in enumerate(("physics", "art", ""))
    ]
    assert alone(CARD, given)[1].is_whole
    seed = BenchmarkCard("toy", "Toy", "x", rules=("y",), sizes={"image": 2}, optional_sizes={"video": 1})
    assert alone(seed, [*given[:2], said("v", "x", ExamQuestion("v", "q", ("x",), part="video"))])[1].is_whole


BOTH = (
    ExamQuestion("color/1", "Is there a red car? Please answer yes or no.", ("Yes",), image="1", group="color"),
    ExamQuestion("color/1", "Is there a blue car? Please answer yes or no.", ("No",), image="1", group="color"),
)


@pytest.mark.parametrize(
    "prompt", ["{}", "{} Please answer yes or no.", "{}\nAnswer with a single word.", "Question: {} Answer:"]
)
@pytest.mark.parametrize("order", [1, -1])
def test_prompts_of_any_harness_find_their_question_in_any_order(prompt: str, order: int) -> None:
    """Some take MME's last sentence away, some begin with a capital, some put a prompt around."""
    asked = {"Yes": "is there a red car?", "No": "IS THERE A  blue car?"}
    given = [
        said("color/1.png", answer, ExamQuestion("color/1.png", prompt.format(text), ()))
        for answer, text in list(asked.items())[::order]
    ]
    pairs, coverage = joined(CARD, BOTH, given)
    assert [answer.text for _, answer in pairs] == ["Yes", "No"] and coverage.is_whole


def test_of_several_questions_one_that_nobody_asked_gets_no_answer() -> None:
    """Neither the order of rows nor the name of an image decides."""
    foreign = said(
        "", "Yes", ExamQuestion("", "What colour is the sky?", ("blue",), image="color/1.png", group="color")
    )
    keyed = said("color/1", "Yes", ExamQuestion("color/1", "What colour is the sky?", ()))
    right = said("", "No", ExamQuestion("", "Is there a blue car?", ("No",), image="1.png", group="color"))
    pairs, coverage = joined(CARD, BOTH, [foreign, keyed, right])
    assert [answer.text for _, answer in pairs] == ["No"] and coverage.extra == 2


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_right_tells_questions_of_one_text_apart(order: int) -> None:
    """Two labels whose images have one name, in folders that only others know; two fields of a form called alike."""
    asked = [
        ExamQuestion(f"{at}/1.png", "what is written?", (label,), image=f"{at}/1.png")
        for at, label in enumerate(("STOP", "EXIT"))
    ]
    given = [
        said("", label, ExamQuestion("", "what is written?", (label,), image="imgs/1.png"))
        for label in ("STOP", "EXIT")[::order]
    ]
    pairs, coverage = joined(CARD, asked, given)
    assert [answer.text for _, answer in pairs] == ["STOP", "EXIT"]
    assert coverage.is_whole and not coverage.by_order


def test_one_annotator_in_common_is_not_the_same_question() -> None:
    ten = ("stop",) * 9
    asked = [ExamQuestion(str(at), f"q{at}?", (*ten, "unanswerable"), image="i0") for at in range(2)]
    other = said("", "red", ExamQuestion("", "What colour?", (*("red",) * 9, "unanswerable"), image="i0.jpg"))
    with pytest.raises(DatasetError, match="None of the 1 answers"):
        joined(CARD, asked, [other])


def test_a_decided_answer_comes_before_one_that_only_order_decides() -> None:
    asked = [ExamQuestion("b1", "Who wrote it?", ("Ann",)), ExamQuestion("b1", "What is it?", ("A novel",))]
    bare, prompted = said("b1", "A novel"), said("b1", "Ann", ExamQuestion("b1", "Who wrote it? In short.", ()))
    for given in ([bare, prompted], [prompted, bare]):
        pairs, coverage = joined(CARD, asked, given)
        assert [answer.text for _, answer in pairs] == ["Ann", "A novel"]
        assert coverage.by_order == 1 and not coverage.repeated


def test_case_and_folders_of_images_do_not_matter() -> None:
    asked = [
        ExamQuestion("VizWiz_0.jpg", "What?", ("x",), image="VizWiz_0.jpg"),
        ExamQuestion("n0", "Which?", ("y",), image="n0"),
    ]
    given = [said("val/VizWiz_0.jpg"), said("", "y", ExamQuestion("", "Which?", ("y",), image="x/N0.JPG"))]
    assert joined(CARD, asked, given)[1].is_whole


def test_a_subtask_anywhere_above_an_image_tells_it_apart() -> None:
    asked = [ExamQuestion(f"{name}/0", "Is it 0?", ("Yes",), image="0", group=name) for name in ("existence", "count")]
    given = said("", "yes", ExamQuestion("", "Is it 0?", ("Yes",), image="MME/count/images/0.png"))
    assert joined(CARD, asked, [given])[0][0][0].group == "count"


@pytest.mark.parametrize("name", [".", "/", "..", "//x//", "\\"])
def test_strange_names_of_images_are_names(name: str) -> None:
    with pytest.raises(DatasetError, match="None of the 1 answers"):
        joined(CARD, questions(), [said("", "x", ExamQuestion("", "q", ("y",), image=name))])


def test_a_question_answered_three_times_is_told_whatever_the_release_asks_twice() -> None:
    card = BenchmarkCard("toy", "Toy", "x", rules=("y",), sizes={"": 1}, twice=2)
    asked = ExamQuestion("7", "q", ("x",))
    coverage = alone(card, [said("7", each, asked) for each in ("x", "y", "z")])[1]
    assert coverage.conflicting == ("7 (q)",) and not coverage.is_whole


def test_where_texts_differ_what_is_right_tells() -> None:
    by_right = said("", "No", ExamQuestion("", "Any blue car?", ("No",), image="1.png", group="color"))
    pairs, _ = joined(CARD, BOTH, [by_right])
    assert pairs[0][0] is BOTH[1]


def test_a_name_that_every_image_has_tells_nothing() -> None:
    asked = [
        ExamQuestion("1", "Which?", ("3",), image="1/image.png"),
        ExamQuestion("2", "How many?", ("5",), image="2/image.png"),
    ]
    other = said("", "3", ExamQuestion("", "Which?", ("3",), image="/x/99/image.png"))
    with pytest.raises(DatasetError, match="None of the 1 answers"):
        joined(CARD, asked, [other])


def test_another_right_answer_than_the_question_has_is_counted() -> None:
    given = said("0", "blue", ExamQuestion("0", "What is 0?", ("blue",)))
    coverage = joined(CARD, questions(), [given])[1]
    assert coverage.differing == 1 and not coverage.is_whole


def test_a_data_root_without_questions_is_said() -> None:
    with pytest.raises(DatasetError, match="The files of Toy hold no questions"):
        joined(CARD, [], [said("0")])
