"""Translators between the core and the platforms, and nothing else. They never import each other."""
