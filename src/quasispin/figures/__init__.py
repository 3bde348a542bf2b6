"""The same, seen: curves, maps and level schemes, ready for print."""

from quasispin.figures.curves import curves
from quasispin.figures.levels import levels
from quasispin.figures.maps import map

__all__ = ["curves", "levels", "map"]
