"""One candidate, one exam, one sitting: the state table."""
