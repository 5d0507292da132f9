"""The whole configuration as frozen values."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from pipeline.errors import Problem, SettingsError
from pipeline.settings.feed import Feed, Retention
from pipeline.settings.kinds import (
    Days,
    Duration,
    LocalDate,
    LocalTime,
    LocalTimeRange,
    Names,
    ProjectPath,
    Text,
    ZoneName,
    refuse,
)
from pipeline.settings.names import nearest
from pipeline.settings.secret import Reference, Secret, SecretReference, SecretSource
from pipeline.settings.strict import Strict

__all__ = ["Archive", "Credential", "Instance", "Notice", "OAuth", "Pause", "Service", "Settings", "Timetable"]


class OAuth(Strict):
    """A scoped developer key, in place of a user's token."""

    client_id: Text
    """The key's id."""
    client_secret: Reference
    """Reference to the key's secret."""
    refresh_token: Reference
    """Reference to the refresh token."""


class Credential(Strict):
    """What speaks for us in Canvas: a user's token by reference, or `{oauth: {…}}`."""

    token: Reference | None = None
    """Reference to a user's token."""
    oauth: OAuth | None = None
    """A scoped developer key."""

    @model_validator(mode="after")
    def _one(self) -> "Credential":
        if (self.token is None) == (self.oauth is None):
            raise refuse("either a reference to a token or `oauth:` is expected")
        return self


def _credential(value: Any) -> Any:
    return {"token": value} if isinstance(value, str) else value


CredentialOrReference = Annotated[Credential, BeforeValidator(_credential)]


class Instance(Strict):
    """One Canvas root account."""

    kind: Literal["test", "beta", "production"]
    """Decides the rules: which hosts are allowed, and that production is last."""
    url: Text
    """Canvas's address, without a path: `https://school.instructure.com`."""
    own_hosts: Names = ()
    """The school's own host names for this instance."""
    account: str = "self"
    """The root account: `self`, or its id."""
    ca_file: ProjectPath | None = None
    """Certificate authority of the school's own, as a PEM file. Checking certificates cannot be switched off."""
    token: CredentialOrReference | None = None
    """Sends: a dedicated user's token with "SIS Data - import", by reference; or `{oauth: {…}}`."""
    undo_token: CredentialOrReference | None = None
    """Takes imports back: adds "SIS Data - manage". Blank: undo sends inverse plans."""
    read_token: CredentialOrReference | None = None
    """Reads reports and lists. Blank: `token` does."""


class DailyRun(Strict):
    """A run every day, also when nothing new came."""

    feed: Text
    """Name of the feed."""
    daily: LocalTime
    """Local time of day."""
    days: Days = (0, 1, 2, 3, 4, 5, 6)
    """Days on which it runs."""


class DailyVerify(Strict):
    """A comparison with what Canvas says, every day."""

    feed: Text
    """Name of the feed."""
    daily: LocalTime
    """Local time of day."""
    with_: Literal["reports", "rest", "nrps", "dap", "auto"] = Field(default="auto", alias="with")
    """Where to read."""


class Pause(Strict):
    """A time in which not everything is sent: `from` and `to`, or `daily`."""

    from_: LocalDate | None = Field(default=None, alias="from")
    """First day."""
    to: LocalDate | None = None
    """Last day."""
    daily: LocalTimeRange | None = None
    """Hours of every day: `08:00-17:00`."""
    allow: Literal["nothing", "creates"] = "nothing"
    """What is sent all the same."""
    feeds: Names = ()
    """Feeds that it is for; blank: all."""

    @model_validator(mode="after")
    def _whole(self) -> "Pause":
        if (self.from_ is None) != (self.to is None) or (self.from_ is None and self.daily is None):
            raise refuse("`from` and `to`, or `daily`, are expected")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise refuse("`to` is before `from`")
        return self


class Timetable(Strict):
    """What happens by the clock."""

    runs: tuple[DailyRun, ...] = ()
    """Daily runs: `{feed: registrar, daily: "02:00"}`."""
    verify: tuple[DailyVerify, ...] = ()
    """Daily comparisons with Canvas."""
    pauses: tuple[Pause, ...] = ()
    """Times in which not everything is sent."""


class Notice(Strict):
    """Somebody who is told something."""

    to: Text
    """Who it is for: registrar, it, admin; decides what the notice dwells on."""
    url: Reference
    """Reference to an apprise address: it is a secret."""
    when: tuple[Literal["started", "messages", "held", "failed", "late", "drift", "recovered", "digest"], ...] = (
        "held",
        "failed",
        "late",
    )
    """What is told."""
    feeds: Names = ()
    """Feeds that it is about; blank: all."""


class Archive(Strict):
    """What is kept of each run, for people."""

    folder: ProjectPath = Path("archive")
    """Where."""
    sources: Literal["reduced", "full", "none"] = "reduced"
    """`reduced`: mapped columns with line numbers; `full`: also the files as dropped; `none`."""
    encrypt_to: Names = ()
    """age recipients (`age1…`) to which archives are encrypted; blank: not encrypted."""


class Service(Strict):
    """The long-running process."""

    listen: Text = "127.0.0.1:9393"
    """Address and port of health and metrics; this computer only, unless told otherwise."""
    log: Literal["text", "json"] = "text"
    """Form of the log lines."""
    stop_within: Duration = timedelta(seconds=150)
    """How long a running upload may take to end when the service is told to stop."""


class Settings(Strict):
    """All of `config/pipeline.yaml`."""

    timezone: ZoneName = "UTC"
    """Time zone of dates in files, the timetable and what is printed."""
    state: ProjectPath = Path(".pipeline")
    """Folder for ledger, locks and work files; on a local disk."""
    store: ProjectPath = Path(".pipeline")
    """Folder below which drops, rosters and packages are kept (`store/`); local, or a share of several hosts."""
    ledger: str = "sqlite"
    """`sqlite`, in the state folder; or a reference to a PostgreSQL URL (`env:LEDGER_URL`), when several hosts share the feeds."""
    instances: dict[str, Instance] = Field(default_factory=dict)
    """Canvas instances by name."""
    feeds: dict[str, Feed] = Field(default_factory=dict)
    """Feeds by name; where two send the same row, the first one's fields count."""
    timetable: Timetable = Timetable()
    """What happens by the clock."""
    notices: tuple[Notice, ...] = ()
    """Who is told what."""
    retention: Retention = Retention()
    """How long things are kept."""
    archive: Archive = Archive()
    """What is kept of each run, for people."""
    service: Service = Service()
    """The long-running process."""

    _source: SecretSource = PrivateAttr(default_factory=lambda: SecretSource({}))
    _file: Path = PrivateAttr(default=Path())
    _sha256: str = PrivateAttr(default="")

    def feed(self, name: str) -> Feed:
        """One feed; SettingsError with the nearest right name if there is none."""
        if name not in self.feeds:
            raise SettingsError(
                (Problem(str(self._file), None, f"there is no feed `{name}`{nearest(name, self.feeds)}"),)
            )
        return self.feeds[name]

    def instance(self, name: str) -> Instance:
        """One instance; SettingsError with the nearest right name if there is none."""
        if name not in self.instances:
            problem = Problem(str(self._file), None, f"there is no instance `{name}`{nearest(name, self.instances)}")
            raise SettingsError((problem,))
        return self.instances[name]

    def secret(self, reference: SecretReference) -> Secret:
        """The secret that a reference names, looked up now; SettingsError when it is not to be had."""
        return self._source.find(reference)

    def secret_origin(self, reference: SecretReference) -> str:
        """Where a secret is taken from, for people."""
        return self._source.origin(reference)

    def retention_days(self, feed: str) -> int:
        """How long a feed's things are kept."""
        own = self.feed(feed).retention
        return (own or self.retention).days

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    @property
    def ledger_url(self) -> str:
        """The ledger's database URL; it may hold a password, so it is never printed."""
        if self.ledger == "sqlite":
            return f"sqlite:///{self.state / 'ledger.sqlite'}"
        kind, _, name = self.ledger.partition(":")
        return self.secret(SecretReference(kind, name)).reveal()

    @property
    def store_folder(self) -> Path:
        """Where the store's files are."""
        return self.store / "store"

    @property
    def work_folder(self) -> Path:
        """Where a run's child process may write."""
        return self.state / "work"

    @property
    def file(self) -> str:
        """The file that it was read from."""
        return str(self._file)

    @property
    def sha256(self) -> str:
        """A hash of the configuration's text, recorded with what depends on it."""
        return self._sha256
