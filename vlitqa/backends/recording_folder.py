"""Opens videos and sounds below the image roots, whether PyAV is there to decode them or not."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from io import BufferedReader, BytesIO

from vlitqa.backends.rooted_files import FileKind, RootedFiles
from vlitqa.contracts.recordings import ProbedRecording
from vlitqa.contracts.tools import Picture
from vlitqa.errors import RecordingFault
from vlitqa.records import AUDIO, RECORDING_ENDINGS, VIDEO, Recording

_NOUNS = {VIDEO: "video", AUDIO: "sound"}
_FILE_KINDS = {
    kind: FileKind("media", noun, fault=RecordingFault, endings=("", *(f".{end}" for end in RECORDING_ENDINGS[kind])))
    for kind, noun in _NOUNS.items()
}
_MOST_PROBED = 10_000
"""Files that are remembered: many rows ask about one video."""


@cache
def can_decode_recordings() -> bool:
    """True if PyAV is installed, which decodes videos and sounds."""
    return importlib.util.find_spec("av") is not None


class RecordingFolder:
    """The videos and sounds under one or more roots."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self._files = {kind: RootedFiles(roots, names) for kind, names in _FILE_KINDS.items()}
        self._probed: dict[tuple[str, str], ProbedRecording | RecordingFault] = {}

    def probe(self, recording: Recording) -> ProbedRecording:
        """Reads the length of a recording, and the size of a video; raises RecordingFault where it cannot be played."""
        if recording.data is not None:
            return self._probe(recording)
        key = recording.kind, recording.name
        if key not in self._probed:
            if len(self._probed) >= _MOST_PROBED:
                self._probed.clear()
            try:
                self._probed[key] = self._probe(recording)
            except RecordingFault as fault:
                self._probed[key] = RecordingFault(fault.code, fault.reason)
        outcome = self._probed[key]
        if isinstance(outcome, RecordingFault):
            raise RecordingFault(outcome.code, outcome.reason)
        return outcome

    def _probe(self, recording: Recording) -> ProbedRecording:
        with self._open(recording) as file:
            if not can_decode_recordings():
                raise RecordingFault("unread_media", "PyAV is not installed, which decodes it")
            from vlitqa.backends.recording_decoding import probe_recording

            return probe_recording(file, recording.kind)

    def frames(self, video: Recording, total: int, side: int) -> list[Picture]:
        """Decodes frames of a video at even distances, each as ImageFolder.look gives it; raises RecordingFault."""
        from vlitqa.backends.recording_decoding import decode_frames

        with self._open(video) as file:
            return decode_frames(file, total, side)

    def fingerprint(self, recording: Recording) -> str:
        """A text that changes with a recording, its place among the roots, or what decodes it."""
        files = self._files[recording.kind]
        file = (
            files.fingerprint(recording.name) if recording.data is None else hashlib.sha256(recording.data).hexdigest()
        )
        return f"{file} {_version_of_pyav()}"

    @contextmanager
    def _open(self, recording: Recording) -> Iterator[BufferedReader | BytesIO]:
        """Opens the file of a recording, or its bytes; raises RecordingFault where there are none."""
        if recording.data is None:
            with self._files[recording.kind].open(recording.name) as (file, size):
                _refuse_empty(size)
                yield file
        else:
            _refuse_empty(len(recording.data))
            yield BytesIO(recording.data)


@cache
def _version_of_pyav() -> str:
    return metadata.version("av") if can_decode_recordings() else ""


def _refuse_empty(size: int) -> None:
    if not size:
        raise RecordingFault("media_empty", "the file has no bytes")
