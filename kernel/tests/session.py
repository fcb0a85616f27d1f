"""One kernel with its client, and what a cell gave back."""

import queue
import time
from dataclasses import dataclass, field

from jupyter_client.manager import KernelManager


@dataclass
class Outcome:
    reply: dict
    outputs: list = field(default_factory=list)

    @property
    def status(self):
        return self.reply["status"]

    def of(self, kind):
        return [content for type_, content in self.outputs if type_ == kind]

    def text(self, name="stdout"):
        return "".join(content["text"] for content in self.of("stream") if content["name"] == name)

    @property
    def result(self):
        results = self.of("execute_result")
        return results[0]["data"].get("text/plain") if results else None

    @property
    def traceback(self):
        return "\n".join(self.of("error")[0]["traceback"])


class Session:
    def __init__(self, folder):
        self.manager = KernelManager(kernel_name="nnsight-ts")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code, timeout=60, during=None, **options):
        """Runs a cell to its idle status; `during` is called shortly after the cell said `marker` or began."""
        request = self.client.execute(code, **options)
        outputs, called, end = [], during is None, time.monotonic() + timeout
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.3 if not called else max(0.1, end - time.monotonic()))
            except queue.Empty:
                assert time.monotonic() < end, f"no idle status within {timeout} s; got {outputs}"
                if not called:
                    called = True
                    during()
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status":
                if message["content"]["execution_state"] == "idle":
                    break
            else:
                outputs.append((message["msg_type"], message["content"]))
        return Outcome(self.reply(request), outputs)

    def reply(self, request, timeout=20, channel="shell"):
        get = self.client.get_shell_msg if channel == "shell" else self.client.get_control_msg
        while True:
            message = get(timeout=timeout)
            if message["parent_header"].get("msg_id") == request:
                return message["content"]

    def ask(self, type_, content=None, channel="shell", timeout=20):
        message = self.client.session.msg(type_, content or {})
        (self.client.shell_channel if channel == "shell" else self.client.control_channel).send(message)
        return self.reply(message["header"]["msg_id"], timeout, channel)

    def interrupt(self):
        self.manager.interrupt_kernel()
