"""`vlitqa agreement` and `vlitqa reproduce`, as a user runs them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluators.agreement import published
from evaluators.agreement.correlation import coefficient, student_p
from evaluators.agreement.reproduction import imagebind_llm, review, textbind
from reports.written_tables import as_latex, as_markdown
from tests.given.printed_lines import printed_lines
from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow

RATINGS = "target,rater,score\n" + "".join(
    f"{target},{rater},{score}\n"
    for target, scores in enumerate(
        ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))
    )
    for rater, score in zip("abcd", scores, strict=True)
)
DATASETS = """name,quality:MD,quality:flat,exam:SEED
LLaVA,30.7,1,26.9
MIMIC-IT,30.9,1,26.2
ours,33.2,1,28.0
controlled,34.1,1,28.7
"""


def test_agreement_of_ratings_is_told_in_all_forms(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text(RATINGS)
    done = vlitqa("agreement", "ratings.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "6 targets, 4 raters" in done.stdout
    for number in ("0.1657", "0.2898", "0.7148", "0.4428", "0.6201", "0.9093", "moderate to excellent"):
        assert number in done.stdout
    (result,) = printed_lines("agreement", vlitqa("agreement", "ratings.csv", "--json", cwd=tmp_path).stdout)
    assert result["agreement"][2]["value"] == pytest.approx(0.714841, abs=5e-7)


def test_correlations_are_told_with_their_caution(tmp_path: Path) -> None:
    (tmp_path / "datasets.csv").write_text(DATASETS)
    done = vlitqa("agreement", "datasets.csv", "--method", "pearson", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "+0.9" in done.stdout
    assert "flat never changes" in done.stdout
    assert "Caution: with 4 datasets" in done.stdout
    (result,) = printed_lines("agreement", vlitqa("agreement", "datasets.csv", "--json", cwd=tmp_path).stdout)
    pair = result["correlations"][0]
    assert pair["value"] == pytest.approx(0.8)
    assert pair["p"] == pytest.approx(8 / 24), "of 24 orders 8 are as far from 0"


def test_what_was_found_is_kept_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text(RATINGS)
    done = vlitqa("agreement", "ratings.csv", "--json", "--output", "run", cwd=tmp_path)
    assert json.loads((tmp_path / "run" / "agreement.json").read_text()) == json.loads(done.stdout)
    assert vlitqa("agreement", "ratings.csv", "--output", "ratings.csv", cwd=tmp_path).returncode == 2


def test_tables_can_be_pasted(tmp_path: Path) -> None:
    (tmp_path / "datasets.csv").write_text(DATASETS)
    latex = vlitqa("agreement", "datasets.csv", "--latex", cwd=tmp_path).stdout
    assert latex.startswith("\\begin{tabular}{lr}\n\\toprule\n & SEED \\\\\n")
    markdown = vlitqa("agreement", "datasets.csv", "--markdown", cwd=tmp_path).stdout
    assert markdown.splitlines()[:2] == ["|  | SEED |", "| --- | ---: |"]


def test_what_a_table_holds_is_escaped() -> None:
    assert as_markdown(("a", "b"), [("x|y", "*")]) == "| a | b |\n| --- | ---: |\n| x\\|y | \\* |"
    assert "x\\_y \\& 5\\% & \\textless{}" in as_latex(("a", "b"), [("x_y & 5%", "<")])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("agreement", "none.csv"), "There is no file none.csv"),
        (("agreement", "datasets.csv", "--method", "pearsons"), "Did you mean pearson?"),
        (("agreement", "datasets.csv", "--latex", "--json"), "exclude each other"),
        (("reproduce", "reviews"), "Did you mean review?"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    (tmp_path / "datasets.csv").write_text(DATASETS)
    done = vlitqa(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_the_reviews_agreement_comes_out_and_its_misprint_is_named() -> None:
    checks = [check for check in review() if check.table == "Table 4"]
    assert len(checks) == 8
    wrong = [check for check in checks if not check.agrees]
    assert [(check.row, check.printed, round(check.ours or 0, 4)) for check in wrong] == [
        ("ours", 0.3028, 0.284),
        ("ours", 0.5658, 0.5434),
    ]
    assert all(check.note for check in wrong)


def test_the_reviews_correlations_come_out_as_far_as_its_tables_tell() -> None:
    checks = {(check.row, check.column): check for check in review() if check.table == "Table 15"}
    assert len(checks) == 70
    for pair, ours in ((("MD", "Overall"), 0.947), (("ID", "Overall"), 0.982), (("Bal", "Overall"), 0.364)):
        assert checks[pair].ours == pytest.approx(ours, abs=0.0006)
        assert checks[pair].agrees
    lost = {row for (row, _), check in checks.items() if check.ours is None}
    assert lost == {"RD", "OC"}
    assert "2 legible numbers of 4" in checks["RD", "SU"].note
    assert {pair for pair, check in checks.items() if check.ours is not None and not check.agrees} == {
        ("MD", "VR"),
        ("TD", "VR"),
        ("ID", "VR"),
        ("ID", "TR"),
        ("IC", "VR"),
        ("Bal", "VR"),
    }


def test_the_agreement_of_ten_exams_has_a_wide_interval_beside_it() -> None:
    # As pingouin has it, in two digits, of the row "ours, with quality control" of table 3.
    single, mean = (check for check in review() if check.row == published.REVIEW_DATASETS[3])
    assert single.interval == pytest.approx((0.05, 0.79), abs=0.005)
    assert mean.interval == pytest.approx((0.13, 0.92), abs=0.005)
    assert imagebind_llm()[0].interval is None, "a sum is no estimate"


def test_the_interval_of_four_datasets_is_fishers() -> None:
    # atanh 0.94656 = 1.7976, and 1.96 / sqrt(4 - 3) less: tanh -0.1624 = -0.161.
    check = next(check for check in review() if (check.row, check.column) == ("MD", "Overall"))
    assert check.interval == pytest.approx((-0.161, 0.999), abs=0.0006)


def test_the_diversity_of_tasks_goes_with_exams_as_by_hand() -> None:
    # T = (9, 9, 10, 10). IIR: means (40/3, 50/3, 50/3, 20), deviations (-10/3, 0, 0, 10/3): r = 10/3 / (10/3 * sqrt 2).
    check = next(check for check in review() if (check.row, check.column) == ("TD", "IIR"))
    assert check.ours == pytest.approx(0.5**0.5)
    assert (check.printed, check.agrees) == (0.707, True)


def test_one_lower_number_of_mimic_it_explains_the_whole_column_vr() -> None:
    place, lower = published.REVIEW_EXAMS.index("VR"), 3.6
    means = np.mean([np.array(rows)[:, place] for rows in published.TABLE_3.values()], axis=0)
    means[published.REVIEW_DATASETS.index("MIMIC-IT")] -= lower / len(published.TABLE_3)
    for indicator in ("MD", "TD", "ID", "IC", "Bal"):
        column = np.array(published.TABLE_4[indicator], dtype=float)
        printed, _ = published.TABLE_15[indicator][place]
        assert coefficient("pearson", column, means) == pytest.approx(printed, abs=0.003)


def test_every_p_of_the_reviews_correlations_is_students() -> None:
    for row in published.TABLE_15.values():
        for r, p in row:
            assert student_p(r, 2) == pytest.approx(p, abs=0.0006), "for four datasets p = 1 - |r|"


def test_the_totals_of_imagebind_llm_are_the_sums_of_their_rows(tmp_path: Path) -> None:
    assert [check.agrees for check in imagebind_llm()] == [True] * 12
    done = vlitqa("reproduce", "imagebind-llm", cwd=tmp_path)
    assert "12 of 12 printed numbers follow" in done.stdout
    assert "interval" not in done.stdout
    assert "Not checked: Tables 1 and 2" in done.stdout


def test_what_textbinds_tables_hold_twice_comes_out_once_more(tmp_path: Path) -> None:
    checks = {check.row: check for check in textbind()}
    images, words = checks["images in a conversation"], checks["words in a conversation"]
    assert (images.printed, images.ours) == (2.46, pytest.approx(0.94 + 1.52))
    assert (words.printed, words.ours) == (285.90, pytest.approx(78.66 + 207.24))
    assert checks["poor conversations"].ours == pytest.approx(3 * 0.03), "three errors of 3 in 100 conversations"
    assert {row for row, check in checks.items() if check.ours is None} == {"conversations", "turns in a conversation"}
    done = vlitqa("reproduce", "textbind", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3 of 5 printed numbers follow from the paper's own; 0 do not; 2 cannot be recomputed." in done.stdout
    assert "Not checked: Table 4:" in done.stdout
    result = json.loads(vlitqa("reproduce", "textbind", "--json", cwd=tmp_path).stdout)
    assert [check["printed"] for check in result["checks"] if check["agrees"]] == [2.46, 285.9, 0.09]
    assert len(result["without_check"]) == 1


@pytest.mark.parametrize("printed", [2.44, 2.48])
def test_a_mean_that_is_off_by_two_of_its_last_digit_is_no_rounding(printed: float) -> None:
    images = next(check for check in textbind() if check.row == "images in a conversation")
    assert not replace(images, printed=printed).agrees
    assert replace(images, printed=2.47).agrees, "three roundings of .005"


def test_no_score_of_textbinds_diversity_is_a_mean_of_both_roles_throughout() -> None:
    scores = {  # table 4: Instruct, Response, Overall
        "LLaVA": (1.56, 1.84, 1.70),
        "MINIGPT-4": (0.00, 1.11, 0.89),
        "MULTIINSTRUCT": (0.51, 1.69, 0.51),
        "PLATYPUS": (0.98, 0.75, 0.78),
        "SHIKRA": (0.89, 1.08, 0.87),
        "TEXTBIND": (1.76, 1.92, 1.84),
    }
    means = {name for name, (*roles, overall) in scores.items() if abs(sum(roles) / 2 - overall) < 0.01}
    assert means == {"LLaVA", "TEXTBIND"}, "which is why table 4 has no check"


def test_the_reviews_own_numbers_go_through_the_page_of_a_comparison(tmp_path: Path) -> None:
    done = vlitqa("reproduce", "review", "--output", "review", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "[0.046, 0.792]" in done.stdout
    page = (tmp_path / "review" / "report.html").read_text()
    assert "MIMIC-IT" in page
    assert "n = 4" in page, "the caution"
    content = json.loads((tmp_path / "review" / "comparison.json").read_bytes())
    assert [dataset["name"] for dataset in content["datasets"]] == list(published.REVIEW_DATASETS)
    correctness = [figure["value"] for figure in content["quality"] if figure["metric"] == "C"]
    assert correctness == [91.1, 93.4, 94.6, 94.8]
    responses = [figure["value"] for figure in content["quality"] if figure["metric"] == "RD"]
    assert responses == [None, None, 2.3, 2.5]
    assert "not legible in our copy of the paper" in page
    refused = vlitqa("reproduce", "imagebind-llm", "--output", "x", cwd=tmp_path)
    assert refused.returncode == 2
    assert "imagebind-llm holds no exams of models that learned from several datasets." in refused.stderr
