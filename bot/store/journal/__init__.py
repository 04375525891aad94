"""TinyDB on an append-only journal: every commit is a line, synced before it counts."""
