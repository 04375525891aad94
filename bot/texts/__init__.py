"""Text ids and values -> words. All prose stands in `templates/texts`; here is only how it is filled in and shown."""
