"""Runs tasking as a process of its own."""

from services.tasking.app import main

if __name__ == "__main__":
    main()
