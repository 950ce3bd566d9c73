//! Everything the program can say of its findings, with its English words.
//!
//! A code never changes its meaning; words may. `locales/reasons` says the same in the other languages, and a test
//! keeps both complete.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($variant:ident $code:literal $english:literal)*) => {
        /// What is said.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $english] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Name in reports and in the files of words.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// English words, with places for the arguments.
            pub fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }

            /// Reads a name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    // Completeness
    RequirementPresent "requirement-present" "The section “{title}” deals with it."
    RequirementPresentBoth "requirement-present-both" "The section “{title}” deals with it and its text speaks of it."
    RequirementPresentText "requirement-present-text" "No heading names it, but the text deals with it in substance."
    RequirementWeakEmpty "requirement-weak-empty" "The heading “{title}” is there, but there is nothing below it."
    RequirementWeakLine "requirement-weak-line" "The heading “{title}” is there, but what stands below it is a line, a promise or a pointer elsewhere."
    RequirementWeakPartial "requirement-weak-partial" "The section “{title}” touches it, but not in full."
    RequirementWeakName "requirement-weak-name" "The section “{title}” is named after it, but its text says nothing that counts as it."
    RequirementWeakPassing "requirement-weak-passing" "No heading names it; the text touches it in passing."
    RequirementMissingClose "requirement-missing-close" "The heading “{title}” comes close, but nothing below it or elsewhere counts as it."
    RequirementMissingWords "requirement-missing-words" "No heading names it; single words occur, but nothing that counts as it (see the closest text)."
    RequirementMissingNothing "requirement-missing-nothing" "Neither a heading nor the wording of this element was found in the text."
    MissingUnsure "missing-unsure" "That it is missing is only {percent} % likely, but a gap left out of the first notice cannot be raised later: check it."
    PartsAbsent "parts-absent" "Not found: {parts}."
    Due "due" "Due: the case system says that the condition holds ({condition})."
    DueUnknown "due-unknown" "Due only if {condition}; whether that holds was not stated."
    NotDue "not-due" "Not due: the case system says that the condition does not hold ({condition})."
    PagesUnread "pages-unread" "{n} {n|page|pages} could not be read."
    LanguageUnknownToRules "language-unknown-to-rules" "Much of the text is in no language the rules know; look for it by hand."
    NoTextRead "no-text-read" "No text could be read."
    LookOnUnreadPages "look-on-unread-pages" "Nothing was found in the text that could be read, but {n} {n|page|pages} could not; look there by hand."
    NoTextToExamine "no-text-to-examine" "The document has no text to examine."

    // Gate, priority, depth
    GateMissing "gate-missing" "{n} required {n|element was|elements were} not found"
    GateWeak "gate-weak" "{n} required {n|element is|elements are} only touched or partial"
    GateNotJudged "gate-not-judged" "{n} required {n|element|elements} could not be judged"
    GatePartsUnread "gate-parts-unread" "{n} {n|part|parts} of the file could not be read; see \"Not examined\""
    GateUnverified "gate-unverified" "{n} of these {n|rests|rest} on rules not yet checked against the official text"
    GateNoSet "gate-no-set" "no requirement set was applied"
    GateEvery "gate-every" "every required element was found in the text"
    PriorityFinding "priority-finding" "{category} {term}: \"{quote}\"[, p. {page}] – {because}[ (and {more} more)]"
    PriorityCategoryOne "priority-category-one" "the activity is of category I"
    PriorityHearing "priority-hearing" "{requirement}: no result of public hearings was found; a needed hearing is a ground for refusal"
    PriorityNothing "priority-nothing" "no high risk finding and no aggravating fact"
    PriorityUnread "priority-unread" "no high risk finding in what was read, but {n} {n|part|parts} of the file {n|was|were} not examined and may hold risks: read {n|it|them} first; see \"Not examined\""
    DepthManyCategories "depth-many-categories" "high findings in {n} categories: {categories}"
    DepthCategoryOne "depth-category-one" "category I activity with high findings in {categories}"
    DepthNothing "depth-nothing" "complete, and no high or asserted medium risk finding"
    DepthHigh "depth-high" "high findings in {categories}"
    DepthMedium "depth-medium" "{n} asserted risk {n|finding|findings} of medium severity"
    DepthNotComplete "depth-not-complete" "the set is not known to be complete"

    // Risk terms: what the sentence says
    Heading "heading" "heading"
    StatesLaw "states-law" "states what a law or standard says"
    OtherPlace "other-place" "about another place: \"{cue}\""
    DoubleNegation "double-negation" "double negation \"{cue}\""
    Forbidden "forbidden" "forbidden by the project: \"{cue}\""
    MeasureNotTaken "measure-not-taken" "the measure against it is not taken"
    NotAssessed "not-assessed" "not assessed or stated: \"{cue}\""
    DeniedThenPossible "denied-then-possible" "denied, then said to be possible: \"{cue}\""
    Negated "negated" "negated by \"{cue}\""
    WithinNorm "within-norm" "said to be within the norm: \"{cue}\""
    Improbable "improbable" "said to be improbable: \"{cue}\""
    Measure "measure" "measure: \"{cue}\""
    Possible "possible" "possible: \"{cue}\""
    Asserted "asserted" "asserted"
    IsMeasure "is-measure" "a measure"
    MeasureMissing "measure-missing" "measure missing, {because}"
    BarrierMissing "barrier-missing" "barrier missing, {because}"
    StatesLack "states-lack" "the wording itself states the lack"
    Lacking "lacking" "missing: \"{cue}\""
    NotNeeded "not-needed" "said not to be needed: \"{cue}\""
    DoneOrPlanned "done-or-planned" "done or planned"
    NotDone "not-done" "not done, {because}"
    NamesLaw "names-law" "names a law"
    LikeLabelledSentences "like-labelled-sentences" "not in the lexicon; reads like labelled sentences of this category"
    ReadByLabelledSentences "read-by-labelled-sentences" "read as labelled sentences alike are read"
    TitleOfLaw "title-of-law" "in the title of a law"
    VoidAct "void-act" "{act}: void since {since}, submitted {submitted}"

    // Risk terms: how much it weighs
    RaisedBy "raised-by" "raised by {because}"
    NearLimit "near-limit" "the value is close to the limit"
    WeakSurvey "weak-survey" "the survey does not support the denial"
    NoSource "no-source" "no source given"
    FarAway "far-away" "far away"
    SlightEffect "slight-effect" "slight effect"
    ListOfNames "list-of-names" "a list of names or sources"
    AboutDocument "about-document" "speaks of the document itself"
    FormItem "form-item" "an item of a form, not a statement"
    AmongMeasures "among-measures" "stands among the measures"
    ExplainsLaw "explains-law" "explains law or plan"
    ExplainsMethod "explains-method" "explains the method"
    SaysWhatWasExamined "says-what-was-examined" "says what was examined or agreed"
    SaysLaw "says-law" "says what a law says"
    DoneInThatCase "done-in-that-case" "tells what is done in that case"
    ToBeDone "to-be-done" "tells what is to be done"
    StockPhrase "stock-phrase" "a stock phrase without a measure"
    NotFullStatement "not-full-statement" "not a full statement"
    WithoutProject "without-project" "about doing without the project"
    GeneralStatement "general-statement" "a general statement"
    SaidSmall "said-small" "said to be small"
    SameSentenceDenies "same-sentence-denies" "the same sentence denies it"
    OnlySlightly "only-slightly" "only conditionally or slightly"
    LittleTie "little-tie" "little ties it to the project"
    NoEffectNamed "no-effect-named" "names no effect on or by the project"
    AnsweredNo "answered-no" "answered \"no\" in a form"
    AnsweredYes "answered-yes" "answered \"yes\" in a form"
    TableLabel "table-label" "a label in a table"
    StatedElsewhere "stated-elsewhere" "stated elsewhere in the report"
    DeniedElsewhere "denied-elsewhere" "denied elsewhere in the report"
    VagueWithAmounts "vague-with-amounts" "says that effects are small or absent; its section gives amounts, the sentence none"
    VagueWithoutAmounts "vague-without-amounts" "says that effects are small or absent; neither sentence nor section gives an amount or source"

    // Circumstances that raise a risk
    Cue "cue" "{name}"
    CueNearDistance "cue-near-distance" "a short distance"
    CueFarDistance "cue-far-distance" "a long distance"
    CueAboveLimit "cue-above-limit" "a value above its limit"
    CueNearLimit "cue-near-limit" "a value near its limit"
    CueExceed "cue-exceed" "an exceedance"
    CueHighSeismic "cue-high-seismic" "high seismicity"
    CueMass "cue-mass" "a stated mass"
    CuePeople "cue-people" "a number of people"
    CueArea "cue-area" "a stated area"
    CueInside "cue-inside" "a place inside it"
    CueCrossing "cue-crossing" "crossing it"
    CueStatus "cue-status" "a legal status"
    CueLoss "cue-loss" "a loss"
    CueIrrigated "cue-irrigated" "irrigated land"
    CueUnpermitted "cue-unpermitted" "unpermitted"
    CueUnnotified "cue-unnotified" "unnotified"
    CueUnlined "cue-unlined" "unlined"
    CueUnauthorised "cue-unauthorised" "unauthorised"
    CueUnanswered "cue-unanswered" "unanswered"
    CueTakenForGood "cue-taken-for-good" "taken for good"
    CueShallow "cue-shallow" "shallow"
    CueRemoval "cue-removal" "removal"
    CuePollution "cue-pollution" "pollution"
    CueOpenStorage "cue-open-storage" "open storage"
    CueNoReceiver "cue-no-receiver" "no receiver"
    CueNearWater "cue-near-water" "near water"
    CueBorder "cue-border" "border"

    // Contradictions
    FiguresDiffer "figures-differ" "{because} is given as {listed}"
    SubjectDistance "subject-distance" "distance to the nearest {class}"
    SubjectDistanceWater "subject-distance-water" "distance to the nearest water body"
    SubjectArea "subject-area" "area ({class})"
    SubjectCapacity "subject-capacity" "capacity ({class}, {unit})"
    SubjectEmission "subject-emission" "emission of {class} ({unit})"
    SubjectWater "subject-water" "water ({class}, {unit})"
    SubjectFigure "subject-figure" "figure for \"{words}\" ({unit})"
    SubjectPosition "subject-position" "position"
    SubjectCategory "subject-category" "category {category}"
    PositionApart "position-apart" "one position lies {km} km from the others"
    VoidActCited "void-act-cited" "{act} is cited; it has been void since {since}, the report was submitted on {submitted}"
    CategoryNotInList "category-not-in-list" "category {category} is claimed, but the list in force has {listed} only"
    CategoryExceeded "category-exceeded" "category {category} is claimed, but {activity} of {value} {unit} falls under {row} ({because}): category {other}"
    CategoryAlways "category-always" "category {category} is claimed, but {activity} of any size falls under {row}: category {other}"
    LimitAtLeast "limit-at-least" "{limit} {unit} or more"
    LimitMoreThan "limit-more-than" "more than {limit} {unit}"
    ForeignName "foreign-name" "a name that is not the project's own recurs in this section only: copied text?"

    // Precedents
    SameFacet "same-facet" "same {because}: {value}"
    FacetDiffers "facet-differs" "{because}: {here} here, {there} there"
    SpeaksOf "speaks-of" "the report speaks of: {value}"
    NamesFacet "names-facet" "the report names its {because}: {value}"
    FacetActivity "facet-activity" "activity type"
    FacetCategory "facet-category" "category"
    FacetBasin "facet-basin" "river basin"
    FacetRegion "facet-region" "region"
    FacetJurisdiction "facet-jurisdiction" "jurisdiction"
    FacetStage "facet-stage" "stage"
    FacetDocumentType "facet-document-type" "kind of document"
    SimilarBoth "similar-both" "similar text: \"{here}\" here, \"{there}\" there"
    SimilarHere "similar-here" "similar text: \"{here}\" here, before the first heading there"
    SimilarThere "similar-there" "similar text: \"{there}\" there"
    SimilarFront "similar-front" "similar text before the first heading"

    // Not examined: files and pages
    PageBeyondLimit "page-beyond-limit" "page {page} is beyond the limit of {limit} pages; split the file"
    PageWordsUnsure "page-words-unsure" "{unsure} of {words} words on page {page} could not be read with certainty; they stand as {mark}"
    PagePictureUnread "page-picture-unread" "page {page} is a picture: {because}; look at it yourself"
    PageEncrypted "page-encrypted" "page {page} is encrypted; save the file without a password"
    PageFailed "page-failed" "page {page} could not be read ({because}); look at it yourself"
    PageTimedOut "page-timed-out" "page {page} took too long to read; look at it yourself"
    PageUnreadable "page-unreadable" "page {page} has text, but {because}; install tesseract to have it read"
    PageTurned "page-turned" "page {page} is a turned picture without text; turn it, or install tesseract to have it read"
    PagePicture "page-picture" "page {page} is a picture without text; install tesseract to have it read"
    PageDrawn "page-drawn" "page {page} is drawn without text; look at it yourself"
    LettersUnmapped "letters-unmapped" "its characters are not mapped to letters"
    LettersTorn "letters-torn" "its letters are torn apart"
    LettersNoWords "letters-no-words" "its letters form no words"
    CharactersNoWords "characters-no-words" "its characters form no words"
    WorkCancelled "work-cancelled" "the work was cancelled"
    DocumentTimeUsedUp "document-time-used-up" "the time for the document was used up"
    WorkerStopped "worker-stopped" "the worker stopped"
    NoWordsInPicture "no-words-in-picture" "no words were found in the picture"
    RecognitionUnsure "recognition-unsure" "text recognition is only {percent} % sure of its words"
    ReaderBrokeDown "reader-broke-down" "the reader broke down on it"
    ReaderStopped "reader-stopped" "the reader stopped"
    ReaderOutOfTime "reader-out-of-time" "the reader used up its processor time"
    ReaderKilled "reader-killed" "the reader was killed, perhaps for want of memory"
    ReaderOutOfMemory "reader-out-of-memory" "the reader broke down or ran out of memory"
    ReaderCrashed "reader-crashed" "the reader crashed"
    ReaderSignal "reader-signal" "the reader was ended by signal {signal}"
    ReaderTookTooLong "reader-took-too-long" "reading took longer than {seconds} s"
    ReaderNotStarted "reader-not-started" "no process for reading it could be started: {because}"
    WordFileDamaged "word-file-damaged" "the Word file is damaged: its text could be read only up to this point ({because}); save it again"
    PicturesAsPages "pictures-as-pages" "{n} {n|picture|pictures} as large as a page may hold text that was not read; save the file as PDF to have {n|it|them} recognised, or look at {n|it|them} yourself"
    EmbeddedPartUnread "embedded-part-unread" "{n} {n|part|parts} in another format within the Word file {n|was|were} not read; open the file, save it again and submit that"
    NotesUnread "notes-unread" "{n} {n|note|notes} of the Word file could not be read ({because}); save it again"
    LinkedPartUnread "linked-part-unread" "{n} {n|part|parts} of the Word file {n|lies|lie} in other files and {n|was|were} not read; put the whole text into one file and submit that"
    ObjectUnread "object-unread" "{n} {n|object|objects} of other programs within the Word file {n|was|were} not read; save the file as PDF, or look at {n|it|them} yourself"
    AttachedFilesUnread "attached-files-unread" "the PDF is a portfolio: the files attached to it were not read; submit them one by one"
    WordsUndecoded "words-undecoded" "{n} words could not be decoded and were not read: parts of the file are in another encoding; save the whole file as UTF-8"
    ElementNotClosed "element-not-closed" "<{element}> is opened and never closed: the text after it was not read; save the page again"
    TextBeyondLimit "text-beyond-limit" "the file has more than {bytes} bytes of text; what comes after was not read; split the file"
    FileUnread "file-unread" "the file could not be read ({because}); look at it yourself"
    Technical "technical" "{what}"

    // Not examined: stages
    MeaningFailed "meaning-failed" "evidence by meaning was not examined: {because}"
    NoModel "no-model" "no embedding model is loaded: evidence was judged by words only"
    ModelNotCovering "model-not-covering" "the model {model} does not cover {language}: {because}; use a multilingual model for them"
    JudgedByGlossary "judged-by-glossary" "the meaning of {n} {n|passage|passages} was judged through a word glossary, which is weaker evidence"
    JudgedByWords "judged-by-words" "{n} {n|passage was|passages were} judged by words only, not by meaning"
    PassagesCutShort "passages-cut-short" "of {n} {n|passage|passages} only the beginning was judged by meaning, because the model reads no more than {tokens} tokens at once; words were searched in all of the text"
    NoArchive "no-archive" "there is no archive of earlier cases; import some with `cases import`"
    ArchiveEmpty "archive-empty" "the archive of earlier cases is empty; import some with `cases import`"
    PrecedentsFailed "precedents-failed" "precedents and reuse were not examined: {because}"
    PrecedentsNotAsked "precedents-not-asked" "no comparison with earlier cases was asked for"
    QueryByGlossary "query-by-glossary" "no loaded model covers the language of the query: its meaning was judged through a word glossary, which is weaker evidence"
    QueryByWords "query-by-words" "the query was searched by words only: no loaded model covers its language"
    QueryCutShort "query-cut-short" "only the beginning of the query was compared by meaning, because the model reads no more than {tokens} tokens of it; all of its words were searched"
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom(format!("{name} is no code of a reason")))
    }
}
