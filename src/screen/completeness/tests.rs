//! What a reviewer would object to if it went wrong: deletions, empty headings, contents pages, scans.

use std::sync::OnceLock;

use super::features::NAMES;
use super::*;
use crate::domain::document::PageState;
use crate::ingest::{Limits, read_document};

const REPORT: &str = "# Environmental assessment of a gravel pit

## 1. Purpose and need

The county needs 40,000 tons of gravel a year for road repair. The purpose of the project is to supply it.

## 2. Proposed action

The project would consist of a 12 acre pit, a portable crusher and a 600 feet long access road. Construction \
would take three months; production capacity is 40,000 tons per year. The site is located in section 14, 3 miles \
north of Millbrook, latitude 44.1021° N.

## 3. Affected environment

Annual precipitation is 14 inches. Soils are gravelly loam; groundwater stands 22 feet below the surface. \
Vegetation is sagebrush and wildlife includes mule deer. The nearest residence is 0.8 miles away; the population \
of Millbrook is 900.

## 4. Environmental consequences

Dust emissions would have a minor short-term impact on air quality. Loss of habitat on 12 acres would be a \
moderate long-term impact on mule deer. Noise levels at the nearest residence would increase to 48 dBA.

## 5. Grievance mechanism

Complaints may be lodged with the site manager by telephone or in a complaints register kept at the gate. Each \
complaint is answered in writing within ten days; the county mediates if the answer is not accepted. In 2019 four \
complaints about dust were received, and all were settled within six days.

## 6. Monitoring plan

Dust is measured quarterly at the fence and groundwater levels monthly in two wells by the county laboratory. \
Results are reported to the agency each January.

## 7. Unavoidable adverse effects

The loss of 12 acres of sagebrush cannot be avoided. Residual effects on mule deer remain after mitigation:
they last as long as the wells produce, about twenty years, and concern the winter range of some 300 animals.

## 8. References

Smith, J. 2014. Soils of the county. University Press.
Miller, A. 2018. Mule deer winter range. Journal of Wildlife 12: 3-18.
Jones, B. 2020. Gravel resources. Technical report 14.
";

fn model() -> &'static (Rulebook, CompletenessModel) {
    static MODEL: OnceLock<(Rulebook, CompletenessModel)> = OnceLock::new();
    MODEL.get_or_init(|| {
        let rulebook = Rulebook::load_builtin().unwrap();
        let model = CompletenessModel::new(&rulebook, None).unwrap();
        (rulebook, model)
    })
}

fn assess_document(document: &Document, packs: &[&str], case: &CaseFacts) -> Assessment {
    let (rulebook, model) = model();
    let sets: Vec<&RequirementSet> = packs.iter().map(|name| rulebook.set(name).unwrap()).collect();
    assess(model, document, &[], None, &sets, case)
}

fn read(text: &str) -> Document {
    read_document("report.md", text.as_bytes(), &Limits::default()).unwrap()
}

fn finding(text: &str, pack: &str, id: &str) -> CompletenessFinding {
    let assessment = assess_document(&read(text), &[pack], &CaseFacts::default());
    assessment.findings.into_iter().find(|finding| finding.requirement.0 == id).unwrap()
}

fn without(start: &str, end: &str) -> String {
    let from = REPORT.find(start).unwrap();
    let to = REPORT[from..].find(end).map_or(REPORT.len(), |at| from + at);
    format!("{}{}", &REPORT[..from], &REPORT[to..])
}

fn with_body(heading: &str, next: &str, body: &str) -> String {
    let from = REPORT.find(heading).unwrap() + heading.len();
    let to = from + REPORT[from..].find(next).unwrap();
    format!("{}\n\n{body}\n\n{}", &REPORT[..from], &REPORT[to..])
}

const SECTIONS: [(&str, &str, &str, &str); 4] = [
    ("adb", "ADB-H", "## 5. Grievance mechanism", "## 6."),
    ("us", "US-ii", "## 7. Unavoidable adverse effects", "## 8."),
    ("eu", "EU-10", "## 8. References", "## 9."),
    ("us", "US-i", "## 4. Environmental consequences", "## 5."),
];

#[test]
fn what_is_described_under_its_heading_is_present() {
    for (pack, id, _, _) in SECTIONS {
        let found = finding(REPORT, pack, id);
        assert!(matches!(found.presence, Presence::Present(_)), "{id}: {found:?}");
    }
}

#[test]
fn what_was_deleted_is_missing() {
    for (pack, id, heading, next) in &SECTIONS[..3] {
        let found = finding(&without(heading, next), pack, id);
        assert!(matches!(found.presence, Presence::Missing { .. }), "{id}: {found:?}");
    }
}

#[test]
fn a_heading_with_an_emptied_body_is_weak() {
    for (pack, id, heading, next) in &SECTIONS[..2] {
        for body in ["", "To be completed.", "See Appendix C."] {
            let found = finding(&with_body(heading, next, body), pack, id);
            assert!(matches!(found.presence, Presence::Weak(_)), "{id} {body:?}: {found:?}");
        }
    }
}

#[test]
fn words_of_a_list_of_annexes_are_not_a_chapter() {
    let (pack, id, heading, next) = SECTIONS[0];
    let text = format!(
        "{}\n## Annexes\n\n1. Maps\n2. Grievance mechanism\n3. Photographs\n",
        without(heading, next)
    );
    let found = finding(&text, pack, id);
    assert!(!matches!(found.presence, Presence::Present(_)), "{found:?}");
}

#[test]
fn a_moved_section_keeps_its_finding() {
    let text = REPORT.replace("## 5. Grievance mechanism", "## 5. Operation of the pit");
    let found = finding(&text, "adb", "ADB-H");
    assert!(!matches!(found.presence, Presence::Missing { .. }), "{found:?}");
}

#[test]
fn every_requirement_gets_one_finding_in_order_with_evidence_that_is_in_the_text() {
    let document = read(REPORT);
    let assessment = assess_document(&document, &["eu", "adb"], &CaseFacts::default());
    let (rulebook, _) = model();
    let expected: Vec<&str> = ["eu", "adb"]
        .iter()
        .flat_map(|name| &rulebook.set(name).unwrap().requirements)
        .map(|requirement| requirement.id.0.as_str())
        .collect();
    let found: Vec<&str> = assessment.findings.iter().map(|f| f.requirement.0.as_str()).collect();
    assert_eq!(found, expected);
    for finding in &assessment.findings {
        assert!((0.0..=1.0).contains(&finding.confidence));
        if let Presence::Present(evidence) | Presence::Weak(evidence) = &finding.presence {
            assert!(!evidence.is_empty());
            for quote in evidence {
                let text = quote.span.range.of(&document.text);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(text, quote.quote);
                assert!(quote.quote.chars().count() <= 400);
            }
        }
    }
}

#[test]
fn sections_name_the_elements_they_speak_of() {
    let document = read(REPORT);
    let assessment = assess_document(&document, &[], &CaseFacts::default());
    let of = |title: &str| {
        let section = document.sections.iter().find(|section| section.title == title).unwrap();
        assessment.elements.get(&section.id).cloned().unwrap_or_default()
    };
    assert_eq!(of("Grievance mechanism").first().map(|e| e.0.as_str()), Some("C28"));
    assert_eq!(of("Monitoring plan").first().map(|e| e.0.as_str()), Some("C26"));
    assert_eq!(of("References").first().map(|e| e.0.as_str()), Some("C33"));
}

#[test]
fn nothing_is_missing_from_pages_that_could_not_be_read() {
    let mut document = read(&without("## 5. Grievance mechanism", "## 6."));
    let because = NotExamined {
        reason: NotExaminedReason::NoTextLayer,
        page: Some(2),
        section: None,
        detail: Code::PagePicture.with("page", 2),
    };
    let whole = document.text.len();
    document.pages = (1..=4)
        .map(|number| crate::domain::document::Page {
            number,
            range: if number == 1 {
                crate::domain::span::TextRange::new(0, whole)
            } else {
                crate::domain::span::TextRange::new(whole, whole)
            },
            state: if number == 2 { PageState::NotExamined(because.clone()) } else { PageState::Read },
        })
        .collect();
    let assessment = assess_document(&document, &["adb"], &CaseFacts::default());
    let found = assessment.findings.iter().find(|f| f.requirement.0 == "ADB-H").unwrap();
    assert!(matches!(found.presence, Presence::NotExamined(_)), "{found:?}");
    assert_eq!(found.confidence, 0.0, "nobody can be sure of what was not read");
}

#[test]
fn nothing_is_missing_from_parts_without_pages_that_could_not_be_read() {
    let whole = read(&without("## 5. Grievance mechanism", "## 6."));
    let judged = |unread: NotExamined| {
        let mut document = whole.clone();
        document.not_examined.push(unread);
        let assessment = assess_document(&document, &["adb"], &CaseFacts::default());
        assessment.findings.into_iter().find(|f| f.requirement.0 == "ADB-H").unwrap().presence
    };
    let unread = |reason, page, detail: crate::domain::explanation::Explanation| NotExamined {
        reason,
        page,
        section: None,
        detail,
    };
    let cut = unread(NotExaminedReason::ParserFailed, None, Code::WordFileDamaged.into());
    assert!(matches!(judged(cut), Presence::NotExamined(_)));
    let beyond = unread(NotExaminedReason::LimitReached, Some(7), Code::TextBeyondLimit.with("bytes", 9));
    assert!(matches!(judged(beyond), Presence::NotExamined(_)));
    let words = unread(NotExaminedReason::UnreadableText, Some(2), Code::PageWordsUnsure.with("page", 2));
    assert!(matches!(judged(words), Presence::Missing { .. }), "a few unsure words hide no chapter");
}

#[test]
fn a_condition_that_does_not_hold_makes_a_requirement_not_applicable() {
    let (rulebook, _) = model();
    let set = rulebook.set("uz-234-draft").unwrap();
    let requirement = set.requirements.iter().find(|r| r.id.0 == "UZ-D08").unwrap();
    let crate::domain::requirement::Obligation::Conditional { fact, .. } = &requirement.obligation else {
        panic!("UZ-D08 is conditional");
    };
    let mut case = CaseFacts::default();
    case.facts.insert(fact.clone(), false);
    let assessment = assess_document(&read(REPORT), &["uz-234-draft"], &case);
    let found = assessment.findings.iter().find(|f| f.requirement.0 == "UZ-D08").unwrap();
    assert!(matches!(found.presence, Presence::NotApplicable { .. }), "{found:?}");
}

#[test]
fn a_heading_that_names_it_is_never_missing_and_the_reason_says_what_stands_below() {
    for (pack, id, heading, next) in SECTIONS.iter().filter(|(_, id, _, _)| *id != "EU-10") {
        for body in ["Not relevant here.", "To be completed at the next stage.", "See Volume 2.", "Nothing."]
        {
            let found = finding(&with_body(heading, next, body), pack, id);
            assert!(!matches!(found.presence, Presence::Missing { .. }), "{id} {body:?}: {found:?}");
            assert!(!found.reason.to_string().contains("Neither a heading"), "{id}: {}", found.reason);
        }
    }
    let title = "Analysis of possible accidents and emergencies";
    let text = format!("{REPORT}\n## 9. {title}\n\nThe site manager will see to it.\n");
    let found = finding(&text, "uz-234-draft", "UZ-D15");
    assert!(matches!(found.presence, Presence::Weak(_)), "{found:?}");
    assert!(
        found.reason.to_string().contains(title) && found.reason.to_string().contains("a line"),
        "{}",
        found.reason
    );
}

#[test]
fn a_stated_condition_is_not_called_unknown() {
    let mut case = CaseFacts::default();
    case.facts.insert("hearing_required".to_owned(), true);
    let assessment = assess_document(&read(REPORT), &["uz-234-draft"], &case);
    let found = assessment.findings.iter().find(|f| f.requirement.0 == "UZ-D08").unwrap();
    assert!(found.reason.to_string().contains("says that the condition holds"), "{}", found.reason);
    assert!(
        !found.reason.to_string().contains("not stated") && !found.reason.to_string().contains("not known"),
        "{}",
        found.reason
    );
}

#[test]
fn an_unknown_condition_loses_no_gap() {
    let found = finding(REPORT, "uz-234-draft", "UZ-D08");
    assert!(matches!(found.presence, Presence::Missing { .. }), "{found:?}");
    assert!(found.reason.to_string().contains("Due only if"), "{}", found.reason);
}

#[test]
fn the_same_document_gives_the_same_findings() {
    let document = read(REPORT);
    let first = assess_document(&document, &["eu", "us"], &CaseFacts::default());
    let second = assess_document(&document, &["eu", "us"], &CaseFacts::default());
    assert_eq!(first.findings, second.findings);
    assert_eq!(first.elements, second.elements);
}

#[test]
fn words_that_speak_together_are_found_in_any_order() {
    let (rulebook, model) = model();
    let set = rulebook.set("kz").unwrap();
    let waste = set.requirements.iter().find(|requirement| requirement.id.0 == "KZ-09").unwrap();
    let speaks = |sentence: &str| {
        let document = read(&format!("# Отчёт\n\n## Глава первая\n\n{sentence}\n"));
        !model.support(&document, set, waste).sentences.is_empty()
    };
    assert!(speaks("Порода целиком возвращается в выработанное пространство."));
    assert!(speaks("В выработанное пространство возвращается вся порода."));
    assert!(!speaks("Порода светлая, местами розоватая."));
}

#[test]
fn phrases_taken_for_unknown_leave_no_evidence() {
    let (rulebook, model) = model();
    let set = rulebook.set("adb").unwrap();
    let document = read(REPORT);
    let hidden = model.phrases_of(&document);
    let at = set.requirements.iter().position(|requirement| requirement.id.0 == "ADB-H").unwrap();
    let local = |hidden: &Hidden| {
        let features = model.collect(&document, &[], None, &[set], hidden);
        (features[at].profile.title, features[at].profile.local)
    };
    let (title, wording) = local(&Hidden::default());
    assert!(title >= 0.6 && wording > 0.0);
    assert_eq!(local(&hidden).1, 0.0);
    assert!(local(&hidden).0 < title);
}

#[test]
fn a_requirement_can_be_collected_without_its_own_headings_alone() {
    let (rulebook, model) = model();
    let set = rulebook.set("adb").unwrap();
    let document = read(REPORT);
    let place = |id: &str| set.requirements.iter().position(|requirement| requirement.id.0 == id).unwrap();
    let known = model.collect(&document, &[], None, &[set], &Hidden::default());
    let without = |text: &str| model.collect_without_own_headings(&read(text), &[], None, &[set]);
    let own = without(REPORT);
    let grievance = place("ADB-H");
    let silent = own[grievance].as_ref().unwrap();
    assert!(known[grievance].profile.title >= 0.6 && silent.profile.title == 0.0);
    assert_eq!(known[grievance].profile.total, silent.profile.total, "the wording stays");
    // The headings of one requirement are back when the next is collected.
    let others = own.iter().flatten().filter(|features| features.profile.title > 0.0).count();
    assert_eq!(others, 0, "each is collected without its own");
    let unheaded = NAMES.iter().position(|name| *name == "unheaded").unwrap();
    assert!(silent.values[unheaded] > 0.0, "the other headings still say that the report is in order");
    let headless = REPORT.replace("## 5. Grievance mechanism", "## 5. Further");
    assert_eq!(without(&headless)[grievance], None, "no heading names it");
    let bare = REPORT.replace("Complaints may be lodged", "## 6. Further\n\nComplaints may be lodged");
    assert_eq!(without(&bare)[grievance], None, "the heading is all there is");
}

#[test]
fn a_run_in_title_heads_the_whole_of_its_paragraph() {
    let (_, model) = model();
    let sentences: Vec<String> = (1..=9).map(|well| format!("Well {well} is read each month.")).collect();
    let text = format!(
        "# Gravel pit\n\nThe pit supplies the county.\n\nMonitoring plan. {} The laboratory is accredited.\n\n\
         Nothing else is planned.\n",
        sentences.join(" ")
    );
    let document = read(&text);
    let reading = Reading::new(&document, &model.subjects);
    let subject = model.subjects.element(&ElementId("C26".to_owned())).unwrap();
    let found = reading.titles[subject as usize].iter().find(|found| !found.is_heading).unwrap();
    let below: Vec<&str> =
        reading.units.units[found.units.clone()].iter().map(|unit| unit.range.of(&document.text)).collect();
    assert!(below.iter().any(|text| text.contains("accredited")), "{below:?}");
    assert!(!below.iter().any(|text| text.contains("Nothing else")), "{below:?}");
}

#[test]
fn a_single_word_that_no_list_has_is_no_run_in_title() {
    let (_, model) = model();
    let subject = model.subjects.element(&ElementId("C23".to_owned())).unwrap() as usize;
    let names = |beginning: &str| {
        let text = format!(
            "# Gravel pit\n\nEffects are rated by their size.\n\n{beginning}. The change would be lasting and \
             would be noticed by visitors.\n"
        );
        let document = read(&text);
        !Reading::new(&document, &model.subjects).titles[subject].is_empty()
    };
    assert!(!model.subjects.title_words.strengths("Major", Some(Language::English)).is_empty());
    assert!(!names("Major"));
    assert!(names("Disasters and accidental releases"));
}

#[test]
fn entries_that_repeat_headings_with_the_word_for_a_chapter_are_contents() {
    let chapters = ["Why it is proposed", "The site today", "Effects", "Coordination"];
    let entries: Vec<String> =
        chapters.iter().enumerate().map(|(at, title)| format!("- Chapter {} {title}", at + 1)).collect();
    let bodies: Vec<String> = chapters
        .iter()
        .enumerate()
        .map(|(at, title)| {
            format!("## Chapter {} {title}\n\nThe pit lies north of the town of Millbrook.", at + 1)
        })
        .collect();
    let text = format!(
        "# Gravel pit\n\nThe county plans a gravel pit.\n\n{}\n- Chapter 5 List of preparers\n- Grievance mechanism\n\n{}\n",
        entries.join("\n"),
        bodies.join("\n\n")
    );
    for (pack, id) in [("us", "US-F9"), ("adb", "ADB-H")] {
        let found = finding(&text, pack, id);
        assert!(matches!(found.presence, Presence::Missing { .. }), "{id}: {found:?}");
    }
}

#[test]
fn a_formal_sentence_below_a_heading_is_weak() {
    let (pack, id, heading, next) = SECTIONS[0];
    for body in [
        "All necessary measures will be taken in line with the legislation in force and good practice of the branch.",
        "The requirements of the law on the handling of complaints will be observed by the operator of the gravel pit.",
    ] {
        let found = finding(&with_body(heading, next, body), pack, id);
        assert!(matches!(found.presence, Presence::Weak(_)), "{body:?}: {found:?}");
    }
}

#[test]
fn limits_of_its_own_decide_in_place_of_the_calibrated_ones() {
    let (rulebook, model) = model();
    let (pack, id, _, _) = SECTIONS[0];
    let with_limits = |thresholds| {
        let mut set = rulebook.set(pack).unwrap().clone();
        let requirement = set.requirements.iter_mut().find(|own| own.id.0 == id).unwrap();
        requirement.thresholds = thresholds;
        let assessment = assess(model, &read(REPORT), &[], None, &[&set], &CaseFacts::default());
        assessment.findings.into_iter().find(|finding| finding.requirement.0 == id).unwrap().presence
    };
    assert!(matches!(with_limits(None), Presence::Present(_)));
    let strict = with_limits(Some(Thresholds { present: 1.0, weak: 0.1 }));
    assert!(matches!(strict, Presence::Weak(_)), "{strict:?}");
    let half = Probabilities { missing: 0.5, weak: 0.2, present: 0.3 };
    assert_eq!(model.calibration.decide(half), Outcome::Missing);
    for (present, weak, expected) in
        [(0.3, 0.1, Outcome::Present), (0.7, 0.5, Outcome::Weak), (0.7, 0.6, Outcome::Missing)]
    {
        assert_eq!(by_own_limits(Thresholds { present, weak }, half), expected);
    }
}
