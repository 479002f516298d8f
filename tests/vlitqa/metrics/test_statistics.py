"""The numbers of TextBind's Table 3 and Figure 4, by hand and by an independent count."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace
from sacremoses import MosesTokenizer

from vlitqa.algorithms.intervals import mean_interval
from vlitqa.backends.toolbox import Toolbox
from vlitqa.metrics.statistics import Statistics
from vlitqa.records import VIDEO, Frame, ImageRef, Place, Record, Recording, Turn
from vlitqa.results import Figure, Status, Summary

Message = tuple[str, str, int]
"""Role, text and number of images, as TextBind's conversations hold them."""


def summary_of(*records: Record) -> Summary:
    placed = [replace(record, place=Place(row=row, line=row + 1)) for row, record in enumerate(records)]
    return Statistics().combine(Statistics().measure(placed, Toolbox().open()))


def figures_of(*records: Record) -> dict[tuple[str, str], Figure]:
    return {(figure.name, figure.variant): figure for figure in summary_of(*records).figures}


def record_of(conversation: list[Message]) -> Record:
    """An alternating conversation, user first, as one record."""
    refs: list[ImageRef] = []
    turns = []
    for asked, answered in zip(conversation[::2], [*conversation[1::2], None], strict=False):
        places = []
        for message in (asked, answered):
            count = message[2] if message else 0
            places.append(tuple(range(len(refs), len(refs) + count)))
            refs += [ImageRef(f"{len(refs)}.png")] * count
        turns.append(Turn(asked[1], answered[1] if answered else None, *places))
    return Record(tuple(turns), tuple(refs))


def conversations(seed: int) -> list[list[Message]]:
    """Alternating conversations of one to eight messages, some ending with the user."""
    generator = random.Random(seed)
    words = ["a", "dog", "Mr.", "isn't", "here,", "5 p.m.", "end.", "图片", "(yes)"]
    return [
        [
            (
                ("user", "assistant")[at % 2],
                " ".join(generator.choices(words, k=generator.randint(0, 9))),
                generator.randint(0, 2),
            )
            for at in range(generator.randint(1, 8))
        ]
        for _ in range(40)
    ]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_two_conversations_counted_by_hand() -> None:
    # Moses: What / is / this / ? = 4, A / dog / . = 3, It / 's / late / . = 4; between white space 3, 2 and 2;
    # three tokens more for each image: one in an instruction, and two in a response
    images = (ImageRef("a"), ImageRef("b"), ImageRef("c"))
    first = Record((Turn("What is this?", "A dog.", (0,), (1, 2)), Turn("It's late.", None)), images)
    found = figures_of(first, Record((Turn("A dog.", "A dog."),)))
    values = {key: figure.value for key, figure in found.items()}
    assert values == {
        ("conversations", "original"): 2,
        ("turns", "original"): (1.5 + 1) / 2,
        ("turns", "sound"): (2 + 1) / 2,
        ("images in conversations", "original"): 1.5,
        ("images in instructions", "original"): 0.5,
        ("images in responses", "original"): 1.0,
        ("words in conversations", "original"): (20 + 6) / 2,
        ("words in instructions", "original"): (11 + 3) / 2,
        ("words in responses", "original"): (9 + 3) / 2,
        ("words in conversations", "sound"): (7 + 4) / 2,
        ("words in instructions", "sound"): (5 + 2) / 2,
        ("words in responses", "sound"): (2 + 2) / 2,
        ("text-only conversations", "sound"): 1,
        ("conversations with unread media", "sound"): 0,
        ("instruction-response pairs", "sound"): 2,
    }


def test_a_conversation_about_a_video_is_not_text_only() -> None:
    text = Record((Turn("Why?", "So."),))
    named = replace(text, notes=("unread_media",))  # the reader saw a field such as `video`
    marked = Record((Turn("<video>\nWhat happens?", "A dog runs."),))
    frames = tuple(ImageRef("a.mp4", frame=Frame(number, 2)) for number in range(2))
    film = Record((Turn("What?", "That.", (0, 1)),), frames, recordings=(Recording(VIDEO, "a.mp4"),))
    figures = figures_of(text, named, marked, film, Record((Turn("What?", "That.", (0,)),), (ImageRef("a.png"),)))
    assert figures["text-only conversations", "sound"].value == 1
    assert figures["conversations with videos or sounds", "sound"].value == 1
    assert figures["images in conversations", "original"].value == 1 / 5, "frames of a video are no images"
    assert figures["conversations with unread media", "sound"].value == 2


def test_a_pair_is_a_turn_with_both_halves() -> None:
    figures = figures_of(Record((Turn("Why?", "So."), Turn("And?", None), Turn(None, "Hm."), Turn("Who?", "He."))))
    assert figures["instruction-response pairs", "sound"].value == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("图中有一只狗。", 6),  # every Han character
        ("犬が走る。カメラ、ラーメン", 6),  # 犬 が 走 る, then two runs of katakana
        ("개가 풀밭에 앉아 있습니다.", 4),  # Korean is written with spaces
        ("我用Python写code！", 5),  # 我 用 Python 写 code
        ("Ein Hund, größer als 🐈.", 5),
        ("- A dog , here 。", 6),
    ],
)
def test_sound_words_stand_between_spaces_or_are_han_characters_and_runs_of_kana(text: str, words: int) -> None:
    assert figures_of(Record((Turn("a", text),)))["words in responses", "sound"].value == words


@pytest.mark.parametrize("seed", range(3))
def test_the_means_are_those_of_an_independent_count(seed: int) -> None:
    data = conversations(seed)
    tokenizer = MosesTokenizer(lang="en")

    def tokens(message: Message) -> int:
        """As TextBind counts them, which writes `<image>` for every image."""
        return len(tokenizer.tokenize("<image> " * message[2] + message[1], escape=False))

    def per_conversation(roles: str, what: int) -> float:
        count = (lambda m: m[2]) if what else tokens
        return mean([sum(count(m) for m in each if m[0] in roles.split()) for each in data])

    found = figures_of(*map(record_of, data))
    assert found["turns", "original"].value == pytest.approx(mean([len(each) / 2 for each in data]))
    for side, roles in (("conversations", "user assistant"), ("instructions", "user"), ("responses", "assistant")):
        assert found[f"words in {side}", "original"].value == pytest.approx(per_conversation(roles, 0))
        assert found[f"images in {side}", "original"].value == pytest.approx(per_conversation(roles, 1))


@pytest.mark.parametrize("seed", range(3))
def test_images_by_turn_are_those_of_an_independent_count(seed: int) -> None:
    data = conversations(seed)
    by_turn: dict[tuple[str, int], list[float]] = {}
    for conversation in data:
        for at, (role, _, images) in enumerate(conversation):
            by_turn.setdefault((role, at // 2), []).append(images)
    table = summary_of(*map(record_of, data)).tables[-1]
    assert [row[0] for row in table.rows] == ["1", "2", "3", "4"]
    for turn, (_, asked, answered, count) in enumerate(table.rows):
        assert asked == pytest.approx(mean(by_turn["user", turn]))
        assert answered == pytest.approx(mean(by_turn["assistant", turn]))
        assert count == len(by_turn["user", turn])


def test_late_turns_are_put_together() -> None:
    turns = tuple(Turn("Go on.", "Yes.", (at,)) for at in range(25))
    table = summary_of(Record(turns, tuple(ImageRef(f"{at}") for at in range(25)))).tables[-1]
    assert len(table.rows) == 21
    assert table.rows[-1] == ("21 and later", 1.0, 0.0, 5)


def test_a_turn_that_nobody_asks_in_has_no_mean_of_images() -> None:
    table = summary_of(Record((Turn(None, "Look.", (), (0,)),), (ImageRef("a"),))).tables[-1]
    assert table.rows == (("1", None, 1.0, 0),)


def test_a_record_without_words_has_none_of_them() -> None:
    (made,) = Statistics().measure([Record((Turn("", None),))], Toolbox().open())
    assert (made.value, made.status) == (0.0, Status.OK)


def test_the_interval_of_the_turns_is_that_of_a_mean_over_images() -> None:
    counts = [1, 2, 3, 6] * 2
    records = [Record((Turn("a", "b"),) * count) for count in counts]
    assert figures_of(*records)["turns", "sound"].interval == mean_interval(counts, range(8))
    shared = [replace(record, images=(ImageRef(f"{place % 4}"),)) for place, record in enumerate(records)]
    assert figures_of(*shared)["turns", "sound"].interval is None, "four images are too few"
