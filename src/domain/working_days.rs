//! When is a deadline that the law counts in working days?
//!
//! Saturday and Sunday are days off; holidays are given. The day of receipt does not count (the period begins on the
//! day after).

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

/// Longest period that is counted; a longer one is cut to it, so that no input makes the count run on.
const MOST: u32 = 366;

/// True if people work on that day.
pub fn is_working_day(day: Date, holidays: &BTreeSet<Date>) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !holidays.contains(&day)
}

/// Returns the last day of a period of `count` working days that begins on the day after `receipt`. A period of no
/// days ends on the day of receipt itself.
pub fn deadline(receipt: Date, count: u32, holidays: &BTreeSet<Date>) -> Date {
    let mut day = receipt;
    let mut left = count.min(MOST);
    while left > 0 {
        let Ok(next) = day.tomorrow() else { return day };
        day = next;
        left -= u32::from(is_working_day(day, holidays));
    }
    day
}

/// Counts the working days after `from` up to and including `to`; negative if `to` is earlier: the working days
/// after `to` up to and including `from`. At most 366 either way.
pub fn working_days_between(from: Date, to: Date, holidays: &BTreeSet<Date>) -> i32 {
    let (first, last, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
    let mut day = first;
    let mut count = 0;
    while day < last && count < MOST as i32 {
        let Ok(next) = day.tomorrow() else { break };
        day = next;
        count += i32::from(is_working_day(day, holidays));
    }
    sign * count
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn holidays(days: &[Date]) -> BTreeSet<Date> {
        days.iter().copied().collect()
    }

    #[test]
    fn seven_working_days_from_a_monday_end_on_the_wednesday_after_next() {
        // 5 October 2026 is a Monday: 6, 7, 8, 9 | 12, 13, 14.
        assert_eq!(deadline(date(2026, 10, 5), 7, &BTreeSet::new()), date(2026, 10, 14));
    }

    #[test]
    fn receipt_on_a_day_off_counts_from_the_next_working_day() {
        assert_eq!(deadline(date(2026, 10, 3), 1, &BTreeSet::new()), date(2026, 10, 5));
        assert_eq!(deadline(date(2026, 10, 2), 1, &BTreeSet::new()), date(2026, 10, 5));
    }

    #[test]
    fn holidays_are_left_out_and_those_on_a_weekend_change_nothing() {
        // 8 December is Constitution Day of Uzbekistan, a Tuesday in 2026; the 12th is a Saturday.
        let off = holidays(&[date(2026, 12, 8), date(2026, 12, 12)]);
        assert_eq!(deadline(date(2026, 12, 4), 7, &off), date(2026, 12, 16));
        assert_eq!(deadline(date(2026, 12, 4), 7, &BTreeSet::new()), date(2026, 12, 15));
    }

    #[test]
    fn days_left_are_negative_after_the_deadline() {
        let none = BTreeSet::new();
        assert_eq!(working_days_between(date(2026, 10, 2), date(2026, 10, 5), &none), 1);
        assert_eq!(working_days_between(date(2026, 10, 5), date(2026, 10, 2), &none), -1);
        assert_eq!(working_days_between(date(2026, 10, 3), date(2026, 10, 4), &none), 0);
        assert_eq!(working_days_between(date(2026, 10, 5), date(2026, 10, 5), &none), 0);
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        assert_eq!(deadline(Date::MAX, 7, &BTreeSet::new()), Date::MAX);
        assert_eq!(working_days_between(Date::MIN, Date::MAX, &BTreeSet::new()), 366);
    }

    proptest! {
        #[test]
        fn deadline_is_a_working_day_and_the_count_agrees(
            offset in 0i32..20_000, count in 1u32..60, off in proptest::collection::btree_set(0i32..20_100, 0..40)
        ) {
            let day = |n: i32| date(2000, 1, 1).saturating_add(jiff::Span::new().days(n));
            let off: BTreeSet<Date> = off.into_iter().map(day).collect();
            let end = deadline(day(offset), count, &off);
            prop_assert!(is_working_day(end, &off));
            prop_assert_eq!(working_days_between(day(offset), end, &off), count as i32);
        }
    }
}
