"""jupyter_kernel_test 0.7.0, the suite of the Jupyter project, with every optional feature declared."""

import jupyter_kernel_test


class TestKernel(jupyter_kernel_test.KernelTests):
    @classmethod
    def setUpClass(cls):
        """Until TypeScript is loaded, whether code is complete is unknown: a first cell waits for it."""
        super().setUpClass()
        cls.kc.execute_interactive("1", timeout=60)

    kernel_name = "nnsight-ts"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "Math.ma", "matches": {"max"}},
        {"text": "[1].flatM", "matches": {"flatMap"}},
    ]
    complete_code_samples = ["1", "const a = 1", "function f() { return 2 }", "await null"]
    incomplete_code_samples = ["function f() {", "[1, 2,", "`text", "/* comment", "if (true)"]
    invalid_code_samples = ["const = 2", "f(]", "1 +* 2"]
    code_page_something = "Math.max?"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "'hello world'", "result": "'hello world'"},
        {"code": "[1, 2]", "result": "[ 1, 2 ]"},
    ]
    code_display_data = [
        {"code": "display({ 'text/html': '<b>x</b>' }, { raw: true })", "mime": "text/html"},
        {"code": "display({ [Symbol.for('Jupyter.display')]: () => ({ 'image/png': 'AA==' }) })", "mime": "image/png"},
        {"code": "display([1])", "mime": "text/plain"},
    ]
    code_history_pattern = "1?+?2"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "clearOutput()"


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "nnsight-ts"
    support_iopub_welcome = True
