"""Puts the parts together: platforms, store, desk, station."""
