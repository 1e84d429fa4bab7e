"""What the commands of the main screen do: one file a group, loaded when its first key is pressed. `people.join` in the
command table is `join` of `People` in `people.py`."""
