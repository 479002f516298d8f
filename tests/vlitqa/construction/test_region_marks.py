"""A box that is drawn into a copy of the picture: the copy shows it, the original stays, the prompt has no numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from tests.given.builds import rows_of, write_recipe
from tests.given.run_cli import vlitqa
from tests.given.scripted_writer import WriterServer
from vlitqa.annotated_images.image import ImageObject
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.construction.region_marks import RegionMarks

REGIONS = 'kinds = ["region"]\nregions = "drawn"'


def test_a_box_is_drawn_where_it_is_and_nowhere_else(tmp_path: Path) -> None:
    Image.new("RGB", (200, 100), "white").save(tmp_path / "a.png")
    marks = RegionMarks(ImageFolder((str(tmp_path),)), tmp_path)
    ref = marks.mark("a.png", ImageObject(name="dog", box=(0.25, 0.2, 0.75, 0.8)))
    pixels = np.asarray(Image.open(tmp_path / ref.name)).astype(int)
    reddish = (pixels[:, :, 0] > pixels[:, :, 1] + 100).nonzero()
    assert pixels.shape == (100, 200, 3)
    assert (reddish[0].min(), reddish[0].max(), reddish[1].min(), reddish[1].max()) == (20, 80, 50, 150)
    assert (pixels[30:70, 60:140] == 255).all()
    assert (np.asarray(Image.open(tmp_path / "a.png")) == 255).all()
    assert marks.mark("a.png", ImageObject(name="dog", box=(0.25, 0.2, 0.75, 0.8))) == ref
    assert marks.mark("lost.png", ImageObject(name="dog", box=(0.1, 0.1, 0.2, 0.2))).name == "lost.png"


def test_conversations_about_regions_show_the_marked_picture(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, rows=8, scenes=12, options=REGIONS)
    with WriterServer() as server:
        done = vlitqa("build", recipe, "--writer", f"server:{server.url}@scripted", "--output", ".", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    (run,) = tmp_path.glob("build-*")
    rows = rows_of(tmp_path)
    assert all((run / row["image"]).is_file() and row["image"].startswith("marked/") for row in rows)
    assert len({row["image"] for row in rows}) > 4
    assert vlitqa("check", run, "--fail-on", "error", cwd=tmp_path).returncode == 0
    origins = [json.loads(line["origin"]) for line in pq.read_table(run / "origins.parquet").to_pylist()]
    assert all(re.fullmatch(r"\d+\.png", image) for origin in origins for image in origin["images"])
    shown = vlitqa("build", run, "--explain", rows[0]["id"], cwd=tmp_path).stdout
    assert "drawn into the picture" in " ".join(shown.split())
    assert "by its four numbers" not in " ".join(shown.split())
