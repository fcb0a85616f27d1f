"""Interrupts, crashes, restarts, and what is left behind: nothing."""

import os
import signal
import subprocess
import sys
import time

import pytest

LOOPS = {
    "endless loop": "while (true) {}",
    "pending await": "await new Promise(() => {})",
    "loop after an await": "await new Promise((r) => setTimeout(r, 10)); while (true) {}",
    "starving promises": "for (;;) await null",
    "loop in a timer": "setTimeout(() => { while (true) {} }, 10); await new Promise(() => {})",
    "blocked thread": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
}


@pytest.mark.parametrize("code", LOOPS.values(), ids=LOOPS.keys())
def test_interrupt(shared, code):
    shared.run("let kept = 5")
    outcome = shared.run(code, during=shared.interrupt, timeout=15)
    assert outcome.reply["ename"] == "KeyboardInterrupt"
    assert shared.run("kept").result == "5"


def test_what_waits_is_stopped_when_it_goes_on(shared):
    code = (
        "async function ticks() {\n"
        "  try { while (true) { await new Promise((r) => setTimeout(r, 500)); console.log('tick') } }\n"
        "  finally { console.log('left') }\n}\n"
        "await ticks()"
    )
    assert shared.run(code, during=shared.interrupt).reply["ename"] == "KeyboardInterrupt"
    assert shared.run("await new Promise((r) => setTimeout(r, 1200))").text() == "left\n"


def test_interrupt_refuses_waiting_cells(shared):
    first = shared.client.execute("await new Promise(() => {})")
    second = shared.client.execute("2")
    time.sleep(0.5)
    shared.interrupt()
    assert shared.reply(first)["status"] == "error"
    assert shared.reply(second)["status"] == "aborted"


def test_interrupt_while_idle(shared):
    shared.interrupt()
    time.sleep(0.3)
    assert shared.run("1").result == "1"


@pytest.mark.parametrize(
    ("code", "how"),
    [("process.exit(3)", "exit code 3"), ("process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})", "SIGSEGV")],
)
def test_crash(fresh, code, how):
    fresh.run("const before = 1")
    outcome = fresh.run(f"console.log('last words'); {code}")
    assert outcome.reply["ename"] == "UserProcessEnded" and how in outcome.reply["evalue"]
    after = fresh.run("2")
    assert after.result == "2" and "Variables of earlier cells are gone" in after.text("stderr")
    assert "It was lost when the user process ended" in fresh.run("before").traceback
    assert fresh.run("const before = 2; before").result == "2"


def test_crash_between_cells(fresh):
    fresh.run("setTimeout(() => process.exit(4), 50); 1")
    time.sleep(0.6)
    assert "exit code 4" in fresh.run("2").text("stderr")


def test_shutdown_and_restart(fresh):
    fresh.run("const before = 1")
    fresh.manager.restart_kernel(now=False)
    fresh.client.wait_for_ready(timeout=60)
    assert "Cannot find name 'before'" in fresh.run("before").traceback
    reply = fresh.ask("shutdown_request", {"restart": True}, channel="control")
    assert reply == {"status": "ok", "restart": True}
    assert wait_until(lambda: not fresh.manager.is_alive())


def test_shutdown_on_shell_during_a_loop(fresh):
    fresh.client.execute("while (true) {}")
    time.sleep(0.5)
    user = children(fresh.manager.provisioner.pid)
    assert fresh.ask("shutdown_request", {"restart": False})["status"] == "ok"
    assert wait_until(lambda: not any(map(is_running, user)))


@pytest.mark.parametrize("code", ["while (true) {}", "await new Promise(() => {})"])
def test_no_orphan(fresh, code):
    fresh.run("1")
    supervisor = fresh.manager.provisioner.pid
    user = children(supervisor)
    assert len(user) == 1
    fresh.client.execute(code)
    time.sleep(0.5)
    os.kill(supervisor, signal.SIGKILL)
    assert wait_until(lambda: not is_running(user[0]))


def test_the_kernel_ends_with_the_process_that_started_it(kernelspec, tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    kernel = int(parent.stdout.readline())
    time.sleep(1.5)
    assert is_running(kernel)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not is_running(kernel))


PARENT = """
import time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="nnsight-ts")
manager.start_kernel()
print(manager.provisioner.pid, flush=True)
time.sleep(600)
"""


def children(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in listed.stdout.split()]


def is_running(pid):
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return shown != "" and not shown.startswith("Z")


def wait_until(condition, timeout=10):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False
