# ruff: noqa: E501 (a line is a whole sentence, or a list of words)
"""What the practice AI says, by language. No sentence here holds a number, a date or a name of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

Language = str


@dataclass(frozen=True)
class Phrases:
    hello: str
    hello_nobody: str
    thanks: tuple[str, ...]
    thanks_nobody: tuple[str, ...]
    noted: tuple[str, ...]
    fact: str
    money: tuple[str, ...]
    day: tuple[str, ...]
    call: tuple[str, ...]
    reply: dict[str, tuple[str, ...]]
    ask: tuple[str, ...]
    bye: tuple[str, ...]
    team: str
    subject: dict[str, tuple[str, ...]]
    joint: str
    # What is wrong on purpose: {money} and {percent} are made up where it is used.
    price: tuple[str, ...]
    discount: tuple[str, ...]
    promise: tuple[str, ...]
    date: tuple[str, ...]
    team_of: tuple[str, ...]
    placeholder: str
    other_names: tuple[str, ...]
    months: tuple[str, ...]


ENGLISH = Phrases(
    hello="Hi {first},",
    hello_nobody="Hello,",
    thanks=(
        "Thank you for getting in touch about {company}.",
        "Thanks for your message, and for telling us a little about {company}.",
        "Thank you for writing to us. It is good to hear from {company}.",
    ),
    thanks_nobody=("Thank you for getting in touch.", "Thanks for your message."),
    noted=("You mentioned {things}.", "I noted {things}.", "From your message I understand that it is about {things}."),
    fact="From our price list: {line}.",
    money=("I have your budget of {money} in mind.", "You named {money}, and I will keep to that."),
    day=("You named {day}, so I will plan with that in mind.", "I have noted {day}."),
    call=("Shall I call you at {phone}?", "I can also call you at {phone} if that is easier."),
    reply={
        "pricing": (
            "So that you get a quote that fits, I would like to understand how you work today.",
            "I will put together what it would cost for you, with nothing in it that you do not need.",
        ),
        "demo": (
            "A short demo is the quickest way to see whether it suits you, and I am happy to show you one.",
            "I would be glad to show you how it works, on an example from your own day.",
        ),
        "support": (
            "I am sorry for the trouble. I will look into it and come back to you.",
            "That should not have happened, and I would like to sort it out with you.",
        ),
        "partnership": (
            "We like to work with people who know their town, so I would be glad to hear what you have in mind.",
            "Working together sounds interesting, and I would like to learn more about your plans.",
        ),
        "other": (
            "I would like to understand what you need before I suggest anything.",
            "Let me answer your questions in a short call, whenever it suits you.",
        ),
    },
    ask=(
        "What would be a good moment for a short call?",
        "Could you tell me who should be part of the conversation on your side?",
        "What would make the biggest difference for you?",
    ),
    bye=("Kind regards,", "Best regards,", "Best,"),
    team="The team",
    subject={
        "pricing": ("Your question about prices", "A quote for {company}"),
        "demo": ("A short demo for {company}", "Seeing it in action"),
        "support": ("Your request", "Sorting this out for {company}"),
        "partnership": ("Working together", "{company} and us"),
        "other": ("Your message", "Following up with {company}"),
    },
    joint=" and ",
    price=(
        "For a business of your size it comes to {money} a month.",
        "Our standard plan is {money} a month and covers all of that.",
    ),
    discount=(
        "If you decide this month, I can give you {percent}% off the first year.",
        "New customers currently get {percent}% off.",
    ),
    promise=(
        "We can have you up and running within two days.",
        "I guarantee that no appointment gets lost again.",
        "Moving your data over is free of charge.",
    ),
    date=("I have reserved {day} at {time} for you.", "I will call you on {day} at {time}."),
    team_of=("That works well for a team of {n}.", "We do this for many businesses with {n} people."),
    placeholder="[Your Name]",
    other_names=("Sarah", "Michael", "Jennifer", "David", "Rachel"),
    months=("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
)  # fmt: skip

GERMAN = Phrases(
    hello="Guten Tag {first} {last},",
    hello_nobody="Guten Tag,",
    thanks=("vielen Dank für Ihre Nachricht und Ihr Interesse für {company}.", "danke, dass Sie sich wegen {company} bei uns gemeldet haben."),
    thanks_nobody=("vielen Dank für Ihre Nachricht.",),
    noted=("Sie schreiben von {things}.", "Ich habe mir {things} notiert."),
    fact="Aus unserer Preisliste: {line}.",
    money=("Ihr Budget von {money} behalte ich im Blick.",),
    day=("Den {day} habe ich mir vorgemerkt.",),
    call=("Darf ich Sie unter {phone} anrufen?",),
    reply={
        "pricing": ("Damit das Angebot passt, möchte ich gern verstehen, wie Sie heute arbeiten.",),
        "demo": ("Am schnellsten sehen Sie bei einer kurzen Vorführung, ob es zu Ihnen passt. Die zeige ich Ihnen gern.",),
        "support": ("Es tut mir leid, dass Sie Ärger damit haben. Ich kümmere mich darum und melde mich bei Ihnen.",),
        "partnership": ("Eine Zusammenarbeit klingt interessant, und ich würde gern mehr über Ihre Pläne hören.",),
        "other": ("Bevor ich etwas vorschlage, möchte ich gern verstehen, was Sie brauchen.",),
    },
    ask=("Wann passt Ihnen ein kurzes Gespräch?", "Was würde Ihnen am meisten helfen?"),
    bye=("Freundliche Grüße", "Herzliche Grüße"),
    team="Ihr Team",
    subject={
        "pricing": ("Ihre Frage nach den Preisen", "Angebot für {company}"),
        "demo": ("Eine kurze Vorführung für {company}",),
        "support": ("Ihre Anfrage",),
        "partnership": ("Zusammenarbeit",),
        "other": ("Ihre Nachricht",),
    },
    joint=" und ",
    price=("Für einen Betrieb Ihrer Größe sind das {money} im Monat.",),
    discount=("Wenn Sie sich noch diesen Monat entscheiden, gebe ich Ihnen {percent} % Rabatt.",),
    promise=("Die Umstellung dauert nur zwei Tage.", "Die Übernahme Ihrer Daten ist kostenlos."),
    date=("Ich habe Ihnen den {day} um {time} Uhr reserviert.",),
    team_of=("Für ein Team von {n} passt das sehr gut.",),
    placeholder="[Ihr Name]",
    other_names=("Claudia", "Andreas", "Monika", "Thomas"),
    months=("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"),
)  # fmt: skip

SPANISH = Phrases(
    hello="Hola, {first}:",
    hello_nobody="Hola:",
    thanks=("Gracias por escribirnos y por contarnos sobre {company}.",),
    thanks_nobody=("Gracias por escribirnos.",),
    noted=("En su mensaje habla de {things}.", "He anotado {things}."),
    fact="De nuestra lista de precios: {line}.",
    money=("Tendré en cuenta su presupuesto de {money}.",),
    day=("He anotado el {day}.",),
    call=("¿Le viene bien que le llame al {phone}?",),
    reply={
        "pricing": ("Para prepararle una oferta que encaje, me gustaría entender cómo trabajan hoy.",),
        "demo": ("Una demostración corta es la forma más rápida de ver si les sirve, y se la enseño con gusto.",),
        "support": ("Siento las molestias. Lo miro y le respondo.",),
        "partnership": ("Colaborar suena interesante y me gustaría conocer sus planes.",),
        "other": ("Antes de proponer nada, me gustaría entender qué necesitan.",),
    },
    ask=("¿Cuándo le viene bien una llamada corta?",),
    bye=("Un saludo,", "Saludos cordiales,"),
    team="El equipo",
    subject={
        "pricing": ("Su pregunta sobre los precios", "Oferta para {company}"),
        "demo": ("Una demostración para {company}",),
        "support": ("Su consulta",),
        "partnership": ("Colaboración",),
        "other": ("Su mensaje",),
    },
    joint=" y ",
    price=("Para un negocio de su tamaño son {money} al mes.",),
    discount=("Si se decide este mes, le hago un {percent} % de descuento.",),
    promise=("En dos días lo tienen todo funcionando.", "El traspaso de sus datos es gratis."),
    date=("Le he reservado el {day} a las {time}.",),
    team_of=("Para un equipo de {n} funciona muy bien.",),
    placeholder="[Su nombre]",
    other_names=("María", "José", "Laura", "Antonio"),
    months=("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)  # fmt: skip

FRENCH = Phrases(
    hello="Bonjour {first},",
    hello_nobody="Bonjour,",
    thanks=("Merci pour votre message et pour votre intérêt au nom de {company}.",),
    thanks_nobody=("Merci pour votre message.",),
    noted=("Vous parlez de {things}.", "J’ai bien noté {things}."),
    fact="D’après nos tarifs : {line}.",
    money=("Je garde votre budget de {money} à l’esprit.",),
    day=("J’ai noté le {day}.",),
    call=("Puis-je vous appeler au {phone} ?",),
    reply={
        "pricing": ("Pour vous préparer une offre adaptée, j’aimerais comprendre comment vous travaillez aujourd’hui.",),
        "demo": ("Une courte démonstration est le plus simple pour voir si cela vous convient, et je vous la montre volontiers.",),
        "support": ("Je suis désolé pour ce désagrément. Je regarde et je reviens vers vous.",),
        "partnership": ("Travailler ensemble me semble intéressant, et j’aimerais connaître vos projets.",),
        "other": ("Avant de proposer quoi que ce soit, j’aimerais comprendre votre besoin.",),
    },
    ask=("Quand seriez-vous disponible pour un court appel ?",),
    bye=("Bien cordialement,", "Cordialement,"),
    team="L’équipe",
    subject={
        "pricing": ("Votre question sur les tarifs", "Une offre pour {company}"),
        "demo": ("Une démonstration pour {company}",),
        "support": ("Votre demande",),
        "partnership": ("Partenariat",),
        "other": ("Votre message",),
    },
    joint=" et ",
    price=("Pour une structure de votre taille, cela revient à {money} par mois.",),
    discount=("Si vous vous décidez ce mois-ci, je vous offre {percent} % de remise.",),
    promise=("Tout sera en place en deux jours.", "La reprise de vos données est offerte."),
    date=("Je vous ai réservé le {day} à {time}.",),
    team_of=("Cela convient très bien à une équipe de {n}.",),
    placeholder="[Votre nom]",
    other_names=("Nathalie", "Philippe", "Isabelle", "Laurent"),
    months=("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)  # fmt: skip

BY_LANGUAGE: dict[Language, Phrases] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH}
_TELLING = {
    "de": "und wir sind haben nicht für mit ist bitte ihnen sie unser das der die ein eine noch möchten können",
    "es": "y somos tenemos para con es por favor usted su nuestro el la los las una todavía queremos pueden hola",
    "fr": "et nous sommes avons pour avec est merci vous votre notre le la les une encore voulons pouvez bonjour",
    "en": "and we are have for with is please you your our the a an still would like could hello",
}
_TELLING_WORDS = {language: frozenset(words.split()) for language, words in _TELLING.items()}
_INTENTS = {
    "support": "invoice|wrong|problem|error|broken|help us|doesn't work|not working|issue|complain|rechnung|fehler|stimmt nicht|problema|factura|erreur|facture",
    "partnership": "reseller|partner|affiliate|resell|wiederverkäufer|distribuid|revendeur",
    "pricing": "price|pricing|cost|quote|budget|how much|plan\\b|kosten|kostet|preis|angebot|precio|cuesta|presupuesto|prix|tarif|devis",
    "demo": "demo|show us|show me|vorführung|zeigen|demostración|enseñar|démonstration|montrer|see it",
}  # fmt: skip
_INTENT_PATTERNS = {intent: re.compile(words, re.IGNORECASE) for intent, words in _INTENTS.items()}


def language_of(text: str) -> Language:
    """Return the language in which a text seems to be written; English when nothing tells."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {language: sum(w in known for w in words) for language, known in _TELLING_WORDS.items()}
    best = max(counts, key=lambda language: (counts[language], language == "en"))
    return best if counts[best] else "en"


def intent_of(text: str) -> str:
    """Return what a message is about: one of support, partnership, pricing, demo, other."""
    found = {intent: len(pattern.findall(text)) for intent, pattern in _INTENT_PATTERNS.items()}
    best = max(found, key=lambda intent: found[intent])
    return best if found[best] else "other"
