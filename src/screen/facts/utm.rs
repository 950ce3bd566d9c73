//! Where on the ellipsoid is a UTM easting and northing?
//!
//! Krüger's series in the third flattening to the fourth order (WGS84), good to a millimetre inside a zone.

const RADIUS: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
const SCALE: f64 = 0.9996;

/// Returns latitude and longitude in degrees; `None` outside the zone numbers and the range of the projection.
pub(super) fn to_degrees(zone: u32, is_north: bool, easting: f64, northing: f64) -> Option<(f64, f64)> {
    let valid = (1..=60).contains(&zone)
        && (100_000.0..=900_000.0).contains(&easting)
        && (0.0..=10_000_000.0).contains(&northing);
    if !valid {
        return None;
    }
    let n = FLATTENING / (2.0 - FLATTENING);
    let mean_radius = RADIUS / (1.0 + n) * (1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0);
    let beta = [
        n / 2.0 - 2.0 * n.powi(2) / 3.0 + 37.0 * n.powi(3) / 96.0,
        n.powi(2) / 48.0 + n.powi(3) / 15.0,
        17.0 * n.powi(3) / 480.0,
    ];
    let delta = [
        2.0 * n - 2.0 * n.powi(2) / 3.0 - 2.0 * n.powi(3),
        7.0 * n.powi(2) / 3.0 - 8.0 * n.powi(3) / 5.0,
        56.0 * n.powi(3) / 15.0,
    ];
    let false_northing = if is_north { 0.0 } else { 10_000_000.0 };
    let xi = (northing - false_northing) / (SCALE * mean_radius);
    let eta = (easting - 500_000.0) / (SCALE * mean_radius);
    let (mut xi_prime, mut eta_prime) = (xi, eta);
    for (index, b) in beta.iter().enumerate() {
        let k = 2.0 * (index as f64 + 1.0);
        xi_prime -= b * (k * xi).sin() * (k * eta).cosh();
        eta_prime -= b * (k * xi).cos() * (k * eta).sinh();
    }
    let chi = (xi_prime.sin() / eta_prime.cosh()).asin();
    let mut latitude = chi;
    for (index, d) in delta.iter().enumerate() {
        latitude += d * (2.0 * (index as f64 + 1.0) * chi).sin();
    }
    let meridian = f64::from(zone) * 6.0 - 183.0;
    let longitude = meridian + eta_prime.sinh().atan2(xi_prime.cos()).to_degrees();
    Some((latitude.to_degrees(), longitude))
}

#[cfg(test)]
mod tests {
    use super::to_degrees;

    #[test]
    fn known_points_are_met() {
        // Worked with Snyder's footpoint series (USGS Professional Paper 1395, eq. 8-17 to 8-25).
        let (lat, lon) = to_degrees(42, true, 350_000.0, 4_560_000.0).unwrap();
        assert!((lat - 41.177_472_4).abs() < 1e-6 && (lon - 67.211_675_2).abs() < 1e-6, "{lat} {lon}");
        // On the central meridian the easting is 500 km and the longitude the meridian's.
        let (lat, lon) = to_degrees(31, true, 500_000.0, 0.0).unwrap();
        assert!(lat.abs() < 1e-9 && (lon - 3.0).abs() < 1e-9);
        let (south, _) = to_degrees(42, false, 500_000.0, 10_000_000.0 - 4_560_000.0).unwrap();
        let (north, _) = to_degrees(42, true, 500_000.0, 4_560_000.0).unwrap();
        assert!((south + north).abs() < 1e-9);
    }

    #[test]
    fn impossible_values_are_refused() {
        assert!(to_degrees(61, true, 500_000.0, 0.0).is_none());
        assert!(to_degrees(42, true, 5.0, 0.0).is_none());
    }
}
