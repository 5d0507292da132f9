"""Every sample goes through its preset; what is refused on the way is known and explained here."""

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.mapping import load_preset, option_help, presets, recognise
from pipeline.model.findings import Severity
from pipeline.sources import SourceRules, read_drop
from tests.mapping.rosters import preset_roster, protected, rows
from tests.sources.drops import drop_of
from tests.tools import need_shared

SAMPLES = Path(__file__).parent / "samples"
CONSTRUCTED = SAMPLES / "constructed"
BANNER = {"registered": "RE,RW,AU", "dropped": "DW,DD", "withdrawn": "WM", "waiting": "WL"}
USABLE = [name for name in presets() if name not in {"blackbaud", "veracross"}]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def sample(preset: str, folder: Path, **options: str):
    return preset_roster(preset, *files(folder), **options)


def refusals(roster) -> list[tuple[str, str, int]]:
    found = roster.findings[roster.findings["severity"].isin([Severity.ERROR.value, Severity.HOLD.value])]
    return sorted(zip(found["code"], found["table"], found["line_no"], strict=True))


def counts(roster) -> dict[str, int]:
    return {name: len(frame) for name, frame in roster.tables.items() if len(frame)}


def own(*names: str):
    return [pytest.param(SAMPLES / name, id=name) for name in names]


@pytest.mark.parametrize("name", USABLE)
def test_a_preset_loads_with_every_choice_of_every_option(name):
    for option, (_, _, choices) in option_help(name).items():
        for choice in choices:
            load_preset(name, {option: choice})


@pytest.mark.parametrize("name", ["blackbaud", "veracross"])
def test_an_unverified_draft_cannot_be_switched_on(name):
    with pytest.raises(SettingsError, match="draft that nobody has verified"):
        load_preset(name)


@pytest.mark.parametrize(("name", "base"), [("infinite-campus", "oneroster-1.2"), ("skyward", "oneroster-1.1")])
def test_a_preset_like_another_is_that_one(name, base):
    assert load_preset(name).name == base


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(SettingsError, match=r'no preset "onroster-1.1". Did you mean "oneroster-1.1"'):
        load_preset("onroster-1.1")


def test_an_unknown_option_names_the_nearest():
    with pytest.raises(SettingsError, match=r'no option "homeroom". Did you mean "homerooms"'):
        load_preset("oneroster-1.1", {"homeroom": "skip"})


def test_a_wrong_choice_names_the_right_ones():
    with pytest.raises(SettingsError, match='"homerooms" is "leave"; it may be skip, course, homeroom_course'):
        load_preset("oneroster-1.1", {"homerooms": "leave"})


@pytest.mark.parametrize(
    ("folder", "preset"),
    [
        ("constructed/banner-sqlplus-spool", "banner"),
        ("constructed/banner-homemade-canvas-csv", "canvas"),
        ("constructed/clever-sftp", "clever"),
        ("constructed/colleague-extract", "colleague"),
        ("constructed/jenzabar-extract", "jenzabar"),
        ("constructed/oneroster-1.1-delta-guardians", "oneroster-1.1"),
        ("constructed/peoplesoft-query", "peoplesoft"),
        ("constructed/powerschool", "powerschool"),
        ("constructed/sqlserver-text-results", None),
        ("microsoft-sds/v1-25-users", "microsoft-sds"),
        ("microsoft-sds/v1-min-required", "microsoft-sds"),
        ("microsoft-sds/v2", "microsoft-sds"),
        ("microsoft-sds/v2.1", "microsoft-sds"),
        ("oneroster-school", "oneroster-1.1"),
    ],
)
def test_a_sample_is_recognised_by_its_headings(tmp_path, folder, preset):
    tables = read_drop(drop_of(*files(SAMPLES / folder)), SourceRules(unterminated="trust"), work=tmp_path)

    headers = [
        [name for name in table.rows.columns if name not in {"file_no", "line_no"}] for table in tables.tables.values()
    ]
    assert recognise(headers) == preset


@pytest.mark.parametrize("folder", ["v1-25-users", "v1-min-required", "v2", "v2.1"])
def test_microsoft_samples_account_for_every_row(folder):
    roster = sample("microsoft-sds", SAMPLES / "microsoft-sds" / folder)

    assert all(sums.adds_up for sums in roster.sums)


def test_microsoft_v1_gives_people_sections_and_enrollments():
    roster = sample("microsoft-sds", SAMPLES / "microsoft-sds" / "v1-25-users")

    assert counts(roster) == {"accounts": 2, "terms": 1, "courses": 2, "sections": 2, "users": 24, "enrollments": 46}
    assert refusals(roster) == []


def test_microsoft_v1_passwords_are_in_no_table():
    roster = sample("microsoft-sds", SAMPLES / "microsoft-sds" / "v1-25-users")

    assert not any((frame.astype(str) == "P@ssword").to_numpy().any() for frame in roster.tables.values())


def test_microsoft_v2_refuses_the_one_role_it_does_not_know():
    roster = sample("microsoft-sds", SAMPLES / "microsoft-sds" / "v2")

    assert refusals(roster) == [("code-unknown", "enrollments", 26)]


def test_microsoft_v21_guardians_observe_their_students():
    roster = sample("microsoft-sds", SAMPLES / "microsoft-sds" / "v2.1", departments="yes")

    assert rows(roster, "user_observers", "observer_id", "student_id") == [
        ["114002", "114001"],
        ["114002", "114003"],
        ["114005", "114004"],
    ]
    assert refusals(roster) == []


def test_clever_holds_a_section_of_two_terms_until_a_rule_is_set():
    roster = sample("clever", CONSTRUCTED / "clever-sftp")

    assert refusals(roster) == [("rows-contradict", "courses", 4), ("rows-contradict", "courses", 5)]


def test_clever_with_a_rule_refuses_nothing():
    roster = sample("clever", CONSTRUCTED / "clever-sftp", multi_term_sections="first")

    assert refusals(roster) == []
    assert ["70110", "2026-27 S1"] in rows(roster, "courses", "course_id", "term_id")


def test_clever_students_repeated_per_contact_are_one_person_each():
    roster = sample("clever", CONSTRUCTED / "clever-sftp", multi_term_sections="first")

    students = [row for row in rows(roster, "users", "user_id", "declared_user_type") if row[1] == "student"]
    assert [row[0] for row in students] == ["5121", "5122", "5123", "5124"]


def test_clever_contacts_without_an_id_are_no_observers():
    roster = sample("clever", CONSTRUCTED / "clever-sftp", multi_term_sections="first")

    assert [row[0] for row in rows(roster, "user_observers", "observer_id")] == ["C9001", "C9002", "C9003", "C9004"]


def test_clever_second_teachers_teach_or_assist():
    roster = sample("clever", CONSTRUCTED / "clever-sftp", multi_term_sections="first", second_teachers="ta")

    assert ["70102", "3303", "ta"] in rows(roster, "enrollments", "section_id", "user_id", "role")


def test_clever_demo_district_refuses_the_teachers_without_an_id():
    folder = need_shared("samples", "clever", "demo-district")

    roster = sample("clever", folder)

    assert len(roster.tables["users"]) == 8404
    assert {code for code, _, _ in refusals(roster)} == {"key-blank"}


def test_powerschool_sample_maps_without_a_refusal():
    roster = sample("powerschool", CONSTRUCTED / "powerschool", homerooms="^HR")

    assert refusals(roster) == []
    assert counts(roster) == {"terms": 3, "courses": 4, "sections": 4, "users": 9, "enrollments": 10}


def test_powerschool_negative_sections_are_drops_and_active_wins():
    roster = sample("powerschool", CONSTRUCTED / "powerschool")

    found = [row for row in rows(roster, "enrollments", "section_id", "user_id", "status") if row[1] == "0010022"]
    assert found == [["70101", "0010022", "completed"], ["70102", "0010022", "active"]]


def test_powerschool_teachers_of_two_schools_are_one_person():
    roster = sample("powerschool", CONSTRUCTED / "powerschool")

    assert [row[0] for row in rows(roster, "users", "user_id")].count("T0044") == 1


def test_powerschool_quotes_in_tab_text_are_letters():
    roster = sample("powerschool", CONSTRUCTED / "powerschool")

    assert ["0010023", '"Mac" McAllister'] in rows(roster, "users", "user_id", "last_name")


def test_banner_without_its_codes_refuses_what_nobody_explained():
    roster = sample("banner", CONSTRUCTED / "banner-sqlplus-spool")

    unknown = {
        value
        for code, value in zip(roster.findings["code"], roster.findings["value"], strict=True)
        if code == "code-unknown"
    }
    assert unknown == {"AU", "DW", "DD", "WL", "WM"}


def test_banner_with_its_codes_refuses_only_the_section_that_exists_nowhere():
    roster = sample("banner", CONSTRUCTED / "banner-sqlplus-spool", **BANNER)

    assert refusals(roster) == [("lookup-missing", "enrollments", 24)]
    assert ["enrollments", "202710-99999", "48213"] in protected(roster, "table", "section_id", "user_id")


def test_banner_crosslist_groups_get_a_course_of_their_own():
    roster = sample("banner", CONSTRUCTED / "banner-sqlplus-spool", **BANNER)

    assert rows(roster, "xlists", "xlist_course_id", "section_id") == [
        ["202710-XL-A1", "202710-10420"],
        ["202710-XL-A1", "202710-10421"],
    ]
    assert ["202710-XL-A1", "202710"] in rows(roster, "courses", "course_id", "term_id")


def test_banner_ids_keep_their_leading_zeros_and_carry_their_term():
    roster = sample("banner", CONSTRUCTED / "banner-sqlplus-spool", **BANNER, section_id="CRN.TERM")

    assert "00612.202710" in [row[0] for row in rows(roster, "sections", "section_id")]


def test_banner_placeholder_terms_are_not_sent():
    roster = sample("banner", CONSTRUCTED / "banner-sqlplus-spool", **BANNER)

    assert [row[0] for row in rows(roster, "terms", "term_id")] == ["202710", "202720", "202730"]


def test_banner_people_without_a_sourced_id_are_refused_when_it_is_their_id():
    roster = sample("banner", CONSTRUCTED / "banner-sqlplus-spool", **BANNER, user_id="GOBSRID_SOURCED_ID")

    assert ("key-blank", "users", 11) in refusals(roster)


def test_peoplesoft_takes_the_name_in_force():
    roster = sample("peoplesoft", CONSTRUCTED / "peoplesoft-query")

    assert ["00010002001", "José", "Peña-Rivera"] in rows(roster, "users", "user_id", "first_name", "last_name")


def test_peoplesoft_preferred_names_by_option():
    roster = sample("peoplesoft", CONSTRUCTED / "peoplesoft-query", names="preferred")

    assert ["00010002002", "Shiv"] in rows(roster, "users", "user_id", "first_name")


def test_peoplesoft_waiting_is_no_enrollment_and_a_withdrawal_is_inactive():
    roster = sample("peoplesoft", CONSTRUCTED / "peoplesoft-query")

    found = dict(row for row in rows(roster, "enrollments", "user_id", "status"))
    assert "00010002004" not in found
    assert found["00010002003"] == "inactive"


def test_peoplesoft_instructors_of_combined_sections_teach_all_of_them():
    roster = sample("peoplesoft", CONSTRUCTED / "peoplesoft-query")

    taught = [row[0] for row in rows(roster, "enrollments", "section_id", "user_id") if row[1] == "00010002014"]
    assert taught == ["2268-10420", "2268-10421"]


def test_peoplesoft_sample_maps_without_a_refusal():
    roster = sample("peoplesoft", CONSTRUCTED / "peoplesoft-query")

    assert refusals(roster) == []
    assert all(sums.adds_up for sums in roster.sums)


def test_colleague_sample_maps_without_a_refusal():
    roster = sample("colleague", CONSTRUCTED / "colleague-extract")

    assert refusals(roster) == []
    assert counts(roster) == {"courses": 4, "sections": 4, "users": 15, "enrollments": 10}


def test_jenzabar_years_are_those_in_which_the_term_lies():
    roster = sample("jenzabar", CONSTRUCTED / "jenzabar-extract")

    assert [row[0] for row in rows(roster, "courses", "term_id")] == ["2026FA", "2027SP", "2026FA", "2026FA"]


def test_jenzabar_crosslisted_sections_move_to_their_parents_course():
    roster = sample("jenzabar", CONSTRUCTED / "jenzabar-extract")

    assert rows(roster, "xlists", "xlist_course_id", "section_id") == [["GWD-6610-20-2026FA", "IDM-6610-20-2026FA"]]


def test_jenzabar_waiting_is_no_enrollment_and_a_grade_of_w_a_withdrawal():
    roster = sample("jenzabar", CONSTRUCTED / "jenzabar-extract")

    found = dict(row for row in rows(roster, "enrollments", "user_id", "status"))
    assert found == {"1262462": "active", "1262463": "active", "1262464": "active", "1262466": "inactive"}


def test_ed_fi_sections_carry_their_students_and_staff():
    roster = sample("ed-fi", need_shared("samples", "ed-fi", "ods-api-json"))

    assert counts(roster) == {"accounts": 3, "terms": 2, "courses": 25, "sections": 25, "users": 50, "enrollments": 775}
    assert refusals(roster) == []


def test_ed_fi_government_numbers_are_nowhere():
    roster = sample("ed-fi", need_shared("samples", "ed-fi", "ods-api-json"))

    frames = [*roster.tables.values(), roster.findings, roster.protections]
    assert not any(frame.astype(str).apply(lambda c: c.str.contains("5754419775")).to_numpy().any() for frame in frames)


def test_the_hydration_kit_refuses_the_ids_that_contradict_themselves():
    roster = sample("canvas", need_shared("samples", "canvas-sis-csv", "hydration-kit"))

    errors = [(code, table) for code, table, _ in refusals(roster)]
    assert {pair: errors.count(pair) for pair in set(errors)} == {
        ("rows-contradict", "courses"): 180,
        ("rows-contradict", "sections"): 16,
        ("rows-contradict", "terms"): 6,
    }
    assert len(roster.tables["enrollments"]) == 14069


def test_the_hydration_kits_misspelt_column_is_named():
    roster = sample("canvas", need_shared("samples", "canvas-sis-csv", "hydration-kit"))

    assert roster.findings.loc[roster.findings["code"] == "column-misspelt", "column"].tolist() == ["pronoun"]


def test_canvas_dates_become_iso_with_an_offset():
    roster = sample("canvas", need_shared("samples", "canvas-sis-csv", "hydration-kit"))

    assert ["2022Spring", "2022-02-01T00:00:00-07:00", "2022-05-30T23:59:59-06:00"] in rows(
        roster, "terms", "term_id", "start_date", "end_date"
    )


def test_canvas_dates_pass_as_written_by_option():
    roster = sample("canvas", need_shared("samples", "canvas-sis-csv", "hydration-kit"), dates="as_written")

    assert ["2022Spring", "2022-2-01 00:00:00"] in rows(roster, "terms", "term_id", "start_date")


def test_a_homemade_canvas_export_keeps_its_sections_dates_when_they_cannot_be_read():
    roster = sample("canvas", CONSTRUCTED / "banner-homemade-canvas-csv")

    assert len(roster.tables["sections"]) == 0
    assert ["sections", "10231.202710"] in protected(roster, "table", "section_id")


def test_a_homemade_canvas_export_with_its_date_format_is_read():
    roster = sample("canvas", CONSTRUCTED / "banner-homemade-canvas-csv", dates="oracle")

    assert len(roster.tables["sections"]) == 10
    assert refusals(roster) == [("row-quotes", "accounts", 6), ("row-quotes", "courses", 5), ("row-width", "users", 7)]


def test_columns_that_the_files_lack_are_absent_and_not_blank(tmp_path):
    folder = CONSTRUCTED / "banner-homemade-canvas-csv"

    roster = sample("canvas", folder)

    assert "integration_id" not in roster.tables["sections"].columns
