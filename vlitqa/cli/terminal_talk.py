"""A conversation in the terminal: a line is a question, or a command that begins with a slash."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vlitqa.cli import screen
from vlitqa.cli.exit_codes import PARTIAL
from vlitqa.errors import ImageFault, RejectedRecord
from vlitqa.records import ImageRef

if TYPE_CHECKING:
    from vlitqa.contracts.models import ReferenceModel, Sampling
    from vlitqa.contracts.tools import Picture

_COMMANDS = """\
/image PATH   shows a picture with the next question; several may be shown
/new          begins another conversation
/help         shows these lines
/quit         ends, as does the end of the input"""


class TerminalTalk:
    """A model, what was said so far, and the pictures that the next question is about."""

    def __init__(self, model: ReferenceModel, longest: int, sampling: Sampling | None) -> None:
        from reference_models.serving.chat_history import ChatHistory

        self._model, self._longest, self._sampling = model, longest, sampling
        self._history = ChatHistory()
        self._shown: list[Picture] = []

    def begin(self) -> None:
        """Begins another conversation."""
        self._history, self._shown = replace(self._history, turns=(), pictures=()), []

    def show(self, path: Path) -> str:
        """Shows a picture with the next question, and says its size; raises ImageFault for what is none."""
        from vlitqa.backends.image_folder import ImageFolder

        try:
            whole = path.expanduser().absolute()
            is_there = whole.exists()
        except (OSError, RuntimeError, ValueError):  # of a name that no file can have
            is_there = False
        if not is_there:
            raise ImageFault("image_missing", f"there is no file {path}")
        picture = ImageFolder((str(whole.parent),)).look(ImageRef(whole.name), self._model.picture_side)
        self._shown.append(picture)
        return f"{path.name}: {picture.width} x {picture.height} pixels, shown with the next question."

    def ask(self, question: str) -> str:
        """The answer to a question; raises RejectedRecord for one that the model cannot read, as if never asked."""
        asked = self._history.ask(question, self._shown)
        sampling = self._sampling and replace(self._sampling, seed=self._sampling.seed + len(asked.turns))
        (answer,) = self._model.answer([asked.prompt()], longest=self._longest, sampling=sampling)
        self._history, self._shown = asked.answer(answer), []
        return answer


def talk(dialogue: TerminalTalk, name: str, images: Sequence[Path]) -> None:
    """Answers line by line until the input ends; exits with PARTIAL if something went wrong where nobody was asked."""
    has_failed = False
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        screen.tell(f"Write a question, or:\n{_COMMANDS}")
    for line in chain((f"/image {path}" for path in images), _lines(is_terminal=is_terminal)):
        try:
            if line == "/quit":
                break
            has_failed |= not _carry_out(dialogue, line, f"{name}> " if is_terminal else "")
        except ImageFault as fault:
            screen.tell(f"No picture is shown: {fault}.")
            has_failed = True
        except RejectedRecord as reason:
            screen.tell(f"The question cannot be read: {reason}. /new begins another conversation.")
            has_failed = True
    if has_failed and not is_terminal:
        raise typer.Exit(PARTIAL)


def _carry_out(dialogue: TerminalTalk, line: str, prefix: str) -> bool:
    """Answers a question or obeys a command; False for a command that there is not."""
    command, _, rest = line.partition(" ")
    if not command.startswith("/"):
        screen.show_text(prefix + dialogue.ask(line))
        sys.stdout.flush()
    elif command == "/image" and rest.strip():
        screen.tell(dialogue.show(Path(rest.strip())))
    elif command == "/new":
        dialogue.begin()
        screen.tell("A new conversation.")
    else:
        screen.tell(_COMMANDS if line == "/help" else f"There is no command {line!r}.\n{_COMMANDS}")
        return line == "/help"
    return True


def _lines(*, is_terminal: bool) -> Iterator[str]:
    """The lines of the input that are not empty; a terminal is asked for each, with its history."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    if not is_terminal:
        yield from filter(None, (line.strip() for line in sys.stdin))
        return
    with suppress(ImportError):
        import readline  # noqa: F401 - gives input() its history and keys
    try:
        while True:
            if line := input("you> ").strip():
                yield line
    except EOFError:
        screen.tell("")  # what the shell says next has a line of its own
