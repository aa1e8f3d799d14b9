"""Measuring what an attack gave back, the same way for all of them."""

import numpy as np
import onnxruntime


class Reader:
    """A network as onnxruntime runs it."""

    def __init__(self, file, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def logits(self, images):
        """[N, 10]"""
        (logits,) = self.session.run(None, {self.input: images.reshape(-1, 1, 28, 28)})
        return logits

    def read(self, images):
        """The class of each image."""
        return self.logits(images).argmax(1)


def distances(reader, task, found):
    """‖r‖₂ of each image in the box that is misread; None for one that is not."""
    if len(found) == 0:
        return []
    read = reader.read(found)
    inside = ((found >= 0) & (found <= 1)).all(1)
    norms = np.linalg.norm(found.astype(np.float64) - task.images[: len(found)], axis=1)
    success = inside & (read != task.labels[: len(found)])
    return [float(f"{norm:.6g}") if good else None for norm, good in zip(norms, success)]
