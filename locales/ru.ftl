# Слова консоли эксперта на русском языке. Во всех языках одни и те же ключи; это проверяет тест.

# Frame
console = Проверка ОВОС
skip = К содержанию страницы
navigation = Главное меню
language = Язык
nav-queue = Очередь
nav-precedents = Прецеденты
nav-compare = Сравнение версий
nav-statistics = Согласие
sign-in = Вход
sign-in-about = Назовите себя. Каждый вердикт хранится с вашим именем.
sign-in-name = Ваше имя
sign-in-refused = Введите имя не длиннее 80 знаков.
sign-in-token-about = Вставьте выданный вам токен или токен вашей службы входа. Каждый вердикт хранится с вашим именем.
sign-in-token-refused = Токен не принят: он неизвестен или истёк.
sign-in-token = Токен
sign-in-token-long = Токен слишком длинный для сеанса (более 2600 знаков): попросите токен с меньшим числом полей.
sign-in-too-many = С этого адреса слишком много неудачных попыток входа. Повторите через минуту.
sign-in-certificate-about = По сертификату вы – { $what }. Каждый вердикт хранится с вашим именем.
sign-in-certificate = Войти по сертификату
sign-in-certificate-refused = Сертификат не принят: по нему никто не известен.
sign-in-certificate-none = Вход по клиентскому сертификату: установите выданный вам сертификат в браузер и загрузите страницу снова.
sign-in-again = Войти в другой вкладке
sign-out = Выйти
back-to-queue = Вернуться к очереди
close = Закрыть
yes = Да
no = Нет
not-stated = Не указано
previous = Назад
next = Далее
paging = Страницы списка
page-of = Страница { $n } из { $all }
go = Перейти

# Problems
error-not-found = Такой страницы или такого отчёта нет
error-invalid = Запрос нельзя выполнить
error-unreadable = Одно из введённых значений не распознано, например номер страницы не является числом. Вернитесь и исправьте его.
error-stale = Форма устарела: скопируйте введённое, откройте её страницу заново и отправьте снова
error-superseded = По этому выводу уже есть другой вердикт: скопируйте свою причину, откройте отчёт заново и решите снова
error-too-large = Файл слишком большой
error-form-too-large = Форма слишком большая: сократите введённый текст
error-busy = Слишком много отчётов ожидает: повторите попытку позже
error-starting = Служба запускается: повторите попытку через минуту
error-unrecorded = Журнал аудита сейчас недоступен для записи: повторите попытку позже и сообщите администратору
error-internal = Сбой службы; администратор найдёт причину в журнале под этим номером
error-forbidden = Ваша роль этого не допускает
error-signed-out = Ваш сеанс завершён
error-signed-out-about = Ничего не записано, а введённое осталось на этой странице. Войдите в другой вкладке, вернитесь сюда и отправьте ещё раз.
error-typed = Введённый вами текст, чтобы его скопировать:

# Queue
queue-empty = Ещё ни один отчёт не проверен. Загрузите первый выше.
queue-none = Под этот отбор не подходит ни один отчёт.
queue-count = { $n ->
    [one] { $n } отчёт
    [few] { $n } отчёта
   *[other] { $n } отчётов
  }
column-document = Отчёт
deadline = Срок
gate = Комплектность
priority = Приоритет
depth = Предложенная глубина
reasons = Причины
received = получен { $what }
deadline-from = считается с { $what }
days-left = { $n ->
    [0] срок сегодня
    [one] остался { $n } рабочий день
    [few] осталось { $n } рабочих дня
   *[other] осталось { $n } рабочих дней
  }
days-overdue = { $n ->
    [0] просрочено
    [one] просрочено на { $n } рабочий день
    [few] просрочено на { $n } рабочих дня
   *[other] просрочено на { $n } рабочих дней
  }
filter-words = Файл или дело
filter-any = Любые
filter-apply = Показать
sort = Порядок
sort-deadline = По сроку
sort-priority = По приоритету
sort-received = Сначала новые
sort-name = По имени
due-near = В ближайшие два рабочих дня
due-overdue = Просрочено
gate-complete = Полный
gate-incomplete = Неполный
gate-undetermined = Не определено
priority-high = Высокий
priority-elevated = Повышенный
priority-normal = Обычный
depth-fast = Короткая проверка
depth-ordinary = Обычное рассмотрение
depth-in-depth = Углублённое рассмотрение
gaps-missing = нет: { $n }
gaps-weak = слабо: { $n }
gaps-not-examined = не рассмотрено: { $n }

# Upload
upload = Загрузить отчёт
upload-file = Файл отчёта – выберите или перетащите сюда
upload-file-help = PDF или DOCX, до { $n } МиБ
upload-text-help = HTML, Markdown или простой текст, до { $n } МиБ
upload-pack = Требования
upload-by-date = { $what }: по дате и стадии
upload-stage = Стадия
stage-name-draft = Проект заявления
stage-name-statement = Заявление
stage-name-consequences = Заявление о последствиях
upload-submitted = День подачи
upload-case = Номер дела
upload-case-help = Латинские буквы, цифры, точка, дефис
upload-category = Категория
upload-activity = Вид деятельности
upload-facts = Факты, от которых зависят требования
upload-facts-help = Что не указано, остаётся открытым: требование оценивается, и в отчёте об этом сказано.
upload-send = Проверить отчёт
upload-sending = Файл передаётся
upload-failed = Файл не удалось передать. Проверьте связь и повторите попытку.
upload-no-file = Выберите непустой файл.
submissions = Отчёты на проверке
state-pending = Ожидает
state-failed = Не проверен
state-unreadable = Сохранённый отчёт не читается
unreadable-about = Сообщите администратору: причина в журнале.
state-cancelled = Отменено
state-done = Готово
state-running = Выполняется
failure-empty-file = Файл пуст.
failure-unsupported-format = Файлы этого формата не читаются: преобразуйте в PDF или DOCX.
failure-not-a-document = Файл не является документом в читаемом формате.
failure-encrypted = Файл защищён паролем: сохраните его без пароля.
failure-file-too-large = Файл слишком велик: разделите его.
failure-expands-too-much = Архив распаковывается больше дозволенного: пришлите обычный файл.
failure-no-pages = В документе нет страниц.
failure-truncated = Файл обрезан: пришлите его целиком.
failure-malformed = Структура файла повреждена: сохраните его заново или пришлите исходный.
failure-gave-up = Файл каждый раз останавливал сервис при чтении: сообщите администратору.
stage-read = Чтение файла
stage-embed = Сравнение по смыслу
stage-completeness = Проверка комплектности
stage-risk = Поиск признаков риска
stage-precedents = Поиск прецедентов

# Report
report-actions = Этот отчёт
about-pages = { $n ->
    [one] { $n } страница
    [few] { $n } страницы
   *[other] { $n } страниц
  }
gaps-decided = Решено по { $n } из { $all } пробелов
notice = Уведомление о недостатках
history = Вердикты
compare-with = Сравнить версии
keys = Клавиши
document = Документ
document-pages = Страницы документа
sheet = Страница
sheet-previous = Предыдущая страница
sheet-next = Следующая страница
of-pages = из { $n }
part-of = Часть { $n } из { $all }
view-text = Текст
view-picture = Изображение
view-contents = Содержание
no-text-kept = Текст этого документа здесь не хранится. Цитаты справа показывают, где стоит каждый вывод.
no-sections = Разделы не распознаны.
page-recognised = Эта страница – изображение; её текст распознан программой и может содержать ошибки.
page-unread = Эта страница не рассмотрена: { $what }
page-empty = На этой странице нет текста.
picture-of = Изображение страницы { $n }
picture-unavailable = Изображение недоступно:
findings = Выводы
show = Показать
show-every = Все требования
show-relevant = Заслуживающие внимания
show-gaps = Пробелы
show-open = Без решения
show-all = Всё
tab-completeness = Комплектность
tab-risks = Риски
tab-claims = Проверить
tab-precedents = Прецеденты
tab-reuse = Заимствования
tab-facts = Показатели
tab-unread = Не рассмотрено
tab-empty = Здесь ничего нет.
unseen-parts = { $n ->
    [one] Не рассмотрена { $n } часть файла: того, что там написано, в этом списке нет.
    [few] Не рассмотрены { $n } части файла: того, что там написано, в этом списке нет.
   *[other] Не рассмотрено частей файла: { $n }; того, что там написано, в этом списке нет.
  }
unseen-archive = С прежними делами не сопоставлено:
unseen-empty = В прочитанном ничего не найдено.
claims-about = Противоречия, заявления об отсутствии и расплывчатые утверждения, которые надо проверить. Сами по себе они не риск и на приоритет не влияют.
precedents-about = Прежние дела по сходству, а не по исходу. Сначала решение и условия.
reuse-about = Места, почти совпадающие с отчётом по другому делу.
unread-about = Это не пробелы и не отсутствие риска: эти части должен прочитать человек.
unread-none = Файл рассмотрен полностью.
contradictions = Противоречия
presence-present = Есть
presence-weak = Слабо
presence-missing = Нет
presence-not_applicable = Не применимо
presence-not_examined = Не рассмотрено
severity-high = Высокий
severity-medium = Средний
severity-low = Низкий
severity-none = Не риск
polarity-asserted = утверждается
polarity-negated = заявлено отсутствие
polarity-hypothetical = возможно
polarity-mitigation = мера
polarity-citation = ссылка на акт
polarity-heading = заголовок
polarity-other-place = другое место
claim-absence = проверить отсутствие
claim-vague = запросить обоснование
inconsistency-quantity = Числа расходятся
inconsistency-category = Категория
inconsistency-void-act = Утративший силу акт
inconsistency-foreign-name = Чужое название
source-secondary = правило из вторичного источника
source-unverified = правило не сверено с официальным текстом
obligation-conditional = только если: { $what }
condition-no = { $what } – нет
obligation-indicative = рекомендация, не закон
sure = уверенность { $n } %
not-found-parts = Не найдено:
closest-text = Ближайший найденный текст:
but-elsewhere = Но в другом месте:
reuse-overlap = совпадает { $n } %
reuse-here = Здесь:
reuse-there = Там:
place-page = с. { $n }
place-pages = страницы { $what }
place-recognised = прочитано с изображения
show-in-document = показать в документе
column-reason = Причина
column-what = Что
column-about = О чём
column-figure = Значение
column-where = Где

# Verdicts
accept = Принять
reject = Отклонить или изменить
reject-send = Отклонить вывод
reason-required = Причина (обязательно)
reason-missing = Укажите причину: без неё вывод можно только принять.
change-to = Новый итог
change-send = Изменить итог
verdict-accepted = Принято
verdict-rejected = Отклонено
verdict-changed-to = Изменено на: { $what }
earlier-verdicts = { $n ->
    [one] { $n } прежний вердикт
    [few] { $n } прежних вердикта
   *[other] { $n } прежних вердиктов
  }
history-about = Ничего не перезаписывается: действует последний вердикт, прежние сохраняются.
history-none = Вердиктов ещё нет.
replaced = позже заменён
column-when = Когда
column-who = Кто
column-finding = Вывод
column-verdict = Вердикт
export-suite = Выгрузить как набор для оценки
export-about = Набор в том виде, который читает «eval run»: документ, метки, сведения о лицензии.
agreement-decided = Решено выводов
agreement-accepted = Принято
agreement-rejected = Отклонено
agreement-changed = Изменено
agreement-pairs = Эксперты едины
agreement-kappa = Каппа между экспертами

# Precedents
decision = Решение:
no-decision = Решение неизвестно.
conditions = Условия:
alike = Сходство:
different = Отличия:
precedent-useful = Полезен
precedent-useless = Не полезен

# Figures
fact-location = Координаты
fact-area = Площади
fact-capacity = Мощности
fact-distance = Расстояния
fact-emission = Выбросы
fact-water = Вода
class-site = участок
standing-absent = заявлено отсутствие
standing-required = требуется
standing-alternative = альтернатива
phase-existing = сейчас
phase-construction = при строительстве
phase-operation = при эксплуатации
phase-closure = при закрытии
flow-sink = поглощение
map = Карта координат
map-about = Координаты, как они указаны в отчёте, в градусах (WGS 84). Север вверху.
map-none = В прочитанном тексте координат в градусах не найдено, поэтому нет и карты.
map-survey = Места по земельной съёмке перечислены, но не показаны на карте.

# Why not examined
unread-no-text-layer = нет текстового слоя
unread-rotated-scan = повёрнутый скан
unread-unreadable-text = нечитаемый текст
unread-encrypted = зашифровано
unread-parser-failed = сбой при чтении
unread-limit-reached = достигнут предел
unread-language-unknown = язык не определён
unread-language-not-covered = модель не знает этого языка
unread-no-archive = нет архива
unread-stage-failed = сбой этапа

# Keys
key-next = следующий и предыдущий вывод
key-evidence = показать место в документе
key-accept = принять вывод
key-reject = отклонить с причиной
key-change = изменить итог
key-page = предыдущая и следующая страница документа
key-help = этот список
keys-on = Клавиши из одной буквы включены

# Defect notice
notice-language = Язык письма
notice-docx = Скачать как DOCX
notice-print = Напечатать
notice-undecided = { $n ->
    [one] По { $n } пробелу решения ещё нет: письмо не будет исчерпывающим, а новые основания позже выдвигать нельзя.
   *[other] По { $n } пробелам решения ещё нет: письмо не будет исчерпывающим, а новые основания позже выдвигать нельзя.
  }
notice-decide = Решить сейчас
notice-not-examined = { $n ->
    [one] { $n } требование не рассмотрено: проверьте отчёт сами и измените итог, прежде чем подписывать.
    [few] { $n } требования не рассмотрены: проверьте отчёт сами и измените итоги, прежде чем подписывать.
   *[other] { $n } требований не рассмотрено: проверьте отчёт сами и измените итоги, прежде чем подписывать.
  }
notice-unread = { $n ->
    [one] Не рассмотрена { $n } часть файла: прочитайте её сами, прежде чем подписывать.
    [few] Не рассмотрены { $n } части файла: прочитайте их сами, прежде чем подписывать.
   *[other] Не рассмотрено { $n } частей файла: прочитайте их сами, прежде чем подписывать.
  }
notice-about = Проект по принятым пробелам. Правьте его здесь перед печатью или в файле DOCX; правки на этой странице не сохраняются.
letter-from = [Наименование и адрес центра экспертизы]
letter-to = [Наименование и адрес заявителя]
letter-title = Уведомление о недостатках представленных документов
letter-document = Документ
letter-case = Дело
letter-opening = Представленный документ проверен на комплектность по следующим требованиям: { $what }.
letter-count = { $n ->
    [0] Недостатков не обнаружено.
    [one] Обнаружен { $n } недостаток:
    [few] Обнаружены { $n } недостатка:
   *[other] Обнаружено { $n } недостатков:
  }
letter-missing = В документе этого нет.
letter-weak = Это лишь упомянуто или раскрыто частично.
letter-absent = Не найдено: { $what }.
letter-law = Требуется согласно: { $what }.
letter-place = приложение { $annex }, пункт { $point }{ $indent ->
    [0] {""}
   *[other] , абзац { $indent }
  }
letter-remark = Замечание эксперта: { $what }
letter-stands = В документе указано:
letter-no-text = Близкого текста в документе нет.
letter-open = [Пока не отправлять: перечень не исчерпывающий. Остаётся открытым: { $what }. Когда всё решено, укажите вместо этих слов, что перечень исчерпывающий.]
letter-open-undecided = { $n ->
    [one] { $n } пробел без решения
    [few] { $n } пробела без решения
   *[other] { $n } пробелов без решения
  }
letter-open-not-examined = { $n ->
    [one] { $n } требование не рассмотрено
    [few] { $n } требования не рассмотрены
   *[other] { $n } требований не рассмотрено
  }
letter-open-unread = { $n ->
    [one] { $n } часть файла не рассмотрена
    [few] { $n } части файла не рассмотрены
   *[other] { $n } частей файла не рассмотрено
  }
letter-exhaustive = Перечень исчерпывающий: других недостатков при этой проверке не обнаружено.
letter-ten-days = Недостатки следует устранить в течение десяти дней со дня получения уведомления (постановление Кабинета Министров № 234 от 11 мая 2026 года, приложение 2, пункт 23).
letter-date = Дата: { $what }
letter-signature = Эксперт: ____________________ (подпись, имя)
letter-approved = Утверждено: ____________________ (подпись, имя, должность)
export-nothing = Ни один вердикт ещё не даёт метки: сначала примите требование или измените его итог.

# Search and cases
search = Найти
search-words = Слова на любом языке
search-like = Как проверенный отчёт
search-near = Рядом с точкой
search-none = Дел не найдено.
latitude = Широта
longitude = Долгота
radius-km = км
year-from = Год с
year-to = Год по
near-title = Отчёты рядом с точкой
near-cases = Дела рядом с точкой
near-about = Поиск охватывает координаты, указанные в проверенных отчётах и в документах загруженных дел. У дел, загруженных раньше, координат нет, пока их не загрузят снова.
near-none = Ни в одном проверенном отчёте или деле не указаны координаты на этом расстоянии.
distance-km = Расстояние, км
facets = Дело
facet-activity = Деятельность
facet-jurisdiction = Страна
facet-region = Регион
facet-basin = Речной бассейн
facet-category = Категория
facet-stage = Стадия
facet-year = Год
facet-decided = День решения
facet-agency = Орган
facet-language = Язык
case-documents = Документы
case-screenings = Проверки дела
case-no-screenings = Проверок этого дела не сохранено, поэтому его разделы здесь не известны.
case-compare = Сравнить два дела
case-other = Другое дело
case-sections = Разделы по предмету
case-found = Найденные дела
open-report = Открыть отчёт
compare = Сравнить

# Versions
version-old = Ранняя версия
version-new = Поздняя версия
compare-about = Выберите две проверки. Требования сопоставляются по коду, выводы о рисках – по тому, что сказано в предложениях.
change-regressed = Стало хуже
change-new = Новое
change-remains = Всё ещё открыто
change-improved = Стало лучше
change-unclear = Больше нельзя оценить
change-unexamined = Не оценено ни в одной
change-lapsed = Больше не применимо
change-resolved = Устранено
change-cleared = Пробела нет, раньше не оценивалось
change-fine = Пробелов нет в обеих
change-gone = Больше нет
risks-kept = Выводы о средних и высоких рисках в обеих версиях: { $n }
risks-raised = Риск стал выше
risks-lowered = Риск стал ниже
and-more = и ещё { $n }
compare-unread-new = { $n ->
    [one] В поздней версии не рассмотрена { $n } часть файла: указанное под «{ change-gone }» может по-прежнему там быть.
    [few] В поздней версии не рассмотрены { $n } части файла: указанное под «{ change-gone }» может по-прежнему там быть.
   *[other] В поздней версии не рассмотрено { $n } частей файла: указанное под «{ change-gone }» может по-прежнему там быть.
  }
compare-unread-old = { $n ->
    [one] В ранней версии не рассмотрена { $n } часть файла: указанное под «{ change-new }» могло там быть и раньше.
    [few] В ранней версии не рассмотрены { $n } части файла: указанное под «{ change-new }» могло там быть и раньше.
   *[other] В ранней версии не рассмотрено { $n } частей файла: указанное под «{ change-new }» могло там быть и раньше.
  }

# Agreement
statistics-about = Как часто эксперты оставляли вывод в силе и как часто двое решали одинаково об одном и том же.
statistics-screenings = Проверок с вердиктами: { $n }
