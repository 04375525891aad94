"""What is due, decided by a pure policy, and saying it."""
