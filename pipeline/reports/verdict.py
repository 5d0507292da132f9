"""The outcome of a run in one sentence, and what to do now, and who."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.model.frames import PROVENANCE
from pipeline.model.states import RunState
from pipeline.reports.causes import is_refusal
from pipeline.reports.facts import HeldPart, RunReport
from pipeline.reports.words import amount, count

__all__ = ["Task", "Tone", "Verdict", "judge_run"]

TAKEN = frozenset({"imported", "imported_with_messages"})


class Tone(StrEnum):
    """How the outcome is to be felt; shown as a word and a mark, never by colour alone."""

    GOOD = "good"
    MESSAGES = "messages"
    WAITING = "waiting"
    FAILED = "failed"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done now. who: the registrar, the Canvas admin, IT; command: ready to be pasted, if there is one."""

    who: str
    what: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """label: one or two words; sentence: the outcome; tasks: what to do now, empty when nothing is."""

    tone: Tone
    label: str
    sentence: str
    tasks: tuple[Task, ...]


def judge_run(report: RunReport) -> Verdict:
    """The outcome of a run."""
    tone, label, sentence = _outcome(report)
    waiting = sum(_changes(hold) for hold in report.holds if hold.state == "held")
    if waiting and report.state != RunState.HELD:
        sentence += f" {amount(waiting, 'change')} {'waits' if waiting == 1 else 'wait'} for a person."
    return Verdict(tone, label, sentence, tuple(_tasks(report)))


def refused_by_us(report: RunReport) -> int:
    """Rows of the export that were left out before anything was sent, by sources, mapping or checks."""
    refused = report.findings[is_refusal(report.findings)]
    placed = refused[refused["line_no"] >= 0]
    return max(len(placed.drop_duplicates(list(PROVENANCE))), sum(rows.refused for rows in report.sums))


def refused_by_canvas(report: RunReport) -> int:
    """Rows sent that Canvas did not take."""
    return sum(table.refused_by_canvas for table in report.tables)


def rows_sent(report: RunReport) -> int:
    """Rows of this run's package."""
    return sum(table.sent for table in report.tables)


def _outcome(report: RunReport) -> tuple[Tone, str, str]:
    where = _where(report)
    state = RunState(report.state)
    if state in {RunState.RECORDED, RunState.ARCHIVED} and report.canvas_import is not None:
        return _imported(report, where)
    fixed: dict[RunState, tuple[Tone, str, str]] = {
        RunState.NOTHING_TO_DO: (Tone.GOOD, "Nothing to do", f"{where} already has everything in this export."),
        RunState.HELD: (Tone.WAITING, "Held", _held(report)),
        RunState.APPROVED: (Tone.WAITING, "Approved", f"The hold is approved; the rows will be sent to {where} next."),
        RunState.INCOMPLETE: (Tone.FAILED, "Incomplete", "The export was not complete, so nothing of it was sent."),
        RunState.DISCARDED: (Tone.NEUTRAL, "Discarded", f"A person decided not to send this to {where}."),
        RunState.SUPERSEDED: (
            Tone.NEUTRAL,
            "Superseded",
            "A newer export has taken the place of this one; nothing was sent.",
        ),
        RunState.ABORTED: (Tone.FAILED, "Stopped", f"The import into {where} was stopped before its end."),
        RunState.FAILED: (Tone.FAILED, "Failed", f"This export was not brought to {where}."),
    }
    if state in fixed:
        return fixed[state]
    if state is RunState.PACKAGED and report.waiting:
        return Tone.WAITING, "Waiting", _waiting(report, where)
    return Tone.NEUTRAL, "Under way", f"This run is on its way to {where}."


def _imported(report: RunReport, where: str) -> tuple[Tone, str, str]:
    assert report.canvas_import is not None
    sent, not_taken = rows_sent(report), refused_by_canvas(report)
    if report.canvas_import.state not in TAKEN:
        sentence = f"Canvas did not finish the import into {where}; what it says about it is listed below."
        return Tone.FAILED, "Failed in Canvas", sentence
    uncertain = sum(table.uncertain for table in report.tables)
    troubles = _troubles(refused_by_us(report), not_taken, uncertain)
    if not troubles:
        return Tone.GOOD, "Done", f"{_all_sent(sent, where)}."
    taken = max(0, sent - not_taken - uncertain)
    sentence = (
        f"{count(taken) if taken else 'None'} of {amount(sent, 'row')} sent {'is' if taken == 1 else 'are'} in {where}"
    )
    return Tone.MESSAGES, "Done, with refusals", f"{sentence}; {', and '.join(troubles)}."


def _all_sent(sent: int, where: str) -> str:
    return f"The one row sent is in {where}" if sent == 1 else f"All {amount(sent, 'row')} sent are in {where}"


def _troubles(left_out: int, not_taken: int, uncertain: int) -> list[str]:
    troubles = [f"Canvas refused {count(not_taken)}"] if not_taken else []
    if uncertain:
        troubles.append(f"of {count(uncertain)} it does not say what became")
    if left_out:
        were = "was" if left_out == 1 else "were"
        troubles.append(f"{amount(left_out, 'row')} of the export {were} left out before sending")
    return troubles


def _changes(hold: HeldPart) -> int:
    return sum(sum(actions.values()) for actions in hold.counts.values())


def _held(report: RunReport) -> str:
    changes = sum(_changes(hold) for hold in report.holds)
    if changes < 2:
        return f"The plan waits for a person; nothing of it was sent to {_where(report)}."
    return f"{amount(changes, 'change')} wait for a person; nothing of them was sent to {_where(report)}."


def _waiting(report: RunReport, where: str) -> str:
    return {
        "promotion": f"Rehearsed, and ready for {where}: it waits to be promoted.",
        "pause": f"Ready for {where}: it waits for the end of a pause.",
        "token": f"Ready for {where}: it waits for a token that Canvas accepts.",
        "instance": f"Ready for {where}: it waits until Canvas can be reached.",
    }.get(report.waiting, f"Ready for {where}.")


def _where(report: RunReport) -> str:
    return f"Canvas ({report.sender.instance})"


def _tasks(report: RunReport) -> list[Task]:
    tasks = []
    if report.reason or report.state in {RunState.FAILED, RunState.ABORTED, RunState.INCOMPLETE}:
        is_about_the_export = report.canvas_import is None and not report.waiting
        who = "Registrar or IT" if is_about_the_export else "IT"
        tasks.append(Task(who, report.remedy or "Look at the steps at the end of this page."))
    for hold in report.holds:
        if hold.state == "held":
            command = hold.commands[0] if hold.commands else ""
            tasks.append(Task("Canvas admin", f"Decide on the hold: {hold.message}", command))
    refused = refused_by_us(report) + refused_by_canvas(report)
    if refused:
        rows, them = ("refused row", "it") if refused == 1 else (f"{count(refused)} refused rows", "them")
        what = f"Mend the {rows} in the student information system; the next export brings {them} along."
        tasks.append(Task("Registrar", what))
    if report.promotion:
        where = report.next_instance or "the next instance"
        tasks.append(
            Task(
                "Canvas admin",
                f"Look at what the rehearsal did, then send the same package to {where}.",
                report.promotion,
            )
        )
    return tasks
