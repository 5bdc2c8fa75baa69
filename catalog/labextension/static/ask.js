/* Asking for access: purpose and last day, with mistakes told at their field. */
import { h, id } from './dom.js';

export class AskForm {
  /** `done(sent)` is called when the form is finished with. */
  constructor(card, panel, done) {
    Object.assign(this, { card, panel, done, texts: panel.texts });
    this._summary = h('div', { class: 'polderlab-summary', tabindex: '-1', hidden: true });
    this._fields = {
      purpose: this._field('textarea', 'purpose', { rows: 4, maxlength: 2000 }),
      until: this._field('input', 'until', { type: 'date', min: tomorrow() })
    };
    const form = {
      class: 'polderlab-ask',
      'aria-label': `${this.texts.ask}: ${card.title}`,
      novalidate: true,
      submit: event => this._send(event),
      keydown: event => event.key === 'Escape' && this.done(false)
    };
    this.node = h(
      'form',
      form,
      this._summary,
      ...Object.values(this._fields).map(field => field.box),
      h(
        'div',
        { class: 'polderlab-actions' },
        h('button', { class: 'polderlab-button polderlab-primary' }, this.texts.send),
        h(
          'button',
          { type: 'button', class: 'polderlab-button', click: () => this.done(false) },
          this.texts.cancel
        )
      )
    );
  }

  focus() {
    this._fields.purpose.control.focus();
  }

  _field(element, name, attributes) {
    const [own, help, error] = [id(), id(), id()];
    const helped = this.texts[`${name}Help`];
    const described = helped ? `${help} ${error}` : error;
    const control = h(element, { id: own, name, 'aria-describedby': described, ...attributes });
    const told = h('p', { id: error, class: 'polderlab-mistake', hidden: true });
    const box = h(
      'div',
      { class: 'polderlab-field' },
      h('label', { for: own }, this.texts[name]),
      helped ? h('p', { id: help, class: 'polderlab-help' }, helped) : null,
      told,
      control
    );
    return { box, control, told };
  }

  async _send(event) {
    event.preventDefault();
    const purpose = this._fields.purpose.control.value.trim();
    const until = this._fields.until.control.value;
    const mistakes = {};
    if (!purpose) {
      mistakes.purpose = this.texts.needPurpose;
    }
    if (!until || until < tomorrow()) {
      mistakes.until = this.texts.needUntil;
    }
    if (Object.keys(mistakes).length) {
      this._tell(mistakes);
      return;
    }
    try {
      await this.panel.api.request({ dataset: this.card.name, purpose, until });
      this.done(true);
    } catch (error) {
      this._tell(error.fields ?? {}, this.panel.sentence(error));
    }
  }

  /** Show mistakes at their fields, and all of them on top, where the focus goes. */
  _tell(mistakes, sentence = this.texts.mend) {
    for (const [name, { control, told }] of Object.entries(this._fields)) {
      const mistake = mistakes[name] ?? '';
      told.textContent = mistake;
      told.hidden = !mistake;
      mistake
        ? control.setAttribute('aria-invalid', 'true')
        : control.removeAttribute('aria-invalid');
    }
    const lines = Object.entries(mistakes).map(([name, mistake]) => {
      const control = this._fields[name]?.control;
      const go = event => {
        event.preventDefault();
        control?.focus();
      };
      return h('li', {}, control ? h('a', { href: `#${control.id}`, click: go }, mistake) : mistake);
    });
    const list = lines.length ? h('ul', {}, ...lines) : '';
    this._summary.replaceChildren(h('p', {}, sentence), list);
    this._summary.hidden = false;
    this._summary.focus();
  }
}

function tomorrow() {
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
}
