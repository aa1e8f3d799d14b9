"""Writes tests/fixtures/onnx: foreign ONNX files and reference.json with what must come of each.

    python training/fixtures.py
"""

import base64
import json
import shutil

import numpy as np
import onnx
import onnxruntime
import torch

import data
from foreign import onnx_nets, operators, rejected, shapes, torch_nets
from foreign.case import DIGIT, LABELS, answer_and_gradient, images, is_lively, patterns

FOLDER = data.REPOSITORY / "tests" / "fixtures" / "onnx"
LARGEST = 60_000
ABOUT = {
    "images": "three images of 784 pixels in [0, 1], row-major, the same for every file of digits",
    "image": (
        "channels, height and width where they are not 1, 28, 28; number i of the three images together, channels "
        "first, is then (2654435761*i mod 2^32) >> 16, over 2^16"
    ),
    "encoding": "base64 of little-endian float32, row-major",
    "expect": "load: it must load and agree. Anything else: it must be refused with this code",
    "output": "what the file's own output is, of shape [3, classes]: logits, probabilities or log-probabilities",
    "logits": "the values before the softmax, up to a constant an image where the file ends in one",
    "gradient": "of the cross-entropy at `labels` with respect to the pixels, [3, 784]",
    "reference": "torch-f64: the twin in PyTorch, in f64 from the f32 weights. onnxruntime: the file itself, in f32",
}


def packed(array):
    """Base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()


def run(case, image):
    """onnxruntime's answers of the file itself, batch by batch where the file fixes it."""
    options = onnxruntime.SessionOptions()
    # Its rewriting of quantised products to 16 bits is good to two digits.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(case.data, options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    batch = case.batch or len(image)
    shape = [batch, *entry.shape[1:]]
    if case.image[0] > 1 and shape[-1] == case.image[0]:
        image = image.transpose(0, 2, 3, 1)
    padded = np.concatenate([image, np.zeros((-len(image) % batch, *image.shape[1:]), np.float32)])
    parts = [padded[first : first + batch] for first in range(0, len(padded), batch)]
    rows = [session.run(None, {entry.name: part.reshape(shape)})[0] for part in parts]
    return np.concatenate(rows)[: len(image)]


def answers(case, image):
    """The reference of one file that loads."""
    measured = run(case, image.numpy() if case.image == DIGIT else patterns(case.image))
    if case.twin is None:
        return {"reference": "onnxruntime", "answer": packed(measured)}
    output, gradient = answer_and_gradient(case.twin, case.output)
    gap = (output - torch.from_numpy(measured)).abs().max().item()
    size = output.abs().max().item()
    if not gap < 1e-5 * max(size, 1):
        raise RuntimeError(f"{case.name}: the twin and onnxruntime differ by {gap} of {size}")
    if output.shape != (3, 10) or not is_lively(output, gradient):
        raise RuntimeError(f"{case.name}: an image has no effect")
    return {"reference": "torch-f64", "answer": packed(output.numpy()), "gradient": packed(gradient.numpy())}


def record(case, image):
    """Writes one file and returns its entry."""
    if len(case.data) > LARGEST:
        raise RuntimeError(f"{case.name} has {len(case.data)} bytes")
    (FOLDER / f"{case.name}.onnx").write_bytes(case.data)
    entry = {"file": f"{case.name}.onnx", "what": case.what, "made_by": case.made_by, "expect": case.expect}
    if case.expect == "not-an-onnx-file":
        return entry
    model = onnx.load_from_string(case.data)
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    entry["opset"] = next(o.version for o in model.opset_import if not o.domain)
    entry["input_shape"] = [d.dim_param or d.dim_value for d in dimensions]
    entry["operators"] = sorted({node.op_type for node in model.graph.node})
    if not any(opset.domain for opset in model.opset_import):
        onnx.checker.check_model(model, full_check=True)
    if case.expect.startswith("load"):
        entry["output"] = case.output
        if case.image != DIGIT:
            entry["image"] = list(case.image)
        entry.update(answers(case, image))
    return entry


def main():
    """Writes every file and the reference."""
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    image = images()
    entries = []
    for source in (torch_nets, onnx_nets, operators, shapes, rejected):
        for case in source.cases():
            entries.append(record(case, image))
    names = [entry["file"] for entry in entries]
    assert len(set(names)) == len(names), "two files of one name"
    head = {"about": ABOUT, "labels": LABELS.tolist(), "images": packed(image.numpy())}
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    text = json.dumps(head, indent=1)[:-2] + ',\n "files": [\n' + lines + "\n]}\n"
    json.loads(text)
    (FOLDER / "reference.json").write_text(text)
    print(f"{len(entries)} files, {sum(path.stat().st_size for path in FOLDER.iterdir())} bytes")


if __name__ == "__main__":
    main()
