"""Recognises yes/no questions, and responses that say yes or no, deny what they were asked about, or refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FLAGS = re.IGNORECASE | re.VERBOSE
_PICTURE = r"(?:image|picture|photo|photograph|scene|video)"
_NOT = r"(?:\s+not|n't)"
_SENTENCE_CAP = 400
"""Letters of a first sentence that are read."""

_ASKING = "is|are|was|were|am|does|do|did|has|have|had|can|could|will|would|should|shall|may|might|must"
_YES_NO_QUESTION = re.compile(
    rf"""(?:^|[.!?:;,\n>)]\s{{0,4}})
    (?:{_ASKING})(?:n't)?\s(?!not\b)(?P<rest>[^.?!\n]{{1,300}})\?""",
    _FLAGS,
)
_WITHOUT_MARK = re.compile(
    r"^\s*(?:is|are|was|were|does|did|has)\s(?P<rest>(?:there|this|that|these|those|the|it|he|she|they|any|an?)\s.*)",
    re.IGNORECASE,
)
_DEMAND = re.compile(r"\b(?:yes\s?(?:or|/|and)\s?no|yes\sor\sa\sno|yes-or-no|yes\s?\|\s?no)\b", re.IGNORECASE)
_REQUEST = re.compile(
    r"^(?:you|we|i)\s(?!(?:please\s|also\s|still\s)?(?:see|find|spot|notice|observe|detect|discern|make\sout|tell\sif|"
    r"tell\swhether|think|believe)\b)",
    re.IGNORECASE,
)
"""The rest of a question such as `can you describe the image`, which asks for more than yes or no."""
_CHOICE = re.compile(r"\bor\s(?!not?\b|any\b|more\b|so\b)", re.IGNORECASE)

_BEFORE_ANSWER = re.compile(
    r"<think>.{0,20000}?</think>|</?answer>|^(?:answer|response)\s*:", re.IGNORECASE | re.DOTALL
)
_YES = re.compile(r"(?:yes|yeah|yep)\b", re.IGNORECASE)
_NO = re.compile(r"(?:no|nope)(?:\s*$|\s*[,.!;:–—-]|\s(?=there|it|he|she|they|this|that|the)\b)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")

_ABSENT = r"(?:visible|present|seen|shown|mentioned|depicted|detected|found|described|apparent|discernible|evident)"
_DENIALS = re.compile(
    rf"""
    \bthere(?:'s|'re|\s(?:is|are|was|were|does|do)|\sappears?\sto\sbe|\sseems?\sto\sbe)\s(?:actually\s|currently\s)?
        (?:no(?!\s(?:doubt|need|single|way|reason|right|one-size|definit|specific|limit))|nothing|none|nobody|zero|0)\b
    |\bthere\s(?:is|are|was|were)(?:{_NOT})\s
    |^(?:no|none|neither|nobody|nothing)\b[^,]{{0,120}}\b(?:{_ABSENT}|mention|exists?|in\s(?:the|this)\s{_PICTURE})\b
    |\b(?:is|are|was|were)(?:{_NOT})\s(?:actually\s|clearly\s|really\s|directly\s|explicitly\s)?
        (?:{_ABSENT}|there|included|in\s(?:the|this)\s{_PICTURE})\b
    |\bcan(?:not|'t|\snot)\sbe\s(?:seen|found)\b
    |\b(?:does|do|did)(?:{_NOT})\s(?:actually\s|explicitly\s)?
        (?:exist|appear|contain|show|include|depict|mention|feature|display|reference)\b
    |\b(?:no|not\sany|without(?:\sany)?)\s(?:mentions?|signs?|references?|traces?|indications?|descriptions?|information)\s
        (?:of|to|about|on)\b
    |\b(?:contains?|has|have|shows?|includes?|depicts?)\sno\s(?!doubt|idea|one\b)
    |\bi\s(?:count|see|find|spot|observe)\s(?:0|zero|no|none|nothing)\b
    |\bi\s(?:can(?:not|'t|\snot)|do(?:{_NOT}))\s(?:see|find|spot|detect)\s(?:any|an?)\b
    |^[^,]{{0,60}}\bnot\s(?:visible|present|shown|depicted|mentioned)\b
    |\b(?:mislead(?:s|ing)|falsely|wrongfully|non-?existent|fictitious)\b
    """,
    _FLAGS,
)
_NEGATION = re.compile(
    r"\b(?:not?|none|never|nothing|nobody|neither|cannot|without|actually|instead|rather\sthan)\b|n't\b", re.IGNORECASE
)
_NOTHING = re.compile(
    r"(?:none|nothing|nobody|no\sone|nowhere|not\s(?:visible|present|there|shown|in\sthe\simage))[.!]?$", re.IGNORECASE
)
_COUNTING = re.compile(r"\bhow\smany\b|\bnumber\sof\b|\bcount\b", re.IGNORECASE)
_ZERO = re.compile(r"(?:0|zero)\b(?!\s?[.,:/]\s?\d)", re.IGNORECASE)

_UNABLE = rf"(?:can(?:not|'t|\snot)|could(?:{_NOT})|unable|not\sable|(?:do|does)(?:{_NOT})\shave)"
_REFUSALS = re.compile(
    rf"""
    \b(?:sorry|apologi[sz]e|apologies|regret)\b[^!?]{{0,120}}\b{_UNABLE}
    |\bas\san?\s(?:ai\b|artificial\sintelligence|(?:large\s)?(?:text|language)[\s-])
    |\bi(?:'m|\sam)?\s(?:also\s|currently\s|simply\s)?(?:can(?:not|'t|\snot)|unable\sto|not\sable\sto)\s(?:actually\s)?
        (?:(?:see|view|access|open|process|load|display|analy[sz]e)\s(?:the|this|that|your|an?|any|images?|pictures?|
        photos?)\b[^.]{{0,40}}\b{_PICTURE}s?\b|see\simages|(?:determine|identify|tell|provide|assist|help|answer|comply|
        fulfil+|recogni[sz]e|describe|confirm|say)\b)
    |\bi\sdo(?:{_NOT})\s(?:see|have(?:\saccess\sto)?)\s(?:any|an|the|your)\s{_PICTURE}
    |\bno\s{_PICTURE}\s(?:was\s|is\s|has\sbeen\s)?(?:provided|attached|given|uploaded)
    |^(?:it\sis\s|it's\s|this\sis\s)?(?:unable|impossible|not\spossible|cannot|can't|can\snot|not\sclear\senough|
        unclear|insufficient\sinformation|not\senough\sinformation)\s?(?:be\s)?(?:to\s)?
        (?:determined?|tell|told|say|answer(?:ed)?|identif(?:y|ied)|recogni[sz]ed?|know(?:n)?|confirm(?:ed)?|see)\b
    |^(?:it\sis\s|it's\s)not\sclear\s(?:if|whether|from)\b
    |^[^.]{{0,80}}\bcan(?:not|'t|\snot)\sbe\s(?:determined|identified|confirmed|answered|recogni[sz]ed)\b
    |^(?:unanswerable|unknown|unsure|not\ssure|i\s(?:do\snot|don't)\sknow|n/?a|not\s(?:applicable|available)|insufficient\sinformation|
        not\senough\sinformation)\b[.!]?$
    """,
    _FLAGS,
)


@dataclass(frozen=True, slots=True)
class AskedAndAnswered:
    """Signs of a question and its response."""

    is_yes_no: bool
    """True if the instruction asks for yes or no."""
    verdict: str
    """The `yes` or `no` with which the response begins; empty for any other beginning."""
    denies: bool
    """True if the response says that something is not there, or not so."""
    refuses: bool
    """True if the response says that it cannot tell."""


def recognise(instruction: str, response: str) -> AskedAndAnswered:
    """Recognises a yes/no question, and in the first sentence of the response a verdict, a denial or a refusal."""
    answer = _BEFORE_ANSWER.sub("", response[: 10 * _SENTENCE_CAP]).replace("’", "'").strip(" \t\r\n\"'*([")
    sentence = _first_sentence(answer)
    is_asked = _asks_yes_no(instruction.replace("’", "'"))
    verdict = _verdict(answer)
    refuses = not verdict and bool(_REFUSALS.search(answer[:_SENTENCE_CAP]))
    denies = not refuses and verdict != "yes" and _denies(instruction, sentence, verdict, is_asked=is_asked)
    return AskedAndAnswered(is_asked or bool(verdict), verdict, denies, refuses)


def _first_sentence(answer: str) -> str:
    head = answer[:_SENTENCE_CAP]
    end = _SENTENCE_END.search(head)
    return head[: end.start()] if end else head


def _asks_yes_no(instruction: str) -> bool:
    """True for a demand of yes or no, and for a question by its first word that offers no choice."""
    if _DEMAND.search(instruction):
        return True
    questions = [match["rest"] for match in _YES_NO_QUESTION.finditer(instruction)]
    if not questions and (whole := _WITHOUT_MARK.match(instruction)):
        questions = [whole["rest"]]
    return any(not _REQUEST.match(rest) and not _CHOICE.search(rest) for rest in questions)


def _verdict(answer: str) -> str:
    return "yes" if _YES.match(answer) else "no" if _NO.match(answer) else ""


def _denies(instruction: str, sentence: str, verdict: str, *, is_asked: bool) -> bool:
    if verdict == "no" or _NOTHING.match(sentence) or _DENIALS.search(sentence):
        return True
    if _COUNTING.search(instruction) and _ZERO.match(sentence):
        return True
    return is_asked and bool(_NEGATION.search(sentence))
