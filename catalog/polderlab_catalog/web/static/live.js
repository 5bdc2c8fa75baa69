// Keeps the states of my projects true without a reload. Without this file, reloading does it.
// <div data-live="…/live"> holds parts <… id data-state data-say>; a part that changed is replaced.

const region = document.querySelector("[data-live]");
const voice = document.querySelector("[data-live-voice]");
const EVERY = 2000;
let tag = null;

function take(fresh) {
  const said = [];
  for (const part of fresh.querySelectorAll("[id][data-state]")) {
    const old = document.getElementById(part.id);
    if (!old) { location.reload(); return; }
    if (old.dataset.state === part.dataset.state) continue;
    const focused = old.contains(document.activeElement);
    old.replaceWith(part);
    // the button that had the focus is gone; its successor is the nearest thing to it
    if (focused) part.querySelector("a, button")?.focus();
    if (part.dataset.say) said.push(part.dataset.say);
  }
  if (said.length) voice.textContent = said.join(" ");
}

async function look() {
  if (document.hidden) return;
  const headers = { "X-Fragment": "1", ...(tag ? { "If-None-Match": tag } : {}) };
  const answer = await fetch(region.dataset.live, { headers, cache: "no-store", redirect: "error" });
  if (answer.status === 401) { location.reload(); return; }
  if (answer.status !== 200) return;
  tag = answer.headers.get("ETag");
  take(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

async function keepLooking() {
  let wait = EVERY;
  for (;;) {
    await new Promise((resume) => { setTimeout(resume, wait); });
    try { await look(); wait = EVERY; } catch { wait = Math.min(wait * 2, 30000); }
  }
}

if (region && voice) keepLooking();
