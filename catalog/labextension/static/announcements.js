/* What the lab announces, as JupyterLab's own notifications: each until it is read. */
const MINUTE = 60_000;
const KEPT = 'polderlab:announcements-read';
const MOST_KEPT = 200;
/* JupyterLab cuts a longer message off in the middle of a word, and shows the rest nowhere. */
const LONGEST = 140;

export class Announcements {
  /** `notification` is JupyterLab's; `storage` keeps which were read, in this browser. */
  constructor({ api, texts, notification, storage, open }) {
    Object.assign(this, { api, texts, notification, storage, open });
    this._shown = new Map();
    // Read is what was taken away by its reader: here, or in the list behind the bell.
    notification.manager.changed.connect((_, { type, notification: gone }) => {
      const [id] = [...this._shown].find(([, shown]) => shown === gone.id) ?? [];
      if (type === 'removed' && id) {
        this._shown.delete(id);
        this._keep([...this._read(), id]);
      }
    });
  }

  /** Look now and every minute, as long as the page is looked at. */
  follow() {
    this.refresh();
    setInterval(() => document.hidden || this.refresh(), MINUTE);
  }

  async refresh() {
    let told;
    try {
      told = await this.api.announcements();
    } catch {
      return; // what is shown may stand; the next look tells
    }
    const now = new Set(told.announcements.map(each => each.id));
    for (const [id, shown] of [...this._shown]) {
      if (!now.has(id)) {
        this._shown.delete(id); // before it goes: it is over, and was not read
        this.notification.dismiss(shown);
      }
    }
    const read = new Set(this._read());
    // The newest is shown last, so that it comes on top.
    for (const { id, text } of [...told.announcements].reverse()) {
      if (!this._shown.has(id) && !read.has(id)) {
        this._shown.set(id, this._tell(text, told.page));
      }
    }
  }

  _tell(text, page) {
    const { done, all } = this.texts.announcements;
    const actions = [{ label: done, callback: () => {} }];
    let message = text;
    if (text.length > LONGEST) {
      message = `${text.slice(0, LONGEST - 1).replace(/\s+\S*$/, '')}…`;
      if (/^https?:\/\//.test(page ?? '')) {
        actions.unshift({ label: all, callback: () => this.open(page) });
      }
    }
    return this.notification.info(message, { autoClose: false, actions });
  }

  _read() {
    try {
      const kept = JSON.parse(this.storage.getItem(KEPT) ?? '[]');
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  _keep(ids) {
    try {
      this.storage.setItem(KEPT, JSON.stringify(ids.slice(-MOST_KEPT)));
    } catch {
      // A browser that keeps nothing shows it again the next time.
    }
  }
}
