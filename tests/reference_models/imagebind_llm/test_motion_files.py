"""Recordings of motion become the steps that the encoder was trained with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.motion_files import read_motion, resample_motion  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def saved(path: Path, rows: object) -> Path:
    np.save(path, np.asarray(rows))
    return path


def test_a_recording_of_the_right_length_stays_as_it_is_in_every_kind_of_file(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 6))
    motion = read_motion(saved(tmp_path / "a.npy", rows))
    assert (motion.shape, motion.dtype) == ((6, 2000), torch.float32)
    np.testing.assert_allclose(motion.numpy(), rows.T, atol=1e-6)
    np.savetxt(tmp_path / "a.csv", rows, delimiter=",", header="ax,ay,az,gx,gy,gz", comments="")
    np.savetxt(tmp_path / "a.txt", rows)
    for name in ("a.csv", "a.txt"):
        assert torch.equal(read_motion(tmp_path / name), motion)


def test_more_rows_are_averaged_and_fewer_are_joined() -> None:
    rows = np.arange(6.0)[:, None]
    assert resample_motion(rows, 3)[:, 0].tolist() == pytest.approx([0.5, 2.5, 4.5])
    assert resample_motion(rows, 4)[:, 0].tolist() == pytest.approx([1 / 3, 5 / 3, 10 / 3, 14 / 3])
    assert resample_motion(rows[:3], 5)[:, 0].tolist() == pytest.approx([0, 0.5, 1, 1.5, 2])
    fast = np.sin(np.arange(40_000))[:, None]  # which would look slow if every twentieth row were taken
    assert np.abs(resample_motion(fast, 2000)).max() < 0.2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has 0 rows"),
        ("t,ax,ay,az,gx,gy,gz\n", "has 0 rows"),
        ("1,2,3,4,5,6\n", "has 1 rows"),
        ("0,1,2,3,4,5,6\n1,1,2,3,4,5,6\n", "has the shape 2 x 7, not rows x 6"),
        ("1,2,3,4,5,6\n1,2,3,4,5,nan\n", "no number, row 2"),
        ("1,2,3,4,5,6\n1,2,3,4,5,1e300\n", "no number, row 2"),
        ("1,2,3,4,5,6\n1,2,3,4,5,six\n", "holds what is no motion"),
        ("1,2,3,4,5,6\n1,2,3\n", "holds what is no motion"),
    ],
)
def test_a_table_that_is_no_motion_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UsageError, match=reason) as caught:
        read_motion(tmp_path / "a.csv")
    assert caught.value.repair


def test_an_array_or_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for path, reason in {
        saved(tmp_path / "a.npy", np.zeros(6)): "has the shape 6, not",
        saved(tmp_path / "b.npy", np.zeros((3, 6), bool)): "holds bool",
        tmp_path / "a.bvh": "is no recording of motion",
    }.items():
        with pytest.raises(UsageError, match=reason):
            read_motion(path)
