"""The same, for people who do not import."""
