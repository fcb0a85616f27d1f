"""The same deeds in the words of each kernel."""


class Dialect:
    """Snippets by name; a snippet that is missing cannot be said."""

    def __init__(self, snippets, **more):
        self.snippets = {**snippets, **more}

    def __contains__(self, name):
        return name in self.snippets

    def __getitem__(self, name):
        return self.snippets[name]

    def __getattr__(self, name):
        try:
            return self.snippets[name]
        except KeyError:
            raise AttributeError(name) from None


JAVASCRIPT = {
    "hello": "console.log('hello')",
    "stderr": "console.error('error')",
    "expression": "1 + 1",
    "assign": "const x = 1",
    "incomplete": "const x = {",
    "invalid": "const = 2",
    "syntax_error": "function function",
    "throw": "throw new Error('mine')",
    "completion_setup": "const testVariableForCompletion = 42",
    "completion_name": "testVariableForCompletion",
    "completion_prefix": "testVariableFor",
    "emoji_completion": ("/*🙂*/ testVariableFor", 6, 21),
    "inspect_sample": "Math.max",
    "wait": lambda seconds: f"await new Promise((r) => setTimeout(r, {1000 * seconds}))",
    "loop_for": lambda seconds: f"{{ const end = Date.now() + {1000 * seconds}; while (Date.now() < end); }}",
    "keep": "let kept = 5",
    "kept": ("kept", "5"),
    "endless loop": "while (true) {}",
    "pending await": "await new Promise(() => {})",
    "loop after an await": "await new Promise((r) => setTimeout(r, 10)); while (true) {}",
    "loop in a timer": "setTimeout(() => { while (true) {} }, 10); await new Promise(() => {})",
    "microtask loop": "for (;;) await null",
    "blocked thread": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "runaway regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    "native call of 3 s": "require('node:child_process').spawnSync('sleep', ['3']).status",
    "lines": lambda count: f"for (let i = 0; i < {count}; i++) console.log('line', i)",
    "segfault": "process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})",
    "exit": "process.exit(3)",
    "out of memory": "{ const held: number[][] = []; for (;;) held.push(new Array(100_000).fill(held.length + 0.5)); }",
    "missing": "nosuchname",
}

NNSIGHT = Dialect(
    JAVASCRIPT,
    name="nnsight-ts",
    input="await input('Enter: ')",
    display="display({ 'text/html': '<b>bold</b>' }, { raw: true })",
    update="display('a', { display_id: 'd' }); display('b', { display_id: 'd', update: true })",
    rich_result="({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>bold</b>' }) })",
    big_display=lambda megabytes: f"display({{ 'text/plain': 'x'.repeat({megabytes}e6) }}, {{ raw: true }})",
    clear="clearOutput()",
    page="Math.max?",
    error_name="Error",
    comm_setup=(
        "comms.register('checks', (comm) => {"
        " comm.onMessage = ({ data, metadata, buffers }) => comm.send(data, { metadata, buffers }) })"
    ),
)

TSLAB = Dialect(
    # A cell of tslab knows no `require` as a type.
    {**JAVASCRIPT, "native call of 3 s": "import * as child from 'child_process'; child.spawnSync('sleep', ['3']).status"},
    name="tslab",
    display="import * as tslab from 'tslab'; tslab.display.html('<b>bold</b>')",
    update="import * as tslab from 'tslab'; { const d = tslab.newDisplay(); d.text('a'); d.text('b'); }",
    big_display=lambda megabytes: f"import * as tslab from 'tslab'; tslab.display.text('x'.repeat({megabytes}e6))",
    error_name="Error",
)

IPYKERNEL = Dialect(
    {
        "hello": "print('hello')",
        "stderr": "import sys; print('error', file=sys.stderr)",
        "expression": "1 + 1",
        "assign": "x = 1",
        "incomplete": "def foo(",
        "invalid": "= 2",
        "syntax_error": "def class",
        "throw": "raise ValueError('mine')",
        "completion_setup": "test_variable_for_completion = 42",
        "completion_name": "test_variable_for_completion",
        "completion_prefix": "test_variable_for_",
        "emoji_completion": ("'🙂'; test_variable_for_", 5, 23),
        "inspect_sample": "print",
        "wait": lambda seconds: f"import asyncio; await asyncio.sleep({seconds})",
        "loop_for": lambda seconds: f"import time\nend = time.time() + {seconds}\nwhile time.time() < end: pass",
        "keep": "kept = 5",
        "kept": ("kept", "5"),
        "endless loop": "while True: pass",
        "pending await": "import asyncio; await asyncio.Event().wait()",
        "loop after an await": "import asyncio\nawait asyncio.sleep(0.01)\nwhile True: pass",
        "loop in a timer": (
            "import asyncio\ndef forever():\n    while True: pass\n"
            "asyncio.get_event_loop().call_later(0.01, forever)\nawait asyncio.Event().wait()"
        ),
        "microtask loop": "import asyncio\nwhile True: await asyncio.sleep(0)",
        "blocked thread": "import threading; threading.Event().wait()",
        "runaway regular expression": "import re; re.match(r'^(a+)+$', 'a' * 40 + 'b')",
        "native call of 3 s": "import ctypes; ctypes.CDLL(None).usleep(3_000_000)",
        "lines": lambda count: f"for i in range({count}): print('line', i)",
        "segfault": "import os, signal, time; os.kill(os.getpid(), signal.SIGSEGV); time.sleep(60)",
        "exit": "import os; os._exit(3)",
        "missing": "nosuchname",
    },
    name="ipykernel",
    input="input('Enter: ')",
    display="from IPython.display import display, HTML; display(HTML('<b>bold</b>'))",
    update="h = display('a', display_id=True); h.update('b')",
    rich_result="from IPython.display import HTML; HTML('<b>bold</b>')",
    big_display=lambda megabytes: f"display({{'text/plain': 'x' * {megabytes}_000_000}}, raw=True)",
    clear="from IPython.display import clear_output; clear_output()",
    page="print?",
    error_name="ValueError",
    comm_setup=(
        "def opened(comm, message):\n"
        "    comm.on_msg(lambda m: comm.send(m['content']['data'], metadata=m['metadata'], buffers=m['buffers']))\n"
        "get_ipython().kernel.comm_manager.register_target('checks', opened)"
    ),
)
