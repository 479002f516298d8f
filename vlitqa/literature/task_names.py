"""Names of tasks: the spellings of the review's Table 5, folded where two mean the same task."""

from __future__ import annotations

from collections.abc import Mapping

TASK_LIST = "tasks"
"""The published list of tasks, and the column of tasks in others."""
FOLDED_SPELLINGS: Mapping[str, str] = {
    "(video) complex reasoning": "video complex reasoning",
    "(video) conversation": "video conversation",
    "(video) detail description": "video detailed description",
    "(video) detailed description": "video detailed description",
    "captioning": "image captioning",
    "classification": "image classification",
    "detail description": "detailed description",
    "grounding": "visual grounding",
    "grounding caption": "grounded captioning",
    "image text matching": "image-text matching",
    "visual question answering (text-rich)": "text-rich question answering",
}
"""Spellings, and the name of their task. Words that may mean another task, such as `visual captioning`, stay apart."""
PARTIAL_LISTS = frozenset(
    {
        *("Otter", "MultiModal-GPT", "OphGLM", "GPT4RoI", "ChatSpot", "Lynx", "PVIT"),  # lists that break off
        *("BLIVA", "Qwen-VL"),  # beside lines that are fused, a part of which may be theirs
    }
)
"""Rows of Table 5 whose list of tasks may have held more before our copy was damaged."""


def folded_task(spelling: str) -> str:
    """The name of a task, whatever its spelling is."""
    return FOLDED_SPELLINGS.get(spelling.casefold(), spelling)
