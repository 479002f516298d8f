"""`vlitqa build` from end to end: rows that check and score take, resume, money, and where every row comes from."""

from __future__ import annotations

import json
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.given.builds import rows_of, write_recipe
from tests.given.coco_files import recipe_of, write_coco
from tests.given.printed_lines import printed_lines
from tests.given.run_cli import vlitqa
from tests.given.scripted_writer import WriterServer
from vlitqa.api.building import build
from vlitqa.construction.build_plan import open_plan
from vlitqa.construction.recipe import read_recipe
from vlitqa.construction.reply_store import digest_of_request
from vlitqa.construction.strategies import self_instruct_of

pytestmark = pytest.mark.slow
ENVIRONMENT = {"OPENAI_API_KEY": ""}


def _build(recipe: Path, *options: object, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    done = vlitqa("build", recipe, *options, cwd=recipe.parent, **ENVIRONMENT, **environment)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def _result(recipe: Path, *options: object, code: int = 0) -> dict[str, Any]:
    (result,) = printed_lines("build", _build(recipe, "--json", *options, code=code).stdout)
    return result


def _folder(place: Path) -> Path:
    (folder,) = place.glob("runs/build-*")
    return folder


def test_adaption_of_cocos_files_makes_rows_that_check_finds_no_error_in(tmp_path: Path) -> None:
    recipe = recipe_of(write_coco(tmp_path))
    result = _result(recipe)
    assert (result["rows"], result["drafted"], result["images"]) == (2, 2, 3)
    assert result["licences"] == {"CC BY-NC 2.0": 1, "CC BY 4.0": 2, "CC BY 2.0": 1}
    assert (result["unlicensed"], {source["name"]: source["unplaced"] for source in result["sources"]}["answers"]) == (
        0,
        1,
    )
    checked = vlitqa("check", _folder(tmp_path), "--fail-on", "error", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_a_build_is_a_run_that_check_score_select_and_report_take_as_it_is(tmp_path: Path) -> None:
    vlitqa("build", "--new", "adaption", tmp_path / "r.toml", cwd=tmp_path)
    text = (tmp_path / "r.toml").read_text().replace("rows = 300", "rows = 30").replace("scenes = 400", "scenes = 40")
    (tmp_path / "r.toml").write_text(text.replace('metrics = "light"', 'metrics = "integrity,lexical"'))
    _build(tmp_path / "r.toml")
    folder = _folder(tmp_path)
    assert "How the data was built" in (folder / "report.html").read_text(encoding="utf-8")
    for command in (
        ("check", folder),
        ("score", folder, "--metrics", "integrity"),
        ("select", folder, "--rule", "lexical>=q50"),
        ("report", folder),
    ):
        done = vlitqa(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_card_names_the_licences_of_all_sources_and_keeps_what_a_user_wrote(tmp_path: Path) -> None:
    recipe = recipe_of(write_coco(tmp_path))
    _build(recipe)
    card = _folder(tmp_path) / "card.md"
    text = card.read_text(encoding="utf-8")
    assert str(tmp_path) not in text  # a card is published
    assert all(f"| {licence} |" in text for licence in ("CC BY-NC 2.0", "CC BY 4.0", "CC BY 2.0"))
    assert all(f"| {source} |" in text for source in ("captions", "instances", "attributes", "text", "answers"))
    card.write_text(text.replace("# ", "# Mine: ", 1), encoding="utf-8")
    _build(recipe)
    assert card.read_text(encoding="utf-8").startswith("# Mine: ")
    card.write_bytes(b"# caf\xe9")
    assert "The card is left as it is." in _build(recipe).stderr
    assert card.read_bytes() == b"# caf\xe9"


def test_images_that_lie_in_a_tar_with_their_captions_are_unpacked_into_the_build(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "00000.tar", "w") as tar:
        for number in range(3):
            png = BytesIO()
            Image.new("RGB", (32, 32), (80 * number, 0, 0)).save(png, "PNG")
            for name, content in ((f"{number}.png", png.getvalue()), (f"{number}.txt", b"A red square.")):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, BytesIO(content))
    recipe = tmp_path / "tar.toml"
    part = '[[annotations]]\nlayout = "pairs"\nfile = "00000.tar"\n'
    recipe.write_text(f'strategy = "adaption"\n{part}[control]\nmetrics = "integrity"\n', encoding="utf-8")
    result = _result(recipe)
    assert (result["rows"], result["tasks"]) == (3, {"image captioning": 3})
    assert sorted(path.name for path in (_folder(tmp_path) / "images").iterdir()) == ["0.png", "1.png", "2.png"]
    assert vlitqa("check", _folder(tmp_path), "--fail-on", "error", cwd=tmp_path).returncode == 0
    recipe.write_text(f'strategy = "adaption"\n{part}[images]\nfolder = "."\n', encoding="utf-8")
    assert "images lie in 00000.tar and in a folder" in _build(recipe, code=2).stderr


def test_the_python_door_builds_what_the_command_line_builds(tmp_path: Path) -> None:
    recipe = recipe_of(write_coco(tmp_path))
    run = build(recipe, output=tmp_path / "door", quiet=True)
    _build(recipe)
    assert run.finished.build is not None
    assert run.finished.build.rows == 2
    for name in ("coco.jsonl", "build.json", "origins.parquet", "scorecard.json"):
        assert (Path(run.folder) / name).read_bytes() == (_folder(tmp_path) / name).read_bytes()


def test_a_writer_behind_a_real_server_makes_the_rows_and_every_one_is_paid_for_once(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, writer="prompt_price = 2.0\nreply_price = 4.0")
    with WriterServer() as server:
        writer = f"server:{server.url}@scripted"
        result = _result(recipe, "--writer", writer)
        assert (result["rows"], server.calls) == (20, 20)
        cost = result["cost"]
        assert (cost["prompt_tokens"], cost["reply_tokens"]) == (server.prompt_tokens, server.reply_tokens)
        assert cost["money"] == pytest.approx((2 * server.prompt_tokens + 4 * server.reply_tokens) / 1e6, abs=1e-6)
        assert not cost["is_estimate"]
        rows = rows_of(tmp_path / "runs")
        again = _result(recipe, "--writer", writer)
        assert (again["cost"], server.calls, rows_of(tmp_path / "runs")) == (cost, 20, rows)


def test_a_longer_build_goes_on_where_a_shorter_one_ended(tmp_path: Path) -> None:
    with WriterServer() as server:
        writer = f"server:{server.url}@scripted"
        _result(write_recipe(tmp_path, rows=20), "--writer", writer)
        first = rows_of(tmp_path / "runs")
        _result(write_recipe(tmp_path, rows=35), "--writer", writer)
        assert (len(rows_of(tmp_path / "runs")), server.calls) == (35, 35)
        assert rows_of(tmp_path / "runs")[:20] == first


def test_threads_change_nothing(tmp_path: Path) -> None:
    rows = []
    for threads in ("1", "4"):
        (tmp_path / threads).mkdir()
        with WriterServer() as server:
            recipe = write_recipe(tmp_path / threads)
            _build(recipe, "--writer", f"server:{server.url}@scripted", "--threads", threads)
            rows.append(rows_of(tmp_path / threads / "runs"))
    assert rows[0] == rows[1]


def test_a_budget_stops_the_build_and_a_higher_one_goes_on_without_paying_twice(tmp_path: Path) -> None:
    with WriterServer() as server:
        writer = f"server:{server.url}@scripted"
        recipe = write_recipe(tmp_path, writer="max_tokens = 200\nmost_tokens = 4000")
        result = _result(recipe, "--writer", writer, code=3)
        assert result["stopped"] == "The budget of 4,000 tokens does not allow the next request."
        assert 0 < result["rows"] < 20
        assert server.prompt_tokens + server.reply_tokens <= 4000
        paid = server.calls
        recipe = write_recipe(tmp_path, writer="max_tokens = 200\nmost_tokens = 400000")
        result = _result(recipe, "--writer", writer)
        assert (result["rows"], result["stopped"], server.calls) == (20, "", 20)
        assert paid < 20
        assert result["cost"]["prompt_tokens"] == server.prompt_tokens


def test_a_dry_run_foretells_calls_exactly_and_tokens_within_a_tenth_after_a_short_trial(tmp_path: Path) -> None:
    with WriterServer() as server:
        writer = f"server:{server.url}@scripted"
        _build(write_recipe(tmp_path, rows=15), "--writer", writer)
        recipe = write_recipe(tmp_path, rows=60)
        forecast = json.loads(_build(recipe, "--dry-run", "--json", "--writer", writer).stdout)
        assert server.calls == 15
        _build(recipe, "--writer", writer)
        assert forecast["requests"] == server.calls
        assert forecast["prompt_tokens"] == pytest.approx(server.prompt_tokens, rel=0.1)
        assert forecast["reply_tokens"] == pytest.approx(server.reply_tokens, rel=0.1)


def test_a_server_that_counts_no_tokens_gives_an_estimate_that_says_so(tmp_path: Path) -> None:
    with WriterServer(counts=False) as server:
        done = _build(write_recipe(tmp_path, rows=5), "--writer", f"server:{server.url}@scripted")
    assert "(estimated)" in done.stdout


def test_every_row_says_where_it_comes_from_and_its_prompt_made_anew_has_the_digest_that_it_names(
    tmp_path: Path,
) -> None:
    recipe = write_recipe(tmp_path)
    with WriterServer() as server:
        writer = f"server:{server.url}@scripted"
        _build(recipe, "--writer", writer)
        plan = open_plan(read_recipe(recipe), writer)
    assert plan.writer is not None
    strategy, fingerprint = self_instruct_of(plan.file, plan.sources), plan.writer.fingerprint()
    requests = {order.id: strategy.request(order, 1, "") for order in strategy.orders()}
    digests = {name: digest_of_request(request, fingerprint).hex() for name, request in requests.items()}
    lines = pq.read_table(_folder(tmp_path) / "origins.parquet").to_pylist()
    assert len(lines) == 20
    for line in lines:
        origin = json.loads(line["origin"])
        assert origin["writer"]["request"] == digests[line["id"]]
        assert origin["licences"] == ["CC0-1.0"]
    explanation = _build(_folder(tmp_path), "--explain", lines[3]["id"]).stdout
    assert "[raw reply]" in explanation
    assert lines[3]["id"] in explanation


@pytest.mark.parametrize("trouble", ["429", "500", "cut stream"])
def test_trouble_on_the_way_is_waited_out_and_loses_no_row(tmp_path: Path, trouble: str) -> None:
    def answer(payload: Any, call: int) -> tuple[int, dict[str, str], bytes]:
        if call % 3 == 1:
            body = server.usual_answer(payload) if trouble == "cut stream" else b"{}"
            return {"429": (429, {"Retry-After": "0"}, body), "500": (500, {}, body)}.get(
                trouble, (200, {"Content-Length": str(len(body) + 9)}, body)
            )
        return 200, {}, server.usual_answer(payload)

    with WriterServer(answer=answer) as server:
        result = _result(write_recipe(tmp_path, rows=6), "--threads", "1", "--writer", f"server:{server.url}@scripted")
    assert (result["rows"], result["faulty"]) == (6, {})


def test_a_server_that_is_none_ends_the_build_in_a_sentence(tmp_path: Path) -> None:
    done = _build(write_recipe(tmp_path), "--writer", "server:http://127.0.0.1:9/v1@x", code=2)
    assert "The writer left 20 requests in a row without a reply" in done.stderr
    assert "what was written is kept" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("rows =", "row ="), "there is no key 'row'. Did you mean rows?"),
        (("[images]", "[image]"), "there is no key 'image'. Did you mean images?"),
        (("side =", "sides ="), "[images]: there is no key 'sides'. Did you mean side?"),
        (("side = 64", "side = 6"), "images.side: expected `int` >= 32."),
        (("side = 64", 'side = "64"'), "images.side: expected `int`, got `str`."),
        (("scenes = 40", "scenes = 0"), "names no annotations."),
        (("scenes = 40\nside = 64", 'folder = "gone"'), "names no annotations."),
        (("scenes = 40\nside = 64", 'folder = "."\n[[annotations]]\nlayout = "pairs"\nfile = "x"'), "There is no file"),
        (('"self-instruct"', '"self instruct"'), "there is no strategy 'self instruct'. Did you mean self-instruct?"),
        (("generations = 2", 'kinds = ["regions"]'), "has no kind 'regions'. Did you mean region?"),
        (("generations = 2", "turns = [5, 3]"), "needs a kind, and turns from few to many."),
        (("generations = 2", 'examples = "gone.jsonl"'), "gone.jsonl cannot be read"),
        (("[writer]", "[writer]\nmost_tokens = 0"), "a budget of 0 lets nothing be written."),
        (("[writer]", "[writer]\nmost_money = 1.0"), "most_money needs prices."),
        (('off = ["repeated_answer"]', 'off = ["hedges"]'), "has no fault 'hedges'. Did you mean hedge?"),
        (('off = ["repeated_answer"]', 'off = ["not_json"]'), "not_json cannot be let pass"),
        (("rows =", "rows"), "is no TOML file"),
        (('name = "written"', 'name = "../escaped"'), "'../escaped' is no name of a dataset."),
        (('name = "written"', 'name = "/tmp/x"'), "is no name of a dataset."),
        (('name = "written"', 'format = "lava"'), "lava"),
        (('metrics = "integrity,duplicates"', 'metrics = "lite"'), "lite"),
        (('metrics = "integrity,duplicates"', 'rules = ["lexical>>1"]'), "lexical>>1"),
    ],
)
def test_a_recipe_that_is_wrong_is_refused_with_the_word_that_is_wrong(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    recipe = write_recipe(tmp_path)
    recipe.write_text(recipe.read_text().replace(*change))
    for options in ((), ("--dry-run",)):
        done = _build(recipe, "--writer", "server:http://127.0.0.1:9/v1@x", *options, code=2)
        assert sentence in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("runs/*"))  # nothing is begun that would be refused later


def test_the_nano_writer_is_refused_where_it_cannot_write(tmp_path: Path) -> None:
    for strategy in ("textbind", "adaption"):
        recipe = tmp_path / f"{strategy}.toml"
        recipe.write_text(f'strategy = "{strategy}"\n[images]\nscenes = 8\n[adaption]\nexpand = true\n')
        assert "A writer is needed" in _build(recipe, "--writer", "nano", code=2).stderr


def test_boxes_in_pixels_are_refused_with_their_line(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    thing = {"name": "dog", "box": [10, 20, 50, 60]}
    (tmp_path / "a.jsonl").write_text("\n" + json.dumps({"file": "a.png", "objects": [thing]}) + "\n")
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        'strategy = "adaption"\n[images]\nfolder = "."\n[[annotations]]\nlayout = "annotated"\nfile = "a.jsonl"\n'
    )
    done = _build(recipe, code=2)
    assert "a.jsonl, line 2: [10.0, 20.0, 50.0, 60.0] is no box." in " ".join(done.stderr.split())


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.mkdir()
    assert "--explain ID" in _build(recipe, code=2).stderr


def test_a_missing_picture_drops_its_row_and_all_of_them_missing_end_the_build(tmp_path: Path) -> None:
    recipe = recipe_of(write_coco(tmp_path))
    (tmp_path / "train2014" / "COCO_train2014_000000000009.jpg").unlink()
    assert _result(recipe)["faulty"] == {"missing_image": 1}
    (tmp_path / "train2014" / "COCO_train2014_000000000025.jpg").unlink()
    done = _build(recipe, code=2)
    assert "All 2 rows are faulty: missing_image 2" in done.stderr


def test_quality_control_drops_rows_by_the_rules_of_select_and_says_which(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    text = recipe.read_text().replace(
        'metrics = "integrity,duplicates"', 'metrics = "lexical"\nrules = ["lexical>=q50"]'
    )
    recipe.write_text(text)
    with WriterServer() as server:
        result = _result(recipe, "--writer", f"server:{server.url}@scripted")
    assert (result["drafted"], result["rows"], result["controlled"]) == (20, 10, {"lexical>=q50": 10})
    lines = pq.read_table(_folder(tmp_path) / "origins.parquet").to_pylist()
    dropped = [line for line in lines if line["verdict"] == "dropped"]
    assert {(line["code"], line["detail"].partition(":")[0]) for line in dropped} == {
        ("quality_control", "lexical>=q50")
    }
    assert [line["row"] for line in lines if line["row"]] == list(range(1, 11))


@pytest.mark.model
def test_dialogues_are_bound_of_images_of_one_topic_and_check_finds_no_error_in_them(tmp_path: Path) -> None:
    recipe = tmp_path / "bound.toml"
    vlitqa("build", "--new", "textbind", recipe, cwd=tmp_path)
    recipe.write_text(recipe.read_text().replace("scenes = 400", "scenes = 120").replace("rows = 100", "rows = 30"))
    with WriterServer() as server:
        result = _result(recipe, "--writer", f"server:{server.url}@scripted")
        assert (result["rows"], server.calls) == (30, 30)
        assert result["topics"]["clusters"] == (120 - result["topics"]["unfitting"]) // 24 >= 2
    rows = [json.loads(line) for line in (_folder(tmp_path) / "bound-shapes.jsonl").read_bytes().splitlines()]
    pictures = [len([name for message in row["conversation"] for name in message["image_list"]]) for row in rows]
    assert set(pictures) == {2, 3, 4}
    assert all(message.get("caption_list") for row in rows for message in row["conversation"] if message["image_list"])
    assert vlitqa("check", _folder(tmp_path), "--fail-on", "error", cwd=tmp_path).returncode == 0
    topics = {
        json.loads(line["origin"])["topic"] for line in pq.read_table(_folder(tmp_path) / "origins.parquet").to_pylist()
    }
    assert len(topics) > 1


@pytest.mark.model
def test_the_nano_writer_builds_rows_with_no_server_that_are_the_same_when_built_again(tmp_path: Path) -> None:
    rows = []
    for place in (tmp_path / "first", tmp_path / "second"):
        place.mkdir()
        recipe = place / "nano.toml"
        vlitqa("build", "--new", "self-instruct", recipe, cwd=place)
        text = recipe.read_text().replace("rows = 300", "rows = 12").replace("scenes = 400", "scenes = 80")
        recipe.write_text(text.replace('metrics = "light"', 'metrics = "integrity"'))
        result = _result(recipe)
        assert result["rows"] == 12
        assert result["cost"]["replies"] >= 12
        (data,) = place.glob("runs/build-*/written-shapes.jsonl")
        rows.append(data.read_bytes())
    assert rows[0] == rows[1]


def test_dialogues_need_a_writer_that_is_named(tmp_path: Path) -> None:
    vlitqa("build", "--new", "textbind", tmp_path / "r.toml", cwd=tmp_path)
    done = _build(tmp_path / "r.toml", code=2)
    assert "A writer is needed" in done.stderr
    assert "--writer server:URL@MODEL" in done.stderr
