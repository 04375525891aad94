"""The core of LA Bot: what the LA says, what a person needs to do, and what is kept. No chat platform is known here."""
