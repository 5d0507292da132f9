"""How a part is sent, catch-up before a rehearsal, adoption, and pauses."""

import pytest

from pipeline.model.roster import Base
from pipeline.planning import (
    Mode,
    accept_rows,
    adopt,
    catch_up,
    imports_of,
    next_base,
    no_effects,
    split,
    target_tables,
    withhold_paused,
)
from tests.planning.rosters import base, guarded, parts_of, protection, roster, table

COURSES = "course_id,short_name,long_name,term_id,status\nC1,c1,Course 1,F,active\nC2,c2,Course 2,W,active"
SECTIONS = "section_id,course_id,name,status\nS1,C1,s1,active\nS2,C2,s2,active"
ENROLLED = "section_id,user_id,role,status\nS1,U1,student,active\nS1,U2,student,active\nS2,U3,student,active"
WORLD = {"courses": COURSES, "sections": SECTIONS}


def dropped():
    """One student left, one row was refused: the part, and the base that it starts from."""
    accepted = base(**WORLD, enrollments=ENROLLED)
    refused = protection("enrollments", section_id="S1", user_id="U2", role="student")
    export = roster([refused], **WORLD, enrollments="section_id,user_id,role,status\nS2,U3,student,active")
    return parts_of(guarded(export, accepted))[0], accepted


def rows(part, name="enrollments"):
    return sorted(part.tables[name][["section_id", "user_id", "status"]].to_numpy().tolist())


def test_target_holds_protected_rows_as_accepted_and_no_deleted_ones():
    part, accepted = dropped()

    assert target_tables(part, accepted)["enrollments"]["user_id"].tolist() == ["U2", "U3"]


def test_changes_are_sent_as_they_are():
    part, accepted = dropped()

    assert imports_of(part, accepted, Mode()) == (part,)


def test_full_sends_the_target_and_the_deletes():
    part, accepted = dropped()

    (sent,) = imports_of(part, accepted, Mode("full"))

    assert rows(sent) == [["S1", "U1", "deleted"], ["S1", "U2", "active"], ["S2", "U3", "active"]]


def test_diffing_sends_the_target_alone():
    part, accepted = dropped()

    (sent,) = imports_of(part, accepted, Mode("canvas_diffing", "registrar:production"))

    assert rows(sent) == [["S1", "U2", "active"], ["S2", "U3", "active"]]
    assert sent.parameters == {"diffing_data_set_identifier": "registrar:production"}


def test_remaster_carries_the_deletes():
    part, accepted = dropped()

    (sent,) = imports_of(part, accepted, Mode("canvas_diffing", "registrar:production", is_remaster=True))

    assert ["S1", "U1", "deleted"] in rows(sent)


def test_what_cannot_be_diffed_goes_first_and_by_itself():
    accepted = base(users="user_id,login_id,status\nU1,ada,active")
    export = roster(change_sis_id="old_id,new_id,type\nU1,U2,user", users="user_id,login_id,status\nU2,ada,active")
    part = parts_of(guarded(export, accepted))[0]

    first, second = imports_of(part, accepted, Mode("canvas_diffing", "registrar:production"))

    assert list(first.tables) == ["change_sis_id"]
    assert first.parameters == {}
    assert list(second.tables) == ["users"]


def test_batch_mode_comes_second_and_is_fenced_to_the_terms_touched():
    part, accepted = dropped()

    first, second = imports_of(part, accepted, Mode("canvas_batch"))

    assert "batch_mode" not in first.parameters
    assert second.parameters == {"batch_mode": "true", "batch_mode_term_id": "sis_term_id:F", "change_threshold": "51"}
    assert rows(second) == [["S1", "U2", "active"]]


def test_packages_of_two_modes_have_two_hashes():
    part, accepted = dropped()

    hashes = {imports_of(part, accepted, Mode(send, "x"))[-1].sha256 for send in ("changes", "full", "canvas_diffing")}

    assert len(hashes) == 3


def test_catch_up_brings_touched_rows_and_their_parents():
    part, accepted = dropped()
    bare = base(courses=COURSES.splitlines()[0] + "\nC1,old,Course 1,F,active")

    plan = catch_up(part, accepted, bare)

    assert plan.counts == {
        "courses": {"update": 1},
        "sections": {"create": 1},
        "enrollments": {"create": 1},
    }


def test_catch_up_deletes_what_the_last_instance_has_deleted():
    last = base(users="user_id,login_id,status\nU1,u1,deleted")
    earlier = base(users="user_id,login_id,status\nU1,u1,active")
    part = parts_of(guarded(roster(users="user_id,login_id,status\nU1,u1,active"), last))[0]

    assert catch_up(part, last, earlier).counts == {"users": {"delete": 1}}


def test_instance_that_is_like_the_last_one_needs_no_catch_up():
    part, accepted = dropped()

    assert split(catch_up(part, accepted, accepted), {}) == ()


def test_adopted_rows_are_not_sent_again():
    adopted, counts = adopt(Base(), {"enrollments": table(ENROLLED)})

    assert counts == {"enrollments": 3}
    assert guarded(roster(enrollments=ENROLLED), adopted).counts == {"enrollments": {"unchanged": 3}}


def test_adoption_leaves_what_this_feed_sent():
    sent = base(users="user_id,login_id,status\nU1,ours,active")

    adopted, counts = adopt(sent, {"users": table("user_id,login_id,status\nU1,theirs,active\nU2,u2,active")})

    assert counts == {"users": 1}
    assert sorted(adopted.tables["users"]["login_id"]) == ["ours", "u2"]


def test_adoption_is_followed_by_a_first_plan():
    assert adopt(Base(), {"users": table("user_id,login_id,status\nU1,u1,active")})[0].is_first


def test_accepted_drift_is_canvas_version():
    after = accept_rows(
        base(users="user_id,login_id,full_name,status\nU1,u1,Ada,active"),
        {"users": table("user_id,login_id,status\nU1,new,active")},
    )

    frame = after.tables["users"]
    assert frame[["login_id", "full_name"]].to_numpy().tolist() == [["new", "Ada"]]


@pytest.mark.parametrize(("allow", "sent"), [("creates", {"create": 1}), ("nothing", None)])
def test_pause_withholds_what_it_does_not_allow(allow, sent):
    accepted = base(**WORLD, enrollments=ENROLLED)
    export = roster(**WORLD, enrollments=ENROLLED.replace("S1,U2", "S1,U9"))

    plan = withhold_paused(guarded(export, accepted), allow)

    parts = parts_of(plan)
    assert (parts[0].counts["enrollments"] if parts else None) == sent
    assert sum(plan.counts["enrollments"].values()) == 4


def test_base_after_every_mode_is_the_same():
    part, accepted = dropped()
    after = next_base(accepted, part, no_effects())

    (sent,) = imports_of(part, accepted, Mode("full"))

    same = next_base(accepted, sent, no_effects())
    key = ["section_id", "user_id"]
    assert (
        same.tables["enrollments"].sort_values(key)["status"].tolist()
        == after.tables["enrollments"].sort_values(key)["status"].tolist()
    )
