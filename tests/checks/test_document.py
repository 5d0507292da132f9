from pathlib import Path

from pipeline.checks import codes
from pipeline.checks.document import findings_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "findings.md"


def test_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == findings_page(), (
        "run: python -m pipeline.checks.document > docs/findings.md"
    )


def test_every_code_has_an_entry():
    page = findings_page()

    assert [info.code for info in codes() if f"### `{info.code}`" not in page] == []
