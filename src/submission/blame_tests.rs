//! Who is to blame for a submission that did not come to its end? Not whoever was beside it, and not a file for an archive
//! that did not answer.

use std::sync::atomic::Ordering;
use std::time::Duration;

use uuid::Uuid;

use super::next::{Signs, Turns, next};
use super::worker_tests::{Bar, LEASE, Replica, screener};
use super::{MAX_ATTEMPTS, Room};
use crate::admission::{Admission, Cost};
use crate::index::schema::field;
use crate::index::store::ScreeningRecord;
use crate::index::work::{ScreeningState, Swap, Work};
use crate::places::Places;

fn room() -> Room {
    Room { admission: Admission::new(Cost { bytes: 1 << 30, tokens: 1 << 20 }), places: Places::new(4, 4) }
}

/// Changes the record of a submission as another process would, or this one without hearing the answer.
async fn change(replica: &Replica, of: &ScreeningRecord, state: ScreeningState, set: impl Fn(&mut Work)) {
    loop {
        let mut record = replica.index.describe_screening(of.id).await.unwrap().unwrap();
        let work = record.work.as_mut().unwrap();
        let seen = work.revision;
        set(work);
        work.revision += 1;
        record.state = state;
        if replica.index.swap_screening(Some(seen), &record).await.unwrap() == Swap::Stored {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_stored_without_an_answer_is_no_attempt() {
    let replica = Replica::new(&screener()).await;
    let record = replica.submit().await;
    let (mut is_claimed, mut left) = (false, MAX_ATTEMPTS);
    replica.engine.refuse(move |point| {
        is_claimed |= point.get(field::STATE).is_some_and(|state| state == ScreeningState::Running.as_str());
        let refuses = point.is_empty() && left > 0 && std::mem::take(&mut is_claimed);
        left -= u32::from(refuses);
        refuses
    });
    let ended = replica.run(&record).await;
    let work = ended.work.unwrap();
    assert_eq!((ended.state, work.failure, work.attempts), (ScreeningState::Succeeded, None, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_of_life_that_was_stored_without_an_answer_ends_nothing() {
    let replica = Replica::new(&screener()).await;
    let record = replica.submit().await;
    let submissions = replica.start_rendering(room(), Bar::<1>::render);
    let bar = Bar::<1>;
    bar.holds(1).await;
    change(&replica, &record, ScreeningState::Running, |_| {}).await;
    tokio::time::sleep(5 * LEASE).await;
    change(&replica, &record, ScreeningState::Running, |_| {}).await;
    drop(bar);
    let ended = replica.end(&submissions, &record).await;
    assert_eq!((ended.state, ended.work.unwrap().attempts), (ScreeningState::Succeeded, 1));
    submissions.stop(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_taken_for_dead_who_could_give_no_sign_of_life() {
    let replica = Replica::new(&screener()).await;
    let record = replica.submit().await;
    change(&replica, &record, ScreeningState::Running, |work| work.holder = Some(Uuid::new_v4())).await;
    let submissions = replica.start_as(room(), |_| "{}".to_owned(), false);
    submissions.stop(Duration::ZERO).await;
    let (shared, mut signs, turns) = (&submissions.shared, Signs::default(), Turns::default());
    assert_eq!(next(shared, &mut signs, &turns).await.unwrap(), None, "seen for the first time");
    tokio::time::sleep(2 * LEASE).await;
    replica.engine.calls_left.store(0, Ordering::SeqCst);
    next(shared, &mut signs, &turns).await.unwrap_err();
    replica.engine.calls_left.store(usize::MAX, Ordering::SeqCst);
    assert_eq!(next(shared, &mut signs, &turns).await.unwrap(), None, "the archive is back at this moment");
    tokio::time::sleep(2 * LEASE).await;
    let taken = next(shared, &mut signs, &turns).await.unwrap();
    assert_eq!(taken.map(|next| next.id), Some(record.id), "now it had the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stopped_its_process_before_is_begun_alone_the_last_time() {
    let replica = Replica::new(&screener()).await;
    let suspect = replica.submit_file("a.txt", b"1. Introduction\n\nA road is built.").await;
    let other = replica.submit_file("b.txt", b"1. Introduction\n\nA bridge is built.").await;
    change(&replica, &suspect, ScreeningState::Pending, |work| work.attempts = MAX_ATTEMPTS - 1).await;
    let submissions = replica.start_rendering(room(), Bar::<2>::render);
    let bar = Bar::<2>;
    bar.holds(1).await;
    let (mut signs, turns) = (Signs::default(), Turns::default());
    assert_eq!(next(&submissions.shared, &mut signs, &turns).await.unwrap(), None, "nothing beside it");
    let state = async |of: &ScreeningRecord| {
        let record = replica.index.describe_screening(of.id).await.unwrap().unwrap();
        record.state
    };
    assert_eq!(state(&suspect).await, ScreeningState::Running);
    assert_eq!(state(&other).await, ScreeningState::Pending);
    drop(bar);
    for record in [&suspect, &other] {
        assert_eq!(replica.end(&submissions, record).await.state, ScreeningState::Succeeded);
    }
    submissions.stop(Duration::from_secs(60)).await;
}
