"""Slack events -> what came in; messages -> Block Kit. Holds no rule about licenses."""
