// The reviewer's day in a browser: upload, queue, report, verdicts, defect notice – in two languages, with the
// keyboard, with axe-core on every page, and with a picture of every page for docs/.
//
//   node day.mjs --program PATH [--pictures DIR] [--model NAME] [--models DIR]
//
// Starts the program on a free port with an archive of its own; needs Debian's chromium.
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { pdf } from "./pdf.mjs";
import { importCases, pause, serve } from "./server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values: options } = parseArgs({
  options: {
    program: { type: "string" },
    pictures: { type: "string", default: "" },
    model: { type: "string", default: "none" },
    models: { type: "string", default: "" },
    browser: { type: "string", default: "/usr/bin/chromium" },
  },
});
const axe = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");

function check(holds, what) {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

/** A PDF of three pages with a text layer. */
const smallPdf = () =>
  pdf([
    ["1. Introduction", "The company plans a gravel quarry of 12 hectares near the river Chirchiq.", "Coordinates of the site: 41.3111\xb0 N, 69.2797\xb0 E."],
    ["2. Alternatives", "Three sites and the no-action alternative were compared.", "The chosen site needs the shortest road and takes no irrigated land."],
    ["3. Monitoring", "Dust is measured every month at the nearest house.", "Tailings are stored in a tailings storage facility 300 m from the river."],
  ]);

const folder = mkdtempSync(join(tmpdir(), "console-day-"));
await importCases(options, folder, join(root, "samples/precedents/cases.jsonl"));
// The samples state no position; this case does.
const placed = join(folder, "brickworks.jsonl");
writeFileSync(join(folder, "brickworks.md"), "# Brickworks at the canal\n\n## 1. Site\n\nThe works stand at 41.4000° N, 69.5000° E beside the canal.\n");
writeFileSync(placed, JSON.stringify({ id: "brickworks", title: "Brickworks at the canal", path: "brickworks.md", region: "Toshkent", year: 2023 }));
await importCases(options, folder, placed);
const { base, stop } = await serve(options, folder);

const browser = await chromium.launch({
  executablePath: options.browser,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const report = { pictures: [], violations: [] };
let page;

/** Words of the program that are left in English on a page of another language; quotations keep their own. */
const leftInEnglish = () =>
  page.evaluate(() => {
    if (document.documentElement.lang === "en") return [];
    const own = [...document.querySelectorAll("[lang=en]")].filter((element) => !element.closest("blockquote, .quoted, .said, nav, mark"));
    return own.map((element) => element.textContent.slice(0, 80));
  });

/** Looks at the page: no serious violation, nothing left in English, nothing that went wrong, and a picture. */
async function look(name) {
  check(await page.locator("#alert").isHidden(), `nothing went wrong before ${name}: ${await page.locator("#alert p").textContent()}`);
  const left = await leftInEnglish();
  check(left.length === 0, `${name} is in its language: ${left.join(" | ")}`);
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  for (const violation of found.violations) {
    const nodes = violation.nodes.map((node) => node.target.join(" ")).slice(0, 5);
    report.violations.push({ page: name, id: violation.id, impact: violation.impact, nodes });
  }
  if (options.pictures) {
    mkdirSync(options.pictures, { recursive: true });
    const path = join(options.pictures, `${name}.png`);
    writeFileSync(path, await page.screenshot({ caret: "initial" }));
    report.pictures.push(path);
  }
}

async function open(language, size) {
  const context = await browser.newContext({ viewport: size, locale: language });
  // Machines that test are busy.
  context.setDefaultTimeout(90_000);
  page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // While the model is loaded pages are answered with 503; one page that is not there is asked for on purpose, and one
    // session is ended on purpose.
    const expected = /(status of|Status Error Code) (503|401)/.test(message.text()) || message.location().url.endsWith("/cases/none");
    if (message.type() === "error" && !expected) problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) problems.push(`outside request: ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await context.addCookies([{ name: "eia_language", value: language, url: base }]);
  return { context, problems };
}

/** Uploads a file and waits until its report stands in the queue. */
async function upload(name, bytes, more = {}) {
  await page.goto(`${base}/`);
  await page.evaluate(() => { document.querySelector("#upload").open = true; });
  await page.selectOption("#pack", "uz-234-draft");
  if (more.category) await page.selectOption("#category", more.category);
  if (more.activity) await page.fill("#activity", more.activity);
  if (more.case) await page.fill("#case", more.case);
  await page.setInputFiles("#file", { name, mimeType: "application/octet-stream", buffer: bytes });
  await Promise.all([page.waitForEvent("load"), page.click("#upload-form button.main")]);
  // What is typed while the report is made stays when it comes.
  await page.evaluate(() => { document.querySelector("#upload").open = true; });
  await page.fill("#activity", "typed meanwhile");
  await page.waitForSelector(`.queue a.name >> text=${name}`, { timeout: 120_000 });
  check((await page.inputValue("#activity")) === "typed meanwhile", "the queue takes in a report without loading the page again");
}

/** What of the page is printed. */
async function printed(checks) {
  await page.emulateMedia({ media: "print" });
  for (const [selector, isThere] of checks) {
    check((await page.locator(selector).first().isVisible()) === isThere, `${selector} is ${isThere ? "" : "not "}printed`);
  }
  await page.emulateMedia({ media: "screen" });
}

/** The session ends under a typed reason: nothing is lost, and it goes on after signing in in another tab. */
async function signedOut(language, words) {
  const { context, problems } = await open(language, { width: 1280, height: 720 });
  await page.goto(`${base}/sign-in`);
  await page.fill("#name", words.reviewer);
  await page.click("button.main");
  await page.locator(".queue a.name").filter({ hasText: new RegExp(`^${words.sample.replace(".", "\\.")}`) }).first().click();
  const finding = page.locator("#findings .finding").first();
  const reason = `${words.reason} (2)`;
  await finding.locator("details.reject summary").click();
  await finding.locator("textarea").fill(reason);
  await context.clearCookies({ name: "eia_session" });
  await finding.locator("button[value=rejected]").click();
  const [other] = await Promise.all([context.waitForEvent("page"), page.click("#alert a")]);
  check((await finding.locator("textarea").inputValue()) === reason, "the reason stays when the session has ended");
  await other.fill("#name", words.reviewer);
  await other.click("button.main");
  await other.waitForSelector("#queue");
  await other.close();
  // Without a screen every tab is the one in front.
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await page.waitForSelector("#alert", { state: "hidden" });
  await finding.locator("button[value=rejected]").click();
  await finding.locator(".verdict.is-rejected", { hasText: reason }).waitFor();
  check(problems.length === 0, `no problem in the browser: ${problems.join("; ")}`);
  await context.close();
}

async function day(language, words, prefix) {
  const { context, problems } = await open(language, { width: 1280, height: 720 });
  const sample = words.sample;
  await page.goto(`${base}/`);
  check(page.url().includes("/sign-in"), "strangers are sent to sign in");
  await look(`${prefix}sign-in`);
  await page.fill("#name", words.reviewer);
  await page.click("button.main");
  // Until the model is loaded the page says that the service is starting.
  for (let tries = 0; (await page.locator("#upload").count()) === 0 && tries < 120; tries += 1) {
    await pause(500);
    await page.goto(`${base}/`);
  }
  await page.evaluate(() => { document.querySelector("#upload").open = true; });
  await look(`${prefix}upload`);
  await upload(sample, readFileSync(join(root, "samples", sample)), { category: "I", activity: words.activity, case: `${prefix}mine-1` });
  await upload(`${prefix}quarry.pdf`, smallPdf(), { category: "II", case: `${prefix}quarry` });
  await page.goto(`${base}/`);
  await look(`${prefix}queue`);

  // The report: gaps first, the first one is a click away from its place in the text.
  await page.click(`.queue a.name >> text=${sample}`);
  await page.waitForSelector("#findings .finding");
  const html = await page.locator("html").getAttribute("lang");
  check(html === language, `the page speaks ${language}`);
  await look(`${prefix}report`);

  // Keyboard: next finding, its evidence, accept; next, reject with a reason.
  await page.keyboard.press("j");
  // What is missing altogether has no place to show.
  for (let tries = 0; (await page.locator("#findings .finding.current a.jump").count()) === 0 && tries < 20; tries += 1) {
    await page.keyboard.press("j");
  }
  await page.keyboard.press("e");
  await page.waitForSelector("#document mark.current");
  await look(`${prefix}evidence`);
  await page.keyboard.press("a");
  await page.waitForSelector("#findings .finding.current .verdict.is-accepted");
  await page.keyboard.press("j");
  await page.keyboard.press("r");
  // Letters that miss the field would be shortcuts.
  await page.waitForFunction(() => ["INPUT", "TEXTAREA"].includes(document.activeElement?.tagName));
  await page.keyboard.type(words.reason);
  await page.click("#findings .finding.current details.reject button[value=rejected]");
  await page.waitForSelector("#findings .finding.current .verdict.is-rejected");
  // The rest of the gaps are accepted one after the other.
  const gaps = await page.locator("#findings .finding.tone-missing, #findings .finding.tone-weak").count();
  for (let at = 0; at < gaps; at += 1) {
    const gap = page.locator("#findings .finding.tone-missing, #findings .finding.tone-weak").nth(at);
    if ((await gap.locator(".verdict").count()) === 0) {
      await gap.locator("button.accept").click();
      await gap.locator(".verdict.is-accepted").waitFor();
    }
  }
  const counted = (await page.locator("#decided").innerText()).match(/\d+/g);
  check(counted.length === 2 && counted.every((number) => Number(number) === gaps), `the head counts the decisions: ${counted}`);
  await look(`${prefix}verdicts-recorded`);
  await page.keyboard.press("?");
  await page.waitForSelector("#help[open]");
  await look(`${prefix}keys`);
  await page.click("#help-close");

  const address = page.url().split("?")[0];
  for (const tab of ["risks", "claims", "precedents", "reuse", "facts", "unread"]) {
    await page.click(`#tab-${tab}`);
    await page.waitForSelector(`#findings .scroll[data-tab=${tab}]`);
    await look(`${prefix}tab-${tab}`);
  }
  await page.goto(`${address}/notice`);
  const items = await page.locator(".letter ol > li").count();
  check(items === gaps - 1, `the letter has every accepted gap: ${items} of ${gaps}`);
  check((await page.locator(".note.warn").count()) === 0, "every gap is decided");
  await page.locator(".letter h2").click();
  await page.keyboard.type("!");
  check((await page.locator(".letter h2").innerText()).includes("!"), "the letter can be edited");
  await page.reload();
  await look(`${prefix}notice`);
  await printed([["main > h1", false], [".crumb", false], [".notice-bar", false], [".letter", true]]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".notice-bar a.main")]);
  const letter = readFileSync(await download.path());
  check(letter.subarray(0, 2).toString() === "PK", "the letter comes as DOCX");
  if (options.pictures) writeFileSync(join(folder, `${prefix}notice.docx`), letter);
  await page.goto(`${address}/verdicts`);
  const rows = await page.locator("tbody tr").count();
  check(rows === gaps, `every decision is in the history, once: ${rows} of ${gaps}`);
  await look(`${prefix}history`);
  await page.goto(`${base}/statistics`);
  await look(`${prefix}statistics`);

  // A PDF: the picture of a page.
  await page.goto(`${base}/`);
  await page.click(`.queue a.name >> text=${prefix}quarry.pdf`);
  await page.waitForSelector("#document");
  await page.keyboard.press("]");
  await page.waitForFunction(() => document.querySelector("#sheet")?.value === "2");
  await page.locator(".views a[href*=picture]").click();
  await page.waitForSelector("img.sheet");
  await page.waitForFunction(() => document.querySelector("img.sheet").naturalWidth > 300);
  await page.click("#tab-facts");
  await page.waitForSelector("#findings .scroll[data-tab=facts]");
  await look(`${prefix}picture`);

  // Earlier cases, and two of them side by side.
  await page.goto(`${base}/precedents`);
  await page.fill("#q", words.search);
  await page.click("main form button.main");
  await page.waitForSelector(".cases .finding");
  await look(`${prefix}precedents`);
  await page.click(".cases .finding h3 a");
  await page.waitForSelector("#b");
  await look(`${prefix}case`);
  await page.fill("#b", "demo-gravel-chirchiq");
  await page.click("main form button");
  await page.waitForSelector(".sides");
  await look(`${prefix}case-compare`);

  // Cases and reports near a point.
  await page.goto(`${base}/precedents?lat=41.3&lon=69.28&km=60`);
  await page.waitForSelector("main table");
  check((await page.locator("main table a[href*='/cases/']").count()) > 0, "imported cases are found by distance");
  check((await page.locator("main table a[href*='/screenings/']").count()) > 0, "screened reports are found by distance");
  await look(`${prefix}near`);
  await printed([["main > h1", true], [".note", true], ["form.search", false]]);
  await page.goto(`${base}/cases/none`);
  await look(`${prefix}error`);

  // Two versions of the report.
  const changed = readFileSync(join(root, "samples", sample), "utf8").replace(words.removed, "");
  await upload(`${prefix}v2-${sample}`, Buffer.from(changed), { category: "I", case: `${prefix}mine-1` });
  await page.goto(`${base}/compare`);
  const value = (text) => page.locator("#new option", { hasText: text }).first().getAttribute("value");
  await page.selectOption("#old", await page.locator("#old option").filter({ hasText: new RegExp(`^${sample.replace(".", "\\.")}`) }).first().getAttribute("value"));
  await page.selectOption("#new", await value(`${prefix}v2-${sample}`));
  await page.click("main form button.main");
  await page.waitForSelector("section h2 .badge");
  await look(`${prefix}compare`);

  check(problems.length === 0, `no problem in the browser: ${problems.join("; ")}`);
  await context.close();
}

/** The same pages on a tablet. */
async function onTablet(language, words, prefix) {
  const { context, problems } = await open(language, { width: 820, height: 1180 });
  await page.goto(`${base}/sign-in`);
  await page.fill("#name", words.reviewer);
  await page.click("button.main");
  await page.waitForSelector(".queue");
  const lookHere = async (name) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(wide <= 0, `nothing sticks out on a tablet: ${name} (${wide} px)`);
    await look(`${prefix}tablet-${name}`);
  };
  await lookHere("queue");
  await page.locator(".queue a.name").filter({ hasText: new RegExp(`^${words.sample.replace(".", "\\.")}`) }).first().click();
  await page.waitForSelector("#findings .finding");
  await lookHere("report");
  const address = page.url().split("?")[0];
  await page.goto(`${address}/notice`);
  await lookHere("notice");
  await page.goto(`${base}/precedents`);
  await lookHere("precedents");
  check(problems.length === 0, problems.join("; "));
  await context.close();
}

/** The pages without scripts. */
async function withoutScripts() {
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 720 } });
  page = await plain.newPage();
  await plain.addCookies([{ name: "eia_language", value: "en", url: base }]);
  await page.goto(`${base}/sign-in`);
  await page.fill("#name", "reviewer 7");
  await page.click("button.main");
  await page.click(".queue a.name");
  await page.click("#findings a.jump");
  check((await page.locator("#document mark.current").count()) > 0, "evidence is shown without scripts");
  await page.click("#findings button.accept");
  check((await page.locator(".verdict.is-accepted").count()) > 0, "verdicts work without scripts");
  await plain.close();
}

let failure;
const english = { sample: "report.md", activity: "gold mining and processing", removed: /^## 12\.[\s\S]*?(?=^## 13)/m, reviewer: "reviewer 7", reason: "It is in volume 2, section 4.", search: "cyanide seepage into groundwater" };
const uzbek = { sample: "report-uz.md", activity: "brick production", removed: /^## 13-bob[\s\S]*?(?=^## 14)/m, reviewer: "reviewer 12", reason: "Bu 2-jildda bor.", search: "oltin koni sianid" };
try {
  await day("en", english, "en-");
  await day("uz-Latn", uzbek, "uz-");
  await signedOut("uz-Latn", uzbek);
  await onTablet("en", english, "en-");
  await onTablet("uz-Latn", uzbek, "uz-");
  await withoutScripts();
} catch (error) {
  failure = error;
  if (page && options.pictures) {
    await page.screenshot({ path: join(options.pictures, "failure.png") }).catch(() => {});
  }
} finally {
  await browser.close();
  await stop();
  if (!options.pictures) rmSync(folder, { recursive: true, force: true });
}
const serious = report.violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
for (const violation of report.violations) console.log(JSON.stringify(violation));
if (failure) {
  console.error(failure);
  process.exitCode = 1;
} else if (serious.length > 0) {
  console.error(`${serious.length} serious violations of accessibility`);
  process.exitCode = 1;
} else {
  console.log(`the day is done: ${report.pictures.length} pictures, ${report.violations.length} minor remarks`);
}
if (options.pictures) console.log(`letters in ${folder}`);
