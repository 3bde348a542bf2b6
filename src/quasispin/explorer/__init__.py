"""The explorer: the same physics, for people who would rather look."""
