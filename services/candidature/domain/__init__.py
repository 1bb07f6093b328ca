"""The rules of calls, dossiers, proposals and contacts: pure, given the time and the identifiers."""
