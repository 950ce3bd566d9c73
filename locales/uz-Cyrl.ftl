# Эксперт консолининг ўзбекча (кирилл) сўзлари; лотинча файлнинг ўзи бошқа ёзувда, буни тест текширади.

# Frame
console = АТМТБ текшируви
skip = Саҳифа мазмунига ўтиш
navigation = Асосий меню
language = Тил
nav-queue = Навбат
nav-precedents = Ўхшаш ишлар
nav-compare = Солиштириш
nav-statistics = Мувофиқлик
sign-in = Кириш
sign-in-about = Ўзингизни таништиринг. Ҳар бир қарор исмингиз билан сақланади.
sign-in-name = Исмингиз
sign-in-refused = 80 белгидан ошмайдиган исм киритинг.
sign-in-token-about = Сизга берилган ёки кириш хизматингиз берган токенни жойланг. Ҳар бир қарор исмингиз билан сақланади.
sign-in-token-refused = Токен қабул қилинмади: у номаълум ёки муддати ўтган.
sign-in-token = Токен
sign-in-token-long = Токен сеанс учун жуда узун (2600 белгидан кўп): майдонлари камроқ токен сўранг.
sign-in-too-many = Бу манзилдан киришга уринишлар кўп марта рад этилди. Бир дақиқадан сўнг қайта уриниб кўринг.
sign-in-certificate-about = Сертификатга кўра сиз – { $what }. Ҳар бир қарор исмингиз билан сақланади.
sign-in-certificate = Сертификат билан кириш
sign-in-certificate-refused = Сертификат қабул қилинмади: у бўйича ҳеч ким маълум эмас.
sign-in-certificate-none = Мижоз сертификати билан киринг: сизга берилган сертификатни браузерга ўрнатинг ва саҳифани қайта юкланг.
sign-out = Чиқиш
back-to-queue = Навбатга қайтиш
close = Ёпиш
yes = Ҳа
no = Йўқ
not-stated = Кўрсатилмаган
previous = Олдинги
next = Кейинги
paging = Рўйхат саҳифалари
page-of = { $n }-саҳифа, жами { $all }
go = Ўтиш

# Problems
error-not-found = Бундай саҳифа ёки ҳисобот йўқ
error-invalid = Сўровни бажариб бўлмайди
error-stale = Шакл эскирган: орқага қайтинг, саҳифани янгиланг ва қайта юборинг
error-superseded = Бу хулоса бўйича бошқа қарор аввалроқ ёзилди: орқага қайтинг, саҳифани янгиланг ва қайтадан қарор қилинг
error-too-large = Файл жуда катта
error-busy = Жуда кўп ҳисобот кутмоқда: бироздан сўнг уриниб кўринг
error-starting = Хизмат ишга тушмоқда: бироздан сўнг уриниб кўринг
error-unrecorded = Аудит журналига ҳозир ёзиб бўлмаяпти: бироздан сўнг уриниб кўринг ва операторга хабар беринг
error-internal = Хизматда носозлик; оператор сабабни журналда шу рақам остида топади
error-forbidden = Ролингиз бунга рухсат бермайди

# Queue
queue-empty = Ҳали бирорта ҳисобот текширилмаган. Биринчисини юқорида юкланг.
queue-none = Бу саралашга мос ҳисобот йўқ.
queue-count = { $n } та ҳисобот
column-document = Ҳисобот
deadline = Муддат
gate = Тўлиқлик
priority = Муҳимлик
depth = Таклиф этилган чуқурлик
reasons = Сабаблар
received = қабул қилинган { $what }
deadline-from = { $what } дан ҳисобланади
days-left = { $n ->
    [0] муддат бугун
   *[other] { $n } иш куни қолди
  }
days-overdue = { $n ->
    [0] муддат ўтган
   *[other] { $n } иш кунига кечиккан
  }
filter-words = Файл ёки иш
filter-any = Барчаси
filter-apply = Кўрсатиш
sort = Тартиб
sort-deadline = Муддат бўйича
sort-priority = Муҳимлик бўйича
sort-received = Аввал янгилари
sort-name = Номи бўйича
due-near = Икки иш куни ичида
due-overdue = Муддати ўтган
gate-complete = Тўлиқ
gate-incomplete = Тўлиқ эмас
gate-undetermined = Аниқланмаган
priority-high = Юқори
priority-elevated = Оширилган
priority-normal = Одатдаги
depth-fast = Қисқа текширув
depth-ordinary = Одатдаги кўриб чиқиш
depth-in-depth = Чуқур кўриб чиқиш
gaps-missing = { $n } та йўқ
gaps-weak = { $n } та заиф
gaps-not-examined = { $n } та кўрилмаган

# Upload
upload = Ҳисобот юклаш
upload-file = Ҳисобот файли – танланг ёки шу ерга ташланг
upload-file-help = PDF ёки DOCX, { $n } мебибайтгача
upload-text-help = HTML, Markdown ёки оддий матн, { $n } мебибайтгача
upload-pack = Талаблар
upload-by-date = { $what }: сана ва босқич бўйича
upload-stage = Босқич
stage-name-draft = Баёнот лойиҳаси
stage-name-statement = Баёнот
stage-name-consequences = Оқибатлар тўғрисидаги баёнот
upload-submitted = Топширилган кун
upload-case = Иш рақами
upload-case-help = Лотин ҳарфлари, рақамлар, нуқта, чизиқча
upload-category = Тоифа
upload-activity = Фаолият тури
upload-facts = Талаблар боғлиқ бўлган ҳолатлар
upload-facts-help = Кўрсатилмаган ҳолат очиқ қолади: талаб баҳоланади ва ҳисоботда бу айтилади.
upload-send = Ҳисоботни текшириш
upload-sending = Файл юборилмоқда
upload-failed = Файлни юбориб бўлмади. Алоқани текшириб, қайта уриниб кўринг.
upload-no-file = Бўш бўлмаган файлни танланг.
submissions = Текширилаётган ҳисоботлар
state-pending = Кутмоқда
state-failed = Текширилмади
state-unreadable = Сақланган ҳисоботни ўқиб бўлмади
unreadable-about = Операторга айтинг: сабаби журналда.
state-cancelled = Бекор қилинди
state-done = Тайёр
state-running = Бажарилмоқда
failure-empty-file = Файл бўш.
failure-unsupported-format = Бундай форматдаги файллар ўқилмайди: PDF ёки DOCX қилиб сақланг.
failure-not-a-document = Файл ўқиладиган форматдаги ҳужжат эмас.
failure-encrypted = Файл парол билан ҳимояланган: паролсиз сақланг.
failure-file-too-large = Файл жуда катта: бўлиб юборинг.
failure-expands-too-much = Архив рухсат этилганидан кўпга очилади: оддий файл юборинг.
failure-no-pages = Ҳужжатда саҳифа йўқ.
failure-truncated = Файл охиригача эмас: тўлиқ файлни юборинг.
failure-malformed = Файл тузилиши бузилган: қайта сақланг ёки аслини юборинг.
failure-gave-up = Файл ҳар ўқилганда хизматни тўхтатди: операторга айтинг.
stage-read = Файл ўқилмоқда
stage-embed = Маъно солиштирилмоқда
stage-completeness = Тўлиқлик текширилмоқда
stage-risk = Хавф белгилари қидирилмоқда
stage-precedents = Ўхшаш ишлар қидирилмоқда

# Report
report-actions = Шу ҳисобот
about-pages = { $n } саҳифа
gaps-decided = { $all } камчиликдан { $n } таси ҳал қилинган
notice = Камчиликлар хабарномаси
history = Қарорлар
compare-with = Вариантларни солиштириш
keys = Тугмалар
document = Ҳужжат
document-pages = Ҳужжат саҳифалари
sheet = Саҳифа
sheet-previous = Олдинги саҳифа
sheet-next = Кейинги саҳифа
of-pages = жами { $n }
part-of = { $n }-қисм, жами { $all }
view-text = Матн
view-picture = Расм
view-contents = Мундарижа
no-text-kept = Бу ҳужжатнинг матни бу ерда сақланмаган. Ўнгдаги иқтибослар ҳар бир хулоса қаердалигини кўрсатади.
no-sections = Бўлимлар аниқланмади.
page-recognised = Бу саҳифа расм; матни белгиларни таниш дастури билан ўқилган ва хато бўлиши мумкин.
page-unread = Бу саҳифа кўрилмаган: { $what }
page-empty = Бу саҳифада матн йўқ.
picture-of = { $n }-саҳифа расми
picture-unavailable = Расмни кўрсатиб бўлмайди:
findings = Хулосалар
show = Кўрсатиш
show-every = Барча талаблар
show-relevant = Эътиборга лойиқ
show-gaps = Камчиликлар
show-open = Ҳал қилинмаган
show-all = Ҳаммаси
tab-completeness = Тўлиқлик
tab-risks = Хавфлар
tab-claims = Текшириш
tab-precedents = Ўхшаш ишлар
tab-reuse = Кўчирма
tab-facts = Кўрсаткичлар
tab-unread = Кўрилмаган
tab-empty = Бу ерда ҳеч нарса йўқ.
claims-about = Текширилиши керак бўлган зиддиятлар, йўқлик ҳақидаги ва ноаниқ даъволар. Ўз-ўзидан улар хавф эмас ва муҳимликни белгиламайди.
precedents-about = Олдинги ишлар ўхшашлиги бўйича, натижаси бўйича эмас. Аввал қарор ва шартлар.
reuse-about = Бошқа иш ҳисоботи билан деярли бир хил жойлар.
unread-about = Бу йўқ ҳам, хавфсиз ҳам дегани эмас: бу қисмларни инсон ўқиши керак.
unread-none = Файл тўлиқ кўриб чиқилган.
contradictions = Зиддиятлар
presence-present = Бор
presence-weak = Заиф
presence-missing = Йўқ
presence-not_applicable = Тегишли эмас
presence-not_examined = Кўрилмаган
severity-high = Юқори
severity-medium = Ўрта
severity-low = Паст
severity-none = Хавф эмас
polarity-asserted = тасдиқланган
polarity-negated = йўқ дейилган
polarity-hypothetical = эҳтимол
polarity-mitigation = чора
polarity-citation = ҳужжатга ҳавола
polarity-heading = сарлавҳа
polarity-other-place = бошқа жой
claim-absence = йўқлигини текширинг
claim-vague = асосини сўранг
inconsistency-quantity = Рақамлар фарқ қилади
inconsistency-category = Тоифа
inconsistency-void-act = Кучини йўқотган ҳужжат
inconsistency-foreign-name = Бегона ном
source-secondary = қоида иккиламчи манбадан
source-unverified = қоида расмий матн билан солиштирилмаган
obligation-conditional = фақат шу ҳолда: { $what }
condition-no = { $what } – йўқ
obligation-indicative = тавсия, қонун эмас
sure = ишонч { $n } %
not-found-parts = Топилмади:
closest-text = Топилган энг яқин матн:
but-elsewhere = Лекин бошқа жойда:
reuse-overlap = { $n } % бир хил
reuse-here = Бу ерда:
reuse-there = У ерда:
place-page = { $n }-бет
place-pages = бетлар: { $what }
place-recognised = расмдан ўқилган
show-in-document = ҳужжатда кўрсатиш
column-reason = Сабаб
column-what = Нима
column-about = Нима ҳақида
column-figure = Қиймат
column-where = Қаерда

# Verdicts
accept = Қабул қилиш
reject = Рад этиш ёки ўзгартириш
reject-send = Хулосани рад этиш
reason-required = Сабаб (мажбурий)
change-to = Янги натижа
change-send = Натижани ўзгартириш
verdict-accepted = Қабул қилинди
verdict-rejected = Рад этилди
verdict-changed-to = Ўзгартирилди: { $what }
earlier-verdicts = { $n } та олдинги қарор
history-about = Ҳеч нарса устидан ёзилмайди: охирги қарор амал қилади, олдингилари сақланади.
history-none = Ҳали қарор йўқ.
replaced = кейин алмаштирилган
column-when = Қачон
column-who = Ким
column-finding = Хулоса
column-verdict = Қарор
export-suite = Баҳолаш тўплами сифатида юклаб олиш
export-about = Баҳолаш буйруғи ўқийдиган тўплам: ҳужжат, белгилар, лицензия изоҳи.
agreement-decided = Ҳал қилинган хулосалар
agreement-accepted = Қабул қилинган
agreement-rejected = Рад этилган
agreement-changed = Ўзгартирилган
agreement-pairs = Экспертлар бир фикрда
agreement-kappa = Экспертлар орасидаги каппа

# Precedents
decision = Қарор:
no-decision = Қарор номаълум.
conditions = Шартлар:
alike = Ўхшаш томони:
different = Фарқи:
precedent-useful = Фойдали
precedent-useless = Фойдасиз

# Figures
fact-location = Координаталар
fact-area = Майдонлар
fact-capacity = Қувватлар
fact-distance = Масофалар
fact-emission = Чиқиндилар
fact-water = Сув
class-site = участка
standing-absent = йўқ дейилган
standing-required = талаб этилади
standing-alternative = муқобил
phase-existing = ҳозир
phase-construction = қурилишда
phase-operation = фойдаланишда
phase-closure = ёпилишда
flow-sink = ютилади
map = Координаталар харитаси
map-about = Ҳисоботда кўрсатилган координаталар, градусда. Шимол юқорида.
map-none = Ҳисоботда градусдаги координата йўқ, шунинг учун харита ҳам йўқ.
map-survey = Ер тузиш бўйича жойлар рўйхатда бор, лекин харитада чизилмаган.

# Why not examined
unread-no-text-layer = матн қатлами йўқ
unread-rotated-scan = бурилган скан
unread-unreadable-text = ўқиб бўлмайдиган матн
unread-encrypted = шифрланган
unread-parser-failed = ўқишда носозлик
unread-limit-reached = чегарага етилди
unread-language-unknown = тил аниқланмади
unread-language-not-covered = модел бу тилни билмайди
unread-no-archive = архив йўқ
unread-stage-failed = босқичда носозлик

# Keys
key-next = кейинги ва олдинги хулоса
key-evidence = ҳужжатдаги жойини кўрсатиш
key-accept = хулосани қабул қилиш
key-reject = сабаб билан рад этиш
key-change = натижани ўзгартириш
key-page = ҳужжатнинг олдинги ва кейинги саҳифаси
key-help = шу рўйхат
keys-on = Бир ҳарфли тугмалар ёқилган

# Defect notice
notice-language = Хат тили
notice-docx = DOCX сифатида юклаб олиш
notice-print = Чоп этиш
notice-undecided = { $n } та камчилик бўйича ҳали қарор йўқ: хат тўлиқ бўлмайди, кейин эса янги асос кўрсатиб бўлмайди.
notice-decide = Ҳозир ҳал қилиш
notice-not-examined = { $n } та талабни дастур кўра олмади: имзолашдан олдин ўзингиз ўқинг.
notice-about = Қабул қилинган камчиликлардан тузилган лойиҳа. Чоп этишдан олдин шу ерда ёки DOCX файлида таҳрирланг; бу ердаги ўзгаришлар сақланмайди.
letter-from = [Экспертиза марказининг номи ва манзили]
letter-to = [Буюртмачининг номи ва манзили]
letter-title = Тақдим этилган ҳужжатлардаги камчиликлар тўғрисида хабарнома
letter-document = Ҳужжат
letter-case = Иш
letter-opening = Тақдим этилган ҳужжатнинг тўлиқлиги қуйидаги талаблар бўйича текширилди: { $what }.
letter-count = { $n ->
    [0] Камчилик топилмади.
   *[other] Қуйидаги { $n } та камчилик топилди:
  }
letter-missing = Ҳужжатда бу йўқ.
letter-weak = Бу фақат тилга олинган ёки қисман ёритилган.
letter-absent = Топилмади: { $what }.
letter-law = Талаб асоси: { $what }.
letter-place = { $annex }-илова, { $point }-банд{ $indent ->
    [0] {""}
   *[other] , { $indent }-хатбоши
  }
letter-remark = Эксперт изоҳи: { $what }
letter-stands = Ҳужжатда қуйидагича ёзилган:
letter-no-text = Ҳужжатда бунга яқин матн йўқ.
letter-exhaustive = Рўйхат тўлиқ: ушбу текширувда бошқа камчилик топилмади.
letter-ten-days = Камчиликлар хабарнома олинган кундан бошлаб ўн кун ичида бартараф этилиши керак (Вазирлар Маҳкамасининг 2026-йил 11-майдаги 234-сон қарори, 2-илова, 23-банд).
letter-date = Сана: { $what }
letter-signature = Эксперт: ____________________ (имзо, исм)
letter-approved = Тасдиқлайман: ____________________ (имзо, исм, лавозим)
export-nothing = Ҳали бирорта қарор белги бермайди: аввал талабни қабул қилинг ёки натижасини ўзгартиринг.

# Search and cases
search = Қидириш
search-words = Исталган тилдаги сўзлар
search-like = Текширилган ҳисоботга ўхшаш
search-near = Нуқта яқинида
search-none = Иш топилмади.
latitude = Кенглик
longitude = Узунлик
radius-km = км
year-from = Йилдан
year-to = Йилгача
near-title = Нуқта яқинидаги ҳисоботлар
near-cases = Нуқта яқинидаги ишлар
near-about = Қидирув текширилган ҳисоботларда ва юкланган ишларнинг ҳужжатларида кўрсатилган координаталарни қамраб олади. Олдин юкланган ишларда координаталар қайта юкланмагунча бўлмайди.
near-none = Бу масофада ҳеч бир текширилган ҳисобот ёки ишда координата кўрсатилмаган.
distance-km = Масофа, км
facets = Иш
facet-activity = Фаолият
facet-jurisdiction = Давлат
facet-region = Ҳудуд
facet-basin = Дарё ҳавзаси
facet-category = Тоифа
facet-stage = Босқич
facet-year = Йил
facet-decided = Қарор куни
facet-agency = Орган
facet-language = Тил
case-documents = Ҳужжатлар
case-screenings = Иш бўйича текширувлар
case-no-screenings = Бу иш бўйича текширув сақланмаган, шунинг учун бўлимлари бу ерда номаълум.
case-compare = Икки ишни солиштириш
case-other = Бошқа иш
case-sections = Мавзу бўйича бўлимлар
case-found = Топилган ишлар
open-report = Ҳисоботни очиш
compare = Солиштириш

# Versions
version-old = Олдинги вариант
version-new = Кейинги вариант
compare-about = Икки текширувни танланг. Талаблар коди бўйича, хавф хулосалари гапларнинг мазмуни бўйича солиштирилади.
change-regressed = Ёмонлашган
change-new = Янги
change-remains = Ҳали очиқ
change-improved = Яхшиланган
change-unclear = Энди баҳолаб бўлмайди
change-resolved = Бартараф этилган
change-fine = Иккаласида камчилик йўқ
change-gone = Энди йўқ
risks-kept = Иккала вариантдаги ўрта ва юқори хавф хулосалари: { $n }

# Agreement
statistics-about = Экспертлар хулосани қанчалик тез-тез ўз кучида қолдиргани ва икки эксперт бир хулоса ҳақида қанчалик бир хил қарор қилгани.
statistics-screenings = Қарори бор текширувлар: { $n }
