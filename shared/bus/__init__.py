"""The bus: batches in from Kafka with stored positions, events out by the outbox, dead letters for our own failures."""
