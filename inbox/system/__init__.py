"""What every layer needs of the machine: places, clocks, locks, logs, secrets kept out of them, lazy imports."""
