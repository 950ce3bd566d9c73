# Words of the reviewer's console in English. Every language has the same keys; a test checks it.

# Frame
console = EIA screening
skip = Skip to the content
navigation = Main navigation
language = Language
nav-queue = Queue
nav-precedents = Precedents
nav-compare = Compare versions
nav-statistics = Agreement
sign-in = Sign in
sign-in-about = Say who you are. Every verdict is kept with your name.
sign-in-name = Your name
sign-in-refused = Enter a name of at most 80 characters.
sign-in-token-about = Paste the token you were given, or the one your identity provider issued. Every verdict is kept with your name.
sign-in-token-refused = The token was not accepted: it is not known, or it has expired.
sign-in-token = Token
sign-in-token-long = The token is too long for a session (more than 2,600 characters): ask for one with fewer claims.
sign-in-too-many = Too many sign-ins from this address have failed. Try again in a minute.
sign-in-certificate-about = Your certificate says that you are { $what }. Every verdict is kept with your name.
sign-in-certificate = Sign in with the certificate
sign-in-certificate-refused = The certificate was not accepted: nobody is known by it.
sign-in-certificate-none = Sign in with a client certificate: install the one you were given in the browser and load this page again.
sign-in-again = Sign in in another tab
sign-out = Sign out
back-to-queue = Back to the queue
close = Close
yes = Yes
no = No
not-stated = Not stated
previous = Previous
next = Next
paging = Pages of the list
page-of = Page { $n } of { $all }
go = Go

# Problems
error-not-found = There is no such page or report
error-invalid = The request cannot be carried out
error-unreadable = An entry was not understood, such as a page number that is no number. Go back and correct it.
error-stale = The form has expired: copy what you typed, open its page anew and send it again
error-superseded = Another verdict about this finding came first: copy your reason, open the report anew and decide again
error-too-large = The file is too large
error-form-too-large = The form is too large: shorten what you typed
error-busy = Too much is waiting: try again in a moment
error-starting = The service is starting: try again in a moment
error-unrecorded = The audit log cannot be written at the moment: try again shortly, and tell the operator
error-internal = The service failed; the operator finds the cause in the log under this number
error-forbidden = Your role does not allow this
error-signed-out = Your session has ended
error-signed-out-about = Nothing was recorded, and what you typed stays on this page. Sign in in another tab, come back and send it again.
error-typed = What you typed, to copy:

# Queue
queue-empty = No report has been screened yet. Upload the first one above.
queue-none = No report matches the filter.
queue-count = { $n ->
    [one] { $n } report
   *[other] { $n } reports
  }
column-document = Report
deadline = Deadline
gate = Completeness
priority = Priority
depth = Proposed depth
reasons = Reasons
received = received { $what }
deadline-from = counted from { $what }
days-left = { $n ->
    [0] due today
    [one] { $n } working day left
   *[other] { $n } working days left
  }
days-overdue = { $n ->
    [0] overdue
    [one] overdue by { $n } working day
   *[other] overdue by { $n } working days
  }
filter-words = File or case
filter-any = Any
filter-apply = Show
sort = Order
sort-deadline = Deadline
sort-priority = Priority
sort-received = Newest
sort-name = Name
due-near = Within two working days
due-overdue = Overdue
gate-complete = Complete
gate-incomplete = Incomplete
gate-undetermined = Undetermined
priority-high = High
priority-elevated = Elevated
priority-normal = Normal
depth-fast = Fast check
depth-ordinary = Ordinary review
depth-in-depth = In-depth review
gaps-missing = { $n } missing
gaps-weak = { $n } weak
gaps-not-examined = { $n } not examined

# Upload
upload = Upload a report
upload-file = Report file – choose it or drop it here
upload-file-help = PDF or DOCX, up to { $n } MiB
upload-text-help = HTML, Markdown or plain text, up to { $n } MiB
upload-pack = Requirements
upload-by-date = { $what }: by date and stage
upload-stage = Stage
stage-name-draft = Draft statement
stage-name-statement = Statement
stage-name-consequences = Consequences statement
upload-submitted = Day of submission
upload-case = Case number
upload-case-help = Letters, digits, dot, hyphen
upload-category = Category
upload-activity = Kind of activity
upload-facts = Facts on which requirements depend
upload-facts-help = What is not stated stays open: the requirement is judged, and the report says so.
upload-send = Screen the report
upload-sending = Sending the file
upload-failed = The file could not be sent. Check the connection and try again.
upload-no-file = Choose a file that is not empty.
submissions = Reports being screened
state-pending = Waiting
state-failed = Not screened
state-unreadable = The stored report cannot be read
unreadable-about = Tell the operator: the log has the cause.
state-cancelled = Cancelled
state-done = Done
state-running = Running
failure-empty-file = The file is empty.
failure-unsupported-format = Files of this format are not read: convert it to PDF or DOCX.
failure-not-a-document = The file is no document in a format that can be read.
failure-encrypted = The file is protected by a password: save it without one.
failure-file-too-large = The file is too large: split it.
failure-expands-too-much = The archive unpacks to more than is allowed: send an ordinary file.
failure-no-pages = The document has no pages.
failure-truncated = The file is cut off: send the whole file.
failure-malformed = The structure of the file is broken: save it again or send the original.
failure-gave-up = The file ended the service each time it was read: tell the operator.
stage-read = Reading the file
stage-embed = Comparing meaning
stage-completeness = Checking completeness
stage-risk = Looking for risk terms
stage-precedents = Looking for precedents

# Report
report-actions = This report
about-pages = { $n ->
    [one] { $n } page
   *[other] { $n } pages
  }
gaps-decided = { $n } of { $all } gaps decided
notice = Defect notice
history = Verdicts
compare-with = Compare versions
keys = Keys
document = Document
document-pages = Pages of the document
sheet = Page
sheet-previous = Previous page
sheet-next = Next page
of-pages = of { $n }
part-of = Part { $n } of { $all }
view-text = Text
view-picture = Picture
view-contents = Contents
no-text-kept = The text of this document is not kept here. The quotations on the right show where each finding stands.
no-sections = No section was recognised.
page-recognised = This page is a picture; its text was read by character recognition and may be wrong.
page-unread = This page was not examined: { $what }
page-empty = No text on this page.
picture-of = Picture of page { $n }
picture-unavailable = The picture is not available:
findings = Findings
show = Show
show-every = Every requirement
show-relevant = Worth a look
show-gaps = Gaps
show-open = Undecided
show-all = Everything
tab-completeness = Completeness
tab-risks = Risks
tab-claims = To verify
tab-precedents = Precedents
tab-reuse = Copying
tab-facts = Figures
tab-unread = Not examined
tab-empty = Nothing here.
unseen-parts = { $n ->
    [one] { $n } part of the file was not examined: what stands there is not in this list.
   *[other] { $n } parts of the file were not examined: what stands there is not in this list.
  }
unseen-archive = Not compared with earlier cases:
unseen-empty = Nothing was found in what was read.
claims-about = Contradictions, absences and vague statements to verify. They are no risks by themselves and never set the priority.
precedents-about = Earlier cases by likeness, never by outcome. Decision and conditions come first.
reuse-about = Passages nearly the same as in another case’s report.
unread-about = Neither missing nor free of risk: these parts have to be read by a person.
unread-none = Everything in the file was examined.
contradictions = Contradictions
presence-present = Present
presence-weak = Weak
presence-missing = Missing
presence-not_applicable = Not applicable
presence-not_examined = Not examined
severity-high = High
severity-medium = Medium
severity-low = Low
severity-none = No risk
polarity-asserted = stated
polarity-negated = claimed absent
polarity-hypothetical = possible
polarity-mitigation = measure
polarity-citation = citation
polarity-heading = heading
polarity-other-place = other place
claim-absence = verify the absence
claim-vague = ask for the basis
inconsistency-quantity = Figures differ
inconsistency-category = Category
inconsistency-void-act = Void act
inconsistency-foreign-name = Foreign name
source-secondary = rule from a secondary source
source-unverified = rule not checked against the official text
obligation-conditional = only where: { $what }
condition-no = { $what } – no
obligation-indicative = guidance, not law
sure = { $n } % sure
not-found-parts = Not found:
closest-text = Closest text found:
but-elsewhere = But elsewhere:
reuse-overlap = { $n } % the same
reuse-here = Here:
reuse-there = There:
place-page = p. { $n }
place-pages = pages { $what }
place-recognised = read from a picture
show-in-document = show in the document
column-reason = Reason
column-what = What
column-about = About
column-figure = Figure
column-where = Where

# Verdicts
accept = Accept
reject = Reject or change
reject-send = Reject the finding
reason-required = Reason (required)
reason-missing = Give a reason: without one a finding can only be accepted.
change-to = New outcome
change-send = Change the outcome
verdict-accepted = Accepted
verdict-rejected = Rejected
verdict-changed-to = Changed to: { $what }
earlier-verdicts = { $n ->
    [one] { $n } earlier verdict
   *[other] { $n } earlier verdicts
  }
history-about = Nothing is overwritten: the newest verdict on a finding stands, the earlier ones are kept.
history-none = No verdict has been recorded yet.
replaced = replaced later
column-when = When
column-who = Who
column-finding = Finding
column-verdict = Verdict
export-suite = Export as an evaluation suite
export-about = Suite in the layout that “eval run” reads: document, labels, licence note.
agreement-decided = Findings decided
agreement-accepted = Accepted
agreement-rejected = Rejected
agreement-changed = Changed
agreement-pairs = Reviewers alike
agreement-kappa = Kappa between reviewers

# Precedents
decision = Decision:
no-decision = Decision not known.
conditions = Conditions:
alike = Alike:
different = Different:
precedent-useful = Useful
precedent-useless = Not useful

# Figures
fact-location = Positions
fact-area = Areas
fact-capacity = Capacities
fact-distance = Distances
fact-emission = Emissions
fact-water = Water
class-site = site
standing-absent = said to be absent
standing-required = required
standing-alternative = alternative
phase-existing = today
phase-construction = in construction
phase-operation = in operation
phase-closure = at closure
flow-sink = absorbed
map = Map of the positions
map-about = Positions as the report states them, in degrees (WGS 84). North is up.
map-none = No position in degrees was found in the text that was read, so there is no map.
map-survey = Places of a land survey are listed but not drawn.

# Why not examined
unread-no-text-layer = no text layer
unread-rotated-scan = rotated scan
unread-unreadable-text = unreadable text
unread-encrypted = encrypted
unread-parser-failed = the reader failed
unread-limit-reached = a limit was reached
unread-language-unknown = language unknown
unread-language-not-covered = language not covered by the model
unread-no-archive = no archive
unread-stage-failed = a stage failed

# Keys
key-next = next and previous finding
key-evidence = show the evidence in the document
key-accept = accept the finding
key-reject = reject with a reason
key-change = change the outcome
key-page = previous and next page of the document
key-help = this list
keys-on = Single-letter keys are on

# Defect notice
notice-language = Language of the letter
notice-docx = Download as DOCX
notice-print = Print
notice-undecided = { $n ->
    [one] { $n } gap is not decided yet: the letter would not be exhaustive, and no new ground may be raised later.
   *[other] { $n } gaps are not decided yet: the letter would not be exhaustive, and no new grounds may be raised later.
  }
notice-decide = Decide now
notice-not-examined = { $n ->
    [one] { $n } requirement is not examined: look for it in the report yourself and change its outcome before you sign.
   *[other] { $n } requirements are not examined: look for them in the report yourself and change their outcomes before you sign.
  }
notice-unread = { $n ->
    [one] { $n } part of the file was not examined: read it yourself before you sign.
   *[other] { $n } parts of the file were not examined: read them yourself before you sign.
  }
notice-about = A draft from the accepted gaps. Edit it here before you print it, or in the DOCX file; changes made here are not stored.
letter-from = [Name and address of the review centre]
letter-to = [Name and address of the applicant]
letter-title = Notice of defects in the submitted documents
letter-document = Document
letter-case = Case
letter-opening = The submitted document was checked for completeness against: { $what }.
letter-count = { $n ->
    [0] No defect was found.
    [one] The following { $n } defect was found:
   *[other] The following { $n } defects were found:
  }
letter-missing = This is not in the document.
letter-weak = This is only touched or covered in part.
letter-absent = Not found: { $what }.
letter-law = Required by: { $what }.
letter-place = Annex { $annex } p.{ $point }{ $indent ->
    [0] {""}
   *[other] {" "}indent { $indent }
  }
letter-remark = Remark of the reviewer: { $what }
letter-stands = What stands in the document:
letter-no-text = No text in the document comes close.
letter-open = [Do not send yet: this list is not complete. Still open: { $what }. When it is settled, say here instead that the list is complete.]
letter-open-undecided = { $n ->
    [one] { $n } gap without a decision
   *[other] { $n } gaps without a decision
  }
letter-open-not-examined = { $n ->
    [one] { $n } requirement not examined
   *[other] { $n } requirements not examined
  }
letter-open-unread = { $n ->
    [one] { $n } part of the file not examined
   *[other] { $n } parts of the file not examined
  }
letter-exhaustive = This list is complete: no other defects were found at this check.
letter-ten-days = The defects are to be removed within ten days of receipt of this notice (Resolution No. 234 of the Cabinet of Ministers of 11 May 2026, Annex 2, point 23).
letter-date = Date: { $what }
letter-signature = Reviewer: ____________________ (signature, name)
letter-approved = Approved: ____________________ (signature, name, position)
export-nothing = No verdict gives a label yet: accept a requirement or change its outcome first.

# Search and cases
search = Search
search-words = Words in any language
search-like = Like a screened report
search-near = Near a point
search-none = No case was found.
latitude = Latitude
longitude = Longitude
radius-km = km
year-from = Year from
year-to = Year to
near-title = Reports near the point
near-cases = Cases near the point
near-about = The search covers positions stated in screened reports and in the documents of imported cases. Cases imported before positions were kept have none until they are imported again.
near-none = No screened report and no case states a position within this distance.
distance-km = Distance, km
facets = Case
facet-activity = Activity
facet-jurisdiction = Country
facet-region = Region
facet-basin = River basin
facet-category = Category
facet-stage = Stage
facet-year = Year
facet-decided = Decided on
facet-agency = Authority
facet-language = Language
case-documents = Documents
case-screenings = Screenings of the case
case-no-screenings = No screening of this case is stored, so its sections are not known here.
case-compare = Compare two cases
case-other = Other case
case-sections = Sections by subject
case-found = Cases found
open-report = Open the report
compare = Compare

# Versions
version-old = Earlier version
version-new = Later version
compare-about = Choose two screenings. Requirements are matched by code, risk findings by what the sentences say.
change-regressed = Regressed
change-new = New
change-remains = Still open
change-improved = Improved
change-unclear = Can no longer be judged
change-unexamined = Judged in neither
change-lapsed = No longer applies
change-resolved = Resolved
change-cleared = No gap now, not judged before
change-fine = No gap in either
change-gone = No longer there
risks-kept = Risk findings of medium or high severity in both versions: { $n }
risks-raised = Severity raised
risks-lowered = Severity lowered
and-more = and { $n } more
compare-unread-new = { $n ->
    [one] { $n } part of the later version was not examined: what is listed under “{ change-gone }” may still stand there.
   *[other] { $n } parts of the later version were not examined: what is listed under “{ change-gone }” may still stand there.
  }
compare-unread-old = { $n ->
    [one] { $n } part of the earlier version was not examined: what is listed under “{ change-new }” may have stood there already.
   *[other] { $n } parts of the earlier version were not examined: what is listed under “{ change-new }” may have stood there already.
  }

# Agreement
statistics-about = How often reviewers let a finding stand, and how often two reviewers decided alike about the same finding.
statistics-screenings = Screenings with verdicts: { $n }
