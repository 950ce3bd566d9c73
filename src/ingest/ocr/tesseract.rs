//! The `tesseract` program as a child process: one bounded run per page.
//!
//! The child gets the picture on standard input and nothing else: no shell, a cleared environment, one
//! thread, limits on memory, processor time, wall time and output. What goes wrong there costs one page.
//!
//! The limits are the child's own before it becomes the program: whoever reads a file in a process of its own may
//! neither limit nor end another one (`isolated`), so the kernel has to.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::foreign::{self, is_hangul};
use super::picture::Picture;
use super::tsv::{self, Word};

/// Memory of one child in bytes; a page at 300 dots per inch needs about 200 MiB.
const MEMORY_BYTES: u64 = 2 << 30;
/// Most output of one child; a dense page has about 100 kB.
const MOST_OUTPUT: u64 = 16 << 20;
/// How often a running child is looked at.
const POLL: Duration = Duration::from_millis(5);

/// Languages this project knows, as tesseract names them, by script.
const LATIN: [&str; 2] = ["eng", "uzb"];
const CYRILLIC: [&str; 2] = ["rus", "uzb_cyrl"];
/// Alone: beside it, English takes whole Korean words for its own.
const HANGUL: [&str; 1] = ["kor"];
/// Reads what is no Hangul on Korean pages.
const FOREIGN: &str = "eng";
/// The data that tell script and orientation.
const ORIENTATION_DATA: &str = "osd";
/// Below this the program guesses the script. Its own scale: Latin and Cyrillic pages reach 3 to 25, Korean
/// ones 0.1 to 1.8, and half of them are taken for Japanese.
const LEAST_SCRIPT_CONFIDENCE: f32 = 2.0;
const LEAST_TURN_CONFIDENCE: f32 = 1.0;
/// Share of sure letters from which lines may be of a script. Their own reaches 0.76 to 0.96; another one 0.06
/// to 0.46, and Latin read as Cyrillic 0.60, so that the surest counts.
const LEAST_TRIAL: f32 = 0.5;
/// From this no other script is tried.
const SURE_TRIAL: f32 = 0.75;

/// Page segmentation mode: one column of text of various sizes.
const ONE_COLUMN: &str = "4";

/// Why a page could not be read by the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TesseractError {
    /// The program could not be started or ended badly.
    #[error("text recognition failed: {0}")]
    Failed(String),
    /// It took too long.
    #[error("text recognition took longer than {0} s")]
    TimedOut(u64),
}

/// How a page lies and in which script it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    /// Degrees, clockwise, by which the picture has to be turned to stand upright.
    pub(crate) turn: u32,
    /// Script, where it is clear.
    pub(crate) script: Option<Script>,
}

/// Scripts of the languages that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Cyrillic,
    Hangul,
}

impl Script {
    /// In the order in which they are tried: where the script is unclear, it is most often Hangul.
    const ALL: [Self; 3] = [Self::Hangul, Self::Cyrillic, Self::Latin];

    fn has(self, c: char) -> bool {
        match self {
            Self::Latin => c.is_ascii_alphabetic() || ('\u{c0}'..'\u{250}').contains(&c),
            Self::Cyrillic => ('\u{400}'..'\u{530}').contains(&c),
            Self::Hangul => is_hangul(c),
        }
    }

    fn languages(self) -> &'static [&'static str] {
        match self {
            Self::Latin => &LATIN,
            Self::Cyrillic => &CYRILLIC,
            Self::Hangul => &HANGUL,
        }
    }
}

/// The installed program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tesseract {
    program: PathBuf,
    version: String,
    installed: Vec<String>,
    page_time: Duration,
}

impl Tesseract {
    /// Looks for the program on the search path; `None` if it is not there or knows none of the
    /// languages.
    pub(crate) fn find(page_time: Duration) -> Option<Self> {
        let paths = std::env::var_os("PATH")?;
        let program =
            std::env::split_paths(&paths).map(|place| place.join("tesseract")).find(|p| p.is_file())?;
        Self::at(&program, page_time)
    }

    /// Takes the program at `program`.
    pub(crate) fn at(program: &Path, page_time: Duration) -> Option<Self> {
        let ask = |argument: &str| {
            run(command(program, &[argument]), Vec::new(), page_time)
                .map(|out| String::from_utf8_lossy(&out).into_owned())
        };
        let version = ask("--version").ok()?;
        let version = version.lines().next()?.trim().to_owned();
        let listed = ask("--list-langs").ok()?;
        let known = [&LATIN[..], &CYRILLIC, &HANGUL, &[ORIENTATION_DATA]].concat();
        let installed: Vec<String> =
            listed.lines().map(str::trim).filter(|name| known.contains(name)).map(str::to_owned).collect();
        let reads = installed.iter().any(|name| name != ORIENTATION_DATA);
        reads.then(|| Self { program: program.to_owned(), version, installed, page_time })
    }

    /// Returns program, version and languages, for provenance.
    pub(crate) fn identity(&self) -> String {
        format!("{} ({})", self.version, self.languages(None))
    }

    /// Returns the folders of the program and of data that lie in a place of their own.
    pub(crate) fn places(&self) -> Vec<PathBuf> {
        let folder = self.program.parent().map(Path::to_path_buf);
        folder.into_iter().chain(std::env::var_os("TESSDATA_PREFIX").map(PathBuf::from)).collect()
    }

    /// Finds out how the page lies; upright and of any script where there is no telling.
    pub(crate) fn orientation(&self, picture: &Picture) -> Orientation {
        if !self.has(ORIENTATION_DATA) {
            return Orientation::default();
        }
        // Pages with a few words only make the program give up; that is no failure of the page.
        let out = self.page(picture, &["--psm", "0", "-l", ORIENTATION_DATA]);
        out.map(|out| parse_orientation(&String::from_utf8_lossy(&out))).unwrap_or_default()
    }

    /// Finds out the script of an upright page by reading a few lines with the data of each; `None` where
    /// none fits.
    pub(crate) fn try_scripts(&self, picture: &Picture) -> Option<Script> {
        let lines = picture.fullest_band();
        let mut best: Option<(f32, Script)> = None;
        for script in Script::ALL {
            if !script.languages().iter().any(|name| self.has(name)) {
                continue;
            }
            let out = self.page(&lines, &["--psm", "6", "-l", &self.languages(Some(script)), "tsv"]);
            let share = out.map_or(0.0, |out| fit(script, &tsv::words(&String::from_utf8_lossy(&out))));
            if share >= LEAST_TRIAL && best.is_none_or(|(other, _)| share > other) {
                best = Some((share, script));
            }
            if share >= SURE_TRIAL {
                break;
            }
        }
        best.map(|(_, script)| script)
    }

    /// Reads the words of an upright page.
    pub(crate) fn words(
        &self,
        picture: &Picture,
        script: Option<Script>,
    ) -> Result<Vec<Word>, TesseractError> {
        let languages = self.languages(script);
        if languages == HANGUL[0] {
            return self.korean(picture);
        }
        let out = self.page(picture, &["--psm", "3", "-l", &languages, "tsv"])?;
        Ok(tsv::words(&String::from_utf8_lossy(&out)))
    }

    /// Reads a Korean page. As one column: blanks between Korean words look like gutters to the program,
    /// and with layout analysis it tears lines and loses parts of them. Columns and cells are told apart
    /// by where the words stand, later.
    fn korean(&self, picture: &Picture) -> Result<Vec<Word>, TesseractError> {
        const WITH_TEXT: [&str; 6] = [
            "-c",
            "tessedit_create_tsv=1",
            "-c",
            "tessedit_create_txt=1",
            "-c",
            "preserve_interword_spaces=1",
        ];
        let out = self.page(picture, &[&["--psm", ONE_COLUMN, "-l", HANGUL[0]], &WITH_TEXT[..]].concat())?;
        let words = tsv::words_with_text(&String::from_utf8_lossy(&out));
        let runs = foreign::runs(&words, picture);
        let mut words = if runs.is_empty() || !self.has(FOREIGN) {
            words
        } else {
            let cut = foreign::cut_out(picture, &runs);
            let out = self.page(&cut, &["--psm", "6", "-l", FOREIGN, "tsv"])?;
            foreign::replace(words, &runs, &tsv::words(&String::from_utf8_lossy(&out)))
        };
        for word in &mut words {
            word.text = foreign::usual_signs(&word.text);
        }
        Ok(words)
    }

    fn has(&self, language: &str) -> bool {
        self.installed.iter().any(|installed| installed == language)
    }

    fn page(&self, picture: &Picture, options: &[&str]) -> Result<Vec<u8>, TesseractError> {
        let arguments = [&["stdin", "stdout", "--dpi", "300"], options].concat();
        run(command(&self.program, &arguments), picture.to_pgm(), self.page_time)
    }

    /// Installed languages of a script, joined as the program wants them; all if none fits.
    fn languages(&self, script: Option<Script>) -> String {
        let wanted = script.map_or(&["eng", "rus", "uzb", "uzb_cyrl", "kor"][..], Script::languages);
        let found: Vec<&str> = wanted.iter().filter(|name| self.has(name)).copied().collect();
        if found.is_empty() && script.is_some() { self.languages(None) } else { found.join("+") }
    }
}

/// Share of letters that are of a script, weighed by how surely they were read.
fn fit(script: Script, words: &[Word]) -> f32 {
    let count = |word: &Word, of: &dyn Fn(char) -> bool| word.text.chars().filter(|c| of(*c)).count() as f32;
    let all: f32 = words.iter().map(|word| count(word, &char::is_alphabetic)).sum();
    let fitting: f32 = words.iter().map(|word| word.confidence * count(word, &|c| script.has(c))).sum();
    if all == 0.0 { 0.0 } else { fitting / all }
}

fn parse_orientation(answer: &str) -> Orientation {
    let value = |name: &str| {
        answer.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let number = |name: &str| value(name).and_then(|text| text.parse::<f32>().ok()).unwrap_or(0.0);
    let turn = match number("Rotate") as u32 {
        turn @ (90 | 180 | 270) if number("Orientation confidence") >= LEAST_TURN_CONFIDENCE => turn,
        _ => 0,
    };
    let script = match value("Script") {
        _ if number("Script confidence") < LEAST_SCRIPT_CONFIDENCE => None,
        Some("Latin") => Some(Script::Latin),
        Some("Cyrillic") => Some(Script::Cyrillic),
        Some("Korean" | "Hangul") => Some(Script::Hangul),
        _ => None,
    };
    Orientation { turn, script }
}

fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("OMP_THREAD_LIMIT", "1").env("LC_ALL", "C");
    if let Some(place) = std::env::var_os("TESSDATA_PREFIX") {
        command.env("TESSDATA_PREFIX", place);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Runs a child to its end or its limits, and returns what it printed.
fn run(mut command: Command, input: Vec<u8>, time: Duration) -> Result<Vec<u8>, TesseractError> {
    let failed = |what: String| TesseractError::Failed(what);
    bound(&mut command, time);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    // Both ends in threads of their own: the child may print before it has read everything.
    let feeder = std::thread::spawn(move || {
        // A child that ends early closes the pipe; its exit status says why.
        stdin.map(|mut pipe| pipe.write_all(&input))
    });
    let reader = std::thread::spawn(move || {
        let mut output = Vec::new();
        if let Some(pipe) = stdout {
            // What was read before an error still counts; the exit status decides.
            let _ = pipe.take(MOST_OUTPUT).read_to_end(&mut output);
        }
        output
    });
    let ended = wait(&mut child, time);
    let _ = feeder.join();
    let output = reader.join().map_err(|_| failed("its output could not be read".to_owned()))?;
    match ended {
        Some(Ok(status)) if status.success() => Ok(output),
        Some(Ok(status)) => Err(failed(format!("the program ended with {status}"))),
        Some(Err(error)) => Err(failed(error.to_string())),
        None => Err(TesseractError::TimedOut(time.as_secs())),
    }
}

/// Waits for the end; `None` after the time, with the child killed.
fn wait(child: &mut Child, time: Duration) -> Option<std::io::Result<std::process::ExitStatus>> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(Ok(status)),
            Ok(None) if begun.elapsed() < time => std::thread::sleep(POLL),
            Ok(None) => {
                // Fails if the child has just ended by itself, and in a confined process: then its alarm is due.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Sets limits on memory, processor time and wall time.
fn bound(command: &mut Command, time: Duration) {
    use std::os::unix::process::CommandExt;

    use rustix::process::{Resource, Rlimit, setrlimit};
    let seconds = time.as_secs();
    let limit = move || {
        let to = |value: u64| Rlimit { current: Some(value), maximum: Some(value) };
        for (resource, value) in
            [(Resource::Core, 0), (Resource::Cpu, seconds.max(1)), (Resource::As, MEMORY_BYTES)]
        {
            // Refused where a lower one holds already.
            let _ = setrlimit(resource, to(value));
        }
        // Outlives the change into the program, which is ended by it; later than whoever waits gives it up.
        // SAFETY: a system call without pointers.
        unsafe { libc::alarm(u32::try_from(seconds + 1).unwrap_or(u32::MAX)) };
        Ok(())
    };
    // SAFETY: between fork and exec it makes system calls only; nothing is allocated and no lock is taken.
    unsafe { command.pre_exec(limit) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_and_turning_are_read_where_they_are_clear() {
        let answer = "Page number: 0\nOrientation in degrees: 90\nRotate: 270\nOrientation confidence: 7.10\n\
            Script: Cyrillic\nScript confidence: 3.22\n";
        assert_eq!(parse_orientation(answer), Orientation { turn: 270, script: Some(Script::Cyrillic) });
        // A Korean page: half of them are taken for another script of East Asia, with this little certainty.
        let korean = answer.replace("Cyrillic", "Japanese").replace("3.22", "0.26");
        assert_eq!(parse_orientation(&korean), Orientation { turn: 270, script: None });
        let unsure = answer.replace("7.10", "0.20").replace("3.22", "0.10");
        assert_eq!(parse_orientation(&unsure), Orientation::default());
        assert_eq!(parse_orientation("Too few characters. Skipping this page"), Orientation::default());
    }

    #[test]
    fn a_script_fits_by_its_sure_letters() {
        let words = tsv::words(include_str!("../../../tests/fixtures/scans/ko-first-reading.tsv"));
        assert!(fit(Script::Hangul, &words) > SURE_TRIAL);
        assert!(fit(Script::Latin, &words) < LEAST_TRIAL);
        assert_eq!(fit(Script::Cyrillic, &words), 0.0);
        assert_eq!(fit(Script::Cyrillic, &[]), 0.0);
    }

    #[test]
    fn a_child_that_hangs_is_ended() {
        let mut sleeper = Command::new("sleep");
        sleeper.arg("30").stdin(Stdio::piped()).stdout(Stdio::piped());
        let begun = Instant::now();
        let error = run(sleeper, vec![0; 1 << 20], Duration::from_millis(200)).unwrap_err();
        assert_eq!(error, TesseractError::TimedOut(0));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_child_that_hangs_ends_even_if_nobody_may_end_it() {
        use std::os::unix::process::ExitStatusExt;
        let mut sleeper = Command::new("sleep");
        sleeper.arg("30");
        bound(&mut sleeper, Duration::from_millis(200));
        let begun = Instant::now();
        assert_eq!(sleeper.status().unwrap().signal(), Some(libc::SIGALRM));
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_child_that_fails_says_so() {
        let mut broken = Command::new("false");
        broken.stdin(Stdio::piped()).stdout(Stdio::piped());
        let error = run(broken, Vec::new(), Duration::from_secs(5)).unwrap_err();
        assert!(matches!(error, TesseractError::Failed(_)), "{error}");
        assert!(Tesseract::at(Path::new("no/such/program"), Duration::from_secs(1)).is_none());
    }
}
