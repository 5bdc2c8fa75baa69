"""Homes and project folders on disk: one btrfs subvolume each, with a limit.

Used by whoever is root: the hub, which makes them when a session starts, and the host's commands.
"""
