"""French words around names."""

_VOWELS = "AÀÂEÉÈÊIÎOÔUÙY"


def of_commune(name: str) -> str:
    """« de Sceaux », « d'Aubervilliers », « du Bourget », « des Lilas », « de L'Haÿ-les-Roses »."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    return f"d'{name}" if name[0] in _VOWELS else f"de {name}"
