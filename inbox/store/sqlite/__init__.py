"""The store on this machine: documents in SQLite through TinyDB."""
