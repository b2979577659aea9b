"""Runs the service: `python -m services.notify`."""

from services.notify.app import main

if __name__ == "__main__":
    main()
