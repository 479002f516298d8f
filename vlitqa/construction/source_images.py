"""The images of a recipe: annotated files with the folder of their images, or scenes of the shapes world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.annotated_images.image import AnnotatedImages, AnnotationSource
from vlitqa.annotated_images.joining import read_annotated_images
from vlitqa.annotated_images.parts import AnnotationFile
from vlitqa.annotated_images.scenes import SHAPE_NAMES, SHAPES_LICENCE, SHAPES_SOURCE, annotated_scenes
from vlitqa.construction.mixing import MIX, MixedDataset, open_mixture
from vlitqa.construction.recipe import RecipeFile
from vlitqa.construction.recipe_parts import AnnotationsPart
from vlitqa.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceImages:
    """Annotated images in the order in which rows are made of them, and where their files are."""

    annotated: AnnotatedImages
    folder: Path | None
    """None for scenes, which are drawn into the folder of the build."""
    mixture: Sequence[MixedDataset] = ()
    """The datasets of a mixture, which bring images of their own."""
    packed: Sequence[AnnotationFile] = ()
    """Files of annotations that hold their images, which are unpacked into the folder of the build."""

    @property
    def digests(self) -> Sequence[str]:
        """The digests of all files of annotations."""
        return [source.sha256 for source in self.annotated.sources]


def open_source_images(file: RecipeFile) -> SourceImages:
    """Reads the annotations that a recipe names; raises UsageError or DatasetError for what is none."""
    if file.recipe.strategy == MIX:
        return _open_datasets(file)
    images = file.recipe.images
    if images.scenes:
        if images.folder or file.recipe.annotations:
            raise UsageError(
                f"{file.path}: scenes of the shapes world bring their images and annotations.",
                repair="Take out either `scenes`, or `folder` and [[annotations]].",
            )
        numbers = range(images.scenes)
        source = AnnotationSource(name=SHAPES_SOURCE, licence=SHAPES_LICENCE, object_names=SHAPE_NAMES)
        scenes = annotated_scenes(file.recipe.seed, numbers, images.side)
        return SourceImages(annotated=AnnotatedImages(images=scenes, sources=[source]), folder=None)
    if not file.recipe.annotations:
        raise UsageError(
            f"{file.path} names no annotations.",
            repair="Name files of them under [[annotations]], or scenes = 400 under [images].",
        )
    folder = file.folder / images.folder
    if not folder.is_dir():
        raise UsageError(f"There is no folder of images {folder}.", repair="Name it under [images]: folder = …")
    files = list(_files_of(file))
    annotated = read_annotated_images(files)
    ordered = sorted(annotated.images, key=lambda image: shuffle_key("build", file.recipe.seed, image.file))
    packed = [one for one in files if one.source in annotated.embedding]
    if packed and images.folder:
        raise UsageError(
            f"{file.path}: images lie in {packed[0].path.name} and in a folder.",
            repair="Take `folder` out of [images], or unpack the file and name a table of its captions.",
        )
    return SourceImages(annotated=replace(annotated, images=ordered), folder=folder, packed=packed)


def _open_datasets(file: RecipeFile) -> SourceImages:
    mixture = open_mixture(file)
    sources = [
        AnnotationSource(
            name=source.name, licence=source.part.licence, file=source.dataset.name, sha256=source.dataset.sha256
        )
        for source in mixture
    ]
    return SourceImages(annotated=AnnotatedImages(images=[], sources=sources), folder=None, mixture=mixture)


def _files_of(file: RecipeFile) -> Iterator[AnnotationFile]:
    names = set[str]()
    for part in file.recipe.annotations:
        source = part.source or Path(part.file).name.partition(".")[0]
        if source in names:
            raise UsageError(
                f"{file.path}: two files of annotations are called {source!r}.", repair="Give each its `source`."
            )
        names.add(source)
        yield _file_of(file, part, source)


def _file_of(file: RecipeFile, part: AnnotationsPart, source: str) -> AnnotationFile:
    return AnnotationFile(
        layout=part.layout,
        source=source,
        path=file.folder / part.file,
        questions=file.folder / part.questions if part.questions else None,
        folder=part.folder,
        licence=part.licence,
    )
