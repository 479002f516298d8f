"""The texts of prompts, kept in files with a version, and the examples that are shown with them."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from vlitqa.construction.conversation_replies import JSON_FORM, SpokenMessage
from vlitqa.errors import UsageError

_HERE = Path(__file__).parent
ALWAYS = "always"


class PromptRule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule, and the condition under which it stands in a prompt: a principle, a kind, or always."""

    when: str
    text: str


class PromptTexts(Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of the prompts of one strategy."""

    version: int
    frame: Mapping[str, str]
    rule: tuple[PromptRule, ...]
    form: Mapping[str, str]
    reminder: Mapping[str, str]

    def rules(self, conditions: Collection[str]) -> str:
        """The rules whose condition holds, numbered."""
        holding = [rule.text for rule in self.rule if rule.when == ALWAYS or rule.when in conditions]
        return "\n".join(f"{number}. {text}" for number, text in enumerate(holding, 1))


class _ExampleMessage(Struct, frozen=True, forbid_unknown_fields=True):
    role: str
    content: str


class ConversationExample(Struct, frozen=True, forbid_unknown_fields=True):
    """A description with a conversation as it should be."""

    id: str
    kind: str
    description: str
    conversation: tuple[_ExampleMessage, ...]

    @property
    def turns(self) -> int:
        """The number of pairs of messages."""
        return len(self.conversation) // 2

    def written(self, form: str) -> str:
        """The conversation in the form in which a writer should reply."""
        return spell_conversation([SpokenMessage(message.role, message.content) for message in self.conversation], form)


def read_prompt_texts(name: str) -> PromptTexts:
    """The texts of a strategy."""
    table = tomllib.loads((_HERE / "prompts" / f"{name}.toml").read_text(encoding="utf-8"))
    return msgspec.convert(table, PromptTexts)


def read_conversation_examples(path: Path | None = None) -> Sequence[ConversationExample]:
    """The examples of a file, or those that come with vlitqa; raises UsageError for a file that is none."""
    file = path or _HERE / "examples" / "self_instruct.jsonl"
    decoder = msgspec.json.Decoder(ConversationExample)
    try:
        lines = [line for line in file.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}).", repair="Name a file of examples.") from None
    examples = []
    for number, line in enumerate(lines, 1):
        try:
            examples.append(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{file}, line {number}: {str(error)[:200]}.",
                repair="An example has an id, a kind, a description and a conversation of role and content.",
            ) from None
    if not examples:
        raise UsageError(f"{file} holds no examples.", repair="Write some, or take the key out of the recipe.")
    return examples


def spell_conversation(messages: Sequence[SpokenMessage], form: str) -> str:
    """A conversation in the form of a reply."""
    if form == JSON_FORM:
        listed = [{"role": message.role, "content": message.text} for message in messages]
        return msgspec.json.encode({"conversation": listed}).decode()
    names = {"user": "User", "assistant": "AI"}
    return "\n".join(f"{names[message.role]}: {message.text}" for message in messages)
