/* The panel: search, results, the project's requests. */
import { h, id, link } from './dom.js';
import { Entry } from './entry.js';

const STALE = 30_000;

export class CataloguePanel {
  constructor({ node, api, texts, language, portal, inserter }) {
    Object.assign(this, { api, texts, language, inserter });
    this._asked = 0;
    this._when = 0;
    this._words = '';
    this._page = 0;
    this._entries = [];
    this._build(node, portal);
  }

  /** Ask anew when what is shown is old: access comes and goes. */
  shown() {
    if (Date.now() - this._when > STALE) {
      this.refresh();
    }
  }

  focus() {
    this._field.focus();
  }

  /** Search again for what was searched last. */
  refresh() {
    return Promise.all([this._search(1), this._showRequests()]);
  }

  /** Say something to everybody, those who listen included. */
  say(text) {
    this._status.textContent = text;
  }

  /** Return what to tell of a failure. */
  sentence(error) {
    return error.message && error.name !== 'TypeError' ? error.message : this.texts.failed;
  }

  async requested() {
    this.say(this.texts.sent);
    await this._showRequests();
  }

  _build(node, portal) {
    const { texts } = this;
    const field = id();
    this._field = h('input', { id: field, type: 'search', autocomplete: 'off', maxlength: 200 });
    this._status = h('p', { class: 'polderlab-status', role: 'status' });
    this._trouble = h('div', { class: 'polderlab-trouble', role: 'alert' });
    this._list = h('ul', { class: 'polderlab-list', 'aria-label': texts.catalogue, role: 'list' });
    this._list.addEventListener('keydown', event => this._move(event));
    this._more = h(
      'button',
      { type: 'button', class: 'polderlab-button', hidden: true, click: () => this._next() },
      texts.more
    );
    this._requests = h('div');
    const search = event => {
      event.preventDefault();
      this._words = this._field.value.trim();
      this._search(1);
    };
    node.classList.add('polderlab-panel');
    node.append(
      h('h2', { class: 'polderlab-title' }, texts.catalogue),
      h(
        'form',
        { role: 'search', class: 'polderlab-search', submit: search },
        h('label', { for: field }, texts.search),
        h(
          'div',
          { class: 'polderlab-row' },
          this._field,
          h('button', { type: 'submit', class: 'polderlab-button polderlab-primary' }, texts.find)
        )
      ),
      h(
        'p',
        { class: 'polderlab-tools' },
        h(
          'button',
          { type: 'button', class: 'polderlab-button', click: () => this.refresh() },
          texts.refresh
        ),
        link(portal && `${portal}/datasets`, texts.whole, texts)
      ),
      this._requests,
      this._status,
      this._trouble,
      this._list,
      this._more
    );
  }

  async _search(page) {
    const mine = (this._asked += 1);
    this._trouble.replaceChildren();
    this.say(this.texts.loading);
    try {
      const found = await this.api.search(this._words, page);
      if (mine === this._asked) {
        this._show(found);
      }
    } catch (error) {
      if (mine === this._asked) {
        this.say('');
        this._trouble.replaceChildren(h('p', {}, this.sentence(error)));
      }
    }
  }

  _show(found) {
    const open = new Set(this._entries.filter(entry => entry.open).map(entry => entry.name));
    this._when = Date.now();
    this._page = found.page;
    if (found.page === 1) {
      this._entries = [];
      this._list.replaceChildren();
    }
    const first = this._entries.length;
    for (const card of found.cards) {
      const entry = new Entry(card, this);
      this._entries.push(entry);
      this._list.append(entry.node);
      if (open.has(entry.name)) {
        entry.toggle(true);
      }
    }
    this._entries.forEach((entry, index) => entry.reachable(index === 0));
    this._more.hidden = this._entries.length >= found.total;
    if (found.page > 1) {
      this._go(first);
    }
    const { none, empty, found: count } = this.texts;
    const nothing = this._words ? none(this._words) : empty;
    this.say(found.total ? count(this._entries.length, found.total) : nothing);
  }

  _next() {
    return this._search(this._page + 1);
  }

  /** Arrows, Home and End go from dataset to dataset; Tab goes into and out of the list. */
  _move(event) {
    const at = this._entries.findIndex(entry => entry.head === event.target);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: this._entries.length - 1
    }[event.key];
    if (at >= 0 && to !== undefined && this._entries[to]) {
      event.preventDefault();
      this._go(to);
    }
  }

  _go(to) {
    this._entries.forEach((entry, index) => entry.reachable(index === to));
    this._entries[to]?.head.focus();
  }

  async _showRequests() {
    let asked;
    try {
      asked = await this.api.requests();
    } catch {
      // The search tells that the lab does not answer; once is enough.
      return;
    }
    const { texts } = this;
    const lines = asked.map(request =>
      h(
        'li',
        {},
        h('strong', {}, request.title || request.dataset),
        h('span', {}, `: ${texts.states[request.state] ?? request.state}`),
        ...[request.question, request.reason].filter(Boolean).map(text => h('p', {}, text)),
        link(request.page, texts.toRequest, texts)
      )
    );
    this._requests.replaceChildren(
      ...(lines.length
        ? [
            h(
              'details',
              { class: 'polderlab-requests' },
              h('summary', {}, `${texts.requests} (${lines.length})`),
              h('ul', { role: 'list' }, ...lines)
            )
          ]
        : [])
    );
  }
}
