/* The plugin: puts the catalogue beside the file browser, and code into notebooks. */
import { Announcements } from './announcements.js';
import { Api } from './api.js';
import { Inserter } from './inserter.js';
import { CataloguePanel } from './panel.js';
import { QuotaStatus } from './quota.js';
import { textsFor } from './texts.js';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" width="16"
  fill="none"><g class="jp-icon3" stroke="#616161" stroke-width="1.8">
    <path d="M2.8 4.5 17.2 3v14L2.8 15.5z"/><path d="M7.5 4v12M12.5 3.5v13M7.5 9.5l5-.5"/>
  </g></svg>`;

/** Return the plugin; `take` gives a module JupyterLab shares. */
export async function plugin(take) {
  const [application, apputils, coreutils, notebook, services, statusbar, components, widgets] =
    await Promise.all([
      take('@jupyterlab/application'),
      take('@jupyterlab/apputils'),
      take('@jupyterlab/coreutils'),
      take('@jupyterlab/notebook'),
      take('@jupyterlab/services'),
      take('@jupyterlab/statusbar'),
      take('@jupyterlab/ui-components'),
      take('@lumino/widgets')
    ]);

  const activate = (app, tracker, restorer, palette, bar) => {
    const settings = app.serviceManager.serverSettings;
    const language = coreutils.PageConfig.getOption('polderlabLanguage') || 'nl';
    const texts = textsFor(language);
    const api = new Api(
      (path, init) =>
        services.ServerConnection.makeRequest(
          coreutils.URLExt.join(settings.baseUrl, 'polderlab', path),
          init,
          settings
        ),
      language
    );
    const widget = new widgets.Widget();
    const panel = new CataloguePanel({
      node: widget.node,
      api,
      texts,
      language,
      portal: coreutils.PageConfig.getOption('polderlabPortal'),
      inserter: new Inserter(app, tracker, notebook.NotebookActions)
    });
    widget.id = 'polderlab-catalogue';
    widget.title.caption = texts.catalogue;
    widget.title.icon = new components.LabIcon({ name: 'polderlab:catalogue', svgstr: ICON });
    widget.node.setAttribute('role', 'region');
    widget.node.setAttribute('aria-label', texts.catalogue);
    // Asked when it is looked at, so that a session starts no slower for having it.
    widget.onAfterShow = () => panel.shown();
    widget.onActivateRequest = () => panel.focus();
    app.shell.add(widget, 'left', { rank: 150, type: 'Catalogue' });
    restorer?.add(widget, widget.id);

    app.commands.addCommand('polderlab:open-catalogue', {
      label: texts.open,
      execute: () => {
        app.shell.activateById(widget.id);
        // The command palette hands the focus back to where it was, just after this.
        setTimeout(() => panel.focus(), 100);
      }
    });
    palette?.addItem({ command: 'polderlab:open-catalogue', category: 'PolderLab' });

    const left = new widgets.Widget();
    const quota = new QuotaStatus({
      node: left.node,
      api,
      texts,
      language,
      tell: (sentence, actions) =>
        apputils.Notification.warning(sentence, { autoClose: false, actions })
    });
    bar?.registerStatusItem('polderlab:quota', { item: left, align: 'right', rank: 90 });
    const announcements = new Announcements({
      api,
      texts,
      notification: apputils.Notification,
      storage: window.localStorage,
      open: page => window.open(page, '_blank', 'noopener')
    });
    // After the start, which it must not slow down.
    app.restored.then(() => {
      quota.follow();
      announcements.follow();
    });
  };

  return {
    id: '@polderlab/catalogue:panel',
    description: 'The catalogue of the lab, filtered by what the project may read',
    autoStart: true,
    requires: [notebook.INotebookTracker],
    optional: [application.ILayoutRestorer, apputils.ICommandPalette, statusbar.IStatusBar],
    activate
  };
}
