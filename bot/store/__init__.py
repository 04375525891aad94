"""The Store port (`bot.ports.Store`) on TinyDB and on PostgreSQL."""
