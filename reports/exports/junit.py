"""JUnit's XML: a test suite for each dataset, a test case for each rule and each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reports.visible import visible
from vlitqa.algorithms.counted import counted
from vlitqa.results import Finding
from vlitqa.results.judged import JudgedDataset

_NOT_OF_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(datasets: Sequence[JudgedDataset]) -> str:
    """The document; without rules an error is a failure, with rules only a broken one."""
    root = Element("testsuites", name="vlitqa")
    for dataset in datasets:
        _add_suite(root, dataset)
    failures = [int(suite.attrib["failures"]) for suite in root]
    root.attrib.update(tests=str(len(root.findall(".//testcase"))), failures=str(sum(failures)))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _add_suite(root: Element, dataset: JudgedDataset) -> None:
    suite = SubElement(root, "testsuite", name=_text(dataset.path))
    for outcome in dataset.outcomes:
        case = SubElement(suite, "testcase", classname=_text(dataset.path), name=_text(f"--fail-on {outcome.rule}"))
        if outcome.breach:
            SubElement(case, "failure", type="rule", message=_text(outcome.breach))
    for finding in dataset.card.findings():
        case = SubElement(suite, "testcase", classname=_text(dataset.path), name=_text(finding.code))
        message = _text(f"{counted(finding.rows, 'row')}: {finding.meaning}")
        if dataset.fails(finding):
            SubElement(case, "failure", type=finding.severity, message=message).text = _text(_body(finding))
        else:
            SubElement(case, "system-out").text = _text(f"{finding.severity}: {message}\n{_body(finding)}")
    suite.attrib.update(tests=str(len(suite)), failures=str(len(suite.findall("testcase/failure"))))


def _body(finding: Finding) -> str:
    """The repair, the first places, and the reason at the first of them."""
    return "\n".join(filter(None, (finding.repair, "; ".join(finding.examples), finding.detail)))


def _text(text: str) -> str:
    """A text without the characters that XML does not allow."""
    return _NOT_OF_XML.sub("", visible(text))
