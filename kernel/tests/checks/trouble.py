"""Floods of output, and the ends of processes."""

import os
import signal
import time

from .registry import check

FLOODS = "Floods"
CRASHES = "Crashes"


def lines(kernel, say, count):
    outcome = kernel.run(say.lines(count), timeout=30)
    assert outcome.text().split("\n") == [*(f"line {i}" for i in range(count)), ""]


@check(FLOODS, "20,000 lines, complete and in order", harms=True)
def flood_small(kernel, say):
    lines(kernel, say, 20_000)


@check(FLOODS, "200,000 lines, complete and in order", harms=True)
def flood_large(kernel, say):
    lines(kernel, say, 200_000)


@check(FLOODS, "a display of 50 MB", needs=("big_display",), harms=True)
def big_display(kernel, say):
    outcome = kernel.run(say.big_display(50), timeout=30)
    assert len(outcome.of("display_data")[0]["data"]["text/plain"]) == 50_000_000


def survives(kernel, say, code, how):
    kernel.run(say.keep)
    outcome = kernel.run(code, timeout=15)
    assert outcome.status == "error" and how in outcome.reply["evalue"]
    after = kernel.run(say.expression, timeout=10)
    assert after.shown == "2" and "gone" in after.text("stderr")
    assert kernel.run(say.kept[0]).status == "error"


@check(CRASHES, "SIGSEGV: an error in the cell, the next one works", harms=True)
def crash_signal(kernel, say):
    survives(kernel, say, say.segfault, "SIGSEGV")


@check(CRASHES, "the process exits: an error in the cell, the next one works", harms=True)
def crash_exit(kernel, say):
    survives(kernel, say, say.exit, "exit code 3")


@check(
    CRASHES,
    "out of memory: an error in the cell, the next one works",
    needs=("out of memory",),
    harms=True,
    environment={"NODE_OPTIONS": "--max-old-space-size=300"},
)
def crash_memory(kernel, say):
    survives(kernel, say, say["out of memory"], "out of memory")


@check(CRASHES, "the kernel is killed during a loop: no process is left", harms=True)
def no_orphan(kernel, say):
    kernel.run(say.assign)
    kernel.client.execute(say["endless loop"])
    time.sleep(0.5)
    below = kernel.processes()
    os.kill(kernel.pid, signal.SIGKILL)
    assert kernel.ended(below)


@check(CRASHES, "the client is gone: the kernel ends", harms=True)
def client_gone(kernel, say):
    parent, below = kernel.started_by_another()
    parent.kill()
    parent.wait()
    assert kernel.ended(below)
