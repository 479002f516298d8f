"""Files below the image roots and nowhere else: found by their names, opened safely, and told from others."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from io import BufferedReader

from vlitqa.errors import ImageFault

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|//")
_LOCAL = "file://"


@dataclass(frozen=True, slots=True)
class FileKind:
    """What files of a kind are called in codes and sentences, and the endings that a name may leave out."""

    code: str
    """The beginning of the codes of its faults."""
    noun: str
    _: KW_ONLY
    fault: type[ImageFault] = ImageFault
    endings: tuple[str, ...] = ("",)

    def fault_of(self, what: str, reason: str) -> ImageFault:
        """The fault of a file of this kind: `missing`, `unreadable`."""
        return self.fault(f"{self.code}_{what}", reason)


class RootedFiles:
    """The files of one kind under one or more roots."""

    def __init__(self, roots: tuple[str, ...], kind: FileKind) -> None:
        self._roots = tuple((root, os.path.realpath(root)) for root in roots)
        self._kind = kind

    @contextmanager
    def open(self, name: str) -> Iterator[tuple[BufferedReader, int]]:
        """Opens a file by its name, with its number of bytes; raises the fault of its kind where that is refused."""
        name = _without_scheme(name)
        refusal = self._refusal(name)
        if refusal:
            raise refusal
        paths = self._paths(name)
        if not paths:
            raise self._kind.fault_of("missing", f"there is no {self._kind.noun} {name!r} under the image root")
        try:
            handle = os.open(paths[0], os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            raise self._open_fault(error, name) from None
        try:
            size = self._size_of(handle, paths[0], name)
            with os.fdopen(handle, "rb", closefd=False) as file:
                yield file, size
        except OSError as error:
            raise self._open_fault(error, name) from None
        finally:
            os.close(handle)

    def fingerprint(self, name: str) -> str:
        """A text that changes with a file or its place among the roots."""
        name = _without_scheme(name)
        for path in self._paths(name) if not self._refusal(name) else ():
            try:
                status = os.stat(path)
            except (OSError, ValueError):
                continue
            inside = self._is_inside(os.path.realpath(path))
            return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}-{inside}"
        return "missing"

    def _size_of(self, handle: int, path: str, name: str) -> int:
        """The number of bytes of an open file; raises its fault where it lies elsewhere or is no regular file."""
        if not self._is_inside(_true_path(handle, path)):
            raise self._outside(name)
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise self._kind.fault_of("not_regular", f"{name!r} is no regular file")
        return status.st_size

    def _paths(self, name: str) -> list[str]:
        """The files that a name could mean."""
        candidates = [name] if name[0] == "/" else [f"{root}/{name}" for root, _ in self._roots]
        if "." not in name[-6:]:
            candidates = [path + ending for path in candidates for ending in self._kind.endings]
        return [path for path in candidates if os.access(path, os.F_OK)]

    def _refusal(self, name: str) -> ImageFault | None:
        """The reason to refuse a name before any file is touched."""
        kind = self._kind
        if not name:
            return kind.fault_of("missing", f"the row names no {kind.noun}")
        if _REMOTE.match(name):
            return kind.fault_of("remote", f"remote {kind.noun}s are refused: download them first")
        if "\0" in name:
            return kind.fault_of("outside_root", "the name holds a NUL")
        try:
            os.fsencode(name)
        except UnicodeEncodeError:
            return kind.fault_of("missing", f"no file can have the name {name!r}")
        leads_up = ".." in name and os.path.normpath(name).split("/")[0] == ".."
        if leads_up or (name[0] == "/" and not self._is_inside(os.path.realpath(name))):
            return self._outside(name)
        return None

    def _outside(self, name: str) -> ImageFault:
        return self._kind.fault_of("outside_root", f"{name!r} leads out of the image root")

    def _is_inside(self, path: str) -> bool:
        return any(path == root or path.startswith(root.rstrip("/") + "/") for _, root in self._roots)

    def _open_fault(self, error: OSError, name: str) -> ImageFault:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return self._kind.fault_of("missing", f"{name!r} is a link to nothing")
        if error.errno == errno.ENXIO:
            return self._kind.fault_of("not_regular", f"{name!r} is no regular file")
        return self._kind.fault_of("unreadable", f"{name!r} cannot be opened ({os.strerror(error.errno or 0)})")


def _without_scheme(name: str) -> str:
    """The path of a file: address."""
    return name[len(_LOCAL) :] if name.startswith(f"{_LOCAL}/") else name


def _true_path(handle: int, path: str) -> str:
    """The path of an open file, whatever links led to it."""
    try:
        return os.readlink(f"/proc/self/fd/{handle}")
    except OSError:
        return os.path.realpath(path)
