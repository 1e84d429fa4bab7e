"""Exit statuses of the program, as `inbox help scripts` promises them."""

PROBLEM = 1
"""Not done, or something is wrong."""
USAGE = 2
"""Wrong usage, or a mistake in the config."""
UNCERTAIN = 3
"""Nobody can know whether it was done."""
REFUSED = 4
"""Refused by a rule before anything was done."""
HOLDS = 5
"""What `--check` asks for holds."""
