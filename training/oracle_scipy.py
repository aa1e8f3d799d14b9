"""The paper's attack with scipy's L-BFGS-B in f64, as an oracle for our own.

    python training/oracle_scipy.py [--count 20]

For each of the nine targets t, c·‖r‖² + CE(x + r, t) is minimised over x + r in [0, 1]^784. The
largest c whose minimiser still reads as t belongs to the smallest r; it is found by doubling or
halving from a first guess, then by bisection of log c. The smallest r that succeeded is
kept over every point that any solve evaluated, not only over the minimisers.
"""

import argparse
import hashlib
import json
import time

import numpy as np
import scipy
from scipy.optimize import minimize

import data
from publish import MODELS
from reference import read_net
from specs import SPECS

BISECTIONS = 14
FIRST_C, BRACKET_STEPS, FACTOR = 0.1, 12, 10.0
SOLVER = {"maxiter": 500, "maxfun": 1000, "maxcor": 10, "ftol": 1e-10, "gtol": 1e-7}


class Net:
    """A sigmoid net in f64: logits, and the gradient of the cross-entropy at the input."""

    def __init__(self, name):
        spec = next(spec for spec in SPECS if spec["name"] == name)
        layers = read_net(spec, MODELS / f"{name}.onnx").double().layers()
        self.layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in layers]

    def forward(self, x):
        """The inputs of every layer, and the logits."""
        inputs = [x]
        for weight, bias in self.layers[:-1]:
            inputs.append(1 / (1 + np.exp(-(weight @ inputs[-1] + bias))))
        weight, bias = self.layers[-1]
        return inputs, weight @ inputs[-1] + bias

    def loss(self, x, target):
        """(cross-entropy at `target`, its gradient, the class that is read)."""
        inputs, logits = self.forward(x)
        top = logits.max()
        log_sum = top + np.log(np.exp(logits - top).sum())
        back = np.exp(logits - log_sum)
        back[target] -= 1
        for index in range(len(self.layers) - 1, -1, -1):
            back = self.layers[index][0].T @ back
            if index:
                back = back * inputs[index] * (1 - inputs[index])
        return log_sum - logits[target], back, int(np.argmax(logits))


class Search:
    """The attack on one digit for one target, with the best success so far."""

    def __init__(self, net, digit, target):
        self.net, self.digit, self.target = net, digit, target
        self.best, self.evaluations = np.inf, 0
        self.trace = []

    def objective(self, x, c):
        """The paper's objective and its gradient; every success on the way is noted."""
        loss, gradient, read = self.net.loss(x, self.target)
        self.evaluations += 1
        r = x - self.digit
        squares = r @ r
        if read == self.target:
            self.best = min(self.best, float(np.sqrt(squares)))
        return c * squares + loss, 2 * c * r + gradient

    def succeeds(self, c, trace=False):
        """Solves for one c from the clean digit; whether the minimiser reads as the target."""
        callback = None
        if trace:
            callback = lambda intermediate_result: self.trace.append(float(intermediate_result.fun))
        found = minimize(
            self.objective, self.digit, args=(c,), jac=True, method="L-BFGS-B",
            bounds=[(0.0, 1.0)] * len(self.digit), options=SOLVER, callback=callback,
        )
        self.found = found
        return self.net.loss(found.x, self.target)[2] == self.target

    def run(self):
        """The bracket, then the bisections; None where no c succeeded."""
        low, high = None, None
        c = FIRST_C
        for _ in range(BRACKET_STEPS):
            if self.succeeds(c):
                low, c = c, c * FACTOR
            else:
                high, c = c, c / FACTOR
            if low and high:
                break
        if not (low and high):
            return low
        for _ in range(BISECTIONS):
            middle = float(np.sqrt(low * high))
            if self.succeeds(middle):
                low = middle
            else:
                high = middle
        return low


def attack(net, digit, label):
    """The smallest perturbation over the nine targets."""
    start, searches, largest = time.perf_counter(), [], []
    for target in range(10):
        if target != label:
            search = Search(net, digit, target)
            largest.append(search.run())
            searches.append(search)
    best = min(searches, key=lambda search: search.best)
    norms = {s.target: s.best if np.isfinite(s.best) else None for s in searches}
    return {
        "l2": best.best,
        "target": best.target,
        "per_target": [norms.get(target) for target in range(10)],
        "largest_c": [dict(zip(norms, largest)).get(target) for target in range(10)],
        "evaluations": sum(s.evaluations for s in searches),
        "seconds": round(time.perf_counter() - start, 2),
    }


def write_trace(net, model, index, digit, label, c=0.05):
    """One solve, iteration by iteration: the first digit, its easiest wrong class, one c."""
    _, logits = net.forward(digit)
    target = int(np.argsort(logits)[-2])
    search = Search(net, digit, target)
    first = search.objective(digit, c)[0]
    search.evaluations = 0
    success = search.succeeds(c, trace=True)
    r = search.found.x - digit
    record = {
        "what": "one L-BFGS-B solve of c·‖r‖² + CE(x + r, target) over [0, 1]^784, from the clean digit",
        **model,
        "index": index,
        "label": label,
        "target": target,
        "c": c,
        "settings": SOLVER,
        "objective_at_start": first,
        "objective": search.trace,
        "evaluations": search.evaluations,
        "success": success,
        "l2": float(np.linalg.norm(r)),
        "cross_entropy": float(net.loss(search.found.x, target)[0]),
        "at_a_bound": int(((search.found.x == 0) | (search.found.x == 1)).sum()),
        "message": str(search.found.message),
        "solution": [float(f"{value:.9g}") for value in search.found.x],
    }
    (FIXTURES / "scipy_trace.json").write_text(json.dumps(record) + "\n")


FIXTURES = data.REPOSITORY / "tests" / "fixtures"


def main():
    """Attacks the first `count` test digits that the network reads rightly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data.REPOSITORY / "data" / "mnist", help="folder of the IDX files")
    parser.add_argument("--model", default="fc100-100-10", help="a sigmoid or softmax network")
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    images, labels = (part.numpy() for part in data.digits(options.data, "t10k"))
    net = Net(options.model)
    raw = (MODELS / f"{options.model}.onnx").read_bytes()
    model = {"model": options.model, "sha256": hashlib.sha256(raw).hexdigest()}
    rows = []
    for index in range(len(images)):
        digit, label = images[index].astype(np.float64), int(labels[index])
        if int(np.argmax(net.forward(digit)[1])) != label:
            continue
        if not rows:
            write_trace(net, model, index, digit, label)
        rows.append({"index": index, "label": label, **attack(net, digit, label)})
        if len(rows) == options.count:
            break
    norms = [row["l2"] for row in rows]
    record = {
        **model,
        "settings": {
            "objective": "c·‖r‖² + cross-entropy(x + r, target)",
            "bounds": [0, 1],
            "targets": "all nine",
            "first_c": FIRST_C,
            "bracket": f"c times or divided by {FACTOR:g}, at most {BRACKET_STEPS} solves",
            "bisections": BISECTIONS,
            "start": "the clean digit for every solve",
            "best": "over every evaluated point that reads as the target",
            "solver": {"name": "scipy.optimize.minimize, L-BFGS-B", "version": scipy.__version__, **SOLVER},
            "precision": "f64",
        },
        "digits": rows,
        "mean_l2": float(np.mean(norms)),
        "median_l2": float(np.median(norms)),
        "mean_seconds": float(np.mean([row["seconds"] for row in rows])),
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (FIXTURES / "scipy_szegedy.json").write_text(text + "\n")
    print(f"{len(rows)} digits: mean {record['mean_l2']:.4f}, median {record['median_l2']:.4f}")


if __name__ == "__main__":
    main()
