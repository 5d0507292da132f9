"""What an answer of Canvas means for what to do next: the one place that looks at a status code.

Canvas translates its texts, so only status, headers and shape decide; the texts are quoted for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from pipeline.canvas.answers import Answer, link_next, read_date, read_json, read_quota, retry_after, said, same_origin
from pipeline.errors import Because, CanvasError, NotSent, Refused, Request, Unknown

__all__ = ["Asked", "Reply", "judge_reply"]

THROTTLED = b"Rate Limit Exceeded"  # the body of a 403 that means "later", in every language
CERTAIN_REFUSALS = frozenset({400, 401, 403, 404, 422})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way. base_url: the instance's scheme and host; creates: whether repeating it could do it twice."""

    request: Request
    base_url: str
    now: datetime
    creates: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it arrived. headers: looked up in any case; body: all of it, decoded from its content encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def judge_reply(asked: Asked, reply: Reply) -> Answer:
    """The answer, when it is JSON with a 2xx status; else raises NotSent, Refused or Unknown.

    A redirect, a page or another 4xx is Refused for a request without effect. For one that creates something they are
    Unknown, since something on the way may have answered after Canvas had taken it.
    """
    request_id = reply.headers.get("X-Request-Context-Id")
    asked = replace(asked, request=replace(asked.request, status=reply.status, request_id=request_id))
    if reply.status == 429 or (reply.status == 403 and THROTTLED in reply.body):
        raise NotSent(
            f"{_who(asked)} asks to slow down ({reply.status}).",
            request=asked.request,
            retry_after=retry_after(reply.headers, now=asked.now),
            remedy="It is tried again by itself, more slowly.",
        )
    if 200 <= reply.status < 300:
        return _answer(asked, reply, request_id)
    if reply.status >= 500 or reply.status < 200:
        raise _unknown(asked, f"{_who(asked)} is in trouble (status {reply.status}).")
    if reply.status in CERTAIN_REFUSALS:
        _refuse(asked, reply)
    what = "redirects elsewhere" if reply.status < 400 else "answered with an unusual refusal"
    raise _strange(asked, f"{_who(asked)} {what} (status {reply.status}).")


def _answer(asked: Asked, reply: Reply, request_id: str | None) -> Answer:
    try:
        body = read_json(reply.body)
    except ValueError:
        if reply.body.lstrip()[:1] in (b"{", b"["):  # began as JSON: it was cut on the way
            raise _unknown(asked, f"The answer of {_who(asked)} was cut short.") from None
        raise _strange(asked, f"{_who(asked)} answered with something that is not Canvas's.") from None
    next_url = None if asked.creates else link_next(reply.headers)
    if next_url is not None and not same_origin(next_url, asked.base_url):
        raise Refused(
            f"{_who(asked)} names another host for the next page of its list.",
            request=asked.request,
            because=Because.NOT_CANVAS,
            remedy="The token is never sent there. Check the `url` of this instance against the name in your browser.",
        )
    quota = read_quota(reply.headers)
    return Answer(body=body, at=read_date(reply.headers), next_url=next_url, request_id=request_id, quota=quota)


def _refuse(asked: Asked, reply: Reply) -> NoReturn:
    because = _because(reply)
    quoted = said(reply.body)
    words = f' It says: "{quoted}"' if quoted else ""
    raise Refused(
        f"{_who(asked)} refused {asked.request.method} {asked.request.path} (status {reply.status}).{words}",
        request=asked.request,
        because=because,
        remedy=REMEDIES[because],
    )


def _because(reply: Reply) -> Because:
    if reply.status == 401:
        # Canvas marks a bad token with this header; a right that is missing has none
        return Because.TOKEN if reply.headers.get("WWW-Authenticate") else Because.PERMISSION
    return {403: Because.PERMISSION, 404: Because.MISSING}.get(reply.status, Because.REQUEST)


REMEDIES = {
    Because.TOKEN: "The token is wrong, expired or deleted, or the test instance was refreshed: put a new one in place.",
    Because.PERMISSION: "Give the token's user the right 'SIS Data - import' on the root account, and ask Instructure "
    "to switch SIS imports on for it if they are off. A scoped developer key must allow this request.",
    Because.MISSING: "Check host and account of this instance; a test instance forgets imports when it is refreshed.",
    Because.NOT_CANVAS: "Check the `url` of this instance, and whether a proxy or a maintenance page answers instead.",
    Because.REQUEST: "Check the parameters of this feed's delivery; nothing was imported.",
}


def _unknown(asked: Asked, message: str) -> CanvasError:
    remedy = (
        "It may have arrived: Canvas is asked what became of it before anything is sent again."
        if asked.creates
        else "It is tried again by itself."
    )
    return Unknown(message, request=asked.request, remedy=remedy)


def _strange(asked: Asked, message: str) -> CanvasError:
    if asked.creates:
        return _unknown(asked, message)
    because = Because.NOT_CANVAS
    return Refused(message, request=asked.request, because=because, remedy=REMEDIES[because])


def _who(asked: Asked) -> str:
    return f"Canvas ({asked.request.instance})"
