"""A question about the terms -> an answer with quotes. What the LA does not say is never said in its name."""
