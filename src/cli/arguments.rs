//! The command line as data.

mod eval;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::exit;
pub use eval::{
    EvalCommand, EvalFitArguments, EvalFitPassagesArguments, EvalFitRiskArguments, EvalRunArguments,
};

/// Screens environmental impact assessment reports: what is missing, which earlier cases are like
/// it, which risks to look at first – each with page and quote. Advises; the reviewer decides.
#[derive(Debug, Parser)]
#[command(name = "eia-screen", version, after_help = exit::HELP)]
pub struct Arguments {
    /// Configuration file (TOML); see `eia-screen check-config --print`.
    #[arg(long, global = true, value_name = "FILE", env = "EIA_SCREEN_CONFIG")]
    pub config: Option<PathBuf>,
    /// Directory of the embedded archive of cases and screenings.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Directory of model folders.
    #[arg(long, global = true, value_name = "DIR")]
    pub models_dir: Option<PathBuf>,
    /// Embedding model; `none` uses words only.
    #[arg(long, global = true, value_name = "NAME")]
    pub model: Option<String>,
    /// Use a Qdrant server instead of the embedded archive.
    #[arg(long, global = true, value_name = "URL")]
    pub qdrant_url: Option<String>,
    /// Tenant for which commands act on the archive.
    #[arg(long, global = true, value_name = "TENANT")]
    pub tenant: Option<String>,
    /// Say more on standard error (twice: debug).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fetch the model, import sample precedents, screen a sample report, print the triage.
    Demo(DemoArguments),
    /// Screen one report or many.
    Screen(ScreenArguments),
    /// Print the section tree with the canonical elements each section speaks of.
    Sections(SectionsArguments),
    /// Scan sentences for risk terms: JSON lines in, JSON lines out.
    Scan(ScanArguments),
    /// The archive of earlier cases.
    #[command(subcommand)]
    Cases(CasesCommand),
    /// The archive as a whole: back up, restore, move, verify, embed again.
    #[command(subcommand)]
    Archive(super::backup::ArchiveCommand),
    /// Requirement sets ("rule packs").
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Embedding models.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Measure how good the results are: suites of judged data, comparisons, calibration.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Serve gRPC.
    Serve(ServeArguments),
    /// Who may do what: tokens and roles.
    #[command(subcommand)]
    Access(AccessCommand),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Check the configuration, with the files, keys and rules it names, and say all that is wrong with it.
    CheckConfig(CheckConfigArguments),
    /// Embed a workload and print one JSON line (interface of the peer benchmark).
    #[command(hide = true)]
    Embed(EmbedArguments),
    /// Read one file from standard input on behalf of another process of this program.
    #[command(hide = true)]
    ReadDocument,
}

/// Output format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For the terminal.
    Text,
    /// Canonical protobuf JSON of `eia.screening.v1.ScreeningReport`.
    Json,
    /// One self-contained file to open and print.
    Html,
    /// Project sites, sources and sinks as a GeoJSON feature collection.
    Geojson,
}

/// Output format of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For the terminal.
    Text,
    /// JSON.
    Json,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Copy the model from this directory instead of fetching it.
    #[arg(long, value_name = "DIR")]
    pub model_from: Option<PathBuf>,
}

/// What to screen for.
#[derive(Debug, Args)]
pub struct ScreeningArguments {
    /// Rule packs, separated by commas, e.g. `uz-234-draft,eu`; `uz` chooses by date and stage. See
    /// `eia-screen rules list`.
    #[arg(long, value_name = "PACK[,PACK]", value_delimiter = ',', required = true)]
    pub rules: Vec<String>,
    /// Day of submission; decides which law applies. Today if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub submitted: Option<jiff::civil::Date>,
    /// Procedural stage for packs chosen by stage: draft, statement, consequences.
    #[arg(long, value_name = "STAGE")]
    pub stage: Option<String>,
    /// Facts that conditional requirements ask for, e.g. `hearing_required=true`.
    #[arg(long = "fact", value_name = "NAME=true|false")]
    pub facts: Vec<String>,
    /// Case the report belongs to; it is never its own precedent.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Facets of the case, e.g. `activity_type=wind`, `jurisdiction=UZ`, `project=north-road`.
    #[arg(long = "facet", value_name = "KEY=VALUE")]
    pub facets: Vec<String>,
    /// Only precedents with these facets; also `year_from`, `year_to`, `as_of`.
    #[arg(long = "filter", value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    /// Number of precedents, 0 to 50.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    pub precedents: u32,
}

/// Arguments of `screen`.
#[derive(Debug, Args)]
pub struct ScreenArguments {
    /// Reports: PDF, DOCX, HTML, Markdown or text.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What to screen for.
    #[command(flatten)]
    pub screening: ScreeningArguments,
    /// Output format.
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
    /// Write to this file, or with several inputs to this directory (one file per report).
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
}

/// Arguments of `sections`.
#[derive(Debug, Args)]
pub struct SectionsArguments {
    /// Report.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Output format.
    #[arg(long, value_enum, default_value = "text")]
    pub format: ListFormat,
}

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct ScanArguments {
    /// JSON lines `{"id","text","lang"?}`; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Day of submission; decides which acts are void. Today if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub submitted: Option<jiff::civil::Date>,
}

/// The archive of earlier cases.
#[derive(Debug, Subcommand)]
pub enum CasesCommand {
    /// Import a directory of reports or a manifest of cases.
    Import(ImportArguments),
    /// Find cases by words and meaning, or like a report.
    Search(SearchArguments),
    /// Show one case.
    Show {
        /// Case id.
        case: String,
        /// Output format.
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// List cases.
    List {
        /// Only cases with these facets.
        #[arg(long = "filter", value_name = "KEY=VALUE")]
        filters: Vec<String>,
        /// Output format.
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Delete a case with everything indexed of it.
    Delete {
        /// Case id.
        case: String,
    },
}

/// Arguments of `cases import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// A directory (one case per file) or a JSON Lines manifest: `{"id","path"|"documents","title",
    /// "activity_type",…,"decision","conditions"}` with paths relative to the manifest.
    #[arg(value_name = "DIR|MANIFEST.jsonl")]
    pub source: PathBuf,
}

/// Arguments of `cases search`.
#[derive(Debug, Args)]
pub struct SearchArguments {
    /// What to look for, in any of the five languages.
    #[arg(value_name = "TEXT", required_unless_present = "like", conflicts_with = "like")]
    pub text: Option<String>,
    /// Find cases like this report.
    #[arg(long, value_name = "FILE")]
    pub like: Option<PathBuf>,
    /// Only cases with these facets; also `year_from`, `year_to`, `as_of`.
    #[arg(long = "filter", value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    /// Number of cases, 1 to 50.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub limit: u32,
    /// Output format.
    #[arg(long, value_enum, default_value = "text")]
    pub format: ListFormat,
}

/// Requirement sets.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the packs.
    List {
        /// Output format.
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Show one pack with its requirements.
    Show {
        /// Pack, e.g. `uz-234-draft`.
        pack: String,
        /// Output format.
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Check every layer of the rules as `serve` would load it.
    Check {
        /// Directory with rules of your own; if not given, `rules_dir`, or the built-in ones where that is
        /// empty.
        dir: Option<PathBuf>,
    },
}

/// Embedding models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the models that have a manifest, and whether their files are here.
    List {
        /// Output format.
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Fetch a model's files and verify them.
    Pull {
        /// Model, e.g. `all-minilm-l6-v2`.
        name: String,
        /// Copy from this directory instead.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Verify hashes and golden vectors.
    Verify {
        /// Model; all that are here if not given.
        name: Option<String>,
        /// Record the hashes of files whose hash the manifest does not know.
        #[arg(long)]
        record: bool,
    },
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<std::net::SocketAddr>,
    /// Listen beyond loopback although neither TLS nor authentication is set up. The admin port still needs
    /// `admin.exposed` for that.
    #[arg(long)]
    pub insecure: bool,
}

/// Who may do what.
#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Make a token: prints the line for the tokens file, and the token once on standard error.
    Token(TokenArguments),
    /// Show which role may do what.
    Roles,
}

/// Arguments of `access token`.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// Name that stands in logs for whoever shows the token.
    pub name: String,
    /// Role: submitter, reviewer, curator, data-scientist, operator; may be given several times.
    #[arg(long = "role", value_name = "ROLE", required = true, value_delimiter = ',')]
    pub roles: Vec<String>,
    /// Tenant for which it acts; may be given several times; `*` for any.
    #[arg(long = "tenant", value_name = "TENANT", value_delimiter = ',')]
    pub tenants: Vec<String>,
    /// Last day on which it holds (UTC).
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<jiff::civil::Date>,
}

/// The audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no line was changed, removed, inserted or moved.
    Verify {
        /// Files of the log, in any order.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Hash that was noted earlier; one of the lines must have it.
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
}

/// Arguments of `check-config`.
#[derive(Debug, Args)]
pub struct CheckConfigArguments {
    /// Print the effective configuration, secrets left out.
    #[arg(long)]
    pub print: bool,
}

/// Arguments of `embed`.
#[derive(Debug, Args)]
pub struct EmbedArguments {
    /// Row name.
    pub name: String,
    /// Model directory.
    pub model_dir: PathBuf,
    /// JSON lines with `text`.
    pub texts: PathBuf,
    /// Raw little-endian f32 output.
    pub out: PathBuf,
    /// Texts per call; 0 leaves it to the encoder.
    pub batch: usize,
    /// Timed passes.
    pub reps: usize,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Options of a command and of those below it that take several values at once.
    fn greedy(command: &clap::Command, found: &mut Vec<String>) {
        let several = |option: &&clap::Arg| option.get_num_args().is_some_and(|range| range.max_values() > 1);
        let options = command.get_opts().filter(several);
        found.extend(options.map(|option| format!("{} --{}", command.get_name(), option.get_id())));
        command.get_subcommands().for_each(|below| greedy(below, found));
    }

    #[test]
    fn no_option_takes_what_stands_behind_its_value() {
        let mut command = Arguments::command();
        command.build();
        let mut found = Vec::new();
        greedy(&command, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_text_behind_a_filter_is_what_is_looked_for() {
        let line =
            ["eia-screen", "cases", "search", "--filter", "year=2020", "--filter", "basin=Aral", "dust"];
        let Command::Cases(CasesCommand::Search(search)) = Arguments::parse_from(line).command else {
            panic!("another command");
        };
        assert_eq!((search.text.as_deref(), search.filters.len()), (Some("dust"), 2));
    }
}
