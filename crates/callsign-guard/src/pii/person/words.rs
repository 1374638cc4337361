//! Words around names.

use std::sync::LazyLock;

/// After these a name follows, whatever it is.
pub(super) static SURE: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "my name is |my name's |name is |i am called |my full name is |mein name ist |ich heiße |\
    ich heisse |je m'appelle |je m’appelle |mon nom est |me llamo |mi nombre es |mi chiamo |\
    il mio nome è |meu nome é |me chamo |chamo-me |nazywam się |mam na imię |mijn naam is |ik heet |\
    jag heter |mitt namn är |jeg heter |jeg hedder |nimeni on |jmenuji se |a nevem |mă numesc |\
    numele meu este |benim adım |adım |меня зовут |мене звати |με λένε |married to |signed by |\
    written by |reported by |born to |née |on behalf of |patient named |employee named |\
    customer named |person named |man named |woman named |known as |correct it to |kind regards,\n|\
    best regards,\n|regards,\n|sincerely,\n|yours truly,\n|yours faithfully,\n|cheers,\n|thanks,\n|\
    thank you,\n|best,\n|best wishes,\n|grüßen,\n|grüßen\n|cordialement,\n|saludos,\n|\
    atentamente,\n|grandfather was called |grandmother was called |named after |my friend |my wife |\
    my husband |my brother |my sister |my son |my daughter |my boss |my colleague |my manager |\
    my doctor |my mother |my father "
        .split('|')
        .collect()
});

/// After these a name is likely: it counts if it begins with any given name.
pub(super) static LIKELY: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "im |with |from |by |to |for |met |call |called |contact |ask |email |emailed |tell |told |\
    thanks |hi |hello |hey |hola |bonjour |hallo |ciao |and |cc |cc: |bcc: |here is |said |says |\
    meet |invite |visited |knows |saw |assigned |hired |owner |employee |patient |customer |client |\
    user |author |student |teacher |manager |agent |attorney |witness |defendant "
        .split('|')
        .collect()
});

/// After these a name of two parts follows, whatever it is, or a given name by itself.
pub(super) static GREETINGS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "spoke with |spoke to |speak with |speak to |speaking with |speaking to |talked to |talked with |\
    met with |interviewed |a meeting with |an appointment with |was called |i'm |i’m |i am |\
    this is |chat with |chatted with |dear |lieber |liebe |cher |chère |chere |caro |cara |\
    estimado |estimada |querido |querida |prezado |prezada |drogi |droga |szanowny |szanowna |\
    beste |geachte |kära |käre |kære |hyvä |drahý |milý |уважаемый |уважаемая |дорогой |дорогая |\
    sayın |dragă |αγαπητέ |αγαπητή |attn |attn: |attention: "
        .split('|')
        .collect()
});

/// What stands before a name on a form, with a colon or the like after it.
pub(super) static LABELS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "name|full name|fullname|first name|firstname|last name|lastname|surname|given name|family name|\
    middle name|patient|patient name|customer|customer name|client|client name|contact|\
    contact person|employee|employee name|cardholder|cardholder name|card holder|account holder|\
    holder|beneficiary|recipient|sender|applicant|signed|signature|author|attendee|guest|passenger|\
    tenant|owner|doctor|physician|nurse|student|teacher|nachname|vorname|vor und nachname|nom|\
    prénom|nom complet|nombre|apellido|apellidos|nombre completo|nome|cognome|nome completo|\
    sobrenome|imię|nazwisko|imię i nazwisko|naam|voornaam|achternaam|namn|förnamn|efternamn|navn|\
    fornavn|etternavn|nimi|jméno|příjmení|név|nume|prenume|ad soyad|имя|фамилия|фио|όνομα|ім я|from|\
    to|cc|username name|display name|reported by|assigned to|assignee|user name|person|billed to|\
    bill to|ship to|attn"
        .split('|')
        .collect()
});

/// Titles: a name follows.
pub(super) static TITLES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Rev|Herr|Herrn|Frau|Fräulein|Monsieur|\
    Madame|Mademoiselle|Mme|Mlle|Señor|Señora|Señorita|Sr|Sra|Srta|Don|Doña|Signor|Signora|\
    Signorina|Sig|Dott|Dottor|Dottoressa|Dra|Senhor|Senhora|Pan|Pani|Dhr|Mevrouw|Mevr|Fru|Fröken|Hr|\
    Univ|Dipl|Ing|Mag|Sir|Dña|Γ-ν|Κος|Κα|Г-н|Г-жа|Др"
        .split('|')
        .collect()
});

/// What stands between the parts of a name.
pub(super) static PARTICLES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "de|da|das|do|dos|del|della|dello|di|du|van|von|vom|zu|zum|zur|der|den|ter|ten|la|le|las|los|el|\
    al|bin|ibn|bint|af|av|y|e|st|abu|ben|des|dal|san"
        .split('|')
        .collect()
});

/// Words with a capital that are part of no name: roles, organisations, places, works, days, small words.
pub(super) const OTHERS: &str = "\
    a about academy act admin administrator after again agency agent agreement ai airlines airport \
    algorithm all also am an analysis analytics and announcement anonymous another api app \
    applicant april are area army as ask asked assistant association at august avenue award bank \
    bar battle be beach before best bible board book boson boulevard branch bridge building bureau \
    but by cafe call called came can candidate care carta castle cathedral center centre chairman \
    chapter church city class client clients clinic club code colleague colleagues college \
    collider committee community company concerto conference congress conjecture constant contact \
    corp corporation council country county court creek cup curve customer customers data database \
    day dear december department desk diary did director disease distribution district division do \
    doe does dr drive editor effect election engine engineer english episode equation estate euros \
    every everybody everyone falls false father february festival field file film finance first \
    flight football for forest formula foundation four france frau friday friend friends from \
    function fund gallery game garden gardens general german give global go god google government \
    governor group guest had hall has have he help her here herr hi high hill hills hiring his \
    hospital hotel house how hr human i if in inc index inequality inn institute insurance \
    international into is island islands it its january java journal judge july june just king \
    kingdom know lab labs lady lake language last law lawyer league legal let library like limited \
    list lives llc llp long ltd madam magazine management manager many map march market matrix may \
    me medal media meeting member members memorial met method microsoft might mine minister miss \
    model monday more motors mount mountain mr mrs ms museum music must my n national network new \
    news next no none north northern not november now null number october of office officer oh ok \
    old on one open or orchestra order others our out over owner palace paradox parent parents \
    park parliament part participant partner partners party patient peak people person place \
    player please point police policy port post power prefecture president press prime prince \
    princess principal principle prize problem process product professor program project province \
    public queen question quixote railway ranch range reader readers recipient record records \
    region regression report republic request research resident resort restaurant review ridge \
    river road room root route royal rule said sales same santa saturday saw says school science \
    score sea season second secretary section security senate senior september series server \
    service services she shop should show since sir sire sirs so society software some song south \
    southern space square stadium staff standard star state states station still store street \
    student students studio studios subscriber suite summer sunday support supreme syndrome system \
    teacher team technologies technology temple terrace tesla test thank thanks that the their \
    them then theorem there these they this those three thursday tickets time times to today told \
    tomorrow tournament tower town trail transform treaty trench trial tribune true trust tuesday \
    tv two uk union united university unknown until up us usa user users valley value valued very \
    via video view village virus was water way we web website wednesday week welcome well went \
    west western what when where which who why will winter with woods works world would writes \
    wrote yes yesterday you your zone";
