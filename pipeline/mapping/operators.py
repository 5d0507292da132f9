"""The named operators of a pipeline: whole columns in, whole columns out; what cannot be worked out is marked, not guessed."""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.mapping.language import Step
from pipeline.mapping.rows import Mask

__all__ = ["OPERATORS", "Operator", "apply_each", "over_uniques"]

Whole = Callable[[pa.Array, Step], pa.Array]
Each = Callable[[str, Step], str]


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. argument: what it takes, for people and for checking: "" nothing, `text`, `number`, or names of settings."""

    about: str
    argument: str
    whole: Whole | None = None
    each: Each | None = None


def over_uniques(
    column: pa.Array, work: Callable[[Sequence[str]], tuple[Sequence[str], Sequence[bool] | None]]
) -> tuple[pa.Array, Mask | None]:
    """Works on the different texts of a column only. work: texts → new texts, and which of them are faults (or None)."""
    encoded = column.dictionary_encode()
    texts, bad = work(encoded.dictionary.to_pylist())
    result = pa.array(texts, pa.string()).take(encoded.indices)
    if bad is None or not any(bad):
        return result, None
    return result, np.asarray(bad, bool)[encoded.indices.to_numpy(zero_copy_only=False)]


def apply_each(column: pa.Array, step: Step, each: Each) -> pa.Array:
    """An operator on single texts, done once per different text."""
    return over_uniques(column, lambda texts: ([each(text, step) if text else "" for text in texts], None))[0]


def _pad(text: str, step: Step) -> str:
    return text.rjust(int(step.argument), "0")


def _before(text: str, step: Step) -> str:
    return text.split(step.argument, 1)[0]


def _after(text: str, step: Step) -> str:
    return text.split(step.argument, 1)[1] if step.argument in text else ""


def _part(text: str, step: Step) -> str:
    separator = step.settings.get("by", "")
    parts = text.split(separator) if separator else text.split()
    at = int(step.settings.get("part", "1"))
    at = at - 1 if at > 0 else at
    return parts[at].strip() if -len(parts) <= at < len(parts) else ""


def _replace(text: str, step: Step) -> str:
    return text.replace(step.settings.get("old", ""), step.settings.get("new", ""))


def _substitute(text: str, step: Step) -> str:
    return re.sub(step.settings.get("pattern", ""), step.settings.get("by", ""), text)


def _extract(text: str, step: Step) -> str:
    found = re.search(step.argument, text)
    if found is None:
        return ""
    return found.group(1) if found.groups() else found.group(0)


def _pair(text: str, step: Step) -> str:
    """The value of `{type:value}` in OneRoster's userIds."""
    for kind, value in re.findall(r"\{\s*([^:{}]+?)\s*:\s*([^{}]*?)\s*\}", text):
        if kind.casefold() == step.argument.casefold():
            return str(value)
    return ""


def _plus(text: str, step: Step) -> str:
    return str(int(text) + int(step.argument)) if text.isascii() and text.isdigit() else ""


def _school_year(text: str, step: Step) -> str:
    """`2026-27` for a day from July 2026 to June 2027; the first month may be another."""
    found = re.match(r"(\d{4})-(\d{2})", text)
    if found is None:
        return ""
    year = int(found.group(1)) - (int(found.group(2)) < int(step.argument or 7))
    return f"{year}-{(year + 1) % 100:02d}"


def _whole_decimal(text: str, _: Step) -> str:
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


OPERATORS: Mapping[str, Operator] = {
    "trim": Operator("without blanks at both ends", "", whole=lambda c, _: pc.utf8_trim_whitespace(c)),
    "squeeze": Operator("runs of blanks become one", "", each=lambda t, _: " ".join(t.split())),
    "upper": Operator("in capitals", "", whole=lambda c, _: pc.utf8_upper(c)),
    "lower": Operator("in small letters", "", whole=lambda c, _: pc.utf8_lower(c)),
    "capitalize": Operator("first letter in capitals", "", whole=lambda c, _: pc.utf8_capitalize(c)),
    "nfc": Operator("letters and their accents joined", "", each=lambda t, _: unicodedata.normalize("NFC", t)),
    "html": Operator("`&ccedil;` and the like become letters", "", each=lambda t, _: html.unescape(t)),
    "pad": Operator("filled with zeros on the left to so many characters", "number", each=_pad),
    "strip_zeros": Operator("without zeros on the left", "", each=lambda t, _: t.lstrip("0") or "0"),
    "strip_minus": Operator("without a minus sign at the start", "", each=lambda t, _: t.removeprefix("-")),
    "strip_decimal": Operator("`10231.0` becomes `10231`", "", each=_whole_decimal),
    "prefix": Operator("with a text before it", "text", each=lambda t, s: s.argument + t),
    "suffix": Operator("with a text behind it", "text", each=lambda t, s: t + s.argument),
    "before": Operator("what stands before a text", "text", each=_before),
    "after": Operator("what stands behind a text", "text", each=_after),
    "plus": Operator("a whole number more", "number", each=_plus),
    "school_year": Operator(
        "`2026-27` for an ISO day; a year begins in July, or in the month given", "month", each=_school_year
    ),
    "cut": Operator("the first so many characters", "number", each=lambda t, s: t[: int(s.argument)]),
    "part": Operator(
        "one part of a list: `by` (blanks when absent), `part` from 1, or from the end below 0", "by, part", each=_part
    ),
    "replace": Operator("one text by another: `old`, `new`", "old, new", each=_replace),
    "substitute": Operator("what fits a regular expression: `pattern`, `by`", "pattern, by", each=_substitute),
    "extract": Operator("what fits a regular expression, its first group where it has one", "text", each=_extract),
    "pair": Operator("the value of `{name:value}` in a list of such pairs", "text", each=_pair),
    "blank_if": Operator("blank where it is this text", "text", each=lambda t, s: "" if t == s.argument else t),
    "default": Operator(
        "this text where it is blank", "text", whole=lambda c, s: pc.if_else(pc.equal(c, ""), s.argument, c)
    ),
}
"""`codes`, `date`, `climb` and `common_parent` are operators too; they need more than the column and stand in `values`."""
