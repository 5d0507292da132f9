"""Which rows of an import are looked up afterwards."""

from pipeline.model.roster import Base
from pipeline.verify.sample import EACH, choose_sample
from tests.verify.rosters import base, table

HEADER = "user_id,login_id,status\n"


def people(numbers, status="active"):
    return HEADER + "".join(f"S{n},login{n},{status}\n" for n in numbers)


def chosen(sent, before, after, seed="r000001"):
    rows = choose_sample({"users": table(sent)}, before, after, seed)
    return [row["user_id"] for _, row in rows]


def test_up_to_ten_rows_of_each_kind_are_chosen():
    before = base(users=people(range(100, 200)))
    gone = "".join(f"S{n},login{n},deleted\n" for n in range(100, 140))
    changed = "".join(f"S{n},other{n},active\n" for n in range(150, 190))
    sent = people(range(50)) + gone + changed
    after = base(users=sent + people(range(140, 150)).removeprefix(HEADER))

    numbers = [int(user_id[1:]) for user_id in chosen(sent, before, after)]

    assert sum(number < 50 for number in numbers) == EACH
    assert sum(100 <= number < 140 for number in numbers) == EACH
    assert sum(150 <= number < 190 for number in numbers) == EACH
    assert len(numbers) == 3 * EACH


def test_one_seed_chooses_the_same_rows_in_whatever_order_they_were_sent():
    forward, backward = people(range(50)), people(reversed(range(50)))

    first, again = (chosen(sent, Base(), base(users=sent)) for sent in (forward, backward))

    assert first == again


def test_another_seed_chooses_other_rows():
    sent = people(range(50))

    assert chosen(sent, Base(), base(users=sent), "r000001") != chosen(sent, Base(), base(users=sent), "r000002")


def test_a_row_that_canvas_refused_is_not_looked_up():
    assert chosen(people([1, 2]), Base(), base(users=people([2]))) == ["S2"]


def test_an_uncertain_row_is_not_looked_up():
    after = Base({"users": table(people([1])).assign(uncertain=table("u\nyes\n")["u"])})

    assert chosen(people([1]), Base(), after) == []


def test_rows_of_all_tables_share_the_ten():
    enrolled = "section_id,user_id,role,status\n" + "".join(f"X1,S{n},student,active\n" for n in range(40))
    sent = {"users": table(people(range(40))), "enrollments": table(enrolled)}

    rows = choose_sample(sent, Base(), base(users=people(range(40)), enrollments=enrolled), "r000001")

    assert len(rows) == EACH
    assert {name for name, _ in rows} == {"users", "enrollments"}


def test_a_table_that_cannot_be_looked_up_row_by_row_gives_none():
    links = "observer_id,student_id,status\nS1,S2,active\n"

    assert choose_sample({"user_observers": table(links)}, Base(), base(user_observers=links), "r000001") == ()
