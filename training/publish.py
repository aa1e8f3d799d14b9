"""A trained network as models/NAME.onnx with its card, models/NAME.json."""

import hashlib
import json
import warnings

import onnx
import torch

import data

MODELS = data.REPOSITORY / "models"


def errors(net, images, labels):
    """The share of digits read wrongly, in percent."""
    wrong = 0
    with torch.no_grad():
        for image, label in zip(images.split(2_000), labels.split(2_000)):
            wrong += (net(image.view(-1, 1, 28, 28)).argmax(1) != label).sum().item()
    return round(100 * wrong / len(images), 4)


def export(net, path):
    """Writes one ONNX file with its weights inside, by PyTorch's default exporter.

    The exporter notes the source file of every node; those notes are taken out again.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (torch.zeros(2, 1, 28, 28),),
            path,
            dynamo=True,
            input_names=["image"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("N")},),
            external_data=False,
            verbose=False,
        )
    model = onnx.load(path)
    strip_notes(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def strip_notes(model):
    """Removes the metadata of a model, its nodes and its values."""
    graph = model.graph
    for part in [model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def check_export(net, path, images):
    """The largest difference between the network's logits and onnxruntime's on the file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    image = images.view(-1, 1, 28, 28)
    (logits,) = session.run(["logits"], {"image": image.numpy()})
    with torch.no_grad():
        gap = (net(image) - torch.from_numpy(logits)).abs().max().item()
    if not gap < 1e-4:
        raise RuntimeError(f"{path.name}: onnxruntime is off by {gap}")
    return gap


def describe(net):
    """A list of the network's layers in words, as for a card."""
    words = []
    for step in net.modules():
        match step:
            case torch.nn.Linear():
                words.append(f"dense {step.in_features} → {step.out_features}")
            case torch.nn.Conv2d():
                pad = f", padding {step.padding[0]}" if step.padding[0] else ""
                side = "×".join(map(str, step.kernel_size))
                words.append(f"convolution {side}, {step.in_channels} → {step.out_channels}{pad}")
            case torch.nn.MaxPool2d():
                words.append("max-pool 2×2")
            case torch.nn.Sigmoid():
                words.append("sigmoid")
            case torch.nn.ReLU():
                words.append("ReLU")
    return words


def publish(net, spec, facts, parts):
    """Writes the ONNX file and the card of one network.

    `parts` maps "train", "p1", "p2" and "test" to (images, labels).
    """
    MODELS.mkdir(exist_ok=True)
    path = MODELS / f"{spec['name']}.onnx"
    net.eval()
    export(net, path)
    check_export(net, path, parts["test"][0][:64])
    raw = path.read_bytes()
    card = {
        "name": spec["name"],
        "title": spec["title"],
        "architecture": spec["architecture"],
        "layers": describe(net),
        "activation": spec["activation"],
        "parameters": sum(p.numel() for p in net.parameters()),
        "training_set": spec["training_set"],
        "lambda": spec["lambda"],
        "epochs": facts["epochs"],
        "seed": facts["seed"],
        "optimiser": spec["optimiser"],
        "training": spec["fit"],
        "training_seconds": facts["seconds"],
        "errors": {part: errors(net, *digits) for part, digits in parts.items()},
        "paper": spec["paper"],
        "sha256": hashlib.sha256(raw).hexdigest(),
        "bytes": len(raw),
        "opset": onnx.load(path).opset_import[0].version,
        "exporter": "torch.onnx.export(dynamo=True)",
        "torch": torch.__version__.split("+")[0],
        "notes": spec["notes"],
    }
    card.update(facts.get("more", {}))
    (MODELS / f"{spec['name']}.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    return card


def write_index(specs):
    """models/index.json, the one list of bundled networks: program, page and tests read it."""
    rows = [
        {"name": spec["name"], "title": spec.get("page_title", spec["title"]), "group": spec["group"]}
        for spec in specs
    ]
    (MODELS / "index.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
