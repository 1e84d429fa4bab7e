"""The station: reads the platforms and sends the outbox."""
