//! Which words and endings give a language away? The lists behind [`super::language`].
//!
//! Words are folded; Uzbek Cyrillic lists hold the spelling without ў қ ғ ҳ, because the text is brought to
//! it before comparison.

/// Function words of English that other languages do not share.
pub(super) const ENGLISH_WORDS: &[&str] = &[
    "the", "of", "and", "to", "is", "are", "was", "were", "that", "with", "by", "this", "which", "would", "will",
    "be", "been", "from", "have", "has", "had", "not", "or", "it", "its", "their", "these", "there", "than", "if",
    "any", "should", "shall", "may", "could", "can", "other", "within", "between", "such", "where", "when", "all",
    "into", "under", "during", "no", "for", "at", "on", "as", "an", "in", "does", "do", "our", "we", "they", "who",
    "what", "near", "about", "without", "per",
];

/// Words of English reports; weaker than function words.
pub(super) const ENGLISH_TOPICS: &[&str] = &[
    "environmental", "impact", "assessment", "project", "water", "air", "soil", "waste", "area", "areas", "site",
    "species", "wildlife", "habitat", "public", "land", "management", "plan", "measures", "proposed", "action",
    "alternatives", "effects", "affected", "environment", "emissions", "noise", "dust", "groundwater", "surface",
    "river", "road", "mine", "mining", "health", "safety", "cultural", "resources", "summary", "introduction",
    "conclusion", "conclusions", "references", "appendix", "annex", "table", "figure", "map", "section", "chapter",
    "monitoring", "mitigation", "baseline", "climate", "greenhouse", "gas", "protected", "hazardous", "description",
    "legal", "framework", "hearing", "hearings", "decision", "record", "grazing", "permit", "vegetation", "use",
    "no", "hazards", "risk", "list", "purpose", "need", "background", "scope", "methodology", "quality", "contents",
    "executive", "consequences", "preparers", "state", "data", "energy", "plant", "construction", "operation", "closure", "facility", "district", "office", "acres", "feet",
];

/// Function words of other languages in Latin letters.
pub(super) const FOREIGN_LATIN: &[&str] = &[
    // German, Dutch
    "der", "die", "das", "und", "ist", "nicht", "mit", "von", "den", "im", "ein", "eine", "einer", "auf", "werden",
    "wird", "des", "dem", "zu", "sich", "bei", "durch", "het", "een", "van", "zijn", "voor", "niet", "oder", "aus",
    // French, Spanish, Italian, Portuguese, Romanian, Latin
    "le", "la", "les", "et", "est", "dans", "pour", "que", "une", "du", "sur", "par", "avec", "sont", "au", "aux",
    "el", "los", "las", "en", "por", "con", "una", "del", "se", "para", "es", "il", "di", "che", "della", "delle",
    "sono", "nel", "per", "gli", "dei", "os", "da", "dos", "das", "em", "com", "não", "uma", "si", "este", "sunt",
    "pe", "cu", "quod", "ad", "cum", "qui", "dolor", "ipsum", "ce", "ne", "pas", "ou", "un", "al", "ed",
    // Turkish, Azerbaijani, Turkmen, Kazakh and Karakalpak in Latin letters
    "ve", "bir", "bu", "ile", "için", "icin", "olarak", "olan", "daha", "olup", "göre", "və", "üçün", "ilə", "bilen",
    "üçin", "we", "hem", "jäne", "hám", "menen", "ushın", "boyınsha", "tarafından", "vardır", "edilir", "olmuştur",
    // Polish, Czech, Croatian, Scandinavian, Finnish, Indonesian, Vietnamese, Swahili
    "nie", "się", "jest", "na", "oraz", "przez", "je", "pro", "jsou", "za", "su", "og", "av", "och", "att", "det",
    "som", "er", "til", "på", "ja", "ei", "dan", "yang", "untuk", "dengan", "dari", "pada", "các", "của", "và",
    "kwa", "ya", "wa",
];

/// Uzbek words as apostrophe-free Latin keys that neither English nor Turkish share.
pub(super) const UZBEK_WORDS: &[&str] = &[
    "va", "bilan", "uchun", "ham", "emas", "mavjud", "yoq", "bolgan", "boladi", "bolib", "boyicha", "togrisida",
    "haqida", "yoki", "lekin", "ammo", "biroq", "kerak", "lozim", "mumkin", "ushbu", "mazkur", "orqali", "hamda",
    "qilish", "qilingan", "qilinadi", "etish", "etiladi", "etilgan", "etiladigan", "etilmaydi", "asosida", "yaqin",
    "eng", "barcha", "har", "ularning", "uning", "shu", "bolsa", "esa", "kiritilgan", "tomonidan", "natijasida",
    "davomida", "uchramaydi", "shuningdek", "loyiha", "loyihaning", "hudud", "hududi", "hududida", "hududidan",
    "chiqindi", "chiqindilar", "chiqindilarni", "suv", "suvi", "suvlari", "havo", "havosi", "tuproq", "muhit",
    "atrof", "tasir", "tasiri", "tasirini", "ekologik", "xulosa", "xulosalar", "kirish", "ilova", "ilovalar",
    "aholi", "daryo", "yer", "yerlar", "korxona", "tabiat", "tabiiy", "muhofaza", "muhofazasi", "zonasi",
    "qilib", "qarori", "qonun", "xavf", "xavfi", "xavfli", "sanitariya", "himoya", "yil", "yili", "davlat",
    "ekspertizasi", "jamoatchilik", "eshituvlari", "eshituvi", "rejasi", "holati", "baholash", "tahlili",
    "royxati", "malumot", "malumotlar", "umumiy", "tavsifi", "joylashuvi", "yuqori", "kamaytirish", "yollari",
    "manbalari", "sifati", "darajasi", "kop", "soatiga", "ishlab", "chiqarish", "qurilish", "inshooti",
    "shovqin", "tashlamalar", "oqova", "chang", "iqlim", "qizil", "kitob", "kitobga", "turlar", "masofada",
    "joylashgan", "kuzatilmaydi", "oshish", "olib", "qoyiladi", "moddalar", "choralari", "tadbirlari", "dunyosi",
    "osimlik", "hayvonot", "variantlar", "muqobil", "yerosti", "osti", "togri", "mazmuni", "qisqacha", "meyoriy",
    "hujjatlar", "manbai", "ombori", "yigindisi", "mahsulot", "nazarda", "tutilgan", "tutilmagan", "tarixiy", "madaniy", "qayta", "kiritish",
];

/// Words of Russian that Uzbek, Kazakh and Bulgarian text does not have.
pub(super) const RUSSIAN_WORDS: &[&str] = &[
    "и", "в", "не", "с", "к", "из", "от", "для", "при", "что", "или", "это", "как", "по", "на", "за", "до", "но", "о",
    "об", "их", "также", "был", "была", "были", "будет", "которые", "который", "которая", "если", "только", "после",
    "между", "через", "является", "являются", "отсутствуют", "отсутствует", "нет", "без", "вне", "под", "над", "его",
    "все", "более", "менее", "вода", "воды", "вод", "почвы", "отходы", "отходов", "воздуха", "среды", "среду",
    "объекта", "проекта", "введение", "заключение", "выводы", "приложения", "приложение", "оценка",
    "мероприятия", "общие", "сведения", "работы", "земли", "выбросы", "сбросы",
    "население", "описание", "охрана", "природы", "года",
    "литература", "переселение", "источники",
];

/// Words and endings-bearing words of other languages in Cyrillic letters.
pub(super) const FOREIGN_CYRILLIC: &[&str] = &[
    // Bulgarian, Macedonian, Serbian
    "се", "са", "ще", "със", "във", "тази", "този", "това", "като", "които", "който", "която", "бъде",
    "съм", "сме", "беше", "няма", "чрез", "върху", "од", "ќе", "дека", "што", "како", "није", "су", "је",
    "који", "која", "које", "се", "бити", "овај",
    // Tajik
    "дар", "аз", "ба", "барои", "аст", "ки", "ин", "мебошад", "бо", "онҳо", "мешавад", "шудааст", "кардан",
    "буда", "хоҳад", "ҳамчун", "оид", "мекунад", "намудани", "лоиҳаи", "таъсири", "муҳити", "обҳои",
    // Kazakh, Kyrgyz, Tatar, Mongolian
    "және", "үшін", "бойынша", "туралы", "болып", "табылады", "жана", "менен", "боюнча", "үчүн", "болгон",
    "болот", "сондай", "ақ", "жоба", "жобаның", "ретінде", "нь", "байна", "болон", "юм", "һәм", "белән", "өчен",
    // Ukrainian, Belarusian
    "та", "що", "від", "які", "який", "це", "або", "також", "його", "її", "гэта", "што", "ад", "якія",
    "навколишнього", "середовища",
];
