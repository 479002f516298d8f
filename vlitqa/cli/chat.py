"""`vlitqa chat`: talk with a model in the terminal, or serve it to clients of OpenAI's API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options, screen
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.cli.terminal_talk import Easel
    from vlitqa.contracts.models import ReferenceModel, Sampling

_LONGEST, _HOST, _PORT, _PICTURES = 256, "127.0.0.1", 8000, Path("pictures")

_Model = Annotated[
    str,
    typer.Option("--model", help="Folder that `vlitqa tune` wrote, or a model's name, such as llava or mim."),
]
_Preset = Annotated[
    str, typer.Option("--preset", help="Where a named model begins, as in `vlitqa tune`: paper, nano, tiny, a folder.")
]
_Images = Annotated[
    list[Path] | None, typer.Option("--image", help="Picture that the first question is about; repeatable.")
]
_Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", help="Other input, for models that bind: audio=PATH, depth=PATH or point=PATH; repeatable."
    ),
]
_Painter = Annotated[
    str, typer.Option("--painter", help="Stable Diffusion that draws, for models that do: folder or name of the hub.")
]
_Pictures = Annotated[Path, typer.Option("--pictures", help="Folder for what is drawn.")]
_Page = Annotated[
    Path | None, typer.Option("--page", help="Page to write in the end, with all that was said and shown.")
]
_Experts = Annotated[
    list[str] | None,
    typer.Option("--expert", help="What another tool says, as context of the first question; repeatable."),
]
_Detector = Annotated[
    str,
    typer.Option("--detector", help="Grounding DINO that looks for the nouns of answers: folder or name of the hub."),
]
_Tools = Annotated[
    Path | None, typer.Option("--tools", help="JSON list of tools that the model may call; calls are shown, never run.")
]
_Longest = Annotated[int, typer.Option("--longest", min=1, help="Most tokens of an answer.")]
_Temperature = Annotated[
    float, typer.Option("--temperature", min=0.0, help="0: the most probable answer. Above: drawn by --seed.")
]
_Serve = Annotated[bool, typer.Option("--serve", help="Serve the model at /v1/chat/completions instead.")]
_Host = Annotated[
    str, typer.Option("--host", help="With --serve: address to listen on. Others than loopback need a key.")
]
_Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="With --serve: port; 0 takes a free one.")]
_Name = Annotated[str, typer.Option("--name", help="With --serve: name of the model. Default: as its folder says.")]
_Origins = Annotated[
    list[str] | None,
    typer.Option("--allow-origin", help="With --serve: page whose scripts may ask, such as http://localhost:3000."),
]


def chat(  # noqa: PLR0913 - one argument for each option
    *,
    model: _Model,
    preset: _Preset = "paper",
    images: _Images = None,
    inputs: _Inputs = None,
    experts: _Experts = None,
    detector: _Detector = "",
    tools: _Tools = None,
    painter: _Painter = "",
    pictures: _Pictures = _PICTURES,
    page: _Page = None,
    longest: _Longest = _LONGEST,
    temperature: _Temperature = 0.0,
    seed: options.SeedOption = 0,
    serve: _Serve = False,
    host: _Host = _HOST,
    port: _Port = _PORT,
    name: _Name = "",
    origins: _Origins = None,
) -> None:
    """Talk with a model about pictures, line by line, or serve it to any client of OpenAI's API with --serve.

    Where the input is no terminal, every line of it is a question, and answers alone are printed.
    """
    request = TalkRequest(
        given=_first_commands(images or (), inputs or (), experts or ()),
        longest=longest,
        temperature=temperature,
        seed=seed,
        page=page,
        aids=TalkAids(painter=painter, pictures=pictures, detector=detector, tools=tools),
    )
    _refuse_mixture(request, serve=serve, has_listening=host != _HOST or port != _PORT or bool(name or origins))
    if serve:
        _serve(partial(_open, model, preset), name, host, port, origins or ())
    else:
        _talk(model, preset, request)


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkAids:
    """What stands beside the model in a talk: what draws, what looks for nouns, and tools that it may call."""

    painter: str = ""
    pictures: Path = _PICTURES
    detector: str = ""
    tools: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRequest:
    """What a user wants of a talk in the terminal."""

    given: tuple[str, ...] = ()
    """The commands that it begins with."""
    longest: int = _LONGEST
    temperature: float = 0.0
    seed: int = 0
    page: Path | None = None
    aids: TalkAids = field(default_factory=TalkAids)

    @property
    def answers(self) -> str:
        """How the words of answers are chosen."""
        return f"seed {self.seed}, temperature {self.temperature}" if self.temperature else "most probable answers"


def _refuse_mixture(request: TalkRequest, *, serve: bool, has_listening: bool) -> None:
    """Raises UsageError for options of a talk beside --serve, and for those of --serve without it."""
    if serve and request != TalkRequest():
        message = (
            "--image, --input, --expert, --detector, --tools, --painter, --pictures, --page, --longest, --temperature "
            "and --seed are about a talk here: clients of --serve send theirs."
        )
        raise UsageError(message, repair="Leave them out, or --serve.")
    if has_listening and not serve:
        raise UsageError("--host, --port, --name and --allow-origin are about --serve.", repair="Give --serve, too.")


def _talk(model: str, preset: str, request: TalkRequest) -> None:
    """Opens a model, talks, and writes the page of what was said, however the talk ends."""
    from vlitqa.cli.talk_companions import open_companions
    from vlitqa.cli.terminal_talk import TerminalTalk, talk

    if request.page:
        from vlitqa.cli.page_targets import refuse_page_target

        refuse_page_target(request.page, "--page")
    aids, sampling = request.aids, _sampling(request.temperature, request.seed)
    companions = open_companions(aids.detector, aids.tools)
    reference, shown_name = _open(model, preset)
    easel = _open_easel(reference, aids.painter, aids.pictures) if aids.painter else None
    dialogue = TerminalTalk(reference, request.longest, sampling, easel, companions)
    try:
        talk(dialogue, shown_name, request.given)
    finally:
        if request.page:
            from reports.conversation import write_conversation_page

            write_conversation_page(dialogue.speeches, shown_name, (request.answers,), request.page)
            screen.tell(f"{request.page} shows the conversation.")


def _serve(
    open_named: Callable[[], tuple[ReferenceModel, str]], name: str, host: str, port: int, origins: Sequence[str]
) -> None:
    """Serves a model until it is stopped."""
    from vlitqa.cli.serving import Listening, serve_model

    serve_model(open_named, name, Listening(host=host, port=port, origins=tuple(origins)))


def _first_commands(images: Sequence[Path], inputs: Sequence[str], experts: Sequence[str]) -> tuple[str, ...]:
    """The commands that a talk begins with; raises UsageError for an input that names no file."""
    shown = (f"/image {path}" for path in images)
    return (*shown, *map(_input_command, inputs), *(f"/expert {text}" for text in experts))


def _input_command(text: str) -> str:
    """The command of a talk that gives an input; raises UsageError for what names none."""
    modality, separator, path = text.partition("=")
    if not (modality and separator and path):
        raise UsageError(f"--input {text} names no modality and file.", repair="Write --input audio=PATH.")
    return f"/input {modality} {path}"


def _open_easel(model: ReferenceModel, source: str, folder: Path) -> Easel:
    """Opens what draws; raises UsageError where the model cannot use it."""
    from reference_models.mim.painter import load_painter
    from vlitqa.cli.terminal_talk import Easel
    from vlitqa.contracts.conversations import DrawingModel

    if not isinstance(model, DrawingModel):
        raise UsageError(f"{model.name} writes words alone.", repair="Leave --painter out, or choose mim.")
    return Easel(load_painter(source), folder)


def _open(model: str, preset: str) -> tuple[ReferenceModel, str]:
    """Opens a model in a folder or by its name; returns it with the name that it is shown under."""
    from reference_models.catalogue import MODELS, choose_model, find_saved_model
    from vlitqa.backends.model_files import require

    require("torch", "transformers")
    if model in MODELS and not Path(model).is_dir():
        from reference_models.training.devices import move_to_device

        reference, name = choose_model(model, preset).open(), f"{model}-{preset}"
        move_to_device(reference.module)
    else:
        saved = find_saved_model(Path(model))
        reference, name = saved.open(), saved.name
    reference.module.eval()
    device = next(reference.module.parameters()).device.type
    screen.tell(f"{name}: {reference.name}, reads {reference.context_length:,} tokens, on {device}.")
    return reference, name


def _sampling(temperature: float, seed: int) -> Sampling | None:
    from vlitqa.contracts.models import Sampling

    return Sampling(temperature=temperature, seed=seed) if temperature else None
