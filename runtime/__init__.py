"""Everything that touches the world: clock, database, jobs, outbox, mail, PDF, web, access, audit, documents."""
