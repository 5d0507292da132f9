"""Which host may be which kind of instance: production's address in the test slot, or the reverse, is refused."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

__all__ = ["is_loopback", "normal_url", "url_problems"]

_HOSTED = ".instructure.com"
_KINDS = {"test": ".test.instructure.com", "beta": ".beta.instructure.com"}


def url_problems(url: str, kind: str, own_hosts: tuple[str, ...]) -> Iterator[str]:
    """Everything wrong with an instance's address; nothing when it fits its kind."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        yield "an address such as `https://school.instructure.com` is expected"
        return
    if parts.path.strip("/") or parts.query or parts.fragment:
        yield "write the address without a path: `https://school.instructure.com`"
    if parts.username is not None or parts.password is not None:
        yield "an address holds no user name or password"
    host = parts.hostname.rstrip(".").lower()
    if is_loopback(host):
        return
    if parts.scheme != "https":
        yield f"`http://` is for this computer only; write `https://{host}`"
    yield from _host_problems(host, kind, tuple(own.rstrip(".").lower() for own in own_hosts))


def is_loopback(host: str) -> bool:
    """Whether the host is this computer."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def normal_url(url: str) -> str:
    """The address in one form, for comparing: scheme, host and port in small letters."""
    parts = _split(url.strip())
    if parts is None or not parts.hostname:
        return url
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname.rstrip('.').lower()}:{port}"


def _host_problems(host: str, kind: str, own_hosts: tuple[str, ...]) -> Iterator[str]:
    actual = next((name for name, ending in _KINDS.items() if host.endswith(ending)), "")
    if not actual and host.endswith(_HOSTED):
        actual = "production"
    if actual and actual != kind:
        yield f"`{host}` is a {actual} instance, but `kind` says {kind}"
    elif not actual and host not in own_hosts:
        yield f"`{host}` is not an address of Instructure; if it is the school's own name for this instance, list it in `own_hosts`"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it checks it
    except ValueError:
        return None
    return parts
