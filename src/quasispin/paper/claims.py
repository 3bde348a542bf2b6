"""Every claim of the paper that is tested, in the order of its text; the errata stand in `errata`."""

from __future__ import annotations

from quasispin.paper.claim import Claim, Result, Verdict, examine
from quasispin.paper.claims_response import RESPONSES
from quasispin.paper.claims_scales import SCALES
from quasispin.paper.claims_steps import STEPS
from quasispin.paper.claims_text import TEXT

CLAIMS: tuple[Claim, ...] = STEPS + RESPONSES + SCALES + TEXT

__all__ = ["CLAIMS", "Claim", "Result", "Verdict", "examine"]
