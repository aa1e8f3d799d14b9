// Drops the lanes of a task that are clearly farther than its nearest, wakes
// the nearest ones that rest, and gives the slots to those that stay. Twin of
// nearest_boundary/screen.rs. The first thread of each task's lanes does its work.

override BY_BEST: bool;
override KEPT: u32;
override CLEARLY_FARTHER: f32;
// Whether lanes wake even if some run, and which do.
override WAKES: bool;
override CLOSE_KEPT: u32;
override CLOSE: f32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> heads: array<Head>;
@group(0) @binding(2) var<storage, read_write> slots: array<u32>;

@compute @workgroup_size(64)
fn lanes_screen(@builtin(global_invocation_id) id: vec3<u32>) {
    let leader = id.x;
    if leader >= params.lanes || heads[leader].leader != leader {
        return;
    }
    let siblings = heads[leader].siblings;
    drop_farther(leader, siblings, BY_BEST, KEPT, CLEARLY_FARTHER);
    if WAKES || !is_any(leader, siblings, RUNNING) {
        drop_farther(leader, siblings, true, CLOSE_KEPT, CLOSE);
        for (var home = leader; home < leader + siblings; home++) {
            if heads[home].stop == RESTING {
                heads[home].stop = RUNNING;
            }
        }
    }
    // The slots of a task follow each other, one for each lane that may stay.
    let fans = heads[leader].fans;
    var slot = heads[leader].task - fans + fans * KEPT;
    let end = slot + min(KEPT, siblings);
    for (var home = leader; home < leader + siblings; home++) {
        if is_alive(home) {
            slots[slot] = home;
            slot++;
        }
    }
    for (; slot < end; slot++) {
        slots[slot] = NOWHERE;
    }
}

// Ends those of a task's lanes that are not among the nearest.
fn drop_farther(leader: u32, siblings: u32, by_best: bool, kept: u32, farther: f32) {
    // One bit a lane that goes on so far, before any is dropped.
    var alive = 0u;
    var nearest = FAR;
    for (var lane = 0u; lane < siblings; lane++) {
        let home = leader + lane;
        // Of a lane that has ended its image counts, and no estimate: there was more to come.
        if is_alive(home) || (by_best && heads[home].best < FAR) {
            nearest = min(nearest, reach(home, by_best));
        }
        if is_alive(home) {
            alive |= 1u << lane;
        }
    }
    for (var lane = 0u; lane < siblings; lane++) {
        if ((alive >> lane) & 1u) == 0u {
            continue;
        }
        let own = reach(leader + lane, by_best);
        var rank = 0u;
        for (var other = 0u; other < siblings; other++) {
            if ((alive >> other) & 1u) == 1u {
                let gap = reach(leader + other, by_best) - own;
                if gap < 0.0 || (gap == 0.0 && other < lane) {
                    rank++;
                }
            }
        }
        if rank >= kept || own > nearest * farther {
            heads[leader + lane].stop = CONVERGED;
        }
    }
}

// How far a lane is from its original, or will be.
fn reach(home: u32, by_best: bool) -> f32 {
    let best = heads[home].best;
    return select(heads[home].estimate, sqrt(best), by_best && best < FAR);
}

fn is_alive(home: u32) -> bool {
    let stop = heads[home].stop;
    return stop == RUNNING || stop == RESTING;
}

fn is_any(leader: u32, siblings: u32, stop: u32) -> bool {
    for (var home = leader; home < leader + siblings; home++) {
        if heads[home].stop == stop {
            return true;
        }
    }
    return false;
}
