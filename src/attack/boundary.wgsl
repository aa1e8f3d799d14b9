// The boundary method's machine: what a lane does with an evaluation.
// Twin of boundary.rs, whose constants these are.

override STEP: f32;
override STILL: f32;
override ROUNDS: u32;
override APPROACH: u32;
override PAST: f32;
override CONTRADICTION: f32;
override CORRECTION: f32;
override FORGETTING: f32;
override OVERSHOT: f32;

// POINT is the last point on the near side.
const CUT = OWN;
const PREVIOUS = OWN + 1u;

struct Body {
    near_margin: f32,
    first: f32,
    // The aggregate cut's offset, and what is missing to the boundary.
    b: f32,
    missing: f32,
    // ‖∇g‖² of the last gradient in the cut.
    steepness: f32,
    // The last projection's multiplier.
    lambda: f32,
    still: u32,
}

// Sums that a round begins with.
struct Sums {
    squared: f32,
    steepness: f32,
    along: f32,
    agreement: f32,
}

fn sums_of(at: At, thread: u32) -> Sums {
    var own = vec4<f32>();
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let x = vectors[vector(TRIAL, at.home) + quad];
        let r = x - vectors[vector(ORIGINAL, at.home) + quad];
        let g = gradients[at.slot * QUADS + quad];
        let p = vectors[vector(PREVIOUS, at.home) + quad];
        own += vec4<f32>(dot(r, r), dot(g, g), dot(g, x), dot(g, p));
    }
    let sums = total(thread, own);
    return Sums(sums.x, sums.y, sums.z, sums.w);
}

// Back to where the secant crosses the boundary, if the point is far across it.
fn came_back(
    at: At,
    thread: u32,
    head: Head,
    body: ptr<function, Body>,
    margin: f32,
) -> bool {
    let near = vector(POINT, at.home);
    let trial = vector(TRIAL, at.home);
    if head.rounds == 1u {
        // Started elsewhere, it is where it should be and never sent back.
        (*body).first = select(-margin, FAR, head.start != head.task);
    }
    if margin <= 0.0 {
        (*body).near_margin = margin;
        for (var quad = thread; quad < QUADS; quad += THREADS) {
            vectors[near + quad] = vectors[trial + quad];
        }
        return false;
    }
    if margin <= OVERSHOT * (*body).first || head.rounds >= ROUNDS {
        return false;
    }
    let t = clamp(-(*body).near_margin / (margin - (*body).near_margin), 0.1, 0.9);
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let origin = vectors[near + quad];
        try_next(at, quad, origin + t * (vectors[trial + quad] - origin));
    }
    return true;
}

// Takes a linearisation into the aggregate cut: ∇g·u ≥ offset.
fn aggregate(
    at: At,
    thread: u32,
    round: u32,
    body: ptr<function, Body>,
    sums: Sums,
    offset: f32,
    margin: f32,
) {
    var past = 0.0;
    if round > APPROACH {
        let lengths = sqrt(sums.steepness * (*body).steepness);
        let cosine = sums.agreement / max(lengths, SMALLEST);
        past = PAST * clamp((1.0 - cosine) / CONTRADICTION, 0.0, 1.0);
    }
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let g = gradients[at.slot * QUADS + quad];
        let cut = vector(CUT, at.home) + quad;
        vectors[cut] = past * vectors[cut] + (1.0 - past) * g;
        vectors[vector(PREVIOUS, at.home) + quad] = g;
    }
    (*body).steepness = sums.steepness;
    (*body).b = past * (*body).b + (1.0 - past) * offset;
    if round > APPROACH + 1u {
        if margin < 0.0 {
            (*body).missing -= CORRECTION * margin;
        } else {
            (*body).missing *= FORGETTING;
        }
    }
}

// Projects the original onto the cut and steps towards the projection.
fn step_on(at: At, thread: u32, head: ptr<function, Head>, body: ptr<function, Body>) {
    let original = vector(ORIGINAL, at.home);
    let cut = vector(CUT, at.home);
    let projection = project(thread, original, cut, (*body).b + (*body).missing, (*body).lambda);
    (*body).lambda = projection.lambda;
    let distance = sqrt(projection.squared);
    let change = abs(distance - (*head).estimate);
    (*body).still = select(0u, (*body).still + 1u, change < STILL * distance);
    (*head).estimate = select(FAR, distance, projection.feasible);
    let found = (*head).best < FAR;
    if (*body).still >= 2u && found {
        (*head).stop = CONVERGED;
    } else if (*head).rounds >= ROUNDS {
        (*head).stop = select(BUDGET, CONVERGED, found);
    }
    // Where the projection stands still, nothing is gained by caution.
    let step = select(STEP, 1.0, (*body).still > 0u);
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let u = placed(vectors[original + quad], vectors[cut + quad], projection.lambda);
        let x = vectors[vector(TRIAL, at.home) + quad];
        try_next(at, quad, x + step * (u - x));
    }
}

fn tell(at: At, thread: u32, head: ptr<function, Head>, body: ptr<function, Body>) {
    (*head).evaluations += 1u;
    (*head).rounds += 1u;
    let margin = values[at.slot];
    let sums = sums_of(at, thread);
    if wins(at.slot, *head) {
        offer(at, thread, head, sums.squared);
    }
    if sums.steepness <= SMALLEST || !is_finite(sums.steepness) {
        (*head).stop = VANISHING;
        return;
    }
    if came_back(at, thread, *head, body, margin) {
        return;
    }
    // g(x) + ∇g·(u − x) ≥ a hair  ⇔  ∇g·u ≥ ∇g·x − g(x) + a hair
    let hair = 2.0 * CLEAR_WIN * spread(at.slot);
    aggregate(at, thread, (*head).rounds, body, sums, sums.along - margin + hair, margin);
    step_on(at, thread, head, body);
}

@compute @workgroup_size(64)
fn boundary_machine(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    run(group.x, thread);
}
