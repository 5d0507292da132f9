"""Paths as Canvas routes them."""

import pytest

from pipeline.sandbox.api.paths import routed_path, segment_text


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/api/v1/accounts/self?x=/y", "/api/v1/accounts/self"),
        ("/api/v1/accounts/self/sis_imports.json", "/api/v1/accounts/self/sis_imports"),
        ("/api/v1/courses/sis_course_id:a%2Eb", "/api/v1/courses/sis_course_id:a.b"),
        ("/api/v1/courses/", "/api/v1/courses"),
        ("/", "/"),
        ("/page.json", "/page.json"),
    ],
)
def test_target_becomes_path(target, path):
    assert routed_path(target) == path


def test_an_escaped_slash_stays_inside_its_segment():
    path = routed_path("/api/v1/courses/sis_course_id:BIO%2F101/sections")

    assert [segment_text(part) for part in path.split("/")][4:] == ["sis_course_id:BIO/101", "sections"]
