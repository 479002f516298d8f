"""A conversation in the terminal: a line is a question, or a command that begins with a slash."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reference_models.serving.expert_text import add_context
from vlitqa.cli import screen
from vlitqa.cli.exit_codes import PARTIAL
from vlitqa.cli.talk_inputs import COMMANDS, NEEDED, read_kind
from vlitqa.contracts.conversations import (
    BindingModel,
    BoundFile,
    DrawingModel,
    DrawnPicture,
    FeaturePainter,
    Painter,
    ShownPicture,
    Speech,
)
from vlitqa.errors import ImageFault, RejectedRecord, UsageError
from vlitqa.records import ImageRef

if TYPE_CHECKING:
    from reference_models.serving.chat_history import ChatHistory
    from vlitqa.cli.easels import Easel
    from vlitqa.cli.talk_companions import TalkCompanion
    from vlitqa.contracts.models import ReferenceModel, Sampling
    from vlitqa.contracts.tools import Picture


class TerminalTalk:
    """A model, what was said so far, and the pictures that the next question is about."""

    def __init__(
        self,
        model: ReferenceModel,
        longest: int,
        sampling: Sampling | None,
        easel: Easel | None = None,
        companions: Sequence[TalkCompanion] = (),
    ) -> None:
        from reference_models.serving.chat_history import ChatHistory

        self._model, self._longest, self._sampling, self._easel = model, longest, sampling, easel
        self._companions = companions
        self._history = ChatHistory()
        self._shown: list[ShownPicture] = []
        self._files: list[BoundFile] = []
        self._subjects: list[str] = []
        self._given: list[str] = []
        self._contexts: list[str] = []
        self.speeches: list[Speech] = []
        """All that was said, of all conversations."""

    def begin(self) -> None:
        """Begins another conversation."""
        self.speeches += [Speech("vlitqa", ("Another conversation begins.",))] if self.speeches else []
        self._history, self._shown, self._files = replace(self._history, turns=(), pictures=()), [], []
        self._given, self._contexts, self._subjects = [], [], []
        for companion in self._companions:
            companion.begin()

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
        images, ref = ImageFolder((str(whole.parent),)), ImageRef(whole.name)
        picture = images.look(ref, self._model.picture_side)
        for companion in self._companions:
            companion.see(images, ref)
        self._shown.append(ShownPicture(path.name, picture))
        self._subjects.append(path.name)
        return f"{path.name}: {picture.width} x {picture.height} pixels, shown with the next question."

    def give(self, kind: str, path: Path) -> str:
        """Gives a file of another modality to the conversation; raises UsageError for one that cannot be read.

        Its kind is the modality, perhaps behind a coefficient: `audio`, `0.5*audio`.
        """
        if not isinstance(self._model, BindingModel):
            message = f"{self._model.name} reads pictures and words alone."
            raise UsageError(message, repair="Choose imagebind_llm for sounds, films, depth maps and the like.")
        coefficient, modality = read_kind(kind)
        file = self._model.bind_file(modality, path.expanduser())
        self._files.append(replace(file, coefficient=coefficient))
        self._subjects.append(path.name if coefficient == 1 else f"{coefficient:g}*{path.name}")
        self._given.append(f"[{kind}: {path.name}]")
        return f"{path.name}: {modality}, for the whole conversation; it counts {coefficient:g}, a picture 1."

    def add_context(self, text: str) -> str:
        """Puts what another tool says in front of the next question."""
        self._contexts.append(text)
        return "Context of the next question."

    def ask(self, question: str) -> str:
        """The answer to a question; raises RejectedRecord for one that the model cannot read, as if never asked."""
        asked = self._history.ask(self._words(question), [shown.picture for shown in self._shown])
        parts = self._answer(asked)
        self._history = asked.answer_in_parts(parts)
        parts += self._draw_subjects(asked.pictures)  # beside the answer: the model does not see it
        lines = [
            self._easel.show(part) if isinstance(part, DrawnPicture) and self._easel else str(part) for part in parts
        ]
        speech = [
            ShownPicture(part.description, part.picture) if isinstance(part, DrawnPicture) else part for part in parts
        ]
        words = add_context(question, self._contexts)
        self.speeches += [Speech("you", (*self._shown, *self._given, words)), Speech(self._model.name, tuple(speech))]
        self._shown, self._given, self._contexts = [], [], []
        return "\n".join(lines)

    def remarks(self) -> Iterator[str]:
        """What the companions say of the last answer, which was shown by then: a detector may take a while."""
        answer = "\n".join(part for part in self.speeches[-1].parts if isinstance(part, str))
        for companion in self._companions:
            lines = tuple(companion.remark(answer))
            self.speeches += [Speech(companion.name, ("\n".join(lines),))] if lines else []
            yield from lines

    def _words(self, question: str) -> str:
        """A question behind its context, and the first of a conversation behind what the companions tell the model."""
        prefaces = [companion.preface for companion in self._companions if not self._history.turns]
        return "\n\n".join([*filter(None, prefaces), add_context(question, self._contexts)])

    def _answer(self, asked: ChatHistory) -> list[str | DrawnPicture]:
        """The words of an answer, and pictures among them if the model draws."""
        sampling = self._sampling and replace(self._sampling, seed=self._sampling.seed + len(asked.turns))
        if self._easel and isinstance(self._easel.painter, Painter) and isinstance(self._model, DrawingModel):
            return self._model.reply(asked.prompt(), self._easel.painter, longest=self._longest, sampling=sampling)
        model = self._model_now(asked.pictures)
        return [*model.answer([asked.prompt()], longest=self._longest, sampling=sampling)]

    def _draw_subjects(self, pictures: Sequence[Picture]) -> list[DrawnPicture]:
        """A picture of all that the conversation is about, where something draws it, and something is new."""
        painter = self._easel and self._easel.painter
        if not (isinstance(painter, FeaturePainter) and isinstance(self._model, BindingModel)):
            return []
        if not (self._shown or self._given):
            return []
        feature = self._model.mix_projections(self._files, pictures)
        return [DrawnPicture(f"about {', '.join(self._subjects)}", painter.paint_feature(feature))]

    def _model_now(self, pictures: Sequence[Picture]) -> ReferenceModel:
        """The model, told of what was given to this conversation."""
        if self._files and isinstance(self._model, BindingModel):
            return self._model.about_mixture(self._files, pictures)
        return self._model


def talk(dialogue: TerminalTalk, name: str, given: Sequence[str]) -> None:
    """Obeys what is given and answers line by line until the input ends.

    Raises UsageError for what is given and cannot be obeyed. Exits with PARTIAL if something else went wrong where
    nobody was asked.
    """
    has_failed = False
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        screen.tell(f"Write a question, or:\n{COMMANDS}")
    for command in given:
        try:
            _carry_out(dialogue, command, "")
        except ImageFault as fault:
            raise UsageError(f"{command.removeprefix('/')} shows no picture: {fault}.") from None
    for line in _lines(is_terminal=is_terminal):
        try:
            if line == "/quit":
                break
            has_failed |= not _carry_out(dialogue, line, f"{name}> " if is_terminal else "")
        except ImageFault as fault:
            screen.tell(f"No picture is shown: {fault}.")
            has_failed = True
        except UsageError as error:
            lead = "Nothing is given" if line.startswith("/") else "The question is not answered"
            screen.tell(f"{lead}: {error.clause}. {error.repair}".rstrip())
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
        for remark in dialogue.remarks():
            screen.tell(remark)
    elif command == "/image" and rest.strip():
        screen.tell(dialogue.show(Path(rest.strip())))
    elif command == "/input" and len(rest.split(maxsplit=1)) == 2:
        kind, path = rest.split(maxsplit=1)
        screen.tell(dialogue.give(kind, Path(path.strip())))
    elif command == "/expert" and rest.strip():
        screen.tell(dialogue.add_context(rest))
    elif command == "/new":
        dialogue.begin()
        screen.tell("A new conversation.")
    elif command in NEEDED:
        screen.tell(f"{command} needs {NEEDED[command]}.")
        return False
    else:
        screen.tell(COMMANDS if line == "/help" else f"There is no command {line!r}.\n{COMMANDS}")
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
