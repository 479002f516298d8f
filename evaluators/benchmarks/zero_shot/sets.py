"""The sets of the zero-shot suite: their questions, their files, and the rules by which answers are marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from pathlib import PurePosixPath

from evaluators.benchmarks import prompts
from evaluators.benchmarks.zero_shot import question_files, rule_sets
from evaluators.benchmarks.zero_shot.question_files import QuestionReader
from evaluators.benchmarks.zero_shot.rule_sets import RuleSets
from vlitqa.contracts import ExamPrompt


@dataclass(frozen=True, slots=True)
class ExamSet:
    """One set of the suite, or a kind of sets whose answers bring their questions with them."""

    title: str
    rule_sets: RuleSets
    read: QuestionReader | None = None
    _: KW_ONLY
    files: tuple[str, ...] = ()
    size: int = 0
    """Questions of the release, as far as they can be told apart; 0 where that is not settled."""
    twice: int = 0
    """Those that it asks twice."""
    references: int = 0
    """Right answers to each question; 0 where questions differ in this."""
    picture_folders: tuple[str, ...] = ()
    """Folders of pictures below the folder of the set, beside that one itself and `images` in it."""
    asks_yes_no: bool = False
    """True if its options are yes and no."""

    @property
    def highest(self) -> float:
        """The headline where every answer is right: a share, but for the F1 of documents and CIDEr-D of captions."""
        return {id(rule_sets.KIE): 100.0, id(rule_sets.CAPTIONS): 10.0}.get(id(self.rule_sets), 1.0)

    @property
    def has_options(self) -> bool:
        """True if a model chooses among options."""
        return self.rule_sets in (rule_sets.CHOICE, rule_sets.DIALOG)

    @property
    def pictures(self) -> tuple[str, ...]:
        """Places below the data root where a picture of the set may lie."""
        folder = self.files[0].split("/")[:-1][:2] if self.files else ()
        return tuple(
            str(PurePosixPath(*folder, pictures, "{image}")) for pictures in (*self.picture_folders, "images", "")
        )

    @property
    def prompts(self) -> Mapping[str, ExamPrompt]:
        """The prompts of its kind; the bare question is one of all but captions."""
        usual: Mapping[str, ExamPrompt]
        if self.rule_sets is rule_sets.CAPTIONS:
            return {"describe": prompts.CAPTION}
        if self.rule_sets is rule_sets.KIE:
            usual = {"text": prompts.TEXT_IN_THE_IMAGE}
        elif self.rule_sets is rule_sets.DIALOG:
            usual = prompts.LIKELIHOODS
        elif self.rule_sets is rule_sets.CHOICE:
            usual = {**(prompts.YES_NO if self.asks_yes_no else prompts.LETTERS), **prompts.LIKELIHOODS}
        else:
            usual = {"words": prompts.FEW_WORDS}
        return {**usual, "question": prompts.AS_IT_STANDS}


def _labels(folder: str, size: int = 0) -> ExamSet:
    return ExamSet(
        folder,
        rule_sets.OCR,
        question_files.read_label_file,
        files=(f"OCR_Datasets/{folder}/test_label.txt",),
        size=size,
        references=1,
    )


_VQA = "VQA_Datasets"
SETS: Mapping[str, ExamSet] = {
    "iiit5k": _labels("IIIT5K", 3000),
    "svt": _labels("SVT", 647),
    "ic13": _labels("IC13", 857),
    "ic15": _labels("IC15"),
    "svtp": _labels("SVTP", 645),
    "cute80": _labels("CUTE80", 288),
    "coco-text": _labels("COCO-Text"),
    "total-text": _labels("Total-Text"),
    "wordart": _labels("WordArt", 1511),
    "ctw": _labels("CTW"),
    "host": _labels("HOST"),
    "wost": _labels("WOST"),
    "sroie": ExamSet("SROIE", rule_sets.KIE, question_files.read_receipts, files=("KIE_Datasets/SROIE/gt_answers",)),
    "funsd": ExamSet(
        "FUNSD",
        rule_sets.KIE,
        question_files.read_forms,
        picture_folders=("testing_data/images",),
        files=("KIE_Datasets/FUNSD/testing_data/annotations",),
        size=586,
        twice=2,
    ),
    "nocaps": ExamSet(
        "NoCaps",
        rule_sets.CAPTIONS,
        question_files.read_coco_captions,
        picture_folders=("val",),
        files=("Caption_Datasets/NoCaps/nocaps_val_4500_captions.json",),
        size=4500,
    ),
    "flickr30k": ExamSet(
        "Flickr30k",
        rule_sets.CAPTIONS,
        question_files.read_flickr_captions,
        picture_folders=("flickr30k-images",),
        files=("Caption_Datasets/Flickr_30k/results_20130124.token",),
        size=31783,
    ),
    "docvqa": ExamSet(
        "DocVQA",
        rule_sets.ANLS,
        question_files.list_reader("questionId", lambda row: str(row["image"])),
        picture_folders=("val",),
        files=(f"{_VQA}/DocVQA/val/val_v1.0.json",),
        size=5349,
    ),
    "textvqa": ExamSet(
        "TextVQA",
        rule_sets.VQA_SERVER,
        question_files.list_reader("question_id", lambda row: str(row["image_id"])),
        picture_folders=("train_images",),
        files=(f"{_VQA}/TextVQA/TextVQA_0.5.1_val.json",),
        size=5000,
        references=10,
    ),
    "stvqa": ExamSet(
        "ST-VQA",
        rule_sets.ANLS,
        question_files.list_reader("question_id", lambda row: f"{row['dataset']}/{row['file_name']}"),
        files=(f"{_VQA}/STVQA/train_task_3.json",),
    ),
    "ocrvqa": ExamSet(
        "OCR-VQA", rule_sets.EXACT, question_files.read_books, files=(f"{_VQA}/OCRVQA/dataset.json",), references=1
    ),
    "okvqa": ExamSet(
        "OK-VQA",
        rule_sets.VQA,
        question_files.read_vqa,
        picture_folders=("val2014",),
        files=(
            f"{_VQA}/OKVQA/OpenEnded_mscoco_val2014_questions.json",
            f"{_VQA}/OKVQA/mscoco_val2014_annotations.json",
        ),
        size=5046,
        references=10,
    ),
    "gqa": ExamSet(
        "GQA",
        rule_sets.EXACT,
        question_files.read_scenes,
        files=(f"{_VQA}/GQA/questions/testdev_balanced_questions.json",),
        size=12578,
        references=1,
    ),
    "visdial": ExamSet(
        "Visual Dialog",
        rule_sets.DIALOG,
        question_files.read_dialogs,
        picture_folders=("VisualDialog_val2018",),
        files=(f"{_VQA}/Visdial/visdial_1.0_val.json",),
        size=20640,
    ),
    "iconqa": ExamSet(
        "IconQA",
        rule_sets.CHOICE,
        question_files.read_icons,
        picture_folders=("dataset/test/choose_txt", "datasets/test/choose_txt"),
        files=(f"{_VQA}/IconQA/dataset/test/choose_txt", f"{_VQA}/IconQA/datasets/test/choose_txt"),
        size=6316,
        references=1,
    ),
    "vsr": ExamSet(
        "VSR",
        rule_sets.CHOICE,
        question_files.read_statements,
        asks_yes_no=True,
        files=(f"{_VQA}/VSR/all_vsr_validated_data.jsonl",),
        size=10972,
        references=1,
    ),
    "scienceqa": ExamSet(
        "ScienceQA-IMG",
        rule_sets.CHOICE,
        question_files.read_lessons,
        picture_folders=("test", "images/test"),
        files=(f"{_VQA}/ScienceQA/problems.json", f"{_VQA}/ScienceQA/pid_splits.json"),
        size=2017,
        references=1,
    ),
    "vizwiz": ExamSet(
        "VizWiz",
        rule_sets.VQA_SERVER,
        question_files.read_grounded,
        picture_folders=("val",),
        files=(f"{_VQA}/VizWiz/val_grounding.json",),
    ),
}
KINDS: Mapping[str, ExamSet] = {
    "ocr": ExamSet("text in images", rule_sets.OCR),
    "kie": ExamSet("fields of documents", rule_sets.KIE),
    "caption": ExamSet("captions", rule_sets.CAPTIONS, question_files.read_coco_captions, files=("captions.json",)),
    "vqa": ExamSet("visual questions", rule_sets.VQA_SERVER),
}
"""Any set of a kind: for answers that bring their questions with them, and for captions in COCO's shape."""
SETS_AND_KINDS: Mapping[str, ExamSet] = {**SETS, **KINDS}
