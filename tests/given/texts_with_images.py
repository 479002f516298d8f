"""Rows whose texts have images at made-up places, in every format of the catalogue."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from tests.given.golden_rows import GOLDEN_ROWS, PIXEL_TEXT
from vlitqa.catalogue import load_format
from vlitqa.formats.fields import PLACEHOLDER
from vlitqa.formats.flat import FlatFormat
from vlitqa.formats.prompted import PromptedFormat
from vlitqa.records import Row

DIALOGUES = (
    *("llava", "internlm", "openai-messages", "mantis", "textbind", "coco_arc", "qwen-vl", "finevision", "data-juicer"),
    *("prompt-completion", "preferences", "openai-preferences", "chat-requests", "gemini"),
)
"""Formats that say in their texts where an image stands, in instructions and responses."""
_PLACEHOLDERS = ("<image>", "<image>", "<IMG_CONTEXT>", "<ImageHere>", "<img7>", "<img1>a dog</img1>")
_WORDS = ("left", "Blaugrün 🪑", "<", ">", " ", "\n", "\u3000", "  ")

texts = st.lists(st.sampled_from(_PLACEHOLDERS + _WORDS), max_size=7).map("".join)
conversations = st.lists(texts, min_size=1, max_size=5)
parts = st.lists(st.one_of(st.none(), st.lists(st.sampled_from(_WORDS), max_size=4).map("".join)), max_size=6)
"""Texts, and None for an image."""


def row_with(name: str, conversation: list[str], surplus: int = 0) -> Row:
    """A row of a format with these instructions and responses in turn, and an image for each placeholder.

    The surplus of images may be negative. TextBind's images lie with their message: there it counts for nothing.
    """
    row_format = load_format(name)
    placeholders = sum(len(PLACEHOLDER.findall(text)) for text in conversation)
    names = [f"{number}.jpg" for number in range(max(placeholders + surplus, 0))]
    if isinstance(row_format, FlatFormat):
        return _flat_row(row_format, conversation[0], names)
    makers = {
        "llava": _from_value,
        "internlm": _from_value,
        "coco_arc": _user_and_ai,
        "qa-list": _questions,
        "qwen-vl": _named_images,
        "finevision": _user_and_assistant,
        "prompt-completion": _prompt_and_response,
        "preferences": _prompt_and_response,
        "openai-preferences": _prompt_and_response,
        "chat-requests": _request,
        "gemini": _contents,
        "data-juicer": _speakers_in_brackets,
        "obelics": _page,
    }
    return makers.get(name, _role_and_content)(name, conversation, names)


def row_of_parts(content: list[str | None]) -> Row:
    """A row of OpenAI's messages with one instruction of these parts."""
    written: list[Any] = [
        {"type": "image", "image": f"{number}.jpg"} if text is None else {"type": "text", "text": text}
        for number, text in enumerate(content)
    ]
    return {"messages": [{"role": "user", "content": written}, {"role": "assistant", "content": "So."}]}


def _flat_row(row_format: FlatFormat, text: str, names: list[str]) -> Row:
    images = [PIXEL_TEXT] * len(names) if row_format.embedded else names
    fields = (row_format.instruction or row_format.response)[0]
    return {**GOLDEN_ROWS[row_format.name][0], fields: text, row_format.image[0]: images}


def _from_value(name: str, conversation: list[str], names: list[str]) -> Row:
    speakers = ("human", "gpt" if name == "llava" else "bot")
    messages = [{"from": speakers[number % 2], "value": text} for number, text in enumerate(conversation)]
    return {"id": "x", "image": names, "conversations": messages}


def _role_and_content(name: str, conversation: list[str], names: list[str]) -> Row:
    speakers = ("user", "assistant")
    messages: list[dict[str, Any]] = [
        {"role": speakers[number % 2], "content": text} for number, text in enumerate(conversation)
    ]
    if name != "textbind":
        return {"id": "x", "images": names, "messages" if name == "openai-messages" else "conversation": messages}
    for number, message in enumerate(messages):
        count = len(PLACEHOLDER.findall(message["content"])) or number % 3  # an image needs no placeholder
        message["image_list"] = [f"{number}-{image}.jpg" for image in range(count)]
    return {"id": "x", "conversation": messages}


def _user_and_ai(_name: str, conversation: list[str], names: list[str]) -> Row:
    pairs = [
        dict(zip(("User", "AI"), conversation[begin : begin + 2], strict=False))
        for begin in range(0, len(conversation), 2)
    ]
    return {"id": "x", "img_ids": names, "instruction_type": "global", "conversations": pairs}


def _questions(_name: str, conversation: list[str], names: list[str]) -> Row:
    return {"id": "x", "image": names, "QA": [{"q": text, "a": "So."} for text in conversation]}


def _user_and_assistant(name: str, conversation: list[str], names: list[str]) -> Row:
    pairs = _user_and_ai(name, conversation, names)["conversations"]
    keys = {"User": "user", "AI": "assistant"}
    assert isinstance(pairs, list)
    return {"images": names, "texts": [{keys[key]: text for key, text in pair.items()} for pair in pairs]}


def _named_images(_name: str, conversation: list[str], _names: list[str]) -> Row:
    numbers = itertools.count()
    named = [PLACEHOLDER.sub(lambda _: f"<img>{next(numbers)}.jpg</img>", text) for text in conversation]
    speakers = ("user", "assistant")
    messages = [{"from": speakers[number % 2], "value": text} for number, text in enumerate(named)]
    return {"id": "x", "conversations": messages}


def _messages(conversation: list[str]) -> list[dict[str, Any]]:
    speakers = ("user", "assistant")
    return [{"role": speakers[number % 2], "content": text} for number, text in enumerate(conversation)]


def _prompt_and_response(name: str, conversation: list[str], names: list[str]) -> Row:
    messages = _messages(conversation)
    split = len(messages) - len(messages) % 2 - 1 if len(messages) > 1 else 1
    row_format = load_format(name)
    assert isinstance(row_format, PromptedFormat)
    prompt: object = {"messages": messages[:split]} if row_format.is_nested else messages[:split]
    rejected = {row_format.rejected: "No."} if row_format.rejected else {}
    return {"images": names, row_format.prompt: prompt, row_format.response: messages[split:], **rejected}


def _request(_name: str, conversation: list[str], names: list[str]) -> Row:
    return {"custom_id": "x", "images": names, "body": {"messages": _messages(conversation)}}


def _contents(_name: str, conversation: list[str], names: list[str]) -> Row:
    speakers = ("user", "model")
    contents = [{"role": speakers[number % 2], "parts": [{"text": text}]} for number, text in enumerate(conversation)]
    return {"contents": contents, "images": names}


def _speakers_in_brackets(_name: str, conversation: list[str], names: list[str]) -> Row:
    speakers = ("human", "gpt")
    lines = [
        f"[[{speakers[number % 2]}]]: {PLACEHOLDER.sub('<__dj__image>', text)} <|__dj__eoc|>"
        for number, text in enumerate(conversation)
    ]
    return {"text": "\n".join(lines), "images": names}


def _page(_name: str, conversation: list[str], names: list[str]) -> Row:
    texts: list[str | None] = []
    remaining = iter(names)
    images: list[str | None] = []
    for text in conversation:
        texts.append(PLACEHOLDER.sub("", text) or "x")
        images.append(None)
        texts += [None] * len(PLACEHOLDER.findall(text))
        images += [next(remaining, "more.jpg") for _ in PLACEHOLDER.findall(text)]
    return {"texts": texts, "images": images}
