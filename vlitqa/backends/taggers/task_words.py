"""Tables of synonyms for the words of instructions, so that one task has one name across wordings."""

from __future__ import annotations

from collections.abc import Mapping

from vlitqa.backends.english.instruction_verbs import words_in

VERBS: Mapping[str, str] = {
    **dict.fromkeys(
        ("portray", "depict", "characterise", "characterize", "elaborate", "narrate", "break", "walk"), "describe"
    ),
    **dict.fromkeys(("summarise", "condense"), "summarize"),
    **dict.fromkeys(("enumerate", "mention"), "list"),
    **dict.fromkeys(("find", "pinpoint", "point", "spot"), "locate"),
    **dict.fromkeys(("recognize", "recognise", "detect", "determine", "diagnose", "discover", "tell"), "identify"),
    **dict.fromkeys(("transcribe", "recite", "spell", "extract"), "read"),
    **dict.fromkeys(("categorize", "categorise", "sort", "label"), "classify"),
    **dict.fromkeys(("pick", "select", "circle"), "choose"),
    **dict.fromkeys(("contrast", "differentiate", "distinguish"), "compare"),
    **dict.fromkeys(("analyse", "examine", "inspect", "study"), "analyze"),
    **dict.fromkeys(("assess", "evaluate", "judge", "rank", "score", "grade"), "rate"),
    **dict.fromkeys(("compute", "measure", "approximate", "guess"), "estimate"),
    **dict.fromkeys(("deduce", "derive", "conclude", "speculate", "hypothesise", "hypothesize"), "infer"),
    **dict.fromkeys(("clarify", "interpret", "justify", "illustrate"), "explain"),
    **dict.fromkeys(("recommend", "propose", "advise"), "suggest"),
    **dict.fromkeys(("check", "confirm", "prove"), "verify"),
    **dict.fromkeys(("calculate",), "solve"),
}
"""The verb that stands for others."""

LIGHT_VERBS = words_in(
    "build come compose construct convey craft create deliver develop draft express form formulate generate give "
    "have make offer perform prepare present produce provide relay render report share show write"
)
"""Verbs whose object names the task: `give a description of the image`."""

TASK_NOUNS: Mapping[str, str] = {
    **dict.fromkeys(
        ("description", "account", "depiction", "portrayal", "narration", "detail", "report", "rundown"), "describe"
    ),
    **dict.fromkeys(("summary", "overview", "synopsis", "recap", "gist"), "summarize"),
    **dict.fromkeys(("explanation", "clarification", "interpretation", "reasoning"), "explain"),
    **dict.fromkeys(("analysis", "examination", "inspection"), "analyze"),
    **dict.fromkeys(("list", "enumeration", "inventory"), "list"),
    **dict.fromkeys(("comparison", "contrast"), "compare"),
    **dict.fromkeys(("estimate", "estimation", "approximation"), "estimate"),
    **dict.fromkeys(("classification", "categorization"), "classify"),
    **dict.fromkeys(("evaluation", "assessment", "rating"), "rate"),
    **dict.fromkeys(("suggestion", "recommendation", "advice", "tip"), "suggest"),
    **dict.fromkeys(("translation",), "translate"),
    **dict.fromkeys(("transcription", "transcript"), "read"),
    **dict.fromkeys(("prediction",), "predict"),
    **dict.fromkeys(("count", "tally"), "count"),
    "caption": "caption",
    "narrative": "describe",
    "insight": "explain",
}
"""The verb that a noun stands for behind a light verb."""

RETELLINGS = words_in("analyze describe explain outline summarize")
"""Verbs that ask the same of a whole image: to put it into words."""
DETAIL_WORDS = words_in(
    "comprehensive comprehensively depth detail detailed details elaborate elaborately exhaustive exhaustively "
    "extensive fully in-depth rich thorough thoroughly"
)
BRIEF_WORDS = words_in(
    "brief briefly compact concise concisely pithy quick short shortly succinct succinctly summary summarize summarise "
    "terse tersely"
)

GENERAL_OBJECTS: Mapping[str, str] = {
    **dict.fromkeys(("locate", "identify", "compare", "list", "classify"), "object"),
    "count": "objects",
    "read": "text",
    "choose": "option",
    "solve": "problem",
}
"""The usual object of a verb, which makes the tag that all such instructions share."""

ASKING_VERBS = words_in("identify list name specify state")
OBJECTS = words_in("object item thing something anything entity")
HAPPENINGS = words_in("happen happening going occurring occur transpiring unfolding place")

HOW: Mapping[str, str] = {
    "many": "count objects",
    "much": "estimate amount",
    "old": "estimate age",
    "big": "estimate size",
    "large": "estimate size",
    "tall": "estimate height",
    "high": "estimate height",
    "long": "estimate length",
    "far": "estimate distance",
    "wide": "estimate width",
    "heavy": "estimate weight",
    "often": "estimate frequency",
    "fast": "estimate speed",
}
"""The task of `how` by the word behind it."""

QUESTION_WORDS: Mapping[str, str] = {
    "where": "locate object",
    "why": "explain reason",
    "who": "identify person",
    "whom": "identify person",
    "whose": "identify person",
    "when": "name time",
}
"""The task of a question by its first word."""

EMPTY_NOUNS = words_in(
    "one someone anyone somebody anybody everyone everything something anything thing way following answer question "
    "response word sentence phrase image left right look i we he she they it"
)
"""Nouns that name nothing of a task."""
SETTING_VERBS = words_in(
    "act add answer ask assume be come consider continue do focus follow go have help imagine keep let look make note "
    "observe recall refer remember respond say see start take talk think try turn use view visualise visualize "
    "want"
)
"""Verbs that set a task up, or only announce one."""

WEARING: Mapping[str, str] = {
    "doing": "name action",
    "wearing": "name clothing",
    "made": "name material",
    "eating": "name food",
    "playing": "name activity",
    "called": "identify object",
}
"""The task of a question by its verb where that has no object: `what is the man wearing`."""
MEANING_VERBS = words_in(
    "convey express illustrate imply indicate mean reveal represent signify suggest symbolize symbolise"
)
READINGS = words_in("read say written")
PRESENCE = words_in("there contain include exist appear present find see spot notice visible any")
CAUSING = words_in("cause causes caused causing make makes")
INFERENCES = words_in("assumed concluded deduced guessed inferred learned said told")
