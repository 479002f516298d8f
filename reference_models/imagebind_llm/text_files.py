"""Texts in files, as the text encoder of ImageBind reads them: by the tokens of CLIP."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from reference_models.imagebind_llm.media_files import read_media
from vlitqa.backends.model_files import require
from vlitqa.errors import UsageError

CLIP_VOCABULARY = 49_408
"""The number of CLIP's tokens."""
_LONGEST = 8_192
"""Characters: more than any text of as many tokens as are read has."""


def read_text_tokens(path: Path, context_length: int) -> Tensor:
    """The numbers of a text's tokens between their marks, with zeros behind; a longer text is cut.

    Raises UsageError for a file that is no text in UTF-8, or that is empty.  # (context,)
    """
    require("open_clip")
    import open_clip

    try:
        text = read_media(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8.", repair="Save it as UTF-8.") from None
    if not text.strip():
        raise UsageError(f"{path} holds no text.", repair="Name a file with a sentence.")
    start = " ".join(text.split())[:_LONGEST]
    tokens: Tensor = open_clip.SimpleTokenizer(context_length=context_length)(start)[0]  # (context,)
    return tokens
