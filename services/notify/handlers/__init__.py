"""What notify does about what it hears: one use case a file."""
