"""Sentences as vectors, and the example that they are nearest to. Knows nothing of the LA or of the dialogue."""
