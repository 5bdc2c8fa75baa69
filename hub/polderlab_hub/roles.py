"""Who may do what in the hub: as little as works.

Whether somebody may start a session is not decided here but by the lab service, for every start
anew; these scopes only say who may ask.
"""

from __future__ import annotations

from typing import Any

LAB = "lab"
CULLER = "culler"

ROLES: list[dict[str, Any]] = [
    {
        "name": "user",
        "description": "One's own servers and the portal. No tokens of one's own: a session's "
        "data is read with its own key, and nothing else needs one.",
        "scopes": [
            "read:users:name!user",
            "read:users:groups!user",  # with the name: what signing in at a server takes
            "users:activity!user",
            "servers!user",
            "access:servers!user",
            f"access:services!service={LAB}",
        ],
    },
    {
        "name": LAB,
        "description": "The lab service: starts and stops servers for those who press the button, "
        "and shows administrators when each last did something.",
        "scopes": ["servers", "list:users"],
        "services": [LAB],
    },
    {
        "name": CULLER,
        "description": "Stops sessions nobody works in.",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": [CULLER],
    },
]
