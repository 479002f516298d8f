"""Names the encoding of text that is not UTF-8, so that the refusal can say how to repair it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from vlitqa.errors import WrongEncoding

_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_EAST_ASIAN = ("gb18030", "shift_jis", "euc_kr", "big5")
_BAD_RUNS = 0.05
"""A file is refused whole when this share of its non-ASCII runs is no UTF-8: below it, single rows are damaged."""
_BAD_LINES = 3
"""One-byte encodings decode anything, so they are named only when so many lines speak for them."""
_LONG_RUN = 4
"""Bytes of an average run from which a text is no Western one, whose accents stand alone among plain letters."""

_UNPACK = {".gz": "gzip -dc", ".zst": "zstd -dc"}
"""By the ending of a compressed file: the command that prints what is in it."""


def guess_encoding(data: bytes) -> str:
    """Guesses the likeliest encoding that is not UTF-8; an empty string where there is none."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = data[:4096]
    nulls, odd = head.count(0), head[1::2].count(0)
    if nulls > len(head) // 4:  # plain letters have their null on one side; binary data on both
        return "utf-16-le" if odd > 0.9 * nulls else "utf-16-be" if odd < 0.1 * nulls else ""
    bad = [run for run in _HIGH_RUN.findall(data) if not _decodes(run, "utf-8")]
    if not bad:
        return ""
    if all(len(run) % 2 == 0 for run in bad) or sum(map(len, bad)) >= _LONG_RUN * len(bad):
        east_asian = next((name for name in _EAST_ASIAN if _decodes(data, name)), "")
        if east_asian:
            return east_asian
    return "cp1252" if _decodes(data, "cp1252") else ""


def refuse_other_encodings(head: bytes, path: Path) -> None:
    """Raises WrongEncoding when a file's first bytes are text in another encoding."""
    guess = guess_encoding(head)
    if not guess:
        return
    if not guess.startswith("utf-16"):
        runs = _HIGH_RUN.findall(head)
        bad = sum(not _decodes(run, "utf-8") for run in runs)
        all_lines = head.rstrip().split(b"\n")
        lines = [number for number, line in enumerate(all_lines, 1) if not _decodes(line, "utf-8")]
        witnesses = len(lines) if len(all_lines) > 1 else bad  # an array may stand in one line
        if not lines or bad < _BAD_RUNS * len(runs) or (guess == "cp1252" and witnesses < _BAD_LINES):
            return
    first = "" if guess.startswith("utf-16") else f"; the first place is in line {lines[0]}"
    raise WrongEncoding(
        f"{path} is not UTF-8: it looks like {guess.upper()}{first}.",
        repair=f"Convert it first: {_conversion(path, guess.upper())}",
    )


def _conversion(path: Path, encoding: str) -> str:
    """The command that writes a file in UTF-8 beside the file: its images are found from there, too."""
    unpack = _UNPACK.get(path.suffix.lower())
    name = Path(path.stem) if unpack else path
    target = shlex.quote(str(path.with_name(f"{name.stem}-utf8{name.suffix}")))
    convert, source = f"iconv -f {encoding} -t UTF-8", shlex.quote(str(path))
    return f"{unpack} {source} | {convert} > {target}" if unpack else f"{convert} {source} > {target}"


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError as error:
        return error.end >= len(data) - 1 and len(data) > 64  # a sample may cut its last letter
    return True
