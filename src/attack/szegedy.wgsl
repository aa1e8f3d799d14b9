// The paper's search over c: what a lane does with an evaluation.
// Twin of szegedy.rs, whose constants these are.

override PRECISION: f32;
override STRIDE: f32;
override ROUNDS: u32;
override EVALUATIONS: u32;

struct Body {
    c: f32,
    // The largest c that succeeded and the smallest that failed; 0 where there is none.
    succeeded: f32,
    failed: f32,
    // Whether the current point is read as asked.
    here: u32,
    // φ at the current point.
    phi: f32,
    step: f32,
    iterations: u32,
    backtracks: u32,
    quiet: u32,
    // The curvature pairs, a ring.
    newest: u32,
    count: u32,
}

// Notes how the search for this c ended and chooses the next one.
fn next_c(head: ptr<function, Head>, body: ptr<function, Body>) {
    (*head).rounds += 1u;
    let c = (*body).c;
    if (*body).here == 1u {
        (*body).succeeded = max((*body).succeeded, c);
    } else {
        (*body).failed = select(min((*body).failed, c), c, (*body).failed == 0.0);
    }
    let low = (*body).succeeded;
    let high = (*body).failed;
    if low == 0.0 {
        (*body).c = high / STRIDE;
    } else if high == 0.0 {
        (*body).c = low * STRIDE;
    } else if high / low <= PRECISION {
        (*head).stop = CONVERGED;
        return;
    } else {
        (*body).c = sqrt(low * high);
    }
    if (*head).rounds >= ROUNDS {
        (*head).stop = select(BUDGET, CONVERGED, low > 0.0);
    }
    // Position and curvature stay.
    (*body).iterations = 0u;
    (*body).quiet = 0u;
}

// Takes an evaluation; what comes next.
fn listen(at: At, thread: u32, head: ptr<function, Head>, body: ptr<function, Body>) -> u32 {
    let phi = values[at.slot];
    let won = wins(at.slot, *head);
    if (*head).evaluations == 1u {
        // The gradient where it starts tells where c must be about.
        let start = begin(at, thread, body, phi);
        if won {
            offer(at, thread, head, start.squared);
        }
        if start.steepness <= SMALLEST {
            (*head).stop = VANISHING;
        }
        (*body).c = 0.25 * start.steepness / max(phi, 1e-3);
        return ADVANCE;
    }
    let told = hear(at, thread, *body, phi);
    if won {
        offer(at, thread, head, told.squared);
    }
    let judgement = judge(at, thread, body, told, phi);
    if judgement.accepted {
        (*body).here = select(0u, 1u, won);
    }
    if (*head).evaluations >= EVALUATIONS {
        (*head).stop = BUDGET;
    }
    return judgement.next;
}

fn tell(at: At, thread: u32, head: ptr<function, Head>, body: ptr<function, Body>) {
    (*head).evaluations += 1u;
    var next = listen(at, thread, head, body);
    // A minimiser for the old c may be one for the new c to within the tolerances.
    while next != TRY && (*head).stop == RUNNING {
        if next == OVER {
            next_c(head, body);
        }
        if (*head).stop == RUNNING {
            next = select(OVER, TRY, advance(at, thread, body));
        }
    }
}

@compute @workgroup_size(64)
fn szegedy_machine(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    run(group.x, thread);
}
