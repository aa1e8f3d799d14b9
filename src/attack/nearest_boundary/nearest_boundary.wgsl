// The machine of nearest boundary: what a lane does with an evaluation.
// Twin of boundary.rs, whose constants these are.

override STILL: f32;
override CONTRADICTION: f32;
override AGREEMENT: f32;
override FORGETTING: f32;
override OVERSHOT: f32;
override AWAKE_AFTER: u32;
// course.rs
override FIRST: u32;
override FURTHER: u32;
override APPROACH: u32;
override STEP: f32;
override PATIENT: f32;
override FORGOTTEN: f32;
override LEAST_PAST: f32;
override MOST_PAST: f32;
override CORRECTION: f32;
override JITTER: f32;
override SETTLING: f32;
override FIRST_JITTER_FROM: u32;
override FIRST_JITTER_TO: u32;
override FURTHER_JITTER_FROM: u32;
override FURTHER_JITTER_TO: u32;
override WAY: f32;
override REACH: f32;
override GLIMPSE: u32;
override FARTHER: f32;
override FADING: f32;
override GAIN: f32;
override ELSEWHERE: u32;
override AGAIN: u32;
override FURTHER_ATTEMPTS: u32;
override PATIENCE: u32;

// POINT is the last point on the near side.
const CUT = OWN;
const PREVIOUS = OWN + 1u;
const CENTRE = OWN + 2u;

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
    // Rounds of the present attempt; the head has those of all.
    round: u32,
    // Further attempts so far, what those since the last gain took of the patience, and ‖r‖
    // before them.
    attempt: u32,
    idle: u32,
    reached: f32,
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
    if margin <= OVERSHOT * (*body).first || (*body).round >= FIRST {
        return false;
    }
    let t = clamp(-(*body).near_margin / (margin - (*body).near_margin), 0.1, 0.9);
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let origin = vectors[near + quad];
        let back = origin + t * (vectors[trial + quad] - origin);
        vectors[vector(CENTRE, at.home) + quad] = back;
        try_next(at, quad, back);
    }
    return true;
}

// Takes a linearisation into the aggregate cut: ∇g·u ≥ offset. Whether its gradient is that of the
// last one.
fn aggregate(
    at: At,
    thread: u32,
    body: ptr<function, Body>,
    sums: Sums,
    offset: f32,
    margin: f32,
) -> bool {
    let round = (*body).round;
    let lengths = sqrt(sums.steepness * (*body).steepness);
    let apart = 1.0 - sums.agreement / max(lengths, SMALLEST);
    var past = 0.0;
    if round > APPROACH {
        let most = clamp(1.0 - FORGOTTEN / f32(round), LEAST_PAST, MOST_PAST);
        past = most * clamp(apart / CONTRADICTION, 0.0, 1.0);
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
            (*body).missing -= CORRECTION * min(PATIENT / f32(round), 1.0) * margin;
        } else {
            (*body).missing *= FORGETTING;
        }
    }
    return apart < AGREEMENT;
}

// Projects the original onto the cut.
fn project_on(at: At, thread: u32, head: ptr<function, Head>, body: ptr<function, Body>) {
    let original = vector(ORIGINAL, at.home);
    let cut = vector(CUT, at.home);
    let projection = project(thread, original, cut, (*body).b + (*body).missing, (*body).lambda);
    (*body).lambda = projection.lambda;
    let distance = sqrt(projection.squared);
    let change = abs(distance - (*head).estimate);
    (*body).still = select(0u, (*body).still + 1u, change < STILL * distance);
    (*head).estimate = select(FAR, distance, projection.feasible);
}

// Whether the present attempt has come to its end.
fn is_over(head: Head, body: Body) -> bool {
    if body.round >= select(FIRST, FURTHER, body.attempt > 0u) {
        return true;
    }
    let given_up = body.attempt > 0u && head.estimate > hopeless(body.round) * sqrt(head.best);
    return head.best < FAR && (body.still >= 2u || given_up);
}

// Multiple of the nearest image's distance beyond which an estimate is hopeless.
fn hopeless(round: u32) -> f32 {
    if round < GLIMPSE {
        return FAR;
    }
    return 1.0 + FARTHER * pow(FADING, f32(round - GLIMPSE));
}

// A number that no other draw of this lane has.
fn seed(head: Head) -> u32 {
    return (head.goal.first << 16u) | head.rounds;
}

// Largest change of a variable between the centre and the next trial point.
fn jitter(body: Body) -> f32 {
    let further = body.attempt > 0u;
    let begin = select(FIRST_JITTER_FROM, FURTHER_JITTER_FROM, further);
    let end = select(FIRST_JITTER_TO, FURTHER_JITTER_TO, further);
    let jitters = body.round >= begin && body.round < end;
    return select(0.0, JITTER * pow(SETTLING, f32(body.round)), jitters);
}

// Steps towards the projection; all the way where the network is linear.
fn step_on(at: At, thread: u32, head: Head, body: Body, linear: bool) {
    let original = vector(ORIGINAL, at.home);
    let cut = vector(CUT, at.home);
    let centre = vector(CENTRE, at.home);
    let step = select(STEP * sqrt(min(PATIENT / f32(body.round), 1.0)), 1.0, linear);
    let reach = jitter(body);
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let u = placed(vectors[original + quad], vectors[cut + quad], body.lambda);
        var x = vectors[centre + quad];
        x += step * (u - x);
        vectors[centre + quad] = x;
        if reach > 0.0 {
            x = scattered(x, quad, reach, seed(head));
        }
        try_next(at, quad, x);
    }
}

// Ends an attempt and sets out on the next, if there is to be one.
fn conclude(at: At, thread: u32, head: ptr<function, Head>, body: ptr<function, Body>) {
    if (*head).best >= FAR {
        (*head).stop = BUDGET;
        return;
    }
    let length = sqrt((*head).best);
    let before = select((*body).reached, FAR, (*body).attempt == 0u);
    let again = abs((*head).estimate - length) <= GAIN * length;
    let idled = (*body).idle + select(ELSEWHERE, AGAIN, again);
    (*body).idle = select(idled, 0u, length < (1.0 - GAIN) * before);
    (*body).reached = length;
    if (*body).attempt == FURTHER_ATTEMPTS || (*body).idle >= PATIENCE {
        (*head).stop = CONVERGED;
        return;
    }
    let original = vector(ORIGINAL, at.home);
    let nearest = vector(BEST, at.home);
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let origin = vectors[original + quad];
        let between = origin + WAY * (vectors[nearest + quad] - origin);
        let x = scattered(between, quad, REACH, seed(*head));
        vectors[vector(CENTRE, at.home) + quad] = x;
        try_next(at, quad, x);
    }
    let waits = (*body).attempt == 0u && (*head).siblings > 1u && (*head).rounds < AWAKE_AFTER;
    (*head).stop = select(RUNNING, RESTING, waits);
    (*body).attempt += 1u;
    (*body).round = 0u;
    (*body).first = FAR;
    (*body).missing = 0.0;
    (*body).lambda = 0.0;
    (*body).still = 0u;
}

fn tell(at: At, thread: u32, head: ptr<function, Head>, body: ptr<function, Body>) {
    (*head).evaluations += 1u;
    (*head).rounds += 1u;
    (*body).round += 1u;
    if (*head).rounds == 1u {
        for (var quad = thread; quad < QUADS; quad += THREADS) {
            vectors[vector(CENTRE, at.home) + quad] = vectors[vector(TRIAL, at.home) + quad];
        }
    }
    let margin = values[at.slot];
    let sums = sums_of(at, thread);
    if wins(at.slot, *head) {
        offer(at, thread, head, sums.squared);
    }
    if sums.steepness <= SMALLEST || !is_finite(sums.steepness) {
        if (*body).attempt == 0u {
            (*head).stop = VANISHING;
        } else {
            conclude(at, thread, head, body);
        }
        return;
    }
    if came_back(at, thread, *head, body, margin) {
        return;
    }
    // g(x) + ∇g·(u − x) ≥ a hair  ⇔  ∇g·u ≥ ∇g·x − g(x) + a hair
    let hair = 2.0 * CLEAR_WIN * spread(at.slot);
    let linear = aggregate(at, thread, body, sums, sums.along - margin + hair, margin);
    project_on(at, thread, head, body);
    if is_over(*head, *body) {
        conclude(at, thread, head, body);
    } else {
        step_on(at, thread, *head, *body, linear);
    }
}

@compute @workgroup_size(64)
fn nearest_boundary_machine(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    run(group.x, thread);
}
