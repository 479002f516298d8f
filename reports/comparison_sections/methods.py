"""The paragraph on methods for a paper, from the facts of the comparison alone, with what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources

from reports.blocks import Block, Cell, Code, Grid, Notations, Prose
from reports.comparison_sections.agreement import measured_agreements
from reports.comparison_view import COEFFICIENTS, ComparisonView
from reports.written_tables import latex_text
from vlitqa import __version__
from vlitqa.algorithms.counted import counted
from vlitqa.results.comparison import MEAN_EXAM, ComparedDataset

title = "Methods"
_COLUMNS = ("dataset", "rows", "of them scored", "what was done", "to", "SHA-256", "run")
_CITATION = re.compile(r"( ?\\cite\{\w+\})")
_CITED = re.compile(r"\\cite\{(\w+)\}")


def build(view: ComparisonView) -> Sequence[Block]:
    """The paragraph, its citations, and the facts that are too long for a sentence."""
    paragraph = " ".join(_sentences(view))
    parts = _CITATION.split(paragraph)
    written = "".join(part if _CITATION.fullmatch(part) else latex_text(part) for part in parts)
    texts = (("LaTeX", written), ("BibTeX", _bibliography(_CITED.findall(paragraph))))
    blocks: list[Block] = [Prose(_CITATION.sub("", paragraph)), Notations(texts)]
    datasets = view.comparison.datasets
    rows = tuple(
        (part.name, part.rows or None, part.scored or None, part.treatment, part.version_of, _digest(part), part.run)
        for part in datasets
    )
    blocks.append(_without_empty_columns(Grid("the datasets", _COLUMNS, rows)))
    if view.comparison.methods:
        blocks.append(Grid("how it was done", ("", ""), tuple(view.comparison.methods.items())))
    return blocks


def _without_empty_columns(grid: Grid) -> Grid:
    """A table without the columns of which no row says anything."""
    places = [place for place in range(len(grid.columns)) if any(row[place] for row in grid.rows)]
    rows = tuple(tuple(row[place] for place in places) for row in grid.rows)
    return Grid(grid.title, tuple(grid.columns[place] for place in places), rows)


def _digest(dataset: ComparedDataset) -> Cell:
    """The beginning of a digest, which tells one dataset from another."""
    return Code(dataset.digest[:12]) if dataset.digest else ""


def _bibliography(keys: Sequence[str]) -> str:
    """The entries of the papers that are cited, and that of vlitqa."""
    text = (resources.files("reports") / "citations.bib").read_text(encoding="utf-8")
    papers = [entry for entry in text.strip().split("\n\n") if any(f"{{{key}," in entry for key in keys)]
    software = f"@software{{vlitqa,\n  title = {{vlitqa}},\n  version = {{{__version__}}}\n}}"
    return "\n\n".join([*papers, software])


def _sentences(view: ComparisonView) -> Iterator[str]:
    comparison = view.comparison
    datasets, seeds = counted(len(comparison.datasets), "dataset"), counted(len(comparison.seeds), "seed")
    size = f" of {view.size}" if view.size else ""
    yield rf"We compared {datasets}{size} with vlitqa {__version__} \cite{{vlitqa}}."
    benchmarks = [exam for exam in view.benchmarks if exam != MEAN_EXAM]
    if comparison.models and comparison.seeds:
        yield (
            f"The models, tuned on each dataset with {seeds}, are {_listed(comparison.models)}; the exams are "
            f"{_listed(benchmarks) or 'none'}."
        )
    treatments = [dataset.treatment for dataset in comparison.datasets]
    if treated := treatments.count("quality control"):
        control = ", with a random subset of the same size as control" if "random subset" in treatments else ""
        yield f"Quality control made {counted(treated, 'dataset')} from others{control}."
    yield from _correlating(view)
    yield from _agreeing(view)


def _correlating(view: ComparisonView) -> Iterator[str]:
    if not view.methods:
        return
    tested = sum(pair.p is not None for pair in view.correlations[view.methods[0]].values())
    metrics, exams = counted(len(view.metrics), "metric"), counted(len(view.comparison.exams), "figure")
    names = _listed([COEFFICIENTS.get(method, method) for method in view.methods])
    yield (
        f"We correlated {metrics} of quality with {exams} of the exams, each the mean over models and seeds, by "
        f"{names}. The p-values are by permutation, of every order for up to 8 datasets and of 10,000 drawn orders "
        rf"for more, and were corrected for {counted(tested, 'test')} after Holm \cite{{holm1979}} and after "
        r"Benjamini and Hochberg \cite{benjamini1995}."
    )
    if view.statistics.repeated:
        yield r"Correlations within models are repeated-measures correlations \cite{bakdash2017}."


def _agreeing(view: ComparisonView) -> Iterator[str]:
    statistics = view.statistics
    used = {"models": statistics.agreement_of_models, "seeds": statistics.agreement_of_seeds}
    if raters := [f"of {name}" for name, agreements in used.items() if measured_agreements(agreements)]:
        yield (
            rf"The agreement {' and '.join(raters)} is ICC(A,1) \cite{{mcgraw1996}}, worded by its 95 % interval after "
            r"Koo and Li \cite{koo2016}."
        )
    if any(ceiling.value is not None for ceiling in statistics.ceilings):
        yield "The noise ceiling is the correlation of the exams of one seed with those of another."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
