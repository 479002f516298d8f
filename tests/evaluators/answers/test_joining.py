"""Which answer belongs to which question, and what is said of missing, repeated and foreign ones."""

from __future__ import annotations

import pytest

from evaluators.answers.joining import alone, joined
from evaluators.answers.layouts import Given
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import Answer, Question

CARD = BenchmarkCard("toy", "Toy", "accuracy", ("standard",), ("toy.json",), {"": 3})


def questions() -> list[Question]:
    return [Question(str(at), f"What is {at}?", ("x",), f"folder/{at}.jpg") for at in range(3)]


def said(key: str, text: str = "x", asked: Question | None = None) -> Given:
    return Given(Answer(key, text), asked)


def test_every_answer_finds_its_question_by_key() -> None:
    pairs, coverage = joined(CARD, questions(), [said("2"), said("0"), said("1")])
    assert [(question.key, answer.key) for question, answer in pairs] == [("0", "0"), ("1", "1"), ("2", "2")]
    assert coverage.is_whole and coverage.questions == 3


def test_missing_extra_and_repeated_answers_are_counted() -> None:
    given = [said("0", "a"), said("0", "a"), said("0", "b"), said("9"), said("2")]
    pairs, coverage = joined(CARD, questions(), given)
    assert [answer.said for _, answer in pairs] == ["a", "x"], "the first of several answers counts"
    assert (coverage.answered, coverage.extra, coverage.repeated) == (2, 1, 2)
    assert coverage.missing == ("1 (What is 1?)",) and coverage.conflicting == ("0 (What is 0?)",)
    assert not coverage.is_whole


def test_a_key_that_the_release_uses_twice_takes_two_answers() -> None:
    twice = [Question("7", "first?", ("a",)), Question("7", "second?", ("b",))]
    pairs, coverage = joined(CARD, twice, [said("7", "a"), said("7", "b")])
    assert [answer.said for _, answer in pairs] == ["a", "b"] and coverage.is_whole
    told_apart = [said("7", "b", Question("7", "Well, second? Answer shortly.", ())), said("7", "a")]
    assert [answer.said for _, answer in joined(CARD, twice, told_apart)[0]] == ["a", "b"]


def test_without_a_key_the_image_and_the_text_tell() -> None:
    """Folders and endings differ between machines; of several questions about an image the text decides."""
    asked = [
        Question("a", "Is it  red?", ("x",), "1.png", "color"),
        Question("b", "Is it blue?", ("y",), "1.png", "color"),
    ]
    given = [
        said("", "no", Question("", "Is it blue?", ("y",), "/data/color/1.jpg", "color")),
        said("", "yes", Question("", "Is it red?", ("x",), "/data/color/1.jpg", "color")),
    ]
    pairs, coverage = joined(CARD, asked, given)
    assert [(question.key, answer.said) for question, answer in pairs] == [("a", "yes"), ("b", "no")]
    assert coverage.is_whole


def test_images_of_one_name_are_told_apart_by_their_folder() -> None:
    asked = [Question(str(at), "Which?", (str(at),), f"{at}/image.png") for at in range(2)]
    given = [said("", str(at), Question("", "Which?", (str(at),), f"/x/choose_txt/{at}/image.png")) for at in (1, 0)]
    assert [answer.said for _, answer in joined(CARD, asked, given)[0]] == ["0", "1"]


def test_answers_of_another_benchmark_are_refused() -> None:
    with pytest.raises(DatasetError, match="None of the 2 answers belongs to a question of Toy") as caught:
        joined(CARD, questions(), [said("abc"), said("def")])
    assert "'abc'" in caught.value.repair and "'0 (What is 0?)'" in caught.value.repair
    yes_no = BenchmarkCard("toy", "Toy", "accuracy", ("standard",), right=("yes", "no"))
    with pytest.raises(DatasetError, match="has the right answer 'nokia', which Toy never has"):
        alone(yes_no, [said("1", "x", Question("1", "q", ("nokia",)))])


def test_answers_without_what_is_right_need_the_data_root() -> None:
    with pytest.raises(UsageError, match="does not say what is right") as caught:
        alone(CARD, [said("1")])
    assert "--data-root: the folder with toy.json" in caught.value.repair


def test_answers_alone_are_held_against_the_release() -> None:
    given = [said(str(at), "x", Question(str(at), "q", ("x",))) for at in (0, 1)]
    coverage = alone(CARD, given)[1]
    assert (coverage.questions, coverage.answered) == (3, 2) and not coverage.is_whole
    more = [said(str(at), "x", Question(str(at), "q", ("x",))) for at in range(5)]
    assert alone(CARD, more)[1].extra == 2 and not alone(CARD, more)[1].is_whole


def test_answers_alone_all_count_and_conflicts_are_named() -> None:
    asked = Question("7", "q", ("x",))
    pairs, coverage = alone(
        CARD, [said("7", "x", asked), said("7", "y", asked), said("8", "x", Question("8", "q", ("x",)))]
    )
    assert len(pairs) == 3
    assert (coverage.repeated, coverage.conflicting) == (1, ("7 (q)",))


def test_repeated_answers_are_found_without_a_key_too() -> None:
    """A file of MME written twice has as many rows as the release, and half of its questions."""
    asked = [Question("", f"q{at}", ("x",), "1.png", "color", "color") for at in range(2)]
    card = BenchmarkCard("toy", "Toy", "accuracy", ("standard",), (), {"color": 4})
    coverage = alone(card, [said("", "x", asked[0]), said("", "x", asked[1])] * 2)[1]
    assert (coverage.answered, coverage.repeated, coverage.missing) == (2, 2, ("2 of color",))


def test_questions_that_share_a_key_are_told_apart_by_their_text() -> None:
    """lmms-eval names both questions of MME about an image alike."""
    asked = [Question("color/1.png", text, (right,), "1.png") for text, right in (("red?", "Yes"), ("blue?", "No"))]
    coverage = alone(BenchmarkCard("toy", "Toy", "x", ("y",)), [said("color/1.png", "x", each) for each in asked])[1]
    assert coverage.answered == 2 and coverage.is_whole


def test_an_answer_again_counts_against_one_answer_to_every_question() -> None:
    asked = Question("7", "q", ("x",))
    coverage = alone(BenchmarkCard("toy", "Toy", "x", ("y",)), [said("7", "x", asked)] * 2)[1]
    assert coverage.repeated == 1 and not coverage.conflicting and not coverage.is_whole
    twice = BenchmarkCard("toy", "Toy", "x", ("y",), sizes={"": 1}, twice=1)
    assert alone(twice, [said("7", "x", asked), said("7", "y", asked)])[1].is_whole


def test_parts_that_the_release_lacks_are_extra() -> None:
    card = BenchmarkCard("toy", "Toy", "x", ("y",), sizes={"image": 1}, beside={"video": 2})
    given = [said(part, "x", Question(part, part, ("x",), part=part)) for part in ("image", "video", "sound")]
    coverage = alone(card, given)[1]
    assert (coverage.questions, coverage.answered, coverage.extra) == (3, 2, 1)
    assert coverage.missing == ("1 of video",)


def test_a_release_of_one_part_takes_what_a_file_calls_otherwise() -> None:
    """lmms-eval tells the category of a problem of ScienceQA, and of SEED-Bench sometimes nothing."""
    given = [
        said(str(at), "x", Question(str(at), "q", ("x",), part=part)) for at, part in enumerate(("physics", "art", ""))
    ]
    assert alone(CARD, given)[1].is_whole
    seed = BenchmarkCard("toy", "Toy", "x", ("y",), sizes={"image": 2}, beside={"video": 1})
    assert alone(seed, [*given[:2], said("v", "x", Question("v", "q", ("x",), part="video"))])[1].is_whole


BOTH = (
    Question("color/1", "Is there a red car? Please answer yes or no.", ("Yes",), "1", "color"),
    Question("color/1", "Is there a blue car? Please answer yes or no.", ("No",), "1", "color"),
)


@pytest.mark.parametrize(
    "prompt", ["{}", "{} Please answer yes or no.", "{}\nAnswer with a single word.", "Question: {} Answer:"]
)
@pytest.mark.parametrize("order", [1, -1])
def test_prompts_of_any_harness_find_their_question_in_any_order(prompt: str, order: int) -> None:
    """Some take MME's last sentence away, some begin with a capital, some put a prompt around."""
    asked = {"Yes": "is there a red car?", "No": "IS THERE A  blue car?"}
    given = [
        said("color/1.png", answer, Question("color/1.png", prompt.format(text), ()))
        for answer, text in list(asked.items())[::order]
    ]
    pairs, coverage = joined(CARD, BOTH, given)
    assert [answer.said for _, answer in pairs] == ["Yes", "No"] and coverage.is_whole


def test_of_several_questions_one_that_nobody_asked_gets_no_answer() -> None:
    """Neither the order of rows nor the name of an image decides."""
    foreign = said("", "Yes", Question("", "What colour is the sky?", ("blue",), "color/1.png", "color"))
    keyed = said("color/1", "Yes", Question("color/1", "What colour is the sky?", ()))
    right = said("", "No", Question("", "Is there a blue car?", ("No",), "1.png", "color"))
    pairs, coverage = joined(CARD, BOTH, [foreign, keyed, right])
    assert [answer.said for _, answer in pairs] == ["No"] and coverage.extra == 2


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_right_tells_questions_of_one_text_apart(order: int) -> None:
    """Two labels whose images have one name, in folders that only others know; two fields of a form called alike."""
    asked = [
        Question(f"{at}/1.png", "what is written?", (label,), f"{at}/1.png")
        for at, label in enumerate(("STOP", "EXIT"))
    ]
    given = [
        said("", label, Question("", "what is written?", (label,), "imgs/1.png")) for label in ("STOP", "EXIT")[::order]
    ]
    pairs, coverage = joined(CARD, asked, given)
    assert [answer.said for _, answer in pairs] == ["STOP", "EXIT"]
    assert coverage.is_whole and not coverage.by_order


def test_one_annotator_in_common_is_not_the_same_question() -> None:
    ten = ("stop",) * 9
    asked = [Question(str(at), f"q{at}?", (*ten, "unanswerable"), "i0") for at in range(2)]
    other = said("", "red", Question("", "What colour?", (*("red",) * 9, "unanswerable"), "i0.jpg"))
    with pytest.raises(DatasetError, match="None of the 1 answers"):
        joined(CARD, asked, [other])


def test_a_decided_answer_comes_before_one_that_only_order_decides() -> None:
    asked = [Question("b1", "Who wrote it?", ("Ann",)), Question("b1", "What is it?", ("A novel",))]
    bare, prompted = said("b1", "A novel"), said("b1", "Ann", Question("b1", "Who wrote it? In short.", ()))
    for given in ([bare, prompted], [prompted, bare]):
        pairs, coverage = joined(CARD, asked, given)
        assert [answer.said for _, answer in pairs] == ["Ann", "A novel"]
        assert coverage.by_order == 1 and not coverage.repeated


def test_case_and_folders_of_images_do_not_matter() -> None:
    asked = [Question("VizWiz_0.jpg", "What?", ("x",), "VizWiz_0.jpg"), Question("n0", "Which?", ("y",), "n0")]
    given = [said("val/VizWiz_0.jpg"), said("", "y", Question("", "Which?", ("y",), "x/N0.JPG"))]
    assert joined(CARD, asked, given)[1].is_whole


def test_a_subtask_anywhere_above_an_image_tells_it_apart() -> None:
    asked = [Question(f"{name}/0", "Is it 0?", ("Yes",), "0", name) for name in ("existence", "count")]
    given = said("", "yes", Question("", "Is it 0?", ("Yes",), "MME/count/images/0.png"))
    assert joined(CARD, asked, [given])[0][0][0].group == "count"


@pytest.mark.parametrize("name", [".", "/", "..", "//x//", "\\"])
def test_strange_names_of_images_are_names(name: str) -> None:
    with pytest.raises(DatasetError, match="None of the 1 answers"):
        joined(CARD, questions(), [said("", "x", Question("", "q", ("y",), name))])


def test_a_question_answered_three_times_is_told_whatever_the_release_asks_twice() -> None:
    card = BenchmarkCard("toy", "Toy", "x", ("y",), sizes={"": 1}, twice=2)
    asked = Question("7", "q", ("x",))
    coverage = alone(card, [said("7", each, asked) for each in ("x", "y", "z")])[1]
    assert coverage.conflicting == ("7 (q)",) and not coverage.is_whole


def test_where_texts_differ_what_is_right_tells() -> None:
    by_right = said("", "No", Question("", "Any blue car?", ("No",), "1.png", "color"))
    pairs, _ = joined(CARD, BOTH, [by_right])
    assert pairs[0][0] is BOTH[1]


def test_a_name_that_every_image_has_tells_nothing() -> None:
    asked = [Question("1", "Which?", ("3",), "1/image.png"), Question("2", "How many?", ("5",), "2/image.png")]
    other = said("", "3", Question("", "Which?", ("3",), "/x/99/image.png"))
    with pytest.raises(DatasetError, match="None of the 1 answers"):
        joined(CARD, asked, [other])


def test_another_right_answer_than_the_question_has_is_counted() -> None:
    given = said("0", "blue", Question("0", "What is 0?", ("blue",)))
    coverage = joined(CARD, questions(), [given])[1]
    assert coverage.differing == 1 and not coverage.is_whole


def test_a_data_root_without_questions_is_said() -> None:
    with pytest.raises(DatasetError, match="The files of Toy hold no questions"):
        joined(CARD, [], [said("0")])
