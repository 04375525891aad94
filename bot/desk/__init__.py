"""The commands and views of staff. Every command is checked against its table of roles first."""
