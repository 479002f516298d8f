"""`python -m reference_models.nano FOLDER` makes the nano models and compares them with those that we ship."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from vlitqa.engines.threads import limit_threads

LOG_FILE = "recipe.log"


def main(folder: Path) -> int:
    """Reports the progress on the screen and in a log; returns 1 if a figure departs too far from the shipped one."""
    limit_threads()  # before torch is loaded
    from reference_models.nano.figures import FIGURES_FILE, measure_figures
    from reference_models.nano.recipe import figures_out_of_tolerance, make_models
    from vlitqa.storage.places import SHIPPED

    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with (folder / LOG_FILE).open("a", encoding="utf-8") as log:

        def report_progress(line: str) -> None:
            for stream in (sys.stdout, log):
                stream.write(f"{line}\n")
                stream.flush()

        make_models(folder, report_progress)
        figures = measure_figures(folder)
        (folder / FIGURES_FILE).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        shipped = json.loads((SHIPPED / FIGURES_FILE).read_text()) if (SHIPPED / FIGURES_FILE).is_file() else {}
        departing = figures_out_of_tolerance(figures, shipped)
        for name, figure in figures.items():
            comparison = f"shipped {shipped[name]:.4f}" if name in shipped else "none shipped to compare with"
            report_progress(f"{name}: {figure:.4f}, {comparison}{' TOO FAR' if name in departing else ''}")
        report_progress(f"all of it: {time.monotonic() - start:.0f} s")
    return int(bool(departing))


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:])))
