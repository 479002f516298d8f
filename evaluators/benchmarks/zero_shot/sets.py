"""The sets of the zero-shot suite: what is asked, in which files it stands, and by which rules answers are marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluators.benchmarks.zero_shot import marking_rules
from evaluators.benchmarks.zero_shot import question_files as files_of
from evaluators.benchmarks.zero_shot.conclusions import Conclude, captions, mean, overlaps, ranks
from evaluators.benchmarks.zero_shot.marking_rules import MarkingRule
from evaluators.benchmarks.zero_shot.question_files import Read
from evaluators.marking.vqa_text import LINEAGES
from vlitqa.results.exams import ExamQuestion

STANDARD, EHUB = "standard", "ehub"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Marks answers in one way, chosen by `--rules`, and names the figure of their marks."""

    rule: MarkingRule
    headline: str
    conclude: Conclude = mean
    takes: Callable[[ExamQuestion], ExamQuestion] | None = None
    """What it makes of a question that was read from the files of a set."""


RuleSets = Mapping[str, RuleSet]
"""The rule sets of one kind of sets, by their names."""


@dataclass(frozen=True, slots=True)
class ExamSet:
    """One set of the suite, or a kind of sets whose answers bring their questions with them."""

    title: str
    rule_sets: RuleSets
    read: Read | None = None
    files: tuple[str, ...] = ()
    size: int = 0
    """Questions of the release, as far as they can be told apart; 0 where that is not settled."""
    twice: int = 0
    """Those that it asks twice."""


_CONTAINS = RuleSet(marking_rules.says_any, "answers that say a reference")


def _soft(usual: str) -> RuleSets:
    """By the reading that is usual for a set, and by each of the three in use."""
    readings = {name: RuleSet(marking_rules.soft(name), "VQA accuracy") for name in LINEAGES}
    return {STANDARD: readings[usual], EHUB: _CONTAINS, **readings}


OCR: RuleSets = {
    STANDARD: RuleSet(marking_rules.says_text, "word accuracy"),
    EHUB: RuleSet(marking_rules.says_letters, "word accuracy", takes=marking_rules.first_word),
}
KIE: RuleSets = {
    STANDARD: RuleSet(marking_rules.field_f1, "field F1", overlaps),
    EHUB: RuleSet(marking_rules.word_f1, "word F1", overlaps),
}
CAPTIONS: RuleSets = {
    STANDARD: RuleSet(marking_rules.caption, "CIDEr-D", captions),
    EHUB: RuleSet(marking_rules.raw_caption, "CIDEr-D", captions),
}
SOFT, SOFT_SERVER = _soft("vqa"), _soft("server")
NEAR: RuleSets = {STANDARD: RuleSet(marking_rules.near, "ANLS"), EHUB: _CONTAINS}
EXACT: RuleSets = {STANDARD: RuleSet(marking_rules.equal, "exact match"), EHUB: _CONTAINS}
CHOICE: RuleSets = {STANDARD: RuleSet(marking_rules.one_option, "accuracy"), EHUB: _CONTAINS}
DIALOG: RuleSets = {
    STANDARD: RuleSet(marking_rules.reciprocal_rank, "MRR", ranks),
    EHUB: RuleSet(marking_rules.first_option_said, "MRR", mean),
}


def _words(folder: str, size: int = 0) -> ExamSet:
    return ExamSet(folder, OCR, files_of.labels, (f"OCR_Datasets/{folder}/test_label.txt",), size)


_VQA = "VQA_Datasets"
SETS: Mapping[str, ExamSet] = {
    "iiit5k": _words("IIIT5K", 3000),
    "svt": _words("SVT", 647),
    "ic13": _words("IC13", 857),
    "ic15": _words("IC15"),
    "svtp": _words("SVTP", 645),
    "cute80": _words("CUTE80", 288),
    "coco-text": _words("COCO-Text"),
    "total-text": _words("Total-Text"),
    "wordart": _words("WordArt", 1511),
    "ctw": _words("CTW"),
    "host": _words("HOST"),
    "wost": _words("WOST"),
    "sroie": ExamSet("SROIE", KIE, files_of.receipts, ("KIE_Datasets/SROIE/gt_answers",)),
    "funsd": ExamSet("FUNSD", KIE, files_of.forms, ("KIE_Datasets/FUNSD/testing_data/annotations",), 586, 2),
    "nocaps": ExamSet(
        "NoCaps", CAPTIONS, files_of.coco_captions, ("Caption_Datasets/NoCaps/nocaps_val_4500_captions.json",), 4500
    ),
    "flickr30k": ExamSet(
        "Flickr30k", CAPTIONS, files_of.flickr_captions, ("Caption_Datasets/Flickr_30k/results_20130124.token",), 31783
    ),
    "docvqa": ExamSet(
        "DocVQA", NEAR, files_of.listed("questionId", lambda row: str(row["image"])),
        (f"{_VQA}/DocVQA/val/val_v1.0.json",), 5349,
    ),
    "textvqa": ExamSet(
        "TextVQA", SOFT_SERVER, files_of.listed("question_id", lambda row: str(row["image_id"])),
        (f"{_VQA}/TextVQA/TextVQA_0.5.1_val.json",), 5000,
    ),
    "stvqa": ExamSet(
        "ST-VQA", NEAR, files_of.listed("question_id", lambda row: f"{row['dataset']}/{row['file_name']}"),
        (f"{_VQA}/STVQA/train_task_3.json",),
    ),
    "ocrvqa": ExamSet("OCR-VQA", EXACT, files_of.books, (f"{_VQA}/OCRVQA/dataset.json",)),
    "okvqa": ExamSet(
        "OK-VQA", SOFT, files_of.vqa,
        (f"{_VQA}/OKVQA/OpenEnded_mscoco_val2014_questions.json", f"{_VQA}/OKVQA/mscoco_val2014_annotations.json"),
        5046,
    ),
    "gqa": ExamSet("GQA", EXACT, files_of.scenes, (f"{_VQA}/GQA/questions/testdev_balanced_questions.json",), 12578),
    "visdial": ExamSet("Visual Dialog", DIALOG, files_of.dialogs, (f"{_VQA}/Visdial/visdial_1.0_val.json",), 20640),
    "iconqa": ExamSet(
        "IconQA", CHOICE, files_of.icons,
        (f"{_VQA}/IconQA/dataset/test/choose_txt", f"{_VQA}/IconQA/datasets/test/choose_txt"), 6316,
    ),
    "vsr": ExamSet("VSR", CHOICE, files_of.statements, (f"{_VQA}/VSR/all_vsr_validated_data.jsonl",), 10972),
    "scienceqa": ExamSet(
        "ScienceQA-IMG", CHOICE, files_of.lessons,
        (f"{_VQA}/ScienceQA/problems.json", f"{_VQA}/ScienceQA/pid_splits.json"), 2017,
    ),
    "vizwiz": ExamSet("VizWiz", SOFT_SERVER, files_of.grounded, (f"{_VQA}/VizWiz/val_grounding.json",)),
}  # fmt: skip
KINDS: Mapping[str, ExamSet] = {
    "ocr": ExamSet("text in images", OCR),
    "kie": ExamSet("fields of documents", KIE),
    "caption": ExamSet("captions", CAPTIONS, files_of.coco_captions, ("captions.json",)),
    "vqa": ExamSet("visual questions", SOFT_SERVER),
}
"""Any set of a kind: for answers that bring their questions with them, and for captions in COCO's shape."""
EVERY: Mapping[str, ExamSet] = {**SETS, **KINDS}
