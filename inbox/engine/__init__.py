"""Use cases and loops. Everything from outside comes through `ports`."""
