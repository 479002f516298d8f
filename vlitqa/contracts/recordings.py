"""What opens videos and sounds, and what it says of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vlitqa.records import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedRecording:
    """What a video or a sound is, as far as it is decoded to find it whole."""

    seconds: float
    width: int
    """Pixels of a video; 0 for a sound."""
    height: int


class Recordings(Protocol):
    """Opens videos and sounds safely."""

    def probe(self, recording: Recording) -> ProbedRecording:
        """Reads its length, and finds out whether it plays to its end; raises RecordingFault where it does not."""
        ...

    def fingerprint(self, recording: Recording) -> str:
        """A text that changes whenever the recording does; cheap, without decoding."""
        ...
