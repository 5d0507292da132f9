"""CSV as Ruby's strict reader takes it."""

import io

import pytest

from pipeline.sandbox.batch import csvtext
from pipeline.sandbox.batch.csvtext import Malformed, NotUtf8, cells_of, check_utf8, record_texts

READ = {
    "LF": (b"a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    "CRLF": (b"a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    "lone CR": (b"a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
    "no line end at all": (b"a,b", [["a", "b"]]),
    "no last line end": (b"a\n1", [["a"], ["1"]]),
    "byte-order mark": (b"\xef\xbb\xbfa\n1\n", [["a"], ["1"]]),
    "empty lines": (b"\n\na\n\n\n1\n\n", [["a"], ["1"]]),
    "line of commas": (b"a,b\n,\n", [["a", "b"], ["", ""]]),
    "line of blanks": (b"a\n  \n", [["a"], ["  "]]),
    "quoted": (b'a,b\n"x, ""y""","z"\n', [["a", "b"], ['x, "y"', "z"]]),
    "quoted and empty": (b'a,b\n"",\n', [["a", "b"], ["", ""]]),
    "quotes alone": (b'a\n""""\n', [["a"], ['"']]),
    "line break in quotes": (b'a,b\n"x\ny",z\n', [["a", "b"], ["x\ny", "z"]]),
    "empty line in quotes": (b'a\n"x\n\ny"\n', [["a"], ["x\n\ny"]]),
    "other line break in quotes": (b'a\n"x\r\ny"\n', [["a"], ["x\r\ny"]]),
    "trailing comma": (b"a,b\n1,2,\n", [["a", "b"], ["1", "2", ""]]),
    "nothing": (b"", []),
    "a quoted record over the end of a piece": (b'a\n"' + b"x" * 40 + b'\n"\n1\n', [["a"], ["x" * 40 + "\n"], ["1"]]),
}
REFUSED = {
    "quote inside a value": b'a\nx"y\n',
    "blank before a quote": b'a\n "x"\n',
    "text after a quote": b'a\n"x"y\n',
    "blank after a quote": b'a\n"x" \n',
    "open quote": b'a\n"x\n',
    "CRLF header, LF rows": b"a,b\r\n1,2\n",
    "LF header, CRLF rows": b"a,b\n1,2\r\n",
    "CR in a row of LF": b"a\nx\ry\n",
    "CR header, LF rows": b"a\r1\n2\r",
}


def read(content):
    return [cells_of(text) for block in record_texts(io.BytesIO(content)) for text in block]


@pytest.mark.parametrize("pieces", [1, 3, 1 << 20])
@pytest.mark.parametrize(("content", "records"), READ.values(), ids=READ)
def test_records_are_read(content, records, pieces, monkeypatch):
    monkeypatch.setattr(csvtext, "CHUNK_BYTES", pieces)

    assert read(content) == records


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_malformed_files_are_refused(content):
    with pytest.raises(Malformed):
        read(content)


def test_records_before_a_defect_are_given():
    blocks = record_texts(io.BytesIO(b'a\n1\nx"y\n2\n'))

    assert next(blocks) == ["a", "1"]


@pytest.mark.parametrize("content", [b"a\xff", b"a\xc3", b"\xed\xa0\x80", b"\xff\xfea\0"])
def test_bytes_that_are_not_utf8_are_found(content):
    with pytest.raises(NotUtf8):
        check_utf8(io.BytesIO(content))
