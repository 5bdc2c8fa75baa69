// The start-up page: follows the hub's event stream and goes on when the session is ready.
// Without this file the page reloads itself every few seconds (a refresh inside <noscript>).

const page = document.querySelector("[data-progress]");

function show(step) {
  const items = [...page.querySelectorAll("[data-step]")];
  items.forEach((item, index) => {
    const state = index < step ? "done" : index === step ? "busy" : "waiting";
    if (item.dataset.state === state) return;
    item.dataset.state = state;
    for (const icon of item.querySelectorAll("[data-when]")) icon.toggleAttribute("hidden", icon.dataset.when !== state);
    if (state === "busy") page.querySelector("[role=status]").textContent = item.dataset.say;
  });
}

function follow() {
  const bar = page.querySelector("progress");
  const source = new EventSource(page.dataset.progress);
  source.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    if (typeof news.progress === "number") {
      bar.value = Math.max(bar.value, news.progress);
      show(news.progress >= 50 ? 2 : news.progress >= 10 ? 1 : 0);
    }
    if (news.ready || news.failed) {
      source.close();
      // the hub answers the same address with the session, or with the reason why not
      location.reload();
    }
  });
  source.addEventListener("error", () => {
    // the hub restarts, or the stream ended between two events
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
  });
}

if (page) follow();
