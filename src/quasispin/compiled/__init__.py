"""Loops compiled for this machine: one language of vectors, one file of machine code for all of them."""
