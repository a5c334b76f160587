"""The local server: what the page of the microscope asks, over HTTP, on this machine."""

from tapetum.server.run import is_local, listen, serve

__all__ = ["is_local", "listen", "serve"]
