// Box-constrained L-BFGS. Twin of lbfgs.rs, whose constants these are; POINT
// is the current point. Needs a `Body` with the fields that are used here.

override MEMORY: u32;
override LOWER: f32;
override UPPER: f32;
override DECREASE: f32;
override FLAT: f32;
override ITERATIONS: u32;
override BACKTRACKS: u32;
override SUFFICIENT: f32;
override CURVATURE: f32;
override SHORTEST: f32;
override ROUNDING: f32;

// ∇φ at the current point; the direction; s and y of the curvature pairs.
const GRADIENT = OWN;
const DIRECTION = OWN + 1u;
const PAIRS = OWN + 2u;

// α and 1/sᵀy of each pair, from the first loop of the recursion to the second.
var<workgroup> alphas: array<f32, 32>;
var<workgroup> rhos: array<f32, 32>;

fn s_of(pair: u32, home: u32) -> u32 {
    return vector(PAIRS + pair, home);
}

fn y_of(pair: u32, home: u32) -> u32 {
    return vector(PAIRS + MEMORY + pair, home);
}

// The pair that is `age` pairs older than the newest.
fn aged(newest: u32, age: u32) -> u32 {
    return select(newest + MEMORY - age, newest - age, age <= newest);
}

// A thread's share of ∇F at the current point.
fn slope_at(at: At, quad: u32, weight: f32) -> vec4<f32> {
    let x = vectors[vector(POINT, at.home) + quad];
    let r = x - vectors[vector(ORIGINAL, at.home) + quad];
    return vectors[vector(GRADIENT, at.home) + quad] + 2.0 * weight * r;
}

// What is free of a thread's variables: four bits for each of its vec4s, eight of them a word.
// Most images need one word; that is known when the pipeline is made.
fn word(quad: u32) -> u32 {
    if QUADS <= 8u * THREADS {
        return 0u;
    }
    return quad / (8u * THREADS);
}

fn place(quad: u32) -> u32 {
    return 4u * ((quad / THREADS) % 8u);
}

// Ones where a thread's variables are free.
fn mask(free: vec4<u32>, quad: u32) -> vec4<f32> {
    let bits = vec4<u32>(free[word(quad)] >> place(quad)) & vec4<u32>(1u, 2u, 4u, 8u);
    return vec4<f32>(bits != vec4<u32>(0u));
}

// The trial point on the line; returns ∇F(x)ᵀ(trial − x).
fn place_trial(at: At, thread: u32, body: Body) -> f32 {
    var own = vec4<f32>();
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let x = vectors[vector(POINT, at.home) + quad];
        let d = vectors[vector(DIRECTION, at.home) + quad];
        let trial = clamp(x + body.step * d, vec4<f32>(LOWER), vec4<f32>(UPPER));
        try_next(at, quad, trial);
        own.x += dot(slope_at(at, quad, body.c), trial - x);
    }
    return total(thread, own).x;
}

// Whether a pair says something of the curvature: a positive one, along a step that is more than rounding.
fn is_usable(ss: f32, sy: f32, yy: f32) -> bool {
    return ss > SHORTEST && sy >= SMALLEST && sy > CURVATURE * sqrt(ss * yy);
}

// Two-loop recursion over the free variables; false without usable pairs.
fn recurse(at: At, thread: u32, body: Body, free: vec4<u32>) -> bool {
    let mu = 2.0 * body.c;
    let direction = vector(DIRECTION, at.home);
    var usable = 0u;
    var scale = 0.0;
    for (var age = 0u; age < body.count; age++) {
        let pair = aged(body.newest, age);
        var own = vec4<f32>();
        for (var quad = thread; quad < QUADS; quad += THREADS) {
            let s = mask(free, quad) * vectors[s_of(pair, at.home) + quad];
            let y = mask(free, quad) * vectors[y_of(pair, at.home) + quad];
            own += vec4<f32>(dot(s, s), dot(s, y), dot(y, y), dot(s, vectors[direction + quad]));
        }
        let sums = total(thread, own);
        let sy = sums.y + mu * sums.x;
        let yy = sums.z + 2.0 * mu * sums.y + mu * mu * sums.x;
        if !is_usable(sums.x, sy, yy) {
            continue;
        }
        usable |= 1u << pair;
        scale = select(scale, sy / yy, scale == 0.0);
        let alpha = sums.w / sy;
        if thread == 0u {
            alphas[pair] = alpha;
            rhos[pair] = 1.0 / sy;
        }
        for (var quad = thread; quad < QUADS; quad += THREADS) {
            let s = vectors[s_of(pair, at.home) + quad];
            let y = vectors[y_of(pair, at.home) + quad];
            vectors[direction + quad] -= alpha * mask(free, quad) * (y + mu * s);
        }
    }
    if usable == 0u {
        return false;
    }
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        vectors[direction + quad] *= scale;
    }
    for (var age = body.count; age > 0u; age--) {
        let pair = aged(body.newest, age - 1u);
        if ((usable >> pair) & 1u) == 0u {
            continue;
        }
        var own = vec4<f32>();
        for (var quad = thread; quad < QUADS; quad += THREADS) {
            let d = vectors[direction + quad];
            own.x += dot(vectors[y_of(pair, at.home) + quad], d);
            own.y += dot(vectors[s_of(pair, at.home) + quad], d);
        }
        let sums = total(thread, own);
        let gap = alphas[pair] - rhos[pair] * (sums.x + mu * sums.y);
        for (var quad = thread; quad < QUADS; quad += THREADS) {
            let s = vectors[s_of(pair, at.home) + quad];
            vectors[direction + quad] += gap * mask(free, quad) * s;
        }
    }
    return true;
}

// Fixes variables and starts from the steepest descent: a thread's free
// variables, for `mask`, its number of components that are not flat, and its
// share of the square of the free gradient.
fn look(at: At, thread: u32, weight: f32, free: ptr<function, vec4<u32>>) -> vec4<f32> {
    *free = vec4<u32>();
    var own = vec4<f32>();
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let x = vectors[vector(POINT, at.home) + quad];
        let g = slope_at(at, quad, weight);
        let held = ((x <= vec4<f32>(LOWER)) & (g > vec4<f32>(0.0)))
            | ((x >= vec4<f32>(UPPER)) & (g < vec4<f32>(0.0)));
        let bits = select(vec4<u32>(1u, 2u, 4u, 8u), vec4<u32>(0u), held);
        (*free)[word(quad)] |= (bits.x | bits.y | bits.z | bits.w) << place(quad);
        let d = select(-g, vec4<f32>(0.0), held);
        vectors[vector(DIRECTION, at.home) + quad] = d;
        let reach = abs(x - clamp(x - g, vec4<f32>(LOWER), vec4<f32>(UPPER)));
        let steep = select(vec4<f32>(0.0), vec4<f32>(1.0), (reach > vec4<f32>(FLAT)));
        own += vec4<f32>(dot(steep, vec4<f32>(1.0)), dot(d, d), 0.0, 0.0);
    }
    return own;
}

// Forms a direction and the first trial on it; false at a minimiser to within
// the tolerances, or where no direction descends.
fn advance(at: At, thread: u32, body: ptr<function, Body>) -> bool {
    for (var attempt = 0u; attempt < 2u; attempt++) {
        var free = vec4<u32>();
        let sums = total(thread, look(at, thread, (*body).c, &free));
        if sums.x == 0.0 {
            return false;
        }
        if !recurse(at, thread, *body, free) {
            // No usable curvature: a first step of modest length.
            let modest = min(1.0 / max(sqrt(sums.y), SMALLEST), 1.0);
            for (var quad = thread; quad < QUADS; quad += THREADS) {
                vectors[vector(DIRECTION, at.home) + quad] *= modest;
            }
        }
        (*body).step = 1.0;
        (*body).backtracks = 0u;
        let slope = place_trial(at, thread, *body);
        if slope < 0.0 {
            return true;
        }
        if (*body).count == 0u {
            return false;
        }
        // No descent, or no number: forget the curvature.
        (*body).count = 0u;
    }
    return false;
}

// What an evaluation says, summed.
struct Told {
    // What the step promised, and by how much F has changed.
    promised: f32,
    change: f32,
    // c·‖x − original‖² before, ‖trial − original‖² after.
    before: f32,
    squared: f32,
    finite: bool,
}

fn hear(at: At, thread: u32, body: Body, phi: f32) -> Told {
    var own = vec4<f32>();
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let original = vectors[vector(ORIGINAL, at.home) + quad];
        let x = vectors[vector(POINT, at.home) + quad];
        let trial = vectors[vector(TRIAL, at.home) + quad];
        let g = gradients[at.slot * QUADS + quad];
        let r = x - original;
        let t = trial - original;
        let finite = is_finite(g.x) && is_finite(g.y) && is_finite(g.z) && is_finite(g.w);
        let slope = dot(slope_at(at, quad, body.c), trial - x);
        own += vec4<f32>(slope, dot(r, r), dot(t, t), select(1.0, 0.0, finite));
    }
    let sums = total(thread, own);
    // Differences, so that small steps are not lost in rounding.
    let before = body.c * sums.y;
    let change = (phi - body.phi) + (body.c * sums.z - before);
    return Told(sums.x, change, before, sums.z, sums.w == 0.0 && is_finite(phi));
}

// Factor for the next step: the minimum of the parabola through what is known.
fn shorter(told: Told) -> f32 {
    let curvature = told.change - told.promised;
    if !told.finite {
        return 0.1;
    }
    if curvature > 0.0 {
        return clamp(-0.5 * told.promised / curvature, 0.1, 0.5);
    }
    return 0.5;
}

// Moves to the trial point; its pair stays if its curvature is positive.
fn accept(at: At, thread: u32, body: ptr<function, Body>) {
    let next = select((*body).newest + 1u, 0u, (*body).newest + 1u == MEMORY);
    let pair = select((*body).newest, next, (*body).count > 0u);
    var own = vec4<f32>();
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let trial = vectors[vector(TRIAL, at.home) + quad];
        let g = gradients[at.slot * QUADS + quad];
        let s = trial - vectors[vector(POINT, at.home) + quad];
        let y = g - vectors[vector(GRADIENT, at.home) + quad];
        vectors[s_of(pair, at.home) + quad] = s;
        vectors[y_of(pair, at.home) + quad] = y;
        vectors[vector(POINT, at.home) + quad] = trial;
        vectors[vector(GRADIENT, at.home) + quad] = g;
        own += vec4<f32>(dot(s, s), dot(s, y), dot(y, y), 0.0);
    }
    let sums = total(thread, own);
    let mu = 2.0 * (*body).c;
    let sy = sums.y + mu * sums.x;
    let yy = sums.z + 2.0 * mu * sums.y + mu * mu * sums.x;
    if is_usable(sums.x, sy, yy) {
        (*body).newest = pair;
        (*body).count = min((*body).count + 1u, MEMORY);
    } else if pair != (*body).newest && (*body).count == MEMORY {
        // The oldest pair was overwritten by one that is of no use.
        (*body).count -= 1u;
    }
}

// What comes next: another trial on the line, a direction, or another c.
const TRY = 0u;
const ADVANCE = 1u;
const OVER = 2u;

// What became of a trial point.
struct Judgement {
    accepted: bool,
    next: u32,
}

// Takes φ and ∇φ at the trial point.
fn judge(at: At, thread: u32, body: ptr<function, Body>, told: Told, phi: f32) -> Judgement {
    let slack = ROUNDING * (abs((*body).phi) + told.before);
    let is_lower = told.change <= SUFFICIENT * told.promised + slack;
    if !told.finite || !is_lower {
        (*body).backtracks += 1u;
        if (*body).backtracks > BACKTRACKS {
            return Judgement(false, OVER);
        }
        (*body).step *= shorter(told);
        place_trial(at, thread, *body);
        return Judgement(false, TRY);
    }
    accept(at, thread, body);
    let whole = max(abs((*body).phi + told.before), SMALLEST);
    (*body).phi = phi;
    (*body).iterations += 1u;
    (*body).quiet = select(0u, (*body).quiet + 1u, -told.change < DECREASE * whole);
    let over = (*body).quiet >= 2u || (*body).iterations >= ITERATIONS;
    return Judgement(true, select(ADVANCE, OVER, over));
}

// What is known of the point where all begins.
struct Start {
    // ‖∇φ‖², or −1 if it is not finite.
    steepness: f32,
    // ‖x − original‖²
    squared: f32,
}

// Takes φ and ∇φ at the point where all begins.
fn begin(at: At, thread: u32, body: ptr<function, Body>, phi: f32) -> Start {
    var own = vec4<f32>();
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        let g = gradients[at.slot * QUADS + quad];
        let x = vectors[vector(POINT, at.home) + quad];
        let r = x - vectors[vector(ORIGINAL, at.home) + quad];
        vectors[vector(GRADIENT, at.home) + quad] = g;
        own += vec4<f32>(dot(g, g), dot(r, r), 0.0, 0.0);
    }
    (*body).phi = phi;
    let sums = total(thread, own);
    return Start(select(-1.0, sums.x, is_finite(sums.x) && is_finite(phi)), sums.y);
}
