"""Runs the service: `python -m services.intel`."""

from services.intel.app import main

if __name__ == "__main__":
    main()
