//! Comparisons with named tolerances, each with its negative controls.

/// How far a number may be from the reference `e`:
/// `absolute + relative·|e| + of_largest·max|e|`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    pub(crate) name: &'static str,
    pub(crate) absolute: f64,
    pub(crate) relative: f64,
    pub(crate) of_largest: f64,
}

impl Tolerance {
    /// Copies and comparisons: not a bit may differ.
    pub(crate) const EXACT: Tolerance =
        Tolerance { name: "exact", absolute: 0.0, relative: 0.0, of_largest: 0.0 };

    /// One function of each element. WGSL allows exp 3 + 2|x| ulp and log an
    /// absolute error of 2⁻²¹; the error function's approximation is good to 1.5e-7.
    pub(crate) const POINTWISE: Tolerance =
        Tolerance { name: "pointwise", absolute: 2e-6, relative: 3e-5, of_largest: 0.0 };

    /// Sums of f32 in another order: the error grows with the terms, not with the sum.
    pub(crate) const CLOSE: Tolerance =
        Tolerance { name: "close", absolute: 1e-6, relative: 1e-5, of_largest: 1e-5 };

    /// Sums of functions: both of the above.
    pub(crate) const APPROXIMATE: Tolerance =
        Tolerance { name: "approximate", absolute: 4e-6, relative: 1e-4, of_largest: 1e-4 };

    /// Central differences of an f64 function with a step of 1e-5: the
    /// truncation is a third derivative times 1e-11, the rounding 1e-11 of the value.
    pub(crate) const DIFFERENCES: Tolerance =
        Tolerance { name: "differences", absolute: 1e-7, relative: 1e-5, of_largest: 1e-6 };

    fn allowed(&self, expected: f64, largest: f64) -> f64 {
        self.absolute + self.relative * expected.abs() + self.of_largest * largest
    }
}

/// Compares element by element. Empty input, other lengths and NaN are errors.
pub(crate) fn compare(
    actual: &[f64],
    expected: &[f64],
    tolerance: Tolerance,
) -> Result<(), String> {
    if actual.len() != expected.len() || expected.is_empty() {
        return Err(format!("{} numbers against {}", actual.len(), expected.len()));
    }
    let largest = expected.iter().fold(0.0f64, |m, e| m.max(e.abs()));
    for (index, (a, e)) in actual.iter().zip(expected).enumerate() {
        let allowed = tolerance.allowed(*e, largest);
        // Written so that a NaN on either side fails.
        let near = (a - e).abs() <= allowed;
        if !near {
            let name = tolerance.name;
            return Err(format!("element {index} is {a}, not {e} ± {allowed:e} ({name})"));
        }
    }
    Ok(())
}

/// Asserts that two tensors agree, and that the comparison would notice:
/// one element moved beyond the tolerance, a NaN, and no elements at all.
#[track_caller]
pub(crate) fn assert_close(what: &str, actual: &[f64], expected: &[f64], tolerance: Tolerance) {
    if let Err(difference) = compare(actual, expected, tolerance) {
        panic!("{what}: {difference}");
    }
    let largest = expected.iter().fold(0.0f64, |m, e| m.max(e.abs()));
    let place = expected.len() / 2;
    let mut moved = expected.to_vec();
    moved[place] += 2.0 * tolerance.allowed(expected[place], largest) + 1e-12;
    assert!(compare(&moved, expected, tolerance).is_err(), "{what}: a wrong number passed");
    moved[place] = f64::NAN;
    assert!(compare(&moved, expected, tolerance).is_err(), "{what}: a NaN passed");
    assert!(compare(&[], &[], tolerance).is_err(), "{what}: nothing passed");
}

/// f32 results as f64.
pub(crate) fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|n| f64::from(*n)).collect()
}
