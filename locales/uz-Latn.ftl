# Ekspert konsolining oʻzbekcha (lotin) soʻzlari. Barcha tillarda kalitlar bir xil; buni test tekshiradi.

# Frame
console = ATMTB tekshiruvi
skip = Sahifa mazmuniga oʻtish
navigation = Asosiy menyu
language = Til
nav-queue = Navbat
nav-precedents = Oʻxshash ishlar
nav-compare = Solishtirish
nav-statistics = Muvofiqlik
sign-in = Kirish
sign-in-about = Oʻzingizni tanishtiring. Har bir qaror ismingiz bilan saqlanadi.
sign-in-name = Ismingiz
sign-in-refused = 80 belgidan oshmaydigan ism kiriting.
sign-in-token-about = Sizga berilgan yoki kirish xizmatingiz bergan tokenni joylang. Har bir qaror ismingiz bilan saqlanadi.
sign-in-token-refused = Token qabul qilinmadi: u nomaʼlum yoki muddati oʻtgan.
sign-in-token = Token
sign-in-token-long = Token seans uchun juda uzun (2600 belgidan koʻp): maydonlari kamroq token soʻrang.
sign-in-too-many = Bu manzildan kirishga urinishlar koʻp marta rad etildi. Bir daqiqadan soʻng qayta urinib koʻring.
sign-in-certificate-about = Sertifikatga koʻra siz – { $what }. Har bir qaror ismingiz bilan saqlanadi.
sign-in-certificate = Sertifikat bilan kirish
sign-in-certificate-refused = Sertifikat qabul qilinmadi: u boʻyicha hech kim maʼlum emas.
sign-in-certificate-none = Mijoz sertifikati bilan kiring: sizga berilgan sertifikatni brauzerga oʻrnating va sahifani qayta yuklang.
sign-out = Chiqish
back-to-queue = Navbatga qaytish
close = Yopish
yes = Ha
no = Yoʻq
not-stated = Koʻrsatilmagan
previous = Oldingi
next = Keyingi
paging = Roʻyxat sahifalari
page-of = { $n }-sahifa, jami { $all }
go = Oʻtish

# Problems
error-not-found = Bunday sahifa yoki hisobot yoʻq
error-invalid = Soʻrovni bajarib boʻlmaydi
error-stale = Shakl eskirgan: orqaga qayting, sahifani yangilang va qayta yuboring
error-superseded = Bu xulosa boʻyicha boshqa qaror avvalroq yozildi: orqaga qayting, sahifani yangilang va qaytadan qaror qiling
error-too-large = Fayl juda katta
error-busy = Juda koʻp hisobot kutmoqda: birozdan soʻng urinib koʻring
error-starting = Xizmat ishga tushmoqda: birozdan soʻng urinib koʻring
error-unrecorded = Audit jurnaliga hozir yozib boʻlmayapti: birozdan soʻng urinib koʻring va operatorga xabar bering
error-internal = Xizmatda nosozlik; operator sababni jurnalda shu raqam ostida topadi
error-forbidden = Rolingiz bunga ruxsat bermaydi

# Queue
queue-empty = Hali birorta hisobot tekshirilmagan. Birinchisini yuqorida yuklang.
queue-none = Bu saralashga mos hisobot yoʻq.
queue-count = { $n } ta hisobot
column-document = Hisobot
deadline = Muddat
gate = Toʻliqlik
priority = Muhimlik
depth = Taklif etilgan chuqurlik
reasons = Sabablar
received = qabul qilingan { $what }
deadline-from = { $what } dan hisoblanadi
days-left = { $n ->
    [0] muddat bugun
   *[other] { $n } ish kuni qoldi
  }
days-overdue = { $n ->
    [0] muddat oʻtgan
   *[other] { $n } ish kuniga kechikkan
  }
filter-words = Fayl yoki ish
filter-any = Barchasi
filter-apply = Koʻrsatish
sort = Tartib
sort-deadline = Muddat boʻyicha
sort-priority = Muhimlik boʻyicha
sort-received = Avval yangilari
sort-name = Nomi boʻyicha
due-near = Ikki ish kuni ichida
due-overdue = Muddati oʻtgan
gate-complete = Toʻliq
gate-incomplete = Toʻliq emas
gate-undetermined = Aniqlanmagan
priority-high = Yuqori
priority-elevated = Oshirilgan
priority-normal = Odatdagi
depth-fast = Qisqa tekshiruv
depth-ordinary = Odatdagi koʻrib chiqish
depth-in-depth = Chuqur koʻrib chiqish
gaps-missing = { $n } ta yoʻq
gaps-weak = { $n } ta zaif
gaps-not-examined = { $n } ta koʻrilmagan

# Upload
upload = Hisobot yuklash
upload-file = Hisobot fayli – tanlang yoki shu yerga tashlang
upload-file-help = PDF yoki DOCX, { $n } mebibaytgacha
upload-text-help = HTML, Markdown yoki oddiy matn, { $n } mebibaytgacha
upload-pack = Talablar
upload-by-date = { $what }: sana va bosqich boʻyicha
upload-stage = Bosqich
stage-name-draft = Bayonot loyihasi
stage-name-statement = Bayonot
stage-name-consequences = Oqibatlar toʻgʻrisidagi bayonot
upload-submitted = Topshirilgan kun
upload-case = Ish raqami
upload-case-help = Lotin harflari, raqamlar, nuqta, chiziqcha
upload-category = Toifa
upload-activity = Faoliyat turi
upload-facts = Talablar bogʻliq boʻlgan holatlar
upload-facts-help = Koʻrsatilmagan holat ochiq qoladi: talab baholanadi va hisobotda bu aytiladi.
upload-send = Hisobotni tekshirish
upload-sending = Fayl yuborilmoqda
upload-failed = Faylni yuborib boʻlmadi. Aloqani tekshirib, qayta urinib koʻring.
upload-no-file = Boʻsh boʻlmagan faylni tanlang.
submissions = Tekshirilayotgan hisobotlar
state-pending = Kutmoqda
state-failed = Tekshirilmadi
state-unreadable = Saqlangan hisobotni oʻqib boʻlmadi
unreadable-about = Operatorga ayting: sababi jurnalda.
state-cancelled = Bekor qilindi
state-done = Tayyor
state-running = Bajarilmoqda
failure-empty-file = Fayl boʻsh.
failure-unsupported-format = Bunday formatdagi fayllar oʻqilmaydi: PDF yoki DOCX qilib saqlang.
failure-not-a-document = Fayl oʻqiladigan formatdagi hujjat emas.
failure-encrypted = Fayl parol bilan himoyalangan: parolsiz saqlang.
failure-file-too-large = Fayl juda katta: boʻlib yuboring.
failure-expands-too-much = Arxiv ruxsat etilganidan koʻpga ochiladi: oddiy fayl yuboring.
failure-no-pages = Hujjatda sahifa yoʻq.
failure-truncated = Fayl oxirigacha emas: toʻliq faylni yuboring.
failure-malformed = Fayl tuzilishi buzilgan: qayta saqlang yoki aslini yuboring.
failure-gave-up = Fayl har oʻqilganda xizmatni toʻxtatdi: operatorga ayting.
stage-read = Fayl oʻqilmoqda
stage-embed = Maʼno solishtirilmoqda
stage-completeness = Toʻliqlik tekshirilmoqda
stage-risk = Xavf belgilari qidirilmoqda
stage-precedents = Oʻxshash ishlar qidirilmoqda

# Report
report-actions = Shu hisobot
about-pages = { $n } sahifa
gaps-decided = { $all } kamchilikdan { $n } tasi hal qilingan
notice = Kamchiliklar xabarnomasi
history = Qarorlar
compare-with = Variantlarni solishtirish
keys = Tugmalar
document = Hujjat
document-pages = Hujjat sahifalari
sheet = Sahifa
sheet-previous = Oldingi sahifa
sheet-next = Keyingi sahifa
of-pages = jami { $n }
part-of = { $n }-qism, jami { $all }
view-text = Matn
view-picture = Rasm
view-contents = Mundarija
no-text-kept = Bu hujjatning matni bu yerda saqlanmagan. Oʻngdagi iqtiboslar har bir xulosa qayerdaligini koʻrsatadi.
no-sections = Boʻlimlar aniqlanmadi.
page-recognised = Bu sahifa rasm; matni belgilarni tanish dasturi bilan oʻqilgan va xato boʻlishi mumkin.
page-unread = Bu sahifa koʻrilmagan: { $what }
page-empty = Bu sahifada matn yoʻq.
picture-of = { $n }-sahifa rasmi
picture-unavailable = Rasmni koʻrsatib boʻlmaydi:
findings = Xulosalar
show = Koʻrsatish
show-every = Barcha talablar
show-relevant = Eʼtiborga loyiq
show-gaps = Kamchiliklar
show-open = Hal qilinmagan
show-all = Hammasi
tab-completeness = Toʻliqlik
tab-risks = Xavflar
tab-claims = Tekshirish
tab-precedents = Oʻxshash ishlar
tab-reuse = Koʻchirma
tab-facts = Koʻrsatkichlar
tab-unread = Koʻrilmagan
tab-empty = Bu yerda hech narsa yoʻq.
claims-about = Tekshirilishi kerak boʻlgan ziddiyatlar, yoʻqlik haqidagi va noaniq daʼvolar. Oʻz-oʻzidan ular xavf emas va muhimlikni belgilamaydi.
precedents-about = Oldingi ishlar oʻxshashligi boʻyicha, natijasi boʻyicha emas. Avval qaror va shartlar.
reuse-about = Boshqa ish hisoboti bilan deyarli bir xil joylar.
unread-about = Bu yoʻq ham, xavfsiz ham degani emas: bu qismlarni inson oʻqishi kerak.
unread-none = Fayl toʻliq koʻrib chiqilgan.
contradictions = Ziddiyatlar
presence-present = Bor
presence-weak = Zaif
presence-missing = Yoʻq
presence-not_applicable = Tegishli emas
presence-not_examined = Koʻrilmagan
severity-high = Yuqori
severity-medium = Oʻrta
severity-low = Past
severity-none = Xavf emas
polarity-asserted = tasdiqlangan
polarity-negated = yoʻq deyilgan
polarity-hypothetical = ehtimol
polarity-mitigation = chora
polarity-citation = hujjatga havola
polarity-heading = sarlavha
polarity-other-place = boshqa joy
claim-absence = yoʻqligini tekshiring
claim-vague = asosini soʻrang
inconsistency-quantity = Raqamlar farq qiladi
inconsistency-category = Toifa
inconsistency-void-act = Kuchini yoʻqotgan hujjat
inconsistency-foreign-name = Begona nom
source-secondary = qoida ikkilamchi manbadan
source-unverified = qoida rasmiy matn bilan solishtirilmagan
obligation-conditional = faqat shu holda: { $what }
condition-no = { $what } – yoʻq
obligation-indicative = tavsiya, qonun emas
sure = ishonch { $n } %
not-found-parts = Topilmadi:
closest-text = Topilgan eng yaqin matn:
but-elsewhere = Lekin boshqa joyda:
reuse-overlap = { $n } % bir xil
reuse-here = Bu yerda:
reuse-there = U yerda:
place-page = { $n }-bet
place-pages = betlar: { $what }
place-recognised = rasmdan oʻqilgan
show-in-document = hujjatda koʻrsatish
column-reason = Sabab
column-what = Nima
column-about = Nima haqida
column-figure = Qiymat
column-where = Qayerda

# Verdicts
accept = Qabul qilish
reject = Rad etish yoki oʻzgartirish
reject-send = Xulosani rad etish
reason-required = Sabab (majburiy)
change-to = Yangi natija
change-send = Natijani oʻzgartirish
verdict-accepted = Qabul qilindi
verdict-rejected = Rad etildi
verdict-changed-to = Oʻzgartirildi: { $what }
earlier-verdicts = { $n } ta oldingi qaror
history-about = Hech narsa ustidan yozilmaydi: oxirgi qaror amal qiladi, oldingilari saqlanadi.
history-none = Hali qaror yoʻq.
replaced = keyin almashtirilgan
column-when = Qachon
column-who = Kim
column-finding = Xulosa
column-verdict = Qaror
export-suite = Baholash toʻplami sifatida yuklab olish
export-about = Baholash buyrugʻi oʻqiydigan toʻplam: hujjat, belgilar, litsenziya izohi.
agreement-decided = Hal qilingan xulosalar
agreement-accepted = Qabul qilingan
agreement-rejected = Rad etilgan
agreement-changed = Oʻzgartirilgan
agreement-pairs = Ekspertlar bir fikrda
agreement-kappa = Ekspertlar orasidagi kappa

# Precedents
decision = Qaror:
no-decision = Qaror nomaʼlum.
conditions = Shartlar:
alike = Oʻxshash tomoni:
different = Farqi:
precedent-useful = Foydali
precedent-useless = Foydasiz

# Figures
fact-location = Koordinatalar
fact-area = Maydonlar
fact-capacity = Quvvatlar
fact-distance = Masofalar
fact-emission = Chiqindilar
fact-water = Suv
class-site = uchastka
standing-absent = yoʻq deyilgan
standing-required = talab etiladi
standing-alternative = muqobil
phase-existing = hozir
phase-construction = qurilishda
phase-operation = foydalanishda
phase-closure = yopilishda
flow-sink = yutiladi
map = Koordinatalar xaritasi
map-about = Hisobotda koʻrsatilgan koordinatalar, gradusda. Shimol yuqorida.
map-none = Hisobotda gradusdagi koordinata yoʻq, shuning uchun xarita ham yoʻq.
map-survey = Yer tuzish boʻyicha joylar roʻyxatda bor, lekin xaritada chizilmagan.

# Why not examined
unread-no-text-layer = matn qatlami yoʻq
unread-rotated-scan = burilgan skan
unread-unreadable-text = oʻqib boʻlmaydigan matn
unread-encrypted = shifrlangan
unread-parser-failed = oʻqishda nosozlik
unread-limit-reached = chegaraga yetildi
unread-language-unknown = til aniqlanmadi
unread-language-not-covered = model bu tilni bilmaydi
unread-no-archive = arxiv yoʻq
unread-stage-failed = bosqichda nosozlik

# Keys
key-next = keyingi va oldingi xulosa
key-evidence = hujjatdagi joyini koʻrsatish
key-accept = xulosani qabul qilish
key-reject = sabab bilan rad etish
key-change = natijani oʻzgartirish
key-page = hujjatning oldingi va keyingi sahifasi
key-help = shu roʻyxat
keys-on = Bir harfli tugmalar yoqilgan

# Defect notice
notice-language = Xat tili
notice-docx = DOCX sifatida yuklab olish
notice-print = Chop etish
notice-undecided = { $n } ta kamchilik boʻyicha hali qaror yoʻq: xat toʻliq boʻlmaydi, keyin esa yangi asos koʻrsatib boʻlmaydi.
notice-decide = Hozir hal qilish
notice-not-examined = { $n } ta talabni dastur koʻra olmadi: imzolashdan oldin oʻzingiz oʻqing.
notice-about = Qabul qilingan kamchiliklardan tuzilgan loyiha. Chop etishdan oldin shu yerda yoki DOCX faylida tahrirlang; bu yerdagi oʻzgarishlar saqlanmaydi.
letter-from = [Ekspertiza markazining nomi va manzili]
letter-to = [Buyurtmachining nomi va manzili]
letter-title = Taqdim etilgan hujjatlardagi kamchiliklar toʻgʻrisida xabarnoma
letter-document = Hujjat
letter-case = Ish
letter-opening = Taqdim etilgan hujjatning toʻliqligi quyidagi talablar boʻyicha tekshirildi: { $what }.
letter-count = { $n ->
    [0] Kamchilik topilmadi.
   *[other] Quyidagi { $n } ta kamchilik topildi:
  }
letter-missing = Hujjatda bu yoʻq.
letter-weak = Bu faqat tilga olingan yoki qisman yoritilgan.
letter-absent = Topilmadi: { $what }.
letter-law = Talab asosi: { $what }.
letter-place = { $annex }-ilova, { $point }-band{ $indent ->
    [0] {""}
   *[other] , { $indent }-xatboshi
  }
letter-remark = Ekspert izohi: { $what }
letter-stands = Hujjatda quyidagicha yozilgan:
letter-no-text = Hujjatda bunga yaqin matn yoʻq.
letter-exhaustive = Roʻyxat toʻliq: ushbu tekshiruvda boshqa kamchilik topilmadi.
letter-ten-days = Kamchiliklar xabarnoma olingan kundan boshlab oʻn kun ichida bartaraf etilishi kerak (Vazirlar Mahkamasining 2026-yil 11-maydagi 234-son qarori, 2-ilova, 23-band).
letter-date = Sana: { $what }
letter-signature = Ekspert: ____________________ (imzo, ism)
letter-approved = Tasdiqlayman: ____________________ (imzo, ism, lavozim)
export-nothing = Hali birorta qaror belgi bermaydi: avval talabni qabul qiling yoki natijasini oʻzgartiring.

# Search and cases
search = Qidirish
search-words = Istalgan tildagi soʻzlar
search-like = Tekshirilgan hisobotga oʻxshash
search-near = Nuqta yaqinida
search-none = Ish topilmadi.
latitude = Kenglik
longitude = Uzunlik
radius-km = km
year-from = Yildan
year-to = Yilgacha
near-title = Nuqta yaqinidagi hisobotlar
near-cases = Nuqta yaqinidagi ishlar
near-about = Qidiruv tekshirilgan hisobotlarda va yuklangan ishlarning hujjatlarida koʻrsatilgan koordinatalarni qamrab oladi. Oldin yuklangan ishlarda koordinatalar qayta yuklanmaguncha boʻlmaydi.
near-none = Bu masofada hech bir tekshirilgan hisobot yoki ishda koordinata koʻrsatilmagan.
distance-km = Masofa, km
facets = Ish
facet-activity = Faoliyat
facet-jurisdiction = Davlat
facet-region = Hudud
facet-basin = Daryo havzasi
facet-category = Toifa
facet-stage = Bosqich
facet-year = Yil
facet-decided = Qaror kuni
facet-agency = Organ
facet-language = Til
case-documents = Hujjatlar
case-screenings = Ish boʻyicha tekshiruvlar
case-no-screenings = Bu ish boʻyicha tekshiruv saqlanmagan, shuning uchun boʻlimlari bu yerda nomaʼlum.
case-compare = Ikki ishni solishtirish
case-other = Boshqa ish
case-sections = Mavzu boʻyicha boʻlimlar
case-found = Topilgan ishlar
open-report = Hisobotni ochish
compare = Solishtirish

# Versions
version-old = Oldingi variant
version-new = Keyingi variant
compare-about = Ikki tekshiruvni tanlang. Talablar kodi boʻyicha, xavf xulosalari gaplarning mazmuni boʻyicha solishtiriladi.
change-regressed = Yomonlashgan
change-new = Yangi
change-remains = Hali ochiq
change-improved = Yaxshilangan
change-unclear = Endi baholab boʻlmaydi
change-resolved = Bartaraf etilgan
change-fine = Ikkalasida kamchilik yoʻq
change-gone = Endi yoʻq
risks-kept = Ikkala variantdagi oʻrta va yuqori xavf xulosalari: { $n }

# Agreement
statistics-about = Ekspertlar xulosani qanchalik tez-tez oʻz kuchida qoldirgani va ikki ekspert bir xulosa haqida qanchalik bir xil qaror qilgani.
statistics-screenings = Qarori bor tekshiruvlar: { $n }
