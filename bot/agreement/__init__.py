"""The License Agreement as data. Its text is the licensor's, to the letter; every quote is looked up in it."""
