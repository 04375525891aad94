"""Hypothesis times nothing: a slow machine is no counterexample."""

from hypothesis import settings

settings.register_profile("la-bot", deadline=None)
settings.load_profile("la-bot")
