"""The report's page: everything on it is text, nothing comes from elsewhere, and long lists stay short."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from pipeline.model.findings import no_findings
from pipeline.model.states import RunState
from pipeline.reports.facts import Decided, ImportFacts, TableNumbers
from pipeline.reports.render import render_run
from pipeline.reports.verdict import Tone, judge_run
from tests.reports.invented import (
    AT,
    HOSTILE,
    TEST,
    a_clean_report,
    a_held_report,
    a_hold,
    a_report,
    finding,
    findings,
    messages,
)

PAGES = {"with refusals": a_report, "clean": a_clean_report, "held": a_held_report}


class Page(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("report", PAGES.values(), ids=PAGES.keys())
def test_the_page_needs_nothing_from_elsewhere(report):
    page = Page(render_run(report()))

    sources = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "srcset", "action", "data"}
    ]
    assert sources == []
    assert page.all("script") == page.all("link") == page.all("img") == page.all("iframe") == []
    assert not re.search(r"url\((?!#)", render_run(report()))
    assert not re.search(r"@import|https?://(?!evil\.example\.org)", render_run(report()))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["finding", "canvas", "file", "original", "decision", "hold", "reason", "feed"])
def test_a_hostile_text_is_shown_as_text_wherever_it_comes_from(text, place):
    bad = finding("a-code", [2], 0, message=text, remedy=text, value=text, column=text)
    reports = {
        "finding": lambda: a_report(findings=bad),
        "canvas": lambda: a_report(messages=finding("canvas-user-02", [2], 0, message="x", canvas_message=text)),
        "file": lambda: a_report(files=(text, "b", "c")),
        "original": lambda: a_report(originals={0: pd.DataFrame({text: [text], "file_no": [0], "line_no": [41]})}),
        "decision": lambda: a_report(decisions=(Decided(text, text, text, AT, text),)),
        "hold": lambda: a_report(
            holds=(a_hold(message=text, remedy=text, scope=text, examples=((text,), (text,)), commands=(text,)),)
        ),
        "reason": lambda: a_report(state="failed", canvas_import=None, reason=text, remedy=text),
        "feed": lambda: a_report(sender=replace(TEST, feed=text, instance=text, host=text)),
    }

    html = render_run(reports[place]())

    page = Page(html)
    plain = {name for name, _ in page.elements}
    assert "script" not in plain
    assert "img" not in plain
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "\u202e" not in html
    assert text.replace("\u202e", "⟨U+202E⟩") in page.text


def test_foreign_texts_stand_in_their_own_direction():
    html = render_run(a_report())

    assert "<bdi>שרה כהן</bdi>" in html


@pytest.mark.parametrize("report", PAGES.values(), ids=PAGES.keys())
def test_headings_go_down_one_step_at_a_time(report):
    levels = [int(tag[1]) for tag, _ in Page(render_run(report())).elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("report", PAGES.values(), ids=PAGES.keys())
def test_ids_are_unique_and_labels_point_to_them(report):
    page = Page(render_run(report()))

    ids = [value for _, attributes in page.elements for name, value in attributes.items() if name == "id"]
    wanted = {
        value for _, attributes in page.elements for name, value in attributes.items() if name == "aria-labelledby"
    }
    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


@pytest.mark.parametrize("report", PAGES.values(), ids=PAGES.keys())
def test_every_table_heading_has_a_scope_and_every_picture_words(report):
    page = Page(render_run(report()))

    assert all(attributes.get("scope") for attributes in page.all("th"))
    assert all("aria-hidden" in attributes or attributes.get("aria-label") for attributes in page.all("svg"))
    assert page.all("html") == [{"lang": "en"}]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["ink", "soft", "good", "messages", "waiting", "failed", "neutral"])
@pytest.mark.parametrize("ground", ["#ffffff", "#f5f7f8"])
def test_every_colour_of_text_has_enough_contrast(name, ground):
    found = re.search(rf"--{name}: (#[0-9a-f]{{6}})", render_run(a_clean_report()))

    assert found is not None
    dark, light = sorted((luminance(found[1]), luminance(ground)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_refused_row_shown_has_file_line_reason_and_remedy():
    text = Page(render_run(a_report())).text

    assert "The login ada@example.edu belongs to two people of this export." in text
    assert "Give one of them another login." in text
    assert "1207 S1207 Adaline Null" in text
    assert "users.csv" in text


def test_a_cause_shows_its_first_rows_and_says_how_many_more_there_are():
    many = finding("too-many", list(range(2, 100_002)), 2, message="Wrong.", remedy="Mend it.")

    html = render_run(a_report(findings=many, originals={}), links={"refused-3.csv": "enrollments.csv (100,000)"})

    assert "and 99,975 more rows, in the linked lists." in Page(html).text
    assert 'href="refused-3.csv"' in html
    assert len(html) < 100_000


def test_a_page_with_very_many_causes_stays_below_five_megabytes():
    parts = [finding(f"code-{n}", list(range(2, 40)), 2, message="x" * 5000, remedy="y" * 5000) for n in range(400)]

    html = render_run(a_report(findings=pd.concat(parts, ignore_index=True)))

    assert len(html.encode()) < 5_000_000


def test_a_finding_about_the_whole_drop_is_shown_without_a_line():
    text = Page(
        render_run(
            a_report(findings=finding("drop-empty", [-1], -1, message="The export is empty."), messages=no_findings())
        )
    ).text

    assert "The export is empty." in text


SENTENCES = {
    "clean": (a_clean_report, Tone.GOOD, "All 12 rows sent are in Canvas (production)."),
    "refusals": (
        lambda: a_report(holds=()),
        Tone.MESSAGES,
        "1,433 of 1,436 rows sent are in Canvas (production); Canvas refused 3, and 40 rows of the export were left out before sending.",
    ),
    "held": (a_held_report, Tone.WAITING, "212 changes wait for a person; nothing of them was sent to Canvas (test)."),
    "failed in Canvas": (
        lambda: a_clean_with(canvas_import=ImportFacts(1, "failed_with_messages")),
        Tone.FAILED,
        "Canvas did not finish the import into Canvas (production); what it says about it is listed below.",
    ),
    "one row": (
        lambda: a_clean_with(tables=(TableNumbers("users", {"create": 1}, 1, {"create": 1}, 1),)),
        Tone.GOOD,
        "The one row sent is in Canvas (production).",
    ),
    "all refused by Canvas": (
        lambda: a_clean_with(tables=(TableNumbers("users", {"create": 2}, 2, {"create": 2}, 0, refused_by_canvas=2),)),
        Tone.MESSAGES,
        "None of 2 rows sent are in Canvas (production); Canvas refused 2.",
    ),
    "nothing to do": (
        lambda: a_clean_with(state="nothing_to_do", canvas_import=None),
        Tone.GOOD,
        "Canvas (production) already has everything in this export.",
    ),
    "waiting for promotion": (
        lambda: a_clean_with(state="packaged", waiting="promotion", canvas_import=None),
        Tone.WAITING,
        "Rehearsed, and ready for Canvas (production): it waits to be promoted.",
    ),
}  # fmt: skip


def a_clean_with(**changes):
    return replace(a_clean_report(), **changes)


@pytest.mark.parametrize(("report", "tone", "sentence"), SENTENCES.values(), ids=SENTENCES.keys())
def test_the_outcome_is_one_sentence(report, tone, sentence):
    verdict = judge_run(report())

    assert (verdict.tone, verdict.sentence) == (tone, sentence)


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_has_a_page(state):
    html = render_run(a_report(state=str(state), canvas_import=None))

    assert "<h1>" in html


def test_a_hold_tells_the_admin_what_to_decide_and_how():
    (task,) = [task for task in judge_run(a_held_report()).tasks if task.who == "Canvas admin"]

    assert "212 of 1,900" in task.what
    assert task.command.startswith("sis-pipeline approve")


def test_a_clean_run_leaves_nothing_to_do():
    assert judge_run(a_clean_report()).tasks == ()


def test_a_failed_drop_says_why_and_what_to_do():
    report = a_clean_with(state="failed", canvas_import=None, reason="users.csv was cut.", remedy="Export it again.")

    text = Page(render_run(report)).text
    assert "users.csv was cut." in text
    assert judge_run(report).tasks[0].what == "Export it again."


def test_times_are_told_in_the_configured_zone():
    assert "Thu 20 August 2026, 3:04" in render_run(a_report())


def test_the_day_until_which_canvas_remembers_is_told():
    assert "until Sat 19 September 2026" in render_run(a_report())


def test_refusals_and_remarks_are_apart():
    html = render_run(a_report())

    refused, noticed = html.split('id="remarks"')
    assert "The date has no time zone" not in refused
    assert "The date has no time zone" in noticed


def test_the_same_facts_give_the_same_page():
    assert render_run(a_report()) == render_run(a_report(findings=findings(), messages=messages()))
