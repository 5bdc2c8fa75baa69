/* Every text of the panel, in the two languages of the lab. */
const en = {
  catalogue: 'Catalogue',
  open: 'Open the catalogue',
  search: 'Search the catalogue',
  find: 'Search',
  refresh: 'Refresh',
  whole: 'The whole catalogue',
  newTab: '(opens in a new tab)',
  loading: 'Searching…',
  found: (shown, total) =>
    total === 1 ? '1 dataset' : shown < total ? `${shown} of ${total} datasets` : `${total} datasets`,
  none: words => `Nothing found for “${words}”. Try fewer or other words.`,
  empty: 'The catalogue holds no datasets yet.',
  more: 'Show more',
  failed: 'The lab does not answer. Your session and its variables are safe: try again in a moment.',
  classifications: { public: 'Public', internal: 'Internal', confidential: 'Confidential' },
  readable: 'Readable',
  readableUntil: date => `Readable until and including ${date}`,
  asked: 'Access asked for',
  locked: 'No access',
  remote: 'Elsewhere',
  nothingYet: 'Nothing published yet',
  remoteNote: 'This dataset is in another catalogue. Get it there.',
  rows: 'Rows',
  formats: 'Formats',
  insert: 'Insert code',
  inserted: notebook => `Code put into ${notebook}. Press Shift+Enter to run it.`,
  noCode: language =>
    `There is no code to insert for ${language}: datasets are read from Python notebooks.`,
  preview: 'Preview',
  hidePreview: 'Hide the preview',
  previewOf: (title, rows) => `${title}: the first ${rows} rows`,
  noRows: 'There are no rows in what you may read.',
  noValue: 'empty',
  page: 'Dataset page',
  ask: 'Ask for access',
  purpose: 'What will you use it for?',
  purposeHelp: 'The steward reads this and decides on it.',
  until: 'Until and including which day?',
  send: 'Send the request',
  cancel: 'Cancel',
  sent: 'Your request was sent. You read here what the steward decides.',
  mend: 'Mend this first:',
  needPurpose: 'Write what you will use it for.',
  needUntil: 'Choose a day after today.',
  requests: 'Requests of this project',
  states: {
    open: 'waits for the owner',
    questioned: 'the owner has a question',
    approved: 'approved',
    refused: 'refused',
    withdrawn: 'withdrawn'
  },
  toRequest: 'Open the request',
  announcements: { done: 'I have read it', all: 'Read all of it' },
  quota: {
    left: parts => `Left: ${parts}`,
    of: (used, limit) => `${used} of ${limit} in use`,
    used: percent => `${percent} % of this month’s hours are used. Ask for more in time.`,
    stops: (time, reason) => `This session stops at ${time}. ${reason} Save your work.`,
    more: 'Ask for more',
    part: {
      cpus: amount => `${amount} cpu`,
      memory_bytes: amount => `${amount} GB memory`,
      cpu_hours: amount => `${amount} cpu-hours`,
      memory_gib_hours: amount => `${amount} memory-hours`,
      home_bytes: amount => `${amount} GB disk`
    },
    resources: {
      sessions: 'Sessions',
      cpus: 'Processors',
      memory_bytes: 'Memory in GB',
      cpu_hours: 'Processor-hours this month',
      memory_gib_hours: 'Memory-hours this month',
      home_bytes: 'Disk of your home in GB',
      project_bytes: 'Disk of the project folder in GB'
    }
  }
};

const nl = {
  catalogue: 'Catalogus',
  open: 'Catalogus openen',
  search: 'Zoek in de catalogus',
  find: 'Zoeken',
  refresh: 'Vernieuwen',
  whole: 'De hele catalogus',
  newTab: '(opent in een nieuw tabblad)',
  loading: 'Zoeken…',
  found: (shown, total) =>
    total === 1 ? '1 dataset' : shown < total ? `${shown} van ${total} datasets` : `${total} datasets`,
  none: words => `Niets gevonden voor “${words}”. Probeer minder of andere woorden.`,
  empty: 'Er staan nog geen datasets in de catalogus.',
  more: 'Meer tonen',
  failed: 'Het lab antwoordt niet. Je sessie en je variabelen zijn veilig: probeer het zo nog eens.',
  classifications: { public: 'Openbaar', internal: 'Intern', confidential: 'Vertrouwelijk' },
  readable: 'Te lezen',
  readableUntil: date => `Te lezen tot en met ${date}`,
  asked: 'Toegang gevraagd',
  locked: 'Geen toegang',
  remote: 'Elders',
  nothingYet: 'Nog niets gepubliceerd',
  remoteNote: 'Deze dataset staat in een andere catalogus. Haal hem daar op.',
  rows: 'Rijen',
  formats: 'Formaten',
  insert: 'Code invoegen',
  inserted: notebook => `De code staat in ${notebook}. Druk op Shift+Enter om die uit te voeren.`,
  noCode: language =>
    `Voor ${language} is er geen code om in te voegen: datasets lees je in een Python-notebook.`,
  preview: 'Voorproef',
  hidePreview: 'Voorproef verbergen',
  previewOf: (title, rows) => `${title}: de eerste ${rows} rijen`,
  noRows: 'Er zijn geen rijen in wat je mag lezen.',
  noValue: 'leeg',
  page: 'Datasetpagina',
  ask: 'Toegang vragen',
  purpose: 'Waarvoor ga je het gebruiken?',
  purposeHelp: 'De bronhouder leest dit en beslist erop.',
  until: 'Tot en met welke dag?',
  send: 'Verzoek versturen',
  cancel: 'Annuleren',
  sent: 'Je verzoek is verstuurd. Hier lees je wat de bronhouder beslist.',
  mend: 'Verbeter dit eerst:',
  needPurpose: 'Schrijf op waarvoor je het gaat gebruiken.',
  needUntil: 'Kies een dag na vandaag.',
  requests: 'Verzoeken van dit project',
  states: {
    open: 'wacht op de eigenaar',
    questioned: 'de eigenaar heeft een vraag',
    approved: 'goedgekeurd',
    refused: 'geweigerd',
    withdrawn: 'ingetrokken'
  },
  toRequest: 'Verzoek openen',
  announcements: { done: 'Gelezen', all: 'Alles lezen' },
  quota: {
    left: parts => `Over: ${parts}`,
    of: (used, limit) => `${used} van ${limit} in gebruik`,
    used: percent => `${percent} % van de uren van deze maand is gebruikt. Vraag op tijd om meer.`,
    stops: (time, reason) => `Deze sessie stopt om ${time.replace(':', '.')}. ${reason} Bewaar je werk.`,
    more: 'Meer vragen',
    part: {
      cpus: amount => `${amount} cpu`,
      memory_bytes: amount => `${amount} GB geheugen`,
      cpu_hours: amount => `${amount} cpu-uren`,
      memory_gib_hours: amount => `${amount} geheugenuren`,
      home_bytes: amount => `${amount} GB schijf`
    },
    resources: {
      sessions: 'Sessies',
      cpus: 'Processors',
      memory_bytes: 'Geheugen in GB',
      cpu_hours: 'Processoruren deze maand',
      memory_gib_hours: 'Geheugenuren deze maand',
      home_bytes: 'Schijf van je thuismap in GB',
      project_bytes: 'Schijf van de projectmap in GB'
    }
  }
};

/** Return the texts in `language` (`nl`, `en`), with how it writes numbers and days. */
export function textsFor(language) {
  const locale = language === 'en' ? 'en-GB' : 'nl-NL';
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  return {
    ...(language === 'en' ? en : nl),
    day: iso => days.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`)),
    number: value => new Intl.NumberFormat(locale).format(value)
  };
}
