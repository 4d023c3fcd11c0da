"""Indices that need the sizes of establishments, and tests against the dartboard."""
