//! What the server has acknowledged, and whether it is all there afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use eia_screen::rpc::v1::screening::State;

use super::calls::Client;

/// What was acknowledged: submissions, screenings with their reports, verdicts.
#[derive(Default)]
pub struct Acknowledged(Mutex<BTreeSet<String>>);

impl Acknowledged {
    /// Notes a submission.
    pub fn submission(&self, name: &str) {
        self.note(format!("submission {name}"));
    }

    /// Notes a screening that was answered with its report.
    pub fn screening(&self, name: &str) {
        self.note(format!("screening {name}"));
    }

    /// Notes a verdict about a screening.
    pub fn verdict(&self, screening: &str, name: &str) {
        self.note(format!("verdict {screening} {name}"));
    }

    fn note(&self, line: String) {
        self.0.lock().expect("nothing panics while it holds the lock").insert(line);
    }

    /// Returns the lines, one for each.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().expect("nothing panics while it holds the lock").iter().cloned().collect()
    }
}

/// Looks for everything that was acknowledged; returns the outcomes with their numbers and what is lost.
pub async fn check(client: &Client, lines: &[String]) -> (BTreeMap<String, usize>, Vec<String>) {
    let (mut outcomes, mut lost) = (BTreeMap::<String, usize>::new(), Vec::new());
    let mut verdicts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (outcome, is_there) = match words.as_slice() {
            [kind @ "submission", name] | [kind @ "screening", name] => {
                let found =
                    if *kind == "screening" { client.get(name).await } else { client.follow(name).await };
                match found {
                    Ok(screening) => {
                        let there = screening.state() == State::Succeeded && screening.report.is_some();
                        (format!("{kind}: {:?}", screening.state()), there)
                    }
                    Err(status) => (format!("{kind}: {:?}", status.code()), false),
                }
            }
            ["verdict", screening, name] => {
                if !verdicts.contains_key(*screening) {
                    let all = client.verdicts(screening).await.unwrap_or_default();
                    verdicts.insert((*screening).to_owned(), all.into_iter().collect());
                }
                let there = verdicts[*screening].contains(*name);
                (format!("verdict: {}", if there { "there" } else { "lost" }), there)
            }
            _ => (format!("not understood: {line}"), false),
        };
        *outcomes.entry(outcome).or_default() += 1;
        if !is_there {
            lost.push(line.clone());
        }
    }
    (outcomes, lost)
}
