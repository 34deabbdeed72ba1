"""Which column of a table is meant by a field of a record: guessed from their names, for a person to look at."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence

ALIKE = 0.85
# What people and programs call the same thing, in a few languages; the first is how apps name the field.
SAME = (
    ("email", "emailaddress", "mail", "emailadresse", "mailadresse", "adresseemail", "courriel", "correo",
     "correoelectronico", "contactemail", "email1", "primaryemail"),
    ("firstname", "givenname", "forename", "vorname", "prenom", "nombre", "first"),
    ("lastname", "surname", "familyname", "nachname", "familienname", "nomdefamille", "apellido", "apellidos", "last"),
    ("name", "fullname", "contactname", "customer", "customername", "kunde", "kundenname", "nom", "contact"),
    ("company", "companyname", "organisation", "organization", "firma", "unternehmen", "entreprise", "societe",
     "empresa", "account", "accountname"),
    ("phone", "phonenumber", "telephone", "telephonenumber", "tel", "telefon", "telefonnummer", "telefono"),
    ("mobilephone", "mobile", "mobilenumber", "cell", "cellphone", "handy", "mobil", "mobilnummer", "portable"),
    ("message", "comment", "comments", "note", "notes", "nachricht", "anmerkung", "bemerkung", "kommentar", "mensaje",
     "question", "frage", "inquiry", "enquiry"),
    ("id", "recordid", "contactid", "number", "nr", "no", "objectid", "hsobjectid"),
    ("website", "url", "web", "webseite", "domain", "site"),
    ("city", "town", "ort", "stadt", "ville", "ciudad"),
    ("zip", "zipcode", "postcode", "postalcode", "plz", "postleitzahl", "codepostal"),
    ("country", "land", "pays", "pais"),
    ("street", "address", "streetaddress", "strasse", "adresse", "direccion", "address1"),
    ("jobtitle", "title", "position", "role", "funktion"),
    ("numemployees", "employees", "numberofemployees", "mitarbeiter", "anzahlmitarbeiter", "companysize"),
)  # fmt: skip
_GROUP = {name: names[0] for names in SAME for name in names}


def guess(names: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """Return for each field the name of the column that is probably meant; a column is meant once."""
    left = {name: bare(name) for name in names}
    found: dict[str, str] = {}
    for says_same in (_exactly, _in_other_words, _nearly):
        for field in fields:
            if field in found:
                continue
            column = says_same(bare(field.rsplit(".", 1)[-1]), left)
            if column is not None:
                found[field] = column
                del left[column]
    return {field: found[field] for field in fields if field in found}


def field_name(column: str) -> str:
    """Return a column's name as a field's: "Vor- und Nachname" becomes "vor_und_nachname"."""
    text = unicodedata.normalize("NFKC", column).casefold().replace("ß", "ss")
    return re.sub(r"[^\w]+", "_", text).strip("_")[:60] or "column"


def bare(name: str) -> str:
    """Return a name by which two that mean the same are the same: "E-Mail" and "email"."""
    text = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    return re.sub(r"[\W_]+", "", "".join(letter for letter in text if not unicodedata.combining(letter)))


def _exactly(field: str, left: dict[str, str]) -> str | None:
    return next((name for name, said in left.items() if said == field), None)


def _in_other_words(field: str, left: dict[str, str]) -> str | None:
    group = _GROUP.get(field)
    return next((name for name, said in left.items() if group and _GROUP.get(said) == group), None)


def _nearly(field: str, left: dict[str, str]) -> str | None:
    if len(field) < 4:
        return None
    near = difflib.get_close_matches(field, list(left.values()), 1, ALIKE)
    return next((name for name, said in left.items() if near and said == near[0]), None)
