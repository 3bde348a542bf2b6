"""Where the command starts: an interruption while the rest is still being imported is one line, too."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from quasispin.cli.app import main as application

        application()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
