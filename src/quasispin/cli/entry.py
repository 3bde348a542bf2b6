"""Where the command starts: an interruption while the rest is still being imported is one line, too."""

from __future__ import annotations

import sys

LEAST = 640 * 2**20
"""Bytes of addresses; with less the libraries do not load, or wait for ever for what they do not get."""


def main() -> None:
    """Run the command line."""
    try:
        from quasispin.machine import addressable

        if (limit := addressable()) < LEAST:
            print(
                f"Error: This process may have {limit / 2**20:.0f} MiB of addresses (`ulimit -v`), "
                f"but needs {LEAST >> 20} MiB at least.",
                file=sys.stderr,
            )
            sys.exit(2)
        from quasispin.cli.app import main as application

        application()
    except MemoryError:
        print("Error: The memory of this process does not suffice.", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
