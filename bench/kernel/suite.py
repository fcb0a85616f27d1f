"""jupyter_kernel_test on any of the kernels, each of its tests in a process that may be ended."""

import subprocess
import sys

import jupyter_kernel_test

GROUP = f"jupyter_kernel_test {jupyter_kernel_test.__version__}"
SECONDS = 40

#: The parts of a test that its features turn on; without them the test would be skipped.
TESTS = {
    "test_kernel_info": (),
    "test_execute_stdout": (),
    "test_execute_stderr": (),
    "test_execute_result": (),
    "test_error": (),
    "test_display_data": ("display",),
    "test_completion": (),
    "test_inspect": (),
    "test_is_complete": (),
    "test_history": (),
    "test_pager": ("page",),
    "test_clear_output": ("clear",),
    "test_recv_iopub_welcome_msg": (),
}


def suite_of(name, say):
    """The suite's two classes with the words of a kernel."""
    features = {
        "kernel_name": name,
        "code_hello_world": say.hello.replace("hello", "hello, world"),
        "code_stderr": say.stderr,
        "completion_samples": [{"text": say.expression}],
        "complete_code_samples": [say.assign, say.expression],
        "incomplete_code_samples": [say.incomplete],
        "invalid_code_samples": [say.invalid],
        "code_page_something": say.page if "page" in say else "",
        "code_generate_error": say["throw"],
        "code_execute_result": [{"code": "1 + 2", "result": "3"}, {"code": "7 * 6", "result": "42"}],
        "code_display_data": [{"code": say.display, "mime": "text/html"}],
        "code_history_pattern": "1?+?2",
        "supported_history_operations": ("tail", "range", "search"),
        "code_inspect_sample": say.inspect_sample,
        "code_clear_output": say.clear if "clear" in say else "",
    }
    welcome = {"kernel_name": name, "support_iopub_welcome": True}
    return (
        type("Suite", (jupyter_kernel_test.KernelTests,), features),
        type("Welcome", (jupyter_kernel_test.IopubWelcomeTests,), welcome),
    )


def passes(name, test):
    command = [sys.executable, __file__, name, test]
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def rows(kernels, words=()):
    found = []
    chosen = {test: needs for test, needs in TESTS.items() if not words or any(word in test for word in words)}
    for test, needs in chosen.items():
        marks = []
        for kernel in kernels:
            offered = all(snippet in kernel.say for snippet in needs)
            marks.append("–" if not offered else "yes" if passes(kernel.name, test) else "**no**")
            print(f"{test:35} {kernel.name:12} {marks[-1]}", flush=True)
        found.append([test.removeprefix("test_"), *marks])
    return found


def main(name, test):
    import unittest

    from kernels import IPYKERNEL, NNSIGHT, TSLAB

    say = next(one for one in (NNSIGHT, TSLAB, IPYKERNEL) if one.name == name)
    suite, welcome = suite_of(name, say)
    owner = suite if hasattr(suite, test) else welcome
    result = unittest.TextTestRunner().run(unittest.TestSuite([owner(test)]))
    sys.exit(0 if result.wasSuccessful() and not result.skipped else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
