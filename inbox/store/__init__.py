"""The store on this machine. `local.open_store(folder)` opens it."""
