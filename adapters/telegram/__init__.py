"""Telegram updates -> what came in; messages -> text with inline keyboards. Holds no rule about licenses."""
