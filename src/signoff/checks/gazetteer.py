"""Countries and cities, by what they are called in English, German, Spanish and French; written as in `lexicon`."""

# ruff: noqa: E501 - one place, one line

from __future__ import annotations

COUNTRIES = """
germany: germany deutschland alemania allemagne
france: france frankreich francia
spain: spain spanien españa espagne
italy: italy italien italia italie
austria: austria österreich autriche
switzerland: switzerland schweiz suiza suisse
netherlands: netherlands niederlande países_bajos pays_bas holland holanda
belgium: belgium belgien bélgica belgique
portugal: portugal
poland: poland polen polonia pologne
uk: united_kingdom uk england großbritannien reino_unido inglaterra royaume_uni angleterre vereinigtes_königreich great_britain
ireland: ireland irland irlanda irlande
usa: usa united_states estados_unidos états_unis vereinigte_staaten america
canada: canada kanada canadá
mexico: mexico mexiko méxico mexique
argentina: argentina argentinien argentine
denmark: denmark dänemark dinamarca danemark
sweden: sweden schweden suecia suède
norway: norway norwegen noruega norvège
greece: greece griechenland grecia grèce
"""

CITIES = """
munich: münchen munich múnich
cologne: köln cologne colonia
vienna: wien vienna viena vienne
zurich: zürich zurich
geneva: genf geneva ginebra genève
nuremberg: nürnberg nuremberg
hanover: hannover hanover hanovre
seville: sevilla seville séville
brussels: brüssel brussels bruselas bruxelles
lisbon: lissabon lisbon lisboa lisbonne
london: london londres
paris: paris parís
berlin: berlin berlín
hamburg: hamburg hamburgo hambourg
frankfurt: frankfurt fráncfort francfort
stuttgart: stuttgart
dusseldorf: düsseldorf
leipzig: leipzig
dresden: dresden dresde
bremen: bremen
dortmund: dortmund
essen_city: essen_stadt
freiburg: freiburg
heidelberg: heidelberg
mainz: mainz
potsdam: potsdam
madrid: madrid
barcelona: barcelona
valencia: valencia
malaga: málaga
bilbao: bilbao
zaragoza: zaragoza
granada: granada
alicante: alicante
palma: palma mallorca
lyon: lyon
marseille: marseille marsella
toulouse: toulouse
nice: nizza
bordeaux: bordeaux burdeos
lille: lille
nantes: nantes
strasbourg: straßburg strasbourg
manchester: manchester
birmingham: birmingham
leeds: leeds
bristol: bristol
edinburgh: edinburgh
dublin: dublin
new_york: new_york
boston: boston
chicago: chicago
amsterdam: amsterdam
rotterdam: rotterdam
milan: milan mailand milán
rome: rom rome roma
salzburg: salzburg
graz: graz
basel: basel bâle
bern: bern berne
copenhagen: kopenhagen copenhagen
austin: austin
seattle: seattle
denver: denver
toronto: toronto
kiel: kiel
kassel: kassel
gottingen: göttingen gottingen
munster: münster munster
bonn: bonn
bochum: bochum
wuppertal: wuppertal
bielefeld: bielefeld
mannheim: mannheim
karlsruhe: karlsruhe
augsburg: augsburg
wiesbaden: wiesbaden
aachen: aachen
braunschweig: braunschweig
magdeburg: magdeburg
lubeck: lübeck lubeck
erfurt: erfurt
rostock: rostock
regensburg: regensburg
wurzburg: würzburg wurzburg
ulm: ulm
heilbronn: heilbronn
ingolstadt: ingolstadt
jena: jena
trier: trier
oldenburg: oldenburg
osnabruck: osnabrück osnabruck
paderborn: paderborn
chemnitz: chemnitz
koblenz: koblenz
konstanz: konstanz
darmstadt: darmstadt
linz: linz
innsbruck: innsbruck
luzern: luzern
winterthur: winterthur
lausanne: lausanne
murcia: murcia
cordoba: córdoba cordoba
valladolid: valladolid
vigo: vigo
gijon: gijón gijon
vitoria: vitoria
oviedo: oviedo
pamplona: pamplona
santander: santander
salamanca: salamanca
burgos: burgos
almeria: almería almeria
cadiz: cádiz cadiz
toledo: toledo
tarragona: tarragona
girona: girona
marbella: marbella
sabadell: sabadell
castellon: castellón castellon
logrono: logroño logrono
badajoz: badajoz
montpellier: montpellier
rennes: rennes
grenoble: grenoble
dijon: dijon
angers: angers
reims: reims
toulon: toulon
nimes: nîmes nimes
limoges: limoges
amiens: amiens
metz: metz
besancon: besançon besancon
orleans: orléans orleans
rouen: rouen
mulhouse: mulhouse
caen: caen
nancy: nancy
avignon: avignon
perpignan: perpignan
annecy: annecy
poitiers: poitiers
liverpool: liverpool
sheffield: sheffield
glasgow: glasgow
cardiff: cardiff
belfast: belfast
newcastle: newcastle
nottingham: nottingham
leicester: leicester
oxford: oxford
cambridge: cambridge
brighton: brighton
york: york
exeter: exeter
norwich: norwich
southampton: southampton
portsmouth: portsmouth
plymouth: plymouth
coventry: coventry
cork: cork
galway: galway
limerick: limerick
swansea: swansea
aberdeen: aberdeen
miami: miami
dallas: dallas
houston: houston
phoenix: phoenix
atlanta: atlanta
philadelphia: philadelphia
portland: portland
detroit: detroit
vancouver: vancouver
montreal: montreal
sydney: sydney
melbourne: melbourne
antwerpen: antwerp antwerpen
utrecht: utrecht
eindhoven: eindhoven
prag: prague prag
warschau: warsaw warschau
budapest: budapest
athens: athens
florenz: florence florenz
turin: turin
naples: naples
venedig: venice venedig
porto: porto
stockholm: stockholm
oslo: oslo
helsinki: helsinki
"""
