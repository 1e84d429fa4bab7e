"""A unified social inbox in the terminal: Facebook and X in one queue, most urgent first."""

__version__ = "0.1.0"
