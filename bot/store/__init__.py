"""One commit a turn: durable before anything is sent. The port, and its engines."""
