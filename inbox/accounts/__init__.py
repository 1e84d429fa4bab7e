"""Signing in and out, and where tokens are kept."""
