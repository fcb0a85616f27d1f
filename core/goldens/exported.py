"""What Python's onnxruntime makes of `exported.onnx`, which `exported.ts` has written. Writes `exported.json`."""

import json
from pathlib import Path

import numpy
import onnx
import onnxruntime

HERE = Path(__file__).parent
INPUTS = {
    "input_ids": [[0, 0, 3, 17, 42], [5, 96, 11, 60, 8]],
    "position_ids": [[0, 0, 0, 1, 2], [0, 1, 2, 3, 4]],
    "attention_mask": [[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]],
}


def main() -> None:
    path = str(HERE / "exported.onnx")
    onnx.checker.check_model(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = {name: numpy.array(value, dtype=numpy.int64) for name, value in INPUTS.items()}
    names = [one.name for one in session.get_outputs()]
    made = dict(zip(names, session.run(None, given)))
    outputs = {name: {"shape": value.shape, "data": [round(float(x), 7) for x in value.ravel()]} for name, value in made.items()}
    golden = {"onnxruntime": onnxruntime.__version__, "inputs": INPUTS, "outputs": outputs}
    (HERE / "exported.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
