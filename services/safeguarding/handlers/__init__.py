"""What safeguarding does when it hears something: one use case a file."""
