# Reasons of the program in Uzbek, Latin letters. The codes and their English words stand in src/domain/explanation/codes.rs.

# Completeness
requirement-present = “{ $title }” boʻlimi shunga bagʻishlangan.
requirement-present-both = “{ $title }” boʻlimi shunga bagʻishlangan va matnida bu haqda soʻz boradi.
requirement-present-text = Sarlavhasi yoʻq, lekin matnda mazmunan yoritilgan.
requirement-weak-empty = “{ $title }” sarlavhasi bor, lekin ostida hech narsa yoʻq.
requirement-weak-line = “{ $title }” sarlavhasi bor, lekin ostida faqat bir satr, vaʼda yoki boshqa joyga havola turibdi.
requirement-weak-partial = “{ $title }” boʻlimi bunga toʻxtaladi, lekin toʻliq emas.
requirement-weak-name = “{ $title }” boʻlimi shunday nomlangan, lekin matnida hisobga olinadigan narsa yoʻq.
requirement-weak-passing = Sarlavhasi yoʻq; matnda yoʻl-yoʻlakay tilga olingan.
requirement-missing-close = “{ $title }” sarlavhasi yaqin, lekin uning ostida ham, boshqa joyda ham hisobga olinadigan narsa yoʻq.
requirement-missing-words = Sarlavhasi yoʻq; ayrim soʻzlar uchraydi, lekin hisobga olinadigan narsa yoʻq (eng yaqin matnga qarang).
requirement-missing-nothing = Matnda bu unsurning sarlavhasi ham, ifodasi ham topilmadi.
missing-unsure = Yoʻqligining ehtimoli atigi { $percent } %, lekin birinchi xabarnomada aytilmagan kamchilikni keyin koʻrsatib boʻlmaydi: tekshiring.
parts-absent = Topilmadi: { $parts }.
due = Talab etiladi: ish maʼlumotlariga koʻra shart bajarilgan ({ $condition }).
due-unknown = Faqat shart bajarilganda talab etiladi ({ $condition }); bajarilgan-bajarilmagani koʻrsatilmagan.
not-due = Talab etilmaydi: ish maʼlumotlariga koʻra shart bajarilmagan ({ $condition }).
pages-unread = Oʻqib boʻlmagan sahifalar: { $n }.
language-unknown-to-rules = Matnning katta qismi qoidalar bilmaydigan tilda; qoʻlda qarab chiqing.
no-text-read = Matnni oʻqib boʻlmadi.
look-on-unread-pages = Oʻqilgan matnda hech narsa topilmadi, lekin oʻqib boʻlmagan sahifalar bor: { $n }; ularni qoʻlda koʻring.
no-text-to-examine = Hujjatda tekshiriladigan matn yoʻq.

# Gate, priority, depth
gate-missing = topilmagan majburiy unsurlar: { $n }
gate-weak = faqat tilga olingan yoki qisman yoritilgan majburiy unsurlar: { $n }
gate-not-judged = baholab boʻlmagan majburiy unsurlar: { $n }
gate-parts-unread = faylning oʻqib boʻlmagan qismlari: { $n }; “Koʻrilmagan”ga qarang
gate-unverified = shulardan rasmiy matn bilan hali solishtirilmagan qoidalarga asoslangani: { $n }
gate-no-set = talablar toʻplami qoʻllanmagan
gate-every = barcha majburiy unsurlar matnda topildi
priority-finding = { $category }: { $term } – “{ $quote }”{ $page ->
    [0] {""}
   *[other] {" "}({ $page }-bet)
  }; { $because }{ $more ->
    [0] {""}
   *[other] {" "}va yana { $more } ta
  }
priority-category-one = faoliyat I toifaga kiradi
priority-hearing = { $requirement }: jamoatchilik eshituvi natijalari topilmadi; eshituv zarur boʻlsa, bu rad etish uchun asosdir
priority-nothing = yuqori darajali xavf ham, ogʻirlashtiruvchi holat ham yoʻq
priority-unread = oʻqilgan qismlarda yuqori darajali xavf topilmadi, lekin faylning koʻrilmagan qismlari bor ({ $n }) va ularda xavf boʻlishi mumkin: avval shularni oʻqing; “Koʻrilmagan”ga qarang
depth-many-categories = { $n } toifada yuqori darajali xavflar: { $categories }
depth-category-one = I toifadagi faoliyat, yuqori darajali xavflar: { $categories }
depth-nothing = toʻplam toʻliq, yuqori darajali xavf ham, matnda aytilgan oʻrta darajali xavf ham topilmadi
depth-high = yuqori darajali xavflar: { $categories }
depth-medium = matnda aytilgan oʻrta darajali xavflar: { $n }
depth-not-complete = toʻplam toʻliqligi maʼlum emas

# Risk terms: what the sentence says
heading = sarlavha
states-law = qonun yoki meʼyor mazmunini bayon qiladi
other-place = boshqa joy haqida: “{ $cue }”
double-negation = qoʻsh inkor: “{ $cue }”
forbidden = loyiha taqiqlaydi: “{ $cue }”
measure-not-taken = unga qarshi chora koʻrilmaydi
not-assessed = baholanmagan yoki koʻrsatilmagan: “{ $cue }”
denied-then-possible = inkor etilgan, soʻng mumkin deyilgan: “{ $cue }”
negated = inkor etilgan: “{ $cue }”
within-norm = meʼyor doirasida deyilgan: “{ $cue }”
improbable = ehtimoli kam deyilgan: “{ $cue }”
measure = chora: “{ $cue }”
possible = mumkin: “{ $cue }”
asserted = matnda aytilgan
is-measure = bu chora
measure-missing = chora yoʻq, { $because }
barrier-missing = himoya yoʻq, { $because }
states-lack = ifodaning oʻzi yoʻqlikni bildiradi
lacking = yoʻq: “{ $cue }”
not-needed = kerak emas deyilgan: “{ $cue }”
done-or-planned = bajarilgan yoki rejalashtirilgan
not-done = bajarilmagan, { $because }
names-law = qonunni tilga oladi
like-labelled-sentences = leksikonda yoʻq; shu toifaning belgilangan gaplariga oʻxshaydi
read-by-labelled-sentences = oʻxshash belgilangan gaplar kabi oʻqildi
title-of-law = qonun nomida
void-act = { $act }: { $since } dan kuchini yoʻqotgan, hisobot { $submitted } da topshirilgan

# Risk terms: how much it weighs
raised-by = darajasini oshirgan holatlar: { $because }
near-limit = qiymat meʼyorga yaqin
weak-survey = tekshiruv inkorni tasdiqlamaydi
no-source = manba koʻrsatilmagan
far-away = uzoqda
slight-effect = zaif taʼsir
list-of-names = nomlar yoki manbalar roʻyxati
about-document = hujjatning oʻzi haqida
form-item = shakl bandi, tasdiq emas
among-measures = choralar orasida turibdi
explains-law = qonun yoki rejani tushuntiradi
explains-method = uslubni tushuntiradi
says-what-was-examined = nima oʻrganilgani yoki kelishilganini aytadi
says-law = qonun nima deyishini aytadi
done-in-that-case = shunday holatda nima qilinishini aytadi
to-be-done = nima qilish kerakligini aytadi
stock-phrase = chorasiz umumiy ibora
not-full-statement = toʻliq boʻlmagan fikr
without-project = loyihadan voz kechish haqida
general-statement = umumiy fikr
said-small = kichik deyilgan
same-sentence-denies = shu gapning oʻzi inkor etadi
only-slightly = faqat shartli yoki zaif
little-tie = loyihaga kam bogʻliq
no-effect-named = loyihaga yoki loyihaning taʼsiri aytilmagan
answered-no = shaklda “yoʻq” deb javob berilgan
answered-yes = shaklda “ha” deb javob berilgan
table-label = jadvaldagi yozuv
stated-elsewhere = hisobotning boshqa joyida aytilgan
denied-elsewhere = hisobotning boshqa joyida inkor etilgan
vague-with-amounts = taʼsir kichik yoki yoʻq deyilgan; boʻlimda miqdorlar bor, gapda yoʻq
vague-without-amounts = taʼsir kichik yoki yoʻq deyilgan; gapda ham, boʻlimda ham miqdor yoki manba yoʻq

# Circumstances that raise a risk
cue = { $name }
cue-near-distance = yaqin masofa
cue-far-distance = uzoq masofa
cue-above-limit = meʼyordan yuqori qiymat
cue-near-limit = meʼyorga yaqin qiymat
cue-exceed = oshib ketish
cue-high-seismic = yuqori seysmiklik
cue-mass = koʻrsatilgan massa
cue-people = odamlar soni
cue-area = koʻrsatilgan maydon
cue-inside = ichida joylashish
cue-crossing = kesib oʻtish
cue-status = huquqiy maqom
cue-loss = yoʻqotish
cue-irrigated = sugʻoriladigan yerlar
cue-unpermitted = ruxsatsiz
cue-unnotified = xabar berilmagan
cue-unlined = himoya qatlamisiz
cue-unauthorised = oʻzboshimcha
cue-unanswered = javobsiz
cue-taken-for-good = qaytarilmaydigan qilib olish
cue-shallow = sayoz
cue-removal = olib tashlash
cue-pollution = ifloslanish
cue-open-storage = ochiq saqlash
cue-no-receiver = qabul qiluvchi yoʻq
cue-near-water = suvga yaqin
cue-border = davlat chegarasi

# Contradictions
figures-differ = { $because }: turli qiymatlar koʻrsatilgan – { $figures }
subject-distance = eng yaqin obyektgacha masofa: { $class ->
    [dwelling] turar joy
    [settlement] aholi punkti
    [school] maktab, shifoxona
    [protected] muhofaza etiladigan hudud
    [well] quduq
    [farmland] qishloq xoʻjaligi yerlari
    [heritage] meros obyekti
    [recreation] dam olish zonasi
    [border] davlat chegarasi
    [species] turlar yashash joyi
   *[other] { $class }
  }
subject-distance-water = eng yaqin suv obyektigacha masofa
subject-area = maydon: { $class ->
    [site] uchastka
    [disturbed] buzilgan yerlar
    [facility] obyekt
    [green] koʻkalamzor
   *[other] boshqa
  }
subject-capacity = quvvat, { $unit }
subject-emission = chiqarilmalar: { $class ->
    [total] jami
    [dust] chang
   *[other] { $class }
  } ({ $unit })
subject-water = suv: { $class ->
    [supply] suv olish
    [wastewater] oqova suv
    [reuse] qayta ishlatish
   *[other] boshqa
  } ({ $unit })
subject-figure = “{ $words }” miqdori ({ $unit })
subject-position = koordinatalar
subject-category = { $category } toifa
position-apart = bir nuqta qolganlaridan { $km } km uzoqda
void-act-cited = { $act } keltirilgan; u { $since } dan kuchini yoʻqotgan, hisobot { $submitted } da topshirilgan
category-not-in-list = { $category } toifa koʻrsatilgan, lekin amaldagi roʻyxatda faqat { $listed } bor
category-exceeded = { $category } toifa koʻrsatilgan, lekin { $activity }, { $value } { $unit }, { $row } qatoriga kiradi ({ $because }): { $other } toifa
category-always = { $category } toifa koʻrsatilgan, lekin { $activity }, hajmidan qatʼi nazar, { $row } qatoriga kiradi: { $other } toifa
limit-at-least = { $limit } { $unit } va undan koʻp
limit-more-than = { $limit } { $unit } dan koʻp
foreign-name = loyihaniki boʻlmagan nom faqat shu boʻlimda takrorlanadi: koʻchirilgan matnmi?

# Precedents
same-facet = { $because } bir xil: { $value }
facet-differs = { $because }: bu yerda { $here }, u yerda { $there }
speaks-of = hisobotda shu haqda soʻz boradi: { $value }
names-facet = hisobotda { $because } aytilgan: { $value }
facet-activity = faoliyat turi
facet-category = toifa
facet-basin = daryo havzasi
facet-region = hudud
facet-jurisdiction = yurisdiksiya
facet-stage = bosqich
facet-document-type = hujjat turi
similar-both = oʻxshash matn: bu yerda “{ $here }”, u yerda “{ $there }”
similar-here = oʻxshash matn: bu yerda “{ $here }”, u yerda birinchi sarlavhagacha
similar-there = oʻxshash matn: u yerda “{ $there }”
similar-front = birinchi sarlavhagacha boʻlgan oʻxshash matn

# Not examined: files and pages
page-beyond-limit = { $page }-sahifa { $limit } sahifalik chegaradan tashqarida; faylni boʻling
page-words-unsure = { $page }-sahifada { $words } soʻzdan { $unsure } tasini ishonchli oʻqib boʻlmadi; ular { $mark } bilan belgilangan
page-picture-unread = { $page }-sahifa – rasm: { $because }; oʻzingiz koʻring
page-encrypted = { $page }-sahifa shifrlangan; faylni parolsiz saqlang
page-failed = { $page }-sahifani oʻqib boʻlmadi ({ $because }); oʻzingiz koʻring
page-timed-out = { $page }-sahifani oʻqish juda uzoq davom etdi; oʻzingiz koʻring
page-unreadable = { $page }-sahifada matn bor, lekin { $because }; oʻqish uchun tesseract oʻrnating
page-turned = { $page }-sahifa – matnsiz burilgan rasm; uni toʻgʻrilang yoki tesseract oʻrnating
page-picture = { $page }-sahifa – matnsiz rasm; oʻqish uchun tesseract oʻrnating
page-drawn = { $page }-sahifa matnsiz chizilgan; oʻzingiz koʻring
letters-unmapped = belgilari harflarga bogʻlanmagan
letters-torn = harflari uzilib qolgan
letters-no-words = harflari soʻz hosil qilmaydi
characters-no-words = belgilari soʻz hosil qilmaydi
work-cancelled = ish bekor qilingan
document-time-used-up = hujjatga ajratilgan vaqt tugadi
worker-stopped = ish oqimi toʻxtab qoldi
no-words-in-picture = rasmda soʻz topilmadi
recognition-unsure = matnni tanish soʻzlarga atigi { $percent } % ishonadi
reader-broke-down = unda oʻqish uzildi
reader-stopped = oʻqish toʻxtadi
reader-out-of-time = oʻqishga ajratilgan protsessor vaqti tugadi
reader-killed = oʻqish majburan toʻxtatildi, ehtimol xotira yetmagan
reader-out-of-memory = oʻqish uzildi yoki xotira yetmadi
reader-crashed = oʻqishda nosozlik
reader-signal = oʻqish { $signal } signali bilan toʻxtatildi
reader-took-too-long = oʻqish { $seconds } soniyadan uzoq davom etdi
reader-not-started = oʻqish jarayonini boshlab boʻlmadi: { $because }
word-file-damaged = Word fayli shikastlangan: matni faqat shu joygacha oʻqildi ({ $because }); uni qayta saqlang
pictures-as-pages = sahifa kattaligidagi rasmlar: { $n } ta; ularda oʻqilmagan matn boʻlishi mumkin; tanib olish uchun faylni PDF qilib saqlang yoki oʻzingiz koʻring
embedded-part-unread = Word fayli ichida boshqa formatdagi qismlar: { $n } ta; ular oʻqilmadi; faylni ochib, qayta saqlang va shuni topshiring
notes-unread = Word faylining oʻqib boʻlmagan izohlari: { $n } ta ({ $because }); uni qayta saqlang
linked-part-unread = Word faylining boshqa fayllarda turgan qismlari: { $n } ta; ular oʻqilmadi; butun matnni bitta faylga yigʻib, shuni topshiring
object-unread = Word fayli ichidagi boshqa dasturlar obyektlari: { $n } ta; ular oʻqilmadi; faylni PDF qilib saqlang yoki oʻzingiz koʻring
attached-files-unread = PDF portfolio: unga ilova qilingan fayllar oʻqilmadi; ularni birma-bir topshiring
words-undecoded = kodi ochilmagan va oʻqilmagan soʻzlar: { $n } ta; faylning ayrim qismlari boshqa kodlashda; butun faylni UTF-8 qilib saqlang
element-not-closed = <{ $element }> ochilgan, lekin yopilmagan: undan keyingi matn oʻqilmadi; sahifani qayta saqlang
text-beyond-limit = faylda { $bytes } baytdan koʻp matn bor; davomi oʻqilmadi; faylni boʻling
file-unread = faylni oʻqib boʻlmadi ({ $because }); oʻzingiz koʻring
technical = { $what }

# Not examined: stages
meaning-failed = maʼno boʻyicha solishtirish bajarilmadi: { $because }
no-model = til modeli yuklanmagan: faqat soʻzlar boʻyicha solishtirildi
model-not-covering = { $model } modeli tilni bilmaydi ({ $language }): { $because }; buning uchun koʻp tilli model kerak
judged-by-glossary = { $n } ta parchaning maʼnosi lugʻat orqali baholandi, bu zaifroq
judged-by-words = { $n } ta parcha maʼno emas, faqat soʻzlar boʻyicha baholandi
passages-cut-short = { $n } ta parchaning faqat boshi maʼno boʻyicha baholandi: model bir yoʻla koʻpi bilan { $tokens } ta tokenni oʻqiydi; soʻzlar butun matndan qidirildi
no-archive = oldingi ishlar arxivi yoʻq; cases import buyrugʻi bilan yuklang
archive-empty = oldingi ishlar arxivi boʻsh; cases import buyrugʻi bilan yuklang
precedents-failed = oʻxshash ishlar va koʻchirmalar tekshirilmadi: { $because }
precedents-not-asked = oldingi ishlar bilan solishtirish soʻralmagan
query-by-glossary = birorta model soʻrov tilini bilmaydi: maʼnosi lugʻat orqali baholandi, bu zaifroq
query-by-words = faqat soʻzlar boʻyicha qidirildi: birorta model soʻrov tilini bilmaydi
query-cut-short = soʻrovning faqat boshi maʼno boʻyicha solishtirildi: model koʻpi bilan { $tokens } ta tokenni oʻqiydi; soʻzlarning hammasi qidirildi
