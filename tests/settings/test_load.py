import json
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import load, not_available, project_root
from tests.settings.kit import FEEDS, INSTANCES, loaded, only_problem, problems, with_feed, with_instance, write

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "pipeline.yaml"


def test_the_configuration_as_shipped_is_right():
    settings = load(SHIPPED, {})

    assert list(settings.feeds) == ["registrar"]
    assert settings.feed("registrar").deliver.to == ("test", "production")


def test_the_configuration_as_shipped_uses_nothing_that_is_not_there_yet():
    assert not_available(load(SHIPPED, {})) == ()


def test_an_empty_file_has_all_defaults(tmp_path):
    settings = loaded(tmp_path, "")

    assert (settings.timezone, settings.feeds, settings.retention.days) == ("UTC", {}, 400)


def test_paths_start_from_the_folder_above_config(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir()

    settings = loaded(folder, "state: .pipeline")

    assert settings.state == tmp_path / ".pipeline"
    assert settings.archive.folder == tmp_path / "archive"


def test_paths_start_from_the_files_own_folder_elsewhere(tmp_path):
    assert project_root(tmp_path / "pipeline.yaml") == tmp_path


def test_an_absolute_path_stays(tmp_path):
    assert loaded(tmp_path, f"state: {tmp_path / 'elsewhere'}").state == tmp_path / "elsewhere"


def test_the_ledger_is_a_file_in_the_state_folder(tmp_path):
    assert loaded(tmp_path, "").ledger_url == f"sqlite:///{tmp_path / '.pipeline' / 'ledger.sqlite'}"


def test_a_shared_ledger_is_named_by_reference(tmp_path):
    settings = loaded(tmp_path, "ledger: env:LEDGER_URL", {"LEDGER_URL": "postgresql+psycopg://ledger@db/ledger"})

    assert settings.ledger_url == "postgresql+psycopg://ledger@db/ledger"


def test_a_database_url_in_the_file_is_refused_without_being_repeated(tmp_path):
    message = only_problem(tmp_path, "ledger: postgresql://user:hunter2@db/ledger")

    assert "env:LEDGER_URL" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("15m", 900), ("15min", 900), ("6h", 21600), ("2d", 172800), ("90 s", 90)]
)
def test_durations_are_read_with_their_unit(tmp_path, text, seconds):
    assert loaded(tmp_path, with_feed(f"settle: {text}")).feed("registrar").settle_seconds == seconds


@pytest.mark.parametrize("text", ["30", "0s", "1_0s", "-5s", "1h30m", "PT30S", "soon"])
def test_what_is_no_duration_is_refused(tmp_path, text):
    assert "settle" in only_problem(tmp_path, with_feed(f"settle: {text}"))


@pytest.mark.parametrize("text", ["22:30", '"22:30"'])
def test_a_time_of_day_means_what_was_typed(tmp_path, text):
    settings = loaded(
        tmp_path, with_feed("settle: 30s", more=f"timetable: {{runs: [{{feed: registrar, daily: {text}}}]}}")
    )

    assert settings.timetable.runs[0].daily == time(22, 30)


@pytest.mark.parametrize("text", ["24:00", "7:00", "12:60", "noon"])
def test_what_is_no_time_of_day_is_refused(tmp_path, text):
    assert "time of day" in only_problem(tmp_path, with_feed(f'deadline: {{at: "{text}"}}'))


def test_a_word_that_yaml_takes_for_false_stays_a_word(tmp_path):
    settings = loaded(tmp_path, with_feed("terms: {mine: [NO, 00123, 2026-08-15, null]}"))

    assert settings.feed("registrar").terms.mine == ("NO", "00123", "2026-08-15", "null")


def test_a_single_value_stands_for_a_list_of_one(tmp_path):
    assert loaded(tmp_path, with_feed('terms: {mine: "2026*"}')).feed("registrar").terms.mine == ("2026*",)


def test_a_date_is_read(tmp_path):
    settings = loaded(tmp_path, with_feed("checks: {some-code: {as: warn, reason: agreed, until: 2026-12-31}}"))

    assert settings.feed("registrar").checks["some-code"].until == date(2026, 12, 31)


@pytest.mark.parametrize("text", ["5", "5%", "5.0", "5 %"])
def test_percentages_are_read(tmp_path, text):
    assert (
        loaded(tmp_path, with_feed(f"guards: {{users: {{delete: {{percent: {text}}}}}}}"))
        .feed("registrar")
        .guards.users.delete.percent
        == 5
    )


@pytest.mark.parametrize("text", ["101", "-1", "1_0", "5e1", "five", "yes"])
def test_what_is_no_percentage_is_refused(tmp_path, text):
    assert "percentage" in only_problem(tmp_path, with_feed(f"guards: {{users: {{delete: {{percent: {text}}}}}}}"))


@pytest.mark.parametrize("text", ["1_000", "1e3", "-1", "ten", "1.5"])
def test_what_is_no_whole_number_is_refused(tmp_path, text):
    assert "whole number" in only_problem(tmp_path, f"retention: {{days: {text}}}")


@pytest.mark.parametrize("text", ["yes", "1", "True", "on"])
def test_a_flag_is_true_or_false_and_nothing_else(tmp_path, text):
    message = only_problem(tmp_path, with_feed(f"deliver: {{options: {{override_sis_stickiness: {text}}}}}"))

    assert "`true` or `false`" in message


def test_a_guard_that_is_narrowed_keeps_its_other_limits(tmp_path):
    guards = (
        loaded(tmp_path, with_feed("guards: {users: {delete: {percent: 5}}, enrollments: {delete: {floor: 3}}}"))
        .feed("registrar")
        .guards
    )

    assert (guards.users.delete.percent, guards.users.delete.floor, guards.users.delete.count) == (5, 20, 500)
    assert (guards.enrollments.delete.percent, guards.enrollments.delete.floor, guards.enrollments.delete.count) == (
        10,
        3,
        None,
    )


def test_days_are_read_as_a_range_over_the_week_end(tmp_path):
    assert loaded(tmp_path, with_feed('deadline: {at: "06:00", days: sat-mon}')).feed("registrar").deadline.days == (
        0,
        5,
        6,
    )


def test_promotion_is_read_with_its_number(tmp_path):
    promote = loaded(tmp_path, with_feed("deliver: {promote: when_no_worse_than 5}")).feed("registrar").deliver.promote

    assert (promote.when, promote.refusals) == ("when_no_worse_than", 5)


def test_an_export_may_differ_by_table(tmp_path):
    export = loaded(tmp_path, with_feed("export: {users: delta}")).feed("registrar").export

    assert (export.every, export.tables) == ("full", {"users": "delta"})


def test_a_polled_folder_settles_in_a_minute(tmp_path):
    assert loaded(tmp_path, with_feed("watch: polling")).feed("registrar").settle_seconds == 60


def test_without_a_list_of_instances_production_comes_last(tmp_path):
    text = INSTANCES.replace("  test:", "  zz:").replace("env:TEST_TOKEN", "env:ZZ") + FEEDS

    assert loaded(tmp_path, text).feed("registrar").deliver.to == ("zz", "production")


def test_a_feed_in_plain_values_is_json_and_holds_no_secret(tmp_path):
    settings = loaded(tmp_path, with_feed('deadline: {at: "06:00"}'), {"TEST_TOKEN": "canary"})

    plain = json.loads(json.dumps(settings.feed("registrar").plain()))

    assert (plain["settle"], plain["approval_expires"], plain["deadline"]["at"]) == (30.0, 72 * 3600.0, "06:00")
    assert plain["absent"]["enrollments"] == "deleted"
    assert "canary" not in json.dumps(plain)


def test_a_pause_is_read_with_its_dates(tmp_path):
    settings = loaded(tmp_path, "timetable: {pauses: [{from: 2026-12-19, to: 2027-01-04, allow: creates}]}")

    assert (settings.timetable.pauses[0].from_, settings.timetable.pauses[0].allow) == (date(2026, 12, 19), "creates")


def test_how_long_a_rehearsal_counts_is_a_duration(tmp_path):
    assert loaded(tmp_path, with_feed("deliver: {valid_for: 12h}")).feed("registrar").deliver.valid_for == timedelta(
        hours=12
    )


def test_a_feed_that_is_not_there_is_told_with_the_nearest_name(tmp_path):
    settings = loaded(tmp_path, INSTANCES + FEEDS)

    with pytest.raises(SettingsError, match="did you mean `registrar`"):
        settings.feed("registar")


def test_settings_cannot_be_changed(tmp_path):
    settings = loaded(tmp_path, "")

    with pytest.raises(ValueError, match="frozen"):
        settings.timezone = "Europe/Madrid"


def test_the_text_of_the_file_is_summed(tmp_path):
    first = loaded(tmp_path, "timezone: UTC").sha256

    assert loaded(tmp_path, "timezone: UTC ").sha256 != first


def test_asking_for_what_is_not_there_yet_is_accepted_and_named(tmp_path):
    settings = loaded(tmp_path, with_feed("deliver: {send: canvas_diffing}"))

    (problem,) = not_available(settings)
    assert "feeds.registrar.deliver.send" in problem.message


def test_mapping_files_are_looked_for_from_the_project_folder(tmp_path):
    (tmp_path / "ours.yaml").write_text("", encoding="utf-8")

    assert loaded(tmp_path, with_feed("mapping: ours.yaml")).feed("registrar").mapping == str(tmp_path / "ours.yaml")


def test_a_key_with_nothing_after_it_counts_as_absent(tmp_path):
    assert loaded(tmp_path, "timetable:\nretention:\n").retention.days == 400


def test_a_right_instance_has_no_problem(tmp_path):
    assert problems(tmp_path, with_instance("kind: production\nurl: https://school.instructure.com")) == []


def test_loading_leaves_the_file_alone(tmp_path):
    path = write(tmp_path, INSTANCES)
    before = path.read_bytes()

    load(path, {})

    assert path.read_bytes() == before


def test_hours_of_a_pause_are_read(tmp_path):
    settings = loaded(tmp_path, 'timetable: {pauses: [{daily: "08:00-17:00"}]}')

    assert settings.timetable.pauses[0].daily == (time(8), time(17))


def test_a_folder_may_be_shared_with_a_group(tmp_path):
    share = loaded(tmp_path, with_feed("share: {group: registrars, mode: '770'}")).feed("registrar").share

    assert (share.group, share.mode) == ("registrars", "0770")


def test_a_feed_may_keep_its_things_longer(tmp_path):
    settings = loaded(tmp_path, with_feed("retention: {days: 800}"))

    assert (settings.retention_days("registrar"), settings.retention.days) == (800, 400)


def test_folders_for_work_and_store_follow_from_the_configuration(tmp_path):
    settings = loaded(tmp_path, "state: s\nstore: t\n")

    assert (settings.work_folder, settings.store_folder) == (tmp_path / "s" / "work", tmp_path / "t" / "store")
