"""No damaged dataset of the fuzzer ends in a traceback, in a hang, in a lost row or in a wrong subset."""

from __future__ import annotations

import pytest

from tests.evil.fuzzing.damaged_files import draw_file
from tests.evil.fuzzing.examiners import examine_files

pytestmark = pytest.mark.slow

SEED, FILES = 2026, 300


def test_damaged_files_are_accounted_for_row_by_row() -> None:
    examined = list(examine_files(SEED, range(FILES)))
    assert len(examined) == FILES
    faults = {
        f"python -m tests.evil.fuzzing --seed {SEED} --first {file.number} --files 1": file.examination.fault
        for file in examined
        if file.examination.fault
    }
    assert not faults, "\n".join(f"{command}\n{fault}" for command, fault in faults.items())
    refused = sum(bool(file.examination.refused) for file in examined)
    assert refused < FILES / 2, "most files should hold rows"
    assert sum(file.examination.records for file in examined) > 10 * FILES


def test_a_file_of_the_fuzzer_can_be_drawn_again() -> None:
    assert [draw_file(SEED, number) for number in range(30)] == [draw_file(SEED, number) for number in range(30)]
    assert len({draw_file(SEED, number).content for number in range(30)}) > 20
