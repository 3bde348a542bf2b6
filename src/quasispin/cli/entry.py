"""Where the command starts: an interruption while the rest is still being imported is one line, too."""

from __future__ import annotations

import logging
import sys


def main() -> None:
    """Run the command line."""
    try:
        from quasispin.machine import shortage

        if why := shortage():
            print(f"Error: {why}", file=sys.stderr)
            sys.exit(2)
        logging.getLogger("asyncio").setLevel(
            logging.CRITICAL
        )  # of several tasks that fail the first is told
        from quasispin.cli.app import main as application

        application()
    except MemoryError:
        print("Error: The memory of this process does not suffice.", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
