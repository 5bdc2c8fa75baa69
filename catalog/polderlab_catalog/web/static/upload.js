// Hands a file in with a progress bar. Without this file the form sends itself.
// <form data-upload="api address" data-next="page of an ingest, without its id" …>

const form = document.querySelector("form[data-upload]");
const part = (name) => form.querySelector(`[data-upload-${name}]`);

function problem(sentence) {
  part("progress").hidden = true;
  part("stop").hidden = true;
  form.querySelector("[type=submit]").disabled = false;
  const notice = part("problem");
  notice.querySelector("p").textContent = sentence;
  notice.hidden = false;
}

function sentenceOf(request) {
  try {
    const told = JSON.parse(request.responseText);
    return told.messages?.[document.documentElement.lang] ?? told.detail;
  } catch {
    return form.dataset.broken;
  }
}

function send(file) {
  const address = new URL(form.dataset.upload, location.href);
  address.searchParams.set("file", file.name);
  address.searchParams.set("confirm", "true");
  address.searchParams.set("noteNl", form.elements.note_nl.value);
  address.searchParams.set("noteEn", form.elements.note_en.value);
  const request = new XMLHttpRequest();
  request.open("POST", address);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-CSRF-Token", form.elements.csrf.value);
  const bar = part("progress").querySelector("progress");
  const amount = part("amount");
  const per = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  amount.textContent = per.format(0);
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    amount.textContent = per.format(bar.value);
  });
  request.addEventListener("load", () => {
    if (request.status === 202) location.assign(form.dataset.next + JSON.parse(request.responseText).id);
    else problem(sentenceOf(request));
  });
  request.addEventListener("error", () => problem(form.dataset.broken));
  request.addEventListener("abort", () => {
    part("progress").hidden = true;
    part("stop").hidden = true;
    form.querySelector("[type=submit]").disabled = false;
  });
  part("stop").onclick = () => request.abort();
  part("problem").hidden = true;
  part("progress").hidden = false;
  part("stop").hidden = false;
  form.querySelector("[type=submit]").disabled = true;
  request.send(file);
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  // the page's own script sends a form only once; this one may be sent again
  event.stopPropagation();
  const [file] = form.elements.file.files;
  if (!file) problem(form.dataset.none);
  else if (file.size > Number(form.dataset.largest)) problem(form.dataset.tooLarge);
  else send(file);
});
