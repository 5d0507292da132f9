"""Which requests a developer key's scopes admit."""

import pytest

from pipeline.sandbox.api.scopes import admits

SHOW = "url:GET|/api/v1/accounts/:account_id/sis_imports/:id"
CREATE = "url:POST|/api/v1/accounts/:account_id/sis_imports"


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (SHOW, "GET", "/api/v1/accounts/1/sis_imports/5"),
        (SHOW, "HEAD", "/api/v1/accounts/1/sis_imports/5"),
        (SHOW, "GET", "/api/v1/accounts/self/sis_imports/importing"),
        (CREATE, "POST", "/api/v1/accounts/self/sis_imports.json"),
    ],
)
def test_admitted(scope, method, path):
    assert admits([scope], method, path)


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (SHOW, "PUT", "/api/v1/accounts/1/sis_imports/5"),
        (SHOW, "GET", "/api/v1/accounts/1/sis_imports/5/errors"),
        (CREATE, "GET", "/api/v1/accounts/1/sis_imports"),
        ("/auth/userinfo", "GET", "/auth/userinfo"),
    ],
)
def test_not_admitted(scope, method, path):
    assert not admits([scope], method, path)
