// Drops the lanes of a task that are clearly farther than its best, and
// gives the slots to those that stay. Once none runs, the nearest of those that
// rest goes on alone. Twin of boundary/screen.rs. The first thread of each
// task's lanes does its work.

override BY_BEST: bool;
override KEPT: u32;
override CLEARLY_FARTHER: f32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> heads: array<Head>;
@group(0) @binding(2) var<storage, read_write> slots: array<u32>;

// How far a lane is from its original, or will be.
fn reach(home: u32) -> f32 {
    let best = heads[home].best;
    return select(heads[home].estimate, sqrt(best), BY_BEST && best < FAR);
}

// Whether the lane at `other` comes before that at `home` in its task.
fn is_nearer(other: u32, home: u32) -> bool {
    let gap = reach(other) - reach(home);
    return gap < 0.0 || (gap == 0.0 && other < home);
}

@compute @workgroup_size(64)
fn lanes_screen(@builtin(global_invocation_id) id: vec3<u32>) {
    let leader = id.x;
    if leader >= params.lanes || heads[leader].leader != leader {
        return;
    }
    let siblings = heads[leader].siblings;
    // One bit a lane that goes on so far, before any is dropped.
    var alive = 0u;
    var nearest = FAR;
    for (var lane = 0u; lane < siblings; lane++) {
        nearest = min(nearest, reach(leader + lane));
        if is_alive(leader + lane) {
            alive |= 1u << lane;
        }
    }
    // The slots of a task follow each other, one for each lane that may stay.
    let fans = heads[leader].fans;
    let first = heads[leader].task - fans + fans * KEPT;
    for (var rank = 0u; rank < min(KEPT, siblings); rank++) {
        slots[first + rank] = NOWHERE;
    }
    var runs = false;
    for (var lane = 0u; lane < siblings; lane++) {
        if ((alive >> lane) & 1u) == 0u {
            continue;
        }
        let home = leader + lane;
        var rank = 0u;
        for (var other = 0u; other < siblings; other++) {
            if ((alive >> other) & 1u) == 1u && is_nearer(leader + other, home) {
                rank++;
            }
        }
        if rank < KEPT && reach(home) <= nearest * CLEARLY_FARTHER {
            slots[first + rank] = home;
            runs = runs || heads[home].stop == RUNNING;
        } else {
            heads[home].stop = CONVERGED;
        }
    }
    if !runs {
        wake_nearest(leader, siblings);
    }
}

fn is_alive(home: u32) -> bool {
    let stop = heads[home].stop;
    return stop == RUNNING || stop == RESTING;
}

// Of the lanes that rest only the one whose best image is nearest goes on.
fn wake_nearest(leader: u32, siblings: u32) {
    var chosen = NOWHERE;
    for (var home = leader; home < leader + siblings; home++) {
        if heads[home].stop == RESTING {
            heads[home].stop = CONVERGED;
            if chosen == NOWHERE || heads[home].best < heads[chosen].best {
                chosen = home;
            }
        }
    }
    if chosen != NOWHERE {
        heads[chosen].stop = RUNNING;
    }
}
