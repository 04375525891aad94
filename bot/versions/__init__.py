"""A new version of the LA: announced, answered, in force."""
