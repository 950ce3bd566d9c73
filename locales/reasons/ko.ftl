# Reasons of the program in Korean. The codes and their English words stand in src/domain/explanation/codes.rs.

# Completeness
requirement-present = “{ $title }” 절에서 이를 다룹니다.
requirement-present-both = “{ $title }” 절에서 이를 다루며 본문에도 그 내용이 있습니다.
requirement-present-text = 제목은 없지만 본문에서 실질적으로 다룹니다.
requirement-weak-empty = “{ $title }” 제목은 있으나 그 아래 내용이 없습니다.
requirement-weak-line = “{ $title }” 제목은 있으나 그 아래에는 한 줄, 약속 또는 다른 곳의 참조만 있습니다.
requirement-weak-partial = “{ $title }” 절에서 언급하지만 충분하지 않습니다.
requirement-weak-name = “{ $title }” 절은 제목이 그러하나 본문에는 인정할 만한 내용이 없습니다.
requirement-weak-passing = 제목은 없고 본문에서 지나가듯 언급합니다.
requirement-missing-close = “{ $title }” 제목이 가깝지만 그 아래에도 다른 곳에도 인정할 만한 내용이 없습니다.
requirement-missing-words = 제목이 없고 낱말 몇 개만 나올 뿐 인정할 만한 내용이 없습니다(가장 가까운 글 참조).
requirement-missing-nothing = 이 항목의 제목도 표현도 본문에서 찾지 못했습니다.
missing-unsure = 누락되었을 가능성은 { $percent } %에 그치지만, 첫 통지에 적지 않은 누락은 나중에 제기할 수 없으므로 확인하십시오.
parts-absent = 찾지 못함: { $parts }.
due = 필요함: 사건 정보에 따르면 조건이 충족됩니다({ $condition }).
due-unknown = 조건이 충족될 때만 필요함({ $condition }); 충족 여부는 제시되지 않았습니다.
not-due = 필요 없음: 사건 정보에 따르면 조건이 충족되지 않습니다({ $condition }).
pages-unread = 읽지 못한 쪽: { $n }쪽.
language-unknown-to-rules = 본문의 상당 부분이 규칙이 모르는 언어로 되어 있습니다. 직접 확인하십시오.
no-text-read = 글을 읽지 못했습니다.
look-on-unread-pages = 읽은 본문에서는 찾지 못했으나 읽지 못한 쪽이 { $n }쪽 있습니다. 직접 확인하십시오.
no-text-to-examine = 문서에 검토할 글이 없습니다.

# Gate, priority, depth
gate-missing = 찾지 못한 필수 항목 { $n }개
gate-weak = 언급만 되었거나 일부만 다룬 필수 항목 { $n }개
gate-not-judged = 판단하지 못한 필수 항목 { $n }개
gate-parts-unread = 읽지 못한 파일 부분 { $n }개; “미검토” 참조
gate-unverified = 그중 공식 원문과 아직 대조하지 않은 규칙에 따른 것 { $n }개
gate-no-set = 적용된 요구 사항이 없음
gate-every = 모든 필수 항목을 본문에서 찾음
priority-finding = { $category }: { $term } – “{ $quote }”{ $page ->
    [0] {""}
   *[other] {" "}({ $page }쪽)
  }; { $because }{ $more ->
    [0] {""}
   *[other] {" "}외 { $more }건
  }
priority-category-one = I 범주 사업
priority-hearing = { $requirement }: 공청회 결과를 찾지 못함; 공청회가 필요하면 반려 사유가 됨
priority-nothing = 높은 위험도 가중 사유도 없음
priority-unread = 읽은 부분에서는 높은 위험을 찾지 못했으나 검토하지 못한 파일 부분 { $n }개에 위험이 있을 수 있으므로 먼저 읽어야 함; “미검토” 참조
depth-many-categories = { $n }개 분야에서 높은 위험: { $categories }
depth-category-one = I 범주 사업이며 높은 위험이 있음: { $categories }
depth-nothing = 완비되었고 높은 위험도 본문에 서술된 중간 위험도 찾지 못함
depth-high = 높은 위험: { $categories }
depth-medium = 본문에 서술된 중간 위험 { $n }건
depth-not-complete = 완비 여부를 알 수 없음

# Risk terms: what the sentence says
heading = 제목
states-law = 법령이나 기준의 내용을 서술함
other-place = 다른 장소에 관한 내용: “{ $cue }”
double-negation = 이중 부정: “{ $cue }”
forbidden = 사업에서 금지함: “{ $cue }”
measure-not-taken = 이에 대한 대책을 시행하지 않음
not-assessed = 평가되지 않았거나 제시되지 않음: “{ $cue }”
denied-then-possible = 부정한 뒤 가능하다고 함: “{ $cue }”
negated = 부정됨: “{ $cue }”
within-norm = 기준 이내라고 함: “{ $cue }”
improbable = 가능성이 낮다고 함: “{ $cue }”
measure = 대책: “{ $cue }”
possible = 가능함: “{ $cue }”
asserted = 서술됨
is-measure = 대책임
measure-missing = 대책 없음, { $because }
barrier-missing = 방지 시설 없음, { $because }
states-lack = 표현 자체가 없음을 뜻함
lacking = 없음: “{ $cue }”
not-needed = 필요 없다고 함: “{ $cue }”
done-or-planned = 시행되었거나 계획됨
not-done = 시행되지 않음, { $because }
names-law = 법령을 언급함
like-labelled-sentences = 용어집에 없음; 이 범주로 분류된 문장과 비슷함
read-by-labelled-sentences = 비슷한 분류 문장에 따라 판독함
title-of-law = 법령 명칭 안의 말
void-act = { $act }: { $since }부터 효력 없음, 보고서 제출일 { $submitted }

# Risk terms: how much it weighs
raised-by = 위험도를 높인 사정: { $because }
near-limit = 값이 기준에 가까움
weak-survey = 조사가 부정을 뒷받침하지 않음
no-source = 출처 없음
far-away = 멀리 있음
slight-effect = 영향이 적음
list-of-names = 명칭이나 출처의 목록
about-document = 문서 자체에 관한 말
form-item = 서식의 항목이며 서술이 아님
among-measures = 대책 가운데 있음
explains-law = 법령이나 계획을 설명함
explains-method = 방법을 설명함
says-what-was-examined = 조사하거나 협의한 내용을 말함
says-law = 법령의 내용을 말함
done-in-that-case = 그런 경우의 조치를 말함
to-be-done = 해야 할 일을 말함
stock-phrase = 대책 없는 상투적 표현
not-full-statement = 완전한 서술이 아님
without-project = 사업을 하지 않는 경우에 관한 내용
general-statement = 일반적인 서술
said-small = 작다고 함
same-sentence-denies = 같은 문장에서 부정함
only-slightly = 조건부이거나 경미함
little-tie = 사업과의 연관이 적음
no-effect-named = 사업에 대한 또는 사업에 의한 영향이 제시되지 않음
answered-no = 서식에 “아니요”로 답함
answered-yes = 서식에 “예”로 답함
table-label = 표 안의 이름
stated-elsewhere = 보고서의 다른 곳에서는 있다고 함
denied-elsewhere = 보고서의 다른 곳에서는 없다고 함
vague-with-amounts = 영향이 적거나 없다고 함; 해당 절에는 수치가 있으나 문장에는 없음
vague-without-amounts = 영향이 적거나 없다고 함; 문장에도 절에도 수치나 출처가 없음

# Circumstances that raise a risk
cue = { $name }
cue-near-distance = 가까운 거리
cue-far-distance = 먼 거리
cue-above-limit = 기준을 넘는 값
cue-near-limit = 기준에 가까운 값
cue-exceed = 초과
cue-high-seismic = 높은 지진 위험
cue-mass = 제시된 질량
cue-people = 사람 수
cue-area = 제시된 면적
cue-inside = 그 안에 위치
cue-crossing = 가로지름
cue-status = 법적 지위
cue-loss = 손실
cue-irrigated = 관개 농지
cue-unpermitted = 허가 없음
cue-unnotified = 통보 없음
cue-unlined = 차수막 없음
cue-unauthorised = 무단
cue-unanswered = 답변 없음
cue-taken-for-good = 영구 편입
cue-shallow = 얕음
cue-removal = 철거
cue-pollution = 오염
cue-open-storage = 노천 보관
cue-no-receiver = 인수처 없음
cue-near-water = 물가
cue-border = 국경

# Contradictions
figures-differ = { $because }: 서로 다른 값이 제시됨 – { $figures }
subject-distance = 가장 가까운 대상까지의 거리: { $class ->
    [dwelling] 주거
    [settlement] 마을
    [school] 학교·병원
    [protected] 보호구역
    [well] 우물·관정
    [farmland] 농지
    [heritage] 문화유산
    [recreation] 휴양지
    [border] 국경
    [species] 생물 서식지
   *[other] { $class }
  }
subject-distance-water = 가장 가까운 수역까지의 거리
subject-area = 면적: { $class ->
    [site] 부지
    [disturbed] 훼손지
    [facility] 시설
    [green] 녹지
   *[other] 기타
  }
subject-capacity = 용량, { $unit }
subject-emission = 배출: { $class ->
    [total] 합계
    [dust] 먼지
   *[other] { $class }
  } ({ $unit })
subject-water = 물: { $class ->
    [supply] 용수
    [wastewater] 폐수
    [reuse] 재이용
   *[other] 기타
  } ({ $unit })
subject-figure = “{ $words }” 수치 ({ $unit })
subject-position = 좌표
subject-category = { $category } 범주
position-apart = 한 지점이 다른 지점들에서 { $km } km 떨어져 있음
void-act-cited = { $act } 인용; { $since }부터 효력이 없으며 보고서는 { $submitted }에 제출됨
category-not-in-list = { $category } 범주라고 하나 현행 목록에는 { $listed }만 있음
category-exceeded = { $category } 범주라고 하나 { $activity } { $value } { $unit }는 { $row }({ $because })에 해당함: { $other } 범주
category-always = { $category } 범주라고 하나 { $activity }: 규모와 관계없이 { $row }에 해당함: { $other } 범주
limit-at-least = { $limit } { $unit } 이상
limit-more-than = { $limit } { $unit } 초과
foreign-name = 이 사업의 것이 아닌 이름이 이 절에서만 되풀이됨: 베낀 글인가?

# Precedents
same-facet = 같은 { $because }: { $value }
facet-differs = { $because }: 여기는 { $here }, 거기는 { $there }
speaks-of = 보고서가 다루는 것: { $value }
names-facet = 보고서에 나온 { $because }: { $value }
facet-activity = 사업 종류
facet-category = 범주
facet-basin = 하천 유역
facet-region = 지역
facet-jurisdiction = 관할
facet-stage = 단계
facet-document-type = 문서 종류
similar-both = 비슷한 글: 여기 “{ $here }”, 거기 “{ $there }”
similar-here = 비슷한 글: 여기 “{ $here }”, 거기 첫 제목 앞
similar-there = 비슷한 글: 거기 “{ $there }”
similar-front = 첫 제목 앞의 비슷한 글

# Not examined: files and pages
page-beyond-limit = { $page }쪽은 한도({ $limit }쪽)를 넘습니다. 파일을 나누십시오
page-words-unsure = { $page }쪽의 낱말 { $words }개 중 { $unsure }개를 확실히 읽지 못했습니다. { $mark }로 표시됩니다
page-picture-unread = { $page }쪽은 그림입니다: { $because }. 직접 확인하십시오
page-encrypted = { $page }쪽은 암호화되어 있습니다. 암호 없이 저장하십시오
page-failed = { $page }쪽을 읽지 못했습니다({ $because }). 직접 확인하십시오
page-timed-out = { $page }쪽을 읽는 데 너무 오래 걸렸습니다. 직접 확인하십시오
page-unreadable = { $page }쪽에 글이 있으나 { $because }. 읽으려면 tesseract를 설치하십시오
page-turned = { $page }쪽은 글이 없는 돌아간 그림입니다. 바로 돌리거나 tesseract를 설치하십시오
page-picture = { $page }쪽은 글이 없는 그림입니다. 읽으려면 tesseract를 설치하십시오
page-drawn = { $page }쪽은 글 없이 그려져 있습니다. 직접 확인하십시오
letters-unmapped = 문자가 글자에 대응되지 않음
letters-torn = 글자가 끊어져 있음
letters-no-words = 글자가 낱말을 이루지 않음
characters-no-words = 문자가 낱말을 이루지 않음
work-cancelled = 작업이 취소됨
document-time-used-up = 문서에 정해진 시간이 다 됨
worker-stopped = 작업 스레드가 멈춤
no-words-in-picture = 그림에서 낱말을 찾지 못함
recognition-unsure = 문자 인식의 확신도가 { $percent } %에 그침
reader-broke-down = 이 쪽에서 판독기가 중단됨
reader-stopped = 판독기가 멈춤
reader-out-of-time = 판독기가 처리 시간을 다 씀
reader-killed = 판독기가 강제 종료됨(메모리 부족일 수 있음)
reader-out-of-memory = 판독기가 중단되었거나 메모리가 부족함
reader-crashed = 판독기 오류
reader-signal = 판독기가 신호 { $signal }로 종료됨
reader-took-too-long = 읽는 데 { $seconds }초를 넘김
reader-not-started = 판독 프로세스를 시작하지 못함: { $because }
word-file-damaged = Word 파일이 손상되어 이 부분까지만 읽었습니다({ $because }). 다시 저장하십시오
pictures-as-pages = 한 쪽 크기의 그림이 { $n }개 있으며 읽지 못한 글이 들어 있을 수 있습니다. 인식하려면 PDF로 저장하거나 직접 확인하십시오
embedded-part-unread = Word 파일 안에 다른 형식의 부분이 { $n }개 있으며 읽지 않았습니다. 파일을 열어 다시 저장한 것을 제출하십시오
notes-unread = Word 파일의 주석 { $n }개를 읽지 못했습니다({ $because }). 다시 저장하십시오
linked-part-unread = Word 파일의 부분 { $n }개가 다른 파일에 있어 읽지 않았습니다. 전체 글을 한 파일로 만들어 제출하십시오
object-unread = Word 파일 안에 다른 프로그램의 개체가 { $n }개 있으며 읽지 않았습니다. PDF로 저장하거나 직접 확인하십시오
attached-files-unread = PDF 포트폴리오입니다. 첨부된 파일은 읽지 않았습니다. 하나씩 제출하십시오
words-undecoded = 낱말 { $n }개의 인코딩을 알 수 없어 읽지 못했습니다. 파일 일부의 인코딩이 다릅니다. 전체를 UTF-8로 저장하십시오
element-not-closed = <{ $element }> 요소가 닫히지 않아 그 뒤의 글을 읽지 못했습니다. 페이지를 다시 저장하십시오
text-beyond-limit = 파일의 글이 { $bytes }바이트를 넘어 나머지는 읽지 않았습니다. 파일을 나누십시오
file-unread = 파일을 읽지 못했습니다({ $because }). 직접 확인하십시오
technical = { $what }

# Not examined: stages
meaning-failed = 의미에 따른 검토를 하지 못함: { $because }
no-model = 언어 모델이 없어 낱말로만 판단함
model-not-covering = { $model } 모델이 다루지 않는 언어({ $language }): { $because }; 다국어 모델을 쓰십시오
judged-by-glossary = 글 { $n }개의 의미를 용어집으로 판단함(근거가 약함)
judged-by-words = 글 { $n }개를 의미가 아닌 낱말로만 판단함
passages-cut-short = 글 { $n }개는 앞부분만 의미로 판단함: 모델이 한 번에 { $tokens }토큰까지만 읽음; 낱말은 글 전체에서 찾음
no-archive = 이전 사례 보관소가 없습니다. cases import 명령으로 가져오십시오
archive-empty = 이전 사례 보관소가 비어 있습니다. cases import 명령으로 가져오십시오
precedents-failed = 유사 사례와 복제를 검토하지 못함: { $because }
precedents-not-asked = 이전 사례와의 비교를 요청하지 않음
query-by-glossary = 질의 언어를 다루는 모델이 없어 용어집으로 의미를 판단함(근거가 약함)
query-by-words = 낱말로만 검색함: 질의 언어를 다루는 모델이 없음
query-cut-short = 질의의 앞부분만 의미로 비교함: 모델이 { $tokens }토큰까지만 읽음; 낱말은 모두 검색함
