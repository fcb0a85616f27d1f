"""`npm run matrix:kernel`: the same checks on our kernel, on tslab and on ipykernel; writes the matrix of docs/kernel.md.

    npm run matrix:kernel                 all checks
    npm run matrix:kernel -- comm native  those whose name holds one of these words; the other rows stay as they are
"""

import datetime
import queue
import sys
import tempfile
import traceback
from pathlib import Path

import suite
from kernels import installed, notebook_folder
from page import rows_under, table, write

from checks import CHECKS
from session import Session

GROUPS = list(dict.fromkeys(check.group for check in CHECKS))
PASS, FAIL, MISSING = "yes", "**no**", "–"


class Runner:
    """Runs checks on one kernel, on a new one whenever the last may have suffered."""

    def __init__(self, kernel, folder):
        self.kernel, self.folder, self.session = kernel, folder, None

    def result(self, check):
        if any(snippet not in self.kernel.say for snippet in check.needs):
            return MISSING, "not offered"
        if check.harms:
            self.close()
        failure = self.failure(check)
        if check.harms or failure:
            self.close()
        return (FAIL, failure) if failure else (PASS, "")

    def failure(self, check):
        try:
            if not self.session:
                self.session = Session(self.folder, self.kernel.name, check.environment)
            check.run(self.session, self.kernel.say)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            said = "no answer in time" if isinstance(error, queue.Empty) else str(error).split("\n")[0]
            return f"{type(error).__name__} at {place.line}: {said}"[:200]

    def close(self):
        if self.session:
            self.session.__exit__()
            self.session = None


def matrix(kernels, folder, checks):
    runners = [Runner(kernel, folder) for kernel in kernels]
    groups = {}
    for check in checks:
        results = []
        for runner in runners:
            mark, why = runner.result(check)
            results.append(mark)
            print(f"{check.name:35} {runner.kernel.name:12} {mark:8} {why}", flush=True)
        groups.setdefault(check.group, []).append([check.title, *results])
    for runner in runners:
        runner.close()
    return groups


def merged(group, rows):
    """The rows of the page, with those that were made anew in their places."""
    anew = {row[0]: row for row in rows}
    return [anew.get(row[0], row) for row in rows_under(group)]


def counted(rows, column):
    return f"{sum(row[column] == PASS for row in rows)} of {len(rows)}"


def document(kernels, groups):
    titles = [kernel.title for kernel in kernels]
    parts = [f"Made {datetime.date.today()} by `npm run matrix:kernel`; – means that the kernel has no way to say it."]
    summary = [["", *titles]]
    summary += [[group, *(counted(rows, i + 1) for i in range(len(titles)))] for group, rows in groups.items()]
    everything = [row for rows in groups.values() for row in rows]
    summary.append(["**all**", *(f"**{counted(everything, i + 1)}**" for i in range(len(titles)))])
    parts.append(table(summary))
    for group, rows in groups.items():
        parts.append(f"### {group}\n\n{table([['', *titles], *rows])}")
    return "\n\n".join(parts)


def main(words):
    with tempfile.TemporaryDirectory(prefix="matrix-") as name:
        folder = Path(name)
        kernels = installed(folder)
        checks = [check for check in CHECKS if not words or any(word in check.name for word in words)]
        groups = matrix(kernels, notebook_folder(folder), checks)
        groups = {suite.GROUP: suite.rows(kernels, words), **groups}
        if words:
            groups = {group: merged(group, groups.get(group, [])) for group in [suite.GROUP, *GROUPS]}
        write("matrix", document(kernels, groups))
    ours = [row for rows in groups.values() for row in rows if row[1] != PASS]
    for row in ours:
        print("We fail:", row)
    sys.exit(1 if ours else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
