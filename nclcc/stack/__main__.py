"""Says which broker and which database a run on this machine would use: `python -m nclcc.stack [name]`."""

import sys
from typing import cast

from nclcc.stack.choice import StackName, choose_stack
from nclcc.stack.errors import StackError


def main() -> int:
    """Prints the banner (status 0), or why the stack cannot be had (1); fetches what is missing."""
    name = sys.argv[1] if len(sys.argv) > 1 else "auto"
    try:
        stack = choose_stack(cast(StackName, name))
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    stack.stop()
    print("\n".join(stack.banner))
    return 0


if __name__ == "__main__":
    sys.exit(main())
