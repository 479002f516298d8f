"""The exit codes of all commands; a command that is stopped has that of `stopping`."""

from __future__ import annotations

DONE, FINDINGS, MISTAKE, PARTIAL = 0, 1, 2, 3
"""Done; done with findings under `--fail-on`; a mistake in the command or in a dataset; done only in part."""
