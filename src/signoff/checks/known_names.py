"""Words that are names or stand before one, and words that bear a capital without being any."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re

from signoff.checks.words import fold

NOBODY = frozenset(
    """there team all everyone everybody sir madam customer client guest friend friends folks hiring manager valued colleague colleagues you again support sales
    service kunde kundin kunden kundschaft gast gaste damen herren zusammen interessent interessentin team freunde alle leute familie cliente clienta senor senora equipo
    todos amigo amiga huesped madame monsieur client cliente equipe tous messieurs mesdames so much for your very kindly again owner neighbour neighbor resident
    tenant applicant candidate member subscriber user partner partners parents student viajero visitante interesado mieter mitglied nutzer leser patient patientin paciente
    gruse grusse gruesse wunsche wuensche grussen saludo saludos abrazo abrazos recuerdos regards wishes salutations im den am an in voraus vorab ihr ihre ihnen sehr que por""".split()
)
COMMON = frozenset(
    """privacy policy terms conditions guide start quick key features next steps step black product representative specialist consultant engineer
    coordinator assistant executive officer lead care relations onboarding agreement contract project development desk help summary overview details
    package report monthly weekly annual digital online data security cloud software app portal dashboard delivery returns shipping payment days hours
    spring summer autumn winter q1 q2 q3 q4 welcome congratulations sorry unfortunately however additionally finally meanwhile chief president vice
    senior junior associate partner founder co-founder owner gracias muchas saludos atencion cliente equipo servicio merci bonne bien cordialement
    i i'm i'd i'll i've the a an we our you your it this that these those if when please thank thanks hello hi dear best kind regards sincerely yes no ok okay
    team sales support service customer customers client manager director head department office account success marketing finance human resources operations
    internet email e-mail web website phone mobile whatsapp wifi wi-fi tv pdf crm gps usb faq id vat eu uk us usa gmbh ltd inc llc ag kg co corp sl sa sarl sas plc api
    english german spanish french italian dutch portuguese deutsch englisch spanisch franzosisch espanol ingles aleman frances anglais allemand europe europa european
    christmas easter new year weihnachten ostern navidad noel pascua paques god bank holiday subject re fwd note ps p.s monday
    hotel restaurant apartment house flat villa street avenue road square park room suite studio center centre clinic practice gmail outlook google facebook instagram
    linkedin youtube apple android iphone windows excel word microsoft zoom skype teams slack paypal visa mastercard dhl ups fedex order booking invoice ticket case
    number reference ref no nr status price total date time check-in check-out checkin checkout am pm est cet gmt utc mr mrs ms dr prof sr sra mme mlle herr frau
    usted ustedes senor senora don dona monsieur madame vous sie ihnen ihr ihre ihrem ihren dear great looking option plan pro basic premium standard enterprise business
    good morning afternoon evening north south east west old town city central station airport asap fyi b2b b2c ai it hr ceo cto cfo rsvp covid
    up let feel here what how who where why would could can will should may at in on for with from to of and or but as by be is are was do does have has had
    not so also after before once while during since until about all any both each every more most other some such than then there they their my me us""".split()
)
FIRST_NAMES = frozenset(
    """james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald steven paul andrew joshua kenneth kevin brian
    george timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick jack
    dennis jerry tyler aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy christian walter keith roger terry austin sean gerald carl harold dylan
    arthur lawrence jordan jesse bryan billy bruce gabriel joe logan alan juan elijah willie albert wayne randy vincent mason roy ralph bobby russell bradley philip eugene
    mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily donna michelle carol amanda melissa
    deborah stephanie rebecca sharon laura cynthia dorothy amy kathleen angela shirley emma brenda pamela nicole anna samantha katherine christine helen debra rachel
    carolyn janet maria catherine heather diane olivia julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith andrea hannah megan cheryl jacqueline
    martha madison teresa gloria sara janice ann kathryn abigail sophia frances jean alice judy isabella julia grace amber denise danielle marilyn beverly charlotte natalie
    theresa diana brittany doris kayla alexis lori tom tim mike dave chris alex sam ben matt nick steve jim bob bill kate katie jane claire lucy sophie chloe ella oliver harry
    liam lukas lucas leon finn jonas felix maximilian max moritz paul jan stefan thorsten torsten jurgen juergen klaus hans heinz gunter gunther wolfgang uwe dirk ralf bernd
    andreas markus matthias sebastian tobias florian dominik fabian marcel sven kai lars nils ole heike sabine petra monika claudia birgit ute kerstin katrin kathrin anja
    silke tanja nadine melanie katharina lena lea mia marie sophie hanna johanna greta frieda ingrid renate ursula gisela helga elke martina susanne stefanie annika jana
    carlos luis antonio manuel francisco javier jorge alejandro miguel rafael fernando pablo sergio alberto diego pedro angel ramon enrique raul adrian ivan ruben oscar
    alvaro hugo mario marcos carmen josefa isabel ana dolores pilar lucia marta elena rosa paula beatriz silvia raquel irene rocio mercedes alicia ines sofia valentina camila
    martina lola nuria eva jean pierre michel philippe alain jacques bernard marcel louis nicolas julien antoine guillaume mathieu maxime olivier laurent thierry pascal
    francois christophe sebastien frederic stephane vincent camille manon lea chloe sylvie nathalie isabelle valerie sandrine celine aurelie emilie pauline juliette margaux
    amelie helene marion elise mathilde clara louise ahmed mohammed ali fatima priya raj yuki wei ming olga natasha dmitri ivan zofia piotr giulia marco luca francesca
    jens holger dana daniela simone vera nina tina ines rita erik karin astrid bjorn henrik sofie ingo volker rainer dieter manfred werner karl otto emil theo ida""".split()
) - frozenset(
    "mark will bill grace rose joy may april june ruth roy art frank rich sue pat ray dean grant victoria virginia charlotte austin jordan madison logan mason tyler faith hope amber angel rosa clara ali max pilar".split()
)
TITLES = frozenset(
    "mr mrs ms miss mx dr prof herr herrn frau familie sr sra srta senor senora don dona m mme mlle madame monsieur sir madam docteur doctor doctora".split()
)
GENDERS = {
    "mr": "m", "herr": "m", "herrn": "m", "sr": "m", "senor": "m", "don": "m", "m": "m", "monsieur": "m", "male": "m", "mannlich": "m", "hombre": "m", "homme": "m", "masculino": "m",
    "mrs": "f", "ms": "f", "miss": "f", "frau": "f", "sra": "f", "srta": "f", "senora": "f", "dona": "f", "mme": "f", "mlle": "f", "madame": "f", "female": "f", "weiblich": "f", "mujer": "f", "femme": "f", "f": "f", "w": "f", "femenino": "f",
}  # fmt: skip
# What leads up to a name or a place.
LEAD = re.compile(
    r"\b(?:call|contact|ask for|speak to|meet|see|ring|is|named|llame a|contacte con|appelez|contactez|at|from|by|with|to|in|near|called|named|via|through|for|and|colleague|manager|agent|chez|en|con|de|a|par|pour|avec|para|por|nach|aus|bei|von|mit)\s$"
)


def gender_of(title: str) -> str:
    """Return "m" or "f" for a title that says it, "" for any other."""
    for word in re.findall(r"[^\W\d_]+", fold(title)):
        if word in GENDERS and (len(word) > 1 or word == "m"):
            return GENDERS[word]
    return ""


def parts_of(folded: str) -> list[str]:
    """Return the words of a folded name."""
    return re.findall(r"[^\W\d_]+", folded)
