"""The screens, a file each. The main one is built in layers: browse, triage, write."""
