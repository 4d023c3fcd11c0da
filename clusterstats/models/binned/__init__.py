"""Means by bins, controls taken out."""
