"""Properties of imports: repeating changes nothing, splitting changes nothing, a difference does what the whole does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.engine.account import courses, enrollments, open_account, sections, terms, users, xlists

SETTINGS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
IDS = range(4)
DATES = st.sampled_from(["", "2025-01-01", "2025-06-01T10:00:00Z", "TBD"])
SET = {"diffing_data_set_identifier": "set"}


@pytest.fixture(scope="module")
def empty():
    with open_account() as account:
        yield account


def some(prefix, *cells, all_ids=False):
    """Rows of distinct ids with cells of their own."""
    keys = st.just(tuple(IDS)) if all_ids else st.lists(st.sampled_from(IDS), unique=True).map(sorted)
    return keys.flatmap(lambda ids: st.tuples(*(_row(f"{prefix}{n}", cells) for n in ids)).map(list))


def _row(key, cells):
    return st.tuples(*cells).map(lambda values: ",".join((key, *values)))


def one_of(*values):
    return st.sampled_from(values)


def rosters(*, statuses, whole=False):
    """Lists of rows by type. statuses: of users, courses, sections and enrollments; whole: with every id but enrollments."""
    of_users, of_courses, of_sections, of_enrollments = statuses
    nothing = st.just("")
    place = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), one_of("student", "teacher", "ta"))
    cells = st.tuples(one_of(*of_enrollments), DATES, DATES)
    names = [f"login{n}" for n in IDS]
    return st.fixed_dictionaries(
        {
            "terms": some("t", one_of("T", "U"), st.just("active"), DATES, DATES, nothing, nothing, all_ids=whole),
            "courses": some(
                "c",
                one_of("C", "D"),
                one_of("C", "D"),
                one_of(*of_courses),
                nothing,
                one_of("", "t0", "t1"),
                all_ids=whole,
            ),
            "sections": some(
                "s", one_of("c0", "c1"), one_of("S", "T"), one_of(*of_sections), nothing, DATES, nothing, all_ids=whole
            ),
            "users": some(
                "u", one_of(*names), one_of("Ada", "Bo"), one_of(*of_users), nothing, nothing, all_ids=whole
            ).map(_with_own_logins if whole else list),
            "enrollments": st.dictionaries(place, cells, max_size=8).map(
                lambda rows: [
                    f",s{s},u{u},{role},{status},{start},{end}" for (s, u, role), (status, start, end) in rows.items()
                ]
            ),
        }
    )


def _with_own_logins(rows):
    """The rows, each with a login of its own, so that none is refused."""
    return [",".join((cells[0], cells[0], *cells[2:])) for cells in (row.split(",") for row in rows)]


ANY = (
    ("active", "suspended", "deleted"),
    ("active", "published", "completed", "deleted"),
    ("active", "deleted"),
    ("active", "inactive", "completed", "deleted"),
)
GENTLE = (("active", "suspended"), ("active", "published"), ("active",), ("active", "inactive", "completed"))
DATED = "course_id,section_id,user_id,role,status,start_date,end_date"
WRITERS = {
    "terms": terms,
    "courses": courses,
    "sections": sections,
    "users": users,
    "enrollments": lambda *rows: enrollments(*rows, header=DATED),
}


def files(roster):
    whole = {}
    for table, rows in roster.items():
        whole |= WRITERS[table](*rows)
    return whole


@SETTINGS
@given(rosters(statuses=ANY))
def test_importing_a_set_twice_changes_nothing(empty, roster):
    empty.engine.reset()
    empty.imported(files(roster) | xlists("x0,s0,active"))
    first = empty.engine.state()

    empty.imported(files(roster) | xlists("x0,s0,active"))

    assert empty.engine.state() == first


@SETTINGS
@given(rosters(statuses=ANY), st.sampled_from(sorted(WRITERS)), st.integers(0, 8))
def test_file_split_over_two_imports_does_what_it_does_in_one(empty, roster, table, place):
    def run(*, split):
        empty.engine.reset()
        for name, rows in roster.items():
            parts = (rows[:place], rows[place:]) if split and name == table else (rows,)
            for part in parts:
                empty.imported(WRITERS[name](*part))
        return empty.engine.state()

    assert run(split=True) == run(split=False)


@SETTINGS
@given(rosters(statuses=GENTLE, whole=True), rosters(statuses=GENTLE, whole=True))
def test_difference_does_what_the_direct_import_does(empty, before, changed):
    """Where no row was refused (a difference never repeats it), none vanishes, and none has an effect on other rows."""
    after = {table: _merged(before[table], changed[table], keys=4 if table == "enrollments" else 1) for table in before}

    def run(**options):
        empty.engine.reset()
        empty.imported(files(before), **options)
        empty.imported(files(after), **options)
        return empty.engine.state()

    assert run(**SET) == run()


def _merged(before, changed, *, keys):
    """The rows of both, by their first cells; those of the second go before."""
    rows = {tuple(row.split(",")[:keys]): row for row in before}
    rows |= {tuple(row.split(",")[:keys]): row for row in changed}
    return list(rows.values())
