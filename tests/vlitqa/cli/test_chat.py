"""`vlitqa chat` as it is typed: questions line by line, and a server that is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("uvicorn", reason="pip install 'vlitqa[models]'")

from tests.given.run_cli import vlitqa
from tests.given.sounds import tones, write_wav
from tests.given.tiny_detectors import save_tiny_detector
from tests.given.tiny_drawing import make_drawing_mim
from tests.given.tiny_pipelines import save_tiny_sd, save_tiny_unclip

pytestmark = [pytest.mark.model, pytest.mark.slow]
MODEL = ("--model", "llava", "--preset", "tiny")
TINY = (*MODEL, "--longest", "4")
SCENE = Path(__file__).parents[3] / "examples" / "shapes" / "images" / "000000.png"


def chat(*arguments: object, lines: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vlitqa", "chat", *map(str, arguments)]
    return subprocess.run(command, input=lines, capture_output=True, text=True, cwd=cwd, timeout=600, check=False)


def test_every_line_is_a_question_and_only_answers_are_printed(tmp_path: Path) -> None:
    lines = f"What is it?\n\n/image {SCENE}\nAnd this?\n/new\nWhat is it?\n/quit\nNever asked.\n"
    done = chat(*TINY, lines=lines, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, _, again = done.stdout.splitlines()
    assert first == again, "another conversation begins as the first did"
    assert "000000.png: 64 x 64 pixels, shown with the next question." in done.stderr


def test_a_nano_model_says_what_a_scene_shows(tmp_path: Path) -> None:
    done = chat("--model", "llava", "--preset", "nano", "--image", SCENE, lines="What is there?\n", cwd=tmp_path)
    assert "purple circle" in done.stdout


def test_a_line_that_is_no_utf_8_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vlitqa", "chat", *TINY]
    done = subprocess.run(
        command, input=b"\xff?\nWhat is it?\n", capture_output=True, cwd=tmp_path, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_a_picture_that_is_none_is_told_and_the_next_question_is_answered(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<html>")
    names = ("page.png", "nowhere.png", "~nobody-here/a.png", "a" * 300)
    shown = "".join(f"/image {name}\n" for name in names)
    lines = f"{shown}{'word ' * 9_000}\nWhat is it?\n/dance\n"
    done = chat(*TINY, lines=lines, cwd=tmp_path)
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    assert "No picture is shown: the file is an HTML page, not one of JPEG" in done.stderr
    assert "No picture is shown: there is no file nowhere.png." in done.stderr
    assert "the model reads" in done.stderr
    assert "/image PATH" in done.stderr, "an unknown command shows those that there are"


def test_pictures_of_a_reply_are_drawn_into_files_and_the_talk_goes_on(tmp_path: Path) -> None:
    make_drawing_mim().save(tmp_path / "mim")
    save_tiny_sd(tmp_path / "sd")
    Image.new("RGB", (56, 56)).save(tmp_path / "black.png")
    arguments = ("--model", "mim", "--painter", "./sd", "--image", "black.png", "--longest", 40)
    done = chat(*arguments, lines="Draw it.\nAnd now?\n", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    words, picture, *_ = done.stdout.splitlines()
    assert (words, picture) == ("Here:", f"[{Path('pictures', '001.png')}: dark]")
    with Image.open(tmp_path / "pictures" / "001.png") as drawn:
        assert drawn.size == (32, 32)
    again = chat(*arguments, "--page", "talk.html", lines="Draw it.\n", cwd=tmp_path)
    assert "talk.html shows the conversation." in again.stderr
    page = (tmp_path / "talk.html").read_text()
    assert page.count("data:image/webp") == 2, "the picture that was shown, and the one that was drawn"
    assert 'alt="black.png"' in page
    assert 'alt="dark"' in page
    kept = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert f"{kept[-1]}: dark]" in again.stdout, "nothing that is there is written over"


def test_sounds_and_depth_are_given_to_a_model_that_binds(tmp_path: Path) -> None:
    write_wav(tmp_path / "tone.wav", tones(16_000, 16_000), 16_000)
    np.save(tmp_path / "depth.npy", np.full((40, 40), 2.0))
    (tmp_path / "page.wav").write_text("<html>")
    refused = ("/input film tone.wav", "/input audio page.wav", "/input audio", "/input 0*depth depth.npy")
    lines = "\n".join(("/input depth depth.npy", "What is it?", *refused))
    model = ("--model", "imagebind_llm", "--preset", "tiny", "--longest", "4")
    done = chat(*model, "--input", "0.5*audio=tone.wav", lines=lines, cwd=tmp_path)
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    assert "tone.wav: audio, for the whole conversation; it counts 0.5, a picture 1." in done.stderr
    assert "depth.npy: depth, for the whole conversation; it counts 1" in done.stderr
    assert "this model reads no files of the modality 'film'" in done.stderr
    assert "Nothing is given: page.wav" in done.stderr
    assert "/input needs a modality and a path." in done.stderr
    assert "'0' is no coefficient." in done.stderr
    opposite = "/input depth depth.npy\n/input -1*depth depth.npy\nWhat is it?\n/new\nWhat is it?\n"
    done = chat(*model, lines=opposite, cwd=tmp_path)
    assert "The question is not answered: the sum of the features is zero" in done.stderr
    assert (done.returncode, len(done.stdout.splitlines())) == (3, 1)
    done = chat(*TINY, "--input", "audio=tone.wav", lines="What is it?\n", cwd=tmp_path)
    assert done.returncode == 2, "what an option names is needed for all that follows"
    assert "llava reads pictures and words alone." in done.stderr


def test_nouns_of_answers_are_looked_for_in_the_pictures_that_were_shown(tmp_path: Path) -> None:
    save_tiny_detector(tmp_path / "dino")
    nano = ("--model", "llava", "--preset", "nano", "--longest", 24)
    lines = f"What is there?\n/new\n/image {SCENE}\nWhat is there?\n"
    plain = chat(*nano, lines=lines, cwd=tmp_path)
    done = chat(*nano, "--detector", "./dino", "--page", "talk.html", lines=lines, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == plain.stdout, "a detector changes no answer"
    (line,) = (line for line in done.stderr.splitlines() if "grounded" in line)
    assert re.fullmatch(r"grounded: .*\bcircle \d\.\d\d \[\d+, \d+, \d+, \d+\].*; \d of \d nouns", line)
    assert line in (tmp_path / "talk.html").read_text()


def test_tools_and_the_text_of_experts_are_given_to_any_model(tmp_path: Path) -> None:
    tools = [{"name": "detect", "description": "finds"}]
    (tmp_path / "tools.json").write_text(json.dumps(tools))
    lines = "What is it?\n/expert a song\nWhat is it?\n/new\n/expert  a  bell\nWhat is it?\n/expert\n"
    arguments = ("--tools", "tools.json", "--expert", "a bell", "--page", "talk.html")
    done = chat(*TINY, *arguments, lines=lines, cwd=tmp_path)
    assert done.returncode == 3, "/expert without a text is no command"
    first, _, again = done.stdout.splitlines()
    assert first == again
    assert done.stderr.count("Context of the next question.") == 3
    page = (tmp_path / "talk.html").read_text()
    assert page.count("Context: a bell\nWhat is it?") == 2
    assert page.count("Context: a song\nWhat is it?") == 1


def test_what_a_model_that_binds_is_asked_about_is_drawn_beside_its_answer(tmp_path: Path) -> None:
    save_tiny_unclip(tmp_path / "unclip")
    write_wav(tmp_path / "tone.wav", tones(16_000, 16_000), 16_000)
    lines = f"What?\n/input audio tone.wav\nAnd?\nAgain?\n/image {SCENE}\nNow?\n/new\nWhat?\n"
    model = ("--model", "imagebind_llm", "--preset", "tiny", "--longest", "4")
    painting = (*model, "--picture-painter", "./unclip", "--pictures", "drawn", "--page", "talk.html")
    done = chat(*painting, lines=lines, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    *_, last = answers = done.stdout.splitlines()
    drawn = [line for line in answers if line.startswith("[drawn/")]
    assert drawn == ["[drawn/001.png: about tone.wav]", "[drawn/002.png: about tone.wav, 000000.png]"]
    assert last == answers[0], "what is drawn is shown to the user, and not to the model"
    first, second = (Image.open(tmp_path / "drawn" / f"00{number}.png").tobytes() for number in (1, 2))
    assert first != second
    assert chat(*model, lines=lines, cwd=tmp_path).stdout.splitlines() == [
        line for line in answers if line not in drawn
    ]
    assert (tmp_path / "talk.html").read_text().count("data:image/webp") == 3
    nano = chat("--model", "imagebind_llm", "--preset", "nano", *painting[6:8], lines="", cwd=tmp_path)
    assert nano.returncode == 2
    assert "./unclip draws features of the width 16, and this model has 128." in nano.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((*TINY, "--picture-painter", "unclip"), "llava has no features to draw."),
        ((*TINY, "--page", "."), "is no file."),
        ((*TINY, "--page", "nowhere/talk.html"), "nowhere is no folder."),
        ((*TINY, "--image", "nowhere.png"), "image nowhere.png shows no picture: there is no file nowhere.png."),
        ((*TINY, "--painter", "sd"), "llava writes words alone."),
        ((*TINY, "--detector", "nobody/dino"), "hf download nobody/dino"),
        ((*TINY, "--tools", "nowhere.json"), "--tools nowhere.json cannot be read"),
        ((*TINY, "--input", "tone.wav"), "--input tone.wav names no modality and file."),
        (("--model", "mim", "--preset", "tiny", "--painter", "nowhere"), "nowhere"),
        (("--model", "lava"), "--model lava is no folder, and no name of a model."),
        (("--model", "."), "holds no model that vlitqa saved"),
        (("--model", "llava", "--preset", "./nowhere"), "neither the path of a folder nor in the cache of the hub"),
        (("--model", "llava", "--serve", "--host", "0.0.0.0"), "--host 0.0.0.0 can be reached by others."),
        (
            ("--model", "llava", "--serve", "--image", "a.png"),
            "--image, --input, --expert, --detector, --tools, --painter, --picture-painter,",
        ),
        (("--model", "llava", "--port", "9000"), "--host, --port, --name and --allow-origin are about --serve."),
        (("--model", "llava", "--serve", "--allow-origin", "*"), "--allow-origin * names no page."),
    ],
)
def test_a_wrong_option_is_told_what_to_write(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = vlitqa("chat", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_port_that_is_taken_is_told_before_a_model_is_opened(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = vlitqa("chat", *MODEL, "--serve", "--port", port, cwd=tmp_path)
    assert done.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be used" in done.stderr
    assert "reads" not in done.stderr


def test_a_served_model_answers_until_it_is_stopped(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    command = [sys.executable, "-m", "vlitqa", "chat", *MODEL, "--serve", "--port", "0", "--name", "mine"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env={**os.environ}) as process:
        assert process.stderr
        line = next(line for line in process.stderr if line.startswith("Serving at") and "as mine" in line)
        url = re.findall(r"http://127\.0\.0\.1:\d+/v1", line)[0]
        body = json.dumps({"model": "mine", "max_tokens": 3, "messages": [{"role": "user", "content": "Hi."}]}).encode()
        request = urllib.request.Request(f"{url}/chat/completions", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            assert json.load(response)["choices"][0]["message"]["role"] == "assistant"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stderr.read().splitlines()[-1] == "Stopped."
