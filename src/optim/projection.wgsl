// Projection of a point onto a half-space within the box [0, 1].
// Twin of projection.rs; the gap is summed from differences, because there is
// no f64 here to absorb the cancellation.

override STEPS: u32;
override SHORT: f32;

struct Projection {
    // The multiplier; the point is clip(x + λa).
    lambda: f32,
    // ‖u − x‖²
    squared: f32,
    // Whether the half-space meets the box.
    feasible: bool,
}

// Where λ puts four variables.
fn placed(x: vec4<f32>, a: vec4<f32>, lambda: f32) -> vec4<f32> {
    return clamp(x + lambda * a, vec4<f32>(0.0), vec4<f32>(1.0));
}

// One thread's share of a·x, a·(u − x), the slope over λ and ‖u − x‖².
fn probe(x: vec4<f32>, a: vec4<f32>, lambda: f32) -> vec4<f32> {
    let u = placed(x, a, lambda);
    let r = u - x;
    // A variable at its bound moves no more in the direction of `a`.
    let ahead = select((u > vec4<f32>(0.0)), (u < vec4<f32>(1.0)), (a > vec4<f32>(0.0)));
    let moving = select(vec4<f32>(0.0), a, ahead);
    return vec4<f32>(dot(a, x), dot(a, r), dot(moving, moving), dot(r, r));
}

// Projects the vector at x onto {u : a·u ≥ b}, with a at `a`; Newton's method starts at `guess`.
fn project(thread: u32, x: u32, a: u32, b: f32, guess: f32) -> Projection {
    var result = Projection(guess, 0.0, true);
    for (var step = 0u; step < STEPS; step++) {
        var own = vec4<f32>();
        for (var quad = thread; quad < QUADS; quad += THREADS) {
            own += probe(vectors[x + quad], vectors[a + quad], result.lambda);
        }
        let sums = total(thread, own);
        let gap = (b - sums.x) - sums.y;
        result.squared = sums.w;
        let short = SHORT * abs(b - sums.x);
        // Only a guess can lie beyond the solution; later steps do so by rounding at most.
        let beyond = step == 0u && guess > 0.0 && gap < -short;
        if gap <= short && !beyond {
            break;
        }
        if sums.z <= 1e-30 && !beyond {
            result.feasible = false;
            break;
        }
        let next = max(result.lambda + gap / max(sums.z, 1e-30), 0.0);
        if (!(next > result.lambda) && !beyond) || !is_finite(next) || step + 1u == STEPS {
            break;
        }
        result.lambda = next;
    }
    return result;
}
