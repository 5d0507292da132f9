import os
import stat

import pytest

from pipeline.errors import PipelineError
from pipeline.intake import prepare_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


def modes(folder) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "urgent", folder / "_results")}


def own_group() -> str:
    import grp

    return grp.getgrgid(os.getgid()).gr_name


def test_a_drop_folder_is_for_its_owner_only(tmp_path):
    prepare_folder(tmp_path / "drop" / "registrar")

    assert modes(tmp_path / "drop" / "registrar") == {0o700}


def test_a_shared_drop_folder_is_for_its_group_too_and_keeps_it(tmp_path):
    prepare_folder(tmp_path / "drop", group=own_group(), mode="0770")

    assert modes(tmp_path / "drop") == {0o2770}


def test_a_folder_that_is_there_keeps_what_is_in_it(tmp_path):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "users.csv").write_bytes(b"rows")

    prepare_folder(tmp_path / "drop")

    assert (tmp_path / "drop" / "users.csv").read_bytes() == b"rows"


def test_a_group_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(PipelineError, match="no group 'never-a-group'"):
        prepare_folder(tmp_path / "drop", group="never-a-group")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "drop").write_bytes(b"a file")

    with pytest.raises(PipelineError, match="cannot be made"):
        prepare_folder(tmp_path / "drop")
