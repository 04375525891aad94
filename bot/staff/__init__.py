"""The staff, their roles, and notices to them."""
