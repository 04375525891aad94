"""The store on PostgreSQL, held to the same contract as the journal."""
