"""The command line: parse options, call the library, set the exit status. No other module prints.

Exit status: 0 done; 1 a defect of genereport; 2 the command, the settings or the cohort is wrong; 3 done with warnings
under ``--strict``, with predictions withheld, or with a material change under ``--exit-code``; 75 another run holds
the folder; 130 interrupted, 143 ended by SIGTERM.
"""

from __future__ import annotations

import sys

from genereport.cli import (  # noqa: F401 - each module adds its commands
    apply,
    batch,
    build,
    compare,
    history,
    manual,
    reports,
    schedule,
    study,
)
from genereport.cli.app import app
from genereport.cli.progress import status
from genereport.errors import GenereportError
from genereport.locations import redacted
from genereport.runs import signals as interruption
from genereport.warned import collecting

__all__ = ["app", "main", "run"]


def main() -> None:
    """Run the command ``genereport``."""
    status = run()
    if "genereport.parallel" in sys.modules and isinstance(status, int | None):
        interruption.leave(status or 0)  # the work is done; to stop TensorFlow and the workers in order takes seconds
    sys.exit(status)


def run() -> str | int | None:
    """Run the command line; a refusal is printed as one paragraph and gives exit status 2, or 75 for a locked folder.

    Returns:
        The exit status.
    """
    try:
        with interruption.listening(), collecting():
            app()
    except GenereportError as error:
        interruption.write_error_line(f"genereport: {redacted(str(error))}")
        return status(error)
    except SystemExit as done:
        return done.code
    return 0
