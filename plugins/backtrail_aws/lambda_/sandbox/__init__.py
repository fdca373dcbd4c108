"""Processes in which functions run: `effects.py` starts and ends them, the bootstraps are what they run."""
