"""Texts of the screen, without widgets."""
