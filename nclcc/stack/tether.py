"""Ties a program to the life of its parent process, drops privileges if asked, and becomes that program.

Run as a script by `process.py`; standard library only, so that it may run under `python -I -S`. A program
of its own and no `preexec_fn`: code between fork and exec can deadlock in a process that has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Arguments: death signal, parent's pid, uid and gid (-1: stay), then the program and its arguments."""
    death_signal, parent, uid, gid = (int(value) for value in sys.argv[1:5])
    program = sys.argv[5:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        os.environ["HOME"] = "/"
    # After the change of user: the kernel forgets the death signal when credentials change.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        # The parent died before the tie was made: nobody will ever stop this program.
        sys.exit(1)
    try:
        os.execvp(program[0], program)
    except OSError as error:
        sys.exit(f"cannot run {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
