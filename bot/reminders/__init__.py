"""Reminders: a pure policy decides what is due, a job says it."""
