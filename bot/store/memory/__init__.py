"""Indexes in memory over what a store holds: requests by column, outbox entries by due time."""
