/* One dataset of the list: its line, and what can be done with it below. */
import { AskForm } from './ask.js';
import { h, id, link } from './dom.js';

const SIGNS = { open: '●', locked: '○', asked: '◐', remote: '↗', empty: '–' };

export class Entry {
  constructor(card, panel) {
    Object.assign(this, { card, panel, texts: panel.texts });
    const body = id();
    this._body = h('div', { id: body, class: 'polderlab-body', hidden: true });
    this._label = id();
    this.head = h(
      'button',
      {
        type: 'button',
        class: 'polderlab-head',
        'aria-expanded': 'false',
        'aria-controls': body,
        click: () => this.toggle(this._body.hidden)
      },
      h('span', { class: 'polderlab-name', id: this._label }, card.title),
      h('span', { class: 'polderlab-about' }, this._about()),
      h(
        'span',
        { class: `polderlab-access polderlab-access-${card.access}` },
        h('span', { 'aria-hidden': 'true' }, `${SIGNS[card.access] ?? SIGNS.locked} `),
        this._access()
      )
    );
    this.node = h('li', {}, this.head, this._body);
  }

  get name() {
    return this.card.name;
  }

  get open() {
    return !this._body.hidden;
  }

  /** One dataset of the list can be reached with Tab; arrows go on from there. */
  reachable(here) {
    this.head.tabIndex = here ? 0 : -1;
  }

  toggle(open) {
    this._body.hidden = !open;
    this.head.setAttribute('aria-expanded', String(open));
    if (open && !this._body.hasChildNodes()) {
      this._fill();
    }
  }

  _about() {
    const { organisation, classification } = this.card;
    return `${organisation} · ${this.texts.classifications[classification] ?? classification}`;
  }

  _access() {
    const { access, until } = this.card;
    if (access === 'open') {
      return until ? this.texts.readableUntil(this.texts.day(until)) : this.texts.readable;
    }
    const { asked, remote, nothingYet: empty } = this.texts;
    return { asked, remote, empty }[access] ?? this.texts.locked;
  }

  _fill() {
    const { card, texts } = this;
    this._told = h('p', { class: 'polderlab-trouble', role: 'alert' });
    this._more = h('div');
    this._body.append(h('p', { class: 'polderlab-description' }, card.description));
    const facts = [
      ['name', card.name],
      [texts.formats, card.formats.join(', ')],
      [texts.rows, card.rows ? texts.number(card.rows) : '']
    ];
    const shown = facts.filter(([, value]) => value);
    this._body.append(
      h(
        'p',
        { class: 'polderlab-facts' },
        ...shown.map(([key, value]) =>
          key === 'name' ? h('code', {}, value) : h('span', {}, `${key}: ${value}`)
        )
      ),
      ...this._reason(),
      h('div', { class: 'polderlab-actions' }, ...this._actions()),
      this._told,
      this._more
    );
  }

  _reason() {
    const { access, reason } = this.card;
    const sentence = access === 'remote' ? this.texts.remoteNote : reason;
    return sentence ? [h('p', { class: 'polderlab-reason' }, sentence)] : [];
  }

  _actions() {
    const { card, texts } = this;
    const actions = [];
    if (card.access === 'open') {
      this._previewing = this._button(texts.preview, () => this._preview(), {
        'aria-expanded': 'false'
      });
      actions.push(
        this._button(texts.insert, () => this._insert(), {}, 'polderlab-primary'),
        this._previewing
      );
    } else if (card.access === 'locked') {
      this._asking = this._button(texts.ask, () => this._ask(), { 'aria-expanded': 'false' });
      actions.push(this._asking);
    }
    return [...actions, link(card.page, texts.page, texts)];
  }

  _button(label, click, more = {}, kind = '') {
    const own = id();
    const attributes = { 'aria-labelledby': `${own} ${this._label}`, ...more };
    return h(
      'button',
      { type: 'button', class: `polderlab-button ${kind}`, id: own, click, ...attributes },
      label
    );
  }

  async _insert() {
    await this._try(async () => {
      const { notebook, language, inserted } = await this.panel.inserter.insert(this.name);
      const { texts } = this;
      this.panel.say(inserted ? texts.inserted(notebook) : '');
      this._told.textContent = inserted ? '' : texts.noCode(language);
    });
  }

  async _preview() {
    if (this._previewing.getAttribute('aria-expanded') === 'true') {
      this._more.replaceChildren();
      this._pressed(this._previewing, false, this.texts.preview);
      return;
    }
    await this._try(async () => {
      const found = await this.panel.api.preview(this.name);
      this._more.replaceChildren(this._table(found));
      this._pressed(this._previewing, true, this.texts.hidePreview);
    });
  }

  _table({ columns, rows }) {
    const { card, texts } = this;
    if (!rows.length) {
      return h('p', {}, texts.noRows);
    }
    const caption = texts.previewOf(card.title, rows.length);
    const cell = value =>
      value === null
        ? h('td', { class: 'polderlab-empty' }, texts.noValue)
        : h('td', {}, String(value));
    return h(
      'div',
      { class: 'polderlab-preview', role: 'region', 'aria-label': caption, tabindex: '0' },
      h(
        'table',
        {},
        h('caption', {}, caption),
        h('thead', {}, h('tr', {}, ...columns.map(name => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...rows.map(row => h('tr', {}, ...row.map(cell))))
      )
    );
  }

  _ask() {
    const form = new AskForm(this.card, this.panel, sent => {
      this._more.replaceChildren();
      this._pressed(this._asking, false);
      if (sent) {
        this._asking.remove();
        this.card = { ...this.card, access: 'asked' };
        this.head.lastChild.replaceChildren(`${SIGNS.asked} ${this.texts.asked}`);
        this.head.focus();
        this.panel.requested();
      } else {
        this._asking.focus();
      }
    });
    this._more.replaceChildren(form.node);
    this._pressed(this._asking, true);
    form.focus();
  }

  _pressed(button, expanded, label = button.textContent) {
    button.setAttribute('aria-expanded', String(expanded));
    button.textContent = label;
  }

  /** Do something that may fail, and say why here, beside the button. */
  async _try(something) {
    this._told.textContent = '';
    try {
      await something();
    } catch (error) {
      this._told.textContent = this.panel.sentence(error);
    }
  }
}
