"""The command line `sis-pipeline`: its commands, and the one place where an error becomes a sentence and an exit code."""

import sys
import traceback
from pathlib import Path
from typing import NoReturn

import typer

from pipeline.cli import care, decisions, demo, feeds, files, looking, setup, verifying
from pipeline.errors import PipelineError

__all__ = ["app", "main"]

app = typer.Typer(
    name="sis-pipeline",
    help=(
        "Student information system exports into Canvas, without fear: transformed, checked, compared with what Canvas "
        "last accepted, held if dangerous, sent exactly once, and explained.\n\nBegin with: sis-pipeline demo"
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
demo.add_to(app)
setup.add_to(app)
files.add_to(app)
feeds.add_to(app)
decisions.add_to(app)
looking.add_to(app)
verifying.add_to(app)
care.add_to(app)

OUR_BUG = 70
STOPPED = 130


def main() -> NoReturn:
    """Run the command line; exit as the README says."""
    try:
        app()
    except PipelineError as error:
        _tell(str(error), error.remedy)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone, e.g. `| head`: nobody is left to tell
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  # the outermost call: one sentence, no values, no traceback
        place = traceback.extract_tb(error.__traceback__)[-1]
        _tell(
            f"This is a fault of sis-pipeline: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}.",
            "Nothing else was done. Please report this place; no data of yours is in this message.",
        )
        sys.exit(OUR_BUG)
    sys.exit(0)


def _tell(message: str, remedy: str) -> None:
    typer.echo(f"Error: {message}", err=True)
    if remedy:
        typer.echo(f"  → {remedy}", err=True)


if __name__ == "__main__":
    main()
