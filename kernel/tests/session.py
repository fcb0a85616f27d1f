"""One kernel with its client, and what a cell gave back."""

import os
import queue
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field

import zmq
from jupyter_client.manager import KernelManager


@dataclass
class Outcome:
    reply: dict
    outputs: list = field(default_factory=list)
    #: The states that were published for the cell.
    states: list = field(default_factory=list)
    #: Types of messages without a parent that came meanwhile.
    strays: list = field(default_factory=list)

    @property
    def status(self):
        return self.reply["status"]

    def of(self, kind):
        return [content for type_, content in self.outputs if type_ == kind]

    def text(self, name="stdout"):
        return "".join(content["text"] for content in self.of("stream") if content["name"] == name)

    @property
    def printed(self):
        """What a reader without pictures sees: the text of stdout and of displays, each as it was last."""
        parts = {}
        for kind, content in self.outputs:
            if kind == "stream" and content["name"] == "stdout":
                parts[len(parts)] = content["text"]
            elif kind in ("display_data", "update_display_data"):
                place = content.get("transient", {}).get("display_id", len(parts))
                parts[place] = content["data"].get("text/plain", "") + "\n"
        return "".join(parts.values())

    @property
    def result(self):
        results = self.of("execute_result")
        return results[0]["data"].get("text/plain") if results else None

    @property
    def shown(self):
        """The value, for kernels that print it, too."""
        text = self.result if self.result is not None else self.text().strip()
        return re.sub(r"\x1b\[\d+m", "", text)

    @property
    def traceback(self):
        return "\n".join(self.of("error")[0]["traceback"])


class Session:
    def __init__(self, folder, kernel_name="nnsight-ts", environment=None, **options):
        self.kernel_name = kernel_name
        self.manager = KernelManager(kernel_name=kernel_name, **options)
        given = {"env": {**os.environ, **environment}} if environment else {}
        self.manager.start_kernel(cwd=str(folder), **given)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        #: Replies that came while another was waited for.
        self.replies = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code, timeout=60, during=None, marker=None, **options):
        """Runs a cell to its idle status; `during` is called when the cell prints `marker`, else shortly after it began."""
        request = self.client.execute(code, **options)
        outputs, states, strays = [], [], []
        waits, end = during is not None, time.monotonic() + timeout
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.3 if waits and not marker else max(0.1, end - time.monotonic()))
            except queue.Empty:
                assert time.monotonic() < end, f"no idle status within {timeout} s; got {outputs}"
                if waits:
                    waits = False
                    during()
                continue
            if message["parent_header"].get("msg_id") != request:
                strays += [] if message["parent_header"] else [message["msg_type"]]
                continue
            if message["msg_type"] == "status":
                states.append(message["content"]["execution_state"])
                if message["content"]["execution_state"] == "idle":
                    break
            else:
                outputs.append((message["msg_type"], message["content"]))
                if waits and marker and marker in message["content"].get("text", ""):
                    waits = False
                    during()
        return Outcome(self.reply(request), outputs, states, strays)

    def reply(self, request, timeout=20, channel="shell"):
        get = self.client.get_shell_msg if channel == "shell" else self.client.get_control_msg
        while request not in self.replies:
            message = get(timeout=timeout)
            self.replies[message["parent_header"].get("msg_id")] = message["content"]
        return self.replies.pop(request)

    def has_reply(self, request):
        try:
            self.reply(request, timeout=0.05)
        except queue.Empty:
            return False
        return True

    def ask(self, type_, content=None, channel="shell", timeout=20):
        message = self.client.session.msg(type_, content or {})
        (self.client.shell_channel if channel == "shell" else self.client.control_channel).send(message)
        return self.reply(message["header"]["msg_id"], timeout, channel)

    def tell(self, type_, content, metadata=None, buffers=None, whole=False, timeout=10):
        """Sends a message that has no reply, and gives what is published for it until idle."""
        message = self.client.session.msg(type_, content, metadata=metadata)
        self.client.session.send(self.client.shell_channel.socket, message, buffers=buffers)
        return self.published(message["header"]["msg_id"], whole, timeout)

    def published(self, request, whole=False, timeout=10):
        found = []
        while True:
            sent = self.client.get_iopub_msg(timeout=timeout)
            if sent["parent_header"].get("msg_id") != request:
                continue
            if sent["msg_type"] != "status":
                found.append((sent["msg_type"], sent if whole else sent["content"]))
            elif sent["content"]["execution_state"] == "idle":
                return found

    def interrupt(self):
        self.manager.interrupt_kernel()

    def beats(self):
        """Whether a ping comes back."""
        return self._hears(zmq.REQ, "hb", b"ping", message=b"ping")

    def welcomes(self):
        """Whether a new subscriber of iopub is told that it hears everything from now on."""
        return self._hears(zmq.SUB, "iopub", b'"iopub_welcome"')

    def welcomes_first_client(self):
        manager = KernelManager(kernel_name=self.kernel_name)
        manager.start_kernel()
        client = manager.client()
        client.start_channels(shell=False, stdin=False, hb=False, control=False)
        try:
            while (message := client.get_iopub_msg(timeout=5))["msg_type"] != "iopub_welcome":
                assert message["msg_type"] == "status", f"not welcomed, but told {message['msg_type']}"
            return True
        except queue.Empty:
            return False
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    def _hears(self, kind, channel, wanted, message=None):
        """Whether a message with these bytes comes to a new socket; others may come before it."""
        with zmq.Context.instance().socket(kind) as socket:
            socket.linger = 0
            if kind == zmq.SUB:
                socket.subscribe(b"")
            port = self.client.get_connection_info()[f"{channel}_port"]
            socket.connect(f"tcp://{self.client.ip}:{port}")
            if message:
                socket.send(message)
            while socket.poll(5000):
                if any(wanted in frame for frame in socket.recv_multipart()):
                    return True
            return False

    @property
    def pid(self):
        return self.manager.provisioner.pid

    def processes(self):
        """The processes of the kernel."""
        return [self.pid, *below(self.pid)]

    def ended(self, processes, timeout=10):
        end = time.monotonic() + timeout
        while any(map(is_running, processes)):
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def started_by_another(self):
        """A process that has started a kernel of this kind, and the processes of that kernel."""
        code = STARTER.format(name=self.kernel_name)
        parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        kernel = int(parent.stdout.readline())
        return parent, [kernel, *below(kernel)]


STARTER = """
import time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name={name!r})
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
print(manager.provisioner.pid, flush=True)
time.sleep(600)
"""


def below(pid):
    """The processes that a process has started, and theirs."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    children = [int(line) for line in listed.stdout.split()]
    return [*children, *(one for child in children for one in below(child))]


def is_running(pid):
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return shown != "" and not shown.startswith("Z")
