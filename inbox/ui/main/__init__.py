"""The main screen: composition, panes, bars."""
