"""What the services and organisations say to each other: envelope, topics and events."""
