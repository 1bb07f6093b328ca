"""What pydantic finds wrong, said in French to people; never with the value itself."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

_BUILT_IN = frozenset(get_args(ErrorType))
_OTHERWISE = "Cette valeur n'est pas valide."

_FRENCH: Mapping[str, str] = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ n'est pas attendu.",
    "string_type": "Un texte est attendu.",
    "string_too_short": "{min_length} caractère(s) au moins.",
    "string_too_long": "{max_length} caractères au plus.",
    "string_pattern_mismatch": "Le format n'est pas celui attendu.",
    "forbidden_character": "Ce texte contient un caractère interdit.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_from_float": "Un nombre entier est attendu.",
    "float_type": "Un nombre est attendu.",
    "finite_number": "Un nombre fini est attendu.",
    "bool_type": "Vrai ou faux est attendu.",
    "greater_than": "La valeur doit être supérieure à {gt}.",
    "greater_than_equal": "La valeur doit être au moins {ge}.",
    "less_than": "La valeur doit être inférieure à {lt}.",
    "less_than_equal": "La valeur doit être au plus {le}.",
    "enum": "Valeurs possibles : {expected}.",
    "literal_error": "Valeurs possibles : {expected}.",
    "uuid_type": "Un identifiant UUID est attendu.",
    "uuid_parsing": "Un identifiant UUID est attendu.",
    "datetime_type": "Une date et une heure avec décalage sont attendues (RFC 3339).",
    "datetime_parsing": "Une date et une heure avec décalage sont attendues (RFC 3339).",
    "datetime_from_date_parsing": "Une date et une heure avec décalage sont attendues (RFC 3339).",
    "timezone_aware": "Le décalage horaire est obligatoire.",
    "date_type": "Une date est attendue (AAAA-MM-JJ).",
    "date_parsing": "Une date est attendue (AAAA-MM-JJ).",
    "date_from_datetime_parsing": "Une date est attendue (AAAA-MM-JJ).",
    "too_short": "{min_length} élément(s) au moins.",
    "too_long": "{max_length} élément(s) au plus.",
    "list_type": "Une liste est attendue.",
    "tuple_type": "Une liste est attendue.",
    "model_type": "Un objet est attendu.",
    "model_attributes_type": "Un objet est attendu.",
    "dict_type": "Un objet est attendu.",
    "url_parsing": "Une adresse est attendue.",
    "path_type": "Un chemin est attendu.",
}


def french_message(error: Mapping[str, Any]) -> str:
    """The message of one of pydantic's errors; a type of error that is ours already speaks French."""
    code = str(error["type"])
    if code not in _BUILT_IN and code not in _FRENCH:
        return str(error["msg"])
    bounds = {name: value for name, value in error.get("ctx", {}).items() if isinstance(value, int | float | str)}
    try:
        return _FRENCH.get(code, _OTHERWISE).format(**bounds)
    except (KeyError, IndexError):
        return _OTHERWISE
