"""Judge and clean what was typed for one field. A value is accepted, doubted or rejected; nothing is stored here."""
