"""The messages of a chat request as a conversation: texts, and pictures as data URLs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from reference_models.serving.chat_history import ChatHistory
from reference_models.serving.refusal import Refusal
from vlitqa.contracts.tools import Images, Picture
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef

MOST_PICTURES = 32
_SYSTEM, _USER, _ASSISTANT = frozenset(("system", "developer")), "user", "assistant"


def read_history(messages: Any, images: Images, side: int) -> ChatHistory:
    """Reads the messages of a request; the last is a question of the user. Raises Refusal for any others."""
    if not isinstance(messages, list) or not messages:
        raise Refusal("`messages` must be a list of at least one message.", field="messages")
    if sum(map(_count_pictures, messages)) > MOST_PICTURES:
        raise Refusal(f"A conversation may hold {MOST_PICTURES} pictures.", field="messages")
    contents = [(_role_of(message), _Content(message, images, side)) for message in messages]
    system = "\n".join(content.text for role, content in contents if role in _SYSTEM)
    if any(content.pictures for role, content in contents if role != _USER):
        raise Refusal("Only messages of the user may hold pictures.", field="messages")
    conversation, last = ChatHistory(system), ""
    spoken = [(role, content) for role, content in contents if role not in _SYSTEM]
    for last, same_role in groupby(spoken, key=lambda entry: entry[0]):
        content = _joined([content for _, content in same_role])
        if last == _USER:
            conversation = conversation.ask(content.text, content.pictures, content.offsets)
        elif not conversation.turns:
            raise Refusal("The first message must be of the user, or of the system.", field="messages")
        else:
            conversation = conversation.answer(content.text)
    if last != _USER:
        raise Refusal("The last message must be of the user: it is what is answered.", field="messages")
    return conversation


def _count_pictures(message: Any) -> int:
    """The pictures of a message, none of which is opened yet."""
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _role_of(message: Any) -> str:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in (*_SYSTEM, _USER, _ASSISTANT):
        raise Refusal(f"A message has the role {role!r}; known are system, user and assistant.", field="messages")
    return str(role)


class _Content:
    """The text of a message, and its pictures with the number of characters before each."""

    def __init__(self, message: Any, images: Images, side: int) -> None:
        self.length = 0
        self._texts: list[str] = []
        self.pictures: list[Picture] = []
        self.offsets: list[int] = []
        content = message.get("content")
        for part in content if isinstance(content, list) else [{"type": "text", "text": content}]:
            kind = part.get("type") if isinstance(part, dict) else None
            if kind == "text" and isinstance(part.get("text"), str):
                self.add(part["text"])
            elif kind == "image_url":
                self.pictures.append(_picture_of(part.get("image_url"), images, side))
                self.offsets.append(self.length)
            else:
                raise Refusal("A message holds texts, and pictures as `image_url`, and nothing else.", field="messages")

    @property
    def text(self) -> str:
        """All its words."""
        return "".join(self._texts)

    def add(self, text: str) -> None:
        """Adds words behind all others."""
        self._texts.append(text)
        self.length += len(text)


def _joined(contents: Sequence[_Content]) -> _Content:
    """Messages of one role in a row, as one."""
    whole, *others = contents
    for content in others:
        start = whole.length + 1
        whole.add("\n" + content.text)
        whole.pictures += content.pictures
        whole.offsets += [start + offset for offset in content.offsets]
    return whole


def _picture_of(image_url: Any, images: Images, side: int) -> Picture:
    """Opens a picture that came as a data URL; nothing is fetched, and no file is opened."""
    url = image_url.get("url") if isinstance(image_url, dict) else image_url
    if not isinstance(url, str) or not url.startswith("data:image/"):
        message = "A picture must be a data URL, `data:image/png;base64,…`: addresses and files are not opened."
        raise Refusal(message, field="messages")
    head, _, encoded = url.partition(",")
    if not head.endswith(";base64"):
        raise Refusal("A data URL must be encoded in base64.", field="messages")
    try:
        return images.look(ImageRef("picture", base64.b64decode(encoded, validate=True)), side)
    except ValueError:
        raise Refusal("A data URL is not valid base64.", field="messages") from None
    except ImageFault as fault:
        raise Refusal(f"A picture cannot be opened: {fault.reason}.", code=fault.code, field="messages") from None
