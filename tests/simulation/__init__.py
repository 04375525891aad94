"""A made-up year with made-up people on the real machines: `python -m tests.simulation`."""
