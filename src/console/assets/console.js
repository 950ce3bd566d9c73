// Keys, dropping of files and progress for the reviewer's console. Every page works without this file.
"use strict";
document.documentElement.classList.add("scripted");

const one = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => Array.from(inside.querySelectorAll(selector));

// --- findings -------------------------------------------------------------------------------------------------
const current = () => one("#findings .finding.current");

function look(finding) {
  all("#findings .finding.current").forEach((other) => other.classList.remove("current"));
  finding.classList.add("current");
  finding.focus({ preventScroll: true });
  finding.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const findings = all("#findings .finding");
  if (findings.length === 0) return;
  const at = findings.indexOf(current());
  const next = at < 0 ? (by > 0 ? 0 : findings.length - 1) : at + by;
  if (next < 0 || next >= findings.length) {
    const link = one(`#findings .paging a[rel=${by > 0 ? "next" : "prev"}]`);
    if (link) link.click();
    return;
  }
  look(findings[next]);
}

function openReasons(finding, field) {
  const details = one("details.reject", finding);
  if (!details) return;
  details.open = true;
  const target = one(field, details) || one("textarea", details);
  target.focus();
}

// --- keys -----------------------------------------------------------------------------------------------------
const keysAreOn = () => localStorage.getItem("keys") !== "off";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !one("#findings")) return;
  if (event.target.closest("input, textarea, select, dialog")) return;
  const help = one("#help");
  if (event.key === "?") {
    help.showModal();
    event.preventDefault();
    return;
  }
  if (!keysAreOn()) return;
  const finding = current();
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    e: () => finding && one("a.jump", finding)?.click(),
    a: () => finding && one("button.accept", finding)?.click(),
    r: () => finding && openReasons(finding, "textarea"),
    c: () => finding && openReasons(finding, "select"),
    "[": () => one("#sheet-previous")?.click(),
    "]": () => one("#sheet-next")?.click(),
  };
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});

document.addEventListener("click", (event) => {
  const finding = event.target.closest("#findings .finding");
  if (finding && !finding.classList.contains("current")) {
    all("#findings .finding.current").forEach((other) => other.classList.remove("current"));
    finding.classList.add("current");
  }
  if (event.target.closest("#help-open")) one("#help").showModal();
  if (event.target.closest("#help-close")) one("#help").close();
  if (event.target.closest("#print")) window.print();
});

const keys = one("#keys-on");
if (keys) {
  keys.checked = keysAreOn();
  keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
}

// --- after a part of the page was replaced -----------------------------------------------------------------------
function showEvidence() {
  const evidence = one("#evidence");
  if (evidence) evidence.scrollIntoView({ block: "center" });
}

function markCurrent(id) {
  all("#findings .finding").forEach((finding) => finding.classList.toggle("current", finding.dataset.finding === id));
}

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  if (target.id === "document") {
    one("#document .scroll").scrollTop = 0;
    showEvidence();
    const finding = new URL(event.detail.requestConfig.path, location.href).searchParams.get("finding");
    if (finding) markCurrent(finding);
  }
  if (target.id === "findings") {
    one("#findings .scroll").scrollTop = 0;
    const finding = current();
    if (finding) look(finding);
    else one("#findings .tabs a[aria-current]")?.focus();
    const marked = finding?.dataset.finding;
    all("#document mark").forEach((mark) => {
      mark.classList.toggle("current", marked !== undefined && one("a", mark).dataset.finding === marked);
    });
  }
});

// A verdict replaces its own finding: keep the place, say what happened.
document.addEventListener("htmx:afterSettle", (event) => {
  const id = event.detail.elt?.dataset?.finding;
  const finding = id && all("#findings .finding").find((other) => other.dataset.finding === id);
  if (!finding || event.detail.requestConfig?.verb !== "post") return;
  // Whoever has gone on to the next finding meanwhile stays there.
  const isElsewhere = all("#findings .finding.current").some((other) => other !== finding);
  if (isElsewhere) finding.classList.remove("current");
  else look(finding);
  const verdict = one(".verdict", finding);
  one("#status").textContent = verdict ? verdict.textContent.trim() : "";
});

// --- what went wrong --------------------------------------------------------------------------------------------
const box = one("#alert");
// What asks by itself and on and on, not for the reader.
const isBackground = (target) => ["submissions", "queue-rows"].includes(target.id);
const parse = (text) => new DOMParser().parseFromString(text, "text/html");
let isSignedOut = false;

// Says it beside what was typed, which stays as it is; where the session has ended, with the way to begin another one.
function tell(words, asksSignIn = false) {
  one("p", box).textContent = words;
  one("a", box).hidden = !asksSignIn;
  box.hidden = false;
}

// The answer is a page that says what is wrong: show its words. Returns them.
function tellAnswer(request, otherwise) {
  const page = parse(request.responseText);
  const words = [one("h1", page)?.textContent, one(".detail", page)?.textContent].filter(Boolean).join(": ");
  const hasEnded = request.status === 401;
  isSignedOut ||= hasEnded;
  tell(words || otherwise, hasEnded);
  return words || otherwise;
}

const hush = () => { box.hidden = true; };
one("button", box).addEventListener("click", hush);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isBackground(event.detail.target)) hush();
});

// The list of submissions asks again by itself; the queue is told only once that there are new reports.
let again;
function askAgain(target) {
  if (target.id !== "queue-rows") return;
  clearTimeout(again);
  again = setTimeout(() => htmx.trigger(document.body, "queue-changed"), 5000);
}
document.addEventListener("htmx:sendError", (event) => askAgain(event.detail.target));

document.addEventListener("htmx:responseError", (event) => {
  const { target, xhr } = event.detail;
  if (isBackground(target)) {
    if (xhr.status !== 401) askAgain(target);
    // A server that is busy for a moment is asked again; once the session has ended nothing is.
    if (xhr.status !== 401) return;
    target.replaceWith(target.cloneNode(true));
  }
  tellAnswer(xhr, xhr.statusText);
});

// Back from signing in in another tab: the forms of this page get the token of the new session.
window.addEventListener("focus", async () => {
  if (!isSignedOut) return;
  const answer = await fetch(location.href).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const who = one(".who", parse(await answer.text()));
  if (!who) return;
  const token = one("input[name=csrf]", who).value;
  all("input[name=csrf]").forEach((field) => { field.value = token; });
  one(".who").replaceWith(who);
  isSignedOut = false;
  hush();
  const list = one("#submissions");
  if (list) htmx.process(list);
  // What the queue was told of meanwhile, it could not ask for.
  htmx.trigger(document.body, "queue-changed");
});

showEvidence();
const first = current();
if (first) first.scrollIntoView({ block: "nearest" });

// --- upload ----------------------------------------------------------------------------------------------------
const form = one("#upload-form");
if (form) {
  const drop = one("#drop");
  const field = one("#file");
  const progress = one("#upload-progress");
  const status = one("#status");
  const stop = (event) => event.preventDefault();
  ["dragenter", "dragover"].forEach((name) => document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    stop(event);
    one("#upload").open = true;
    drop.classList.add("over");
  }));
  ["dragleave", "dragend"].forEach((name) => document.addEventListener(name, () => drop.classList.remove("over")));
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    stop(event);
    drop.classList.remove("over");
    field.files = event.dataTransfer.files;
  });
  form.addEventListener("submit", (event) => {
    stop(event);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("HX-Target", "submissions");
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) progress.value = Math.round((sent.loaded / sent.total) * 100);
    });
    const end = (words) => {
      progress.hidden = true;
      one("button.main", form).disabled = false;
      status.textContent = words;
    };
    request.addEventListener("load", () => {
      // Anything else, whatever page it is, is not what says that the file has been taken over.
      if (request.status === 202) location.assign("/");
      else end(tellAnswer(request, form.dataset.failed));
    });
    request.addEventListener("error", () => {
      end(form.dataset.failed);
      tell(form.dataset.failed);
    });
    hush();
    progress.hidden = false;
    progress.value = 0;
    one("button.main", form).disabled = true;
    status.textContent = form.dataset.sending;
    request.send(new FormData(form));
  });
}
