"""JupyterHub's configuration: settings, set once. What is not here is JupyterHub's default."""

from __future__ import annotations

from polderlab_hub.authenticator import LabAuthenticator
from polderlab_hub.pages import TEMPLATES, template_vars
from polderlab_hub.roles import CULLER, LAB, ROLES
from polderlab_hub.settings import LAB_PREFIX, hub_settings
from polderlab_hub.spawner import LabSpawner

c = get_config()  # type: ignore[name-defined]  # JupyterHub provides it
settings = hub_settings()

# Addresses. The proxy is a process of its own, so that a hub that restarts cuts nobody off.
c.JupyterHub.bind_url = f"http://{settings.public_bind}"
c.JupyterHub.hub_bind_url = f"http://{settings.hub_bind}"
c.JupyterHub.public_url = settings.public_url
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = settings.proxy_api
c.ConfigurableHTTPProxy.auth_token = settings.proxy_token.get_secret_value()
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
# How often the hub looks at the proxy: one that restarted knows no routes until then.
c.JupyterHub.last_activity_interval = 15

# State.
c.JupyterHub.db_url = settings.hub_database
c.JupyterHub.cookie_secret_file = str(settings.cookie_secret_file)

# People.
c.JupyterHub.authenticator_class = LabAuthenticator
c.LabAuthenticator.local_accounts = settings.local_accounts
c.JupyterHub.load_roles = ROLES
c.JupyterHub.default_url = f"{LAB_PREFIX}/"
c.JupyterHub.cookie_max_age_days = 1
c.JupyterHub.tornado_settings = {
    "cookie_options": {"SameSite": "Lax", "secure": settings.secure},
    # How long a start request waits before it becomes a progress page: long enough for a
    # refusal to be told in the answer itself, short enough not to feel stuck.
    "slow_spawn_timeout": 2,
}

# Pages.
c.JupyterHub.template_paths = [str(TEMPLATES)]
c.JupyterHub.template_vars = template_vars()

# Sessions: one server per project, named after it.
c.JupyterHub.spawner_class = LabSpawner
c.JupyterHub.allow_named_servers = True
c.JupyterHub.named_server_limit_per_user = 50
c.Spawner.default_url = "/lab"
c.Spawner.poll_interval = 15
c.Spawner.start_timeout = 60
c.Spawner.http_timeout = 60

# Services.
c.JupyterHub.services = [
    {
        "name": LAB,
        "url": settings.lab_url,
        "api_token": settings.service_token.get_secret_value(),
        "oauth_client_id": f"service-{LAB}",
        "oauth_redirect_uri": f"{settings.public_url}{LAB_PREFIX}/oauth_callback",
        "oauth_no_confirm": True,
        "display": False,
    },
    {"name": CULLER, "api_token": settings.culler_token.get_secret_value()},
]
