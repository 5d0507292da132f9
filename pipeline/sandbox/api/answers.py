"""Answers in Canvas's form: JSON in UTF-8, ids as texts for those who ask so."""

import json
import re
from typing import Any

from flask import Response, request

__all__ = ["JSON_TYPE", "json_answer", "plain_answer", "stringified"]

ID_KEY = re.compile(r"(^|_)id$", re.IGNORECASE)
IDS_KEY = re.compile(r"(^|_)ids$", re.IGNORECASE)
JSON_TYPE = "application/json; charset=utf-8"


def json_answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer; ids become texts when the `Accept` header asks for it."""
    if "application/json+canvas-string-ids" in request.headers.get("Accept", "").replace(" ", ""):
        body = stringified(body)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, headers=headers, content_type=JSON_TYPE)


def plain_answer(text: str, *, status: int = 200, content_type: str = "text/plain") -> Response:
    """An answer that is a text, whatever its type says."""
    return Response(text, status=status, content_type=content_type)


def stringified(value: Any) -> Any:
    """The value with every number under a key `id`, `…_id`, `…_ids` as text, at any depth."""
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _stringified_entry(str(key), item) for key, item in value.items()}


def _stringified_entry(key: str, item: Any) -> Any:
    if ID_KEY.search(key) and isinstance(item, int) and not isinstance(item, bool):
        return str(item)
    if IDS_KEY.search(key) and isinstance(item, list):
        return [str(i) if isinstance(i, int) and not isinstance(i, bool) else stringified(i) for i in item]
    return stringified(item)
