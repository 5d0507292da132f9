"""Commands on files alone, without a Canvas: inspect, transform, check, mapping."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import print_json, print_pairs, print_table, say
from pipeline.errors import PipelineError, Problem, SettingsError

if TYPE_CHECKING:
    from pipeline.mapping import Mapping as SourceMapping
    from pipeline.model.roster import Roster

__all__ = ["add_to"]

Files = Annotated[list[Path], typer.Argument(help="Exported files, or a zip of them.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Preset = Annotated[str | None, typer.Option(help="A mapping shipped with the pipeline, e.g. oneroster-1.1.")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help="Your own mapping file.")]
Zone = Annotated[str, typer.Option(help="Time zone of dates in the files, e.g. America/Denver.")]

PEOPLE_SHOWN = 20
REFUSED, UNREADABLE = 4, 1


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(inspect)
    app.command()(transform)
    app.command()(check)
    mapping_app = typer.Typer(help="Look at a mapping: run its examples, explain a column.", no_args_is_help=True)
    mapping_app.command("test")(mapping_test)
    mapping_app.command("explain")(mapping_explain)
    mapping_app.command("list")(mapping_list)
    app.add_typer(mapping_app, name="mapping")


def inspect(files: Files, as_json: AsJson = False) -> None:
    """Show what the pipeline sees in files: container, encoding, delimiter, header, rows, and which source it looks like.

    Example: sis-pipeline inspect export.zip users.csv
    """
    from dataclasses import asdict

    from pipeline.cli.recognising import inspected

    seen = [inspection for path in files for inspection in inspected(_existing(path))]
    if as_json:
        print_json({"version": 1, "files": [asdict(inspection) for inspection in seen]})
        return
    for inspection in seen:
        print_pairs((name.replace("_", " "), _shown(value)) for name, value in asdict(inspection).items())
        typer.echo()


def transform(
    files: Files,
    out: Annotated[Path, typer.Option(help="Folder for the Canvas CSVs.")],
    preset: Preset = None,
    mapping: MappingFile = None,
    zone: Zone = "UTC",
    as_json: AsJson = False,
) -> None:
    """Write Canvas CSVs from exported files, without any network.

    Exit 4 when rows were refused.

    Example: sis-pipeline transform --preset oneroster-1.1 --out canvas export.zip
    """
    from pipeline.checks import CheckRules, check
    from pipeline.delivery.csv_files import canvas_columns, write_csv
    from pipeline.model.findings import to_findings
    from pipeline.model.roster import Known

    roster = _mapped(files, _mapping(preset, mapping), zone)
    checked = check(roster, Known(), CheckRules.from_plain({"zone": zone, "today": _today().isoformat()}))
    out.mkdir(parents=True, exist_ok=True)
    for table, rows in checked.roster.tables.items():
        write_csv(rows, canvas_columns(table, rows), out / f"{table}.csv")
    findings = to_findings(checked.findings, roster.files)
    counts = {table: len(rows) for table, rows in checked.roster.tables.items()}
    if as_json:
        print_json({"version": 1, "tables": counts, "findings": len(findings), "out": str(out)})
    else:
        print_table(("table", "rows"), counts.items(), numbers=("rows",))
        _print_findings([_plain(finding) for finding in findings])
    raise typer.Exit(REFUSED if any(finding.severity == "error" for finding in findings) else 0)


def check(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or zips.", show_default=False)],
    preset: Preset = None,
    mapping: MappingFile = None,
    known: Annotated[
        list[Path] | None, typer.Option(help="Canvas CSVs that Canvas already accepted; later ones win.")
    ] = None,
    zone: Zone = "UTC",
    as_json: AsJson = False,
) -> None:
    """Say what Canvas would refuse or change silently, before anything is sent.

    Without --preset or --mapping the files are taken as Canvas CSVs. Exit 0 clean, 4 rows would be refused, 3 a person
    would have to decide, 1 a file can't be read.

    Example: sis-pipeline check --known accepted/ canvas/
    """
    if preset is None and mapping is None:
        _check_canvas_csvs(paths, known or [], as_json=as_json)
    from pipeline.checks import CheckRules, exit_code, findings_json
    from pipeline.checks import check as check_roster
    from pipeline.model.roster import Known

    roster = _mapped(_expanded(paths), _mapping(preset, mapping), zone)
    checked = check_roster(roster, Known(), CheckRules.from_plain({"zone": zone, "today": _today().isoformat()}))
    answer = findings_json(checked.findings, roster.files)
    _print_check(answer, as_json=as_json)
    raise typer.Exit(exit_code(checked.findings))


def mapping_list() -> None:
    """List the presets.

    Example: sis-pipeline mapping list
    """
    from pipeline.mapping import presets

    for name in presets():
        typer.echo(name)


def mapping_test(mapping: Annotated[str, typer.Argument(help="A preset's name or a mapping file.")]) -> None:
    """Run the examples written in a mapping; exit 1 when one gives other rows than it says.

    Example: sis-pipeline mapping test oneroster-1.1
    """
    from pipeline.mapping import run_examples

    results = run_examples(_named_mapping(mapping))
    for result in results:
        typer.echo(
            f"{'ok  ' if result.passed else 'FAIL'} {result.name}{'' if result.passed else ': ' + result.difference}"
        )
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


def mapping_explain(
    column: Annotated[str, typer.Argument(help="table.column, e.g. users.login_id")],
    mapping: Annotated[str, typer.Option(help="A preset's name or a mapping file.")] = "oneroster-1.1",
) -> None:
    """Say where a column's values come from.

    Example: sis-pipeline mapping explain users.login_id --mapping oneroster-1.1
    """
    from pipeline.mapping import explain

    typer.echo(explain(_named_mapping(mapping), column))


def _named_mapping(name: str) -> "SourceMapping":
    path = Path(name)
    return _mapping(None, path) if path.suffix in {".yaml", ".yml"} else _mapping(name, None)


def _mapping(preset: str | None, path: Path | None) -> "SourceMapping":
    from pipeline.mapping import load_mapping, load_preset

    if path is not None:
        return load_mapping(_existing(path).read_text(encoding="utf-8"), path.name)
    if preset is None:
        raise SettingsError(
            (Problem("command line", None, "Which mapping? Neither --preset nor --mapping was given."),),
            remedy="Try `sis-pipeline mapping list` for the presets, or `sis-pipeline inspect FILE` to have the source named.",
        )
    return load_preset(preset, None)


def _mapped(paths: list[Path], mapping: "SourceMapping", zone: str) -> "Roster":
    """The roster of these files, read in place; a folder stands for the files in it."""
    import tempfile

    from pipeline.intake.take import drop_of_files
    from pipeline.mapping import map_tables, reading_rules
    from pipeline.sources import SourceRules, read_drop

    drop = drop_of_files("command line", _expanded(paths), now=datetime.now(UTC))
    beside = paths[0].parent if paths[0].is_file() else paths[0]  # no student data in the system's temp folder
    with tempfile.TemporaryDirectory(prefix=".sis-pipeline-", dir=_writable(beside)) as work:
        tables = read_drop(
            drop, SourceRules.from_plain({**reading_rules(mapping), "unterminated": "trust"}), work=Path(work)
        )
        return map_tables(tables, mapping, zone=zone, today=_today())


def _writable(folder: Path) -> Path:
    import os

    return folder if os.access(folder, os.W_OK) else Path.cwd()


def _expanded(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [_existing(path)]
    return found


def _existing(path: Path) -> Path:
    if not path.exists():
        raise PipelineError(f"There is no file {path}.", remedy="Look at the spelling and at the folder you are in.")
    return path


def _today() -> Any:
    return datetime.now(UTC).date()


def _check_canvas_csvs(paths: list[Path], known: list[Path], *, as_json: bool) -> None:
    import tempfile

    from pipeline.checks import check_canvas_csvs, findings_json

    first = paths[0] if paths[0].is_dir() else paths[0].parent
    with tempfile.TemporaryDirectory(prefix=".sis-pipeline-", dir=_writable(first)) as work:
        result = check_canvas_csvs([_existing(path) for path in paths], known, work=Path(work))
    _print_check(findings_json(result.findings, result.files), as_json=as_json)
    raise typer.Exit(result.exit_code)


def _print_check(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    _print_findings(answer["findings"])
    say(", ".join(f"{count} {name}" for name, count in answer["counts"].items() if count) or "No findings.")


def _print_findings(findings: list[dict[str, Any]]) -> None:
    for finding in findings[:PEOPLE_SHOWN]:
        place = f"{finding['file'] or 'the upload'}{'' if finding['line'] is None else ' line ' + str(finding['line'])}"
        typer.echo(f"{finding['severity']:<8} {place}: {finding['message']}")
        if finding["remedy"]:
            typer.echo(f"         → {finding['remedy']}")
    if len(findings) > PEOPLE_SHOWN:
        say(f"… and {len(findings) - PEOPLE_SHOWN} more; --json prints all.")


def _plain(finding: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(finding)


def _shown(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value)
    return value
