"""The mapping language as types: what a mapping file may say. Every scalar is text until its type here converts it."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

__all__ = [
    "Branch",
    "CanvasTable",
    "CodeMap",
    "Condition",
    "DateRule",
    "Derived",
    "Document",
    "Example",
    "Lookup",
    "Merge",
    "Need",
    "Option",
    "Producer",
    "Split",
    "Step",
    "Value",
    "Winner",
]


class Strict(BaseModel):
    """Unknown keys are errors, values do not change, and an error message never shows what was typed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _flag(value: object) -> object:
    words = {"yes": True, "true": True, "no": False, "false": False}
    if isinstance(value, str):
        if value.casefold() not in words:
            raise ValueError("must be yes or no")
        return words[value.casefold()]
    return value


def _number(value: object) -> object:
    if isinstance(value, str):
        if not value.isascii() or not value.removeprefix("-").isdigit():
            raise ValueError("must be a whole number")
        return int(value)
    return value


def _listed(value: object) -> object:
    """One word, or several with commas between them, stand for a list."""
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[int, BeforeValidator(_number)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Option(Strict):
    """A choice that a school makes. choices: empty means free text."""

    help: str
    default: str = ""
    choices: Names = ()


class Need(Strict):
    """One source table: its columns and how to know it; `pipeline.sources.TableRules` says what each key means."""

    required: Names
    optional: Names = ()
    files: Names = ()
    aliases: dict[str, Names] = Field(default_factory=dict)
    any_of: tuple[Names, ...] = ()
    forbidden: Names = ()
    positions: Names = ()
    layout: dict[str, str] = Field(default_factory=dict)  # column → `start width`, both in characters, start from 1
    short_rows: Flag = False
    may_be_absent: Flag = False
    tell_unread: Flag = False
    blank_words: dict[str, Names] = Field(default_factory=dict)  # column, or "*" → words that mean nothing


class DateRule(Strict):
    """How dates of one kind are written. none: texts that mean no date; years: the first year of a two-digit one's century."""

    formats: Names
    none: Names = ()
    pivot: Number = 70
    earliest: Number = 1900
    latest: Number = 2200


class CodeMap(Strict):
    """A code table. skip: codes whose rows are left out on purpose; otherwise: what becomes of any other code."""

    map: dict[str, str] = Field(default_factory=dict)
    skip: Names = ()
    otherwise: str = "refuse"  # refuse | keep | skip | tell (blank, with a warning) | =text
    ignore_case: Flag = False
    blank: str = ""  # refuse | skip | =text; "" leaves a blank blank


class Step(Strict):
    """One operator of a pipeline, e.g. `trim` or `pad: 8`."""

    name: str
    argument: str = ""
    settings: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1 and "name" not in value:
            ((name, argument),) = value.items()
            if isinstance(argument, dict):
                return {"name": name, "settings": argument}
            return {"name": name, "argument": argument}
        return value


class Condition(Strict):
    """A test of each row: of one value, or all, any or none of several tests."""

    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    none: tuple["Condition", ...] = ()
    column: str | None = None
    value: "Value | None" = None
    then: tuple[Step, ...] = ()
    equals: str | None = None
    one_of: Names | None = None
    not_one_of: Names | None = None
    is_blank: Flag | None = None
    matches: str | None = None  # a regular expression; a blank matches none
    found: str | None = None  # a look-up's name: whether it found a row
    not_found: str | None = None
    before_today: str | None = None  # name of a date rule: whether the day has passed
    by_today: str | None = None  # name of a date rule: whether the day has come, or none is given
    same_as: "Value | None" = None

    @field_validator("then", mode="before")
    @classmethod
    def _one_step(cls, value: object) -> object:
        return [value] if isinstance(value, (str, dict)) else value


class Branch(Strict):
    """One case of a `when`."""

    test: Condition = Field(alias="if")
    value: "Value"


class Value(Strict):
    """Where a cell comes from: exactly one source, then operators in order."""

    column: str | None = None
    text: str | None = None
    template: str | None = None
    join: tuple["Value", ...] | None = None
    by: str = " "
    first_of: tuple["Value", ...] | None = None
    when: tuple[Branch, ...] | None = None
    otherwise: "Value | None" = Field(default=None, alias="else")
    codes: str | None = None
    then: tuple[Step, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"column": value} if isinstance(value, str) else value

    @field_validator("then", mode="before")
    @classmethod
    def _one_step(cls, value: object) -> object:
        return [value] if isinstance(value, (str, dict)) else value

    @model_validator(mode="after")
    def _one_source(self) -> "Value":
        given = [
            name
            for name in ("column", "text", "template", "join", "first_of", "when")
            if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError("needs exactly one of column, text, template, join, first_of, when")
        return self


class Lookup(Strict):
    """Finding the one row of another table. in: that table; key: its columns; value: ours, in the same order."""

    table: str = Field(alias="in")
    key: Names
    value: tuple[Value, ...]
    missing: Literal["refuse", "blank", "skip"] = "refuse"
    where_blank: Literal["refuse", "blank", "skip"] | None = None  # where our value is blank; default: as `missing`
    many: Flag = False  # the key is not unique: our row comes once for each row found

    @field_validator("value", mode="before")
    @classmethod
    def _one_value(cls, value: object) -> object:
        return [value] if isinstance(value, (str, dict)) else value


class Split(Strict):
    """One row becomes one per item of a list inside a cell, in the new column `to`."""

    column: str
    by: str = ","
    to: str


class Winner(Strict):
    """How the row that stays is chosen among rows of one key; the rules of a list apply in order."""

    prefer: dict[str, Names] = Field(default_factory=dict)  # column → its values, best first
    newest: str = ""  # a column whose greatest text wins
    oldest: str = ""
    first: Flag = False  # the first in the files
    last: Flag = False


class Merge(Strict):
    """What becomes of rows with one key. winner: empty means that rows which differ are all refused."""

    by: Names = ()
    winner: tuple[Winner, ...] = ()
    tell: Flag = True  # whether differing rows are named in a finding
    fill: Flag = False  # blank cells of the winner are filled from the others


class Rows(Strict):
    """What derived tables and Canvas tables share: whose rows, looked up where, which of them, split how."""

    source: str = Field(alias="from", default="")
    lookups: dict[str, Lookup] = Field(default_factory=dict)
    split: Split | None = None
    where: Condition | None = None


class Derived(Rows):
    """A table made of others: rows of `from` or of all of `union`, with further columns, distinct by some of them."""

    union: Names = ()
    columns: dict[str, Value] = Field(default_factory=dict)
    count: dict[str, Names] = Field(
        default_factory=dict
    )  # new column → the columns of which rows are counted that agree
    merge: Merge | None = None
    sql: str = ""  # a query over the tables of `takes`; selecting their column _row keeps the provenance
    python: str = ""  # FILE.py:FUNCTION beside the mapping; gets frames by name and returns a frame
    takes: Names = ()  # the tables that sql or python gets; all of `needs` when empty
    returns: Names = ()  # the columns that it gives


class Producer(Rows):
    """Rows of one Canvas table made from the rows of one source or derived table."""

    columns: dict[str, Value]


class CanvasTable(Strict):
    """One Canvas table: who makes its rows, and what becomes of rows with one key."""

    rows: tuple[Producer, ...]
    merge: Merge = Merge()
    clear: Names = ()
    blank_keys: Literal["refuse", "pass"] = "refuse"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("rows"), dict):
            return {**value, "rows": [value["rows"]]}
        return value


class Example(Strict):
    """Input rows by source table, and the rows expected by Canvas table (only the columns named)."""

    name: str
    given: dict[str, str]  # table → CSV text
    expect: dict[str, str]
    findings: Names = ()  # codes, in any order; absent: not looked at
    options: dict[str, str] = Field(default_factory=dict)
    today: str = "2026-09-14"


class Document(Strict):
    """A whole mapping file."""

    mapping: str
    title: str = ""
    about: str = ""
    verified: Flag = True
    export: Literal["full", "delta", "by_manifest"] = "full"
    options: dict[str, Option] = Field(default_factory=dict)
    ignores: Names = ()
    needs: dict[str, Need]
    dates: dict[str, DateRule] = Field(default_factory=dict)
    codes: dict[str, CodeMap] = Field(default_factory=dict)
    tables: dict[str, Derived] = Field(default_factory=dict)
    canvas: dict[str, CanvasTable]
    examples: tuple[Example, ...] = ()
