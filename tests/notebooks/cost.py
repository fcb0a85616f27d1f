"""What a run of a notebook has cost so far: processor time and peak memory of its kernel and the kernel's children."""

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
    """Bytes of memory at their highest, as Linux counts them, or none elsewhere."""
    peaks = [Path(f"/proc/{process.pid}/status") for process in family_of(pid)]
    if not all(path.exists() for path in peaks):
        return None
    return sum(1024 * int(re.search(r"VmHWM:\s+(\d+) kB", path.read_text())[1]) for path in peaks)
