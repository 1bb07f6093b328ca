"""A child process that does not outlive whoever started it."""

import functools
import shutil
import subprocess


@functools.cache
def prefix(signal: str = "TERM") -> tuple[str, ...]:
    """Words to put before a command, so that the kernel sends it `signal` when the *thread* that started it dies.

    Empty where the kernel or `setpriv` cannot: a start then cleans up what an unclean stop left behind.
    """
    setpriv = shutil.which("setpriv")
    words = (setpriv or "", "--pdeathsig", signal)
    if setpriv is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        return ()
    return words
