"""
The words behind the fields: what people call the same thing in English, German, Spanish and French.

Each line is one idea and its words; `a_b` stands for two words in a row. A word may belong to several ideas
("habitación" is a room and a bedroom); the first line that names it is its main idea. Everything is folded
(lower case, no accents) when the tables are loaded.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

# Things that are counted. "3 bathrooms" is never supported by `bedrooms: 3`.
COUNTED = """
bedroom: bedroom bed_room br bdr schlafzimmer schlafraum schlafräume dormitorio alcoba recámara chambre_à_coucher chambre_a_coucher chambre habitacion cuarto
bathroom: bathroom bath badezimmer bad bäder baño aseo salle_de_bain salle_de_bains salle_d_eau toilet toilette restroom wc
room: room zimmer raum räume habitación chambre pièce piece sala salle cuarto stube
guest: guest gast gäste huésped huesped comensal invité invite hôte convive persona person people personne pax attendee teilnehmer teilnehmerin asistente participant participante traveller traveler reisende viajero voyageur visitor besucher couvert diner
adult: adult erwachsene erwachsener adulto adulte
child: child children kid kids kinder kind niño niños hijo hijos enfant infant bambino
employee: employee staff mitarbeiter mitarbeiterin mitarbeitende mitarbeitenden angestellte beschäftigte empleado empleada trabajador employé salarié collaborateur headcount people persona person personne team_member teammitglied belegschaft personal workforce team_size colleague kollege
dentist: dentist zahnarzt zahnärzte dentista dentiste odontólogo
doctor: doctor physician arzt ärzte ärztin médico medico médecin
user: user benutzer nutzer anwender usuario utilisateur
seat: seat sitz sitzplatz sitzplätze asiento siège platz plätze
license: license licence lizenz licencia
night: night nacht nächte noche nuit overnight übernachtung pernoctación nuitée nuitee
bed: bed bett betten cama lit
floor: floor storey story stock stockwerk etage obergeschoss og piso planta étage
unit: unit stück stueck unidad unité pcs pc piece einheit
item: item artikel artículo article position posten posición line_item produkt product producto produit
vehicle: vehicle fahrzeug vehículo véhicule car auto wagen coche voiture fleet flotte flota truck lkw camion van
location: location standort filiale sucursal ubicación succursale site branch office büro oficina bureau store laden tienda magasin shop niederlassung emplacement
customer: customer client kunde kundin kunden cliente patient paciente patientin
class: lesson unterrichtsstunde clase leçon cours stunde_unterricht
table: table tisch mesa
parking_space: parking_space parking_spot stellplatz stellplätze plaza_de_garaje plaza_de_aparcamiento place_de_parking place_de_stationnement
desk: desk poste schreibtisch escritorio arbeitsplatz arbeitsplätze workstation poste_de_travail puesto
ticket: ticket entrada billet eintrittskarte
box: box carton karton caja package paket paquete colis parcel pallet palette
bottle: bottle flasche botella bouteille
course: kurs curso formation
review: review bewertung reseña avis rating
device: device gerät dispositivo appareil laptop computer rechner ordenador ordinateur
solar_panel: panel module modul panneau
window: window fenster ventana fenêtre
door: door tür puerta porte
page: page seite página
session: session sitzung sesión séance
star: star stern estrella étoile
"""

# What a field may be about besides a count.
MATTERS = """
price: pu precio_unitario prix_unitaire price preis precio prix cost kosten costar costo coste coût cout tarif tarifa rate kaufpreis verkaufspreis asking_price unit_price stückpreis charge pricing tariff fare kostet costs cuesta cuestan coûte coute coutent valued preise
total: total gesamt gesamtbetrag gesamtpreis summe gesamtsumme importe_total montant_total sum grand_total endbetrag insgesamt rechnungsbetrag endpreis
amount: amount betrag importe montant monto
budget: budget presupuesto
deposit: deposit kaution anzahlung fianza depósito señal caution acompte down_payment dépôt
rent: rent miete kaltmiete warmmiete alquiler loyer renta arriendo
fee: fee gebühr provision comisión honoraires frais gastos commission honorar cargo cuota
utilities: utilities nebenkosten charges gastos_comunes gastos_de_comunidad betriebskosten hausgeld
revenue: revenue umsatz turnover facturación ingresos chiffre_d_affaires sales_volume jahresumsatz
salary: salary gehalt salario sueldo salaire
discount: discount rabatt descuento remise réduction reduction rebate nachlass rebaja skonto price_cut preisnachlass ermäßigung ristourne rabais
tax: tax steuer impuesto taxe vat mwst iva tva umsatzsteuer mehrwertsteuer
refund: refund rückerstattung erstattung reembolso remboursement money_back erstatten reimbursement refunded reembolsar rembourser refundable erstattungsfähig erstattbar reembolsable remboursable devolución_del_dinero
cancellation: cancellation cancelation stornierung storno cancelación annulation cancel stornieren cancelar annuler stornierbar cancellable kündigung
guarantee: guarantee garantie garantía guaranteed garantiert garantizado garantizamos garanti garantissons garantieren guarantees
warranty: warranty gewährleistung garantía garantie
delivery: delivery lieferung zustellung entrega livraison deliver liefern geliefert delivered entregar livrer livré entregado arrival_of_goods shipping versand envío envio expédition shipment sendung lieferdatum liefertermin lieferzeit livrée livraisons delivers
dispatch: fulfillments fulfillment fulfilment ships ship versendet_am dispatch dispatched shipped versendet verschickt enviado expédié expedié ship_date shipping_date versanddatum expédition shipped_at sent_out
return: return retoure rückgabe rücksendung devolución retour widerruf
order: order bestellung auftrag pedido commande ordered bestellt bestelldatum bestellnummer
invoice: invoice rechnung factura facture bill
payment: payment zahlung pago paiement règlement paid bezahlt pagado payé pay bezahlen zahlart
due: due fällig fälligkeit vencimiento échéance deadline frist fälligkeitsdatum zahlungsziel plazo vence
expiry: vertragsende mietende laufzeitende kündigungstermin renueva renews renew verlängert renouvelle endet expiry expires expire ablauf läuft_ab caduca caducidad expiration expira gültig_bis valid_until válido_hasta ablaufdatum endet renewal verlängerung renovación renouvellement
start: start beginn beginnt inicio début starts begins empieza comienza commence starting
end: end ende fin ends termina finaliza
checkin: check_in checkin anreise ankunft arrival arrive arrives arriving entrada llegada arrivée arrivee anreisetag llega anreisedatum
checkout: check_out checkout abreise departure depart departs leaving salida départ depart abreisetag leave abreisedatum
appointment: appointment termin cita rendez_vous meeting treffen reunión réunion call_date besprechung
viewing: viewing besichtigung visita visite
available_from: available_from available verfügbar frei_ab disponible availability verfügbarkeit move_in einzug bezugsfrei disponibilidad disponibilité verfügbar_ab disponible_desde
birthday: birthday birth geburtstag geburtsdatum nacimiento naissance
founded: founded established gegründet gründung fundada fundado fondée fondé established_in founded_in gründungsjahr foundation
built: built construction_year baujahr year_built construido construit année_de_construction built_in año_de_construcción gebaut erbaut
renovated: sanierung kernsanierung renovierung modernisierung reforma rénovation renovated renoviert saniert reformado rénové renovation refurbished modernisiert renovado
created: created erstellt creado créé opened_at submitted received eingegangen
updated: updated aktualisiert actualizado
area: area size fläche wohnfläche superficie surface living_area metros_cuadrados square_metres square_meters quadratmeter surface_habitable floor_area
plot: plot grundstück parcela terrain lot land_area grundstücksfläche
weight: weight gewicht peso poids weighs wiegt pesa pèse
height: height höhe altura hauteur
width: width breite anchura ancho largeur
length: length länge longitud longueur
distance: distance entfernung distancia away entfernt
duration: duration dauer duración durée laufzeit term length_of_stay dura dauert lasts takes tarda
capacity: capacity kapazität capacidad capacité fassungsvermögen aforo
quantity: qte cant uds anz stck quantity qty menge cantidad quantité quantite amount_ordered anzahl count number_of units pieces stückzahl
age: age alter edad âge
experience: experience erfahrung experiencia expérience
stock: stock_level inventory bestand lagerbestand existencias stock_quantity in_stock auf_lager en_stock vorrätig lager
temperature: temperature temperatur temperatura température
power: power leistung potencia puissance
consumption: consumption verbrauch consumo consommation energy
mileage: mileage kilometerstand kilometraje kilométrage odometer
speed: speed geschwindigkeit velocidad vitesse
response_time: response_time reaktionszeit tiempo_de_respuesta délai_de_réponse antwortzeit sla response
setup: setup set_up einrichtung onboarding instalación installation installieren configuración mise_en_place implementation migration switch_over umstellung
trial: trial testphase testzeitraum probezeit prueba essai probemonat free_trial prueba_gratuita testversion
contract: contract vertrag contrato contrat agreement subscription abo abonnement suscripción membership mitgliedschaft
notice: notice kündigungsfrist preaviso préavis notice_period
hours: hours opening_hours öffnungszeiten horario horaires opening business_hours open geöffnet abierto ouvert sprechzeiten sprechstunde öffnet abre ouvre ouverture apertura opens closes schließt cierra ferme geschlossen cerrado fermé closed
open: opens öffnet abre ouvre ouverture apertura opening_time opening opens_at
close: closes schließt schliesst cierra ferme closing cierre fermeture closing_time closes_at
phone: phone telephone tel telefon telefonnummer teléfono telefono téléphone mobile handy móvil portable cell rufnummer whatsapp phone_number handynummer
email: email e_mail mail correo courriel mailadresse
website: website web url link webseite homepage sitio página_web site_web domain
address: address adresse dirección anschrift street straße strasse calle rue location_address
city: city commune municipality hq gemeinde poblacion zona town stadt ort ciudad ville localidad wohnort
zip: zip postcode postal plz postleitzahl código_postal code_postal zip_code
country: country land país pays
region: region state bundesland provincia région county
name: fullname full_name nachname apellido nom surname lastname last_name
firstname: firstname first_name vorname nombre prénom given_name
company: company firma unternehmen empresa entreprise société organisation organization account_name business praxis betrieb employer
contact: contact ansprechpartner contacto contact_person kontakt
agent: agent chef driver groomer stylist trainer handler fahrer conductor praticien doctora profesor professor instructor kursleiter berater makler asesor agente conseiller representative sachbearbeiter consultant advisor owner_of_deal account_manager assigned_to assignee betreuer
job: job_title jobtitle position_title beruf puesto poste role rolle cargo title_of_person funktion
product: product produkt producto produit model modell modelo modèle sku item_name
category: category kategorie categoría catégorie
color: color colour farbe couleur
material: wood holz holzart madera bois essence_de_bois matière materia material matériau
status: status state_of_order zustand estado statut stage phase lifecycle lifecyclestage stand état bestellstatus
priority: priority priorität prioridad priorité urgency dringlichkeit severity
plan: plan package_plan tarif_plan tier paket edition subscription_plan
language: language sprache idioma langue
source: source quelle origen herkunft
message: message nachricht mensaje comments comment kommentar anliegen notes note bemerkung description beschreibung descripción enquiry inquiry request anfrage consulta demande question
carrier: carrier versanddienstleister transportista transporteur courier spedition
payment_method: payment_method zahlungsart zahlungsmethode método_de_pago forma_de_pago mode_de_paiement moyen_de_paiement
heating: heating heizung calefacción chauffage
interest: interest zins zinssatz interés intérêt apr
score: score punkte puntuación note_score points punktzahl points_balance
yearly: annuel annuelle annuels annuelles
balance: balance saldo solde kontostand
battery: battery batterie batería baterías akku
range: range autonomie autonomía reichweite
maintenance: maintenance wartung mantenimiento entretien
loan: loan kredit darlehen préstamo prêt credit_limit
"""

# Things a place or a stay has or has not; naming one is a statement.
FEATURES = """
parking: plaza_garaje plaza_de_garaje place_de_parking plaza_de_aparcamiento place_de_stationnement parking parkplatz parkplätze parken parkmöglichkeit parkmöglichkeiten stellplatz stellplätze aparcamiento estacionamiento stationnement car_park carport parkhaus garaje garage tiefgarage parkings parking_spot parking_space
garage: plaza_garaje plaza_de_garaje garage garaje tiefgarage
garden: garden garten jardín jardin backyard yard
balcony: balcony balkon balcón balcon
terrace: terrace terrasse terraza patio dachterrasse rooftop
pool: pool swimming_pool schwimmbad piscina piscine swimmingpool
elevator: elevator lift aufzug fahrstuhl ascensor ascenseur
furnished: furnished möbliert amueblado amueblada meublé meublée
kitchen: fitted_kitchen einbauküche cocina_equipada cuisine_équipée ebk kitchenette
cellar: cellar basement keller bodega sótano cave kellerraum trastero
fireplace: fireplace kamin chimenea cheminée
sauna: sauna spa wellness wellnessbereich hammam jacuzzi whirlpool hot_tub
gym: gym fitness fitnessraum gimnasio salle_de_sport fitnessstudio fitness_room
aircon: air_conditioning aircon klimaanlage aire_acondicionado climatisation air_conditioned klimatisiert climatisé a_c
wifi: wifi wi_fi wlan internet
breakfast: breakfast frühstück desayuno petit_déjeuner
dinner: dinner abendessen cena dîner
pets: pet pets haustier haustiere mascota mascotas animaux animal dog dogs hund hunde perro perros chien chiens cat katze pet_friendly
smoking: smoking rauchen raucher fumar fumeur smoker
wheelchair: acces_pmr wheelchair accessible barrierefrei rollstuhlgerecht rollstuhl pmr silla_de_ruedas accesible accessibilité fauteuil_roulant step_free barrierefreiheit
sea_view: sea_view ocean_view meerblick vistas_al_mar vista_al_mar vue_sur_la_mer vue_mer lake_view seeblick
washing_machine: washing_machine waschmaschine lavadora lave_linge washer
dishwasher: dishwasher geschirrspüler spülmaschine lavavajillas lave_vaisselle
minibar: minibar
tv: tv television televisión televisor télévision télé fernseher fernsehgerät
towels: towel handtuch handtücher toalla toallas serviettes_de_toilette
bed_linen: bed_linen bettwäsche ropa_de_cama linge_de_lit draps
child_seat: child_seat kindersitz silla_infantil siège_enfant siège_auto
winter_tyres: winter_tyres winter_tires winterreifen neumáticos_de_invierno pneus_hiver
tow_bar: tow_bar tow_hitch anhängerkupplung enganche_de_remolque attelage
forklift: forklift gabelstapler carretilla_elevadora montacargas chariot_élévateur
tail_lift: tail_lift liftgate lift_gate hebebühne ladebordwand plataforma_elevadora hayon
sprinkler: sprinkler sprinklers sprinklered sprinkleranlage rociadores
fiber: fiber_internet glasfaser glasfaseranschluss fibra_óptica fibre_optique
shower: shower dusche ducha douche
courtesy_car: courtesy_car replacement_car loaner_car leihwagen ersatzwagen coche_de_sustitución coche_sustitución coche_de_cortesía véhicule_de_prêt voiture_de_prêt
spare_key: spare_key second_key zweitschlüssel ersatzschlüssel segunda_llave llave_de_repuesto double_des_clés
awning: awning markise toldo
cleaning: final_cleaning end_cleaning endreinigung limpieza_final ménage_de_fin_de_séjour
bike_rack: bike_rack bike_carrier fahrradträger portabicicletas porte_vélo porte_vélos
pickup: pickup pick_up abholung abholservice abholdienst abholen abgeholt recogida recoger recogemos recogeremos pick_you_up collect_you
shuttle: shuttle airport_transfer flughafentransfer traslado transfer navette
crib: crib cot babybett kinderbett cuna lit_bébé silla_de_bebé trona high_chair kinderstuhl hochstuhl chaise_haute
childcare: childcare kinderbetreuung guardería garderie
charging: charging_station ev_charging wallbox ladestation ladesäule punto_de_recarga borne_de_recharge ev_charger charger
solar: solar photovoltaik photovoltaic solaranlage placas_solares panneaux_solaires
underfloor: underfloor_heating fußbodenheizung suelo_radiante chauffage_au_sol
alarm: alarm alarmanlage alarma alarme
concierge: concierge
restaurant: restaurant restaurante
vegan: vegan vegano végane
vegetarian: vegetarian vegetarisch vegetariano végétarien
gluten_free: gluten_free glutenfrei sin_gluten sans_gluten
gift_wrap: gift_wrap gift_wrapping geschenkverpackung envuelto_para_regalo papel_de_regalo emballage_cadeau gift_wrapped
express: expressversand expresslieferung express_shipping express_delivery envío_exprés envio_express livraison_express overnight_shipping
assembly: assembly aufbau montage montaje aufbauservice
insurance: insurance versicherung seguro assurance insured versichert asegurado assuré
training: training schulung capacitación formation_sur_site
renovation: sanierung kernsanierung renovierung modernisierung reforma rénovation renovated renoviert saniert reformado reformada rénové rénovée refurbished modernisiert
new_build: new_build neubau obra_nueva construction_neuve
transport: opnv haltestelle public_transport metro subway u_bahn s_bahn tram bus_stop straßenbahn bushaltestelle transporte_público estación_de_metro transports_en_commun station_de_métro train_station bahnhof
awarded: award_winning award preisgekrönt premiado galardonado primé prämiert ausgezeichnetes
certified: certified zertifiziert certificado certificada certifié certifiée accredited iso_certified
"""

# Closed groups in which one value excludes another: `group/value: words`.
CHOICES = """
color/red: red rot rote rotes roter roten rojo roja rouge
color/blue: blue blau blaue blaues blauer blauen azul bleu bleue navy
color/green: green grün grüne grünes grüner grünen verde vert verte
color/black: black schwarz schwarze schwarzes schwarzer schwarzen negro negra noir noire
color/white: white weiß weiss weiße weißes weißer weißen blanco blanca blanc blanche
color/grey: grey gray grau graue graues grauer grauen gris
color/yellow: yellow gelb gelbe gelbes gelber amarillo amarilla jaune
color/brown: brown braun braune braunes marrón brun brune
color/pink: pink rosa rose
color/orange: orange naranja
color/purple: purple lila violett morado violeta
color/silver: silver silber silbern plateado argenté
color/beige: beige
material/oak: oak eiche eichenholz roble chêne
material/pine: pine kiefer pino pin
material/walnut: walnut nussbaum nogal noyer
material/beech: beech buche haya hêtre
material/leather: leather leder cuero piel cuir
material/cotton: cotton baumwolle algodón coton
material/wool: wool wolle lana laine
material/steel: steel edelstahl stahl acero acier
material/glass: glass glas vidrio cristal verre
material/plastic: plastic kunststoff plástico plastique
material/linen: linen leinen lino lin
carrier/dhl: dhl
carrier/ups: ups
carrier/fedex: fedex
carrier/dpd: dpd
carrier/gls: gls
carrier/hermes: hermes
carrier/usps: usps
carrier/royalmail: royal_mail
carrier/correos: correos
carrier/seur: seur
carrier/colissimo: colissimo
carrier/chronopost: chronopost
payment/paypal: paypal
payment/card: credit_card kreditkarte tarjeta_de_crédito tarjeta carte_bancaire carte_de_crédit carte_bleue debit_card visa mastercard
payment/transfer: bank_transfer überweisung transferencia transferencia_bancaria virement virement_bancaire wire_transfer banküberweisung
payment/cash: cash barzahlung bar_zahlen efectivo en_espèces espèces
payment/debit: direct_debit lastschrift domiciliación prélèvement bankeinzug
payment/klarna: klarna
payment/applepay: apple_pay
payment/invoice: kauf_auf_rechnung per_rechnung auf_rechnung on_invoice by_invoice
dwelling/apartment: apartment flat wohnung piso apartamento appartement departamento eigentumswohnung mietwohnung
dwelling/house: house haus einfamilienhaus casa maison reihenhaus townhouse doppelhaushälfte detached
dwelling/studio: studio einzimmerwohnung estudio
dwelling/villa: villa chalet
dwelling/penthouse: penthouse ático
dwelling/loft: loft
dwelling/duplex: duplex maisonette dúplex
dwelling/office: office_space bürofläche
roomtype/single: single_room einzelzimmer habitación_individual chambre_simple chambre_individuelle
roomtype/double: double_room doppelzimmer habitación_doble chambre_double
roomtype/twin: twin_room zweibettzimmer
roomtype/family: family_room familienzimmer habitación_familiar chambre_familiale
roomtype/suite: suite junior_suite
bed/king: king_size king_bed king_size_bed
bed/queen: queen_size queen_bed
bed/bunk: bunk_bed etagenbett
board/breakfast: breakfast_included
board/half: half_board halbpension media_pensión demi_pension
board/full: full_board vollpension pensión_completa pension_complète
board/all: all_inclusive todo_incluido
heating/gas: gas_heating gasheizung calefacción_de_gas chauffage_au_gaz gas_central_heating gas gaz
heating/oil: oil_heating ölheizung öl fioul
heating/district: district_heating fernwärme chauffage_urbain
heating/pump: heat_pump wärmepumpe bomba_de_calor aerotermia pompe_à_chaleur
heating/electric: electric_heating elektroheizung calefacción_eléctrica chauffage_électrique
heating/pellet: pellet_heating pelletheizung pellets
direction/north: north_facing nordseite orientación_norte exposition_nord nach_norden orientado_al_norte plein_nord
direction/south: south_facing südseite orientación_sur exposition_sud nach_süden orientado_al_sur plein_sud südbalkon südausrichtung exposé_sud
direction/east: east_facing ostseite orientación_este nach_osten exposé_est
direction/west: west_facing westseite orientación_oeste nach_westen exposé_ouest
channel/phone: by_phone telefonisch por_teléfono par_téléphone over_the_phone
channel/video: video_call videocall videoanruf videollamada visioconférence zoom microsoft_teams google_meet videokonferenz
insurance/private: privat privatversichert private privado privada privée privé
insurance/public: gesetzlich kassenpatient statutory público pública publique
channel/onsite: in_unserer_kanzlei in_unserer_praxis in_unserem_büro in_unseren_räumen bei_uns_vor_ort at_our_office at_our_offices in_our_office en_nuestra_oficina en_nuestras_oficinas dans_nos_bureaux dans_nos_locaux à_notre_agence in_person vor_ort persönlich presencial en_personne sur_place on_site
plan/starter: starter
plan/basic: basic basis básico basique
plan/standard: standard estándar
plan/pro: pro professional profesional professionnel
plan/premium: premium
plan/business: business
plan/enterprise: enterprise
plan/gold: gold oro
plan/silver: silver silber plata argent
plan/platinum: platinum platin platino platine
plan/bronze: bronze bronce
plan/free: free_plan gratis_tarif
plan/plus: plus
priority/low: low niedrig baja bajo faible basse low_priority
priority/medium: medium normal mittel media moyenne
priority/high: high hoch alta alto haute élevée hohe high_priority
priority/urgent: urgent dringend urgente critical kritisch crítica critique
fuel/petrol: petrol gasoline benzin benziner gasolina essence
fuel/diesel: diesel diésel
fuel/electric: fully_electric elektroauto
fuel/hybrid: hybrid híbrido hybride
gear/manual: manual_transmission schaltgetriebe manuelle_gangschaltung cambio_manual boîte_manuelle manual_gearbox
gear/automatic: automatic_transmission automatikgetriebe automatik cambio_automático boîte_automatique automatic_gearbox
season/spring: spring_season
tenure/freehold: freehold
tenure/leasehold: leasehold
tenure/rent: for_rent zur_miete zu_vermieten en_alquiler à_louer
tenure/sale: for_sale zu_verkaufen zum_verkauf en_venta à_vendre
role/ceo: ceo geschäftsführer geschäftsführerin chief_executive gérant managing_director director_general directeur_général
role/cto: cto technical_director chief_technology_officer
role/cfo: cfo finanzchef
role/marketing: marketing_manager head_of_marketing marketing_director marketingleiter marketingleiterin responsable_de_marketing directora_de_marketing responsable_marketing
role/sales: sales_manager head_of_sales sales_director vertriebsleiter vertriebsleiterin director_de_ventas directeur_commercial
role/office: office_manager praxismanagerin praxismanager
role/hr: hr_manager personalleiter personalleiterin head_of_hr
role/it: it_manager it_leiter head_of_it
role/purchasing: purchasing_manager einkaufsleiter einkäufer
furnishing/part: part_furnished part-furnished teilmöbliert
furnishing/full: fully_furnished vollmöbliert completely_furnished
furnishing/none: sin_muebles unfurnished unmöbliert sin_amueblar non_meublé
"""

# Ladders of what becomes of an order, a booking, a ticket, a payment. A later rung includes the earlier ones
# where the number says so; rungs below zero stand apart. `ladder/value/rung: words`.
STATUSES = """
order/listed/1: active aktiv activo activa available verfügbar disponible
order/new/1: new neu nuevo nouveau received eingegangen recibido reçu reçue submitted placed aufgegeben neue
order/pending/1: pending ausstehend pendiente en_attente open offen awaiting wartend on_hold retenido retenida retenu retenue zurückgehalten bloqueado bloqueada bloqué bloquée tentative angefragt requested solicitado solicitada provisional vorläufig unconfirmed unbestätigt option
order/processing/2: processing in_bearbeitung in_process en_proceso en_cours procesando in_progress processed bearbeitet being_processed en_tratamiento en_traitement being_prepared en_preparación en_préparation preparing in_vorbereitung
order/confirmed/2: confirmed bestätigt confirmado confirmada confirmé confirmée booked gebucht reservado reservada réservé réservée fest_gebucht secured approved genehmigt aprobado aprobada approuvé approuvée accepted angenommen aceptado aceptada accepté acceptée
order/processing/2: in_production in_produktion en_producción en_fabricación en_fabrication in_fertigung
order/released/2: released freigegeben liberado liberada libéré libérée débloqué débloquée
order/ready/3: ready fertig abholbereit listo lista prêt prête
order/packed/3: packed verpackt empaquetado ready_to_ship versandbereit ready_for_shipping versandfertig
order/shipped/4: despachado despachada gone_out been_posted losgeschickt losgegangen rausgegangen abgeschickt ha_salido est_parti est_partie est_déjà_parti est_déjà_partie sont_partis est_bien_partie shipped versendet verschickt versandt enviado enviada expédié expédiée dispatched sent_out in_transit unterwegs on_its_way en_camino en_route out_for_delivery on_the_way en_tránsito en_reparto en_livraison left_our_warehouse
order/delivered/5: delivered zugestellt geliefert ausgeliefert entregado entregada livré livrée arrived
order/completed/5: completed complete abgeschlossen completado completada terminé terminée finished done fulfilled finalizado
order/checked_in/3: checked_in eingecheckt
order/cancelled/-1: cancelled canceled storniert cancelado cancelada annulé annulée abgesagt gekündigt
order/returned/-2: returned zurückgesendet retourniert devuelto devuelta retourné
order/backordered/-3: backordered back_ordered out_of_stock nicht_vorrätig ausverkauft agotado épuisé en_rupture en_rupture_de_stock sold_out nicht_lieferbar
order/delayed/-4: delayed verspätet verzögert retrasado retrasada retardé retardée
order/rejected/-5: rejected declined abgelehnt rechazado rechazada refusé refusée denied
order/sold/-6: sold verkauft vendido vendida vendu vendue
order/reserved/-7: reserved reserviert under_offer
order/rented/-8: rented_out vermietet alquilado alquilada loué louée
payment/unpaid/1: unpaid unbezahlt offene_rechnung impagado impayé outstanding nicht_bezahlt due_payment payment_pending
payment/partial/2: partially_paid teilweise_bezahlt anbezahlt
payment/paid/3: paid bezahlt pagado pagada payé payée settled beglichen paid_in_full fully_paid acquittée payment_received
payment/refunded/-1: refunded erstattet reembolsado reembolsada remboursé remboursée zurückerstattet
payment/overdue/-2: overdue überfällig vencido vencida en_retard
ticket/open/1: open offen abierto abierta ouvert ouverte new neu unresolved
ticket/progress/2: in_progress in_bearbeitung en_curso en_cours under_investigation investigating wird_untersucht
ticket/waiting/2: waiting_on_customer
ticket/escalated/2: escalated eskaliert escalado escalada escaladé
ticket/resolved/4: resolved gelöst resuelto resuelta résolu résolue fixed behoben solucionado solucionada solved arreglado réparé corrigé repaired repariert
ticket/closed/5: closed geschlossen cerrado cerrada fermé fermée clôturé clôturée
account/active/1: active aktiv activo activa actif active activated aktiviert
account/inactive/-1: inactive inaktiv inactivo inactiva inactif inactive deactivated deaktiviert
account/suspended/-2: suspended gesperrt suspendido suspendida suspendu blocked
account/expired/-3: expired abgelaufen caducado expirado expirée expiré
account/verified/-9: verified verifiziert verificado verificada vérifié
"""

# Words that share a stem with a word of another language and nothing else: French "garder" is no garden.
FALSE_FRIENDS = frozenset(
    "garde garder gardes gardez gardons gardera port ports porter portez tramo tramos annuel annuelle annuels annuelles".split()
)

# Words that mean something else in a text of another language: "kind regards" is about no child.
OTHER_TONGUES = {
    "en": frozenset("kind kinder personal stand cave lit siege lager fall".split()),
    "de": frozenset("rate raten".split()),
    "fr": frozenset("car stand".split()),
    "es": frozenset("car lit once".split()),
}

# Words in field names that say nothing about what the field is about.
GENERIC = frozenset(
    """
    vom zum zur beim au aux sur al los las lo des du
    a an the of and or in on at to by for from with is has are was does be c s id ids uid uuid key value values val field
    fields prop properties property attributes attribute data details detail info information record number num no nr nbr
    count cnt anzahl nummer numero numéro nombre_de cantidad_de custom hs text string str list array type typ tipo flag bool
    boolean date datum fecha day at_date time zeit hora heure timestamp ts dt current actual max maximum min minimum avg
    per incluida incluidos incluidas incluses compris comprise enthalten private own outdoor indoor shared site privat privado prive fully acces access zugang acceso pro por par am um von bis ab zu im in vor le il se en ya mit con avec sin sans ohne de del der die das des du la le les el los las und y et amount currency allowed included includes
    available offered possible requested required enabled provided on_site eur usd gbp chf euro euros sqm m2 qm sqft kg km
    percent pct prozent cents cent status_code raw main primary default object entry node item_data meta
    do you have your own how many much what when where would like there any else will we our ihr ihre sie haben wie viele wann was welche
    cuantos cuantas cuando que cual su sus quantos combien quand quel quelle vous votre vos avez
    ist hat war sind erlaubt inklusive vorhanden möglich enthalten es tiene incluye incluido permitido permitidos permitidas
    permitida disponible disponibles a_un inclus autorisé autorisés autorisées possible
    """.split()
)
