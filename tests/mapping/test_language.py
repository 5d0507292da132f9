"""The mapping language: what a mapping may say, and how its mistakes are told."""

import pytest

from pipeline.errors import SettingsError
from pipeline.mapping import load_mapping, option_help
from tests.mapping.rosters import mapped, protected, rows
from tests.sources.drops import codes

HEAD = """\
mapping: test
needs:
  people:
    required: [id, name]
    optional: [mail, state, when, tags, since]
"""
USERS = (
    HEAD
    + """\
canvas:
  users:
    rows:
      from: people
      columns:
        user_id: id
        login_id: {column}
"""
)


def problems(text, options=None):
    with pytest.raises(SettingsError) as caught:
        load_mapping(text, "ours.yaml", options)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def one(value, tmp_path, *lines, extra=""):
    """The login_id that a value gives for each line of people.csv."""
    text = USERS.replace("{column}", value) + extra
    roster = mapped(text, tmp_path, {"people.csv": "\n".join(["id,name,mail,state,when,tags,since", *lines, ""])})
    return [row[1] for row in rows(roster, "users", "user_id", "login_id")]


@pytest.mark.parametrize(
    ("value", "cell", "expected"),
    [
        ("name", "Ada", "Ada"),
        ("{text: x}", "Ada", "x"),
        ('{template: "{name}-{id}"}', "Ada", "Ada-1"),
        ("{join: [name, mail, id], by: '.'}", "Ada", "Ada.1"),
        ("{first_of: [mail, name]}", "Ada", "Ada"),
        ("{column: name, then: upper}", "ada", "ADA"),
        ("{column: name, then: [lower, {prefix: p-}, {suffix: -s}]}", "ADA", "p-ada-s"),
        ("{column: name, then: {pad: 8}}", "48213", "00048213"),
        ("{column: name, then: strip_zeros}", "00048213", "48213"),
        ("{column: name, then: strip_minus}", "-70102", "70102"),
        ("{column: name, then: strip_decimal}", "10231.0", "10231"),
        ("{column: name, then: {before: '@'}}", "ada@x.example", "ada"),
        ("{column: name, then: {after: '@'}}", "ada@x.example", "x.example"),
        ("{column: name, then: {cut: 2}}", "Ada", "Ad"),
        ("{column: name, then: {part: {by: '-', part: 2}}}", "a-b-c", "b"),
        ("{column: name, then: {part: {by: '-', part: -1}}}", "a-b-c", "c"),
        ("{column: name, then: {replace: {old: a, new: o}}}", "banana", "bonono"),
        ("{column: name, then: {substitute: {pattern: '[0-9]+', by: '#'}}}", "a1b22", "a#b#"),
        ("{column: name, then: {extract: '([0-9]+)$'}}", "a1b22", "22"),
        ("{column: name, then: {pair: Fed}}", "{SIS:1},{Fed:77}", "77"),
        ("{column: name, then: html}", "Fran&ccedil;ais", "Français"),
        ("{column: name, then: squeeze}", "a   b", "a b"),
        ("{column: name, then: nfc}", "Jose\u0301", "José"),
        ("{column: name, then: {blank_if: x}}", "x", ""),
        ("{column: mail, then: {default: none}}", "Ada", "none"),
        ("{column: name, then: {plus: 1}}", "2026", "2027"),
        ("{column: name, then: school_year}", "2027-01-04", "2026-27"),
        ("{column: name, then: capitalize}", "ada", "Ada"),
        ("{column: name, then: trim}", "ada", "ada"),
    ],
)
def test_a_value(tmp_path, value, cell, expected):
    quoted = f'"{cell}"' if "," in cell else cell

    assert one(value, tmp_path, f"1,{quoted},,,,,") == [expected]


def test_a_template_is_blank_as_soon_as_one_part_is(tmp_path):
    assert one('{template: "{name}-{mail}"}', tmp_path, "1,Ada,,,,,", "2,Ben,b,,,,") == ["", "Ben-b"]


def test_a_when_takes_the_first_case_that_holds(tmp_path):
    value = "{when: [{if: {column: state, equals: x}, value: {text: one}}, {if: {column: state, is_blank: no}, value: mail}], else: name}"

    assert one(value, tmp_path, "1,Ada,m,x,,,", "2,Ben,m,y,,,", "3,Cai,m,,,,") == ["one", "m", "Cai"]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("{column: state, equals: a}", ["1"]),
        ("{column: state, one_of: [a, b]}", ["1", "2"]),
        ("{column: state, not_one_of: [a, b]}", ["3"]),
        ("{column: state, is_blank: yes}", ["3"]),
        ("{column: state, matches: ^b$}", ["2"]),
        ("{column: state, then: upper, equals: A}", ["1"]),
        ("{column: state, same_as: name}", ["1"]),
        ("{all: [{column: state, is_blank: no}, {column: name, equals: a}]}", ["1", "2"]),
        ("{any: [{column: state, equals: a}, {column: state, is_blank: yes}]}", ["1", "3"]),
        ("{none: [{column: state, equals: a}]}", ["2", "3"]),
        ("{column: when, before_today: day}", ["1"]),
        ("{column: when, by_today: day}", ["1", "2", "3"]),
    ],
)
def test_a_condition(tmp_path, test, expected):
    text = USERS.replace("{column}", "name").replace("      columns:", f"      where: {test}\n      columns:")
    text += "dates:\n  day: {formats: [YYYY-MM-DD]}\n"
    lines = ["id,name,mail,state,when,tags,since", "1,a,,a,2026-09-13,,", "2,a,,b,2026-09-14,,", "3,a,,,,,", ""]

    roster = mapped(text, tmp_path, {"people.csv": "\n".join(lines)})

    assert [row[0] for row in rows(roster, "users", "user_id")] == expected


CODES = """\
codes:
  states:
    map: {a: active, d: deleted}
    skip: [w]
"""


def with_codes(tmp_path, cell, more=""):
    text = USERS.replace("{column}", "name") + "        status: {column: state, codes: states}\n" + CODES + more
    return mapped(text, tmp_path, {"people.csv": f"id,name,state\n1,Ada,a\n2,Ben,{cell}\n"})


def test_a_code_that_nobody_knows_refuses_its_row_and_protects_it(tmp_path):
    roster = with_codes(tmp_path, "x")

    assert rows(roster, "users", "user_id", "status") == [["1", "active"]]
    assert codes(roster.findings) == [("code-unknown", 3)]
    assert protected(roster, "table", "user_id", "reason") == [["users", "2", "code-unknown"]]


def test_a_code_that_is_skipped_leaves_no_row_no_finding_and_no_protection(tmp_path):
    roster = with_codes(tmp_path, "w")

    assert (len(roster.tables["users"]), len(roster.findings), len(roster.protections)) == (1, 0, 0)
    assert roster.sums[0].filtered == 1


@pytest.mark.parametrize(
    ("rule", "cell", "expected"),
    [
        ("    otherwise: keep\n", "x", "x"),
        ("    otherwise: =suspended\n", "x", "suspended"),
        ("    otherwise: tell\n", "x", ""),
        ("    blank: =active\n", "", "active"),
        ("    ignore_case: yes\n", "D", "deleted"),
    ],
)
def test_what_becomes_of_other_codes_is_said_in_the_list(tmp_path, rule, cell, expected):
    roster = with_codes(tmp_path, cell, rule)

    assert rows(roster, "users", "user_id", "status")[1] == ["2", expected]


def test_a_blank_code_refuses_where_the_list_says_so(tmp_path):
    assert codes(with_codes(tmp_path, "", "    blank: refuse\n").findings) == [("code-blank", 3)]


LOOKUP = """\
mapping: test
needs:
  enrollments: {required: [section, person]}
  people: {required: [number, sis], optional: [note]}
canvas:
  enrollments:
    rows:
      from: enrollments
      lookups:
        who: {in: people, key: number, value: person%s}
      columns:
        section_id: section
        user_id: who.sis
        role: {text: student}
        status: {text: active}
"""


def looked_up(tmp_path, people, more=""):
    files = {"e.csv": "section,person\nS1,7\nS2,8\nS3,\n", "p.csv": "number,sis,note\n" + "".join(people)}
    return mapped(LOOKUP % more, tmp_path, files)


def test_a_failed_lookup_protects_what_the_row_would_have_become(tmp_path):
    roster = looked_up(tmp_path, ["7,P7,\n"])

    assert rows(roster, "enrollments", "section_id", "user_id") == [["S1", "P7"]]
    assert codes(roster.findings) == [("key-blank", 3), ("key-blank", 4), ("lookup-blank", 4), ("lookup-missing", 3)]
    assert protected(roster, "section_id", "user_id", "role") == [["S2", "", "student"], ["S3", "", "student"]]


def test_a_lookup_may_leave_out_what_it_does_not_find(tmp_path):
    roster = looked_up(tmp_path, ["7,P7,\n"], ", missing: skip")

    assert (len(roster.tables["enrollments"]), len(roster.protections)) == (1, 0)


def test_a_key_of_several_rows_that_differ_finds_none_of_them(tmp_path):
    roster = looked_up(tmp_path, ["7,P7,\n", "7,P9,\n", "8,P8,\n"])

    assert ("lookup-ambiguous", 2) in codes(roster.findings)
    assert rows(roster, "enrollments", "section_id", "user_id") == [["S2", "P8"]]


def test_rows_of_one_key_that_differ_only_in_what_nobody_asks_are_one(tmp_path):
    roster = looked_up(tmp_path, ["7,P7,x\n", "7,P7,y\n", "8,P8,\n"])

    assert rows(roster, "enrollments", "section_id", "user_id") == [["S1", "P7"], ["S2", "P8"]]


def test_a_lookup_of_many_gives_a_row_for_each(tmp_path):
    roster = looked_up(tmp_path, ["7,P7,\n", "7,P9,\n", "8,P8,\n"], ", many: yes")

    assert rows(roster, "enrollments", "section_id", "user_id", "line_no") == [
        ["S1", "P7", 2],
        ["S1", "P9", 2],
        ["S2", "P8", 3],
    ]


def merged(tmp_path, winner, *lines):
    text = USERS.replace("{column}", "name") + "        status: state\n        _since: since\n"
    text += f"    merge: {winner}\n" if winner else ""
    return mapped(text, tmp_path, {"people.csv": "\n".join(["id,name,state,since", *lines, ""])})


def test_equal_rows_become_one_and_are_counted_as_identical(tmp_path):
    roster = merged(tmp_path, "", "1,Ada,a,", "1,Ada,a,", "2,Ben,a,")

    assert len(roster.tables["users"]) == 2
    assert (roster.sums[0].used, roster.sums[0].identical) == (2, 1)


def test_rows_of_one_key_that_differ_are_all_refused_without_a_rule(tmp_path):
    roster = merged(tmp_path, "", "1,Ada,a,", "1,Eda,a,", "2,Ben,a,")

    assert [row[0] for row in rows(roster, "users", "user_id")] == ["2"]
    assert codes(roster.findings) == [("rows-contradict", 2), ("rows-contradict", 3)]
    assert protected(roster, "user_id") == [["1"], ["1"]]


@pytest.mark.parametrize(
    ("winner", "line"),
    [
        ("{winner: [{prefer: {status: [active, deleted]}}]}", 3),
        ("{winner: [{newest: _since}]}", 4),
        ("{winner: [{oldest: _since}]}", 2),
        ("{winner: [{first: yes}]}", 2),
        ("{winner: [{last: yes}]}", 4),
        ("{winner: [{prefer: {status: [none]}}, {newest: _since}]}", 4),
    ],
)
def test_the_winner_is_chosen_by_the_stated_rule(tmp_path, winner, line):
    roster = merged(tmp_path, winner, "1,Ada,deleted,2024", "1,Eda,active,2025", "1,Ida,deleted,2026")

    assert rows(roster, "users", "line_no") == [[line]]
    assert roster.sums[0].merged == 2


def test_a_rule_that_does_not_decide_refuses(tmp_path):
    roster = merged(tmp_path, "{winner: [{prefer: {status: [active, deleted]}}]}", "1,Ada,active,", "1,Eda,active,")

    assert codes(roster.findings) == [("rows-contradict", 2), ("rows-contradict", 3)]


def test_a_column_that_is_cleared_is_there_and_blank(tmp_path):
    text = USERS.replace("{column}", "name") + "    clear: [authentication_provider_id]\n"

    roster = mapped(text, tmp_path, {"people.csv": "id,name\n1,Ada\n"})

    assert rows(roster, "users", "authentication_provider_id") == [[""]]
    assert roster.clears == {"users": ("authentication_provider_id",)}


def test_a_list_in_a_cell_is_split_into_rows(tmp_path):
    text = HEAD + (
        "canvas:\n  user_observers:\n    rows:\n      from: people\n      split: {column: tags, to: child}\n"
        "      columns: {observer_id: id, student_id: child, status: {text: active}}\n"
    )

    roster = mapped(text, tmp_path, {"people.csv": 'id,name,tags\n1,Ada,"x, y,,x"\n2,Ben,\n'})

    assert rows(roster, "user_observers", "observer_id", "student_id", "line_no") == [["1", "x", 2], ["1", "y", 2]]
    assert (roster.sums[0].used, roster.sums[0].filtered) == (1, 1)


def test_rows_of_a_group_are_counted(tmp_path):
    text = HEAD + (
        "tables:\n  counted: {from: people, count: {members: [state]}}\n"
        "canvas:\n  users:\n    rows: {from: counted, columns: {user_id: id, login_id: members}}\n"
    )

    roster = mapped(text, tmp_path, {"people.csv": "id,name,state\n1,a,x\n2,b,y\n3,c,x\n"})

    assert rows(roster, "users", "user_id", "login_id") == [["1", "2"], ["2", "1"], ["3", "2"]]


def test_tables_are_united_with_the_columns_of_all(tmp_path):
    text = (
        "mapping: test\nneeds:\n  staff: {required: [staff_id, name]}\n  pupils: {required: [pupil_id, name], optional: [mail]}\n"
        "tables:\n  s: {from: staff, columns: {id: staff_id}}\n  p: {from: pupils, columns: {id: pupil_id}}\n  all: {union: [s, p]}\n"
        "canvas:\n  users:\n    rows: {from: all, columns: {user_id: id, login_id: name, email: mail}}\n"
    )

    roster = mapped(text, tmp_path, {"a.csv": "staff_id,name\nS1,a\n", "b.csv": "pupil_id,name,mail\nP1,b,m\n"})

    assert rows(roster, "users", "user_id", "email", "file_no") == [["P1", "m", 1], ["S1", "", 0]]


OPTION = """\
mapping: test
options:
  kind: {help: which, choices: [mail, name, none], default: name}
  mark: {help: free text, default: x}
needs:
  people: {required: [id, name], optional: [mail]}
canvas:
  users:
    rows:
      from: people
      columns:
        user_id: {template: "${mark}-{id}"}
        login_id: {choose: kind, mail: mail, name: name, none: none}
"""


@pytest.mark.parametrize(("kind", "expected"), [("mail", "m"), ("name", "Ada")])
def test_an_option_chooses_a_branch(tmp_path, kind, expected):
    roster = mapped(OPTION, tmp_path, {"people.csv": "id,name,mail\n1,Ada,m\n"}, kind=kind)

    assert rows(roster, "users", "user_id", "login_id") == [["x-1", expected]]


def test_the_branch_none_takes_the_column_away(tmp_path):
    roster = mapped(OPTION, tmp_path, {"people.csv": "id,name,mail\n1,Ada,m\n"}, kind="none", mark="q")

    assert list(roster.tables["users"].columns) == ["user_id", "file_no", "line_no"]


def test_options_of_a_preset_say_what_they_are_for():
    help_text, default, choices = option_help("oneroster-1.1")["homerooms"]

    assert (bool(help_text), default, choices) == (True, "skip", ("skip", "course", "homeroom_course"))


@pytest.mark.parametrize(
    ("wrong", "right", "line", "message"),
    [
        ("user_id: id", "user_id: identifier", 11, 'there is no column "identifier".'),
        ("user_id: id", "user_idd: id", 11, 'there is no Canvas column of users "user_idd". Did you mean "user_id"?'),
        ("from: people", "from: peeple", 9, 'there is no table "peeple". Did you mean "people"?'),
        ("  users:\n    rows", "  user:\n    rows", 7, 'there is no Canvas table "user". Did you mean "users"?'),
        (
            "login_id: name",
            "login_id: {column: name, then: uper}",
            12,
            'there is no operator "uper". Did you mean "upper"?',
        ),
        (
            "login_id: name",
            "login_id: {column: name, then: {pad: x}}",
            12,
            'the operator "pad" needs a number, not "x"',
        ),
        ("login_id: name", "login_id: {column: name, then: pad}", 12, 'the operator "pad" needs a number'),
        ("login_id: name", "login_id: {column: name, codes: role}", 12, 'there is no code list "role".'),
        ("login_id: name", "login_id: {column: when, then: {date: d}}", 12, 'there is no date rule "d".'),
        ("login_id: name", 'login_id: {template: "{nam}"}', 12, 'there is no column "nam". Did you mean "name"?'),
        (
            "login_id: name",
            "login_id: {column: name, then: {extract: '('}}",
            12,
            'the operator "extract" has no valid regular expression',
        ),
        ("user_id: id", "user_id: {join: [id, name]}", 11, "a key is made by a template"),
        (
            "required: [id, name]",
            "required: [id, name]\n    aliases: {nme: [x]}",
            3,
            'there is no column of people "nme". Did you mean "name"?',
        ),
    ],
)
def test_a_mistake_of_meaning_has_its_line_and_the_nearest_right_name(wrong, right, line, message):
    text = USERS.replace("{column}", "name").replace(wrong, right)

    found = problems(text)

    assert any(at == line and said.startswith(message) for at, said in found), found


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("mapping: [", 2, "this is no valid YAML"),
        ("mapping: a\nmapping: b\n", 2, 'the key "mapping" stands here twice'),
        ("mapping: &x a\nneeds: *x\n", 1, "anchors, aliases and tags are not used here"),
        ("- a\n", 1, "a mapping begins with"),
        (
            "mapping: t\nneeds: {}\ncanvas: {}\nexmples: []\n",
            4,
            '"exmples": the key "exmples" is not known here. Did you mean "examples"?',
        ),
        (
            "mapping: t\nneeds:\n  a: {required: [x], short_rows: maybe}\ncanvas: {}\n",
            3,
            '"needs.a.short_rows": must be yes or no',
        ),
        ("mapping: t\ncanvas: {}\n", 1, '"needs": this key is missing'),
        (
            HEAD + "canvas:\n  users: {rows: {from: people, columns: {user_id: {column: id, text: x}}}}\n",
            7,
            "needs exactly one of column",
        ),
    ],
)
def test_a_mistake_of_form_has_its_line(text, line, message):
    found = problems(text)

    assert any(at == line and message in said for at, said in found), found


def test_all_mistakes_are_told_at_once():
    text = (
        USERS.replace("{column}", "nme")
        .replace("user_id: id", "user_id: idd")
        .replace("from: people", "from: people\n      where: {column: stat, equals: x}")
    )

    assert len(problems(text)) == 3


def test_tables_that_need_each_other_are_told():
    text = USERS.replace("{column}", "name") + "tables:\n  a: {from: b}\n  b: {from: a}\n"

    assert [message for _, message in problems(text)] == [
        '"a" depends on itself through other tables',
        '"b" depends on itself through other tables',
    ]


def test_numbers_and_words_in_yaml_stay_what_was_typed(tmp_path):
    assert one("{text: 00123}", tmp_path, "1,a,,,,,") == ["00123"]
    assert one("{text: NO}", tmp_path, "1,a,,,,,") == ["NO"]
    assert one("{text: 22:30}", tmp_path, "1,a,,,,,") == ["22:30"]


def test_an_unverified_mapping_is_refused():
    assert problems("verified: no\n" + USERS.replace("{column}", "name")) == [
        (1, "this mapping is a draft that nobody has verified")
    ]
