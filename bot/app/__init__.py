"""One turn from message to commit, the jobs of the clock, the settings, and the composition root."""
