"""The words the coach knows, in English, German, Spanish and French; without accents, in small letters."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What somebody can be told to do so that it is clear what comes out.
CLEAR_VERBS = _words(
    """
    write draft compose answer reply respond summarise summarize sum list name state say tell explain describe translate
    rewrite rephrase shorten extract find pick choose select classify categorise categorize sort label tag rate score
    rank grade estimate calculate count compare check decide assess assign propose suggest recommend invite ask remind
    confirm thank apologise apologize inform notify announce offer quote fill create make turn convert generate produce
    prepare give return identify detect read mention introduce begin start end report note record match group route
    judge review evaluate congratulate welcome follow complete correct proofread condense outline collect set put
    acknowledge cancel schedule forward flag

    schreibe schreib verfasse verfass entwirf formuliere beantworte antworte fasse fass nenne nenn erklare erklar
    beschreibe ubersetze kurze kurz ordne sortiere bewerte schatze berechne vergleiche prufe entscheide schlage empfiehl
    lade frage frag erinnere bestatige bedanke danke entschuldige informiere teile biete fulle erstelle erstell mache
    mach gib bestimme erkenne lies liste markiere wahle wahl weise melde begrusse stelle stell finde sage sag
    schreiben verfassen entwerfen formulieren beantworten antworten zusammenfassen nennen erklaren beschreiben
    ubersetzen einordnen zuordnen ordnen sortieren bewerten einschatzen berechnen vergleichen prufen entscheiden
    vorschlagen empfehlen einladen nachfragen erinnern bestatigen bedanken entschuldigen informieren mitteilen anbieten
    ausfullen erstellen bestimmen erkennen auflisten markieren auswahlen zuweisen melden begrussen

    escribe redacta contesta responde resume enumera nombra indica di explica describe traduce reescribe extrae elige
    clasifica ordena valora puntua calcula compara comprueba decide propon sugiere recomienda invita pregunta recuerda
    confirma agradece discul informa avisa ofrece crea haz prepara devuelve identifica lee menciona asigna anuncia da
    escribir redactar contestar responder resumir enumerar indicar explicar describir traducir extraer elegir clasificar
    ordenar valorar calcular comparar decidir proponer sugerir recomendar invitar preguntar recordar confirmar agradecer
    informar avisar ofrecer crear preparar identificar mencionar asignar

    ecris ecrivez redige redigez reponds repondez resume resumez enumere nomme indique indiquez dis explique expliquez
    decris traduis reformule extrais choisis choisissez classe classez trie note evalue calcule compare verifie propose
    proposez suggere recommande invite invitez demande rappelle rappelez confirme confirmez remercie remerciez informe
    annonce offre cree prepare preparez rends identifie lis mentionne attribue
    ecrire rediger repondre resumer enumerer indiquer expliquer decrire traduire extraire choisir classer trier noter
    evaluer calculer comparer verifier decider proposer suggerer recommander inviter demander rappeler confirmer
    remercier informer annoncer offrir creer preparer identifier mentionner attribuer
    """
)

# What sounds like doing something, and leaves open what comes out.
VAGUE_VERBS = _words(
    """
    handle deal manage process help assist support take care work look see do be act serve treat tackle address
    engage interact use improve optimise optimize satisfy
    kummere kummer bearbeite bearbeiten hilf helfen unterstutze betreue behandle verarbeite erledige sorge tu tue
    arbeite sei kummern
    gestiona atiende ayuda procesa ocupate encargate trata trabaja se gestionar atender ayudar procesar
    gere traite aide occupe travaille sois gerer traiter aider
    """
)

# Between the beginning of a clause and its verb.
LEADS_IN = _words(
    """
    please kindly then and or also always first next now finally politely briefly you your should must will need to are
    job task goal is role bitte und dann auch immer zuerst danach du sollst musst deine aufgabe ist es zu por favor
    luego tambien siempre debes tu tarea es y ensuite puis aussi toujours tu dois ta tache est de et s il te vous plait
    in at most with for the if it they not yet once
    """
)

# What an answer can be.
FORMATS = re.compile(
    r"\b(?:e-?mails?|mails?|letters?|sms|text messages?|messages?|notes?|repl(?:y|ies)|answers?|responses?|"
    r"summar(?:y|ies)|descriptions?|posts?|tweets?|captions?|headlines?|titles?|lists?|tables?|bullet points?|"
    r"paragraphs?|sentences?|"
    r"comments?|reports?|invitations?|reminders?|newsletters?|articles?|texts?|offers?|quotes?|minutes|protocol|"
    r"briefing|brief|script|scores?|ratings?|category|categories|labels?|tags?|translations?|cards?|blurbs?|bios?|"
    r"briefe?s?|anschreiben|nachricht(?:en)?|notiz(?:en)?|antwort(?:en)?|zusammenfassung|beschreibung(?:en)?|beitrag|"
    r"liste|tabelle|stichpunkte?n?|absatz|satz|satze|bericht|einladung|erinnerung|angebot|protokoll|exposes?|"
    r"kurznachricht|kategorie|whatsapp\S*|"
    r"correos?|cartas?|mensajes?|notas?|respuestas?|resumen|descripcion(?:es)?|publicacion|lista|tabla|parrafo|frases?|"
    r"informe|invitacion|recordatorio|oferta|"
    r"courriels?|lettres?|messages?|reponses?|compte rendu|description|legende|liste|tableau|paragraphe|rapport|"
    r"rappel|annonces?|devis)\b"
)
# Names of the answer's fields that say what it is by themselves.
TELLING_FIELDS = re.compile(
    r"subject|betreff|asunto|objet|reply|antwort|respuesta|reponse|sms|note|summary|headline|title|caption|description|"
    r"letter|e-?mail|tweet|post|comment|why|reason|resumen|resume|zusammenfassung|whatsapp|translation|notiz|message"
)
# Verbs that say what comes out, without a noun.
TELLING_VERBS = _words(
    """
    summarise summarize classify categorise categorize sort label tag rate score rank grade translate extract list
    estimate calculate count compare decide assign identify detect route judge evaluate choose pick select match
    ordne sortiere bewerte ubersetze bestimme erkenne entscheide berechne liste wahle zuordnen einordnen bewerten
    zusammenfassen fasse schatze einschatzen
    clasifica resume traduce extrae elige valora puntua asigna
    classe classez traduis resume evalue extrais choisis trie
    """
)

READERS = re.compile(
    r"\b(?:customers?|clients?|guests?|patients?|tenants?|landlords?|leads?|prospects?|applicants?|candidates?|buyers?|"
    r"sellers?|owners?|members?|subscribers?|visitors?|students?|pupils?|parents?|families|colleagues?|teams?|managers?|"
    r"suppliers?|vendors?|users?|readers?|drivers?|donors?|voters?|partners?|investors?|attendees?|participants?|"
    r"residents?|citizens?|travell?ers?|passengers?|shoppers?|employees?|staff|technicians?|mechanics?|agents?|person|"
    r"people|somebody|someone|everyone|audience|followers?|newcomers?|beginners?|experts?|professionals?|contacts?|"
    r"couples?|volunteers?|players?|fans?|borrowers?|renters?|homeowners?|chef|boss|warehouse|sender|our own|"
    r"us|them|they|him|her|who|"
    r"kund\w*|gast|gaste\w*|patient\w*|mieter\w*|vermieter\w*|interessent\w*|bewerber\w*|kaufer\w*|eigentumer\w*|"
    r"mitglied\w*|abonnent\w*|besucher\w*|schuler\w*|eltern|kolleg\w*|team|lieferant\w*|nutzer\w*|leser\w*|fahrer\w*|"
    r"spender\w*|teilnehmer\w*|anfrager\w*|absender\w*|auftraggeber\w*|mitarbeiter\w*|person\w*|familie\w*|halter\w*|ihm|"
    r"ihr|ihnen|den|uns|"
    r"client[ea]s?|huesped\w*|paciente\w*|inquilin\w*|interesad\w*|candidat\w*|comprador\w*|propietari\w*|soci[oa]s?|"
    r"visitante\w*|alumn\w*|padres|colega\w*|equipo|proveedor\w*|usuari\w*|lector\w*|persona\w*|"
    r"client(?:e|es|s)?|hotes?|patient(?:e|es|s)?|locataires?|prospects?|acheteu\w*|proprietaires?|membres?|abonne\w*|"
    r"visiteu\w*|eleves?|parents|collegues?|equipe|fournisseu\w*|utilisateu\w*|lecteu\w*|personnes?|voyageu\w*|"
    r"destinataires?)\b"
)
# Somebody by what they do, whoever they are: "for amateur gardeners", "to a flat hunter", "an den Zahnarzt".
BY_TRADE = re.compile(
    r"\b(?:for|to|an|fur|para|pour)\s+(?:\w+\s){0,3}?(?!(?:\w*(?:order|answer|offer|letter|number|paper|after|under|"
    r"over|other|former|later|never|ever|center|order|weather|corner|counter|cover|power|water|summer|winter|price|error|"
    r"floor|door|color|colour|factor)s?)\b)\w{3,}(?:ers|ors|ists|ants|er|or|ist|ant|arzt|frau|mann)\b"
    r"|\b(?:to|for|an|a|para|pour)\s+\{\w*(?:name|nombre|nom)\w*\}"
)

NUMBERS = (
    r"\d+|one|two|three|four|five|six|seven|eight|nine|ten|a|an|single|ein\w*|zwei|drei|vier|funf|sechs|sieben|acht|neun|"
    r"zehn|un[ao]?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix"
)
UNITS = (
    r"words?|sentences?|characters?|letters|lines?|paragraphs?|bullet(?:s| points?)|points|pages?|items?|bullets?|"
    r"worter\w*|worte\w*|satz\w*|zeichen|zeilen?|absatz\w*|stichpunkt\w*|seiten?|"
    r"palabras?|frases?|caracteres|lineas?|parrafos?|puntos|oracion\w*|"
    r"mots?|phrases?|caracteres|lignes?|paragraphes?|points"
)
LENGTH = re.compile(rf"\b(?:{NUMBERS})(?:\s+(?:short|plain|kurze\w*|cortas?|courtes?))?[\s-]+(?:{UNITS})\b")
SHORT = re.compile(
    r"\b(?:short\w*|brief\w*|concise\w*|crisp|to the point|not too long|compact|kurz\w*|knapp\w*|breve\w*|cort[oa]s?|"
    r"conciso|court\w*|bref|breve|concis)\b"
)
LONG = re.compile(
    r"\b(?:detailed|in detail|every detail|all details|comprehensive\w*|in depth|in-depth|exhaustive\w*|thorough\w*|"
    r"at length|extensive\w*|ausfuhrlich\w*|detailliert\w*|umfassend\w*|jedes detail|detallad\w*|exhaustiv\w*|"
    r"con todo detalle|complet[oa]|detaille\w*|exhaustif\w*|approfondi\w*|en detail|tous les details)\b"
)

# Pairs that cannot both be meant. Each is (what one is called, its words, the other, its words).
OPPOSITES: tuple[tuple[str, re.Pattern[str], str, re.Pattern[str]], ...] = (
    ("short", SHORT, "in every detail", LONG),
    (
        "formal",
        re.compile(r"\b(?:formal(?:ly)?|formell\w*|forml[iy]ch\w*|formel\w*|soutenu)\b"),
        "casual",
        re.compile(
            r"\b(?:casual\w*|informal\w*|colloquial\w*|like (?:to )?a friend|buddy|slang|chatty|locker\w*|"
            r"umgangssprachlich\w*|wie (?:mit|zu) einem freund\w*|coloquial\w*|desenfadad\w*|familier\w*|"
            r"decontracte\w*)\b"
        ),
    ),
    (
        "Sie",
        re.compile(r"\b(?:siez\w*|per sie|sie-form|formliche anrede)\b"),
        "du",
        re.compile(r"\b(?:duz\w*|per du|du-form)\b"),
    ),
    (
        "vous",
        re.compile(r"\b(?:vouvoi\w*|vouvoyer)\b"),
        "tu",
        re.compile(r"\b(?:tutoi\w*|tutoyer)\b"),
    ),
    ("usted", re.compile(r"\btrat\w* de usted\b"), "tú", re.compile(r"\b(?:tute\w+|trat\w* de tu)\b")),
    (
        "with emoji",
        re.compile(r"(?<!no )(?<!without )(?<!keine )(?<!ohne )(?<!sin )(?<!sans )\bemojis?\b"),
        "without emoji",
        re.compile(r"\b(?:no|without|keine|ohne|sin|sans|pas d[’'])\s?emojis?\b"),
    ),
    (
        "bullet points",
        re.compile(
            r"(?<!no )(?<!without )(?<!keine )\b(?:bullet points?|bullets|bulleted|stichpunkt\w*|aufzahlung\w*|vinetas|"
            r"liste a puces)\b"
        ),
        "running text",
        re.compile(
            r"\b(?:no (?:lists?|bullets?|bullet points?)|running text|flowing text|prose|fliesstext|keine (?:listen?|"
            r"stichpunkte|aufzahlung\w*)|sin (?:listas|vinetas)|texto corrido|sans listes?)\b"
        ),
    ),
    (
        "plain text",
        re.compile(r"\b(?:plain text|no (?:formatting|markdown|html)|reiner text|texto plano|texte brut)\b"),
        "with formatting",
        re.compile(r"(?<!no )(?<!without )\b(?:bold|markdown|html|fett\w*|negrita|gras)\b"),
    ),
)
LANGUAGES = {
    "english": "English", "englisch": "English", "ingles": "English", "anglais": "English",
    "german": "German", "deutsch": "German", "aleman": "German", "allemand": "German",
    "spanish": "Spanish", "spanisch": "Spanish", "espanol": "Spanish", "espagnol": "Spanish",
    "french": "French", "franzosisch": "French", "frances": "French", "francais": "French",
    "italian": "Italian", "italienisch": "Italian", "italiano": "Italian", "italien": "Italian",
    "dutch": "Dutch", "portuguese": "Portuguese", "polish": "Polish",
}  # fmt: skip
IN_LANGUAGE = re.compile(rf"\b(?:in|auf|en)\s+(?:\w+\s)?({'|'.join(LANGUAGES)})\b")

QUALIFIED = re.compile(
    r"\b(?:not in|is not|are not|unless|except|other than|without|outside|beyond|unasked|before|if|when|more than|"
    r"nicht in|nicht im|ausser|wenn|ohne|es sei denn|que no|salvo|excepto|sin|si|sauf|qui ne|sans|hors)\b"
)
OBEYS = re.compile(
    r"\b(?:do|perform|carry out|execute|obey|comply with|act on|follow|fulfil|fulfill|implement|grant|satisfy)\b"
    r"(?:\s+\w+){0,4}?\s+(?:what(?:ever)?|everything|anything|instructions?|requests?|orders|commands?|wish(?:es)?|demands?|"
    r"directions)\b"
    r"|\b(?:do|act) as (?:the (?:customer|message|email|e-mail|lead|guest|sender)|they|it)\b"
    r"|\bdo (?:what(?:ever)?|everything|anything)\b"
    r"|\b(?:befolge|befolgen|folge|fuhre|setze|erfulle|tu|tue|mache?)\b(?:\s+\w+){0,3}?,?\s+"
    r"(?:was|alles|anweisung\w*|anforderung\w*|wunsch\w*|befehl\w*|bitten|auftrag|auftrage)\b"
    r"|\b(?:haz|sigue|cumple|ejecuta|obedece|hacer|seguir|cumplir)\b(?:\s+\w+){0,3}?\s+"
    r"(?:lo que|todo|instruccion\w*|peticion\w*|ordenes|orden|indicacion\w*|deseo\w*)\b"
    r"|\b(?:fais|faites|suis|suivez|execute|executez|obeis|realise)\b(?:\s+\w+){0,3}?\s+"
    r"(?:ce qu\w*|tout|instructions?|consignes?|demandes?|ordres?|souhaits?)\b"
)
OWN_INSTRUCTIONS = re.compile(
    r"\b(?:below|above|our|these|facts|company|policy|guidelines|style|unser\w*|diese\w*|nuestr\w*|estas|nos|notre|ces)\b"
)
VAGUE_WORDS = re.compile(
    r"\betc\b|\band so on\b|\band the like\b|\bor whatever\b|\bas usual\b|\bthe usual\b|\bin the best possible way\b|"
    r"\bas appropriate\b|\bif appropriate\b|\bas needed\b|\bmake it (?:good|nice|great|perfect)\b|"
    r"\bsomething (?:nice|good)\b|"
    r"\bstuff\b|\busw\b|\bund so weiter\b|\bwie ublich\b|\birgendwas\b|\bund ahnliches\b|\bcomo siempre\b|"
    r"\balgo bonito\b|"
    r"\by demas\b|\by tal\b|\bcomme d[’']habitude\b|\bet cetera\b"
)

# Fields that need no word: they greet, say in what language, or are what is answered.
SELF_EXPLAINING = re.compile(
    r"name|vorname|nachname|nombre|apellid|prenom|\bnom\b|salut|anrede|titel|^title$|e-?mail|correo|courriel|^mail|\bid$|"
    r"\bids?\b|language|sprache|idioma|langue|locale|message|nachricht|mensaje|question|frage|pregunta|text|texto|texte|"
    r"body|note|notes|notiz|notas|comment|kommentar|comentario|commentaire|description|beschreibung|descripcion|subject|"
    r"betreff|asunto|objet|inquiry|enquiry|anfrage|consulta|demande|wants|wish|review|content|inhalt|contenido|transcript|"
    r"thread|conversation|ticket|request|anliegen"
)
SYNONYMS: dict[str, str] = {
    "numemployees": "employee employees size staff people",
    "employees": "employee size staff people",
    "stars": "review rating praise criticis",
    "rating": "review star",
    "company": "company firm business organisation",
    "firma": "unternehmen betrieb",
    "phone": "phone call ring telephone number",
    "telefon": "anruf rufe anrufen telefon nummer",
    "telefono": "llamada llamar numero",
    "jobtitle": "role title position",
    "city": "place town location where",
    "country": "language place where",
    "plan": "product price tariff",
    "sqm": "size area",
    "qm": "grosse flache",
    "arrival": "booking stay arriv",
    "departure": "booking stay leav",
    "amount": "amount sum total price money owe invoice",
    "betrag": "summe betrag rechnung",
    "importe": "importe factura total",
    "montant": "montant facture somme",
    "garden": "outside",
    "items": "order product bought goods",
    "artikel": "bestellung ware produkt",
    "product": "product bought purchase order",
    "date": "day date when",
    "datum": "tag wann termin",
    "fecha": "dia cuando",
    "time": "hour when time",
    "uhrzeit": "uhr wann",
}
USES_ALL = re.compile(
    r"\b(?:(?:all|every|any|these|following|listed|other)\s+(?:of\s+)?(?:the\s+)?(?:record(?:[’']s)?\s+)?(?:fields?|details|"
    r"data|information|facts|values)|from the (?:\w+[’']?s? )?(?:data|record|details|form|sheet|data sheet|listing)|"
    r"what the (?:record|form|listing|data|sheet) says|listing[’']s data|alle (?:angaben|daten|felder|informationen)|"
    r"aus den (?:daten|angaben)|anhand der (?:daten|angaben)|todos los (?:datos|campos)|con los datos|"
    r"a partir de los datos|toutes les (?:donnees|informations)|a partir des (?:donnees|informations))\b"
)

# What a business states once, and every prompt that speaks of it needs.
OURS = r"(?:our|unser\w*|nuestr\w*|nos|notre|the company[’']?s?)\s+(?:(?!message|number)\w+\s+){0,2}?"
FACTS = re.compile(
    rf"\b{OURS}(prices?|pricing|rates?|fees?|tariffs?|costs|opening hours|hours|address|location|polic(?:y|ies)|"
    r"cancellation terms|terms|warranty|guarantee|delivery times?|services|products?|range|menu|"
    r"preise?n?|preisliste|tarife?n?|offnungszeiten|adresse|anschrift|bedingungen|garantie|lieferzeiten|leistungen|"
    r"stornobedingungen|sprechzeiten|precios?|tarifas?|horarios?|direccion|politica|condiciones|garantia|servicios|"
    r"prix|tarifs?|horaires?|adresse|conditions|garantie|delais|services)\b|\bcompany facts\b|\bfirmendaten\b|"
    r"\bwhat we (?:cost|charge)\b"
)
FACT_SYNONYMS: dict[str, str] = {
    "prices": "price pricing rate fee tariff cost charge plan",
    "preise": "preis tarif",
    "hours": "hour open contact",
    "offnungszeiten": "zeit offnung sprechzeit kontakt",
    "address": "address contact location where",
    "location": "address contact location where",
    "policy": "policy policies term rule cancellation return",
    "services": "service product offer range",
    "products": "service product offer range",
}

# Data that stands in fields, never in the air: "the invoice number" needs a field of that kind.
DATA_NOUNS = re.compile(
    r"\b(?:the|their|his|her|its|this|your|die|den|das|der|ihre?n?|seine?n?|el|la|los|las|su|sus|le|les|leur|son|sa)\s+"
    r"((?:\w+[ -]){0,2}?(?:number|no\.|code|date|id|reference|budget|deadline|birthday|due date|balance|"
    r"\w*nummer|\w*datum|\w*betrag|liefertermin|geburtstag|kontostand|frist|"
    r"numero de \w+|fecha de \w+|codigo|importe|presupuesto|"
    r"numero de \w+|date de \w+|montant|echeance))\b"
)
USE_VERBS = re.compile(
    r"\b(?:mention|name|state|include|quote|give|say|refer to|use|confirm|repeat|tell|add|put|look at|with|show|"
    r"nenn\w*|erwahn\w*|gib|schreib\w*|bestatig\w*|mit|teile|indica\w*|menciona\w*|incluye|di|confirma|con|escribe|"
    r"mentionne\w*|indique\w*|rappelle\w*|donne\w*|confirme\w*|precise\w*|cite\w*|avec)\b"
)
MENTION_VERBS = _words(
    """
    mention name state quote give say tell offer promise use make write include talk speak discuss propose suggest ask
    reveal disclose list show the a an any of or and about to for on in with our your their it them this that please
    be is are do not no never what who how they you we at most word sentence as from by if
    nenne nennen erwahne erwahnen angeben schreibe schreiben verspreche versprechen anbieten die der das den dem ein
    eine einen keine kein nicht nie uber von zu mit und oder unser ihre
    menciona mencionar digas des di prometas ofrezcas el la los las un una de del y o sobre nuestro nuestros con en
    mentionne mentionner donner dis promets parle le les des du et ou sur nos notre avec en que ne pas
    """
)
# Choices that say by themselves what they mean.
SCALES = _words(
    """
    yes no true false ja nein si oui non positive negative neutral positiv negativ neutro mixed english german french
    spanish en de fr es other none unknown unsure sonstiges otro autre male female
    """
)
# In a field's name, what says nothing about which one it is.
GENERAL = _words(
    "number no code date id of de del reference name nummer datum numero fecha codigo email first last full"
)
