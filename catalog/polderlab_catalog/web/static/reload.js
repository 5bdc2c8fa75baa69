// A page that waits for something to end looks again after a while: <div data-reload="3"> (seconds).
const waiting = document.querySelector("[data-reload]");
if (waiting) setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.reload));
