from pipeline.planning import Effect, Ending, compare_counts, effects_frame, next_base, no_effects
from tests.planning.rosters import base, guarded, parts_of, roster, table

ENROLLED = "section_id,user_id,role,status\nS1,U1,student,active\nS1,U2,student,active"


def going(export, accepted):
    return parts_of(guarded(export, accepted))[0]


def held(accepted, name, column="status"):
    frame = accepted.tables[name]
    return dict(zip(frame[frame.columns[1]] if name == "enrollments" else frame.iloc[:, 0], frame[column], strict=True))


def test_accepted_rows_are_in_with_their_values():
    part = going(roster(users="user_id,login_id,status\nU1,u1,active"), base())

    after = next_base(base(), part, no_effects())

    assert list(after.tables["users"]["login_id"]) == ["u1"]
    assert after.is_first is False


def test_nothing_is_planned_after_everything_was_accepted():
    export = roster(enrollments=ENROLLED, users="user_id,login_id,status\nU1,u1,active")

    after = next_base(base(), going(export, base()), no_effects())
    plan = guarded(export, after)

    assert plan.counts == {"users": {"unchanged": 1}, "enrollments": {"unchanged": 2}}


def test_refused_create_is_not_in_the_base():
    part = going(roster(users="user_id,login_id,status\nU1,u1,active\nU2,u2,active"), base())

    after = next_base(base(), part, effects_frame(["users"], [3], ["not in"]))

    assert list(after.tables["users"]["user_id"]) == ["U1"]


def test_refused_update_keeps_the_accepted_version():
    accepted = base(users="user_id,login_id,status\nU1,old,active")
    part = going(roster(users="user_id,login_id,status\nU1,new,active"), accepted)

    after = next_base(accepted, part, effects_frame(["users"], [2], ["not in"]))

    assert list(after.tables["users"]["login_id"]) == ["old"]


def test_import_without_a_conclusion_leaves_its_rows_uncertain():
    part = going(roster(enrollments=ENROLLED), base())

    after = next_base(base(), part, no_effects(), Ending(is_conclusive=False))

    assert list(after.tables["enrollments"]["uncertain"]) == ["yes", "yes"]


def test_uncertain_rows_are_sent_again_once():
    export = roster(enrollments=ENROLLED)
    crashed = next_base(base(), going(export, base()), no_effects(), Ending(is_conclusive=False))

    again = going(export, crashed)
    after = next_base(crashed, again, no_effects())

    assert again.counts == {"enrollments": {"update": 2}}
    assert parts_of(guarded(export, after)) == {}


def test_uncertain_delete_is_planned_again():
    accepted = base(enrollments=ENROLLED)
    export = roster(enrollments="section_id,user_id,role,status\nS1,U1,student,active")
    part = going(export, accepted)

    after = next_base(accepted, part, no_effects(), Ending(is_conclusive=False))

    assert parts_of(guarded(export, after))[0].counts == {"enrollments": {"delete": 1}}


def test_message_about_the_whole_file_concerns_every_row_of_it():
    part = going(roster(enrollments=ENROLLED, users="user_id,login_id,status\nU1,u1,active"), base())

    after = next_base(base(), part, effects_frame(["enrollments"], [-1], ["not in"]))

    assert len(after.tables["users"]) == 1
    assert len(after.tables["enrollments"]) == 0


def test_row_in_as_deleted_is_held_as_deleted():
    part = going(roster(enrollments=ENROLLED), base())

    after = next_base(base(), part, effects_frame(["enrollments"], [2], [str(Effect.IN_AS)], ["deleted"]))

    assert held(after, "enrollments") == {"U1": "deleted", "U2": "active"}


def test_row_in_without_email_keeps_the_accepted_one():
    accepted = base(users="user_id,login_id,email,status\nU1,u1,old@example.edu,active")
    part = going(roster(users="user_id,login_id,email,status\nU1,u1,bad,active"), accepted)

    after = next_base(accepted, part, effects_frame(["users"], [2], [str(Effect.IN_WITHOUT)], ["email"]))

    assert list(after.tables["users"]["email"]) == ["old@example.edu"]


def test_row_in_without_dates_has_them_erased():
    accepted = base(sections="section_id,course_id,name,start_date,status\nS1,C1,s,2026-08-01,active")
    part = going(roster(sections="section_id,course_id,name,start_date,status\nS1,C1,s,bad,active"), accepted)

    after = next_base(
        accepted, part, effects_frame(["sections"], [2], [str(Effect.IN_WITHOUT)], ["start_date end_date"])
    )

    assert list(after.tables["sections"]["start_date"]) == [""]


def test_deleting_a_section_ends_its_enrollments():
    accepted = base(sections="section_id,course_id,name,status\nS1,C1,s,active", enrollments=ENROLLED)
    part = going(roster(sections="section_id,course_id,name,status\nS1,C1,s,deleted", enrollments=ENROLLED), accepted)

    after = next_base(accepted, part, no_effects())

    assert held(after, "enrollments") == {"U1": "deleted", "U2": "deleted"}


def test_enrollments_of_a_revived_section_are_sent_again():
    world = {"enrollments": ENROLLED}
    alive = roster(sections="section_id,course_id,name,status\nS1,C1,s,active", **world)
    dead = roster(sections="section_id,course_id,name,status\nS1,C1,s,deleted", **world)
    accepted = base(sections="section_id,course_id,name,status\nS1,C1,s,active", **world)
    ended = next_base(accepted, going(dead, accepted), no_effects())

    assert going(alive, ended).counts == {"sections": {"reactivate": 1}, "enrollments": {"reactivate": 2}}


def test_completing_a_course_completes_its_enrollments():
    world = {"sections": "section_id,course_id,name,status\nS1,C1,s,active", "enrollments": ENROLLED}
    before = "course_id,short_name,long_name,status\nC1,c,Course,active"
    accepted = base(courses=before, **world)
    part = going(roster(courses=before.replace("active", "completed"), **world), accepted)

    after = next_base(accepted, part, no_effects())

    assert held(after, "enrollments") == {"U1": "completed", "U2": "completed"}


def test_blank_cell_that_canvas_keeps_stays_in_the_base():
    accepted = base(users="user_id,login_id,email,status\nU1,old,a@example.edu,active")
    part = going(roster(users="user_id,login_id,email,status\nU1,new,,active"), accepted)

    after = next_base(accepted, part, no_effects())

    assert list(after.tables["users"]["email"]) == ["a@example.edu"]


def test_passwords_never_enter_the_base():
    part = going(roster(users="user_id,login_id,password,status\nU1,u1,secret,active"), base())

    assert "password" not in next_base(base(), part, no_effects()).tables["users"].columns


def test_other_count_than_the_effects_allow_is_a_finding():
    part = going(roster(enrollments=ENROLLED), base())

    findings = compare_counts(part, effects_frame(["enrollments"], [2], ["not in"]), {"enrollments": 2})

    assert list(findings["code"]) == ["import-counts-differ"]


def test_count_that_fits_the_effects_is_no_finding():
    part = going(roster(enrollments=ENROLLED), base())

    assert len(compare_counts(part, effects_frame(["enrollments"], [2], ["not in"]), {"enrollments": 1})) == 0


def test_desired_roster_survives_parquet(tmp_path):
    from pipeline.model.frames import read_frame, write_frame
    from pipeline.planning import update_desired
    from tests.planning.rosters import rules

    desired = update_desired(None, roster(users=table("user_id,login_id,status\nU1,u1,active").iloc[:0]), rules())
    write_frame(desired.tables["users"], tmp_path / "users.parquet")

    assert list(read_frame(tmp_path / "users.parquet").columns) == list(desired.tables["users"].columns)


def test_row_in_without_one_field_has_its_other_fields():
    accepted = base(users="user_id,login_id,email,status\nU1,u1,old@example.edu,active")
    part = going(roster(users="user_id,login_id,email,status\nU1,new,bad,active"), accepted)

    after = next_base(accepted, part, effects_frame(["users"], [2], [str(Effect.IN_WITHOUT)], ["email"]))

    assert after.tables["users"][["login_id", "email"]].to_numpy().tolist() == [["new", "old@example.edu"]]


def test_worst_of_several_messages_about_a_row_counts():
    part = going(roster(users="user_id,login_id,status\nU1,u1,active"), base())
    effects = effects_frame(["users", "users"], [2, 2], ["not in", "in without a field"], ["", "email"])

    assert len(next_base(base(), part, effects).tables["users"]) == 0


def test_refused_row_stays_out_of_an_import_without_a_conclusion():
    part = going(roster(enrollments=ENROLLED), base())

    after = next_base(base(), part, effects_frame(["enrollments"], [2], ["not in"]), Ending(is_conclusive=False))

    assert list(after.tables["enrollments"]["user_id"]) == ["U2"]


def test_table_with_another_count_is_uncertain():
    part = going(roster(enrollments=ENROLLED, users="user_id,login_id,status\nU1,u1,active"), base())

    after = next_base(base(), part, no_effects(), Ending(doubtful=frozenset({"enrollments"})))

    assert set(after.tables["enrollments"]["uncertain"]) == {"yes"}
    assert set(after.tables["users"]["uncertain"]) == {""}


def test_import_of_which_nothing_was_taken_leaves_the_base_a_first_one():
    from pipeline.model.roster import Base

    part = going(roster(users="user_id,login_id,status\nU1,u1,active"), base())

    assert next_base(Base(), part, effects_frame(["users"], [2], ["not in"])).is_first


def test_column_that_canvas_erases_when_absent_is_known_to_be_blank():
    part = going(roster(courses="course_id,short_name,long_name,status\nC1,c,C,active"), base())

    assert list(next_base(base(), part, no_effects()).tables["courses"]["integration_id"]) == [""]
