"""Ours held against the oracles."""
