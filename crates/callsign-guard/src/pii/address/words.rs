//! Words of addresses, in small letters unless said otherwise.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a word may be in an address.
#[derive(Debug, Clone, Copy)]
pub(super) enum List {
    /// Stands after a street's name and nowhere else.
    Streets = 1,
    /// Stands after a street's name, and elsewhere.
    Weak = 2,
    /// Stands before a street's name.
    Before = 4,
    /// Stands after a street's name in languages that put the number last.
    Suffixes = 8,
    /// Begins an address: a flat, a box.
    Units = 16,
    /// A small word inside an address.
    Particles = 32,
    /// A state.
    States = 64,
    /// Never stands in an address.
    NotPostal = 128,
}

static WORDS: LazyLock<HashMap<String, u8, foldhash::fast::FixedState>> = LazyLock::new(|| {
    let lists = [
        (STREETS, List::Streets),
        (WEAK_STREETS, List::Weak),
        (STREETS_BEFORE, List::Before),
        (SUFFIXES, List::Suffixes),
        (UNITS, List::Units),
        (PARTICLES, List::Particles),
        (STATES, List::States),
        (NOT_POSTAL, List::NotPostal),
    ];
    let mut words = HashMap::with_hasher(foldhash::fast::FixedState::with_seed(1));
    for (listed, list) in lists {
        for word in listed.split_ascii_whitespace() {
            *words.entry(word.to_owned()).or_default() |= list as u8;
            let mut letters = word.chars();
            if let Some(first) = letters.next().filter(|first| first.is_lowercase()) {
                *words.entry(first.to_uppercase().chain(letters).collect()).or_default() |= list as u8;
            }
        }
    }
    words
});

/// Whether `word` is on `list`, in small letters, with a capital, or all in capitals.
pub(super) fn listed(list: List, word: &str) -> bool {
    if word.len() > 20 {
        return false;
    }
    let capitals = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let lists = WORDS.get(word).copied().unwrap_or(0)
        | if capitals { WORDS.get(&word.to_ascii_lowercase()).copied().unwrap_or(0) } else { 0 };
    lists & list as u8 != 0
}

/// Words for streets that stand after the name: enough by themselves after a house number.
const STREETS: &str = "street streets st avenue avenues ave av road roads rd boulevard blvd lane lanes ln drive drives dr court courts ct \
    terrace square squares highway hwy parkway parkways pkwy crescent close alley row mews turnpike freeway expressway circle circles cir plaza expwy \
    bypass causeway trafficway throughway motorway trail";

/// Words that stand after the name of a street, but also of much else: a postcode has to follow.
const WEAK_STREETS: &str = "way place pl park parks station valley lake lakes island islands isle center centers centre point points garden gardens \
    view views union unions key keys mission fall falls well wells ville villages village cove coves common commons corner corners \
    course creek crossing crossroad curve dale dam divide estate estates extension extensions ferry field fields flat flats ford \
    fords forest forge forges fork forks fort gateway glen glens green greens grove groves harbor harbors haven heights hill hills hollow \
    inlet junction junctions knoll knolls land landing light lights loaf lock locks lodge loop mall manor manors meadow meadows mew mill \
    mills mount mountain mountains neck orchard oval overpass pass passage path pike pine pines plain plains port ports prairie radial ramp ranch rapid \
    rapids rest ridge ridges river route run shoal shoals shore shores skyway spring springs spur spurs stravenue stream summit summits \
    tunnel vista vistas walk walks wall ways arcade anex bay bayou beach bend bluff bluffs bottom branch bridge brook brooks burg burgs burn \
    camp canyon cape cliff cliffs club cutting cut amble arch bank banks block broadway brow build chase colonnade concourse copse cul dell deviation edge \
    elbow end entrance esplanade firetrail follow frontage gap gardens gate glade grange ground hub interchange intersection island \
    knot lees lynne mead nook outlook parade piazza pocket pursuit quad quadrant quay quays reach reserve retreat return ride rise riverway \
    riviera rotary roundabout rue service slope sound steps strand strip subway tarn thoroughfare tollway top tor towers track triangle trunkway underpass \
    upper vale viaduct waters waterway wharf wynd yard circuit indawo umgwaqo indlela chowk nagar marg zila ganj path street circle";

/// Words for streets that stand before the name.
const STREETS_BEFORE: &str = "rue avenue av boulevard bd bvd chemin ch allée allee impasse place quai route rte cours passage ruelle sentier villa square faubourg \
    via viale vicolo piazza piazzale corso contrada strada stretto borgo rotonda incrocio largo lungomare salita canale calle c avenida avda avd av paseo plaza pza glorieta \
    ronda camino callejón callejon carrer pasaje pasadizo rambla vía via urbanización urbanizacion alameda acceso cañada cuesta vial carretera calzada andador ampliación \
    boulevard circuito circunvalación continuación corredor diagonal eje peatonal periférico privada prolongación retorno viaducto \
    rua travessa praça praca alameda estrada largo rodovia ladeira beco viela vila via aeroporto conjunto esplanada fazenda jardim loteamento núcleo parque passarela pátio \
    quadra recanto residencial setor sítio trecho trevo viaduto área condomínio colônia campo chácara distrito favela feira morro lagoa lago \
    ul ulica aleja aleje al plac pl os osiedle skwer rondo nám náměstí namestie třída str bulevardul bdul aleea intrarea calea splaiul șoseaua piața fundătura \
    улица ул проспект пр переулок пер площадь пл бульвар бул бульв набережная наб шоссе ш шосе алл аллея вул вулиця проспект провулок пров площа набережна проїзд тупик \
    jl jalan gg gang cl cra kr carrera tr transversal dg diagonal đường phố ngõ số λεωφ λεωφόρος οδός οδος πλ πλατεία perivoj trg prilaz calle jr jirón";

/// Words that stand after a street's name, before the number.
const SUFFIXES: &str = "straße strasse str gasse weg platz allee ring damm ufer steig chaussee promenade straat laan kade plein väg gata gränd torg vej gade allé \
    vei veg katu tie utca út útja tér körút köz sor sétány sokak caddesi cadde mahallesi bulvarı küçəsi prospekti ulica cesta pot ulice žrtava iela gatve tänav tee maantee";

/// What streets' names end with, and hardly any other word before a number.
pub(super) const ENDINGS: &str = "straße strasse str gasse platz allee chaussee promenade straat laan dreef kade gracht singel dijk steeg vägen gatan gränd allén stigen \
    gade stræde vænget toften vejen gaden veien vegen haugen lunden stubben svingen kroken stien tunet katu kuja polku bulevardi kaari raitti väylä aukio ranta rinne \
    utca küçəsi weg vej brücke brug ufer";

/// What streets' names end with, but other words too.
pub(super) const WEAK_ENDINGS: &str = "ring damm steig stieg zeile graben markt hof berg plein pad baan park väg gata torget torg backe leden plan bakken parken vei veg gaten lia vika \
    dal tie mäki pot iela tee";

/// Parts of a house, where an address may begin.
const UNITS: &str = "flat studio apt apartment unit suite room psc house h b block door floor appartement wohnung piso apto lot plot building villa shop office";

/// Small words inside an address.
const PARTICLES: &str = "de da das do dos del della delle dei degli dell di du des d la le les los las l el en sur sous am an im in bei ob auf der die den dem zum zur und \
    of the and upon on by near v ve na nad pod u i y e et et op aan van het 't ter ten saint st bis bis. ter no nr n og och i unit piso piano interior edif depto dto apt appartamento suite box km int desa д к кв стр буд корп";

/// Abbreviations of states, provinces and territories, in capitals.
const STATES: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI \
    WY AS GU MP PR VI FM MH PW AA AE AP NSW VIC QLD SA TAS ACT NT ON QC BC AB MB SK NS NB NL PE YT NU";

/// Words with a capital that never stand in an address.
const NOT_POSTAL: &str = "Please My The This That It Record Dear Hello Hi He She They We I Is Was And But If When Call Phone Tel Email Name DOB SSN Thanks Thank";

/// Parts of a country, in Chinese, Japanese and Korean.
pub(super) const CJK_AREAS: &str = "省市区區县縣都道府県郡町村旗州시도군구읍면동";

/// Streets and blocks.
pub(super) const CJK_STREETS: &str = "路街道巷弄段丁目番地号號座로길가";
