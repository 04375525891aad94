"""Where what was acknowledged is kept: the Store port on TinyDB (the default) and on PostgreSQL."""
