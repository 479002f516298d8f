"""`vlitqa chat`: talk with a model in the terminal, or serve it to clients of OpenAI's API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options, screen
from vlitqa.cli.easels import PICTURES, EaselRequest, open_easel
from vlitqa.cli.model_opening import add_visual_cache, open_reference
from vlitqa.cli.serving import Listening, serve_model
from vlitqa.cli.talk_inputs import input_command
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts.models import Sampling

_LONGEST, _HOST, _PORT = 256, "127.0.0.1", 8000

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
        "--input",
        help="Other input, for models that bind: audio=PATH, depth=, point=, thermal=, imu=, video= or text=; "
        "0.5*audio=PATH counts half as much as a picture. Repeatable.",
    ),
]
_Painter = Annotated[
    str, typer.Option("--painter", help="Stable Diffusion that draws, for models that do: folder or name of the hub.")
]
_PicturePainter = Annotated[
    str,
    typer.Option("--picture-painter", help="Stable unCLIP that draws what an imagebind_llm is asked about, likewise."),
]
_Pictures = Annotated[Path, typer.Option("--pictures", help="Folder for what is drawn.")]
_VisualCache = Annotated[
    Path | None,
    typer.Option(
        "--visual-cache", help="File of `vlitqa visual-cache`, for imagebind_llm: all is brought closer to its images."
    ),
]
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
    picture_painter: _PicturePainter = "",
    pictures: _Pictures = PICTURES,
    visual_cache: _VisualCache = None,
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
    easel = EaselRequest(painter, picture_painter, pictures)
    aids = TalkAids(easel=easel, visual_cache=visual_cache, detector=detector, tools=tools)
    given = _first_commands(images or (), inputs or (), experts or ())
    request = TalkRequest(given=given, longest=longest, temperature=temperature, seed=seed, page=page, aids=aids)
    _refuse_mixture(request, serve=serve, has_listening=host != _HOST or port != _PORT or bool(name or origins))
    if serve:
        listening = Listening(host=host, port=port, origins=tuple(origins or ()))
        serve_model(partial(open_reference, model, preset), name, listening)
    else:
        _talk(model, preset, request)


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkAids:
    """What stands beside the model in a talk: what draws, images that inputs come closer to, a detector, and tools."""

    easel: EaselRequest = field(default_factory=EaselRequest)
    visual_cache: Path | None = None
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
            "--image, --input, --expert, --detector, --tools, --painter, --picture-painter, --pictures, "
            "--visual-cache, --page, --longest, --temperature and --seed are about a talk here: "
            "clients of --serve send theirs."
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
    reference, shown_name = open_reference(model, preset)
    reference = add_visual_cache(reference, aids.visual_cache) if aids.visual_cache else reference
    easel = open_easel(reference, aids.easel)
    dialogue = TerminalTalk(reference, request.longest, sampling, easel, companions)
    try:
        talk(dialogue, shown_name, request.given)
    finally:
        if request.page:
            from reports.conversation import write_conversation_page

            write_conversation_page(dialogue.speeches, shown_name, (request.answers,), request.page)
            screen.tell(f"{request.page} shows the conversation.")


def _first_commands(images: Sequence[Path], inputs: Sequence[str], experts: Sequence[str]) -> tuple[str, ...]:
    """The commands that a talk begins with; raises UsageError for an input that names no file."""
    shown = (f"/image {path}" for path in images)
    return (*shown, *map(input_command, inputs), *(f"/expert {text}" for text in experts))


def _sampling(temperature: float, seed: int) -> Sampling | None:
    from vlitqa.contracts.models import Sampling

    return Sampling(temperature=temperature, seed=seed) if temperature else None
