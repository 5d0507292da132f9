import pytest

from pipeline.errors import SettingsError
from pipeline.settings import load
from tests.settings.kit import FEEDS, INSTANCES, only_problem, problems, with_feed, with_instance, write

TOKEN = "7001~kFzN4canaryQ8e"


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("timezon: UTC", "timezon", "timezone"),
        ("Timezone: UTC", "Timezone", "timezone"),
        ("instances: {a: {kind: test, ulr: x, url: 'http://localhost:1'}}", "ulr", "url"),
        (with_feed("setle: 30s"), "setle", "settle"),
        (with_feed("deliver: {promot: manual}"), "promot", "promote"),
        (with_feed("guards: {user: {}}"), "user", "users"),
        (with_feed("guards: {users: {delet: {}}}"), "delet", "delete"),
        (with_feed("guards: {users: {delete: {percents: 5}}}"), "percents", "percent"),
        (with_feed("checks: {c: {as: warn, reasn: x, reason: y}}"), "reasn", "reason"),
        ("timetable: {run: []}", "run", "runs"),
        ("archive: {source: full}", "source", "sources"),
        ("service: {lisen: x}", "lisen", "listen"),
    ],
)
def test_a_misspelt_key_is_told_with_the_nearest_right_one(tmp_path, text, wrong, right):
    message = only_problem(tmp_path, text)

    assert f"`{wrong}`" in message
    assert f"did you mean `{right}`?" in message


def test_a_problem_names_file_and_line(tmp_path):
    path = write(tmp_path, "timezone: UTC\n\nretention:\n  days: soon\n")

    with pytest.raises(SettingsError) as caught:
        load(path, {})

    assert str(caught.value) == f"{path} line 4: retention.days: a whole number is expected, such as `20`"


def test_all_problems_are_told_at_once(tmp_path):
    text = """
timezon: X
instances:
  prod: {kind: production, url: "https://school.test.instructure.com", token: inline-token}
  test: {kind: tst, url: "http://localhost:1"}
feeds:
  registrar:
    drop: d
    settle: 30
    settle: 4s
    deliver: {to: [tes, prod], promote: often}
    absent: {user: keep}
    expects: [a/b.csv]
timetable: {runs: [{feed: registrar, daily: "25:00"}, {feed: rg, daily: "22:30"}, {daily: "22:30"}]}
notices:
  - {to: it, url: env:X, when: [hold]}
  - {to: it}
"""

    assert [line for line, _ in problems(tmp_path, text)] == [2, 4, 4, 5, 9, 10, 11, 11, 12, 13, 14, 14, 14, 16, 17]


def test_what_is_left_out_of_a_list_does_not_shift_the_others(tmp_path):
    text = "notices:\n  - {to: it}\n  - {to: it}\n  - {to: it, url: env:A, when: [heldd]}\n  - {to: it, url: env:A, feeds: [nobody]}\n"

    assert [(line, message.partition(":")[0]) for line, message in problems(tmp_path, text)] == [
        (2, "notices[1].url"),
        (3, "notices[2].url"),
        (4, "notices[3].when[1]"),
        (5, "notices[4].feeds"),
    ]


def test_a_wrong_value_is_not_told_a_second_time_as_missing(tmp_path):
    assert [
        line for line, _ in problems(tmp_path, with_instance("kind: tset\nurl: https://school.instructure.com"))
    ] == [3]


def test_a_reference_to_an_instance_that_was_wrong_is_no_second_mistake(tmp_path):
    text = "instances:\n  test: {kind: tst, url: 'http://localhost:1'}\nfeeds:\n  r: {drop: d, deliver: {to: [test]}}\n"

    assert "kind" in only_problem(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", "second time"),
        ("x: &anchor 1\ny: *anchor\n", "aliases"),
        ("? [1, 2]\n: x\n", "plain text"),
        ("retention: {days: !!int 5}\n", "tags"),
        ("state: !!python/object:os.system x\n", "tags"),
        ("a: 1\n---\nb: 2\n", "more than one document"),
        ("timezone: [UTC\n", "not valid YAML"),
        ("retention:\n\tdays: 3\n", "tab"),
        ("- a\n- b\n", "keys and values"),
        ("just text\n", "keys and values"),
    ],
    ids=["repeated", "alias", "complex-key", "tag", "python-tag", "documents", "unclosed", "tab", "list", "text"],
)
def test_what_is_not_plain_yaml_is_refused(tmp_path, text, expected):
    assert any(expected in message for _, message in problems(tmp_path, text))


def test_a_deeply_nested_file_is_refused(tmp_path):
    assert "nested too deeply" in only_problem(tmp_path, "a: " + "[" * 20_000 + "]" * 20_000)


def test_a_very_large_file_is_refused(tmp_path):
    assert "1,000,000" in only_problem(tmp_path, "# " + "x" * 1_000_000)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_bytes(b"timezone: UTC\n# Mu\xf1oz\n")

    with pytest.raises(SettingsError, match="line 2: this is not UTF-8"):
        load(path, {})


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_bytes(b"\xef\xbb\xbftimezone: Europe/Madrid\n")

    assert load(path, {}).timezone == "Europe/Madrid"


def test_a_missing_file_is_told_with_a_remedy(tmp_path):
    with pytest.raises(SettingsError, match="sis-pipeline init"):
        load(tmp_path / "never.yaml", {})


@pytest.mark.parametrize(
    ("kind", "url", "own_hosts", "expected"),
    [
        ("production", "https://school.instructure.com", "", None),
        ("production", "https://SCHOOL.instructure.com/", "", None),
        ("test", "https://school.test.instructure.com", "", None),
        ("beta", "https://school.beta.instructure.com", "", None),
        ("production", "https://canvas.school.example", "canvas.school.example", None),
        ("production", "http://127.0.0.1:3000", "", None),
        ("test", "http://localhost:3001", "", None),
        ("beta", "http://[::1]:3001", "", None),
        ("production", "https://school.test.instructure.com", "", "is a test instance"),
        ("production", "https://school.beta.instructure.com", "", "is a beta instance"),
        ("production", "https://school.test.instructure.com", "school.test.instructure.com", "is a test instance"),
        ("test", "https://school.instructure.com", "", "is a production instance"),
        ("test", "https://school.beta.instructure.com", "", "is a beta instance"),
        ("beta", "https://school.test.instructure.com", "", "is a test instance"),
        ("test", "https://school.test.instructure.com.evil.example", "", "not an address of Instructure"),
        ("test", "https://evil-test.instructure.com.example", "", "not an address of Instructure"),
        ("production", "https://xinstructure.com", "", "not an address of Instructure"),
        ("production", "https://canvas.school.example", "", "own_hosts"),
        ("production", "http://school.instructure.com", "", "for this computer only"),
        ("production", "http://10.0.0.5", "10.0.0.5", "for this computer only"),
        ("production", "https://school.instructure.com/api/v1", "", "without a path"),
        ("production", "https://user:pw@school.instructure.com", "", "no user name or password"),
        ("production", "school.instructure.com", "", "an address such as"),
        ("production", "ftp://school.instructure.com", "", "an address such as"),
        ("production", "https://school.instructure.com:port", "", "an address such as"),
    ],
)
def test_a_host_must_fit_its_kind(tmp_path, kind, url, own_hosts, expected):
    found = problems(tmp_path, with_instance(f"kind: {kind}\nurl: '{url}'\nown_hosts: [{own_hosts}]"))

    assert [message for _, message in found if expected is None or expected not in message] == []
    assert bool(found) == (expected is not None)


def test_two_instances_are_not_the_same_canvas(tmp_path):
    text = """
instances:
  test: {kind: production, url: "https://school.instructure.com"}
  production: {kind: production, url: "https://SCHOOL.instructure.com:443/"}
"""

    assert "same Canvas as `test`" in only_problem(tmp_path, text)


def test_a_token_is_not_sent_to_two_instances(tmp_path):
    text = INSTANCES.replace("TEST_TOKEN", "TOKEN").replace("PRODUCTION_TOKEN", "TOKEN")

    assert "each instance its own" in only_problem(tmp_path, text)


def test_one_token_may_serve_one_instance_for_all(tmp_path):
    text = with_instance("kind: test\nurl: http://localhost:1\ntoken: env:T\nundo_token: env:T\nread_token: env:T")

    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    "value",
    [
        TOKEN,
        f"env:{TOKEN}",
        f"token:{TOKEN}",
        f"{{token: {TOKEN}}}",
        f"{{oauth: {{client_id: a, client_secret: {TOKEN}, refresh_token: b}}}}",
    ],
)
def test_a_token_in_the_file_is_refused_and_never_repeated(tmp_path, value):
    path = write(
        tmp_path,
        with_instance(
            f"kind: test\nurl: http://localhost:1\ntoken: '{value}'"
            if "{" not in value
            else f"kind: test\nurl: http://localhost:1\ntoken: {value}"
        ),
    )

    with pytest.raises(SettingsError) as caught:
        load(path, {})

    assert "reference" in str(caught.value) or "environment variable" in str(caught.value)
    assert TOKEN not in f"{caught.value!r}{caught.value}{caught.value.problems}"


def test_the_cause_of_an_error_does_not_hold_what_was_typed(tmp_path):
    path = write(tmp_path, f"notices: [{{to: it, url: '{TOKEN}'}}]\nretention: {{days: {TOKEN}}}")

    with pytest.raises(SettingsError) as caught:
        load(path, {})

    error = caught.value
    while error is not None:
        assert TOKEN not in f"{error!r}{error}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("deliver: {options: {add_sis_stickiness: true}}", "drops `add_sis_stickiness` silently"),
        ("deliver: {options: {clear_sis_stickiness: true}}", "drops `clear_sis_stickiness` silently"),
        (
            "deliver: {options: {override_sis_stickiness: true, add_sis_stickiness: true, clear_sis_stickiness: true}}",
            "keep one of the two",
        ),
        ("deliver: {send: canvas_diffing, options: {skip_deletes: true}}", "pass over the deletes"),
        ("deliver: {options: {skip_deletes: true}}\nabsent: {enrollments: deleted}", "passes over deletes"),
        ("deliver: {batch_mode: true}", "send: canvas_batch"),
        ("deliver: {diffing_data_set_identifier: x}", "send: canvas_diffing"),
        ("deliver: {options: {change_threshold: 10}}", "under `guards`"),
        ("deliver: {to: [production, test]}", "production comes last"),
        ("deliver: {to: [test, test]}", "named twice"),
        ("deliver: {to: [prodution]}", "did you mean `production`?"),
        ("deliver: {to: [production], promote: when_clean}", "only one instance"),
        ("process: at_times", "daily run is needed"),
        ("export: by_manifest\nexpects: [users.csv]", "needs a manifest"),
        ("expects: [in/users.csv]", "without a folder"),
        ("mapping: config/never.yaml", "does not exist"),
        ("mapping: 'preset:'", "name of a preset"),
        ("absent: {users: completed}", "keep, suspended, deleted"),
        ("absent: {usr: keep}", "did you mean `users`?"),
        ("share: {group: x, mode: '0777'}", "everybody on this computer"),
        ("share: {mode: rwx}", "permissions are expected"),
        ("deadline: {at: '06:00', days: mon-fry}", "days are expected"),
        ("deadline: {at: '06:00', except: [pause]}", "`pauses`, are expected"),
        ("checks: {some-code: {as: warn}}", "this key is missing"),
        ("checks: {some-code: {as: skip, reason: x}}", "one of `ignore`, `warn`, `refuse` or `hold`"),
        ("name: other", "a feed's name is its key"),
        ("fields_from: {users: nobody}", "no feed `nobody`"),
        ("deliver: when_clean", "keys and values are expected"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(tmp_path, lines, expected):
    assert expected in only_problem(tmp_path, with_feed(lines))


@pytest.mark.parametrize("name", ["../x", "a b", "con", "NUL", "", "x" * 41, "_results"])
def test_a_name_that_cannot_name_a_folder_is_refused(tmp_path, name):
    text = INSTANCES + f"feeds:\n  '{name}': {{drop: d}}\n"

    assert "names folders too" in only_problem(tmp_path, text)


def test_batch_mode_beside_another_feed_is_refused(tmp_path):
    text = INSTANCES + "feeds:\n  a: {drop: a, deliver: {send: canvas_batch}}\n  b: {drop: b}\n"

    assert "batch mode deletes" in only_problem(tmp_path, text)


def test_batch_mode_beside_another_feed_is_accepted_when_terms_are_fenced_apart(tmp_path):
    text = (
        INSTANCES
        + "feeds:\n  a: {drop: a, terms: {mine: A*}, deliver: {send: canvas_batch}}\n  b: {drop: b, terms: {mine: B*}}\n"
    )

    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(("one", "other"), [("in", "in"), ("in", "in/b"), ("in/a", "in")])
def test_two_drop_folders_do_not_lie_in_each_other(tmp_path, one, other):
    text = INSTANCES + f"feeds:\n  a: {{drop: {one}}}\n  b: {{drop: {other}}}\n"

    assert "lie in each other" in only_problem(tmp_path, text)


@pytest.mark.parametrize("drop", [".pipeline/drop", "archive", "."])
def test_a_drop_folder_is_apart_from_what_is_kept(tmp_path, drop):
    assert all(
        "lie in each other" in message
        for _, message in problems(tmp_path, INSTANCES + f"feeds:\n  a: {{drop: {drop}}}\n")
    )
    assert problems(tmp_path, INSTANCES + f"feeds:\n  a: {{drop: {drop}}}\n")


@pytest.mark.parametrize(
    "pause",
    ["{from: 2026-12-19}", "{allow: creates}", "{from: 2026-12-19, to: 2026-12-01}"],
    ids=["no end", "no time", "ends first"],
)
def test_a_pause_has_a_beginning_and_an_end(tmp_path, pause):
    assert problems(tmp_path, f"timetable: {{pauses: [{pause}]}}")


def test_an_instance_without_an_address_is_told(tmp_path):
    assert only_problem(tmp_path, with_instance("kind: test")).endswith("url: this key is missing")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("feeds: {a: x}", "keys and values"),
        ("feeds: [a]", "keys and values"),
        ("instances: text", "keys and values"),
        ("notices: text", "a list is expected"),
        ("timezone: [UTC]", "one value is expected"),
        ('timezone: ""', "a value is missing"),
        ("timetable: {pauses: [{daily: '08:00'}]}", "two times of day"),
        ("timetable: {pauses: [{from: 2026-02-30, to: 2026-03-01}]}", "a date is expected"),
        ("archive: {encrypt_to: {a: b}}", "a list is expected"),
        (with_instance("kind: test\nurl: http://localhost:1\ntoken: {}"), "either a reference"),
    ],
)
def test_a_value_of_another_form_is_told_plainly(tmp_path, text, expected):
    assert expected in only_problem(tmp_path, text)


def test_a_time_zone_that_is_none_is_told(tmp_path):
    assert "not a time zone" in only_problem(tmp_path, "timezone: Mountain")


def test_feeds_without_instances_are_told(tmp_path):
    assert "no instance to deliver to" in only_problem(tmp_path, FEEDS)
