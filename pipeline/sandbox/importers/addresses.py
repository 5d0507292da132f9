"""The e-mail addresses that imports give to logins."""

from collections.abc import Iterable

from pipeline.sandbox.importers.work import Crash, Work
from pipeline.sandbox.store.questions import channels_of
from pipeline.sandbox.store.records import Channel, Login

__all__ = ["Addresses", "BadChannel"]

MAX_ADDRESS = 255  # characters; longer ones are a database error to Canvas
MAX_CHANNELS = 100  # of one person


class BadChannel(Exception):
    """An address cannot be added; the exception leaves the batch of rows, so that another row gets the message."""


class Addresses:
    """The channels of the people of one segment."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._of: dict[int, list[Channel]] = {}

    def load(self, user_ids: Iterable[int]) -> None:
        """Look the channels of many people up at once."""
        missing = {user_id for user_id in user_ids if user_id not in self._of}
        if not missing:
            return
        self._of.update((user_id, []) for user_id in missing)
        for channel in channels_of(self._work.session, missing):
            self._of[channel.user_id].append(channel)

    def know_new(self, user_id: int) -> None:
        """Take note of a person who has no address yet."""
        self._of[user_id] = []

    def attach(self, login: Login, address: str) -> None:
        """Make an address the one that SIS gives to a login, active.

        A channel of the person with that address is used again; otherwise the one that SIS gave before changes its
        address; otherwise there is a new one.
        """
        if len(address) > MAX_ADDRESS:
            raise Crash
        same, before = self._same_and_before(login, address)
        channel = same or before
        if channel is None:
            self._add(login, address)
            return
        if before is not None and before is not channel:
            self._set_state(before, "retired")
        if channel.path != address:
            channel.path, channel.updated_at = address, self._work.settings.now
            self._work.session.channels.touch(channel)
        self._set_state(channel, "active")
        self._belongs_to(channel, login)

    def retire(self, login: Login, address: str) -> None:
        """Retire the channel with this address, of a login that is deleted."""
        same, before = self._same_and_before(login, address)
        if channel := same or before:
            self._set_state(channel, "retired")

    def _same_and_before(self, login: Login, address: str) -> tuple[Channel | None, Channel | None]:
        """The person's channel with this address (a live one first), and the one that SIS gave the login before."""
        self.load((login.user_id,))
        channels = self._of[login.user_id]
        same = [channel for channel in channels if channel.path.lower() == address.lower()]
        same.sort(key=lambda channel: channel.workflow_state == "retired")
        before = next((channel for channel in channels if channel.id == login.channel_id), None)
        return (same[0] if same else None), before

    def _add(self, login: Login, address: str) -> None:
        channels = self._of[login.user_id]
        if sum(channel.workflow_state != "retired" for channel in channels) >= MAX_CHANNELS:
            raise BadChannel(
                f"An email did not pass validation ({address}, error: Maximum number of communication channels reached)"
            )
        now = self._work.settings.now
        position = 1 + max((channel.position for channel in channels), default=0)
        channel = Channel(user_id=login.user_id, path=address, position=position, created_at=now, updated_at=now)
        channels.append(self._work.session.channels.add(channel))
        self._work.log("CommunicationChannel", channel.id, "non-existent", "active")
        self._belongs_to(channel, login)

    def _set_state(self, channel: Channel, state: str) -> None:
        if channel.workflow_state != state:
            self._work.log("CommunicationChannel", channel.id, channel.workflow_state, state)
            channel.workflow_state, channel.updated_at = state, self._work.settings.now
            self._work.session.channels.touch(channel)

    def _belongs_to(self, channel: Channel, login: Login) -> None:
        if login.channel_id != channel.id:
            login.channel_id = channel.id
            self._work.session.logins.touch(login)
