"""The commands of the screen: keys, titles, when they are available."""
