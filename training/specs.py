"""What is trained: one entry a network, in the order in which they are listed.

`title` is the paper's name, on cards; `page_title`, where there is one, and `group`, a heading,
are for lists of all networks.
"""

SOFTMAX = "Full-batch L-BFGS (strong Wolfe) from zero, to convergence"
SGD = "SGD, Nesterov momentum 0.9, one-cycle rate"
ADAMW = "AdamW, one-cycle rate"
SIGMOID_LAMBDA = [1e-5, 1e-5, 1e-6]
SIGMOID_FIT = {"gains": [1.0, 4.0, 1.0], "epochs": 40, "batch": 20, "rate": 0.2}
CNN_SENTENCE = (
    "LeNet-style: convolution 5×5 to 16 channels, ReLU, 2×2 max-pool, convolution 5×5 to 32 "
    "channels, ReLU, 2×2 max-pool, 100 ReLU units, 10 logits"
)
PAPER_NOTE = "Weight decay is read as λ/2 times the squared parameters of the layer; see training/README.md."


def softmax(name, title, decay, paper, **more):
    """A softmax classifier of Table 1."""
    return {
        "name": name,
        "title": title,
        **more,
        "group": "Softmax",
        "kind": "softmax",
        "architecture": "Softmax regression: one dense layer from 784 pixels to 10 logits",
        "activation": "none",
        "training_set": "train",
        "lambda": [decay],
        "optimiser": SOFTMAX,
        "fit": {"iterations": 400},
        "paper": paper,
        "notes": PAPER_NOTE,
        "seed": 1,
    }


def sigmoid(name, title, sizes, training_set, seed, paper, **fit):
    """A sigmoid net of Table 1 or Table 3."""
    units = " and ".join(map(str, sizes[:-1]))
    return {
        "name": name,
        "title": title,
        "page_title": title if training_set == "train" else f"{title} on {training_set}",
        "group": "Sigmoid nets" if training_set == "train" else "Half the data",
        "kind": "sigmoid",
        "architecture": f"Sigmoid net: dense layers of {units} sigmoid units, then 10 logits",
        "activation": "sigmoid",
        "training_set": training_set,
        "lambda": SIGMOID_LAMBDA,
        "optimiser": SGD,
        "sizes": sizes,
        "fit": {**SIGMOID_FIT, **fit},
        "paper": paper,
        "notes": PAPER_NOTE,
        "seed": seed,
    }


def row(train_error, test_error, distortion, **more):
    """A row of the paper's Table 1 or Table 3, errors in percent; None where it gives no figure."""
    return {"train_error": train_error, "test_error": test_error, "distortion": distortion, **more}


SPECS = [
    softmax("fc10-1e-4", "FC10(1e-4)", 1e-4, row(6.7, 7.4, 0.062), page_title="FC10(10⁻⁴)"),
    softmax("fc10-1e-2", "FC10(1e-2)", 1e-2, row(10.0, 9.4, 0.1), page_title="FC10(10⁻²)"),
    softmax("fc10-1", "FC10(1)", 1.0, row(21.2, 20.0, 0.14)),
    sigmoid("fc100-100-10", "FC100-100-10", [100, 100, 10], "train", 1, row(0.0, 1.64, 0.058)),
    sigmoid("fc200-200-10", "FC200-200-10", [200, 200, 10], "train", 2, row(0.0, 1.54, 0.065)),
    {
        "name": "ae400-10",
        "title": "AE400-10",
        "group": "Autoencoder",
        "kind": "autoencoder",
        "architecture": "400 sigmoid units trained as a sparse autoencoder and frozen, then 10 logits",
        "activation": "sigmoid",
        "training_set": "train",
        "lambda": [None, 1e-6],
        "optimiser": f"Autoencoder: Adam, one-cycle rate. Softmax: {SOFTMAX}",
        "fit": {
            "units": 400,
            "epochs": 20,
            "batch": 100,
            "rate": 3e-3,
            "activity": 0.1,
            "sparsity": 1.0,
            "shrink": [0.01, 0.003],
        },
        "paper": row(0.57, 1.9, 0.086),
        "notes": f"No labels were used for the 400 features. {PAPER_NOTE}",
        "seed": 3,
    },
    sigmoid(
        "fc100-100-10-p1", "FC100-100-10", [100, 100, 10], "P1", 4,
        row(0.0, 2.0, 0.062, p1_error=0.0, p2_error=2.4),
    ),
    sigmoid(
        "fc123-456-10-p1", "FC123-456-10", [123, 456, 10], "P1", 5,
        row(0.0, 2.1, 0.059, p1_error=0.0, p2_error=2.5),
    ),
    sigmoid(
        "fc100-100-10-p2", "FC100-100-10′", [100, 100, 10], "P2", 6,
        row(0.0, 2.1, 0.058, p1_error=2.3, p2_error=0.0),
    ),
    {
        "name": "fc100-100-10-hardened",
        "title": "FC100-100-10, hardened",
        "group": "Sigmoid nets",
        "kind": "hardened",
        "architecture": "Sigmoid net: dense layers of 100 and 100 sigmoid units, then 10 logits",
        "activation": "sigmoid",
        "training_set": "train",
        "lambda": SIGMOID_LAMBDA,
        "optimiser": SGD,
        "sizes": [100, 100, 10],
        "fit": {
            "gains": SIGMOID_FIT["gains"],
            "epochs": 40,
            "batch": 100,
            "rate": 2.0,
            "scheme": "gradient",
            "strengths": [1.0, 0.3, 0.3],
            "size": 10_000,
        },
        "paper": row(None, None, None, test_error_below=1.2),
        "notes": (
            "Trained on digits and on pools of adversarial examples of the pixels and of both hidden "
            "layers' outputs, of the L2 length that `training.strengths` says for each; see "
            f"training/README.md. {PAPER_NOTE}"
        ),
        "seed": 9,
    },
    {
        "name": "cnn",
        "title": "CNN",
        "group": "Convolutional",
        "kind": "cnn",
        "architecture": CNN_SENTENCE,
        "activation": "ReLU",
        "training_set": "train",
        "lambda": "none (AdamW's decoupled decay 1e-3)",
        "optimiser": ADAMW,
        "fit": {"epochs": 8, "batch": 100, "rate": 3e-3, "dropout": 0.3, "shift": 2},
        "paper": None,
        "notes": "Trained on digits shifted by up to 2 pixels each way.",
        "seed": 7,
    },
    {
        "name": "cnn-robust",
        "title": "CNN, adversarially trained",
        "group": "Convolutional",
        "kind": "cnn",
        "architecture": CNN_SENTENCE,
        "activation": "ReLU",
        "training_set": "train",
        "lambda": "none (AdamW's decoupled decay 1e-3)",
        "optimiser": ADAMW,
        "fit": {"epochs": 12, "batch": 100, "rate": 3e-3, "attack": [0.3, 0.15, 3]},
        "paper": None,
        "notes": (
            "Adversarial training in L-infinity, radius 0.3: every training digit is replaced by "
            "a PGD example from a random start, of as many steps as `training.attack` says "
            "(radius, step, steps); the radius grows from 0 over the first fifth of the run."
        ),
        "seed": 8,
    },
]
