"""Frames of sentences as HanLP writes them, whose roles were given by hand after PropBank."""

from __future__ import annotations

from vlitqa.backends.parsers.semantic_roles import RoleSpan, count_roles, things_with_roles


def frames_of(sentence: str, *frames: str) -> tuple[list[list[RoleSpan]], list[str]]:
    """Frames from `PRED:1-2 ARG0:0-1`, in HanLP's shape."""
    tokens = sentence.split()
    return [[span_of(tokens, span) for span in frame.split()] for frame in frames], tokens


def span_of(tokens: list[str], span: str) -> RoleSpan:
    role, _, places = span.partition(":")
    begin, end = map(int, places.split("-"))
    return " ".join(tokens[begin:end]), role, begin, end


def test_participants_and_places_are_things_and_manner_and_modality_are_not() -> None:
    frames, tokens = frames_of(
        "The man can slowly put a cup on the table in the park",
        "ARG0:0-2 ARGM-MOD:2-3 ARGM-MNR:3-4 PRED:4-5 ARG1:5-7 ARG2:7-13",
    )
    assert things_with_roles(frames, tokens) == ["man", "cup", "table"]
    assert count_roles(frames) == 6


def test_a_pronoun_a_question_word_and_the_picture_are_no_things() -> None:
    frames, tokens = frames_of("What does she see in the image ?", "ARG1:0-1 ARG0:2-3 PRED:3-4 ARGM-LOC:4-7")
    assert things_with_roles(frames, tokens) == []
    assert count_roles(frames) == 4


def test_the_things_of_a_clause_are_the_arguments_in_it() -> None:
    sentence = "What factors indicate that the woman is playing tennis ?"
    frames, tokens = frames_of(sentence, "ARG0:0-2 PRED:2-3 ARG1:3-9", "ARG0:4-6 PRED:7-8 ARG1:8-9")
    assert things_with_roles(frames, tokens) == ["woman", "tennis"], "`factors` asks for the answer"
    assert count_roles(frames) == 6


def test_an_argument_of_two_verbs_is_one_thing() -> None:
    frames, tokens = frames_of("The dog who runs barks", "ARG0:0-4 PRED:4-5", "ARG0:0-2 R-ARG0:2-3 PRED:3-4")
    assert things_with_roles(frames, tokens) == ["dog"]
    frames, tokens = frames_of("Dogs run and bark", "ARG0:0-1 PRED:1-2", "ARG0:0-1 PRED:3-4")
    assert things_with_roles(frames, tokens) == ["dog"]
    assert count_roles(frames) == 3


def test_two_things_of_one_noun_stand_there_twice() -> None:
    frames, tokens = frames_of("The red car follows the blue car", "ARG0:0-3 PRED:3-4 ARG1:4-7")
    assert things_with_roles(frames, tokens) == ["car", "car"]


def test_a_sentence_without_a_predicate_has_no_roles() -> None:
    assert things_with_roles([], ["Yes"]) == []
    assert count_roles([]) == 0
