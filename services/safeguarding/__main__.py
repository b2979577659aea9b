"""`python -m services.safeguarding`: one copy of the service."""

from services.safeguarding.app import main

if __name__ == "__main__":
    main()
