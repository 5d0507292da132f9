"""The page for people in a real browser."""

import pytest

from tests.browser import browser
from tests.sandbox.http import IMPORTS, ROSTER, users_csv

pytestmark = pytest.mark.slow
PAGES = ("/", "/imports/1", "/accounts", "/terms", "/courses", "/courses/1", "/users", "/users/2")
DESKTOP, PHONE = (1100, 900), (390, 800)
SUBMIT = "form.upload button"


@pytest.fixture(scope="module")
def window():
    with browser() as opened:
        yield opened


def test_a_person_uploads_a_file_and_sees_it_imported(canvas, window, tmp_path):
    file = tmp_path / "users.csv"
    file.write_text(users_csv("u1", "u2"))
    window.open(canvas.url)

    window.choose_file("#attachment", file)
    window.click(SUBMIT)
    window.wait("location.pathname === '/imports/1' && document.body.innerText.includes('users 2')")

    assert "Imported" in window.evaluate("document.querySelector('h1').innerText")
    assert canvas.get(f"{IMPORTS}/1").json()["workflow_state"] == "imported"


def test_a_person_sees_an_import_move_and_aborts_it(canvas, window):
    canvas.faults({"path": "/api/v1/accounts/*/sis_imports", "method": "POST", "import": {"stalls_at": 37}})
    canvas.upload({"users.csv": users_csv(*(f"u{n}" for n in range(300)))})
    window.open(canvas.url)
    window.wait("document.body.innerText.includes('37 %')")

    window.click("article form button")
    window.wait("location.pathname === '/imports/1'")

    assert "Aborted" in window.evaluate("document.querySelector('h1').innerText")


def test_a_person_finds_the_roster_of_a_course(canvas, window):
    canvas.imported(ROSTER)
    window.open(f"{canvas.url}/courses")

    window.click("tbody a")
    window.wait("location.pathname === '/courses/1'")

    text = window.text()
    assert all(name in text for name in ("Biology", "Person u1", "Person u2", "Group A"))


def test_the_messages_of_an_import_can_be_unfolded(canvas, window):
    canvas.imported({"users.csv": "user_id,login_id,full_name,status\nu9,,Nobody,active\n"})
    canvas.imported(ROSTER)
    window.open(canvas.url)
    folded = window.evaluate("document.querySelector('details').open")

    window.click("summary")

    assert folded is False
    assert "No login_id given for user u9" in window.text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_the_window(canvas, window, path, size):
    canvas.imported(ROSTER)
    window.size(*size)
    window.open(canvas.url + path)

    assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_browser_asks_nobody_else_and_has_nothing_to_complain_about(canvas, window):
    canvas.imported(ROSTER)
    window.events.clear()
    for path in PAGES:
        window.open(canvas.url + path)

    assert window.complaints() == []
    assert {url.split("/")[2] for url in window.requested() if "//" in url} == {canvas.url.removeprefix("http://")}


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_label_and_every_table_a_heading(canvas, window, path):
    canvas.imported(ROSTER)
    window.open(canvas.url + path)

    bare = "[...document.querySelectorAll('input:not([type=hidden]), select')].filter(e => !e.labels.length).length"
    assert window.evaluate(bare) == 0
    assert window.evaluate("[...document.querySelectorAll('table')].every(t => t.querySelectorAll('th[scope]').length)")
    assert window.evaluate("document.querySelectorAll('h1').length") == 1
    assert window.evaluate("document.documentElement.lang") == "en"
