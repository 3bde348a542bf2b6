"""The same, done again slowly by someone who may not look: independent answers that take plain numbers.

``multiprecision`` (error balls), ``fock`` (every state of the box), ``mean_field_scan`` and
``mean_field_matrix`` (BCS by brute force), ``free_electrons`` (many shells without a force) and
``strategies`` (random systems for Hypothesis) share
neither code nor algorithms with the rest of the package; of it they import the error classes only.
"""
