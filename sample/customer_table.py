"""The sample's customers as a table: invented companies at invented addresses.

Columns: country, name, street, postal code, city, segment, days of payment terms, credit limit, usual invoice (both
in whole euros or pounds), days between invoices, behaviour, how they write payments, days since they stopped paying,
parent. `customers.py` explains the last five and adds what follows from the rest.
"""

ROWS = """
ES|Grupo Vega S.A.|Paseo de la Castellana 301|28046|Madrid|key|45|110000|17000|18|prompt|several||
ES|Vegafoods Ibérica S.L.|Calle de Alcalá 814, 3.º|28028|Madrid|standard|45|45000|8200|28|prompt|several||grupo-vega
ES|Ferromares S.L.|Carrer del Moll Vell 14|08039|Barcelona|standard|60|30000|5400|38|breaks|number|88|
ES|Duerobau S.A.|Calle de la Ribera 27|47008|Valladolid|standard|30|25000|5100|30|prompt|number||
ES|Calortek S.A.|Avenida de Cataluña 410|50014|Zaragoza|standard|45|40000|9800|29|disputes|number||
ES|Maresplast S.L.|Carrer de la Riera 96|08301|Mataró|standard|30|60000|10400|24|prompt|silent||
ES|Orbesol S.L.|Camino de los Olivos 3|04007|Almería|small|30|20000|0|0|never|number||
ES|Almadraba Conservas S.L.|Avenida de la Mar 51|11160|Barbate|standard|30|20000|5600|32|keeps|number||
ES|Tejas del Turia S.A.|Carretera de Lliria km 9|46980|Paterna|standard|45|45000|10400|27|prompt|silent||
ES|Puertonorte Logística S.A.|Calle del Dique 8|33212|Gijón|key|45|110000|19000|18|late|several||
ES|Olivar de Sierra Clara S.C.A.|Calle Ancha 102|23440|Baeza|small|30|8000|2300|54|prompt|casual||
FR|Vegafoods SAS|12 quai des Étroites|69005|Lyon|standard|30|30000|3100|21|late|number||grupo-vega
ES|Cerámicas Bellvís S.L.|Partida Benadressa 44|12006|Castellón|standard|60|50000|3900|13|prompt|several||
ES|Frigolevante S.A.|Polígono Las Atalayas 17|03114|Alicante|key|45|125000|22500|18|prompt|number||
ES|Textiles Arga S.L.|Calle del Molino 5|31014|Pamplona|standard|45|35000|6900|30|disputes|casual||
ES|Viveros Montalt S.L.|Veïnat de Dalt 2|17430|Santa Coloma|small|30|9000|1900|52|early|number||
ES|Hotelera Cala Roja S.A.|Carrer de la Drassana 60|07012|Palma|standard|60|45000|7400|29|late|several||
ES|Distribuciones Tormes S.L.|Calle del Puente 18|37008|Salamanca|small|30|9000|2500|55|prompt|number||
ES|Papelera del Segre S.A.|Camí de la Mitjana 1|25005|Lleida|key|45|160000|22500|18|prompt|rf||
ES|Ayuntamiento de Ribaclara|Plaza Mayor 1|19490|Ribaclara|public|30|60000|6200|30|slow|number||
ES|Muebles Ría Alta S.L.|Rúa do Porto 33|36600|Vilagarcía|small|45|10000|2700|50|slow|casual||
ES|Bodegas Peñaluz S.L.|Carretera de Haro 7|26006|Logroño|standard|60|35000|5800|31|prompt|several||
ES|Instalaciones Guadamar S.L.|Calle Torneo 219|41002|Sevilla|small|30|7000|2100|53|short|number||
ES|Autorecambios Besalt S.L.|Carrer de Guifré 71|08912|Badalona|small|30|8000|1700|51|prompt|casual||
ES|Farmalinde S.A.|Calle del Ebro Viejo 12|50018|Zaragoza|key|60|150000|20300|20|early|rf||
FR|Loiretextil SARL|8 rue des Tisserands|37000|Tours|key|45|45000|9300|18|slow|number|47|
FR|Brumeval SARL|31 rue du Grand Cours|76100|Rouen|small|30|15000|0|0|never|number||
FR|Boulonnerie du Vercors SAS|5 chemin des Forges|38170|Seyssinet|key|45|120000|19800|20|prompt|several||
FR|Ateliers Kermor SARL|2 rue du Bassin|56100|Lorient|standard|45|25000|5300|33|prompt|casual||
FR|Maison Aubrelle SAS|44 boulevard de la Vigne|51100|Reims|standard|30|30000|6600|29|keeps|number||
FR|Transports Cazelous SARL|ZA du Pradel 6|31140|Aucamville|standard|30|25000|6100|30|late|casual||
FR|Cartonnages de l'Yserand SAS|19 rue du Canal|59140|Dunkerque|standard|45|45000|10600|27|prompt|rf||
FR|Jardins de Vauclère SARL|210 route des Cèdres|84000|Avignon|small|30|6000|1400|55|prompt|silent||
FR|Électro Garenne SAS|77 cours de l'Argonne|33000|Bordeaux|standard|45|40000|7700|28|breaks|number|74|
FR|Verrerie Sainte-Orée SAS|3 rue du Four|60590|Talmontiers|standard|60|45000|7900|30|prompt|rf||
FR|Pharmacie des Dômes SELARL|16 place de Jaude|63000|Clermont-Ferrand|small|30|5000|900|50|prompt|casual||
FR|Commune de Saint-Aurèle|1 place de la Mairie|24110|Saint-Aurèle|public|30|20000|3800|45|late|number||
DE|Rheinlogistik GmbH|Am Niehler Becken 41|50735|Köln|key|30|55000|6400|14|breaks|number|78|
DE|Rheinlogistik Nord GmbH|Veddeler Damm 118|20457|Hamburg|standard|30|40000|7000|26|prompt|number||rheinlogistik
DE|Isarglas AG|Lindwurmhof 9|80337|München|standard|30|30000|6300|28|short|number||
DE|Kupferkessel Brauhaus GmbH|Untere Sandgasse 20|96049|Bamberg|standard|30|30000|6400|30|disputes|number||
DE|Elbwerk Maschinen GmbH|Bremer Ring 65|01067|Dresden|key|45|140000|21500|19|prompt|rf||
DE|Nordfracht Spedition GmbH|Hafenrandweg 12|28217|Bremen|standard|30|35000|10800|27|late|number||
DE|Schwarzwald Möbelbau GmbH|Talstraße 88|79102|Freiburg|standard|45|40000|7600|29|early|number||
DE|Spreeküche GmbH|Wrangelufer 7|10997|Berlin|small|30|12000|2600|48|disputes|casual||
DE|Hanseatik Pumpen AG|Kattwykstraße 30|21107|Hamburg|key|45|160000|25500|20|prompt|rf||
DE|Gartenbau Mooslage KG|Donaufeld 14|89077|Ulm|small|30|7000|1800|54|prompt|silent||
DE|Lahntal Verpackung GmbH|Wißmarer Weg 133|35396|Gießen|standard|30|35000|7800|28|early|number||
DE|Pfalzwein Handel GmbH|Marktgasse 4|76829|Landau|small|30|9000|2400|50|late|casual||
DE|Taunus Druckhaus GmbH|Feldbergring 52|61440|Oberursel|standard|45|35000|6700|30|prompt|rf||
GB|Kastmotor Ltd|27 Rea Street South|B5 6LB|Birmingham|standard|30|22000|6200|24|late|number||
GB|Altaprint Ltd|4 Whitehall Quay|LS1 4HR|Leeds|standard|30|25000|5200|28|disputes|number||
GB|Harrow & Pell Textiles Ltd|61 Ducie Yard|M1 2JQ|Manchester|standard|30|20000|4800|30|prompt|number||
GB|Tamar Marine Supplies Ltd|9 Sutton Wharf|PL4 0EA|Plymouth|small|30|7000|1900|50|prompt|casual||
GB|Fenwold Foods plc|1 Barn Road|NR2 4PT|Norwich|key|45|60000|9800|20|prompt|several||
GB|Calder Vale Interiors Ltd|Dean Mill, Gibbet Lane|HX1 5AX|Halifax|small|30|7000|2200|48|late|casual||
GB|Blackmere Council|Civic Hall, Mere Way|SY1 3GU|Blackmere|public|30|25000|4100|36|late|number||
IE|Hydrametal Ltd|Unit 6, Marina Park|T12 K5TH|Cork|standard|30|55000|9900|26|prompt|silent||
IE|Kastmotor Ireland Ltd|18 Ballymount Lane|D12 W6X7|Dublin|standard|30|25000|5700|30|late|number||kastmotor
IE|Liffeyside Hotels Ltd|52 Ormond Row|D07 P8NH|Dublin|standard|45|30000|5500|31|late|number||
IE|Burrenside Dairy Co-op Ltd|Dock Road|H91 FX2D|Galway|small|30|9000|2300|47|prompt|number||
"""
