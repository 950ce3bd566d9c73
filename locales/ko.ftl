# 검토 콘솔의 한국어 문구. 모든 언어의 키는 같으며 시험으로 확인한다.

# Frame
console = 환경영향평가서 검토
skip = 본문으로 건너뛰기
navigation = 주 메뉴
language = 언어
nav-queue = 대기 목록
nav-precedents = 유사 사례
nav-compare = 판본 비교
nav-statistics = 일치도
sign-in = 로그인
sign-in-about = 이름을 입력하십시오. 모든 판정은 이름과 함께 보존됩니다.
sign-in-name = 이름
sign-in-refused = 80자 이내의 이름을 입력하십시오.
sign-in-token-about = 발급받은 토큰이나 인증 서비스의 토큰을 붙여 넣으십시오. 모든 판정은 이름과 함께 보존됩니다.
sign-in-token-refused = 토큰을 받아들일 수 없습니다. 등록되지 않았거나 만료되었습니다.
sign-in-token = 토큰
sign-in-token-long = 토큰이 세션에 담기에 너무 깁니다(2,600자 초과). 항목이 더 적은 토큰을 요청하십시오.
sign-in-too-many = 이 주소에서 로그인에 실패한 횟수가 너무 많습니다. 1분 뒤에 다시 시도하십시오.
sign-in-certificate-about = 인증서에 따르면 사용자는 { $what }입니다. 모든 판정은 이름과 함께 보존됩니다.
sign-in-certificate = 인증서로 로그인
sign-in-certificate-refused = 인증서가 받아들여지지 않았습니다. 이 인증서로 알려진 사람이 없습니다.
sign-in-certificate-none = 클라이언트 인증서로 로그인하십시오. 받은 인증서를 브라우저에 설치하고 이 페이지를 다시 여십시오.
sign-out = 로그아웃
back-to-queue = 대기 목록으로
close = 닫기
yes = 예
no = 아니요
not-stated = 미기재
previous = 이전
next = 다음
paging = 목록 쪽
page-of = { $all }쪽 중 { $n }쪽
go = 이동

# Problems
error-not-found = 해당 화면이나 평가서가 없습니다
error-invalid = 요청을 처리할 수 없습니다
error-stale = 양식이 만료되었습니다. 이전 화면을 새로 고친 뒤 다시 보내십시오
error-superseded = 이 검토 결과에 대한 다른 판정이 먼저 기록되었습니다. 이전 화면을 새로 고친 뒤 다시 판정하십시오
error-too-large = 파일이 너무 큽니다
error-busy = 대기 중인 평가서가 너무 많습니다. 잠시 후 다시 시도하십시오
error-starting = 서비스를 시작하는 중입니다. 잠시 후 다시 시도하십시오
error-unrecorded = 지금은 감사 기록을 쓸 수 없습니다. 잠시 후 다시 시도하고 운영자에게 알려 주십시오
error-internal = 서비스에 오류가 발생했습니다. 운영자는 기록에서 이 번호로 원인을 찾을 수 있습니다
error-forbidden = 현재 역할로는 할 수 없습니다

# Queue
queue-empty = 아직 검토한 평가서가 없습니다. 위에서 첫 평가서를 올리십시오.
queue-none = 조건에 맞는 평가서가 없습니다.
queue-count = 평가서 { $n }건
column-document = 평가서
deadline = 기한
gate = 완비성
priority = 우선순위
depth = 제안된 검토 깊이
reasons = 사유
received = 접수 { $what }
deadline-from = { $what }부터 계산
days-left = { $n ->
    [0] 오늘 마감
   *[other] 근무일 { $n }일 남음
  }
days-overdue = { $n ->
    [0] 기한 경과
   *[other] 근무일 { $n }일 경과
  }
filter-words = 파일 또는 사건
filter-any = 전체
filter-apply = 보기
sort = 정렬
sort-deadline = 기한순
sort-priority = 우선순위순
sort-received = 최신순
sort-name = 이름순
due-near = 근무일 2일 이내
due-overdue = 기한 경과
gate-complete = 완비
gate-incomplete = 미비
gate-undetermined = 판단 불가
priority-high = 높음
priority-elevated = 다소 높음
priority-normal = 보통
depth-fast = 신속 확인
depth-ordinary = 일반 검토
depth-in-depth = 심층 검토
gaps-missing = 누락 { $n }
gaps-weak = 미흡 { $n }
gaps-not-examined = 미검토 { $n }

# Upload
upload = 평가서 올리기
upload-file = 평가서 파일 – 선택하거나 여기에 끌어 놓으십시오
upload-file-help = PDF 또는 DOCX, 최대 { $n } MiB
upload-text-help = HTML, Markdown 또는 일반 텍스트, 최대 { $n } MiB
upload-pack = 적용 요건
upload-by-date = { $what }: 날짜와 단계에 따름
upload-stage = 단계
stage-name-draft = 초안
stage-name-statement = 평가서
stage-name-consequences = 결과 보고
upload-submitted = 제출일
upload-case = 사건 번호
upload-case-help = 영문자, 숫자, 마침표, 붙임표
upload-category = 등급
upload-activity = 사업 종류
upload-facts = 요건 적용을 좌우하는 사실
upload-facts-help = 기재하지 않은 사실은 미정으로 두고 판단하며, 결과에 그렇게 표시합니다.
upload-send = 평가서 검토
upload-sending = 파일 전송 중
upload-failed = 파일을 보내지 못했습니다. 연결을 확인하고 다시 시도하십시오.
upload-no-file = 비어 있지 않은 파일을 선택하십시오.
submissions = 처리 중인 평가서
state-pending = 대기
state-failed = 처리 실패
state-unreadable = 저장된 검토 결과를 읽을 수 없음
unreadable-about = 운영자에게 알리십시오. 원인은 기록에 있습니다.
state-cancelled = 취소됨
state-done = 완료
state-running = 처리 중
failure-empty-file = 파일이 비어 있습니다.
failure-unsupported-format = 이 형식의 파일은 읽지 못합니다. PDF나 DOCX로 변환하십시오.
failure-not-a-document = 읽을 수 있는 형식의 문서가 아닙니다.
failure-encrypted = 암호로 보호된 파일입니다. 암호 없이 저장하십시오.
failure-file-too-large = 파일이 너무 큽니다. 나누어 보내십시오.
failure-expands-too-much = 압축을 풀면 허용된 크기를 넘습니다. 일반 파일을 보내십시오.
failure-no-pages = 문서에 쪽이 없습니다.
failure-truncated = 파일이 잘려 있습니다. 전체 파일을 보내십시오.
failure-malformed = 파일 구조가 손상되었습니다. 다시 저장하거나 원본을 보내십시오.
failure-gave-up = 이 파일을 읽을 때마다 서비스가 중단되었습니다. 운영자에게 알리십시오.
stage-read = 파일 읽는 중
stage-embed = 의미 비교 중
stage-completeness = 완비성 확인 중
stage-risk = 위험 용어 찾는 중
stage-precedents = 유사 사례 찾는 중

# Report
report-actions = 이 평가서
about-pages = { $n }쪽
gaps-decided = 부족 사항 { $all }건 중 { $n }건 판정
notice = 보완 요청서
history = 판정 이력
compare-with = 판본 비교
keys = 단축키
document = 문서
document-pages = 문서 쪽
sheet = 쪽
sheet-previous = 이전 쪽
sheet-next = 다음 쪽
of-pages = / { $n }
part-of = { $all }개 중 { $n }번째 부분
view-text = 본문
view-picture = 원본 그림
view-contents = 목차
no-text-kept = 이 문서의 본문은 보관되어 있지 않습니다. 오른쪽 인용문에서 각 결과의 위치를 볼 수 있습니다.
no-sections = 절을 찾지 못했습니다.
page-recognised = 이 쪽은 그림이며 문자 인식으로 읽었으므로 틀릴 수 있습니다.
page-unread = 이 쪽은 검토하지 못했습니다: { $what }
page-empty = 이 쪽에는 글이 없습니다.
picture-of = { $n }쪽 그림
picture-unavailable = 그림을 표시할 수 없습니다:
findings = 검토 결과
show = 보기
show-every = 모든 요건
show-relevant = 살펴볼 것
show-gaps = 부족 사항
show-open = 미판정
show-all = 전부
tab-completeness = 완비성
tab-risks = 위험
tab-claims = 확인 필요
tab-precedents = 유사 사례
tab-reuse = 복제 의심
tab-facts = 수치
tab-unread = 미검토
tab-empty = 해당 사항이 없습니다.
claims-about = 확인해야 할 모순, 부재 주장, 모호한 서술입니다. 그 자체로 위험은 아니며 우선순위를 정하지 않습니다.
precedents-about = 결과가 아니라 유사성에 따른 이전 사례입니다. 결정과 조건을 먼저 보입니다.
reuse-about = 다른 사건의 평가서와 거의 같은 부분입니다.
unread-about = 누락도 아니고 위험 없음도 아닙니다. 사람이 읽어야 할 부분입니다.
unread-none = 파일 전체를 검토했습니다.
contradictions = 모순
presence-present = 있음
presence-weak = 미흡
presence-missing = 누락
presence-not_applicable = 해당 없음
presence-not_examined = 미검토
severity-high = 높음
severity-medium = 중간
severity-low = 낮음
severity-none = 위험 아님
polarity-asserted = 서술됨
polarity-negated = 없다고 주장
polarity-hypothetical = 가능성
polarity-mitigation = 저감 대책
polarity-citation = 법령 인용
polarity-heading = 제목
polarity-other-place = 다른 장소
claim-absence = 부재 확인 필요
claim-vague = 근거 요청 필요
inconsistency-quantity = 수치 불일치
inconsistency-category = 등급
inconsistency-void-act = 폐지된 법령
inconsistency-foreign-name = 다른 사업명
source-secondary = 2차 자료에 따른 규칙
source-unverified = 공식 원문과 대조하지 않은 규칙
obligation-conditional = 다음의 경우에만: { $what }
condition-no = { $what } – 아니요
obligation-indicative = 지침이며 법령이 아님
sure = 확신도 { $n } %
not-found-parts = 찾지 못한 부분:
closest-text = 가장 가까운 글:
but-elsewhere = 그러나 다른 곳에서는:
reuse-overlap = { $n } % 동일
reuse-here = 이 문서:
reuse-there = 저 문서:
place-page = { $n }쪽
place-pages = { $what }쪽
place-recognised = 그림에서 읽음
show-in-document = 문서에서 보기
column-reason = 사유
column-what = 내용
column-about = 대상
column-figure = 수치
column-where = 위치

# Verdicts
accept = 수용
reject = 기각 또는 변경
reject-send = 결과 기각
reason-required = 사유(필수)
change-to = 새 결과
change-send = 결과 변경
verdict-accepted = 수용함
verdict-rejected = 기각함
verdict-changed-to = 변경함: { $what }
earlier-verdicts = 이전 판정 { $n }건
history-about = 아무것도 덮어쓰지 않습니다. 가장 최근 판정이 유효하며 이전 판정은 보존됩니다.
history-none = 아직 판정이 없습니다.
replaced = 나중에 바뀜
column-when = 일시
column-who = 판정자
column-finding = 결과
column-verdict = 판정
export-suite = 평가 모음으로 내보내기
export-about = “eval run”이 읽는 형식: 문서, 정답, 이용 조건.
agreement-decided = 판정한 결과
agreement-accepted = 수용
agreement-rejected = 기각
agreement-changed = 변경
agreement-pairs = 판정자 간 일치
agreement-kappa = 판정자 간 카파

# Precedents
decision = 결정:
no-decision = 결정을 알 수 없음.
conditions = 조건:
alike = 유사점:
different = 차이점:
precedent-useful = 유용함
precedent-useless = 유용하지 않음

# Figures
fact-location = 좌표
fact-area = 면적
fact-capacity = 용량
fact-distance = 거리
fact-emission = 배출
fact-water = 물
class-site = 부지
standing-absent = 없다고 주장
standing-required = 요구됨
standing-alternative = 대안
phase-existing = 현재
phase-construction = 공사 시
phase-operation = 운영 시
phase-closure = 폐쇄 시
flow-sink = 흡수
map = 좌표 지도
map-about = 평가서에 적힌 좌표(도, WGS 84). 위쪽이 북쪽입니다.
map-none = 평가서에 도 단위 좌표가 없어 지도를 그리지 않습니다.
map-survey = 토지 측량에 따른 위치는 목록에만 있고 그리지 않습니다.

# Why not examined
unread-no-text-layer = 글자층 없음
unread-rotated-scan = 돌아간 스캔
unread-unreadable-text = 읽을 수 없는 글
unread-encrypted = 암호화됨
unread-parser-failed = 읽기 실패
unread-limit-reached = 한도 도달
unread-language-unknown = 언어를 알 수 없음
unread-language-not-covered = 모형이 이 언어를 다루지 않음
unread-no-archive = 보관 사례 없음
unread-stage-failed = 단계 실패

# Keys
key-next = 다음 결과와 이전 결과
key-evidence = 문서에서 근거 보기
key-accept = 결과 수용
key-reject = 사유를 적어 기각
key-change = 결과 변경
key-page = 문서의 이전 쪽과 다음 쪽
key-help = 이 목록
keys-on = 한 글자 단축키 사용

# Defect notice
notice-language = 문서 언어
notice-docx = DOCX로 내려받기
notice-print = 인쇄
notice-undecided = 부족 사항 { $n }건이 아직 판정되지 않았습니다. 이대로면 요청서가 완전하지 않으며 나중에 새로운 사유를 들 수 없습니다.
notice-decide = 지금 판정
notice-not-examined = 요건 { $n }건은 프로그램이 검토하지 못했습니다. 서명하기 전에 직접 읽어 보십시오.
notice-about = 수용한 부족 사항으로 만든 초안입니다. 인쇄하기 전에 여기서, 또는 DOCX 파일에서 고치십시오. 여기서 고친 내용은 저장되지 않습니다.
letter-from = [검토 기관의 이름과 주소]
letter-to = [신청인의 이름과 주소]
letter-title = 제출 서류 보완 요청서
letter-document = 문서
letter-case = 사건
letter-opening = 제출하신 문서의 완비성을 다음 요건에 따라 확인하였습니다: { $what }.
letter-count = { $n ->
    [0] 부족한 사항이 없습니다.
   *[other] 다음 { $n }건의 부족 사항을 확인하였습니다.
  }
letter-missing = 문서에 이 내용이 없습니다.
letter-weak = 이 내용은 언급에 그치거나 일부만 다루었습니다.
letter-absent = 찾지 못한 부분: { $what }.
letter-law = 근거 법령: { $what }.
letter-place = 부속서 { $annex } 제{ $point }항{ $indent ->
    [0] {""}
   *[other] {" "}제{ $indent }호
  }
letter-remark = 검토자 의견: { $what }
letter-stands = 문서의 서술:
letter-no-text = 문서에 이와 가까운 서술이 없습니다.
letter-exhaustive = 위 목록은 전부이며, 이번 확인에서 다른 부족 사항은 없었습니다.
letter-ten-days = 부족 사항은 이 요청서를 받은 날부터 10일 이내에 보완하여야 합니다(2026년 5월 11일 내각결의 제234호, 부속서 2, 제23항).
letter-date = 날짜: { $what }
letter-signature = 검토자: ____________________ (서명, 이름)
letter-approved = 승인: ____________________ (서명, 이름, 직위)
export-nothing = 아직 정답이 될 판정이 없습니다. 먼저 요건을 수용하거나 결과를 변경하십시오.

# Search and cases
search = 검색
search-words = 어떤 언어로든 찾을 말
search-like = 검토한 평가서와 유사
search-near = 지점 부근
search-none = 사례를 찾지 못했습니다.
latitude = 위도
longitude = 경도
radius-km = km
year-from = 시작 연도
year-to = 끝 연도
near-title = 지점 부근의 평가서
near-cases = 지점 근처의 사례
near-about = 검토한 보고서와 가져온 사례의 문서에 적힌 좌표를 찾습니다. 좌표를 보존하기 전에 가져온 사례에는 다시 가져올 때까지 좌표가 없습니다.
near-none = 이 거리 안의 좌표가 적힌 보고서나 사례가 없습니다.
distance-km = 거리, km
facets = 사건
facet-activity = 사업
facet-jurisdiction = 국가
facet-region = 지역
facet-basin = 유역
facet-category = 등급
facet-stage = 단계
facet-year = 연도
facet-decided = 결정일
facet-agency = 기관
facet-language = 언어
case-documents = 문서
case-screenings = 이 사건의 검토
case-no-screenings = 이 사건의 검토가 저장되어 있지 않아 절을 알 수 없습니다.
case-compare = 두 사건 비교
case-other = 다른 사건
case-sections = 주제별 절
case-found = 찾은 사례
open-report = 평가서 열기
compare = 비교

# Versions
version-old = 이전 판본
version-new = 이후 판본
compare-about = 검토 두 건을 고르십시오. 요건은 부호로, 위험 결과는 문장의 내용으로 대조합니다.
change-regressed = 나빠짐
change-new = 새로 생김
change-remains = 그대로 남음
change-improved = 나아짐
change-unclear = 더는 판단할 수 없음
change-resolved = 해소됨
change-fine = 두 판본 모두 부족 없음
change-gone = 더는 없음
risks-kept = 두 판본에 모두 있는 중간 이상 위험 결과: { $n }

# Agreement
statistics-about = 검토자가 결과를 그대로 둔 비율과, 같은 결과에 대해 두 검토자가 같게 판정한 비율입니다.
statistics-screenings = 판정이 있는 검토: { $n }
