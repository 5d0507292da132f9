import pytest
import yaml

from pipeline.settings.document import REFERENCE, reference
from tests.settings.test_load import SHIPPED


def test_the_reference_of_all_keys_is_as_the_code_is():
    assert REFERENCE.read_text(encoding="utf-8") == reference(), "run `python -m pipeline.settings.document`"


def keys_of(content, found):
    if isinstance(content, dict):
        for key, value in content.items():
            found.add(key)
            keys_of(value, found)
    return found


@pytest.mark.parametrize("section", ["feeds", "instances", "timetable", "archive", "retention"])
def test_every_key_of_the_shipped_configuration_is_in_the_reference(section):
    content = yaml.load(SHIPPED.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)[section]
    names = {"registrar", "test", "production"}

    missing = [key for key in keys_of(content, set()) - names if f"`{key}`" not in reference()]

    assert missing == []


def test_every_key_has_a_meaning():
    lines = [line for line in reference().split("\n") if line.startswith("| `")]

    assert len(lines) > 100
    assert [line for line in lines if line.endswith("|  |")] == []
