"""A file as a stream of plain bytes, compressed or not, that says when the file was cut off."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlitqa.errors import CutOff, DatasetError
from vlitqa.storage.error_numbers import TOO_MANY_FILES

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BUFFER = 1 << 18
_COMPRESSED_PIECE = 4096
"""Compressed bytes taken at once: small, because a zstd block can hold thousands of times its size."""
_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


class SourceFile:
    """A file that is opened once and read from its beginning as often as wanted, though another one takes its name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _file_errors(path):
            _refuse_pipes(path)
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        if stat.S_ISDIR(os.fstat(self._descriptor).st_mode):
            raise DatasetError(f"{path} is a folder.", repair="Name the dataset file inside it.")
        self.size = max(os.fstat(self._descriptor).st_size, 1)
        self._stamp = self._read_stamp()

    @cached_property
    def sha256(self) -> str:
        """The digest of all bytes as they lie on disk, taken once."""
        return self._digest()

    def has_changed(self) -> bool:
        """True if the bytes are no longer those of the digest; they are read again only if size or times differ."""
        return self._read_stamp() != self._stamp and self._digest() != self.sha256

    def _digest(self) -> str:
        return hashlib.file_digest(self.raw(), "sha256").hexdigest()

    def _read_stamp(self) -> tuple[int, int, int]:
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def raw(self) -> io.RawIOBase:
        """The bytes as they lie on disk, with a position of their own."""
        return _RawBytes(self, self._descriptor)

    @contextmanager
    def stream(self) -> Iterator[ByteStream]:
        """The uncompressed bytes from the first one on."""
        yield ByteStream(self)


def read_whole(path: Path, cap: int) -> bytes:
    """All bytes of a file, unpacked; raises DatasetError for what is no file, is damaged, or has more than the cap."""
    with SourceFile(path).stream() as stream:
        stream.head(len(ZSTD))  # says if there is another package inside
        pieces, length = [], 0
        try:
            while piece := stream.reader.read1(_BUFFER):
                pieces.append(piece)
                length += len(piece)
                if length > cap:
                    unpacked = " unpacked" if stream.compression else ""
                    raise DatasetError(
                        f"{path} has more than {cap >> 20:,} MiB{unpacked}.",
                        repair="Is it the right file? If it is, split it.",
                    )
        except CutOff as cut:
            raise DatasetError(f"{path} is packed and damaged ({cut.message}).", repair="Fetch it again.") from None
        except OSError as error:
            raise DatasetError(f"{path} cannot be read ({error.strerror}).") from None
    return b"".join(pieces)


class ByteStream:
    """The uncompressed bytes of a file, and how much of the file they took."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self._begin()

    def _begin(self) -> None:
        self._file = io.BufferedReader(self.source.raw(), _BUFFER)
        magic = self._file.peek(4)[:4]
        self.compression = "gz" if magic[:2] == GZIP else "zst" if magic == ZSTD else ""
        self.reader: io.BufferedReader[Any] = _unpacked(self._file, self.compression)

    def head(self, count: int) -> bytes:
        """The first bytes, read through a stream of their own; a cut-off file gives what it has.

        Raises DatasetError for a file that was compressed twice.
        """
        reader, pieces, missing = ByteStream(self.source).reader, [], count
        try:
            while missing > 0 and (piece := reader.read1(missing)):
                pieces.append(piece)
                missing -= len(piece)
        except CutOff:
            pass
        head = b"".join(pieces)
        if self.compression and head.startswith((GZIP, ZSTD)):
            raise DatasetError(f"{self.source.path} is compressed twice.", repair="Unpack it once.")
        return head

    def rewind(self) -> None:
        """Starts again at the first byte."""
        self._begin()

    def share(self) -> float:
        """How much of the file has been read, between 0 and 1."""
        return min(self._file.tell() / self.source.size, 1.0)


class _RawBytes(io.RawIOBase):
    """Reads one open file at a position of its own, so that several readers do not disturb each other."""

    def __init__(self, source: SourceFile, descriptor: int) -> None:
        self._source = source  # which closes the file when nobody reads it any more
        self._descriptor = descriptor
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        with _file_errors(self._source.path):
            count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: os.fstat(self._descriptor).st_size}
        self._position = max(0, start[whence] + offset)
        return self._position

    def tell(self) -> int:
        return self._position


def _unpacked(file: io.BufferedReader[Any], compression: str) -> io.BufferedReader[Any]:
    if not compression:
        return file
    inner = _Gunzip(file) if compression == "gz" else _Unzstd(file)
    return io.BufferedReader(inner, _BUFFER)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    """Turns what the system refuses into what a user can repair."""
    try:
        yield
    except (FileNotFoundError, ValueError):  # no file can have a name with a NUL
        raise DatasetError(f"There is no file {path}.", repair="Check the name.") from None
    except IsADirectoryError:
        raise DatasetError(f"{path} is a folder.", repair="Name the dataset file inside it.") from None
    except PermissionError:
        raise DatasetError(f"{path} may not be read.", repair="Check its permissions.") from None
    except OSError as error:
        if error.errno in TOO_MANY_FILES:
            raise  # no fault of the file
        raise DatasetError(
            f"{path} cannot be read ({error.strerror}).", repair="Check its name and its disk."
        ) from None


def _refuse_pipes(path: Path) -> None:
    """Raises DatasetError for what cannot be read twice, before it is opened, which alone could take forever."""
    kind = _KINDS.get(stat.S_IFMT(path.stat().st_mode))
    if kind:
        raise DatasetError(
            f"{path} is {kind} and no file: what is read more than once must stay where it is.",
            repair="Write it to a file first and name that; .gz and .zst are read as they are.",
        )


class _Gunzip(io.RawIOBase):
    """gzip members one after the other; a cut or a broken checksum is CutOff."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._inner = gzip.GzipFile(fileobj=file)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        try:
            piece = self._inner.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise CutOff(f"the gzip stream ends before its content does ({error})") from None
        buffer[: len(piece)] = piece
        return len(piece)


class _Unzstd(io.RawIOBase):
    """zstd frames one after the other; input that ends inside a frame is CutOff, which zstandard does not say."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._frame: Any = None
        self._ready = memoryview(b"")  # a view, because cutting pieces off bytes copies the rest each time
        self._input = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        while not self._ready:
            if not self._advance():
                return 0
        piece, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def _advance(self) -> bool:
        import zstandard

        self._input = self._input or self._file.read(_COMPRESSED_PIECE)
        if not self._input:
            if self._frame is not None and not self._frame.eof:
                raise CutOff("the zstd stream ends before its content does")
            return False
        if self._frame is None or self._frame.eof:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            self._ready = memoryview(self._frame.decompress(self._input))
        except zstandard.ZstdError as error:
            raise CutOff(f"the zstd stream is damaged ({error})") from None
        self._input = self._frame.unused_data if self._frame.eof else b""
        return True
