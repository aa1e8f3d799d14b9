//! Comparisons with named tolerances.

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

/// Asserts that two tensors agree.
#[track_caller]
pub(crate) fn assert_close(what: &str, actual: &[f64], expected: &[f64], tolerance: Tolerance) {
    if let Err(difference) = compare(actual, expected, tolerance) {
        panic!("{what}: {difference}");
    }
}

/// f32 results as f64.
pub(crate) fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|n| f64::from(*n)).collect()
}

#[test]
fn what_is_beyond_a_tolerance_is_noticed() {
    let expected = [1.0, -3.0, 0.0, 1e-3];
    for tolerance in [Tolerance::EXACT, Tolerance::CLOSE, Tolerance::APPROXIMATE] {
        assert!(compare(&expected, &expected, tolerance).is_ok());
        for place in 0..expected.len() {
            let with = |number: f64| {
                let mut moved = expected;
                moved[place] = number;
                (compare(&moved, &expected, tolerance), compare(&expected, &moved, tolerance))
            };
            let allowed = tolerance.allowed(expected[place], 3.0);
            assert!(with(expected[place] + 0.9 * allowed).0.is_ok());
            assert!(with(expected[place] + 1.1 * allowed + 1e-12).0.is_err());
            let (one, other) = with(f64::NAN);
            assert!(one.is_err() && other.is_err(), "a NaN passes");
        }
        assert!(compare(&expected[1..], &expected, tolerance).is_err());
        assert!(compare(&[], &[], tolerance).is_err(), "nothing passes");
    }
}
