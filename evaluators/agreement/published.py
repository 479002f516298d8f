"""Tables of published papers, typed in, for `vlitqa reproduce` to recompute and compare.

The review is "Vision-Language Instruction Tuning: A Review and Analysis" (Li et al. 2023); its table 3 holds accuracies
on SEED-Bench in percent, 4 the quality of its datasets, 15 the correlation of one with the other. ImageBind-LLM is Han
et al. 2023; its tables 3 and 4 hold scores on MME. TextBind is Li et al. 2023 too ("Multi-turn Interleaved Multimodal
Instruction-following in the Wild"); its table 3 describes its dataset, 5 the errors in 100 conversations of it.
"""

from __future__ import annotations

from collections.abc import Mapping

REVIEW_DATASETS = ("LLaVA", "MIMIC-IT", "ours", "ours, with quality control")
REVIEW_EXAMS = ("Overall", "SU", "II", "IL", "IA", "IC", "SR", "IIR", "VR", "TR")
TABLE_3: Mapping[str, tuple[tuple[float, ...], ...]] = {
    "LLaVA": (
        (28.0, 25.3, 28.3, 33.9, 24.3, 25.8, 27.6, 10.0, 10.3, 18.2),
        (26.3, 24.4, 25.4, 30.7, 24.3, 23.1, 25.7, 10.0, 14.8, 21.5),
        (28.3, 25.0, 27.0, 35.0, 24.3, 25.8, 26.3, 10.0, 17.2, 45.5),
        (28.7, 26.3, 29.1, 36.1, 26.5, 26.4, 26.3, 20.0, 18.3, 47.1),
    ),
    "BLIP-2": (
        (27.3, 25.7, 25.3, 33.9, 22.7, 22.4, 22.4, 20.0, 10.3, 8.6),
        (26.5, 24.1, 24.4, 31.2, 20.1, 21.7, 21.8, 20.0, 13.8, 9.1),
        (27.5, 26.3, 26.5, 33.9, 25.2, 23.6, 23.7, 20.0, 13.8, 9.1),
        (28.4, 27.7, 27.0, 35.0, 25.2, 25.8, 25.7, 20.0, 19.4, 17.5),
    ),
    "OpenFlamingo": (
        (25.5, 25.7, 27.0, 30.7, 22.7, 23.6, 25.2, 10.0, 13.8, 21.5),
        (25.8, 23.9, 24.4, 33.9, 22.7, 24.0, 24.6, 20.0, 10.8, 20.4),
        (28.1, 28.2, 26.0, 33.9, 21.4, 25.5, 22.4, 20.0, 17.2, 27.3),
        (29.1, 30.5, 29.6, 37.9, 26.5, 27.5, 24.6, 20.0, 20.6, 30.7),
    ),
}
"""By model: a row for each dataset, a column for each exam."""
TABLE_4_ICC: tuple[tuple[float, float], ...] = ((0.7978, 0.9221), (0.7239, 0.8872), (0.3028, 0.5658), (0.4398, 0.7019))
"""By dataset: agreement of one model (SM) and of the mean of all (AM)."""
TABLE_4: Mapping[str, tuple[float | None, ...]] = {
    "MD": (30.7, 30.9, 33.2, 34.1),
    "C": (91.1, 93.4, 94.6, 94.8),
    "TD": (9, 9, 10, 10),
    "ID": (14.5, 13.3, 20.5, 22.6),
    "RD": (None, None, 2.3, 2.5),
    "OC": (None, None, 1.9, 2.0),
    "IC": (6.5, 4.4, 6.8, 7.1),
    "Bal": (14.6, 10.5, 16.8, 12.3),
}
"""By indicator: matching degree, correctness, diversity of tasks, instructions and responses, complexity of objects and
instructions, balance; one number for each dataset, None where the text at hand is not legible. Correctness has no row
in table 15."""
WHOLE_NUMBERS = ("TD",)
"""Columns of table 4 that count and have no decimal beside columns that have one: nothing was rounded."""
TABLE_15: Mapping[str, tuple[tuple[float, float], ...]] = {
    "MD": ((0.952, 0.048), (0.891, 0.109), (0.705, 0.295), (0.946, 0.054), (0.852, 0.148),
           (0.929, 0.071), (0.328, 0.672), (0.821, 0.179), (0.989, 0.011), (0.999, 0.001)),
    "TD": ((0.932, 0.068), (0.842, 0.158), (0.631, 0.369), (0.885, 0.115), (0.741, 0.259),
           (0.874, 0.126), (0.195, 0.805), (0.707, 0.293), (0.931, 0.069), (0.972, 0.028)),
    "ID": ((0.986, 0.014), (0.937, 0.063), (0.778, 0.222), (0.965, 0.035), (0.867, 0.133),
           (0.959, 0.041), (0.402, 0.598), (0.728, 0.272), (0.971, 0.029), (0.991, 0.009)),
    "RD": ((0.725, 0.275), (0.726, 0.274), (0.600, 0.400), (0.823, 0.177), (0.859, 0.141),
           (0.785, 0.215), (0.438, 0.562), (0.971, 0.029), (0.893, 0.107), (0.827, 0.173)),
    "OC": ((0.983, 0.017), (0.959, 0.041), (0.863, 0.137), (0.937, 0.063), (0.838, 0.162),
           (0.951, 0.049), (0.512, 0.488), (0.513, 0.487), (0.875, 0.125), (0.910, 0.090)),
    "IC": ((0.864, 0.136), (0.886, 0.114), (0.893, 0.107), (0.802, 0.198), (0.731, 0.269),
           (0.839, 0.161), (0.639, 0.361), (0.194, 0.806), (0.656, 0.344), (0.696, 0.304)),
    "Bal": ((0.377, 0.623), (0.301, 0.699), (0.250, 0.750), (0.205, 0.795), (0.009, 0.991),
            (0.249, 0.751), (-0.065, 0.935), (-0.342, 0.658), (0.116, 0.884), (0.240, 0.760)),
}  # fmt: skip
"""By indicator and exam: Pearson's r and its p."""
MME_MODELS = ("MiniGPT-4", "Otter", "LLaMA-Adapter", "LLaVA", "PandaGPT", "ImageBind-LLM")
PERCEPTION_SCORES: Mapping[str, tuple[float, ...]] = {
    "existence": (115.00, 48.33, 120.00, 50.00, 70.00, 128.33),
    "count": (123.33, 50.00, 50.00, 50.00, 50.00, 60.00),
    "position": (81.67, 50.00, 48.33, 50.00, 50.00, 46.67),
    "color": (110.00, 55.00, 75.00, 55.00, 50.00, 73.33),
    "posters": (55.78, 44.90, 99.66, 50.00, 76.53, 64.97),
    "celebrity": (65.29, 50.00, 86.18, 48.82, 57.06, 76.47),
    "scene": (95.75, 44.25, 148.50, 50.00, 118.00, 113.25),
    "landmark": (69.00, 49.50, 150.25, 50.00, 69.75, 62.00),
    "artwork": (55.75, 41.75, 69.75, 49.00, 51.25, 70.75),
    "OCR": (95.00, 50.00, 125.00, 50.00, 50.00, 80.00),
}
PERCEPTION_TOTALS = (866.58, 483.73, 972.67, 502.82, 642.59, 775.77)
COGNITION_SCORES: Mapping[str, tuple[float, ...]] = {
    "commonsense reasoning": (72.14, 38.57, 81.43, 57.14, 73.57, 48.57),
    "numerical calculation": (55.00, 20.00, 62.50, 50.00, 50.00, 55.00),
    "text translation": (55.00, 27.50, 50.00, 57.50, 57.50, 50.00),
    "code reasoning": (110.00, 50.00, 55.00, 50.00, 47.50, 60.00),
}
COGNITION_TOTALS = (292.14, 136.07, 248.93, 214.64, 228.57, 213.57)
TEXTBIND_MEANS: Mapping[str, tuple[float, float, float]] = {
    "images": (2.46, 0.94, 1.52),
    "words": (285.90, 78.66, 207.24),
}
"""By what is counted: means in conversations, in instructions and in responses."""
TEXTBIND_COUNTS: Mapping[str, float] = {"conversations": 25_629, "turns in a conversation": 3.36}
TEXTBIND_ERRORS: Mapping[str, float] = {"image and caption differ": 0.03, "incoherence": 0.03, "hallucination": 0.03}
TEXTBIND_POOR = 0.09
"""The share of poor conversations; section 4.4 prints it, and table 5 the shares of its causes."""
TABLES_WITHOUT_CHECK: Mapping[str, tuple[str, ...]] = {
    "review": (
        "Table 3: Overall is no mean of the nine exams, and the paper does not print how many questions each has.",
    ),
    "imagebind-llm": ("Tables 1 and 2: every number is a score on a benchmark, and none is a total of others.",),
    "textbind": (
        "Table 4: a score counts distinct n-grams, and the paper prints no counts; Overall is a mean of both roles in "
        "two of six datasets only.",
    ),
}
"""By paper: a sentence for tables, or columns of them, that follow from nothing in the paper."""
