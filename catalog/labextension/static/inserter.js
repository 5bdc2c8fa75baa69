/* Code into the notebook at hand, in the language of its kernel. */

/** Return the code that reads dataset `name`, or null where the language has none. */
export function codeFor(language, name) {
  if (language.toLowerCase() !== 'python') {
    return null;
  }
  return `import polderlab\n\n${name} = polderlab.catalogue()["${name}"].read()\n${name}.head()`;
}

export class Inserter {
  constructor(app, tracker, actions) {
    this._app = app;
    this._tracker = tracker;
    this._actions = actions;
  }

  /** Put the code that reads `name` into a cell and go there.
   *
   * Returns `{ notebook, language, inserted }`. Without a notebook a new one is opened.
   */
  async insert(name) {
    const panel = this._tracker.currentWidget ?? (await this._newNotebook());
    const language = await this._language(panel);
    const code = codeFor(language, name);
    if (code !== null) {
      this._intoCell(panel.content, code);
      this._app.shell.activateById(panel.id);
    }
    return { notebook: panel.title.label, language, inserted: code !== null };
  }

  _intoCell(notebook, code) {
    const cell = notebook.activeCell;
    const free = cell?.model.type === 'code' && !cell.model.sharedModel.getSource().trim();
    if (!free) {
      this._actions.insertBelow(notebook);
    }
    notebook.activeCell.model.sharedModel.setSource(code);
    notebook.mode = 'command';
  }

  async _newNotebook() {
    const { serviceManager, commands } = this._app;
    await serviceManager.kernelspecs.ready;
    const kernelName = serviceManager.kernelspecs.specs?.default;
    const panel = await commands.execute('notebook:create-new', { kernelName });
    await panel.context.ready;
    return panel;
  }

  async _language(panel) {
    await panel.sessionContext.ready;
    const kernel = panel.sessionContext.session?.kernel;
    const info = kernel ? await kernel.info : null;
    const known = info?.language_info?.name ?? panel.content.model?.defaultKernelLanguage;
    return String(known || 'python');
  }
}
