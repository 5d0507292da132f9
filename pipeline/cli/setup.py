"""Commands for the beginning: init, sandbox."""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import print_json, say
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.settings import Settings

__all__ = ["add_to"]

Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="SIS_PIPELINE_CONFIG")]
CONFIG = "config/pipeline.yaml"

DEFAULT_PORT = 3000
SAME_FORMAT = frozenset({"infinite-campus", "skyward"})  # they write another preset's format, which is named instead


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(init)
    app.command()(sandbox)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to set up; made if it is not there.")] = Path(),
    source: Annotated[
        list[Path] | None, typer.Option("--from", help="An export of your SIS: its source is recognised.")
    ] = None,
    more: Annotated[
        list[Path] | None, typer.Argument(help="More files of the same export.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Set up a project folder: configuration, drop folder, archive, .env. What is there already stays as it is.

    Example: sis-pipeline init school --from export/*.csv
    """
    source = [*(source or []), *(more or [])]
    if folder.is_file():  # `init --from a.csv b.csv`: the shell put a file where the folder stands
        source, folder = [*source, folder], Path()
    preset = _recognised(source)
    made = [
        path
        for path, text in {
            folder / "config" / "pipeline.yaml": _configuration(preset, source),
            folder / ".env": _ENV,
        }.items()
        if _write_once(path, text)
    ]
    for name in ("drop/registrar", "archive"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if as_json:
        print_json({"version": 1, "folder": str(folder), "made": [str(path) for path in made], "preset": preset})
        return
    for path in made:
        typer.echo(f"wrote {path}")
    if preset:
        say(f"The files look like {preset}; the feed `registrar` uses that mapping.")
    elif source:
        say("The source was not recognised: write a mapping, or choose a preset (`sis-pipeline mapping list`).")
    say("Next, in that folder, to try it without a Canvas:")
    say("  sis-pipeline sandbox                      (in a second terminal; it plays test and production)")
    say("  sis-pipeline run registrar FILE…          (your export)")


def sandbox(
    port: Annotated[
        int | None, typer.Option(help="One sandbox on this port, instead of the configuration's instances.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Keep everything in this folder; else in memory.")] = None,
    token: Annotated[
        str | None, typer.Option(help="The token to accept; else one is invented.", envvar="SIS_SANDBOX_TOKEN")
    ] = None,
    faults: Annotated[Path | None, typer.Option(help="A file of faults to play.")] = None,
    canvas_version: Annotated[str, typer.Option(help="current or 2022.")] = "current",
    load: Annotated[Path | None, typer.Option(help="A folder of Canvas CSVs to import first.")] = None,
    config: Config = CONFIG,
) -> None:
    """Run the embedded Canvas, on this computer only, until Ctrl-C.

    In a project folder without --port it plays every loopback instance of the configuration, each on its port, and writes
    their tokens (readable by you alone).

    Example: sis-pipeline sandbox --port 3000 --data sandbox-data
    """
    from pipeline.cli.sandboxes import serve_instances, serve_one

    if port is None and Path(config).exists():
        from pipeline.cli.work import load_settings, root_of

        serve_instances(load_settings(config), root_of(config), faults=faults, canvas_version=canvas_version, load=load)
        return
    forbidden = _real_tokens(config)
    settings = {"data_dir": data, "token": token, "faults": faults, "canvas_version": canvas_version, "load": load}
    serve_one(port if port is not None else DEFAULT_PORT, settings, forbidden)


def _real_tokens(config: str) -> frozenset[str]:
    """Tokens that the configuration uses for instances that are no sandbox: the sandbox must not take them."""
    if not Path(config).exists():
        return frozenset()
    from pipeline.cli.sandboxes import tokens_of_real_instances
    from pipeline.cli.work import load_settings

    settings: Settings = load_settings(config)
    return tokens_of_real_instances(settings)


def _recognised(source: list[Path]) -> str | None:
    if not source:
        return None
    from pipeline.cli.recognising import inspected

    for path in source:
        if not path.exists():
            raise PipelineError(
                f"There is no file {path}.", remedy="Look at the spelling and at the folder you are in."
            )
    found = [
        known.split(":")[0] for path in source for inspection in inspected(path) for known in inspection.recognised
    ]
    return max(sorted(set(found)), key=lambda name: (found.count(name), name not in SAME_FORMAT)) if found else None


def _configuration(preset: str | None, source: list[Path]) -> str:
    text = files("pipeline.cli").joinpath("pipeline.yaml").read_text(encoding="utf-8")
    if preset and preset != "oneroster-1.1":
        text = text.replace("preset:oneroster-1.1", f"preset:{preset}")
    names = [path.name for path in source]
    if names:
        kept = [line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("expects:")]
        text = "".join(kept)
    return text


def _write_once(path: Path, text: str) -> bool:
    if path.exists():
        say(f"{path} is there already; it stays as it is.")
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return True


_ENV = """\
# Secrets of this project; readable by its owner alone. The configuration refers to them as env:NAME.
# CANVAS_TOKEN=
# CANVAS_TEST_TOKEN=
"""
