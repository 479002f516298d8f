"""Verbs that instructions begin with; word lists, because a tagger takes many of them for nouns or names."""

from __future__ import annotations


def words_in(text: str) -> frozenset[str]:
    """The words of a text that lists them between spaces and line ends."""
    return frozenset(text.split())


INSTRUCTION_VERBS = words_in(
    """
    act add advise analyse analyze annotate answer appraise argue arrange articulate ask assess assign assume
    brainstorm break build calculate capture caption categorise categorize change characterise characterize check choose
    circle cite clarify classify combine come comment compare complete compose compute conclude confirm connect
    consider construct continue contrast convert convey correct count craft create critique debate decide deduce
    define deliver depict derive describe design detail detect determine develop diagnose differentiate discover
    discuss display distinguish divide draft draw edit elaborate enumerate estimate evaluate examine explain explore
    express extract figure fill find focus follow formulate generate give go guess help highlight hypothesise
    hypothesize identify illustrate imagine indicate infer inspect interpret invent judge justify keep label let list
    locate look make mark match measure mention name narrate note observe offer order outline paint paraphrase pick
    pinpoint plan point portray predict prepare present produce propose prove provide put quote rank rate read reason
    recall recite recognise recognize recommend record relate relay remember remove render repeat rephrase replace
    report reproduce respond restate retell reveal reverse review rewrite say score segment select separate share
    show simplify sketch solve sort specify speculate spell spot start state study suggest summarise summarize
    support tag take talk tell think trace track transcribe transform translate try turn type use verify view
    visualise visualize walk write
    """
)
"""In their base form."""

NOUN_LIKE_VERBS = INSTRUCTION_VERBS | words_in(
    """
    affect aid attempt balance benefit cause challenge charge contact control cover cross damage deal dress drink
    experience exercise face feature feel fit function gain hope house impact increase influence interest land lead
    light like look love move need operate park pass perform picture place play practice promote pose race reach
    rest return ride risk run sail sell serve signal signify sit skate sleep sound stand stay stop store surf swing
    travel trip visit wait walk want wash watch wave work worry
    """
)
"""Verbs that a lexicon lists as nouns; they are verbs behind `to`, a modal or `does` with its subject."""

LEADING_WORDS = words_in(
    """
    please kindly briefly carefully clearly concisely accurately first second third next then now finally also just
    simply so ok okay hi hello
    """
)
"""Words that may stand before an imperative."""

NO_VERB_BEFORE = frozenset({":", "of", "is", "are", "was", "were", "'s"})
"""A first word before one of these is a noun: `Answer:`, `Point of view`, `List is empty`."""

OBJECT_BEGINNINGS = words_in(
    """
    a all an any each every her his how if it its many me my one only our some that the their them these this those
    three to two us what when where whether which who why your
    """
)
"""Words that show the listed word before them to be a verb: `look closely and count the dogs`."""
