//! What is looked for: the kinds, what masks them, and the words that announce them.

/// One kind of personal data.
pub(super) struct Kind {
    /// The word in errors, records and metrics.
    pub(super) name: &'static str,
    /// What stands in its place in a masked text.
    pub(super) label: &'static str,
    /// Words that announce it, between bars; `@` names a group of them, a star at the end stands for any ending.
    pub(super) cues: &'static str,
}

macro_rules! kinds {
    ($($id:ident $name:literal $cues:literal)*) => {
        $(
            #[doc = concat!("Findings called `", $name, "`.")]
            pub const $id: &str = $name;
        )*
        /// All of them.
        pub(super) static KINDS: &[Kind] = &[
            $(Kind { name: $id, label: concat!("[", stringify!($id), "]"), cues: $cues },)*
        ];
    };
}

/// What stands in the place of a finding of `kind` in a masked text: `[EMAIL]`, `[PHONE]`, `[CREDIT_CARD]`; `[PII]` for any other.
pub fn label(kind: &str) -> &'static str {
    KINDS.iter().find(|known| known.name == kind).map_or("[PII]", |known| known.label)
}

/// Words that several kinds share.
pub(super) static GROUPS: &[(&str, &str)] = &[
    (
        "@id",
        "national id*|nationalid|identity number|identity card|identity document|identity no|identity code|id number|id no|id nr|\
         id card|id code|personal id*|personal number|personal code|personal identity*|citizen id*|citizen number|identification number|\
         identification|government id|ausweis*|personalausweis*|personenkennzeichen|\
         documento de identidad|documento nacional|documento|cédula|cedula|carta d identità|carta identita|documento d identità|\
         bilhete de identidade|cartão de cidadão|cartao de cidadao|registro geral|dowód*|dowod*|numer identyfikacyjny|identiteitskaart|\
         rijksregister*|henkilökortti|kimlik|\
         buletin|身份证*|身份證*|证件号|證件|주민등록*|주민번호|マイナンバー|\
         個人番号|resident registration|resident id|ssn|social security*|บัตรประชาชน|תעודת זהות|الهوية",
    ),
    (
        "@tax",
        "tax id*|taxid|tax number|tax no|tax code|tax identification|taxpayer*|tax payer*|tin|steuernummer|steuer id|steuerid|\
         steuer*|idnr|numéro fiscal|numero fiscal|número fiscal|identificación fiscal|codice fiscale|cod fiscal|partita iva|p iva|vat|\
         vat id|vatid|fiscal code|fiscal number|tax file|numer podatkowy|btw*|ust id*|ustid*|umsatzsteuer*|tva|contribuinte|\
         contribuyente|инн|идентификационный",
    ),
    (
        "@social",
        "social security*|social insurance*|socialsecurity*|national insurance|sozialversicherung*|sécurité sociale|securite sociale|\
         seguridad social|segurança social|insurance number|insurance no|versicherungsnummer|versicherten*|numéro de sécu|ssn|sv nummer|\
         sv nr|svnr|sofi*",
    ),
    (
        "@passport",
        "passport*|travel document|pasaporte*|passaporte*|passi*|pas nr|útlevél*|pasul|паспорт*|جواز*|דרכון|הדרכון",
    ),
    (
        "@licence",
        "driver license*|driver licence*|drivers license*|drivers licence*|driving license*|driving licence*|drivers lic*|driver lic*|\
         driver s license|driverslicense*|driverlicense*|dl|dl no|dl number|dln|licence number|license number|führerschein*|fuhrerschein*|\
         permis de conduire|permiso de conducir|licencia de conducir|carnet de conducir|patente di guida|patente|carta de condução|\
         carta de conducao|carteira de motorista|cnh|prawo jazdy|rijbewijs*|körkort*|korkort*|førerkort|ajokortti*|водительск*|運転免許*|\
         驾驶证|운전면허*",
    ),
    (
        "@health",
        "health number|health no|health card*|health insurance*|healthcare number|patient number|patient id|patient no|medical number|\
         medicare*|krankenkasse*|krankenversich*|versicherten*|gesundheitskarte|egk|carte vitale|tessera sanitaria|tarjeta sanitaria",
    ),
    (
        "@bank",
        "bank account*|account number|account no|account nr|accountnumber|acct|acct no|acct number|a c no|checking account|\
         savings account|bank acc*|konto*|kontonummer|numéro de compte|numero de compte|compte bancaire|cuenta bancaria|número de cuenta|\
         numero de cuenta|cuenta|conto corrente|conto bancario|número da conta|conta bancária|rachunek*|rachunku|rekening*|bankrekening*|\
         tilinumero|direct deposit|wire to|银行账号|账号|口座番号|계좌*",
    ),
    (
        "@plate",
        "license plate*|licence plate*|number plate*|licenceplate|licenseplate|plate number|plate no|plate|registration number|\
         vehicle registration|vehicle reg*|car registration|kennzeichen*|kfz*|nummernschild|immatriculation|plaque|matrícula*|matricula*|\
         targa|placa*|tablica*|rejestracyjny|kenteken*|rekisterinumero|nummerplade|车牌*|車牌*|ナンバープレート|차량번호|госномер|номерной",
    ),
];

kinds! {
    EMAIL "email" "email*|e mail*|mail|mailto|correo|courriel|邮箱|メール|почта"
    PHONE "phone"
        "phone*|telephone*|tel|tele|telefon*|teléfono*|telefono*|téléphone*|mobile*|cell|cellphone|cellular|call|calling|called|callback|\
         fax*|whatsapp|viber|signal|sms|text me|text us|texted|dial*|ring me|ring us|contact number|contact no|contact me|contact us|\
         reach me|reach us|reach him|reach her|reached|handy*|handynummer|rufnummer*|portable|celular*|móvil*|movil*|telefone*|\
         telemóvel|telemovel|telefoon*|mobiel*|gsm|puhelin*|mobil*|numéro de tel*|cellulare|komórka|komórkowy|電話*|电话*|手机*|\
         携帯*|전화*|휴대폰*|연락처|телефон*|тел|моб|мобильн*|τηλ*|κινητό|โทร*|טלפון|הטלפון|נייד|هاتف|الهاتف|جوال|फोन|मोबाइल|ফোন|điện thoại|\
         sđt|landline|hotline|pager|ext|extension"
    CREDIT_CARD "credit_card"
        "card*|credit card*|creditcard*|debit card*|cc|cc number|cardnumber|pan|visa|mastercard|amex|american express|discover|diners|\
         jcb|maestro|kreditkarte*|karten*|carte bancaire|carte de crédit|carte*|tarjeta*|cartão*|cartao*|carta di credito|karta*|karty|\
         luottokortti*|creditcard*|kredit*|信用卡|银行卡|クレジットカード|카드*"
    IBAN "iban" "iban*|@bank"
    SWIFT "swift_code" "swift*|bic|bic code"
    US_BANK_NUMBER "us_bank_number" "@bank"
    US_ROUTING_NUMBER "us_routing_number" "routing*|aba|aba number|rtn|transit number"
    UK_SORT_CODE "uk_sort_code" "sort code*|sortcode*"
    IN_IFSC "in_ifsc" "ifsc*"
    MX_CLABE "mx_clabe" "clabe*|@bank"
    CRYPTO "crypto"
        "bitcoin*|btc|wallet*|crypto*|eth|ethereum*|ether|litecoin|ltc|dogecoin|doge|monero|xmr|solana|sol|tron|trx|usdt|usdc|ripple|xrp|\
         cardano|ada|blockchain|onchain"
    IP_ADDRESS "ip_address" "ip|ips|ipv4|ipv6|ip address*|ipaddress*|ip addr*|client ip|remote addr*|adresse ip|dirección ip|ip adresse|host"
    MAC_ADDRESS "mac_address" "mac|mac address*|macaddress*|hardware address|ethernet*|wifi|bluetooth"
    DATE_OF_BIRTH "date_of_birth"
        "date of birth|dateofbirth|dob|d o b|birth date|birthdate*|birthday*|birth day|born|bday|b day|geboren*|geburtsdatum|geburtstag*|\
         geb|né le|née le|né|née|naissance|date de naissance|nacimiento|fecha de nacimiento|nacido*|nacida*|nací|nascita|data di nascita|\
         nato il|nata il|nato|nata|nascimento|data de nascimento|nascido*|nascida*|nasci|urodzenia|data urodzenia|urodzony|urodzona|ur|\
         geboortedatum|geboren op|född*|födelsedatum|født*|fødselsdato|syntynyt|syntymäaika|narozen*|datum narození|narodený|született|\
         születési|născut*|data nașterii|doğum*|γέννηση*|γεννήθηκε|родил*|рожден*|народил*|出生*|生日|生年月日|誕生日|생년월일|생일|출생*|\
         วันเกิด|תאריך לידה|ميلاد*|الميلاد|जन्म*|जन्मतिथि|ngày sinh|sinh ngày"
    ADDRESS "address"
        "address|addresses|residence|residing|resides|reside|live at|lives at|living at|lived at|mailing|shipping|ship to|deliver to|\
         delivered to|delivery to|billing address|home address|street address|postal address|adresse|anschrift|wohnhaft|wohne|\
         dirección|direccion|domicilio|vivo en|vive en|indirizzo|residente|abito|endereço|endereco|morada|moro|adres|zamieszkały|\
         zamieszkała|mieszkam|osoite|adress|adressen|bopæl|adresa|bydliště|cím|lakcím|lakcim|adresă|адрес*|проживает|διεύθυνση|地址|住址|\
         住所|주소|ที่อยู่|כתובת|العنوان|पता|địa chỉ|located at|moved to|move to|mail it to|send it to|sent to|delivered|property at|\
         house at|apartment at|office is at"
    PERSON "person" ""
    US_SSN "us_ssn" "ssn|ssns|ss number|ss no|social|@social|@tax"
    US_ITIN "us_itin" "itin|individual taxpayer*|@tax|ssn|@social"
    US_EIN "us_ein" "ein|employer id*|employer identification|fein"
    US_PASSPORT "us_passport" "us passport*|american passport*|@passport"
    US_DRIVER_LICENSE "us_driver_license" "@licence"
    US_NPI "us_npi" "npi|national provider|provider number|provider id*|prescriber"
    US_MBI "us_mbi" "mbi|medicare*|beneficiary"
    MEDICAL_LICENSE "medical_license" "dea|dea number|medical license*|medical licence*|license number|prescriber|certificate"
    MEDICAL_RECORD "medical_record_number" "mrn|medical record*|patient id|patient number|patient no|chart number|hospital number"
    UK_NHS "uk_nhs" "nhs|nhs number|@health"
    UK_NINO "uk_nino" "nino|ni number|national insurance*|nat ins|@social"
    UK_PASSPORT "uk_passport" "uk passport*|british passport*|@passport"
    UK_DRIVING_LICENCE "uk_driving_licence" "@licence|dvla"
    UK_UTR "uk_utr" "utr|unique taxpayer*|self assessment"
    IE_PPS "ie_pps" "pps|ppsn|personal public*|pps number|@tax|@social"
    CA_SIN "ca_sin" "sin|sins|social insurance*|nas|numéro d assurance sociale|assurance sociale|@social"
    CA_PASSPORT "ca_passport" "canadian passport*|@passport"
    CA_HEALTH "ca_health_card" "ohip|ramq|health card*|@health"
    AU_TFN "au_tfn" "tfn|tax file*|tax file number|@tax"
    AU_ABN "au_abn" "abn|australian business*|business number"
    AU_ACN "au_acn" "acn|australian company*|company number"
    AU_MEDICARE "au_medicare" "medicare*|@health"
    AU_PASSPORT "au_passport" "australian passport*|@passport"
    NZ_IRD "nz_ird" "ird|inland revenue|@tax"
    NZ_NHI "nz_nhi" "nhi|national health index"
    IN_AADHAAR "in_aadhaar" "aadhaar*|aadhar*|adhaar*|uidai|uid|आधार|@id"
    IN_PAN "in_pan" "pan|pan card|pan number|permanent account*|@tax"
    IN_VOTER "in_voter" "voter*|epic|epic number|election*|मतदाता"
    IN_PASSPORT "in_passport" "indian passport*|@passport"
    IN_VEHICLE_REGISTRATION "in_vehicle_registration" "@plate|rto|rc|vehicle*"
    IN_GSTIN "in_gstin" "gst|gstin|gst number|@tax"
    IN_UPI "in_upi" "upi|vpa|upi id"
    IN_DRIVING_LICENCE "in_driving_licence" "@licence"
    BR_CPF "br_cpf" "cpf|cadastro de pessoas*|@tax|contribuinte"
    BR_CNPJ "br_cnpj" "cnpj|cadastro nacional|@tax"
    BR_RG "br_rg" "rg|registro geral|identidade|carteira de identidade"
    BR_CNH "br_cnh" "cnh|@licence"
    BR_PIS "br_pis" "pis|pasep|nis|nit"
    ES_NIF "es_nif" "nif|dni|documento nacional*|@id|@tax"
    ES_NIE "es_nie" "nie|extranjero*|@id|@tax"
    ES_CIF "es_cif" "cif|@tax"
    ES_NUSS "es_nuss" "nuss|naf|seguridad social|afiliación|@social"
    IT_FISCAL_CODE "it_fiscal_code" "codice fiscale|cf|fiscal code|@tax"
    IT_VAT_CODE "it_vat_code" "partita iva|piva|p iva|@tax"
    IT_DRIVER_LICENSE "it_driver_license" "@licence"
    IT_PASSPORT "it_passport" "passaporto*|italian passport*|@passport"
    IT_IDENTITY_CARD "it_identity_card" "carta d identità|carta identità|cie|@id"
    PL_PESEL "pl_pesel" "pesel*|numer ewidencyjny|@id"
    PL_NIP "pl_nip" "nip|@tax"
    PL_REGON "pl_regon" "regon"
    PL_ID_CARD "pl_identity_card" "@id|seria i numer|numer dowodu"
    PL_PASSPORT "pl_passport" "paszport*|polish passport*|@passport"
    DE_TAX_ID "de_tax_id" "@tax|identifikationsnummer|idnr|steueridentifikationsnummer"
    DE_ID_CARD "de_id_card" "personalausweis*|ausweis*|@id|aufenthaltstitel"
    DE_PASSPORT "de_passport" "reisepass*|passnummer|pass nr|german passport*|@passport"
    DE_SOCIAL_SECURITY "de_social_security" "rentenversicherung*|rvnr|sozialversicherung*|@social"
    DE_HEALTH "de_health_insurance" "kvnr|krankenversicher*|@health"
    DE_DRIVER_LICENCE "de_driver_licence" "@licence"
    FR_NIR "fr_nir" "nir|insee|sécu|secu|numéro de sécurité*|carte vitale|@social"
    FR_SIREN "fr_siren" "siren|siret"
    FR_ID_CARD "fr_identity_card" "cni|carte d identité|carte d identite|@id"
    FR_PASSPORT "fr_passport" "passeport*|french passport*|@passport"
    NL_BSN "nl_bsn" "bsn|burgerservice*|sofinummer|sofi|@id|@social|@tax"
    NL_PASSPORT "nl_passport" "paspoort*|dutch passport*|@passport|identiteitskaart"
    BE_NRN "be_nrn" "rijksregister*|registre national|nrn|niss|insz|numéro national|rrn|@id|@social"
    PT_NIF "pt_nif" "nif|contribuinte|@tax"
    PT_CC "pt_citizen_card" "cartão de cidadão|cartao de cidadao|cc|@id"
    CH_AHV "ch_ahv" "ahv*|avs|avs nummer|@social"
    AT_SVNR "at_svnr" "svnr|sv nummer|sozialversicherung*|@social"
    LU_MATRICULE "lu_matricule" "matricule|@social|@id"
    SE_PERSONNUMMER "se_personnummer" "personnummer|personnr|samordningsnummer|pnr|@id"
    NO_FODSELSNUMMER "no_fodselsnummer" "fødselsnummer|fodselsnummer|personnummer|fnr|@id"
    DK_CPR "dk_cpr" "cpr|cpr nummer|cpr nr|personnummer|@id"
    FI_HETU "fi_hetu" "hetu|henkilötunnus|henkilotunnus|personbeteckning|@id"
    IS_KENNITALA "is_kennitala" "kennitala|kt|@id"
    EE_ISIKUKOOD "ee_isikukood" "isikukood|@id"
    LT_ASMENS_KODAS "lt_asmens_kodas" "asmens kodas|@id"
    LV_PERSONAS_KODS "lv_personas_kods" "personas kods|@id"
    BG_EGN "bg_egn" "egn|егн|@id"
    RO_CNP "ro_cnp" "cnp|cod numeric*|@id"
    CZ_RODNE_CISLO "cz_rodne_cislo" "rodné číslo|rodne cislo|rodne číslo|rč|birth number|@id"
    HU_TAJ "hu_taj" "taj|taj szám"
    HU_PERSONAL_ID "hu_personal_id" "személyi*|szemelyi*|@id"
    HU_TAX_ID "hu_tax_id" "adóazonosító*|adoazonosito*|@tax"
    HR_OIB "hr_oib" "oib|osobni identifikacijski|@id|@tax"
    YU_JMBG "jmbg" "jmbg|emšo|emso|embg|матичен|матични|јмбг|ембг|@id"
    GR_AMKA "gr_amka" "amka|αμκα|@social"
    GR_AFM "gr_afm" "afm|αφμ|@tax"
    GR_ID_CARD "gr_identity_card" "adt|αδτ|ταυτότητα*|@id"
    TR_TCKN "tr_tckn" "tckn|tc kimlik|kimlik*|t c|@id"
    UA_RNOKPP "ua_rnokpp" "рнокпп|іпн|ипн|rnokpp|ipn|@tax"
    RU_INN "ru_inn" "инн|inn|@tax"
    RU_SNILS "ru_snils" "снилс|snils|@social"
    RU_PASSPORT "ru_passport" "@passport|серия"
    KZ_IIN "kz_iin" "иин|жсн|iin|@id"
    IL_ID "il_id" "teudat zehut|teudat|zehut|ת ז|תעודת זהות|@id"
    MX_CURP "mx_curp" "curp|@id"
    MX_RFC "mx_rfc" "rfc|@tax"
    MX_NSS "mx_nss" "nss|imss|@social"
    AR_CUIT "ar_cuit" "cuit|cuil|@tax"
    AR_DNI "ar_dni" "dni|documento|@id"
    CL_RUT "cl_rut" "rut|run|rol único|@id|@tax"
    CO_NIT "co_nit" "nit|@tax"
    CO_CC "co_cedula" "cédula*|cedula*|c c|cc|@id"
    PE_DNI "pe_dni" "dni|dni peruano|peru|@id"
    PE_RUC "pe_ruc" "ruc|@tax"
    UY_CI "uy_ci" "cédula*|cedula*|ci|@id"
    EC_CI "ec_ci" "cédula*|cedula*|ci|@id"
    VE_CI "ve_ci" "cédula*|cedula*|ci|@id"
    DO_CEDULA "do_cedula" "cédula*|cedula*|@id"
    SG_NRIC_FIN "sg_nric_fin" "nric|fin|fin number|@id"
    SG_UEN "sg_uen" "uen|unique entity*|business registration"
    MY_NRIC "my_nric" "mykad|nric|ic number|ic no|kad pengenalan|ic|@id"
    ID_NIK "id_nik" "nik|ktp|nomor induk*|@id"
    TH_TNIN "th_tnin" "thai id|เลขประจำตัว*|บัตรประชาชน|@id"
    PH_ID "ph_id" "philsys|sss|gsis|umid|philhealth|phil health|pag ibig|tin|crn|@id|@social"
    VN_CCCD "vn_cccd" "cccd|cmnd|căn cước|chứng minh*"
    KR_RRN "kr_rrn" "rrn|주민등록*|주민번호|resident registration|@id"
    KR_FRN "kr_frn" "frn|외국인등록*|foreigner registration|alien registration|@id"
    KR_BRN "kr_brn" "brn|사업자*|business registration"
    KR_PASSPORT "kr_passport" "여권*|korean passport*|@passport"
    KR_DRIVER_LICENSE "kr_driver_license" "@licence"
    JP_MY_NUMBER "jp_my_number" "my number card|mynumber*|individual number*|マイナンバー|個人番号|@id"
    JP_PASSPORT "jp_passport" "パスポート|旅券|japanese passport*|@passport"
    CN_RESIDENT_ID "cn_resident_id" "身份证*|公民身份|resident id|@id"
    CN_PASSPORT "cn_passport" "护照|護照|chinese passport*|@passport"
    TW_ID "tw_id" "身分證*|身份證*|統一編號|@id"
    HK_ID "hk_id" "hkid|hong kong id*|身份證*|@id"
    ZA_ID "za_id" "sa id|rsa id|south african id*|@id"
    NG_NIN "ng_nin" "nin|bvn|@id"
    KE_ID "ke_id" "kra pin|kra|huduma|@id"
    EG_ID "eg_id" "الرقم القومي|@id"
    PK_CNIC "pk_cnic" "cnic|nicop|nadra|@id"
    BD_NID "bd_nid" "nid|smart card|@id"
    LK_NIC "lk_nic" "nic|@id"
    IR_MELLI "ir_national_code" "کد ملی|melli|@id"
    AE_ID "ae_emirates_id" "emirates id|eid|@id"
    SA_ID "sa_national_id" "iqama|saudi id|هوية|@id"
    LICENSE_PLATE "license_plate" "@plate|registered vehicle|car reg|reg no|reg"
    VIN "vin" "vin|vehicle identification*|chassis*|fahrgestell*|fin|châssis|bastidor|telaio"
    IMEI "imei" "imei|imsi|meid"
    PASSPORT "passport" "passaporto*|paszport*|paspoort*|reisepass*|passeport*|护照|護照|パスポート|여권*|@passport"
    NATIONAL_ID "national_id" "@id"
    TAX_NUMBER "tax_number" "@tax"
}

/// Words that say of a number nearby that it is nobody's: an order, a version, a sum.
pub(super) static AGAINST: &str = "invoice*|s n|ts|people|inhabitants|residents|citizens|copies|units|customers|employees|times|order|orders|ordernumber|orderno|orderid|ticket*|tracking*|version*|ver|release*|build*|commit*|sha|sha1|sha256|\
    sha512|md5|hash*|checksum*|crc*|digest*|uuid*|guid*|part no|part number|part|parts|sku*|serial*|model*|isbn*|issn*|ean|upc|gtin|\
    barcode*|asin|doi|pmid|arxiv|batch*|lot|lot no|bug|bugs|issue|issues|pull request|pr|rfc|iso|port|ports|pid|process|timestamp*|epoch|\
    unix time*|unixtime|add|sum|plus|minus|multiply|multiplied|divide*|subtract*|calculate|compute|equals|equation|total|subtotal|\
    amount*|price*|cost*|paid|pays|worth|usd|eur|gbp|dollar*|euro*|revenue|budget|salary|population|pixels|px|bytes|byte|kb|mb|gb|\
    seconds|milliseconds|ms|rows|lines|line|page|pages|chapter|verse|error|exit code|status code|error code|offset|index|shipment*|\
    parcel*|package*|product*|catalog*|article|item|items|quantity|qty|score|scored|seed|revision|rev|patch|node|transaction*|txn|\
    booking|reservation*|coupon*|promo*|voucher*|firmware|coordinate*|latitude|longitude|lat|lon|lng|ratio|prime|digits of|random number|\
    random|factorial|counter|count|benchmark|measured|reading|sensor|flight|gate|case number|case no|docket|claim number|po number|\
    purchase order|reference*|ref|ref no|confirmation*|request id|requestid|session*|trace*|span id|correlation|job|jobs|run id|\
    pipeline|deploy*|instance|container|pod|cluster|shard|block|height|nonce|thread|message id|channel|video|user agent|latency|hex|\
    rechnung*|bestell*|auftrag*|sendung*|artikel*|lieferschein*|facture*|commande*|colis|réf|référence|factura*|pedido*|envío|fattura*|\
    ordine*|spedizione|fatura*|encomenda|zamówieni*|faktur*|przesyłk*|bestelling*|factuur*|tilaus*|lasku*|ordrenummer|ordernummer|\
    objednávk*|订单*|訂單*|注文*|주문*|заказ*|счет|счёт|quote number|contract number|policy number|member since|year|years|iteration|step|\
    epochs|warehouse|bin|rma|sequence|seq|id range|employee count|votes|views|followers|subscribers|downloads|km|miles|meters|metres|kg|\
    value of|approx*|approximately|about|roughly|nearly|almost|over|under|exceeds|between|test id|record id|row id|asset*|device id|\
    build id|file size|filesize|size|width|height|length|speed|frequency|weight|distance|voltage|temperature|duration|invoice no";

/// Words that say of a date nearby what else happened on it.
pub(super) static EVENTS: &str = "meeting*|release*|founded|established|due|deadline*|expire*|expiry|expiration|exp|valid|issued|issue date|since|updated|\
    created|published|started|start date|end date|joined|hired|flight*|appointment*|deliver*|event*|conference|schedul*|effective|signed|dated|\
    dates|modified|last seen|log|logged|until|from|arriv*|depart*|check in|checkout|opened|closed|launch*|anniversary|wedding|married|died|\
    death|graduat*|purchased|bought|sold|built|ended|admitted|admission|visit*|trip|holiday|vacation|concert|exam|report*|forecast|week|\
    quarter|fiscal year|battle|war|election|treaty|statement*|payment*|bill|subscription|renew*|warranty|policy|contract|lease|license*";

/// Words that say that somebody is spoken of.
pub(super) static PERSONAL: &str = "my|me|mine|his|her|hers|their|our|i|im|customer|client|clients|patient*|applicant*|employee|member|members|citizen|resident|\
    passenger*|tenant*|guest*|person|personal|people|holder|cardholder|beneficiary|owner|user|users|subscriber|candidate|student*|\
    mr|mrs|ms|name|mein*|mon|ma|mes|mi|mis|il mio|la mia|meu|minha|mój|moja|moje|mijn|min|mitt|minun|kunde*|patient*|cliente*|klient*|\
    verify|identity|contact|profile|kyc|somebody|someone|he|she|we|us|dear|yours|your";
