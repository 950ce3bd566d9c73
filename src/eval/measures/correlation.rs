//! Does one order of numbers follow another? Spearman's rank correlation.

/// Returns Spearman's rho: the correlation of the ranks, where equal values share their mean rank.
///
/// `None` if there are fewer than two pairs or one side is constant: then there is no order to follow.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let left = ranks(pairs.iter().map(|pair| pair.0).collect());
    let right = ranks(pairs.iter().map(|pair| pair.1).collect());
    pearson(&left, &right)
}

/// Returns the rank of each value from 1; equal values share the mean of their ranks.
pub fn ranks(values: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let mut last = first;
        while last + 1 < order.len() && values[order[last + 1]] == values[order[first]] {
            last += 1;
        }
        for &position in &order[first..=last] {
            ranks[position] = (first + last) as f64 / 2.0 + 1.0;
        }
        first = last + 1;
    }
    ranks
}

fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
    let count = left.len() as f64;
    if count < 2.0 {
        return None;
    }
    let (mean_left, mean_right) = (left.iter().sum::<f64>() / count, right.iter().sum::<f64>() / count);
    let (mut both, mut of_left, mut of_right) = (0.0, 0.0, 0.0);
    for (x, y) in left.iter().zip(right) {
        both += (x - mean_left) * (y - mean_right);
        of_left += (x - mean_left).powi(2);
        of_right += (y - mean_right).powi(2);
    }
    (of_left > 0.0 && of_right > 0.0).then(|| both / (of_left * of_right).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(vec![3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    #[test]
    fn order_alone_counts() {
        let pairs: Vec<(f64, f64)> = (0..9).map(|i| (f64::from(i), f64::from(i).exp())).collect();
        assert!((spearman(&pairs).unwrap() - 1.0).abs() < 1e-12);
        let turned: Vec<(f64, f64)> = pairs.iter().map(|(x, y)| (*x, -y)).collect();
        assert!((spearman(&turned).unwrap() + 1.0).abs() < 1e-12);
    }

    #[test]
    fn without_an_order_there_is_no_correlation() {
        assert_eq!(spearman(&[]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (1.0, 3.0)]), None);
    }
}
