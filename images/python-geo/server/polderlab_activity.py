"""Jupyter Server extension: a kernel that is computing counts as activity.

Jupyter dates a kernel's activity by its last message, so an hour of silent computing looks
like an hour of idling and the session would be culled with its work.
"""

from datetime import UTC, datetime

from tornado.ioloop import PeriodicCallback

EVERY_SECONDS = 20


def note_busy_kernels(kernel_manager, activity):
    """Date ``activity`` (Jupyter's own mapping) now when any kernel is busy."""
    kernels = (kernel_manager.get_kernel(name) for name in kernel_manager.list_kernel_ids())
    if any(getattr(kernel, "execution_state", "") == "busy" for kernel in kernels):
        activity["polderlab_busy_kernels"] = datetime.now(UTC)


def _jupyter_server_extension_points():
    return [{"module": "polderlab_activity"}]


def _load_jupyter_server_extension(server):
    settings = server.web_app.settings
    watch = PeriodicCallback(
        lambda: note_busy_kernels(settings["kernel_manager"], settings["last_activity_times"]),
        EVERY_SECONDS * 1000,
    )
    settings["polderlab_busy_kernel_watch"] = watch
    watch.start()
