"""What a run of a notebook costs: processor time and memory of its kernel and the kernel's children."""

import re
import threading
from pathlib import Path

import psutil


def family_of(pid):
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def seconds_of(pid):
    """Seconds of processor time, over all cores: a machine with other work to do does not change them much."""
    return sum(times.user + times.system for times in (process.cpu_times() for process in family_of(pid)))


def own_of(pid):
    """Bytes of memory now that only these processes have: what is mapped from files can be dropped and read again."""
    return lines_of(pid, "RssAnon") + lines_of(pid, "RssShmem")


class Meter:
    """Looks at a kernel ten times a second for as long as it is open; what is mapped twice from a file counts nowhere."""

    def __init__(self, pid):
        self.pid = pid
        self.own = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        while not self._closed.wait(0.1):
            try:
                self.own = max(self.own, own_of(self.pid))
            except psutil.NoSuchProcess:
                return

    def close(self):
        self._closed.set()
        self._thread.join()


def lines_of(pid, name):
    statuses = [Path(f"/proc/{process.pid}/status") for process in family_of(pid)]
    texts = [path.read_text() for path in statuses if path.exists()]
    found = [re.search(rf"{name}:\s+(\d+) kB", text) for text in texts]
    return sum(1024 * int(line[1]) for line in found if line)
