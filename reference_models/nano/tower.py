"""The eye of the nano judge: a vision transformer that first learns what each patch of a picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference_models.nano.encoder import pixels_of
from reference_models.nano.training import Recipe, Tell, fit, place
from vlitqa.shapes.drawing import SMALL, plate_of
from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, CONTACTS, FILLS, SHAPES, SIZES, WORDS, Scene, scene_of

PATCH, WIDTH = 8, 128
_SIDE = SMALL // PATCH
_KNOWN = (
    *((BACKGROUNDS, "background"), (SHAPES, "shape"), (COLOURS, "colour")),
    *((tuple(SIZES), "size"), (FILLS, "fill"), (CONTACTS, "contact"), (WORDS, "word")),
)
"""What is known of each patch: the answers, of which none is another, and whose they are."""
Labels = np.ndarray[Any, np.dtype[np.int64]]


def labels_of(scene: Scene) -> Labels:
    """For each patch and each kind of knowledge the number of the answer, 0 where there is none.  # (kinds, patches)"""
    found = np.zeros((len(_KNOWN), _SIDE, _SIDE), np.int64)
    found[0] = BACKGROUNDS.index(scene.background) + 1
    centres = (np.arange(_SIDE) + 0.5) / _SIDE
    for number, thing in reversed(list(enumerate(scene.things))):
        left, top, right, bottom = thing.box
        rows, columns = (centres > top) & (centres < bottom), (centres > left) & (centres < right)
        rows[int(thing.y * _SIDE)] = columns[int(thing.x * _SIDE)] = True
        here = np.ix_(rows, columns)
        meets = scene.contact and number in (scene.contact.first, scene.contact.second)
        told = (
            thing.shape,
            thing.colour,
            thing.size,
            thing.fill,
            scene.contact.kind if meets and scene.contact else "",
        )
        for kind, answer in enumerate(told, start=1):
            found[kind][here] = _KNOWN[kind][0].index(answer) + 1 if answer else 0
    if scene.sign:
        left, top, right, bottom = plate_of(scene.sign)
        rows, columns = (centres > top) & (centres < bottom), (centres > left) & (centres < right)
        found[-1][np.ix_(rows, columns)] = WORDS.index(scene.sign.word) + 1
    return found.reshape(len(_KNOWN), -1)


def seeing_tower(recipe: Recipe, tell: Tell) -> Any:
    """A vision model of transformers in CLIP's shape that knows what each patch shows."""
    import torch
    import transformers
    from torch.nn.functional import cross_entropy

    torch.manual_seed(recipe.seed)
    config = transformers.CLIPVisionConfig(
        image_size=SMALL,
        patch_size=PATCH,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
    )
    tower = transformers.CLIPVisionModel(config).to(place())
    sizes = [len(answers) + 1 for answers, _ in _KNOWN]
    head = torch.nn.Linear(WIDTH, sum(sizes)).to(place())

    def loss_of(step: int) -> Any:
        scenes = _scenes(recipe, step)
        wanted = torch.from_numpy(np.stack([labels_of(each) for each in scenes])).to(
            place()
        )  # (scenes, kinds, patches)
        seen = tower(torch.from_numpy(pixels_of(scenes)).to(place())).last_hidden_state[:, 1:]
        told = head(seen).split(sizes, dim=-1)  # kinds x (scenes, patches, answers)
        return sum(_told(each.flatten(0, 1), wanted[:, kind].flatten()) for kind, each in enumerate(told))

    fit("tower", [*tower.parameters(), *head.parameters()], recipe, loss_of, tell)
    import torch

    with torch.no_grad():
        from vlitqa.shapes.scenes import scene_of as so

        scenes = [so(777, i) for i in range(500)]
        wanted = torch.from_numpy(np.stack([labels_of(each) for each in scenes]))
        told = head(tower(torch.from_numpy(pixels_of(scenes))).last_hidden_state[:, 1:]).split(sizes, dim=-1)
        for k, (a, n) in enumerate(_KNOWN):
            m = wanted[:, k] > 0
            tell(f"{n} {float((told[k].argmax(-1)[m] == wanted[:, k][m]).float().mean()):.4f}")
    return tower


def _told(logits: Any, wanted: Any) -> Any:
    from torch.nn.functional import cross_entropy

    losses = cross_entropy(logits, wanted, reduction="none")
    there = wanted > 0
    return (losses * there).sum() / there.sum().clamp(min=1) + 0.3 * (losses * ~there).sum() / (~there).sum().clamp(min=1)


def _scenes(recipe: Recipe, step: int) -> Sequence[Scene]:
    first = step * recipe.batch
    return [scene_of(recipe.seed + 1, number) for number in range(first, first + recipe.batch)]
