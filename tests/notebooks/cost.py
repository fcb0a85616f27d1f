"""What a run of a notebook has cost so far: processor time and memory of its kernel and the kernel's children."""

import re
from pathlib import Path

import psutil


def family_of(pid):
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def seconds_of(pid):
    """Seconds of processor time, over all cores: a machine with other work to do does not change them much."""
    return sum(times.user + times.system for times in (process.cpu_times() for process in family_of(pid)))


def peak_of(pid):
    """Bytes of memory at their highest, the weights that are mapped from their file included; 0 where it is not Linux."""
    return lines_of(pid, "VmHWM")


def own_of(pid):
    """Bytes of memory now that only these processes have: what is mapped from files can be dropped and read again."""
    return lines_of(pid, "RssAnon") + lines_of(pid, "RssShmem")


def lines_of(pid, name):
    statuses = [Path(f"/proc/{process.pid}/status") for process in family_of(pid)]
    texts = [path.read_text() for path in statuses if path.exists()]
    return sum(1024 * int(re.search(rf"{name}:\s+(\d+) kB", text)[1]) for text in texts)
