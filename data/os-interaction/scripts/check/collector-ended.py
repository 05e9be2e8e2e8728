"""Passes when no process is called collector any more, and one is called keeper."""
import os
import sys


def names():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                yield file.read().split("\0")[0]
        except OSError:
            continue


running = set(names())
sys.exit(0 if "collector" not in running and "keeper" in running else 1)
