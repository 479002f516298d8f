"""Drawn scenes with annotations of which a known share is wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from vlitqa.annotated_images.image import AnnotatedImage, ImageQuestion
from vlitqa.annotated_images.lines import write_annotated_lines
from vlitqa.annotated_images.scenes import annotated_scenes
from vlitqa.shapes.files import Studio

ANNOTATIONS = "scenes.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredScenes:
    """Scenes of one seed whose questions three people answered."""

    seed: int
    count: int
    side: int
    wrong_first: float = 0.3
    """How often the first person gives the answer to another question of the same scene."""
    mismatched: float = 0.0
    """The share of images that carry the annotations of another image."""
    kind: str = ""
    """How the questions that are kept begin; all are kept unless it is given."""

    def write(self, folder: Path) -> None:
        """Draws the scenes and writes their annotations behind them, unless that is done."""
        if (folder / ANNOTATIONS).is_file():
            return
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vlitqa.toml").write_text('profile = "shapes"\n', encoding="utf-8")
        Studio(folder=folder, seed=self.seed, side=self.side).draw(range(self.count), ".")
        dice = random.Random(f"answers {self.seed}")
        scenes = [self._answered(image, dice) for image in self._exchanged(self._images())]
        (folder / ANNOTATIONS).write_bytes(write_annotated_lines(scenes))

    def right_answers(self) -> dict[str, dict[str, str]]:
        """The right answer by file of the image and text of the question."""
        return {
            image.file: {question.text: question.answers[0] for question in image.questions} for image in self._images()
        }

    def _images(self) -> list[AnnotatedImage]:
        return list(annotated_scenes(self.seed, range(self.count), self.side))

    def mismatched_files(self) -> list[str]:
        """The images that carry the annotations of another one."""
        files = [image.file for image in self._images()]
        return random.Random(f"mismatches {self.seed}").sample(files, round(self.mismatched * len(files)))

    def _exchanged(self, images: list[AnnotatedImage]) -> list[AnnotatedImage]:
        files, by_file = self.mismatched_files(), {image.file: image for image in images}
        donors = dict(zip(files, [*files[1:], *files[:1]], strict=True))
        return [replace(by_file[donors.get(image.file, image.file)], file=image.file) for image in images]

    def _answered(self, image: AnnotatedImage, dice: random.Random) -> AnnotatedImage:
        asked = [question for question in image.questions if question.text.startswith(self.kind)]
        answers = [question.answers[0] for question in asked]
        questions = []
        for question in asked:
            right = question.answers[0]
            others = [answer for answer in answers if answer != right]
            is_wrong = bool(others) and dice.random() < self.wrong_first
            first = dice.choice(others) if is_wrong else right
            questions.append(ImageQuestion(question.text, (first, right, right), question.source))
        return replace(image, questions=tuple(questions))
