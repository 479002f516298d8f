"""The orders in which rows are drawn: samples, selections and pages hold the same rows as ever."""

from __future__ import annotations

from vlitqa.algorithms.shuffle_key import shuffle_key


def test_a_key_is_blake2b_of_its_parts_with_spaces_between() -> None:
    # printf 'gallery 3 7' | b2sum --length 64; the others alike
    assert shuffle_key("gallery", 3, 7).hex() == "b5c78bc89f276d55"
    assert shuffle_key(0, 7).hex() == "0e224ff8e50ffd9f"
    assert shuffle_key(7).hex() == "e75017cace788f82"
    assert shuffle_key(0, 7, size=64).hex().startswith("744c01f4f528cddc5b0458265c230f9f")


def test_the_order_of_rows_hangs_on_seed_purpose_and_size() -> None:
    rows = range(20)
    assert sorted(rows, key=lambda row: shuffle_key(0, row))[:8] == [15, 14, 7, 10, 5, 2, 4, 6]
    assert sorted(rows, key=lambda row: shuffle_key("gallery", 0, row))[:8] == [8, 0, 6, 16, 4, 17, 14, 11]
    assert sorted(rows, key=shuffle_key)[:8] == [18, 6, 2, 17, 14, 12, 4, 16]
    assert sorted(range(100), key=lambda row: shuffle_key(0, row, size=64))[:5] != [15, 14, 7, 10, 5]
