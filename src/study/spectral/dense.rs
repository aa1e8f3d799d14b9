//! The largest singular value of a matrix: its Gram matrix's largest eigenvalue, rooted.
//!
//! Squaring costs small singular values their digits, not the largest.

use super::symmetric::largest_eigenvalue;

/// `‖A‖₂` of a row-major matrix of `columns` columns.
pub(super) fn norm(a: &[f64], columns: usize) -> f64 {
    if a.is_empty() {
        return 0.0;
    }
    let rows = a.len() / columns;
    if columns > rows {
        let turned: Vec<f64> = (0..a.len()).map(|e| a[e % rows * columns + e / rows]).collect();
        return norm(&turned, rows);
    }
    let largest = a.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let mut gram = vec![0.0; columns * columns];
    for row in a.chunks_exact(columns) {
        for (i, left) in row.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            let left = left / (largest * largest);
            let out = &mut gram[i * columns..][i..columns];
            out.iter_mut().zip(&row[i..]).for_each(|(g, right)| *g += left * right);
        }
    }
    for i in 0..columns {
        for j in 0..i {
            gram[i * columns + j] = gram[j * columns + i];
        }
    }
    largest * largest_eigenvalue(&mut gram, columns).max(0.0).sqrt()
}
