"""Interfaces between the engine and everything outside it: platforms, stores, vaults, sign-in, clocks. What goes wrong there: `inbox.errors`."""
