"""A served tagger names short tags, or none at all and says so."""

from __future__ import annotations

import pytest

from tests.given.judge_questions import PATIENCE
from tests.given.judge_questions import nothing_tells_the_key as nothing_tells_the_key
from tests.given.judge_server import JudgeServer
from vlitqa.backends.chat.address import Address
from vlitqa.backends.taggers.served import ServerTagger
from vlitqa.errors import ToolMissing

pytest.importorskip("openai")
pytestmark = pytest.mark.usefixtures("nothing_tells_the_key")


def test_a_tagger_names_short_tags_each_once() -> None:
    with JudgeServer("tags") as server:
        tagger = ServerTagger(Address(server.url, "m"), PATIENCE).open()
        assert (
            tagger.candidates(["Count the cats.", "Count the cats."]) == [("object counting", "image captioning")] * 2
        )
    assert server.calls == 1


def test_a_tagger_chooses_only_what_it_is_offered() -> None:
    with JudgeServer("tags") as server:
        tagger = ServerTagger(Address(server.url, "m"), PATIENCE).open()
        offered = ["image captioning", "object counting", "colour naming"]
        assert tagger.choose(["Count the cats.", "Name it."], [offered, []]) == [
            ("object counting", "image captioning"),
            (),
        ]
        assert server.calls == 1
        assert tagger.choose(["Count the cats."], [["colour naming"]]) == [()], "what was not offered is no choice"
    with JudgeServer("500") as server, pytest.raises(ToolMissing, match="no tags"):
        ServerTagger(Address(server.url, "m"), PATIENCE).open().choose(["Count the dogs."], [offered])


@pytest.mark.parametrize("mode", ["sentence", "good", "500", "none"])
def test_a_tagger_that_names_no_tags_is_missing_for_that_text(mode: str) -> None:
    with JudgeServer(mode) as server, pytest.raises(ToolMissing, match="no tags"):
        ServerTagger(Address(server.url, "m"), PATIENCE).open().candidates(["Count the cats."])
