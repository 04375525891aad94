"""What staff say, and what they are shown. Every command is checked against its table of roles first."""
