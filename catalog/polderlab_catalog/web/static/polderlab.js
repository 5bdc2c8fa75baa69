// Progressive enhancement only: every page works without this file.
// Listeners sit on the document, so that parts the live page replaces keep working.

const on = (type, selector, act) => document.addEventListener(type, (event) => {
  const element = event.target.closest?.(selector);
  if (element) act(element, event);
});

// What only works with a script is hidden until there is one: copy and reveal buttons
for (const button of document.querySelectorAll("[data-copy], [data-reveal]")) button.hidden = false;

// Copy buttons: <button hidden data-copy="#id-of-pre" data-done="Copied"><span>Copy</span>
on("click", "[data-copy]", async (button) => {
  const label = button.querySelector("span");
  const before = label.textContent;
  if (before === button.dataset.done) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  label.textContent = button.dataset.done;
  setTimeout(() => { label.textContent = before; }, 2500);
});

// Dialogs: <a href="…/start" data-dialog="id"> opens the same form in place
on("click", "[data-dialog]", (opener, event) => {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
});
on("click", "[data-close]", (closer) => closer.closest("dialog").close());

// Passwords: <button hidden data-reveal="id" aria-pressed="false">
on("click", "[data-reveal]", (button) => {
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

// The account menu closes with Escape and when focus or pointer goes elsewhere
for (const menu of document.querySelectorAll("details.pl-account")) {
  const summary = menu.querySelector("summary");
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; summary.focus(); }
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// A form is sent once, however often its button is pressed
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button?.dataset.busy) {
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.busy;
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[data-busy][data-label]")) {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
  }
});

// After a refused form the summary takes the focus, so that it is read first
document.querySelector(".pl-error-summary[autofocus]")?.focus();
