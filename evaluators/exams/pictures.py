"""The pictures of a benchmark: found below the data root, or in folders that a user names, and opened safely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from vlitqa.backends.image_folder import ImageFolder
from vlitqa.contracts import BenchmarkCard
from vlitqa.contracts.tools import Picture
from vlitqa.errors import UsageError
from vlitqa.records import ImageRef
from vlitqa.results.exams import ExamQuestion

_PLACEHOLDER = "{"


class ExamPictures:
    """The pictures that the questions of one benchmark are about."""

    def __init__(self, card: BenchmarkCard, data_root: Path, folders: Sequence[Path] = ()) -> None:
        self._card, self._data_root, self._named = card, data_root, tuple(folders)
        places = [_split(place) for place in card.pictures]
        self._patterns = tuple(dict.fromkeys(pattern for _, pattern in places))
        # a fixed folder is a root of its own: users link theirs to another disk, and a link out of a root is refused
        below = [data_root.joinpath(*fixed[start:]) for fixed, _ in places for start in range(len(fixed) + 1)]
        self._roots = tuple(dict.fromkeys(folder for folder in (*folders, *below) if folder.is_dir()))
        self._images = ImageFolder(tuple(map(str, self._roots)))

    def find(self, question: ExamQuestion) -> ImageRef | None:
        """The file with the picture of a question, not opened yet; None where there is none."""
        refs = map(ImageRef, self._names(question))
        return next((ref for ref in refs if self._images.fingerprint(ref) != "missing"), None)

    def open(self, ref: ImageRef, side: int) -> Picture:
        """The picture, its shorter edge no longer than `side`; raises ImageFault where it cannot be opened."""
        return self._images.look(ref, side)

    def missing(self, question: ExamQuestion) -> UsageError:
        """The error where the picture of no question is there, as of this one."""
        places = " or ".join(place.format(image=question.image, group=question.group) for place in self._card.pictures)
        folders = f", nor in {', '.join(map(str, self._named))}" if self._named else ""
        return UsageError(
            f"No picture of {self._card.title} is below {self._data_root}{folders}: "
            f"the first, {question.image!r}, was looked for as {places}.",
            repair="--data-root names the folder above them as far as is written here, or --image-root their folder.",
        )

    def _names(self, question: ExamQuestion) -> Iterator[str]:
        """The names below any root that the picture of a question may have."""
        if not question.image:
            return
        for pattern in self._patterns:
            yield pattern.format(image=question.image, group=question.group)
        first, *others = PurePosixPath(question.image).parts
        if others and any(root.name == first for root in self._roots):  # `WordArt/1.png` in the folder WordArt
            yield "/".join(others)


def _split(place: str) -> tuple[tuple[str, ...], str]:
    """The folders of a place that are the same for all questions, and what is left."""
    parts = place.split("/")
    fixed = next(number for number, part in enumerate(parts) if _PLACEHOLDER in part)
    return tuple(parts[:fixed]), "/".join(parts[fixed:])
