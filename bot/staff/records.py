"""Where whom an owner named is kept.

PURE.
"""

STAFF_RECORDS = "staff/"
"""The prefix of the records, which are kept by account."""
