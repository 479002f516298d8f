"""The card of a tuned model: what it was made of, on which data, by which recipe, and how its loss fell."""

from __future__ import annotations

from collections.abc import Iterator

from vlitqa.results.tuning import TuningResult


def model_card(result: TuningResult) -> str:
    """The card as Markdown."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: TuningResult) -> Iterator[str]:
    yield f"# {result.model}, tuned on {result.dataset}"
    yield ""
    trained = f"{result.trained_parameters:,} of {result.parameters:,} parameters were trained"
    yield f"Made by vlitqa {result.version} from `{result.source}` ({result.fingerprint}) by the stage {result.stage}."
    yield f"In it {trained}."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| data | {result.dataset}, SHA-256 {result.dataset_digest} |"
    yield f"| examples | {result.examples:,} |"
    for code, count in sorted(result.left_out.items()):
        yield f"| left out: {code} | {count:,} |"
    for name, value in result.recipe.items():
        yield f"| {name.replace('_', ' ')} | {value} |"
    yield f"| seed | {result.seed} |"
    first, last = result.steps[0], result.steps[-1]
    yield f"| loss of the first and the last step | {first.loss:.3f}, {last.loss:.3f} |"
    tokens, targets = (sum(getattr(step, name) for step in result.steps) for name in ("tokens", "targets"))
    yield f"| tokens, learned tokens | {tokens:,}, {targets:,} |"
    yield f"| device, seconds | {result.device}, {result.seconds:,.0f} |"
