"""In place of visdom, which adv-lib imports to draw curves while an attack runs; none are drawn."""

Visdom = None
