"""Minimum-norm attacks of adv-lib, with as many steps as their papers' longest runs."""

import sys
from functools import partial
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "stubs"))

from adv_lib.attacks import alma, ddn, fab, pdgd  # noqa: E402 (needs the stub)

from batch import timed  # noqa: E402

ATTACKS = {
    "ALMA 1000": timed(partial(alma, num_steps=1000, distance="l2")),
    "DDN 1000": timed(partial(ddn, steps=1000, levels=None)),
    "PDGD 1000": timed(partial(pdgd, num_steps=1000)),
    "FAB 100": timed(partial(fab, norm=2, n_iter=100)),
}
