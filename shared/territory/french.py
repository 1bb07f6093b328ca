"""The names of communes inside French sentences."""

_ARTICLES = {"de": {"Le ": "du ", "Les ": "des "}, "à": {"Le ": "au ", "Les ": "aux "}}
_VOWELS = "AEIOUÂÉÈÊÎÔÛY"


def of(name: str) -> str:
    """« de Sceaux », « d’Arcueil », « du Raincy », « des Lilas », « de L'Haÿ-les-Roses »."""
    return f"d’{name}" if name[:1] in _VOWELS else _contracted("de", name)


def at(name: str) -> str:
    """« à Sceaux », « au Raincy », « aux Lilas »."""
    return _contracted("à", name)


def _contracted(preposition: str, name: str) -> str:
    for article, contracted in _ARTICLES[preposition].items():
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    return f"{preposition} {name}"
