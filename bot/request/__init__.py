"""The life of a license request: statuses, permissions, commands, events.

PURE: `decide` makes events, `apply` applies them.
"""
