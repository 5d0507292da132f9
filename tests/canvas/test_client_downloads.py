"""Canvas's file of messages: fetched without the token, from wherever it is, and only if it is that file."""

import pytest

from pipeline.canvas.imports import SisImport
from pipeline.errors import Because, Refused, Unknown
from tests.canvas.scripted import URL, Network, client_over, imported, in_turn, reply

CONTENT = b"sis_import_id,file,message,row\n7,users.csv,No login_id given for user S1,2\n"
LINK = f"{URL}/files/9/download?download_frd=1&verifier=abc"


def with_file(url: str = LINK) -> SisImport:
    file = {"display_name": "sis_errors_attachment_7.csv", "url": url, "size": len(CONTENT)}
    seen = SisImport.from_json(imported(7, "imported_with_messages", errors_attachment=file))
    assert seen is not None
    return seen


def to(url: str):
    return lambda request: reply(request, b"", status=302, headers={"location": url})


def test_the_file_is_fetched_through_redirects_without_the_token(tmp_path):
    network = Network(in_turn(to("https://store.example.org/signed?x=1"), lambda r: reply(r, CONTENT)))

    client_over(network).download_errors(with_file(), tmp_path / "errors.csv")

    assert (tmp_path / "errors.csv").read_bytes() == CONTENT
    assert all("Authorization" not in request.headers for request in network.requests)
    assert all(request.headers["User-Agent"] for request in network.requests)


def test_netrc_adds_nothing_to_a_download(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    network = Network(in_turn(lambda r: reply(r, CONTENT)))

    client_over(network).download_errors(with_file(), tmp_path / "errors.csv")

    assert "Authorization" not in network.requests[0].headers


def test_a_page_in_place_of_the_file_leaves_no_file(tmp_path):
    network = Network(in_turn(to(f"{URL}/login"), lambda r: reply(r, b"<html>Log in</html>")))

    with pytest.raises(Refused) as caught:
        client_over(network).download_errors(with_file(), tmp_path / "errors.csv")

    assert caught.value.because is Because.NOT_CANVAS
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_to_an_unprotected_address_is_not_followed(tmp_path):
    network = Network(in_turn(to("http://store.example.org/x")))

    with pytest.raises(Refused, match="https"):
        client_over(network).download_errors(with_file(), tmp_path / "errors.csv")

    assert len(network.requests) == 1


def test_redirects_without_end_are_given_up(tmp_path):
    network = Network(to(LINK))

    with pytest.raises(Refused):
        client_over(network).download_errors(with_file(), tmp_path / "errors.csv")

    assert len(network.requests) == 5


def test_a_download_beyond_its_limit_is_given_up(tmp_path):
    network = Network(in_turn(lambda r: reply(r, b"x" * 1_000_000)))

    with pytest.raises(Unknown, match="too large"):
        list(client_over(network)._http.download(LINK, max_bytes=100_000))


def test_an_empty_file_with_its_header_is_the_file(tmp_path):
    network = Network(in_turn(lambda r: reply(r, b"\xef\xbb\xbfsis_import_id,file,message,row\r\n")))

    size = client_over(network).download_errors(with_file(), tmp_path / "errors.csv")

    assert size > 0
