"""Use cases of an agent, one file for each topic."""
