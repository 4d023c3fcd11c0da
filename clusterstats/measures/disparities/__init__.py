"""Inequality between regions."""
