"""Points come out of every kind of file, and a damaged file says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reference_models.imagebind_llm.point_files import read_points
from vlitqa.errors import UsageError

PLACES = np.array([[0.5, -1.25, 3.0], [1e-3, 2.0, -7.5], [0.0, 0.25, 100.0]])
ASCII = """ply
format ascii 1.0
comment made by hand
element camera 1
property list uchar float axes
element vertex 3
property float x
property uchar red
property double z
property float y
element face 1
property list uchar int vertex_indices
end_header
3 1 2 3
0.5 255 3.0 -1.25
0.001 0 -7.5 2
0 7 100 0.25
3 0 1 2
"""


def binary_ply(order: str = "<", name: str = "binary_little_endian") -> bytes:
    header = f"""ply
format {name} 1.0
element sensor 2
property short number
element vertex 3
property float32 x
property float32 y
property float32 z
property uchar red
end_header
"""
    rows = np.zeros(3, [("x", order + "f4"), ("y", order + "f4"), ("z", order + "f4"), ("red", "u1")])
    rows["x"], rows["y"], rows["z"] = PLACES.T
    return header.encode() + b"\1\0\2\0" + rows.tobytes()


def saved(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ply", ASCII),
        ("a.PLY", ASCII.replace("\n", "\r\n")),
        ("a.ply", binary_ply()),
        ("a.ply", binary_ply(">", "binary_big_endian")),
        ("a.xyz", "0.5 -1.25 3\n# a comment\n1e-3 2 -7.5\n\n0 .25 100"),
        ("a.txt", "0.5,-1.25,3,0,0,1\n0.001, 2, -7.5, 0, 1, 0\n0,0.25,100,1,0,0\n"),
    ],
)
def test_points_come_out_of_every_kind_of_file(tmp_path: Path, name: str, content: bytes | str) -> None:
    points = read_points(saved(tmp_path / name, content))
    assert points.dtype == np.float64
    assert np.allclose(points, PLACES, rtol=1e-6)


@pytest.mark.parametrize("kind", ["<f4", ">f8", "f2"])
def test_points_come_out_of_arrays_of_any_numbers(tmp_path: Path, kind: str) -> None:
    np.save(tmp_path / "a.npy", np.hstack([PLACES, np.ones((3, 3))]).astype(kind))
    assert np.allclose(read_points(tmp_path / "a.npy"), PLACES, rtol=1e-3)
    np.save(tmp_path / "a.npy", np.asfortranarray([[1, 2, 3], [4, 5, 6]]))
    assert read_points(tmp_path / "a.npy").tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.empty((0, 3)), "holds no points"),
        (np.ones((5, 2)), "an array of 5 x 2"),
        (np.ones(6), "an array of 6, not"),
        (np.float64(3), "an array of no axes"),
        (np.array([[0, 1, 2], [0, np.nan, 1]]), "no number, number 2"),
        (np.array([[np.inf, 1, 2]]), "no number, number 1"),
        (np.array([["a", "b", "c"]]), "no numbers"),
        (np.ones((2, 3), complex), "holds complex128, and no numbers"),
        (np.array([[object(), 1, 2]]), "no array that can be read"),
    ],
)
def test_an_array_that_is_no_cloud_is_refused(tmp_path: Path, array: np.ndarray, reason: str) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(UsageError, match=reason) as caught:
        read_points(tmp_path / "a.npy")
    assert caught.value.repair


def test_an_array_is_refused_that_declares_more_than_its_file_holds(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", PLACES)
    content = (tmp_path / "a.npy").read_bytes()
    for shape in (b"(9999999999999999, 3)", b"(4, 3)", b"(-1, 3)", b"(3, 3", b"(True,)", b"9" * 60):
        header = content[10:128].replace(b"(3, 3)", shape).rstrip()
        damaged = content[:10] + header.ljust(117) + b"\n" + content[128:]
        with pytest.raises(UsageError, match="no array that can be read"):
            read_points(saved(tmp_path / "b.npy", damaged))
    for damaged in (b"", b"\x93NUMPY", content[:40], content[:-8], b"PK\3\4" + content):
        with pytest.raises(UsageError, match="no array that can be read"):
            read_points(saved(tmp_path / "b.npy", damaged))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no points"),
        ("# nothing but a comment\n", "holds no points"),
        ("1 2\n3 4\n", "an array of 2 x 2"),
        ("1 2 3\n4 5\n", "columns changed from 3 to 2"),
        ("x y z\n1 2 3\n", "could not convert string 'x'"),
        ("1 2 nan\n", "no number, number 1"),
        (b"\xff\xfe1 2 3", "is no point"),
        (b"\0\0\0", "is no point"),
    ],
)
def test_lines_that_are_no_points_are_refused(tmp_path: Path, content: bytes | str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read_points(saved(tmp_path / "a.xyz", content))
    assert caught.value.repair


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("ply\n", "obj\n", "has no header"),
        ("end_header", "end", "has no header"),
        ("format ascii", "format morse", "format 'morse'"),
        ("format ascii 1.0\n", "", "format ''"),
        ("element vertex 3", "element vertex -3", "damaged header"),
        ("element vertex 3", "element vertex 3000000000000", "damaged header"),
        ("element vertex 3", "element vertex 30000000000", "ends before its 30,000,000,000 vertices"),
        ("element vertex 3", "element vertex 5", "cannot be read|ends before"),
        ("element vertex 3", "element vertex 0", "holds no points"),
        ("element vertex 3", "element corner 3", "no vertices"),
        ("element camera 1", "element camera 999999", "ends before"),
        ("float x", "float u", "without x, y and z"),
        ("uchar red", "float x", "damaged header"),
        ("uchar red", "list uchar uchar red", "lists or unknown types"),
        ("0.5 255", "half 255", "could not convert string 'half'"),
        ("0.001 0", "nan 0", "no number, number 2"),
        ("0 7 100 0.25\n3 0 1 2\n", "", "ends before its 3"),
    ],
)
def test_a_damaged_ply_file_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in ASCII
    with pytest.raises(UsageError, match=reason) as caught:
        read_points(saved(tmp_path / "a.ply", ASCII.replace(old, new, 1)))
    assert caught.value.repair


def test_a_binary_ply_file_is_refused_that_ends_early_or_begins_with_lists(tmp_path: Path) -> None:
    content = binary_ply()
    with pytest.raises(UsageError, match="ends before its 3 vertices"):
        read_points(saved(tmp_path / "a.ply", content[:-1]))
    with pytest.raises(UsageError, match="ends before its 99,999,999,999 vertices"):
        read_points(saved(tmp_path / "a.ply", content.replace(b"vertex 3", b"vertex 99999999999")))
    with pytest.raises(UsageError, match="in or before its vertices"):
        read_points(saved(tmp_path / "a.ply", content.replace(b"property short", b"property list uchar short")))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file of points") as caught:
        read_points(saved(tmp_path / "a.obj", "v 1 2 3"))
    assert caught.value.repair == "Name one that ends in .npy, .ply, .txt, .xyz."
