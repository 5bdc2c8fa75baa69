"""Jupyter in a session: nothing leaves it, limits are shown, a busy kernel counts as work."""

import os

c = get_config()  # noqa: F821  (given by traitlets)

# No news, no look for updates, no extension catalogue: this machine calls nobody. That the reader
# is not asked for it either is in labconfig/default_setting_overrides.json.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# Kernels listen on files of their owner rather than on ports.
c.KernelManager.transport = "ipc"

# Files thrown away are gone, rather than filling a hidden folder that counts for the quota.
c.FileContentsManager.delete_to_trash = False

# Limits come from MEM_LIMIT (bytes) and CPU_LIMIT (processors), which the hub sets. The display
# counts in per cent; a processor at work is what it is for, so that is never a warning.
c.ResourceUseDisplay.track_cpu_percent = True
c.ResourceUseDisplay.cpu_limit = 100 * float(os.environ.get("CPU_LIMIT", "0"))
c.ResourceUseDisplay.cpu_warning_threshold = 0
c.ResourceUseDisplay.mem_warning_threshold = 0.1

c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
c.ServerApp.jpserver_extensions = {
    "polderlab_activity": True,
    "polderlab.server": True,
    "jupyter_lsp": False,
}
