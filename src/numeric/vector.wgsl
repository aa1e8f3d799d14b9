// Sums over a workgroup that works on one lane, four at a time.
// Twin of vector.rs; needs the number of THREADS.

var<workgroup> partial: array<vec4<f32>, 64>;
var<workgroup> whole: vec4<f32>;

// The sums of all threads' numbers, the same for each of them.
fn total(thread: u32, own: vec4<f32>) -> vec4<f32> {
    partial[thread] = own;
    workgroupBarrier();
    if thread < 8u {
        var sum = own;
        for (var other = thread + 8u; other < THREADS; other += 8u) {
            sum += partial[other];
        }
        partial[thread] = sum;
    }
    workgroupBarrier();
    if thread == 0u {
        let low = (partial[0] + partial[1]) + (partial[2] + partial[3]);
        let high = (partial[4] + partial[5]) + (partial[6] + partial[7]);
        whole = low + high;
    }
    return workgroupUniformLoad(&whole);
}

// Whether a number is neither infinite nor NaN, whatever the driver assumes of floats.
fn is_finite(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

// Smallest normal number.
const SMALLEST = 1.1754944e-38;
