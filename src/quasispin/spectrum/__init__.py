"""Which many-body levels exist: seniority weights, pair matrices, sectors."""
