//! How do the states of a text's tokens become one unit vector?
//!
//! Works on the states of one text without padding, so padding can never leak into a vector.

use serde::Deserialize;

/// How token states become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Mean of all tokens, special tokens included.
    Mean,
    /// State of the first token.
    Cls,
    /// State of the last token.
    LastToken,
}

/// The vector is zero or not finite: it points nowhere, so it cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the pooled vector has no direction")]
pub struct NoDirection;

impl Pooling {
    /// Pools `states` (one row of `dimension` numbers per token) and scales the result to length one.
    pub fn unit_vector(self, states: &[f32], dimension: usize) -> Result<Vec<f32>, NoDirection> {
        let mut rows = states.chunks_exact(dimension.max(1));
        let mut vector = match self {
            Self::Cls => rows.next().map(<[f32]>::to_vec),
            Self::LastToken => rows.next_back().map(<[f32]>::to_vec),
            Self::Mean => mean(rows, dimension),
        }
        .ok_or(NoDirection)?;
        normalise(&mut vector)?;
        Ok(vector)
    }
}

/// Sums in double precision: the mean over thousands of tokens keeps its last digits.
fn mean(rows: std::slice::ChunksExact<'_, f32>, dimension: usize) -> Option<Vec<f32>> {
    let count = rows.len();
    if count == 0 {
        return None;
    }
    let mut sums = vec![0.0_f64; dimension];
    for row in rows {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "vectors are single precision"
    )]
    Some(sums.into_iter().map(|sum| (sum / count as f64) as f32).collect())
}

/// Scales a vector to length one.
pub fn normalise(vector: &mut [f32]) -> Result<(), NoDirection> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() || length < f64::from(f32::MIN_POSITIVE) {
        return Err(NoDirection);
    }
    for value in vector {
        #[expect(clippy::cast_possible_truncation, reason = "vectors are single precision")]
        let scaled = (f64::from(*value) / length) as f32;
        *value = scaled;
    }
    Ok(())
}

/// Returns the cosine of two vectors; 0 if the lengths differ or one has no direction.
pub fn cosine(left: &[f32], right: &[f32]) -> f32 {
    if left.len() != right.len() {
        return 0.0;
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let length = (dot(left, left) * dot(right, right)).sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "a cosine needs no more digits")]
    if length > 0.0 && length.is_finite() { (dot(left, right) / length) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [f32; 6] = [3.0, 4.0, 0.0, 0.0, 3.0, -4.0];

    #[test]
    fn each_pooling_takes_its_tokens() {
        assert_eq!(Pooling::Cls.unit_vector(&STATES, 2).unwrap(), [0.6, 0.8]);
        assert_eq!(Pooling::LastToken.unit_vector(&STATES, 2).unwrap(), [0.6, -0.8]);
        assert_eq!(Pooling::Mean.unit_vector(&STATES, 2).unwrap(), [1.0, 0.0]);
    }

    #[test]
    fn vectors_without_direction_are_refused() {
        assert_eq!(Pooling::Mean.unit_vector(&[], 2), Err(NoDirection));
        assert_eq!(Pooling::Cls.unit_vector(&[0.0, 0.0], 2), Err(NoDirection));
        assert_eq!(Pooling::Cls.unit_vector(&[f32::NAN, 1.0], 2), Err(NoDirection));
        assert_eq!(Pooling::Cls.unit_vector(&[f32::INFINITY, 1.0], 2), Err(NoDirection));
        assert_eq!(Pooling::Mean.unit_vector(&[1.0], 0), Err(NoDirection));
    }

    #[test]
    fn large_values_do_not_overflow() {
        let vector = Pooling::Cls.unit_vector(&[f32::MAX, f32::MAX], 2).unwrap();
        assert!((cosine(&vector, &[1.0, 1.0]) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn cosine_of_unlike_lengths_or_zero_is_zero() {
        assert_eq!(cosine(&[1.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[0.0], &[1.0]), 0.0);
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 2.0]), 0.0);
        assert_eq!(cosine(&[1.0, 0.0], &[-2.0, 0.0]), -1.0);
    }
}
