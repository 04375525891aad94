"""The conversation with one person.

PURE: `advance` turns an event into the next state, what is said, and an effect.
"""
