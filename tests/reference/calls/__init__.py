"""Translations of reference pairs to calls of ours, a module a family of measures."""
