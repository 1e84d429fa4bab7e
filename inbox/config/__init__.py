"""The config: its model, reading and checking the file, changing it with comments kept."""
