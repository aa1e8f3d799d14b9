"""Writes tests/fixtures/pixels: networks that expect other pixels than those from 0 to 1.

    python training/pixels.py

Each is models/fc10-1e-2.onnx behind operations that undo what it expects.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import data

MODELS = data.REPOSITORY / "models"
FOLDER = data.REPOSITORY / "tests" / "fixtures" / "pixels"


def behind(shape, before, constants):
    """The bundled network whose image is what the nodes `before` make of `file` as `image`."""
    model = onnx.load(MODELS / "fc10-1e-2.onnx")
    graph = model.graph
    image = graph.input[0].name
    named = {"image": image}
    nodes = [
        helper.make_node(op, [named.get(i, i) for i in inputs], [named.get(o, o) for o in outputs], **attributes)
        for op, inputs, outputs, attributes in before
    ]
    kept = [*nodes, *graph.node]
    del graph.node[:]
    graph.node.extend(kept)
    graph.input[0].CopyFrom(helper.make_tensor_value_info("file", TensorProto.FLOAT, ["N", *shape]))
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    onnx.checker.check_model(model, full_check=True)
    return model


def signed_and_inverted():
    """Takes 1 for paper and −1 for ink: x = (1 − v)/2."""
    before = [("Mul", ["file", "scale"], ["scaled"], {}), ("Add", ["scaled", "offset"], ["image"], {})]
    return behind([1, 28, 28], before, {"scale": np.float32(-0.5), "offset": np.float32(0.5)})


def colour_of_32():
    """Takes three channels of 32 × 32, with mean 0.1307 and deviation 0.3081; looks at the middle of one."""
    before = [
        ("Slice", ["file", "starts", "ends", "axes"], ["middle"], {}),
        ("Mul", ["middle", "scale"], ["scaled"], {}),
        ("Add", ["scaled", "offset"], ["image"], {}),
    ]
    window = {"starts": [1, 2, 2], "ends": [2, 30, 30], "axes": [1, 2, 3]}
    constants = {name: np.int64(value) for name, value in window.items()}
    constants |= {"scale": np.float32(0.3081), "offset": np.float32(0.1307)}
    return behind([3, 32, 32], before, constants)


def other_images():
    """Looks at the pixels in another order: for images that are no digits."""
    order = np.random.default_rng(0).permutation(784)
    before = [
        ("Reshape", ["file", "flat"], ["row"], {}),
        ("Gather", ["row", "order"], ["mixed"], {"axis": 1}),
        ("Reshape", ["mixed", "square"], ["image"], {}),
    ]
    constants = {"flat": np.int64([-1, 784]), "order": order, "square": np.int64([-1, 1, 28, 28])}
    return behind([1, 28, 28], before, constants)


def halves():
    """Rounds its pixels to halves."""
    before = [("Cast", ["file"], ["half"], {"to": TensorProto.FLOAT16}), ("Cast", ["half"], ["image"], {"to": TensorProto.FLOAT})]
    return behind([1, 28, 28], before, {})


def main():
    """Writes the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = {
        "signed-inverted": signed_and_inverted,
        "colour-32": colour_of_32,
        "other-images": other_images,
        "halves": halves,
    }
    for name, make in files.items():
        onnx.save(make(), FOLDER / f"{name}.onnx")


if __name__ == "__main__":
    main()
