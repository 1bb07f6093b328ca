"""The files the demo uploads are real PDF files."""

import io
import re

from deploy.demo.paper import pdf
from shared.kit.file_types import PDF, type_of


def test_a_page_is_a_pdf_by_its_content() -> None:
    assert type_of(io.BytesIO(pdf("Lettre d’engagement", ["Le maire s’engage."]))) == PDF


def test_the_same_words_make_the_same_bytes() -> None:
    assert pdf("Titre", ["Une ligne"]) == pdf("Titre", ["Une ligne"])


def test_the_table_at_the_end_points_to_each_object() -> None:
    made = pdf("Fiche (secteur)", ["Été à L’Haÿ"])
    table = int(re.findall(rb"startxref\n([0-9]+)", made)[0])
    places = [int(place) for place in re.findall(rb"([0-9]{10}) 00000 n", made[table:])]

    assert [made[place : place + 7] for place in places] == [b"%d 0 obj" % number for number in range(1, 6)]


def test_parentheses_do_not_end_a_text() -> None:
    assert rb"(Fiche \(secteur\)) Tj" in pdf("Fiche (secteur)", [])
