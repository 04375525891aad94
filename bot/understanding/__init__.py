"""Words in a state -> what they mean. Nothing here changes a state."""
