"""What the commands of the main screen do: one file per family, executed with its first key. `ui/handlers.py` leads from
the id of a command to its method here; all these files know of the screen is `ui/context.py`."""
