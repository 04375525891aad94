"""The nouns that everyone speaks: people, identities, messages, errors, the clock. Nothing here decides anything."""
