"""Telling people, through apprise: one notice to one address. The address is a secret."""

import apprise

__all__ = ["send_notice"]


def send_notice(address: str, title: str, body: str) -> bool:
    """Whether the notice was delivered. address: an apprise URL, such as `mailto://…` or `json://…`; it is never printed.

    A notice that cannot be delivered is no error: it is tried again, and harms no run.
    """
    post = apprise.Apprise()
    if not post.add(address):
        return False
    return bool(post.notify(title=title, body=body))
