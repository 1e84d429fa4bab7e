"""The main screen: browse, triage, write, and the ways out."""

from __future__ import annotations

from inbox.ui.screens.accounts import Accounts


class Main(Accounts):
    pass
