"""What stands on the screen. A widget draws what it is given and tells upwards what happened to it."""
