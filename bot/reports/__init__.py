"""Requests as figures, pictures and files."""
