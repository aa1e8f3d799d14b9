"""Small networks written by PyTorch's exporters."""

import io
import warnings

import onnx
import torch
from torch import nn
from torch.nn import functional as F

from foreign.case import LOG_PROBABILITIES, LOGITS, PROBABILITIES, Case, answer_and_gradient, is_lively
from publish import strip_notes

NCHW = (1, 28, 28)


class Lambda(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def stem(*rest, features=32):
    """A strided convolution to 32 features, the given modules, then a dense layer to 10."""
    return nn.Sequential(
        nn.Conv2d(1, 2, 7, stride=7), nn.Flatten(), *rest, nn.Linear(features, 10)
    )


def mlp(*after):
    """784 → 6 → 10 with a ReLU."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 6), nn.ReLU(), nn.Linear(6, 10), *after)


def spread(net):
    """Random weights, biases and running statistics, large enough that each of them shows."""
    with torch.no_grad():
        for parameter in net.parameters():
            fan = parameter[0].numel() if parameter.dim() > 1 else 6
            parameter.normal_(0.0, 1.2 / fan**0.5)
        for name, buffer in net.named_buffers():
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 2.0)
            elif name.endswith("running_mean"):
                buffer.normal_(0.0, 0.5)
    return net


def exported(net, exporter, batch, opset, shape):
    """The network's ONNX bytes; `batch` is None for a symbolic one."""
    example = torch.rand(batch or 2, *shape)
    options = {"input_names": ["input"], "output_names": ["output"], "opset_version": opset}
    if exporter == "dynamo":
        options["dynamo"] = True
        options["external_data"] = False
        options["verbose"] = False
        if batch is None:
            options["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
    else:
        options["dynamo"] = False
        if batch is None:
            options["dynamic_axes"] = {"input": {0: "batch"}, "output": {0: "batch"}}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, (example,), buffer, **options)
    model = onnx.load_from_string(buffer.getvalue())
    strip_notes(model)
    return model.SerializeToString()


def lively(net, name, shape, kind):
    """Random parameters for `net` with which no image meets only dead or saturated units."""
    for attempt in range(100):
        torch.manual_seed(1000 * attempt + sum(name.encode()))
        spread(net.float()).eval()
        twin = lambda images: net.double()(images.reshape(len(images), *shape))
        if is_lively(*answer_and_gradient(twin, kind)):
            return net.float(), twin
    raise RuntimeError(f"{name}: no parameters do")


def made(name, what, net, *, exporter="dynamo", batch=None, opset=None, shape=NCHW, output=LOGITS, **more):
    """A case out of a PyTorch network, which is its own twin."""
    net, twin = lively(net, name, shape, output)
    opset = opset or (18 if exporter == "dynamo" else 17)
    data = exported(net, exporter, batch, opset, shape)
    label = f"torch.onnx.export, {exporter}"
    return Case(name, what, label, data, batch=batch, twin=twin, output=output, **more)


class Reshaped(nn.Module):
    """Takes its batch from the input's shape, which the older exporter spells out in nodes."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 7, stride=7)
        self.dense = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.convolution(x))
        x = x.view(x.shape[0], x.shape[1], x.shape[2] * x.shape[3])
        return self.dense(x.reshape(x.size(0), -1))


class Residual(nn.Module):
    """Two convolutions with a skip around them and one through a 1x1 convolution."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 3, 4, stride=4)
        self.inside = nn.Conv2d(3, 3, 3, padding=1)
        self.skip = nn.Conv2d(3, 3, 1, bias=False)
        self.dense = nn.Linear(147, 10)

    def forward(self, x):
        x = F.relu(self.first(x))
        x = F.relu(self.inside(x) + x)
        x = F.relu(self.inside(x) + self.skip(x))
        return self.dense(x.flatten(1))


class Rejoined(nn.Module):
    """Slices, splits, pads, transposes and joins its features again."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 7, stride=7)
        self.dense = nn.Linear(120, 10)

    def forward(self, x):
        x = torch.tanh(self.first(x))
        a, b = x.split(2, dim=1)
        rows = x[:, 1:4, 1:, ::2]
        padded = F.pad(a, (1, 0, 0, 2), value=0.25)
        turned = b.permute(0, 3, 1, 2).flatten(1)
        parts = [padded.flatten(1)[:, :60], rows.flatten(1), turned, x[..., -1].flatten(1)]
        joined = torch.cat(parts, dim=1)
        return self.dense(F.pad(joined, (0, 120 - joined.shape[1])))


class Attention(nn.Module):
    """One head of attention over the 16 patches of the image, written out."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, 6, 7, stride=7)
        self.query, self.key, self.value = (nn.Linear(6, 6) for _ in range(3))
        self.norm = nn.LayerNorm(6)
        self.dense = nn.Linear(6, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        scores = self.query(x) @ self.key(x).transpose(1, 2) / 6**0.5
        x = self.norm(x + torch.softmax(scores, dim=-1) @ self.value(x))
        return self.dense(x.mean(1))


class Einsum(nn.Module):
    """A bilinear form of rows and columns, by einsum."""

    def __init__(self):
        super().__init__()
        self.rows = nn.Parameter(torch.empty(5, 28))
        self.columns = nn.Parameter(torch.empty(28, 5))
        self.dense = nn.Linear(25, 10)

    def forward(self, x):
        x = torch.einsum("ri,bij,jc->brc", self.rows, x.squeeze(1), self.columns)
        return self.dense(torch.tanh(x).flatten(1))


class Contrast(nn.Module):
    """Each image to mean 0 and variance 1, by reductions, a square and a square root."""

    def __init__(self):
        super().__init__()
        self.net = stem(nn.ReLU())

    def forward(self, x):
        centred = x - x.mean((1, 2, 3), keepdim=True)
        return self.net(centred / (centred.pow(2).mean((1, 2, 3), keepdim=True) + 1e-3).sqrt())


ACTIVATIONS = {
    "relu": nn.ReLU(),
    "leaky-relu": nn.LeakyReLU(0.1),
    "prelu": nn.PReLU(32),
    "elu": nn.ELU(0.7),
    "celu": nn.CELU(0.6),
    "selu": nn.SELU(),
    "gelu-erf": nn.GELU(),
    "gelu-tanh": nn.GELU("tanh"),
    "silu": nn.SiLU(),
    "mish": nn.Mish(),
    "hard-swish": nn.Hardswish(),
    "hard-sigmoid": nn.Hardsigmoid(),
    "softplus": nn.Softplus(),
    "softsign": nn.Softsign(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "relu6": nn.ReLU6(),
    "clip": nn.Hardtanh(-0.5, 0.75),
    "exp-log-abs": Lambda(lambda x: (x.abs() + 0.1).log() - (-x.square()).exp()),
    "min-max-where": Lambda(lambda x: torch.where(x > 0, x.minimum(x * 0 + 0.5), 0.3 * x).maximum(-x)),
}


def tail(channels, side, *body):
    """The given modules, then a dense layer from `channels` x `side` x `side` to 10."""
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(channels * side * side, 10))


def layouts():
    """Exporters, batches, opsets, and shapes of input and output."""
    old = {"exporter": "torchscript"}
    yield made("ts-dynamic", "older exporter, symbolic batch", mlp(), **old)
    yield made("ts-batch1", "older exporter, batch fixed at 1", mlp(), batch=1, **old)
    yield made("ts-batch4", "older exporter, batch fixed at 4", mlp(), batch=4, **old)
    yield made("dynamo-dynamic", "default exporter, symbolic batch", mlp())
    yield made("dynamo-batch1", "default exporter, batch fixed at 1", mlp(), batch=1)
    yield made("dynamo-batch4", "default exporter, batch fixed at 4", mlp(), batch=4)
    yield made("dynamo-conv-batch1", "convolutions, default exporter, batch fixed at 1", Residual(), batch=1)
    for opset in (9, 11, 13, 17):
        yield made(f"ts-opset{opset}", f"older exporter, opset {opset}", Residual(), opset=opset, **old)
    for opset in (18, 20, 21, 23):
        yield made(f"dynamo-opset{opset}", f"default exporter, opset {opset}", Residual(), opset=opset)
    yield made("input-784", "input [N, 784]", nn.Sequential(*mlp()[1:]), shape=(784,))
    yield made("input-28x28", "input [N, 28, 28]", mlp(), shape=(28, 28))
    yield made("softmax", "softmax at the end", mlp(nn.Softmax(1)), output=PROBABILITIES)
    yield made("log-softmax", "log-softmax at the end", mlp(nn.LogSoftmax(1)), output=LOG_PROBABILITIES)
    yield made("ts-softmax", "softmax at the end, older exporter", mlp(nn.Softmax(-1)), output=PROBABILITIES, **old)
    yield made(
        "ts-log-softmax-opset11", "log-softmax at the end, opset 11", mlp(nn.LogSoftmax(1)),
        output=LOG_PROBABILITIES, opset=11, **old,
    )
    yield made("ts-shape-chain", "Shape, Gather, Concat, Reshape for a view", Reshaped(), **old)
    yield made("dynamo-shape-chain", "views taken from the shape, default exporter", Reshaped())


def operators():
    """One operator, or one setting of it, a file."""
    for name, module in ACTIVATIONS.items():
        yield made(f"act-{name}", f"activation {name}", stem(module))
    yield made("act-gelu-opset20", "GELU as one operator", stem(nn.GELU(), nn.GELU("tanh")), opset=20)
    yield made("ts-hard-swish", "HardSwish, older exporter", stem(nn.Hardswish()), exporter="torchscript")
    for exporter in ("dynamo", "torchscript"):
        short = "ts" if exporter == "torchscript" else exporter
        batchnorm = tail(3, 7, nn.Conv2d(1, 3, 4, stride=4, bias=False), nn.BatchNorm2d(3), nn.ReLU())
        yield made(f"{short}-batchnorm-2d", "batch normalisation of channels", batchnorm, exporter=exporter)
        flat = nn.Sequential(
            nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 10)
        )
        yield made(f"{short}-batchnorm-1d", "batch normalisation of features", flat, exporter=exporter)
    convolution = {
        "strided": tail(2, 9, nn.Conv2d(1, 2, 5, stride=3, padding=1), nn.ReLU()),
        "uneven": tail(2, 7, nn.Conv2d(1, 2, (3, 5), stride=(4, 4), padding=(0, 1)), nn.ReLU()),
        "dilated": tail(2, 10, nn.Conv2d(1, 2, 3, stride=2, dilation=4), nn.ReLU()),
        "grouped": tail(4, 7, nn.Conv2d(1, 4, 4, stride=4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1, groups=2)),
        "depthwise": tail(
            6, 7, nn.Conv2d(1, 3, 4, stride=4), nn.ReLU(), nn.Conv2d(3, 6, 3, padding=1, groups=3), nn.Conv2d(6, 6, 1)
        ),
        "one-dimensional": tail(2, 4, nn.Flatten(), nn.Unflatten(1, (1, 784)), nn.Conv1d(1, 2, 49, stride=49)),
    }
    for name, net in convolution.items():
        yield made(f"conv-{name}", f"{name} convolution", net)
    first = lambda: nn.Conv2d(1, 2, 3, padding=1)
    pool = {
        "avg-include-pad": tail(2, 8, first(), nn.AvgPool2d(4, 4, 2, count_include_pad=True)),
        "avg-exclude-pad": tail(2, 8, first(), nn.AvgPool2d(4, 4, 2, count_include_pad=False)),
        "avg-ceil": tail(2, 10, first(), nn.AvgPool2d(3, 3, ceil_mode=True)),
        "avg-overlapping": tail(2, 9, first(), nn.AvgPool2d(4, 3)),
        "avg-global": tail(2, 1, first(), nn.ReLU(), nn.AdaptiveAvgPool2d(1)),
        "avg-adaptive": tail(2, 7, first(), nn.ReLU(), nn.AdaptiveAvgPool2d(7)),
        "max-overlapping": tail(2, 9, first(), nn.MaxPool2d(3, 3, 0), nn.MaxPool2d(3, 1, 1)),
        "max-padded": tail(2, 10, first(), nn.MaxPool2d(3, 3, 1)),
        "max-ceil": tail(2, 10, first(), nn.MaxPool2d(3, 3, ceil_mode=True)),
        "max-dilated": tail(2, 8, first(), nn.MaxPool2d(3, 3, dilation=2)),
        "max-global": tail(2, 1, first(), nn.AdaptiveMaxPool2d(1)),
        "max-by-reduction": tail(2, 1, first(), Lambda(lambda x: x.amax((2, 3), keepdim=True))),
    }
    for name, net in pool.items():
        yield made(f"pool-{name}", f"pooling: {name}", net)
    for kind, module in (("avg", nn.AdaptiveAvgPool2d(1)), ("max", nn.AdaptiveMaxPool2d(1))):
        net = tail(2, 1, first(), nn.ReLU(), module)
        yield made(f"ts-pool-{kind}-global", f"global pooling as one operator: {kind}", net, exporter="torchscript")


def structures():
    """Graphs that branch, reshape, normalise or attend."""
    for exporter, short in (("dynamo", "dynamo"), ("torchscript", "ts")):
        yield made(f"{short}-residual", "residual additions", Residual(), exporter=exporter)
        yield made(f"{short}-rejoined", "Slice, Split, Pad, Transpose, Concat", Rejoined(), exporter=exporter)
        yield made(f"{short}-attention", "layer norm and one head of attention", Attention(), exporter=exporter)
        yield made(f"{short}-contrast", "each image normalised inside", Contrast(), exporter=exporter)
        yield made(f"{short}-einsum", "Einsum of three operands", Einsum(), exporter=exporter)
    yield made("ts-layernorm-opset13", "layer norm in pieces", Attention(), exporter="torchscript", opset=13)
    normalised = nn.Sequential(Lambda(lambda x: (x - 0.1307) / 0.3081), *stem(nn.ReLU()))
    yield made("normalised", "mean and deviation taken out inside", normalised)
    yield made("scaled-255", "pixels scaled to 0-255 inside", nn.Sequential(Lambda(lambda x: (x * 255 - 127.5) / 64), *mlp()))
    squeezed = nn.Sequential(Lambda(lambda x: x.squeeze(1).unsqueeze(3).mean(2).squeeze(-1)), nn.Linear(28, 10))
    yield made("squeezed", "Squeeze, Unsqueeze, ReduceMean", squeezed)
    summed = nn.Sequential(Lambda(lambda x: torch.cat([x.sum(2), (x + torch.linspace(0, 0.1, 28)).amin(3)], 2).flatten(1)), nn.Linear(56, 10))
    yield made("reduced", "ReduceSum, ReduceMin, Concat", summed)
    heads = tail(3, 4, nn.Conv2d(1, 3, 7, stride=7), nn.InstanceNorm2d(3, affine=True), nn.ReLU())
    yield made("instance-norm", "instance normalisation", heads)
    groups = tail(4, 4, nn.Conv2d(1, 4, 7, stride=7), nn.GroupNorm(2, 4), nn.ReLU())
    yield made("group-norm", "group normalisation", groups)
    reflected = tail(2, 4, nn.ReflectionPad2d(2), nn.Conv2d(1, 2, 8, stride=8), nn.ReLU())
    yield made("pad-reflect", "padding by reflection", reflected)
    resized = tail(1, 7, nn.Upsample(scale_factor=0.25, mode="bilinear", align_corners=False))
    yield made("resize", "bilinear resize", resized)


def cases():
    """Every file of this module."""
    yield from layouts()
    yield from operators()
    yield from structures()
