"""The exit codes of all commands; a command that is stopped has that of `stopping`."""

from __future__ import annotations

DONE, FINDINGS, MISTAKE, PARTIAL, FAULT = 0, 1, 2, 3, 4
"""Done; with findings under `--fail-on`; a mistake in the command or in a dataset; done in part; a fault of vlitqa."""
CLOSED_OUTPUT = 141
"""The reader of the output went away, as behind `| head -1`: the code that a shell gives any tool that a pipe ends."""
EXIT_CODES = (
    "Exit codes: 0 done; 1 a rule of --fail-on is broken; 2 a wrong command, or a dataset that cannot be read; "
    "3 done in part; 4 a fault of vlitqa; 130 stopped by ctrl-C; "
    "141 nobody reads the output any more."
)
"""A line of `vlitqa --help`."""
