"""Agglomeration told from selection by whole distributions."""
