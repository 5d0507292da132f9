"""Pages and their links."""

import pytest

from pipeline.sandbox.api.pages import Link, bookmarked, numbered
from pipeline.sandbox.api.params import Params
from pipeline.sandbox.api.refusals import Refusal


def asked(**params):
    return Params.of(params.items())


@pytest.mark.parametrize(("sent", "size"), [("0", 1), ("-5", 1), ("abc", 1), ("7", 7), ("1000", 100), ("9" * 40, 1)])
def test_page_size_is_clamped_silently(sent, size):
    assert numbered(asked(per_page=sent), 100).size == size


def test_ten_rows_unless_asked_otherwise():
    assert numbered(asked(), 100).size == 10


@pytest.mark.parametrize("page", ["abc", "0", "-1", "bookmark:x", "1.5"])
def test_malformed_page_is_not_found(page):
    with pytest.raises(Refusal) as refused:
        numbered(asked(page=page), 100)

    assert refused.value.status == 404


def test_links_stand_in_canvas_order_without_spaces_and_without_secrets():
    page = numbered(asked(page="2", per_page="5"), 100)
    link = Link("http://x/list", [("failure", "1"), ("access_token", "secret"), ("page", "2"), ("per_page", "5")])

    header = link.header(page.links(more=True, total=12), page.size)["link"]

    assert header == (
        '<http://x/list?failure=1&page=2&per_page=5>; rel="current",'
        '<http://x/list?failure=1&page=3&per_page=5>; rel="next",'
        '<http://x/list?failure=1&page=1&per_page=5>; rel="prev",'
        '<http://x/list?failure=1&page=1&per_page=5>; rel="first",'
        '<http://x/list?failure=1&page=3&per_page=5>; rel="last"'
    )


def test_without_a_total_there_is_no_last_page():
    assert 'rel="last"' not in Link("u", []).header(numbered(asked(), 100).links(more=False), 10)["link"]


def test_a_bookmark_leads_to_where_the_page_ended():
    first = bookmarked(asked(), 100)
    following = first.links(following=4711)["next"]

    assert bookmarked(asked(page=following), 100).after == 4711


def test_the_last_bookmarked_page_has_no_next():
    assert bookmarked(asked(), 100).links(following=None)["next"] is None


@pytest.mark.parametrize("page", ["bookmark:", "bookmark:!!", "bookmark:e30", "7"])
def test_bad_bookmark_is_not_found(page):
    with pytest.raises(Refusal):
        bookmarked(asked(page=page), 100)
