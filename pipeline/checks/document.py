"""The page about findings for registrars, made from the codes: `python -m pipeline.checks.document > docs/findings.md`."""

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pipeline.checks.catalogue import CodeInfo, codes, table_rules
from pipeline.model.findings import Consequence, Severity

__all__ = ["findings_page"]

HEAD = """# Findings

Every finding has a code. This page says for each what it means, shows a row that brings it, and says what Canvas would do
with such a row and what to do about it. A feed can treat a code otherwise (`checks:` in the configuration: ignore with a
reason and an end date, warn, refuse, hold).

*refused*: the row is left out, and what it stands for stays in Canvas as last accepted. *hold*: a person decides before
anything of it is sent. *warning* and *remark*: told, and sent.

This page is generated: `python -m pipeline.checks.document > docs/findings.md`.
"""

SHOWN = 24  # characters of an example's cell before it is shortened

SEVERITIES = {
    Severity.ERROR: "error",
    Severity.HOLD: "hold: a person decides",
    Severity.WARNING: "warning",
    Severity.REMARK: "remark",
}
CONSEQUENCES = {
    Consequence.REFUSED: "the row is refused",
    Consequence.SENT: "the row is sent",
    Consequence.SENT_WITHOUT_VALUE: "the row is sent without the value",
    Consequence.FILE_REFUSED: "the file is refused",
    Consequence.NONE: "another row stands for it",
}


def findings_page() -> str:
    """The whole page, as Markdown."""
    parts = [HEAD]
    for table, infos in groupby(sorted(codes(), key=lambda info: _place(info.table)), key=lambda info: info.table):
        parts.append(f"\n## {_heading(table)}\n")
        parts += [_entry(info) for info in infos]
    return "".join(parts)


def _place(table: str) -> tuple[int, str]:
    """Files first, then the tables in Canvas's order, then what concerns any table."""
    order = ["", *table_rules(), "*"]
    return order.index(table), table


def _heading(table: str) -> str:
    return {"": "Files", "*": "Any table"}.get(table, table)


def _entry(info: CodeInfo) -> str:
    what = "the file is concerned" if not info.table else CONSEQUENCES[info.consequence]
    example = _example(info)
    return (
        f"\n### `{info.code}`\n\n{_plain(info.meaning)}\n\n"
        f"- {SEVERITIES[info.severity]}; {what}\n"
        f"- Canvas {_plain(info.canvas)}\n"
        f"- What to do: {_plain(info.remedy)}\n"
        f"{example}"
    )


def _plain(text: str) -> str:
    """A text for people: gaps as column names in brackets, nothing that Markdown would take for a tag."""
    return text.replace("{", "[").replace("}", "]").replace("<", "&lt;").replace(">", "&gt;")


def _example(info: CodeInfo) -> str:
    """The example's rows as CSV; of several tables, each under its name."""
    tables = {name: rows for name, rows in info.example.items() if name != "known"}
    if not tables:
        return ""
    shown = [f"{name}.csv\n{_csv(name, rows)}" for name, rows in tables.items()]
    known = [
        f"{name.strip()}.csv, known in Canvas\n{_csv(name.strip(), rows)}"
        for name, rows in info.example.get("known", {}).items()
    ]
    return "\n```\n" + "\n".join([*known, *shown]) + "```\n"


def _csv(table: str, rows: Sequence[Mapping[str, Any]]) -> str:
    full = [{**table_rules()[table].sample, **row} for row in rows]
    columns = list(dict.fromkeys(name for row in full for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(str(row.get(name, ""))) for name in columns] for row in full)
    return out.getvalue()


def _cell(value: str) -> str:
    """A cell as it can be shown: long ones shortened, characters that cannot be seen named."""
    if len(value) > SHOWN * 2:
        return f"{value[:SHOWN]}… ({len(value)} characters)"
    return "".join(character if character.isprintable() else f"⟨U+{ord(character):04X}⟩" for character in value)


if __name__ == "__main__":
    sys.stdout.write(findings_page())
