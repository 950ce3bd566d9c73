//! How are names of projects and works written, and which words tell whose they are? Patterns and word lists of
//! [`super::names`].

use std::sync::LazyLock;

use regex::Regex;

/// A pattern for names and the words without which it cannot match.
pub(super) struct Naming {
    pub needs: &'static [&'static str],
    pub pattern: Regex,
    /// Such a name counts by itself, and not only where a clause says what is done with what comes from there.
    pub is_project: bool,
}

pub(super) static NAMINGS: LazyLock<[Naming; 8]> = LazyLock::new(|| {
    let with = |is_project, needs, pattern: &str| Naming {
        needs,
        pattern: Regex::new(pattern).expect("the patterns are constants, compiled by the tests"),
        is_project,
    };
    let naming = |needs: &'static [&'static str], pattern: &str| with(true, needs, pattern);
    let works = |needs: &'static [&'static str], pattern: &str| with(false, needs, pattern);
    [
        naming(
            &[
                "Project",
                "Mine",
                "Quarry",
                "Landfill",
                "Farm",
                "Plant",
                "Pipeline",
                "Reservoir",
                "project",
                "mine",
                "quarry",
                "landfill",
                "plant",
                "pipeline",
            ],
            r"\b(?P<name>(?:[A-Z][a-z’'-]+\s){1,3})(?:(?:Gold|Solar|Wind|Copper|Coal|Gas|Cement|Power|Ore|Processing|Hydropower)\s)?(?:Project|Mine|Quarry|Landfill|Farm|Plant|Pipeline|Reservoir|project|mine|quarry|landfill|plant|pipeline)\b",
        ),
        naming(
            &["«", "“", "\""],
            r"(?:[Пп]роект|[Кк]арьер|[Зз]авод|[Оо]бъект|[Мм]есторождени|[Фф]абрик|[Кк]омбинат|[Кк]омплекс|ООО|АО|СП)[а-я]{0,4}\s*[«“\x22](?P<name>[^»“”\x22\n]{3,40})[»”\x22]",
        ),
        naming(
            &["»", "”", "\""],
            r"[«“\x22](?P<name>[^»“”\x22\n]{3,40})[»”\x22]\s*(?:MCHJ|zavodi|loyihasi|karyeri|korxonasi|fermasi|koni|fabrika|kombinat|majmua|МЧЖ|заводи|лойиҳаси|карьери|корхонаси|фермаси|кони|фабрика|комбинат|мажмуа)",
        ),
        naming(
            &["Mill", "Factory", "Complex", "Smelter", "Refinery", "Terminal", "Depot", "Brewery"],
            r"\b(?P<name>(?:[A-Z][a-z’'-]+\s){1,3})(?:Mill|Factory|Complex|Smelter|Refinery|Terminal|Depot|Brewery)\b",
        ),
        naming(
            &["단지", "발전소", "골프장", "매립장", "채석장", "사업"],
            r"(?P<name>[가-힣]{2,10}) ?(?:물류단지|산업단지|태양광발전소|풍력발전단지|골프장|매립장|채석장|발전소|준설사업|조성사업|개발사업)",
        ),
        works(
            &[
                "Works", "Station", "Hatchery", "Tannery", "Foundry", "Dairy", "Abattoir", "Feedlot",
                "Winery", "Park",
            ],
            r"\b(?P<name>(?:[A-Z][a-z’'-]+\s){1,3})(?:Works|(?:Power|Pumping|Compressor|Filling) Station|Hatchery|Tannery|Foundry|Dairy|Abattoir|Feedlot|Winery|(?:Industrial|Logistics|Business|Wind) Park)\b",
        ),
        works(
            &["«", "“", "\""],
            r"(?:[Сс]танци|[Фф]ерм|[Рр]удник|[Шш]ахт|[Пп]олигон|[Хх]озяйств|[Пп]редприяти|[Тт]ерминал)[а-я]{0,4}\s*[«“\x22](?P<name>[^»“”\x22\n]{3,40})[»”\x22]",
        ),
        works(
            &["처리시설", "처리장", "자원화시설", "공장", "농장"],
            r"(?P<name>[가-힣]{2,6}) (?:가축분뇨|축산폐수|음식물|도축|도계|염색|제련|제지|레미콘|아스콘|시멘트|양돈|양계|생활폐기물) ?(?:처리시설|처리장|자원화시설|공장|농장)",
        ),
    ]
});

/// The sentence speaks of the project itself.
pub(super) const OWN: [&str; 20] = [
    "proposed",
    "this project",
    "will be",
    "would be",
    "is planned",
    "the project",
    "проектом",
    "проектируем",
    "намечаем",
    "планируе",
    "предусм",
    "будет",
    "loyiha",
    "rejalashtir",
    "quriladi",
    "лойиха",
    "режалаштир",
    "курилади",
    "본 사업",
    "계획",
];

/// The sentence speaks of something else on purpose.
pub(super) const OTHER: [&str; 26] = [
    "adjacent",
    "neighbour",
    "neighbor",
    "nearby",
    "similar",
    "other",
    "existing",
    "cumulative",
    "compared",
    "previous",
    "km ",
    "соседн",
    "аналог",
    "существующ",
    "ранее",
    "сравнени",
    "близлежащ",
    "qoʻshni",
    "qo'shni",
    "mavjud",
    "oʻxshash",
    "кушни",
    "мавжуд",
    "인근",
    "기존",
    "유사",
];

/// What the report answers for: said to come from somewhere else, it was copied.
pub(super) const ANSWERED_FOR: [&str; 28] = [
    "leachate",
    "wastewater",
    "waste water",
    "sewage",
    "effluent",
    "emissions",
    "dust",
    "staff",
    "personnel",
    "workers",
    "employees",
    "персонал",
    "работник",
    "сотрудник",
    "сточн",
    "выброс",
    "фильтрат",
    "oqova suv",
    "xodim",
    "ishchi",
    "chiqindi",
    "окова сув",
    "ходим",
    "ишчи",
    "чикинди",
    "오수",
    "폐수",
    "훼손",
];

/// The name is where something comes from.
pub(super) static ORIGIN: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    // Before the name `of the`; after it a genitive or locative, or `because of the project`. Russian has neither
    // preposition nor ending on a name in quotation marks.
    let before =
        r"(?:\b(?:of|from) (?:the )?$)|(?:(?:ого|ой|а|я|ов)(?:\s+\p{Ll}+(?:ого|ой|а|я))?\s*[«“\x22]$)";
    let after =
        r"^(?:[»”\x22]?\s*\p{L}*(?:ning|нинг|sida|сида)\b|[가-힣 ]*?(?:으로 인하여|의 시행으로|의 운영으로))";
    [before, after]
        .map(|pattern| Regex::new(pattern).expect("the patterns are constants, compiled by the tests"))
});

/// The name is that of a genitive behind what comes from there, and the clause says what is done with it.
pub(super) static HANDLED: LazyLock<[Clause; 3]> = LazyLock::new(|| {
    let clause = |before: &str, after: &str, sections| Clause {
        before: Regex::new(before).expect("the patterns are constants, compiled by the tests"),
        after: Regex::new(after).expect("the patterns are constants, compiled by the tests"),
        sections,
    };
    [
        clause(
            r"(?:^|[^\p{L}-])(?:storm ?water|rain ?water|run-?off|leachate|waste ?water|sewage|effluent|emissions|dust|noise|odou?rs?|smell|waste|refuse|rubbish|sludge|spoil|staff|personnel|workers|employees|operators|drivers|guards) (?:from|of|at) (?:the )?$",
            r"^[^.;:,|]{0,50}? (?:will be|is|are|shall be|must be) (?:\p{L}+ly )?(?:led|collected|treated|taught|trained|instructed|briefed|drained|piped|pumped|hauled|removed|stored|kept|handed|discharged|disposed|sprayed|settled|captured|screened|sampled|sorted|equipped|reduced|limited)\b",
            &[],
        ),
        // Russian says by the case alone what comes from where: only under a heading that speaks of it.
        clause(
            r"^(?:\p{L}+ ){1,4}\p{L}*(?:завода|комбината|фабрики|комплекса|хозяйства|предприятия|фермы|рудника|шахты|станции|терминала)\s*[«“\x22]$",
            r"^[»”\x22]?\s*(?:буд[уе]т )?(?:\p{L}+о )?(?:вывоз|направля|собира|отвод|сбрасыва|очища|складиру|утилизиру|обезврежива|хранятся|отстаива|накаплива|обуча|проход[ия]т (?:инструкт|обучен))",
            &["отход", "сточн", "стоки", "водоотвед", "выброс", "персонал", "мероприят", "меры"],
        ),
        clause(
            r"^$",
            r"^ (?:가축분뇨|축산폐수|음식물|도축|도계|염색|제련|제지|레미콘|아스콘|시멘트|양돈|양계|생활폐기물) ?(?:처리시설|처리장|자원화시설|공장|농장)(?:에서 (?:발생|배출)[가-힣]{1,3} |의 )(?:악취|오수|폐수|폐기물|침출수|소음|분진|비산먼지|배출가스|슬러지)[^.]{0,60}?(?:줄이|줄인|저감|처리|수거|이송|포집)",
            &[],
        ),
    ]
});

/// What stands around a name whose waste or staff the report answers for.
pub(super) struct Clause {
    pub before: Regex,
    pub after: Regex,
    /// One of these stands in the headings above, if there are any.
    pub sections: &'static [&'static str],
}

/// Prepositions that make the name the place where something goes to or comes from.
pub(super) const TO_OR_FROM: [&str; 10] =
    [" на ", " в ", " с ", " со ", " к ", " от ", " для ", " из ", " по ", " у "];

/// What is used is bought, whoever it came from.
#[rustfmt::skip]
pub(super) const USED: &[&str] = &[
    "raw material", "feedstock", "as fuel", "used as", "used for", "used in", "bought", "purchased", "сырь", "в качестве",
    "используе", "используют", "закупа", "xomashyo", "sifatida", "хомаше", "сифатида", "원료", "재활용",
];

/// Headings of sections on what stands around, what was before, and what others did.
#[rustfmt::skip]
pub(super) const ELSEWHERE: &[&str] = &[
    "existing", "baseline", "setting", "surroundings", "background", "cumulative", "alternativ", "reference", "experience",
    "neighbour", "существующ", "состояние", "фоновы", "кумулятив", "альтернатив", "литератур", "опыт", "аналог",
    "mavjud", "holati", "muqobil", "adabiyot", "tajriba", "мавжуд", "холати", "мукобил", "адабиет", "тажриба",
    "현황", "누적", "대안", "주변", "문헌", "사례",
];

/// Words before the name of works that name nothing.
#[rustfmt::skip]
pub(super) const NAMELESS: &[&str] = &[
    "public", "city", "municipal", "regional", "local", "state", "federal", "central", "main", "town", "county", "district",
    "water", "sewage", "waste", "civil", "site", "road", "자체", "신설", "공공", "개별", "각종", "모든", "해당", "당해", "운영",
    "계획", "설치", "별도", "위탁", "사업", "단지", "지역", "대상", "부지",
];

/// Ends of Korean words that are no names: `단지내`, `운영시`.
pub(super) const PARTICLES: [char; 16] =
    ['내', '중', '시', '용', '형', '에', '의', '는', '은', '된', '한', '할', '로', '및', '등', '각'];

/// Words that begin a sentence or stand in any name.
pub(super) const COMMON: [&str; 16] = [
    "the",
    "this",
    "proposed",
    "existing",
    "new",
    "a",
    "an",
    "treatment",
    "wastewater",
    "power",
    "our",
    "each",
    "such",
    "that",
    "environmental",
    "national",
];
