//! One quantity in two sections, told from two quantities that look alike.

use super::figures::check;
use super::tests::document;
use crate::domain::fact::InconsistencyKind;

fn found(first: &str, second: &str) -> usize {
    let sections: [(&str, &[&str]); 2] = [("1. Project", &[first]), ("2. Effects", &[second])];
    let found = check(&document(&sections));
    assert!(found.iter().all(|one| one.kind == InconsistencyKind::Quantity && one.evidence.len() == 2));
    found.len()
}

#[test]
fn a_quantity_of_the_same_words_and_another_value_is_told() {
    for (first, second) in [
        (
            "The kiln burns 4,200 t of petroleum coke a year.",
            "Sulphur comes from the 2,400 t of petroleum coke burned in the kiln each year.",
        ),
        (
            "The permanent fill in the marsh is 0.18 acre.",
            "Credits are bought for the permanent marsh fill of 0.42 acre.",
        ),
        ("The stack will reach a height of 64 m.", "Dispersion was computed for a stack height of 46 m."),
        (
            "В котельной сжигается 3,6 тыс. т мазута в год.",
            "Выбросы рассчитаны на годовой расход 6,3 тыс. т мазута в котельной.",
        ),
        (
            "Loyiha boʻyicha sexda yiliga 1 260 t quruq goʻng hosil boʻladi.",
            "Sexda hosil boʻladigan yillik 1 620 t quruq goʻng uchun ombor quriladi.",
        ),
        (
            "Ҳовлидаги цех кунига 320 м³ ичимлик сув ишлатади.",
            "Цехнинг кунлик 230 м³ ичимлик сув сарфи бўйича ҳисоб тузилди.",
        ),
        (
            "운영 시 단지에서 발생하는 오수량은 하루 420㎥로 산정되었다.",
            "단지의 운영 시 오수량 240㎥/일을 처리할 수 있다.",
        ),
    ] {
        assert_eq!(found(first, second), 1, "{first} / {second}");
    }
}

#[test]
fn what_explains_a_difference_keeps_quiet() {
    let said = "The kiln burns 4,200 t of petroleum coke a year.";
    for (first, second) in [
        (said, "The kiln burns 4,150 t of petroleum coke a year."),
        (said, "The kiln burns 11.5 t of petroleum coke a day."),
        (said, "The kiln burns 2,400 t of petroleum coke a year in the first stage."),
        (said, "The rejected variant burns 2,400 t of petroleum coke a year in the kiln."),
        (said, "The neighbouring kiln burns 2,400 t of petroleum coke a year."),
        (said, "The kiln burns up to 5,000 t of petroleum coke a year."),
        (said, "Before, the kiln burned 5,000 t of petroleum coke a year."),
        (said, "Each kiln line burns 2,100 t of petroleum coke a year."),
        (said, "During construction the kiln burns 2,400 t of petroleum coke a year."),
        (said, "The kiln burns 2,400 to 5,000 t of petroleum coke a year."),
        (said, "Of the petroleum coke of the kiln 2,400 t a year come by rail and 1,800 t by road."),
        (said, "The works burns 2,400 t of diesel oil in its lorries a year."),
        (
            "The pond takes 58 ha of wet meadow.",
            "The 58 ha of wet meadow are replaced by 87 ha of wet meadow.",
        ),
        (
            "The boiler house emits 3.2 t of nitrogen oxides per year.",
            "The dryer emits 2.1 t of nitrogen oxides per year.",
        ),
        (
            "The water pipe is laid in a trench at a depth of 1.7 m.",
            "The cable is laid in a trench at a depth of 0.9 m.",
        ),
        (
            "В котельной сжигается 120 т дизельного топлива в год.",
            "Генератор сжигает 75 т дизельного топлива в год.",
        ),
        ("The fence stands 640 m from the orchard.", "The fence stands 900 m from the orchard."),
        ("Участок: пруд занимает 3,2 га луга.", "Пруд другого предприятия занимает 2,1 га луга."),
        ("공사 인부의 오수 발생량은 하루 24㎥이다.", "인부의 오수 발생량은 하루 42㎥이다."),
    ] {
        assert_eq!(found(first, second), 0, "{first} / {second}");
    }
}

#[test]
fn one_section_and_series_of_three_say_nothing() {
    let lines: [&str; 2] = [
        "The kiln burns 4,200 t of petroleum coke a year.",
        "The kiln burns 2,400 t of petroleum coke a year.",
    ];
    assert!(check(&document(&[("1. Fuel", &lines)])).is_empty());
    let third: [&str; 1] = ["The kiln burns 3,300 t of petroleum coke a year."];
    let series: [(&str, &[&str]); 3] = [("1. A", &lines[..1]), ("2. B", &lines[1..]), ("3. C", &third)];
    assert!(check(&document(&series)).is_empty());
    let under: [(&str, &[&str]); 2] = [("1. Fuel", &lines[..1]), ("2. Alternatives", &lines[1..])];
    assert!(check(&document(&under)).is_empty());
}
