"""``python -m polderlab_catalog.web``: run the lab service."""

from polderlab_catalog.web.serve import main

raise SystemExit(main())
