/* The container by which JupyterLab loads this extension: module federation without a bundler.
 *
 * JupyterLab runs this file as a script, hands `init` the modules everybody shares, and asks
 * `get` for ours. Those are plain ES modules beside this file, so what runs is what is written.
 */
(() => {
  const here = document.currentScript.src;
  const beside = name => new URL(name, here).href;
  let shared;

  const newer = (one, other) => {
    const [a, b] = [one, other].map(version => version.split(/[.-]/).map(Number));
    const at = a.findIndex((number, index) => number !== b[index]);
    return at >= 0 && a[at] > (b[at] ?? -1);
  };

  /** Return the one copy of a shared module: the one in use already, else the newest. */
  const take = async name => {
    const versions = Object.entries(shared[name] ?? {});
    if (!versions.length) {
      throw new Error(`JupyterLab shares no module ${name}`);
    }
    const [, found] = versions.reduce((best, next) => {
      const [a, b] = [Boolean(best[1].loaded), Boolean(next[1].loaded)];
      return a === b ? (newer(next[0], best[0]) ? next : best) : b ? next : best;
    });
    return (await found.get())();
  };

  const modules = {
    './extension': async () => {
      const { plugin } = await import(beside('plugin.js'));
      return { __esModule: true, default: await plugin(take) };
    },
    './style': async () => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = beside('panel.css');
      document.head.append(link);
      return {};
    }
  };

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB['@polderlab/catalogue'] = {
    init: scope => {
      shared = scope;
    },
    get: async name => {
      const module = await modules[name]();
      return () => module;
    }
  };
})();
