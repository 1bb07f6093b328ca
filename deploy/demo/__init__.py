"""A whole edition of the programme, played through the APIs against any running stack."""
