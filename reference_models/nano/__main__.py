"""`python -m reference_models.nano FOLDER` makes the nano models there, and holds them against those we ship."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from vlitqa.engines.threads import limit_threads

LOG = "recipe.log"


def main(folder: Path) -> int:
    """Tells how far it is, on the screen and in the log; 1 where a figure departs from that of the shipped models."""
    limit_threads()  # before torch is loaded
    from reference_models.nano.figures import FIGURES, figures_of
    from reference_models.nano.recipe import departures, make_all
    from vlitqa.storage.places import SHIPPED

    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with (folder / LOG).open("a", encoding="utf-8") as log:

        def tell(line: str) -> None:
            print(line, flush=True)
            print(line, file=log, flush=True)

        make_all(folder, tell)
        found = figures_of(folder)
        (folder / FIGURES).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        known = json.loads((SHIPPED / FIGURES).read_text()) if (SHIPPED / FIGURES).is_file() else {}
        far = departures(found, known)
        for name, value in found.items():
            beside = f", shipped {known[name]:.4f}" if name in known else ", none shipped to compare with"
            tell(f"{name}: {value:.4f}{beside}{' TOO FAR' if name in far else ''}")
        tell(f"all of it: {time.monotonic() - begun:.0f} s")
    return int(bool(far))


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:])))
