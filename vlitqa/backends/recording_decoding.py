"""Videos and sounds decoded by PyAV: their length, and frames at even distances; only demuxers of single files."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO, TYPE_CHECKING, cast

import av
import numpy as np

from vlitqa.backends.image_costs import PIXEL_CAP
from vlitqa.contracts.recordings import ProbedRecording
from vlitqa.contracts.tools import Picture
from vlitqa.errors import RecordingFault
from vlitqa.records import VIDEO

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    _Stream = VideoStream | AudioStream

_DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,wav,mp3,flac,aac,gif,amr,caf,aiff,au"
)
"""Containers of one file each: a playlist would lead to other files, and to the network."""
_OPTIONS = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "none"}
_MOST_FRAMES = 3_000
"""Frames that are decoded to reach one: more than stand between two key frames."""
_MOST_PACKETS = 5_000_000
_MISSING_SHARE, _MISSING_SECONDS = 0.05, 1.0
"""A recording that ends before its declared end by more than both is cut off."""
_SIZE_UNKNOWN = 0xFFFF_FFFF
_DAMAGE = (av.FFmpegError, OSError, ValueError, MemoryError, EOFError, OverflowError)
"""Errors that PyAV raises on damaged files."""


def probe_recording(file: IO[bytes], kind: str) -> ProbedRecording:
    """Reads the length of a recording and decodes its end; raises RecordingFault where it cannot be played to there."""
    _refuse_short_riff(file)
    with _opened(file) as container:
        video = _video_in(container) if kind == VIDEO else None
        stream = video or _sound_in(container)
        declared = _declared_seconds(container, stream)
        end = _end_of_video(container, video, declared) if video and declared else _end_of_packets(container, stream)
        if declared and declared - end > max(_MISSING_SECONDS, _MISSING_SHARE * declared):
            raise RecordingFault("media_truncated", f"it says {declared:.1f} s, and ends after {end:.1f} s")
        return ProbedRecording(
            seconds=declared or end,
            width=video.codec_context.width if video else 0,
            height=video.codec_context.height if video else 0,
        )


def decode_frames(file: IO[bytes], total: int, side: int) -> list[Picture]:
    """Decodes a frame in the middle of each of `total` parts of equal length; raises RecordingFault."""
    with _opened(file) as container:
        stream = _video_in(container)
        seconds = _declared_seconds(container, stream) or _end_of_packets(container, stream)
        times = (seconds * (number + 0.5) / total for number in range(total))
        return [_picture_of(_frame_at(container, stream, time), container.format.name, side) for time in times]


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[InputContainer]:
    """Opens a container; what is wrong with it becomes a RecordingFault."""
    try:
        with av.open(file, "r", options=_OPTIONS, metadata_errors="replace") as container:
            yield container
    except _DAMAGE as error:
        reason = str(error).partition("] ")[2] or str(error)
        raise RecordingFault("media_corrupt", f"it cannot be decoded ({reason.partition(':')[0][:80]})") from None


def _video_in(container: InputContainer) -> VideoStream:
    """The pictures in a container; raises RecordingFault where there are none, or they are too large to decode."""
    if not container.streams.video:
        raise RecordingFault("media_no_stream", "the file has no pictures in it")
    stream = container.streams.video[0]
    _prepare(stream)
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > PIXEL_CAP:
        raise RecordingFault("media_bomb", f"its frames have {width:,} times {height:,} pixels")
    return stream


def _sound_in(container: InputContainer) -> AudioStream:
    """The sound in a container; raises RecordingFault where there is none."""
    if not container.streams.audio:
        raise RecordingFault("media_no_stream", "the file has no sound in it")
    stream = container.streams.audio[0]
    _prepare(stream)
    return stream


def _prepare(stream: _Stream) -> None:
    """Has a stream decoded within limits; raises RecordingFault where nothing decodes it."""
    if stream.codec_context is None:
        raise RecordingFault("media_corrupt", "it is in a code that no decoder reads")
    stream.codec_context.options = {"max_pixels": str(PIXEL_CAP)}
    stream.codec_context.thread_count = 1


def _declared_seconds(container: InputContainer, stream: _Stream) -> float | None:
    """The length that the file declares, of the stream where it says so."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _end_of_video(container: InputContainer, stream: _Stream, declared: float) -> float:
    """Decodes the last frames of a video, and says where they end; raises RecordingFault where there are none."""
    start = _start_of(stream)
    container.seek(int(av.time_base * max(0.0, start + declared - _MISSING_SECONDS)))
    last = next(iter(deque(islice(_frames_of(container, stream), _MOST_FRAMES), maxlen=1)), None)
    if last is None or last.time is None:
        raise RecordingFault("media_truncated", f"it says {declared:.1f} s, and its end holds no frame")
    length = float(last.duration * last.time_base) if last.duration and last.time_base else 0.0
    return last.time - start + length


def _end_of_packets(container: InputContainer, stream: _Stream) -> float:
    """Reads every packet of a stream and decodes the first ones; says where the last one ends."""
    start, end, has_frame = _start_of(stream), 0.0, False
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        has_frame = has_frame or bool(packet.decode())
        if packet.pts is not None and packet.time_base:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start)
    if not has_frame:
        raise RecordingFault("media_corrupt", "nothing in it can be decoded")
    return end


def _frame_at(container: InputContainer, stream: VideoStream, seconds: float) -> VideoFrame:
    """Decodes the frame that is shown at a time, or the last before it; raises RecordingFault where there is none."""
    time = _start_of(stream) + seconds
    container.seek(max(0, int(time * av.time_base)))
    shown = None
    for frame in islice(_frames_of(container, stream), _MOST_FRAMES):
        if shown is not None and frame.time is not None and frame.time > time:
            break
        shown = frame
    if shown is None:
        raise RecordingFault("media_truncated", f"no frame can be decoded at {seconds:.1f} s")
    return shown


def _frames_of(container: InputContainer, stream: _Stream) -> Iterator[VideoFrame]:
    return cast("Iterator[VideoFrame]", container.decode(stream))


def _start_of(stream: _Stream) -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0


def _picture_of(frame: VideoFrame, container: str, side: int) -> Picture:
    """A frame in RGB, scaled to its side."""
    shorter = min(frame.width, frame.height)
    scale = min(1.0, side / shorter)
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    pixels = np.ascontiguousarray(frame.to_ndarray(format="rgb24", width=width, height=height), np.uint8)
    return Picture(
        width=frame.width,
        height=frame.height,
        format=container.partition(",")[0].upper(),
        frames=1,
        digest=hashlib.sha256(pixels.tobytes()).hexdigest()[:16],
        pixels=pixels,
    )


def _refuse_short_riff(file: IO[bytes]) -> None:
    """Raises RecordingFault for a WAV or an AVI with fewer bytes than its header says."""
    head = file.read(8)
    declared = int.from_bytes(head[4:8], "little")
    size = file.seek(0, 2)
    file.seek(0)
    if head[:4] == b"RIFF" and 0 < declared < _SIZE_UNKNOWN and declared + 8 > size + 1:
        raise RecordingFault("media_truncated", f"its header says {declared + 8:,} bytes, and it has {size:,}")
