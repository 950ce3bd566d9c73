// How soon does the first view of a report of 1,000 pages come, and how much of it is sent?
//
//   node long.mjs --program PATH --texts DIR [--pages 1000] [--model NAME] [--models DIR]
//
// Makes a PDF of that many pages from the text files of a folder, repeated with the numbers changed, screens it and
// asks for its pages over HTTP as a browser does, the first time after a restart of the program.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pdf } from "./pdf.mjs";
import { pause, serve } from "./server.mjs";

const { values: options } = parseArgs({
  options: {
    program: { type: "string" },
    texts: { type: "string" },
    pages: { type: "string", default: "1000" },
    model: { type: "string", default: "none" },
    models: { type: "string", default: "" },
  },
});

/** Lines of at most 95 characters. */
function wrapped(text) {
  const lines = [];
  for (const paragraph of text.split(/\r?\n/)) {
    let line = "";
    for (const word of paragraph.split(/\s+/)) {
      if (line.length + word.length > 94) {
        lines.push(line);
        line = "";
      }
      line += line ? ` ${word}` : word;
    }
    lines.push(line);
  }
  return lines;
}

const files = readdirSync(options.texts).filter((name) => name.endsWith(".txt")).sort();
const source = files.flatMap((name) => wrapped(readFileSync(join(options.texts, name), "utf8")));
const wanted = Number(options.pages);
const pages = Array.from({ length: wanted }, (_, page) => {
  const from = (page * 54) % source.length;
  const round = Math.floor((page * 54) / source.length);
  // Another round has other figures, so that no page is a copy.
  const vary = (line) => line.replace(/\d+/g, (number) => String(Number(number) + round));
  return [`Page ${page + 1}`, ...source.slice(from, from + 54).map(vary)];
});
const bytes = pdf(pages, { title: 10, text: 9, leading: 13 });

const folder = mkdtempSync(join(tmpdir(), "console-long-"));
let { base, stop } = await serve(options, folder);

/** Asks for a page and reads it to its end. */
async function get(path, headers = {}) {
  const started = performance.now();
  const answer = await fetch(base + path, { headers: { ...session, ...headers }, redirect: "manual" });
  const body = await answer.text();
  return { ms: performance.now() - started, bytes: Buffer.byteLength(body), body, status: answer.status };
}

async function signIn() {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await fetch(`${base}/sign-in`, { method: "POST", body: new URLSearchParams({ name: "reviewer 7" }), redirect: "manual" });
    const cookie = answer.headers.get("set-cookie");
    if (cookie) {
      session = { cookie: `${cookie.split(";")[0]}; eia_language=en` };
      if ((await get("/")).status === 200) return;
    }
    await pause(200);
  }
  throw new Error("the service does not become ready");
}

let session = {};
try {
  await signIn();
  const queue = (await get("/")).body;
  const form = new FormData();
  form.set("csrf", queue.match(/name="csrf" value="([^"]+)"/)[1]);
  form.set("pack", "uz-234-draft");
  form.set("file", new Blob([bytes]), "long.pdf");
  const started = performance.now();
  await fetch(`${base}/submissions`, { method: "POST", body: form, headers: session, redirect: "manual" });
  let report;
  while (!report) {
    await pause(500);
    report = (await get("/")).body.match(/\/screenings\/[0-9a-f-]{36}/)?.[0];
  }
  console.log(`${wanted} pages, ${(bytes.length / 2 ** 20).toFixed(1)} MiB, screened in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  // Nothing is known of the report after a restart.
  await stop();
  ({ base, stop } = await serve(options, folder));
  await signIn();
  const part = { "hx-request": "true" };
  const rows = [
    ["first view, first time", report, {}],
    ["first view, again", report, {}],
    ["page 500 of the document", `${report}?sheet=500`, { ...part, "hx-target": "document" }],
    ["third page of the risks", `${report}?tab=risks&page=3`, { ...part, "hx-target": "findings" }],
    ["figures", `${report}?tab=facts`, { ...part, "hx-target": "findings" }],
    ["contents", `${report}?view=contents`, { ...part, "hx-target": "document" }],
    ["defect notice", `${report}/notice`, {}],
    ["queue", "/", {}],
  ];
  for (const [name, path, headers] of rows) {
    const { ms, bytes: size, status } = await get(path, headers);
    console.log(`${name}: ${ms.toFixed(0)} ms, ${(size / 1024).toFixed(0)} KiB (${status})`);
  }
  const picture = performance.now();
  const drawn = await fetch(`${base}${report}/pages/500.png`, { headers: session });
  const size = (await drawn.arrayBuffer()).byteLength;
  console.log(`picture of page 500: ${(performance.now() - picture).toFixed(0)} ms, ${(size / 1024).toFixed(0)} KiB (${drawn.status})`);
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}
