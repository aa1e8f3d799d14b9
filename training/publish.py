"""A trained network as models/NAME.onnx with its card, models/NAME.json."""

import hashlib
import json
import warnings

import onnx
import torch

import data
import fit
import rounding

MODELS = data.REPOSITORY / "models"


def misread(net, images, labels):
    """Which digits are read wrongly."""
    with torch.no_grad():
        read = [net(image.view(-1, 1, 28, 28)).argmax(1) for image in images.split(2_000)]
    return torch.cat(read) != labels


def errors(net, images, labels):
    """The share of digits read wrongly, in percent."""
    return round(100 * misread(net, images, labels).sum().item() / len(images), 4)


def robustness(net, spec, images, labels, steps=40):
    """Test error in percent under PGD in the L-infinity ball that the network was trained in, for its card."""
    radius = spec["fit"]["attack"][0]
    torch.manual_seed(0)
    moved = fit.pgd(net, images.view(-1, 1, 28, 28), labels, radius, radius / 10, steps)
    return {
        "attack": f"PGD, L-infinity, {steps} steps of radius/10, one random start",
        "radius": radius,
        "digits": f"the first {len(images):,} of the test set",
        "error": errors(net, moved, labels),
    }


def export(net, path, found):
    """Writes one ONNX file with its weights inside, by PyTorch's default exporter, rounded as `found` says.

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
    rounding.pack(model, found)
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


def measured(net, parts):
    """The errors on each part."""
    return {part: errors(net, *digits) for part, digits in parts.items()}


def publish(net, spec, facts, parts):
    """Rounds the weights of one network, in place, and writes its ONNX file and its card.

    `parts` maps "train", "p1", "p2" and "test" to (images, labels).
    """
    MODELS.mkdir(exist_ok=True)
    path = MODELS / f"{spec['name']}.onnx"
    net.eval()
    before = measured(net, parts)
    found, moved = rounding.round_net(net)
    export(net, path, found)
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
        "errors": measured(net, parts),
        "rounding": {
            "bits": rounding.BITS,
            "scales": "one for each output of a layer, with the least squared error",
            "not_rounded": f"biases, and layers of fewer than {rounding.FEWEST:,} weights",
            "moved": float(f"{100 * moved:.3g}"),
            "errors_before": before,
        },
        "paper": spec["paper"],
        "sha256": hashlib.sha256(raw).hexdigest(),
        "bytes": len(raw),
        "opset": onnx.load(path).opset_import[0].version,
        "exporter": "torch.onnx.export(dynamo=True)",
        "torch": torch.__version__.split("+")[0],
        "notes": spec["notes"],
    }
    if "attack" in spec["fit"]:
        card["robustness"] = robustness(net, spec, *(part[:1_000] for part in parts["test"]))
    (MODELS / f"{spec['name']}.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    return card


def write_index(specs):
    """models/index.json, the one list of bundled networks: program, page and tests read it."""
    rows = [
        {"name": spec["name"], "title": spec.get("page_title", spec["title"]), "group": spec["group"]}
        for spec in specs
    ]
    (MODELS / "index.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
