/* The lab, asked through this session's own server: the session's key stays there. */

/** A refusal or failure with the lab's own sentence; `fields` says what to mend where. */
export class Told extends Error {
  constructor(sentence, { help = null, fields = {} } = {}) {
    super(sentence);
    this.help = help;
    this.fields = fields;
  }
}

export class Api {
  /** `request(path, init)` returns a Response, with whatever the server wants to know of us. */
  constructor(request, language) {
    this._request = request;
    this._language = language;
  }

  search(query, page) {
    return this._ask(`catalogue?${new URLSearchParams({ query, page })}`);
  }

  preview(name) {
    return this._ask(`datasets/${encodeURIComponent(name)}/preview`);
  }

  quota() {
    return this._ask('quota');
  }

  announcements() {
    return this._ask('announcements');
  }

  requests() {
    return this._ask('requests');
  }

  request(asked) {
    return this._ask('requests', { method: 'POST', body: JSON.stringify(asked) });
  }

  async _ask(path, init = {}) {
    let response;
    try {
      response = await this._request(path, { headers: {}, cache: 'no-store', ...init });
    } catch {
      throw new Told('');
    }
    const told = await response.json().catch(() => ({}));
    if (!response.ok) {
      const sentence = told.messages?.[this._language] ?? told.detail ?? '';
      throw new Told(sentence, { help: told.help, fields: told.fields });
    }
    return told;
  }
}
