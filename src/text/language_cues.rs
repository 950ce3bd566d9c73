//! Which words and endings give a language away? The lists behind [`super::language`].
//!
//! Words are folded; Uzbek Cyrillic lists hold the spelling without ў қ ғ ҳ, because the text is brought to
//! it before comparison.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Points of a word for the languages of its script.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cue {
    /// For the first language of the script, English or Russian.
    pub(super) first: i32,
    /// For any language the service does not read.
    pub(super) foreign: i32,
}

/// Words of the Cyrillic lists but for Uzbek, which is compared by its Latin key.
pub(super) static CYRILLIC_CUES: LazyLock<HashMap<&str, Cue>> = LazyLock::new(|| {
    let mut cues: HashMap<&str, Cue> = HashMap::new();
    for word in RUSSIAN_WORDS.split(' ') {
        // One letter is little evidence.
        cues.entry(word).or_default().first = if word.chars().count() == 1 { 1 } else { 2 };
    }
    for word in FOREIGN_CYRILLIC.split(' ') {
        cues.entry(word).or_default().foreign = 2;
    }
    cues
});

/// Words of the Latin lists but for Uzbek.
pub(super) static LATIN_CUES: LazyLock<HashMap<&str, Cue>> = LazyLock::new(|| {
    let mut cues: HashMap<&str, Cue> = HashMap::new();
    for word in ENGLISH_TOPICS.split(' ') {
        cues.entry(word).or_default().first = 1;
    }
    for word in ENGLISH_WORDS.split(' ') {
        cues.entry(word).or_default().first = 2;
    }
    for word in FOREIGN_LATIN.split(' ') {
        cues.entry(word).or_default().foreign = 2;
    }
    cues
});

pub(super) static UZBEK_KEYS: LazyLock<HashSet<&str>> = LazyLock::new(|| UZBEK_WORDS.split(' ').collect());

/// Uzbek words from four letters on, as they look when typed without ў қ ғ ҳ.
pub(super) static UZBEK_TYPED: LazyLock<HashSet<String>> =
    LazyLock::new(|| UZBEK_WORDS.split(' ').filter(|word| word.len() >= 3).map(typed_class).collect());

/// Letters that the missing keys make alike, as one.
pub(super) fn typed_class(key: &str) -> String {
    key.replace('o', "u").replace('q', "k").replace('h', "x").replace("sx", "sh").replace("cx", "ch")
}

/// Endings of Russian words that Uzbek loanwords do not share.
pub(super) const RUSSIAN_ENDINGS: &str = "\
    ение ения ению ением ание ания анию анием ость ости остью ого его ому ая яя ое ее ой ей ый \
    ые ых ых их ие ии ую ться ется ются ами ями ах ях ов ев ство ства ский ские ных ный ные ная \
    ного ции цию ены ено ена ован ать ить ить ьный";

/// Endings of Uzbek words in Cyrillic letters.
pub(super) const UZBEK_ENDINGS_CYRILLIC: &str = "\
    лар лари ларни ларнинг ларда лардан ларга ларини ларининг нинг даги гача моқда мокда ган қан \
    ади япти диган иши иш ишни лиги лик сида сидан сига сини сининг идан ида ини имиз маган \
    майди мас сиз син дир чилик увчи хона атлар аси еси яси";

/// Endings of Bulgarian words.
pub(super) const BULGARIAN_ENDINGS: &str = "\
    ите ията ването ането ският";

/// Endings of English words.
pub(super) const ENGLISH_ENDINGS: &str = "\
    tion tions ment ments ing ness ity ities able ible ed ly ance ence ous ical ship ings ies \
    ward land lands ways ers ful less";

/// Endings of Uzbek words as Latin keys.
pub(super) const UZBEK_ENDINGS: &str = "\
    lar lari larni larning larda lardan larga larini larining ning dagi gacha moqda gan adi \
    digan ishi ish ishni ligi lik sida sidan siga sini sining idan ida ini magan maydi masligi \
    siz dir chilik uvchi xona asi iladi ilgan langan lanadi shdi";

/// Function words of English that other languages do not share.
const ENGLISH_WORDS: &str = "\
    the of and to is are was were that with by this which would will be been from have has had \
    not or it its their these there than if any should shall may could can other within between \
    such where when all into under during no for at on as an in does do our we they who what \
    near about without per";

/// Words of English reports; weaker than function words.
const ENGLISH_TOPICS: &str = "\
    environmental impact assessment project water air soil waste area areas site species \
    wildlife habitat public land management plan measures proposed action alternatives effects \
    affected environment emissions noise dust groundwater surface river road mine mining health \
    safety cultural resources summary introduction conclusion conclusions references appendix \
    annex table figure map section chapter monitoring mitigation baseline climate greenhouse gas \
    protected hazardous description legal framework hearing hearings decision record grazing \
    permit vegetation use no hazards risk list purpose need background scope methodology quality \
    contents executive consequences preparers state data energy plant construction operation \
    closure facility district office acres feet";

/// Function words of other languages in Latin letters: German, Dutch, Romance, Turkic, Slavic, Nordic,
/// Indonesian, Vietnamese, Swahili.
const FOREIGN_LATIN: &str = "\
    der die das und ist nicht mit von den im ein eine einer auf werden wird des dem zu sich bei \
    durch het een van zijn voor niet oder aus \
    le la les et est dans pour que une du sur par avec sont au aux el los las en por con una del \
    se para es il di che della delle sono nel per gli dei os da dos das em com não uma si este \
    sunt pe cu quod ad cum qui dolor ipsum ce ne pas ou un al ed \
    ve bir bu ile için icin olarak olan daha olup göre və üçün ilə bilen üçin we hem jäne hám \
    menen ushın boyınsha tarafından vardır edilir olmuştur \
    nie się jest na oraz przez je pro jsou za su og av och att det som er til på ja ei dan yang \
    untuk dengan dari pada các của và kwa ya wa";

/// Uzbek words as apostrophe-free Latin keys that neither English nor Turkish share.
const UZBEK_WORDS: &str = "\
    va bilan uchun ham emas mavjud yoq bolgan boladi bolib boyicha togrisida haqida yoki lekin \
    ammo biroq kerak lozim mumkin ushbu mazkur orqali hamda qilish qilingan qilinadi etish \
    etiladi etilgan etiladigan etilmaydi asosida yaqin eng barcha har ularning uning shu bolsa \
    esa kiritilgan tomonidan natijasida davomida uchramaydi shuningdek loyiha loyihaning hudud \
    hududi hududida hududidan chiqindi chiqindilar chiqindilarni suv suvi suvlari havo havosi \
    tuproq muhit atrof tasir tasiri tasirini ekologik xulosa xulosalar kirish ilova ilovalar \
    aholi daryo yer yerlar korxona tabiat tabiiy muhofaza muhofazasi zonasi qilib qarori qonun \
    xavf xavfi xavfli sanitariya himoya yil yili davlat ekspertizasi jamoatchilik eshituvlari \
    eshituvi rejasi holati baholash tahlili royxati malumot malumotlar umumiy tavsifi joylashuvi \
    yuqori kamaytirish yollari manbalari sifati darajasi kop soatiga ishlab chiqarish qurilish \
    inshooti shovqin tashlamalar oqova chang iqlim qizil kitob kitobga turlar masofada \
    joylashgan kuzatilmaydi oshish olib qoyiladi moddalar choralari tadbirlari dunyosi osimlik \
    hayvonot variantlar muqobil yerosti osti togri mazmuni qisqacha meyoriy hujjatlar manbai \
    ombori yigindisi mahsulot nazarda tutilgan tutilmagan tarixiy madaniy qayta kiritish";

/// Words of Russian that Uzbek, Kazakh and Bulgarian text does not have.
const RUSSIAN_WORDS: &str = "\
    и в не с к из от для при что или это как по на за до но о об их также был была были будет \
    которые который которая если только после между через является являются отсутствуют \
    отсутствует нет без вне под над его все более менее вода воды вод почвы отходы отходов \
    воздуха среды среду объекта проекта введение заключение выводы приложения приложение оценка \
    мероприятия общие сведения работы земли выбросы сбросы население описание охрана природы \
    года литература переселение источники";

/// Words of other languages in Cyrillic letters: Bulgarian, Macedonian, Serbian, Tajik, Kazakh, Kyrgyz,
/// Mongolian, Tatar, Ukrainian, Belarusian.
const FOREIGN_CYRILLIC: &str = "\
    се са ще със във тази този това като които който която бъде съм сме беше няма чрез върху од \
    ќе дека што како није су је који која које се бити овај \
    дар аз ба барои аст ки ин мебошад бо онҳо мешавад шудааст кардан буда хоҳад ҳамчун оид \
    мекунад намудани лоиҳаи таъсири муҳити обҳои \
    және үшін бойынша туралы болып табылады жана менен боюнча үчүн болгон болот сондай ақ жоба \
    жобаның ретінде нь байна болон юм һәм белән өчен \
    та що від які який це або також його її гэта што ад якія навколишнього середовища";
