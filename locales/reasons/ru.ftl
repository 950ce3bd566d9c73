# Reasons of the program in Russian. The codes and their English words stand in src/domain/explanation/codes.rs.

# Completeness
requirement-present = Раздел «{ $title }» посвящён этому.
requirement-present-both = Раздел «{ $title }» посвящён этому, и в его тексте об этом говорится.
requirement-present-text = Заголовка нет, но по существу в тексте об этом говорится.
requirement-weak-empty = Заголовок «{ $title }» есть, но под ним ничего нет.
requirement-weak-line = Заголовок «{ $title }» есть, но под ним лишь строка, обещание или отсылка к другому месту.
requirement-weak-partial = Раздел «{ $title }» касается этого, но не в полном объёме.
requirement-weak-name = Раздел «{ $title }» назван так, но в его тексте нет ничего, что можно засчитать.
requirement-weak-passing = Заголовка нет; в тексте об этом упоминается вскользь.
requirement-missing-close = Заголовок «{ $title }» близок, но ни под ним, ни в других местах нет ничего, что можно засчитать.
requirement-missing-words = Заголовка нет; встречаются отдельные слова, но ничего, что можно засчитать (см. ближайший текст).
requirement-missing-nothing = Ни заголовка, ни формулировок этого элемента в тексте не найдено.
missing-unsure = Вероятность отсутствия лишь { $percent } %, но пробел, не названный в первом извещении, позже предъявить нельзя: проверьте.
parts-absent = Не найдено: { $parts }.
due = Требуется: по данным дела условие выполнено ({ $condition }).
due-unknown = Требуется, только если условие выполнено ({ $condition }); выполнено ли оно, не указано.
not-due = Не требуется: по данным дела условие не выполнено ({ $condition }).
pages-unread = Не удалось прочитать страниц: { $n }.
language-unknown-to-rules = Значительная часть текста на языке, для которого нет правил; проверьте вручную.
no-text-read = Прочитать текст не удалось.
look-on-unread-pages = В прочитанном тексте ничего не найдено, но страниц, которые прочитать не удалось: { $n }; проверьте их вручную.
no-text-to-examine = В документе нет текста для проверки.

# Gate, priority, depth
gate-missing = не найдено обязательных элементов: { $n }
gate-weak = лишь затронуто или раскрыто частично обязательных элементов: { $n }
gate-not-judged = не удалось оценить обязательных элементов: { $n }
gate-parts-unread = не прочитано частей файла: { $n }; см. «Не рассмотрено»
gate-unverified = из них по правилам, ещё не сверенным с официальным текстом: { $n }
gate-no-set = набор требований не применялся
gate-every = все обязательные элементы найдены в тексте
priority-finding = { $category }: { $term } – «{ $quote }»{ $page ->
    [0] {""}
   *[other] {" "}(с. { $page })
  }; { $because }{ $more ->
    [0] {""}
   *[other] {" "}и ещё { $more }
  }
priority-category-one = деятельность относится к I категории
priority-hearing = { $requirement }: результаты общественных слушаний не найдены; если слушания нужны, это основание для отказа
priority-nothing = нет рисков высокой степени и отягчающих обстоятельств
priority-unread = в прочитанном рисков высокой степени не найдено, но есть нерассмотренные части файла ({ $n }), и в них могут быть риски: сначала прочитайте их; см. «Не рассмотрено»
depth-many-categories = риски высокой степени в { $n } категориях: { $categories }
depth-category-one = деятельность I категории с рисками высокой степени: { $categories }
depth-nothing = комплект полный, рисков высокой степени и утверждаемых рисков средней степени не найдено
depth-high = риски высокой степени: { $categories }
depth-medium = утверждаемых рисков средней степени: { $n }
depth-not-complete = неизвестно, полон ли комплект

# Risk terms: what the sentence says
heading = заголовок
states-law = излагает закон или норматив
other-place = речь о другом месте: «{ $cue }»
double-negation = двойное отрицание: «{ $cue }»
forbidden = запрещено проектом: «{ $cue }»
measure-not-taken = мера против этого не принимается
not-assessed = не оценено или не указано: «{ $cue }»
denied-then-possible = отрицается, затем названо возможным: «{ $cue }»
negated = отрицается: «{ $cue }»
within-norm = сказано, что в пределах нормы: «{ $cue }»
improbable = сказано, что маловероятно: «{ $cue }»
measure = мера: «{ $cue }»
possible = возможно: «{ $cue }»
asserted = утверждается
is-measure = это мера
measure-missing = мера отсутствует, { $because }
barrier-missing = защита отсутствует, { $because }
states-lack = сама формулировка указывает на отсутствие
lacking = отсутствует: «{ $cue }»
not-needed = сказано, что не требуется: «{ $cue }»
done-or-planned = выполнено или запланировано
not-done = не выполнено, { $because }
names-law = назван закон
like-labelled-sentences = нет в лексиконе; похоже на размеченные предложения этой категории
read-by-labelled-sentences = прочитано так, как похожие размеченные предложения
title-of-law = в названии закона
void-act = { $act }: утратил силу { $since }, отчёт подан { $submitted }

# Risk terms: how much it weighs
raised-by = степень повышена, так как указано: { $because }
near-limit = значение близко к нормативу
weak-survey = обследование не подтверждает отрицание
no-source = источник не указан
far-away = далеко
slight-effect = слабое воздействие
list-of-names = перечень названий или источников
about-document = речь о самом документе
form-item = пункт формы, а не утверждение
among-measures = находится среди мер
explains-law = поясняет закон или план
explains-method = поясняет методику
says-what-was-examined = сообщает, что изучено или согласовано
says-law = излагает закон
done-in-that-case = сообщает, что делается в таком случае
to-be-done = сообщает, что следует сделать
stock-phrase = общая фраза без меры
not-full-statement = неполное утверждение
without-project = об отказе от проекта
general-statement = общее утверждение
said-small = сказано, что незначительно
same-sentence-denies = то же предложение это отрицает
only-slightly = лишь условно или в слабой степени
little-tie = слабо связано с проектом
no-effect-named = воздействие на проект или от проекта не названо
answered-no = в форме ответ «нет»
answered-yes = в форме ответ «да»
table-label = подпись в таблице
stated-elsewhere = в другом месте отчёта утверждается
denied-elsewhere = в другом месте отчёта отрицается
vague-with-amounts = сказано, что воздействие мало или отсутствует; в разделе есть величины, в предложении нет
vague-without-amounts = сказано, что воздействие мало или отсутствует; ни в предложении, ни в разделе нет величины или источника

# Circumstances that raise a risk
cue = { $name }
cue-near-distance = малое расстояние
cue-far-distance = большое расстояние
cue-above-limit = значение выше норматива
cue-near-limit = значение близко к нормативу
cue-exceed = превышение
cue-high-seismic = высокая сейсмичность
cue-mass = названная масса
cue-people = число людей
cue-area = названная площадь
cue-inside = расположение внутри
cue-crossing = пересечение
cue-status = правовой статус
cue-loss = утрата
cue-irrigated = орошаемые земли
cue-unpermitted = отсутствие разрешения
cue-unnotified = отсутствие уведомления
cue-unlined = отсутствие экрана
cue-unauthorised = самовольность
cue-unanswered = отсутствие ответа
cue-taken-for-good = безвозвратное изъятие
cue-shallow = малая глубина
cue-removal = снос или удаление
cue-pollution = загрязнение
cue-open-storage = открытое хранение
cue-no-receiver = отсутствие приёмщика
cue-near-water = близость воды
cue-border = граница государства

# Contradictions
figures-differ = { $because }: указаны разные значения – { $figures }
subject-distance = расстояние до ближайшего объекта: { $class ->
    [dwelling] жильё
    [settlement] населённый пункт
    [school] школа, больница
    [protected] охраняемая территория
    [well] скважина, колодец
    [farmland] сельхозугодья
    [heritage] объект наследия
    [recreation] зона отдыха
    [border] государственная граница
    [species] местообитание видов
   *[other] { $class }
  }
subject-distance-water = расстояние до ближайшего водного объекта
subject-area = площадь: { $class ->
    [site] участок
    [disturbed] нарушенные земли
    [facility] объект
    [green] озеленение
   *[other] прочее
  }
subject-capacity = мощность, { $unit }
subject-emission = выбросы: { $class ->
    [total] всего
    [dust] пыль
   *[other] { $class }
  } ({ $unit })
subject-water = вода: { $class ->
    [supply] водопотребление
    [wastewater] сточные воды
    [reuse] повторное использование
   *[other] прочее
  } ({ $unit })
subject-figure = величина «{ $words }» ({ $unit })
subject-position = координаты
subject-category = категория { $category }
position-apart = одна из точек отстоит от остальных на { $km } км
void-act-cited = цитируется { $act }; он утратил силу { $since }, отчёт подан { $submitted }
category-not-in-list = заявлена категория { $category }, но в действующем перечне есть только { $listed }
category-exceeded = заявлена категория { $category }, но { $activity }, { $value } { $unit }, относится к строке { $row } ({ $because }): категория { $other }
category-always = заявлена категория { $category }, но { $activity }, независимо от размера, относится к строке { $row }: категория { $other }
limit-at-least = { $limit } { $unit } и более
limit-more-than = более { $limit } { $unit }
foreign-name = только в этом разделе повторяется чужое название: скопированный текст?

# Precedents
same-facet = совпадает { $because }: { $value }
facet-differs = { $because }: здесь { $here }, там { $there }
speaks-of = в отчёте говорится о: { $value }
names-facet = в отчёте назван { $because }: { $value }
facet-activity = вид деятельности
facet-category = категория
facet-basin = речной бассейн
facet-region = регион
facet-jurisdiction = юрисдикция
facet-stage = стадия
facet-document-type = вид документа
similar-both = похожий текст: здесь «{ $here }», там «{ $there }»
similar-here = похожий текст: здесь «{ $here }», там до первого заголовка
similar-there = похожий текст: там «{ $there }»
similar-front = похожий текст до первого заголовка

# Not examined: files and pages
page-beyond-limit = страница { $page } за пределом в { $limit } страниц; разделите файл
page-words-unsure = на странице { $page } не удалось уверенно прочитать слов: { $unsure } из { $words }; они обозначены { $mark }
page-picture-unread = страница { $page } – изображение: { $because }; посмотрите сами
page-encrypted = страница { $page } зашифрована; сохраните файл без пароля
page-failed = страницу { $page } не удалось прочитать ({ $because }); посмотрите сами
page-timed-out = страница { $page } читалась слишком долго; посмотрите сами
page-unreadable = на странице { $page } есть текст, но { $because }; установите tesseract, чтобы её прочитать
page-turned = страница { $page } – повёрнутое изображение без текста; поверните её или установите tesseract
page-picture = страница { $page } – изображение без текста; установите tesseract, чтобы её прочитать
page-drawn = страница { $page } нарисована без текста; посмотрите сами
letters-unmapped = знаки не сопоставлены буквам
letters-torn = буквы разорваны
letters-no-words = буквы не складываются в слова
characters-no-words = знаки не складываются в слова
work-cancelled = работа отменена
document-time-used-up = время на документ исчерпано
worker-stopped = рабочий поток остановился
no-words-in-picture = на изображении не найдено слов
recognition-unsure = распознавание уверено в словах лишь на { $percent } %
reader-broke-down = на ней чтение прервалось
reader-stopped = чтение остановилось
reader-out-of-time = процессорное время на чтение исчерпано
reader-killed = чтение принудительно остановлено, возможно, из-за нехватки памяти
reader-out-of-memory = чтение прервалось, или не хватило памяти
reader-crashed = сбой при чтении
reader-signal = чтение остановлено сигналом { $signal }
reader-took-too-long = чтение длилось более { $seconds } с
reader-not-started = не удалось запустить процесс чтения: { $because }
word-file-damaged = файл Word повреждён: текст прочитан только до этого места ({ $because }); сохраните его заново
pictures-as-pages = изображений размером со страницу: { $n }; на них может быть непрочитанный текст; сохраните файл в PDF, чтобы их распознать, или посмотрите сами
embedded-part-unread = вложенных частей в другом формате внутри файла Word: { $n }; они не прочитаны; откройте файл, сохраните заново и подайте его
notes-unread = сносок файла Word, которые не удалось прочитать: { $n } ({ $because }); сохраните его заново
linked-part-unread = частей файла Word, которые лежат в других файлах: { $n }; они не прочитаны; соберите весь текст в один файл и подайте его
object-unread = объектов других программ внутри файла Word: { $n }; они не прочитаны; сохраните файл в PDF или посмотрите сами
attached-files-unread = PDF является портфолио: приложенные к нему файлы не прочитаны; подайте их по одному
words-undecoded = слов, которые не удалось раскодировать и прочитать: { $n }; части файла записаны в другой кодировке; сохраните весь файл в UTF-8
element-not-closed = элемент <{ $element }> открыт и не закрыт: текст после него не прочитан; сохраните страницу заново
text-beyond-limit = в файле более { $bytes } байт текста; дальше не читалось; разделите файл
file-unread = файл не удалось прочитать ({ $because }); посмотрите сами
technical = { $what }

# Not examined: stages
meaning-failed = сопоставление по смыслу не выполнено: { $because }
no-model = языковая модель не загружена: сопоставление только по словам
model-not-covering = модель { $model } не знает языка ({ $language }): { $because }; для него нужна многоязычная модель
judged-by-glossary = смысл отрывков ({ $n }) оценён через словарь, это слабее
judged-by-words = отрывки ({ $n }) оценены только по словам, не по смыслу
passages-cut-short = отрывки, у которых по смыслу оценено только начало: { $n }; модель читает не больше { $tokens } токенов за раз, слова учтены во всём тексте
no-archive = архива прежних дел нет; загрузите дела командой cases import
archive-empty = архив прежних дел пуст; загрузите дела командой cases import
precedents-failed = прецеденты и заимствования не проверены: { $because }
precedents-not-asked = сопоставление с прежними делами не запрашивалось
query-by-glossary = ни одна модель не знает языка запроса: смысл оценён через словарь, это слабее
query-by-words = поиск только по словам: ни одна модель не знает языка запроса
query-cut-short = по смыслу сопоставлено только начало запроса: модель читает не больше { $tokens } токенов; слова учтены все
