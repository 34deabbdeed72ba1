"""Countries and cities, by what they are called in English, German, Spanish and French; written as in `lexicon`."""

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
kiel: kiel kiel
kassel: kassel kassel
gottingen: göttingen gottingen
munster: münster munster
bonn: bonn bonn
bochum: bochum bochum
wuppertal: wuppertal wuppertal
bielefeld: bielefeld bielefeld
mannheim: mannheim mannheim
karlsruhe: karlsruhe karlsruhe
augsburg: augsburg augsburg
wiesbaden: wiesbaden wiesbaden
aachen: aachen aachen
braunschweig: braunschweig braunschweig
magdeburg: magdeburg magdeburg
lubeck: lübeck lubeck
erfurt: erfurt erfurt
rostock: rostock rostock
regensburg: regensburg regensburg
wurzburg: würzburg wurzburg
ulm: ulm ulm
heilbronn: heilbronn heilbronn
ingolstadt: ingolstadt ingolstadt
jena: jena jena
trier: trier trier
oldenburg: oldenburg oldenburg
osnabruck: osnabrück osnabruck
paderborn: paderborn paderborn
chemnitz: chemnitz chemnitz
koblenz: koblenz koblenz
konstanz: konstanz konstanz
darmstadt: darmstadt darmstadt
linz: linz linz
innsbruck: innsbruck innsbruck
luzern: luzern luzern
winterthur: winterthur winterthur
lausanne: lausanne lausanne
murcia: murcia murcia
cordoba: córdoba cordoba
valladolid: valladolid valladolid
vigo: vigo vigo
gijon: gijón gijon
vitoria: vitoria vitoria
oviedo: oviedo oviedo
pamplona: pamplona pamplona
santander: santander santander
salamanca: salamanca salamanca
burgos: burgos burgos
almeria: almería almeria
cadiz: cádiz cadiz
toledo: toledo toledo
tarragona: tarragona tarragona
girona: girona girona
marbella: marbella marbella
sabadell: sabadell sabadell
castellon: castellón castellon
logrono: logroño logrono
badajoz: badajoz badajoz
montpellier: montpellier montpellier
rennes: rennes rennes
grenoble: grenoble grenoble
dijon: dijon dijon
angers: angers angers
reims: reims reims
toulon: toulon toulon
nimes: nîmes nimes
limoges: limoges limoges
amiens: amiens amiens
metz: metz metz
besancon: besançon besancon
orleans: orléans orleans
rouen: rouen rouen
mulhouse: mulhouse mulhouse
caen: caen caen
nancy: nancy nancy
avignon: avignon avignon
perpignan: perpignan perpignan
annecy: annecy annecy
poitiers: poitiers poitiers
liverpool: liverpool liverpool
sheffield: sheffield sheffield
glasgow: glasgow glasgow
cardiff: cardiff cardiff
belfast: belfast belfast
newcastle: newcastle newcastle
nottingham: nottingham nottingham
leicester: leicester leicester
oxford: oxford oxford
cambridge: cambridge cambridge
brighton: brighton brighton
york: york york
exeter: exeter exeter
norwich: norwich norwich
southampton: southampton southampton
portsmouth: portsmouth portsmouth
plymouth: plymouth plymouth
coventry: coventry coventry
cork: cork cork
galway: galway galway
limerick: limerick limerick
swansea: swansea swansea
aberdeen: aberdeen aberdeen
miami: miami miami
dallas: dallas dallas
houston: houston houston
phoenix: phoenix phoenix
atlanta: atlanta atlanta
philadelphia: philadelphia philadelphia
portland: portland portland
detroit: detroit detroit
vancouver: vancouver vancouver
montreal: montreal montreal
sydney: sydney sydney
melbourne: melbourne melbourne
antwerpen: antwerp antwerpen
utrecht: utrecht utrecht
eindhoven: eindhoven eindhoven
prag: prague prag
warschau: warsaw warschau
budapest: budapest budapest
athens: athens athens
florenz: florence florenz
turin: turin turin
naples: naples naples
venedig: venice venedig
porto: porto porto
stockholm: stockholm stockholm
oslo: oslo oslo
helsinki: helsinki helsinki
"""
