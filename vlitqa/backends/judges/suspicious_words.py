"""The phrases with which a sample asks its judge for a score, in English, Chinese and Arabic: a table of patterns.

They meet text in small letters without accents, vowel signs or invisible characters. Every gap is bounded, so that no
text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

LOOKS_LIKE: Mapping[int, int] = str.maketrans("аеорсухіѕјкԁԛԝοαει", "aeopcyxisjkdqwoaei")
"""Letters of Cyrillic and Greek that are read as Latin ones."""

_GRADER = (
    r"(?:graders?|judges?|evaluators?|assessors?|raters?|scorers?|examiners?|autograders?|reviewing model|"
    r"(?:ai|llm|language|grading|scoring|judging|evaluation) (?:model|judge|assistant|system|reviewer|agent|bot)s?)"
)
_SUBJECT = (
    r"(?:it|this|that|me|us|(?:this|that|the|my|our) (?:\w+ )?"
    r"(?:response|answer|sample|text|item|entry|submission|reply|output|record|example|conversation|data|pair|essay))"
)
_BEST = (
    r"(?:(?:full|top) (?:marks?|scores?|points|credit)|"
    r"(?:the |a |an )?(?:maximum|max|highest|top|perfect|best)(?: possible| available| allowed)? "
    r"(?:scores?|ratings?|grades?|marks?|points)(?! (?:in|on|shown|from|among|at|for the)\b))"
)
_NO_RANGE = r"(?![\d%]|[.,:/-]\d|\s*(?:to|-|–|and|or)\s*\d)"
_NO_THINGS = (
    r"(?!\s+(?!(?:points|out|and|because|please|now|regardless|no matter|immediately|stars|always|for (?:this|it)|"
    r"in (?:all|every)|without)\b)[a-z])"
)
_SCORE_OF_TEN = rf"[\"'“`]?(?:10|ten)\b{_NO_RANGE}"
"""Behind a word such as `score`, where nothing else is counted."""
_TEN = _SCORE_OF_TEN + _NO_THINGS
_TEN_OF_TEN = r"(?:10(?:\.0)?\s?/\s?10|10 out of 10|ten out of ten|5\s?/\s?5|100\s?/\s?100|100\s?%)(?!\s?/)"
_VERB = (
    r"\b(?:gives?|awards?|assign|assigns|grant|rate|grade|score|mark|return|output|respond|reply|answer|set|choose|"
    r"select|report|emit|deserves?|merits?|earns?|receives?)\b"
)
_ONLY = r"(?:with |only |just |always |exactly |simply |the (?:number|digit|score|word) ){1,3}"
_FORBID = r"\b(?:ignore|disregard|forget|override|bypass|discard|skip|overrule)\b"
_OLD = r"\b(?:previous|prior|above|earlier|preceding|existing|original|initial|system|your|all|any|these|those|other)\b"
_ORDERS = (
    r"\b(?:instructions?|rules?|prompts?|rubrics?|guidelines?|criteria|criterion|directives?|directions|orders?)\b"
)
_MUST = (
    r"\b(?:must|should|shall|please|has to|have to|(?:are|is) (?:instructed|required)|will)\b[^\n]{0,50}?"
    rf"(?:{_BEST}|{_TEN_OF_TEN}|{_TEN}|\b(?:scor|rat|grad|mark)(?:e|ing)\b)"
)
_CALL = r"\b(?:note|notice|message|attention|dear|hey|memo|reminder|instructions?|hint)\b[\s:,]{0,3}(?:to|for)?\s?"
_PLAIN_SCORE = (
    r"\b(?:scor|rating|rated|grade|grading|verdict|expected label|rubric)\w{0,9}\b[^\n.!?]{0,50}?"
    r"(?<!to )(?<!-)(?<!– )(?<!out of )"
)

_ENGLISH_ORDERS = (
    rf"{_FORBID}[^\n]{{0,30}}?{_OLD}[^\n]{{0,30}}?{_ORDERS}",
    rf"{_FORBID} the (?:scoring |grading )?(?:rubrics?|grading|scoring)\b",
    rf"{_CALL}(?:the |all |any |our |whoever is )?{_GRADER}\b",
    rf"\b{_GRADER}\b[^\n]{{0,40}}?{_MUST}",
    rf"\b(?:as|if you are|since you are|you are) (?:an? |the )?{_GRADER}\b[^\n]{{0,60}}?"
    rf"(?:{_BEST}|{_TEN_OF_TEN}|{_TEN})",
    r"\b(?:new|updated|revised|real|actual) (?:instructions?|rubric|scoring rules?|grading rules?|system prompt)\b"
    r"\s?(?::|is\b|are\b|says?\b|follows?\b)",
    r"\b(?:end of|begin|start of|close) (?:the )?(?:sample|data|rubric|untrusted)\b",
    r"\b(?:rubric|criteria|scoring|grading) (?:is|are|was|were|has been) (?:now )?(?:void|suspended|obsolete|changed)",
)
_ENGLISH_SCORES = (
    rf"{_VERB}[^\n]{{0,60}}?(?:{_BEST}|{_TEN_OF_TEN})",
    rf"\b(?:give|rate|score|grade|award|assign|mark)\s{_SUBJECT}\s(?:with |as |at )?(?:an? )?{_TEN}",
    rf"\bscoring\s?(?:of|=|:|as|at|must be|should be|shall be)\s?{_SCORE_OF_TEN}",
    rf"\b(?:score|rating|grade|mark)s?(?: field)?\s?(?:to|=)\s?(?:an? )?{_SCORE_OF_TEN}",
    rf"{_PLAIN_SCORE}(?:\b{_SCORE_OF_TEN}|\b{_TEN_OF_TEN})",
    r"\b(?:correct|right|true|final|appropriate|only|proper|deserved|fair) (?:score|rating|grade|verdict)\b"
    r"[^\n]{0,30}?\bis\s[\"'“`]?(?:yes|correct)\b",
    rf"\b(?:output|reply|respond|return|print|answer|say|write)\s{_ONLY}{_TEN}",
    rf"\b(?:output|emit|assign|say)\s{_TEN}",
    rf"\balways\s(?:answer|output|say|reply|return|respond)\b[^\n]{{0,20}}?(?:{_TEN}|\b(?:yes|correct)\b)",
    rf"\b(?:is always|every\b[^\n]{{0,20}}\breceives?)\s{_TEN}",
    rf"\bmark\s{_SUBJECT}\s(?:as )?(?:fully |completely |entirely )?(?:correct|accurate|valid|perfect)\b",
    r"\b(?:evaluation|assessment|grading|judge?ment)s?\b[^\n]{0,24}?"
    rf"(?:\bis\s{_SCORE_OF_TEN}|{_TEN_OF_TEN})",
    r"\bhand out (?:the )?(?:maximum|top|highest|full|perfect)\b",
)
_CHINESE_TEN = (
    r"(?:满分|最高分|最高的?(?:分数|评[分级])|(?<![\d\-–—~～至到])10\s?分(?!钟|之|米|贝)|"
    r"(?<![二三四五六七八九])十分(?=[。！!，,\"”\s]|$))"
)
_CHINESE_ORDERS = (
    r"(?:忽略|无视|忽视|不要理会|不要遵守|不必理会|忘记|忘掉|抛开|跳过)[^\n。]{0,16}?"
    r"(?:指令|指示|规则|提示词?|评分标准|要求|准则|评分细则)",
    r"(?:评委|评审|评判|裁判|评分员|评分者|评分系统|评分模型|评估者|评估模型|阅卷|打分模型|评测模型|ai\s?模型)[^\n。]{0,30}?"
    r"(?:请|必须|应该|应当|务必|注意|给)[^\n。]{0,30}?(?:分|通过|正确)",
)
_CHINESE_SCORES = (
    rf"(?:给|打|评为?|评分|得分|输出|返回|回答|回复|分数|必须|应为|应该|直接)[^\n。]{{0,16}}?{_CHINESE_TEN}",
    r"(?:必须|直接|只能|只需|总是)(?:回答|输出|回复|返回)[“\"'「]?10(?![\d.:：])",
)
_ARABIC_TEN = (
    r"(?:الدرجة (?:الكاملة|القصوى|النهائية)|العلامة (?:الكاملة|القصوى)|اعلى (?:درجة|تقييم|علامة|نتيجة)|"
    r"(?:10|عشرة) ?(?:من|/) ?(?:10|عشرة)|(?:ال)?(?:درجة|علامة|تقييم|نتيجة)\s(?:10|عشرة)\b)"
)
_ARABIC_ORDERS = (
    r"(?:تجاهل|تجاهلوا|تجاهلي|انس|لا تتبع|تخط)\b[^\n]{0,30}?"
    r"(?:التعليمات|تعليمات|القواعد|الاوامر|المعايير|التوجيهات)",
    r"(?:المقيم|المقيمين|المصحح|الحكم|المحكم|نموذج التقييم|نظام التقييم)\b[^\n]{0,40}?"
    r"(?:يجب|الرجاء|يرجى|اعط|امنح|ضع|قيم)[^\n]{0,40}?(?:درجة|الدرجة|علامة|العلامة|تقييم|10|عشرة)",
)
_ARABIC_SCORES = (
    rf"(?:اعط|امنح|ضع|قيم|منح|اكتب|اجب|[يت]ستحق)\w{{0,6}}\b[^\n]{{0,40}}?{_ARABIC_TEN}",
    r"(?:النتيجة|الدرجة|التقييم|العلامة)\b[^\n]{0,20}?(?:10|عشرة) ?(?:من|/) ?(?:10|عشرة)",
)
_BETWEEN = "[ ._*-]"
_SPELLED = (_BETWEEN.join(word) + _BETWEEN for word in ("scor", "ignor", "grad", "ratin"))
_ENCODED = (
    r"\b(?:vtaber|fpber|fpbevat|engvat|tenqr|whqtr)\b",  # ROT13 of ignore, score, scoring, rating, grade, judge
    rf"\b(?:{'|'.join(_SPELLED)})",
)
_VERDICTS = (r"\[\[\s?(?:10|(?:rating|score)[^\n\]]{0,10})\]\]",)
_BY_CODE: Mapping[str, Sequence[str]] = {
    "order_to_grader": (*_ENGLISH_ORDERS, *_CHINESE_ORDERS, *_ARABIC_ORDERS),
    "score_words": (*_ENGLISH_SCORES, *_CHINESE_SCORES, *_ARABIC_SCORES),
    "encoded_run": _ENCODED,
    "fake_verdict": _VERDICTS,
}
PHRASES: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (code, re.compile(pattern)) for code, patterns in _BY_CODE.items() for pattern in patterns
)
"""By code, in no order: several phrases may meet the same words."""
