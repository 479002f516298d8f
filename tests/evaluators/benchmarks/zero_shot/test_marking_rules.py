"""Every quirk of LVLM-eHub's rules beside the rules of a set's makers: both must differ where a quirk is named."""

from __future__ import annotations

import pytest

from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.benchmarks.zero_shot import marking_rules
from evaluators.benchmarks.zero_shot.marking_rules import EHUB, STANDARD, MarkingRule
from evaluators.benchmarks.zero_shot.sets import SETS_AND_KINDS
from evaluators.marking.vqa_text import VQA_READINGS
from vlitqa.results.exams import ExamAnswer, ExamQuestion, Mark

OPTIONS = ExamQuestion("1", "", ("Yes",), options=("No", "Yes"), right_option=1)
RANKED = ExamQuestion("1", "", ("yes",), options=("no", "a", "yes"), right_option=2)


def asked(*references: str) -> ExamQuestion:
    return ExamQuestion("1", "", references)


def marks(name: str, question: ExamQuestion, text: str, scores: tuple[float, ...] = ()) -> tuple[Mark, Mark]:
    """By LVLM-eHub, and by the standard."""
    rule_sets, answer = SETS_AND_KINDS[name].rule_sets, ExamAnswer("1", text, scores)
    return rule_sets[EHUB].rule(question, answer), rule_sets[STANDARD].rule(question, answer)


@pytest.mark.parametrize("reference", ["&", "!", "!?", "中文"])
def test_an_empty_label_is_right_for_any_answer(reference: str) -> None:
    ehub, standard = marks("wordart", asked(reference), "it says something")
    assert ehub.value == 1.0
    assert marking_rules.EMPTY_RIGHT in ehub.quirks
    if reference == "中文":
        assert standard.value == 0.0, "letters of every script are letters"
    else:
        assert standard.value is None
        assert standard.quirks == (marking_rules.EMPTY_LEFT_OUT,)


def test_an_empty_reference_is_right_for_any_answer() -> None:
    ehub, standard = marks("textvqa", asked("", *["stop"] * 9), "whatever")
    assert ehub.value == 1.0
    assert marking_rules.EMPTY_RIGHT in ehub.quirks
    assert standard.value == 0.0
    assert marking_rules.EMPTY_IGNORED in standard.quirks
    assert marks("textvqa", asked("", *["stop"] * 9), "")[1].value == 0.0, "nothing said agrees with nobody"
    assert marks("docvqa", asked("", "stop"), "x")[1].quirks == (marking_rules.EMPTY_IGNORED,)
    for name in ("textvqa", "docvqa", "gqa", "sroie", "nocaps"):
        assert marks(name, asked(""), "whatever")[1].quirks == (marking_rules.EMPTY_LEFT_OUT,)


def test_only_the_first_word_of_a_label_is_wanted() -> None:
    """That is how LVLM-eHub reads its file of labels; what a file of answers brings is compared whole."""
    read = marking_rules.keep_first_word(asked("GRAND HOTEL"))
    ehub = marks("host", read, "the grand piano")[0]
    assert ehub.value == 1.0
    assert ehub.quirks == (marking_rules.FIRST_WORD_ONLY,)
    assert [mark.value for mark in marks("host", asked("GRAND HOTEL"), "the grand piano")] == [0.0, 0.0]
    assert marks("host", asked("GRAND HOTEL"), "It says Grand Hotel.")[1].value == 1.0


def test_letters_beyond_ascii_vanish() -> None:
    ehub, standard = marks("wordart", asked("Café"), "caf")
    assert ehub.value == 1.0
    assert ehub.quirks == (marking_rules.LETTERS_DROPPED,)
    assert standard.value == 0.0
    assert marks("wordart", asked("Café"), "a café")[1].value == 1.0


def test_words_that_lose_their_marks_are_joined() -> None:
    ehub, standard = marks("wordart", asked("shirt"), "T-shirt")
    assert (ehub.value, standard.value) == (0.0, 1.0)


def test_a_reference_somewhere_in_the_answer_is_enough() -> None:
    text = "It is not a dog, it is not a cat, it may be a horse"
    for name in ("textvqa", "docvqa", "gqa", "okvqa", "vizwiz", "ocrvqa", "stvqa"):
        ehub, standard = marks(name, asked(*["dog"] * 10), text)
        assert ehub.value == 1.0
        assert ehub.quirks == (marking_rules.REFERENCE_INSIDE,)
        assert standard.value == 0.0
        assert standard.quirks == (marking_rules.REFERENCE_INSIDE_WRONG,)


def test_an_article_is_no_empty_reference() -> None:
    """`What letter is under the clock?`: Normalised it is nothing, which LVLM-eHub finds in every answer."""
    for name in ("textvqa", "gqa"):
        question = asked(*["a"] * 10)
        assert marks(name, question, "a")[1].value == 1.0
        ehub, standard = marks(name, question, "the letter b")
        assert (ehub.value, standard.value) == (1.0, 0.0)
        assert marking_rules.EMPTY_RIGHT in ehub.quirks
        assert marks(name, question, "")[1].value == 0.0


def test_a_letter_is_compared_without_its_marks() -> None:
    for reference, text, value in (("A", "A.", 1.0), ("(a)", "a", 1.0), ("the", "a", 0.0)):
        assert marks("gqa", asked(reference), text)[1].value == value


def test_nobody_can_say_what_an_empty_reference_says() -> None:
    assert marks("textvqa", asked(*[""] * 9, "x"), "\0")[1].value == 0.0


def test_echoing_all_options_is_right() -> None:
    ehub, standard = marks("vsr", OPTIONS, "Options: No Yes")
    assert ehub.value == 1.0
    assert marking_rules.SEVERAL_RIGHT in ehub.quirks
    assert standard.value == 0.0
    assert standard.quirks == (marking_rules.SEVERAL_WRONG,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes", 1.0),
        ("yes.", 1.0),
        ("B", 1.0),
        ("B.", 1.0),
        ("B. Yes", 1.0),
        ("(B) Yes", 1.0),
        ("B) yes", 1.0),
        ("The answer is B", 1.0),
        ("A", 0.0),
        ("A. Yes", 0.0),
        ("", 0.0),
    ],
)
def test_an_option_is_named_by_letter_or_words(text: str, value: float) -> None:
    assert marking_rules.mark_option(OPTIONS, ExamAnswer("1", text)).value == value


def test_an_option_inside_another_is_not_named() -> None:
    question = ExamQuestion("1", "", ("a red car",), options=("car", "a red car"), right_option=1)
    assert marking_rules.mark_option(question, ExamAnswer("1", "I see a red car there")).value == 1.0
    assert marking_rules.mark_option(question, ExamAnswer("1", "a boat")).quirks == (marking_rules.NO_OPTION,)


@pytest.mark.parametrize(
    ("options", "right", "text", "value"),
    [
        (("<", ">"), 1, "A", 0.0),
        (("<", ">"), 1, "<", 0.0),
        (("<", ">"), 1, ">", 1.0),
        (("<", ">"), 1, "", 0.0),
        (("-5°C", "5°C"), 1, "-5°C", 0.0),
        (("-5°C", "5°C"), 1, "B", 1.0),
        (("A", "B", "C"), 0, "", 0.0),
        (("A", "B", "C"), 0, "A", 1.0),
        (("the sun", "a sun"), 0, "B", 0.0),
        (("the sun", "a sun"), 0, "it is sun", 0.0),
    ],
)
def test_options_that_look_alike_once_normalised_stay_two(
    options: tuple[str, ...], right: int, text: str, value: float
) -> None:
    question = ExamQuestion("1", "", (options[right],), options=options, right_option=right)
    assert marking_rules.mark_option(question, ExamAnswer("1", text)).value == value


def test_without_options_a_choice_cannot_be_marked() -> None:
    assert marking_rules.mark_option(asked("Yes"), ExamAnswer("1", "Yes")).quirks == (marking_rules.UNKNOWN_OPTIONS,)


def test_the_rank_of_a_dialog_is_that_of_the_first_option_said() -> None:
    """`a` becomes an empty text, which stands in every answer: the second of three options, so one half."""
    ehub, standard = marks("visdial", RANKED, "yes it is", (0.1, 0.2, 0.9))
    assert ehub.value == 0.5
    assert set(ehub.quirks) == {marking_rules.EMPTY_RIGHT, marking_rules.ANOTHER_OPTION_FIRST}
    assert standard.value == 1.0


def test_ties_have_the_middle_of_their_ranks() -> None:
    assert marks("visdial", RANKED, "", (0.5, 0.1, 0.5))[1].value == pytest.approx(1 / 1.5)
    assert marks("visdial", RANKED, "", (0.5, 0.1, 0.5))[1].quirks == (marking_rules.TIED_RANKS,)
    assert marks("visdial", RANKED, "", (0.5, 0.5, 0.5))[1].evidence.rank == 2


@pytest.mark.parametrize("scores", [(), (0.1, 0.2), (0.1, float("nan"), 0.2)])
def test_without_a_rank_of_every_option_there_is_no_mark(scores: tuple[float, ...]) -> None:
    mark = marks("visdial", RANKED, "yes", scores)[1]
    assert mark.value is None
    assert mark.quirks == (marking_rules.UNRANKED,)


def test_words_of_a_field_are_no_field() -> None:
    ehub, standard = marks("sroie", asked("TAN WOON YANN"), "the company is TAN WOON YANN.")
    assert ehub.value == pytest.approx(2 * 2 / 9)
    assert ehub.quirks == (marking_rules.WORDS_OF_FIELD,)
    assert standard.value == 0.0


def test_where_no_word_is_found_lvlm_ehub_has_no_number() -> None:
    """Its script divides by zero."""
    ehub, standard = (load_benchmark("sroie", rules) for rules in (EHUB, STANDARD))
    pairs = [(asked("TAN WOON YANN"), ExamAnswer("1", "no idea")), (asked("9.00"), ExamAnswer("2", ""))]
    headline = ehub.conclude([ehub.mark(*pair) for pair in pairs]).headline
    assert headline.value is None
    assert "divides by zero" in headline.reason
    assert standard.conclude([standard.mark(*pair) for pair in pairs]).headline.value == 0.0


def test_the_three_readings_of_vqa_accuracy_are_rule_sets() -> None:
    question = asked(*["Yes!"] * 10)
    values = {name: load_benchmark("okvqa", name).mark(question, ExamAnswer("1", "yes")).value for name in VQA_READINGS}
    assert values == {"vqa": 0.0, "lavis": 0.0, "server": 1.0}


def test_beside_whole_fields_stand_their_words() -> None:
    """One of two fields; three words are found of six said, and of four that are there."""
    exam = load_benchmark("sroie", STANDARD)
    pairs = [(asked("TAN WOON YANN"), "Tan Woon was here twice"), (asked("9.00"), "9.00")]
    conclusion = exam.conclude([exam.mark(question, ExamAnswer("1", text)) for question, text in pairs])
    figures = {figure.name: figure.value for figure in (conclusion.headline, *conclusion.breakdown)}
    assert figures["field F1"] == 50.0
    assert figures["word F1"] == pytest.approx(100 * 2 * 3 / (6 + 4))


def test_case_and_marks_stay_on_the_words_of_captions() -> None:
    ehub, standard = marks("nocaps", asked("A dog runs."), "a dog runs")
    assert ehub.evidence.references == [["A", "dog", "runs."]]
    assert not ehub.quirks
    assert standard.evidence.references == [["a", "dog", "runs"]]
    assert marks("nocaps", asked("A dog runs."), "A dog runs.")[0].quirks == (marking_rules.RAW_WORDS,)


def test_a_soft_score_leaves_out_nobody() -> None:
    """An annotator who wrote nothing still is one of ten."""
    rule: MarkingRule = marking_rules.soft_accuracy_rule("server")
    assert rule(asked("", *["stop"] * 3, *["go"] * 6), ExamAnswer("1", "stop")).value == pytest.approx(0.9)
