"""Who the staff are, and how they are told."""
