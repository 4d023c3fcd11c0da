"""Regressions whose rows are pairs, with errors that share a member."""
