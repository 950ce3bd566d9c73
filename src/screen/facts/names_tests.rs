//! Which names are those of another project?

use super::check;
use crate::screen::facts::tests::document;

/// How many names are foreign in a report on a hatchery that says this under a heading.
fn foreign(heading: &str, said: &str) -> usize {
    let own: &[&str] = &[
        "The hatchery at Pine Fork has twelve covered raceways.",
        "Four raceways are added; the work takes seven months and is done by day.",
    ];
    let sections: [(&str, &[&str]); 4] =
        [("Pine Fork hatchery", own), ("2. Site", own), (heading, &[said]), ("4. End", own)];
    check(&document(&sections)).len()
}

#[test]
fn what_comes_from_other_works_and_is_handled_as_our_own_was_copied() {
    for (heading, said) in [
        ("3. Work", "Stormwater from the Red Hollow Solar Project will be led to a lined basin."),
        ("3. Work", "Training | workers of the Sarbon Glass Works are taught to handle spills | engineer"),
        ("3. Work", "Odours from the Upper Vale Tannery are captured under a roof."),
        ("3. Отходы", "Жмых и шелуха маслозавода «Зафар Ёғ» вывозятся по договору с фермерами."),
        ("3. Меры", "Работники рудника «Зафар» проходят инструктаж два раза в год."),
        ("3. 악취", "은솔 가축분뇨 처리시설에서 발생하는 악취는 밀폐와 세정탑으로 줄인다."),
    ] {
        assert_eq!(foreign(heading, said), 1, "{said}");
    }
}

#[test]
fn neighbours_suppliers_partners_and_own_works_are_left_alone() {
    for (heading, said) in [
        ("3. Work", "Stormwater from the nearby Red Hollow Solar Project will be led to a lined basin."),
        ("3. Cumulative effects", "Stormwater from the Red Hollow Solar Project will be led to a basin."),
        ("3. Work", "Stormwater will be led to the basin of the Red Hollow Solar Project."),
        ("3. Work", "Waste from the Sarbon Glass Works is collected and used as raw material."),
        ("3. Work", "Staff of the County Public Works are trained in first aid."),
        ("3. Work", "Staff of the Sarbon Glass Works came to the hearing."),
        ("3. Work", "Effluent from the Pine Fork Works is collected."),
        (
            "3. Work",
            "Workers of the Sarbon Glass Works are taught to handle spills. The village of Sarbon is far.",
        ),
        ("3. Сырьё", "Жмых и шелуха маслозавода «Зафар Ёғ» вывозятся по договору с фермерами."),
        ("3. Отходы", "Отходы вывозятся на полигон «Зафар» по договору."),
        ("3. Отходы", "Жмых маслозавода «Зафар Ёғ» собирается и используется на корм."),
        ("3. 악취", "인근 은솔 가축분뇨 처리시설에서 발생하는 악취는 세정탑으로 줄인다."),
        ("3. 악취", "단지내 음식물 처리시설에서 발생하는 악취는 세정탑으로 줄인다."),
        ("3. 악취 현황", "은솔 가축분뇨 처리시설에서 발생하는 악취는 세정탑으로 줄인다."),
    ] {
        assert_eq!(foreign(heading, said), 0, "{heading}: {said}");
    }
}
