"""The demo: a day of an invented brand on simulated platforms."""
