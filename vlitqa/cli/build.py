"""`vlitqa build`: instruction data made of annotated images by a recipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlitqa.cli import options
from vlitqa.cli.exit_codes import PARTIAL
from vlitqa.cli.option_groups import EngineOptions

if TYPE_CHECKING:
    from vlitqa.construction.build_plan import BuildPlan
    from vlitqa.results.building import BuildResult
    from vlitqa.scoring.score import ChooseEngine

_Recipe = Annotated[Path, typer.Argument(help="A recipe; with --new the file that it is written to.")]
_New = Annotated[
    str,
    typer.Option(
        "--new",
        help="Strategy of which a recipe to begin with is written: adaption, self-instruct, textbind or mix. "
        "Default: none, so build.",
    ),
]
_Output = Annotated[Path, typer.Option("--output", "-o", help="Folder in which the build gets a folder of its own.")]
_Writer = Annotated[
    str,
    typer.Option(
        "--writer",
        help="Who writes: server:URL@MODEL, causal-lm:FOLDER or nano. Default: nano for drawn shapes, else none.",
    ),
]
_Threads = Annotated[int, typer.Option("--threads", min=1, help="Requests to a server at a time.")]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what the recipe would build, and build nothing. Default: build.")
]
_Explain = Annotated[
    str, typer.Option("--explain", help="Id of a row whose way is told, from the folder of a build. Default: build.")
]


def build(  # noqa: PLR0913 - one argument for each option
    *,
    recipe: _Recipe,
    new: _New = "",
    writer: _Writer = "",
    threads: _Threads = 4,
    output: _Output = Path("runs"),
    dry_run: _DryRun = False,
    explain: _Explain = "",
    engines: EngineOptions,
    json: options.JsonOption = False,
) -> None:
    """Make instruction data of annotated images by a recipe, score it, and keep where every row comes from."""
    from vlitqa.construction.build_plan import open_plan
    from vlitqa.construction.recipe import read_recipe

    if new:
        _write_new_recipe(recipe, new)
    elif explain:
        _explain(recipe, explain, as_json=json)
    elif dry_run:
        _foretell(open_plan(read_recipe(recipe), writer, threads), output, as_json=json)
    else:
        _build(open_plan(read_recipe(recipe), writer, threads), output, engines.chooser(), as_json=json)


def _write_new_recipe(path: Path, strategy: str) -> None:
    from vlitqa.cli import screen
    from vlitqa.construction.new_recipe import write_new_recipe

    write_new_recipe(path, strategy)
    screen.tell(f"{path}: look through it, then: vlitqa build {path}")


def _foretell(plan: BuildPlan, output: Path, *, as_json: bool) -> None:
    from vlitqa.cli import screen
    from vlitqa.construction.foretelling import foretell
    from vlitqa.results.building import COUNTED_AS

    forecast = foretell(plan, output)
    if as_json:
        screen.show_json(forecast)
        return
    facts: dict[str, object] = {
        "images with annotations": f"{forecast.images:,}" if forecast.images else "",
        "rows": f"{forecast.rows:,}",
        "turns": f"{forecast.turns:,}" if forecast.turns else "",
        COUNTED_AS[plan.file.recipe.strategy]: {task: f"{count:,}" for task, count in forecast.tasks.items()},
    }
    if forecast.requests:
        facts["requests"] = f"{forecast.requests:,}"
        basis = f"{forecast.replies_kept:,} replies of an earlier run" if forecast.replies_kept else "usual lengths"
        facts["tokens"] = f"{forecast.prompt_tokens:,} of prompts, {forecast.reply_tokens:,} of replies, by {basis}"
        facts["money"] = "unknown: the recipe has no prices" if forecast.money is None else f"{forecast.money:,.4f}"
    screen.show_facts({name: fact for name, fact in facts.items() if fact})
    screen.tell("Nothing was built: --dry-run. Images are not opened, so that rows may still be dropped for them.")


def _explain(folder: Path, row_id: str, *, as_json: bool) -> None:
    from vlitqa.cli import screen
    from vlitqa.construction.origins import read_origin

    stored = read_origin(folder, row_id)
    if as_json:
        screen.show_json(stored)
        return
    origin = stored.origin
    facts: dict[str, object] = {
        "id": stored.id,
        "row": f"{stored.row:,}" if stored.row is not None else "none: the draft was dropped",
        "dropped for": "; ".join(f"{fault.code}: {fault.detail}" for fault in stored.faults) or "nothing",
        "strategy": origin.strategy,
        "images": ", ".join(origin.images),
        "licences": ", ".join(origin.licences) or "none given",
        "turns": {
            f"{number}, {turn.task}": f"{turn.instruction} (annotations: {', '.join(turn.sources)})"
            for number, turn in enumerate(origin.turns, 1)
        },
    }
    if origin.writer:
        facts["writer"] = f"{origin.writer.writer}; attempt {origin.writer.attempts}"
        facts["examples"] = ", ".join(origin.writer.examples)
    screen.show_facts({name: fact for name, fact in facts.items() if fact})
    if stored.exchange:
        for message in stored.exchange.request.messages:
            screen.show_text(f"\n[{message.role}]\n{message.text}")
        screen.show_text(f"\n[raw reply]\n{stored.exchange.reply.text}")


def _build(plan: BuildPlan, output: Path, choose: ChooseEngine, *, as_json: bool) -> None:
    from vlitqa.api.building import build_and_score
    from vlitqa.api.progress import progress, row_progress
    from vlitqa.cli import screen
    from vlitqa.construction.building import BuildCrew
    from vlitqa.results import fields_of
    from vlitqa.results.building import BuildReport
    from vlitqa.runs.finished import open_run
    from vlitqa.scoring.score import RunPlace
    from vlitqa.storage.places import cache_folder

    place = RunPlace(output, cache_folder(), command=("vlitqa", *sys.argv[1:]), tell=screen.tell)
    crew = BuildCrew(place=place, choose=choose, watch_rows=row_progress, watch=progress)
    scored = build_and_score(plan, crew)
    result = open_run(scored.folder).build
    assert result is not None
    if as_json:
        screen.show_json(BuildReport(folder=str(scored.folder), **fields_of(result)))
    else:
        screen.show_facts(_facts_of(result, scored.folder))
    if result.stopped:
        screen.tell(f"{result.stopped} Raise it and run the same command again: it goes on.")
        raise typer.Exit(PARTIAL)


def _facts_of(result: BuildResult, folder: Path) -> dict[str, object]:
    from vlitqa.results.building import COUNTED_AS

    facts: dict[str, object] = {
        **({"images with annotations": f"{result.images:,}"} if result.images else {}),
        "drafted": f"{result.drafted:,}",
    }
    if result.faulty:
        facts["dropped for"] = {code: f"{rows:,}" for code, rows in result.faulty.items()}
    if result.controlled:
        facts["dropped by"] = {rule: f"{rows:,}" for rule, rows in result.controlled.items()}
    if result.cost:
        counts = f"{result.cost.prompt_tokens:,} of prompts, {result.cost.reply_tokens:,} of replies"
        facts["replies"] = f"{result.cost.replies:,}"
        facts["tokens"] = f"{counts} (estimated)" if result.cost.is_estimate else counts
        if result.cost.money is not None:
            facts["money"] = f"{result.cost.money:,.4f}"
    return {
        **facts,
        "rows": f"{result.rows:,}",
        "turns": f"{result.turns:,}",
        COUNTED_AS[result.strategy]: {task: f"{count:,}" for task, count in result.tasks.items()},
        "data": str(folder / result.data),
        "explain a row": f"vlitqa build {folder} --explain ID",
    }
