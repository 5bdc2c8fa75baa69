/* What is left to you, in the status bar; a word in time before it runs out. */
import { h } from './dom.js';

const MINUTE = 60_000;
const GIB = 1024 ** 3;
const SHOWN = ['cpus', 'memory_bytes', 'cpu_hours', 'memory_gib_hours', 'home_bytes'];

export class QuotaStatus {
  /** `tell(sentence, actions)` shows a notice that stays until it is closed. */
  constructor({ node, api, texts, language, tell }) {
    Object.assign(this, { node, api, texts, language, tell });
    this._told = '';
    node.classList.add('polderlab-quota');
  }

  /** Look now and every minute, as long as the page is looked at. */
  follow() {
    this.refresh();
    setInterval(() => document.hidden || this.refresh(), MINUTE);
  }

  async refresh() {
    try {
      this._show(await this.api.quota());
    } catch {
      // It says nothing rather than something old.
      this.node.replaceChildren();
    }
  }

  _show(quota) {
    const gauges = Object.fromEntries(quota.gauges.map(each => [each.resource, each]));
    const parts = SHOWN.filter(name => gauges[name]).map(name => this._left(gauges[name]));
    const text = parts.length ? this.texts.quota.left(parts.join(', ')) : '';
    const where = quota.gauges.map(each => this._whose(each)).join('\n');
    const attributes = { href: quota.page, target: '_blank', rel: 'noopener', title: where };
    const safe = /^https?:\/\//.test(quota.page ?? '');
    this.node.replaceChildren(
      ...(text ? [safe ? h('a', attributes, text) : h('span', { title: where }, text)] : [])
    );
    this._warn(quota);
  }

  _warn(quota) {
    const loudest = Math.max(0, ...quota.gauges.map(each => each.alarm));
    const time = quota.stop_at.slice(11, 16);
    const key = quota.stop_at || (loudest ? String(loudest) : '');
    if (key === this._told) {
      return;
    }
    this._told = key;
    if (key) {
      const sentence = quota.stop_at
        ? this.texts.quota.stops(time, quota.reason)
        : this.texts.quota.used(loudest);
      const open = () => window.open(quota.page, '_blank', 'noopener');
      this.tell(sentence, [{ label: this.texts.quota.more, callback: open }]);
    }
  }

  _left(gauge) {
    const left = Math.max(gauge.limit - gauge.used, 0);
    return this.texts.quota.part[gauge.resource](this._amount(gauge.resource, left));
  }

  _whose(gauge) {
    const { resources, of } = this.texts.quota;
    const [used, limit] = [gauge.used, gauge.limit].map(n => this._amount(gauge.resource, n));
    return `${resources[gauge.resource]}: ${of(used, limit)}`;
  }

  _amount(resource, amount) {
    const value = resource.endsWith('_bytes') ? amount / GIB : amount;
    const digits = value < 1 ? 2 : 1; // of little left, a tenth more or less says much
    return value.toLocaleString(this.language, { maximumFractionDigits: digits });
  }
}
