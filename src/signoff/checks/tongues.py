"""
Which language a text is in, told by its small words; nothing when it is not sure.

Twelve languages by their commonest words. A library would know a hundred, and weighs more than all of Signoff: a
customer's language that is not among these is simply not compared.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections import Counter

NAMES = {
    "en": "English", "de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "pl": "Polish", "sv": "Swedish", "da": "Danish", "cs": "Czech", "tr": "Turkish",
}  # fmt: skip
_SMALL = {
    "en": "the and of to in is that it for you are with this have be we your on not from our can would will at was they there what which please i my do if has been as an by or but me us",
    "de": "der die das und ist nicht ich sie wir ein eine zu mit auf für von dem den des im es auch sich bei wie kann haben hat wird sind oder noch nur aber bitte ihre ihr ihnen uns unsere einen einem als werden gerne",
    "es": "el la los las de que y en un una por con para su es no se lo del al como más pero le ya este esta nos usted ustedes mi me gracias hola sí tengo tiene quiero está muy desde hay son nuestro nuestra",
    "fr": "le la les de des et est un une que qui dans pour vous nous je il elle pas sur avec au aux ce cette votre vos notre nos plus ne se sont du en mais ou par merci bonjour être avons avez suis mon ma",
    "it": "il lo la gli le di che è e un una per con non sono si del della dei delle nel nella vi ci mi ma come più anche grazie buongiorno vostro vostra nostro nostra ho hai ha abbiamo questo questa vorrei al alla",
    "pt": "o os as de que e em um uma por com para não se do da dos das no na ao como mais mas você vocês obrigado obrigada olá tenho é são está muito nosso nossa seu sua meu minha este esta nos pelo pela gostaria",
    "nl": "de het een en van ik je dat is niet op te in zijn voor met die aan er om ook als maar wij we u uw ons onze naar bij kan heeft hebben wordt graag deze dit nog wel geen mijn",
    "pl": "i w na z że się nie do to jest jak o po za od co czy dla są przez ale proszę mam nam pan pani państwa nasz nasze tak już oraz ten ta być mogę może która który",
    "sv": "och att det är en ett som på för av med jag inte vi ni har till den de om kan så vill er oss vår vårt men från eller hej tack min mitt när hur detta denna",
    "da": "og at det er en et som på for af med jeg ikke vi i har til den de om kan så vil jer os vores men fra eller hej tak min mit når hvordan dette denne jeres",
    "cs": "a je se na že to v s z do pro jako by jsem jsme jste není ale nebo který která prosím děkuji dobrý den máme mám váš vaše náš naše od po tak co při také jen už",
    "tr": "ve bir bu için ile de da ne çok var mi mı ben biz siz olarak gibi daha ama en olan teşekkürler merhaba bizim sizin değil kadar sonra veya lütfen nasıl istiyorum",
}  # fmt: skip
_WORDS = {tongue: frozenset(words.split()) for tongue, words in _SMALL.items()}
_WORD = re.compile(r"[^\W\d_]+")
LEAST_HITS = 5
AT_MOST_WORDS = 400


def tongue_of(text: str) -> str | None:
    """
    Return the language of a text as a two-letter code, None when it is short, mixed or unknown.

    Sure means: at least five small words of it, a fifth of all words, and half again as many as of any other language.
    """
    words = [word.lower() for word in _WORD.findall(text)[:AT_MOST_WORDS]]
    hits = Counter({tongue: sum(word in small for word in words) for tongue, small in _WORDS.items()})
    (best, most), (_, second) = hits.most_common(2)
    if most < LEAST_HITS or most < len(words) / 5 or most < second * 1.5:
        return None
    return best
