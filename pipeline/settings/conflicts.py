"""What does not fit together in a configuration whose single values are right."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.settings.feed import Feed
from pipeline.settings.hosts import normal_url, url_problems
from pipeline.settings.models import Credential, Instance, Settings
from pipeline.settings.names import nearest
from pipeline.settings.text import Place

__all__ = ["Complaint", "complaints"]

Complaint = tuple[Place, str]
"""Where, and what."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_WINDOWS_NAMES = re.compile(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]")
_BATCH_WITH_OTHERS = (
    "batch mode deletes what it is not sent, also what {others} sent into the same Canvas; "
    "give each of these feeds its own `terms: {{mine: …}}`, or send `changes`"
)
_ORDER = {"test": 0, "beta": 1, "production": 2}


def complaints(settings: Settings, *, names: dict[str, frozenset[str]]) -> Iterator[Complaint]:
    """Everything that does not fit together.

    names: under `instances` and `feeds`, all names written in the file, also of those that were wrong and left out: a
    reference to one of them is not a second mistake.
    """
    for section in ("instances", "feeds"):
        for name in names[section]:
            if not _NAME.fullmatch(name) or _WINDOWS_NAMES.fullmatch(name):
                yield (section, name), "a name has letters, digits, `-` and `_` only, since it names folders too"
    for name, instance in settings.instances.items():
        for problem in url_problems(instance.url, instance.kind, instance.own_hosts):
            yield ("instances", name, "url"), problem
    yield from _shared_addresses(settings.instances)
    yield from _shared_tokens(settings.instances)
    for name, feed in settings.feeds.items():
        yield from _deliver(settings, name, feed, names["instances"])
        yield from _options(name, feed)
        yield from _feed_files(name, feed)
    yield from _folders(settings)
    yield from _batches(settings)
    yield from _references(settings, names["feeds"])
    yield from _ledger(settings)


def _shared_addresses(instances: dict[str, Instance]) -> Iterator[Complaint]:
    first: dict[str, str] = {}
    for name, instance in instances.items():
        address = normal_url(instance.url)
        if address in first:
            yield (
                ("instances", name, "url"),
                f"this is the same Canvas as `{first[address]}`: a rehearsal there would be the real thing",
            )
        first.setdefault(address, name)


def _shared_tokens(instances: dict[str, Instance]) -> Iterator[Complaint]:
    first: dict[str, str] = {}
    for name, instance in instances.items():
        for key in ("token", "undo_token", "read_token"):
            for reference in _references_of(getattr(instance, key)):
                other = first.setdefault(reference, name)
                if other != name:
                    yield (
                        ("instances", name, key),
                        f"the token of `{other}` would be sent to another Canvas; give each instance its own",
                    )


def _references_of(credential: Credential | None) -> Iterable[str]:
    if credential is None:
        return ()
    if credential.token is not None:
        return (str(credential.token),)
    assert credential.oauth is not None
    return (str(credential.oauth.refresh_token),)


def _deliver(settings: Settings, name: str, feed: Feed, known: frozenset[str]) -> Iterator[Complaint]:
    place: Place = ("feeds", name, "deliver", "to")
    if not known:
        yield place, "no instance to deliver to; describe one under `instances`"
    if len(set(feed.deliver.to)) != len(feed.deliver.to):
        yield place, "an instance is named twice"
    for target in feed.deliver.to:
        if target not in known:
            yield place, f"there is no instance `{target[:40]}`{nearest(target, sorted(known))}"
    kinds = [_ORDER[settings.instances[target].kind] for target in feed.deliver.to if target in settings.instances]
    if kinds != sorted(kinds):
        yield place, "production comes last, and test before beta: what is rehearsed must not have been sent already"


def _options(name: str, feed: Feed) -> Iterator[Complaint]:
    options, deliver = feed.deliver.options, ("feeds", name, "deliver")
    for key in ("add_sis_stickiness", "clear_sis_stickiness"):
        if getattr(options, key) and not options.override_sis_stickiness:
            yield (
                (*deliver, "options", key),
                f"Canvas drops `{key}` silently unless `override_sis_stickiness` is true too",
            )
    if options.add_sis_stickiness and options.clear_sis_stickiness:
        yield (
            (*deliver, "options", "add_sis_stickiness"),
            "with `clear_sis_stickiness` Canvas ignores this one; keep one of the two",
        )
    if options.skip_deletes and feed.deliver.send != "changes":
        yield (
            (*deliver, "options", "skip_deletes"),
            f"with `send: {feed.deliver.send}` Canvas would pass over the deletes that it works out itself, and its state would be unknown",
        )
    deleting = sorted(table for table, word in feed.absent.items() if word == "deleted")
    if options.skip_deletes and deleting:
        yield (
            (*deliver, "options", "skip_deletes"),
            f"`absent` says that rows of {', '.join(deleting)} are to be deleted, and this says that Canvas passes over deletes",
        )
    if len(feed.deliver.to) < 2 and feed.deliver.promote.when != "manual":
        yield (*deliver, "promote"), "there is only one instance, so nothing is promoted"


def _feed_files(name: str, feed: Feed) -> Iterator[Complaint]:
    for number, expected in enumerate(feed.expects):
        if "/" in expected or "\\" in expected:
            yield ("feeds", name, "expects", number), "write the file's name without a folder"
    by_manifest = "by_manifest" in {feed.export.every, *feed.export.tables.values()}
    if by_manifest and not feed.manifest and feed.expects and "manifest.csv" not in feed.expects:
        yield ("feeds", name, "export"), "`by_manifest` needs a manifest: name it under `manifest`, or among `expects`"
    if not feed.mapping.startswith("preset:") and not Path(feed.mapping).is_file():
        yield ("feeds", name, "mapping"), "this mapping file does not exist; a packaged one is named `preset:NAME`"


def _folders(settings: Settings) -> Iterator[Complaint]:
    ours = {"state": settings.state, "store": settings.store, "archive": settings.archive.folder}
    seen: dict[Path, str] = {}
    for name, feed in settings.feeds.items():
        place: Place = ("feeds", name, "drop")
        drop = feed.drop.absolute()
        for other, other_name in seen.items():
            if drop == other or drop.is_relative_to(other) or other.is_relative_to(drop):
                yield (
                    place,
                    f"this folder and that of feed `{other_name}` lie in each other; a file would belong to both",
                )
        for key, folder in ours.items():
            if drop.is_relative_to(folder.absolute()) or folder.absolute().is_relative_to(drop):
                yield place, f"the drop folder and `{key}` lie in each other; keep what arrives apart from what is kept"
        seen[drop] = name


def _batches(settings: Settings) -> Iterator[Complaint]:
    senders: dict[str, list[str]] = defaultdict(list)
    for name, feed in settings.feeds.items():
        for target in feed.deliver.to:
            senders[target].append(name)
    for name, feed in settings.feeds.items():
        others = sorted({other for target in feed.deliver.to for other in senders[target]} - {name})
        fenced = all(settings.feeds[other].terms.mine for other in (name, *others))
        if feed.deliver.send == "canvas_batch" and others and not fenced:
            yield ("feeds", name, "deliver", "send"), _BATCH_WITH_OTHERS.format(others=", ".join(others))


def _references(settings: Settings, known: frozenset[str]) -> Iterator[Complaint]:
    named: list[tuple[Place, str]] = []
    named += [(("timetable", "runs", n, "feed"), run.feed) for n, run in enumerate(settings.timetable.runs)]
    named += [(("timetable", "verify", n, "feed"), entry.feed) for n, entry in enumerate(settings.timetable.verify)]
    for number, pause in enumerate(settings.timetable.pauses):
        named += [(("timetable", "pauses", number, "feeds"), feed) for feed in pause.feeds]
    for number, notice in enumerate(settings.notices):
        named += [(("notices", number, "feeds"), feed) for feed in notice.feeds]
    for name, feed in settings.feeds.items():
        named += [(("feeds", name, "fields_from", table), other) for table, other in feed.fields_from.items()]
    for place, feed_name in named:
        if feed_name not in known:
            yield place, f"there is no feed `{feed_name[:40]}`{nearest(feed_name, sorted(known))}"
    timed = {run.feed for run in settings.timetable.runs}
    for name, feed in settings.feeds.items():
        if feed.process == "at_times" and name not in timed:
            yield (
                ("feeds", name, "process"),
                "with `at_times` a daily run is needed: `timetable: {runs: [{feed: …, daily: …}]}`",
            )


def _ledger(settings: Settings) -> Iterator[Complaint]:
    kind, _, rest = settings.ledger.partition(":")
    if settings.ledger != "sqlite" and (kind not in {"env", "file"} or not rest):
        yield (
            ("ledger",),
            "`sqlite`, or a reference to a PostgreSQL URL such as `env:LEDGER_URL`, is expected: the URL holds a password",
        )
