//! Singular values by one-sided Jacobi rotations, and matrices of linear maps.
//!
//! Independent of `study::spectral`: no Gram matrix, no tridiagonal form, no
//! Fourier transform.

/// The matrix of a linear map of `n` numbers, as its columns.
pub(crate) fn columns(n: usize, map: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Vec<f64>> {
    let nothing = map(&vec![0.0; n]);
    (0..n)
        .map(|i| {
            let mut unit = vec![0.0; n];
            unit[i] = 1.0;
            map(&unit).iter().zip(&nothing).map(|(y, zero)| y - zero).collect()
        })
        .collect()
}

/// The largest singular value of a matrix of columns (Hestenes' method).
pub(crate) fn largest(mut columns: Vec<Vec<f64>>) -> f64 {
    if columns.len() > columns[0].len() {
        let rows = columns[0].len();
        columns = (0..rows).map(|i| columns.iter().map(|c| c[i]).collect()).collect();
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    // Each sweep at least squares what is left of the angles.
    for _ in 0..60 {
        let mut worst = 0.0f64;
        for i in 0..columns.len() {
            for j in i + 1..columns.len() {
                let (head, tail) = columns.split_at_mut(j);
                let (p, q) = (&mut head[i], &mut tail[0]);
                let (a, b, c) = (dot(p, p), dot(q, q), dot(p, q));
                if c.abs() <= 1e-15 * (a * b).sqrt() {
                    continue;
                }
                worst = worst.max(c.abs() / (a * b).sqrt());
                let zeta = (b - a) / (2.0 * c);
                let t = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                let cosine = 1.0 / t.hypot(1.0);
                let sine = cosine * t;
                for (p, q) in p.iter_mut().zip(q.iter_mut()) {
                    (*p, *q) = (cosine * *p - sine * *q, sine * *p + cosine * *q);
                }
            }
        }
        if worst < 1e-13 {
            break;
        }
    }
    columns.iter().map(|c| dot(c, c).sqrt()).fold(0.0, f64::max)
}
