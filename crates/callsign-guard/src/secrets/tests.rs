//! What is a secret and what only looks like one, in tables; and the laws that hold for any text.

use proptest::prelude::*;

use super::alphabet::{self, Alphabet, holds};
use super::name::{Sort, sort};
use super::tokens::{Part, SHAPES};
use super::value::{entropy, is_password, is_random, is_stand_in, is_uuid, is_wordy};
use super::{Detector, kinds, label};
use crate::finding::{Category, Finding, disjoint};

/// Numbers that look random, the same in every run: nothing that looks like a live key stands in the source.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit
    }

    fn fill(&mut self, alphabet: Alphabet, length: usize) -> String {
        let letters: Vec<u8> =
            (33..127).filter(|&byte| holds(alphabet, byte) && !b"._-=+/~".contains(&byte)).collect();
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }

    /// `template` with each `«…»` filled in, and where the first of them is: `«a32»` 32 letters and digits, `x` hex, `u` capitals and
    /// digits, `l` small letters and digits, `b` base64, `d` digits, `p` a password, `m` lines of base64.
    fn expand(&mut self, template: &str) -> (String, std::ops::Range<usize>) {
        let (mut text, mut span) = (String::new(), None);
        let mut parts = template.split('«');
        text += parts.next().unwrap();
        for part in parts {
            let (spec, rest) = part.split_once('»').unwrap();
            let start = text.len();
            let value = self.value(spec);
            text += &value;
            span.get_or_insert(start..text.len());
            text += rest;
        }
        (text, span.unwrap_or(0..0))
    }

    fn value(&mut self, spec: &str) -> String {
        let (filling, length) = spec.split_at(1);
        let length: usize = length.parse().unwrap();
        match filling {
            "a" => self.fill(alphabet::ALNUM, length),
            "x" => self.fill(alphabet::LOWER_HEX, length),
            "u" => self.fill(alphabet::UPPER, length),
            "l" => self.fill(alphabet::LOWER, length),
            "d" => self.fill(alphabet::DIGIT, length),
            "b" => self.fill(alphabet::ALNUM, length - 2) + "+" + &self.fill(alphabet::ALNUM, 1),
            "p" => self.fill(alphabet::ALNUM, length - 3) + "7!x",
            "m" => (0..length).map(|_| self.fill(alphabet::ALNUM, 64) + "\n").collect(),
            other => panic!("no such filling: {other}"),
        }
    }

    fn key(&mut self, prefix: &str, parts: &[Part], within: &str) -> String {
        let mut key = prefix.to_owned();
        for part in parts {
            match *part {
                Part::Text(text) => key += text,
                Part::Run(alphabet, least, most) => {
                    key += &self.fill(alphabet, least.max(most.min(40)) - within.len());
                    key += within;
                }
            }
        }
        key
    }
}

fn dice() -> Dice {
    Dice(0x9e37_79b9_7f4a_7c15)
}

fn found(detector: &Detector, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    detector.find(text, &mut found);
    disjoint(&mut found);
    found
}

#[test]
fn keys_of_every_shape_are_found_wherever_they_stand() {
    let detector = Detector::new();
    let mut dice = dice();
    for shape in SHAPES {
        for (before, after) in
            [("", ""), ("see ", " please"), ("x=\"", "\""), ("(", ")."), ("\\n", "\\n"), ("键", "。")]
        {
            let key = dice.key(shape.prefix, shape.parts, shape.within);
            let text = format!("{before}{key}{after}");
            let span = before.len()..before.len() + key.len();
            let hits = found(&detector, &text);
            assert!(hits.iter().any(|hit| hit.span == span), "{}: {text}: {hits:?}", shape.kind);
        }
    }
}

#[test]
fn every_kind_has_a_mask_of_its_own() {
    let mut masks: Vec<&str> = kinds::ALL.iter().map(|kind| label(kind)).collect();
    masks.sort_unstable();
    masks.dedup();
    assert_eq!(masks.len(), kinds::ALL.len());
    assert_eq!(label(kinds::PRIVATE_KEY), "[PRIVATE_KEY]");
    assert_eq!(label("of another detector"), "[SECRET]");
}

/// What is found, of which kind, and where: what `«…»` stands for unless the first column says that it is more.
const FOUND: &[(&str, &str)] = &[
    ("db_password: «p16»", kinds::PASSWORD),
    ("DB_PASSWORD=«p16»", kinds::PASSWORD),
    ("set PGPASSWORD=«p16»", kinds::PASSWORD),
    ("\"password\": \"«p12»\",", kinds::PASSWORD),
    ("{\\\"password\\\":\\\"«p12»\\\"}", kinds::PASSWORD),
    ("<password>«p12»</password>", kinds::PASSWORD),
    ("<add key=\"DbPassword\" value=\"«p12»\" />", kinds::PASSWORD),
    ("mysql --password=«p12» -h db", kinds::PASSWORD),
    ("app --password «p12» --verbose", kinds::PASSWORD),
    ("mysql -u root -p«p12» app", kinds::PASSWORD),
    ("sshpass -p '«p12»' ssh host", kinds::PASSWORD),
    ("define('DB_PASSWORD', '«p12»');", kinds::PASSWORD),
    ("db.setPassword(\"«p12»\");", kinds::PASSWORD),
    ("if password == \"«p12»\":", kinds::PASSWORD),
    ("password: str = \"«p12»\"", kinds::PASSWORD),
    ("String password = \"«p12»\";", kinds::PASSWORD),
    ("$password = '«p12»';", kinds::PASSWORD),
    ("password := \"«p12»\"", kinds::PASSWORD),
    ("'password' => '«p12»',", kinds::PASSWORD),
    ("Server=db;User ID=sa;Password=«p14»;Encrypt=True;", kinds::PASSWORD),
    ("jdbc:postgresql://db/app?user=bob&password=«a14»&ssl=true", kinds::PASSWORD),
    ("machine host login bob password «p12»", kinds::PASSWORD),
    ("db.example.com:5432:app:bob:«a16»", kinds::PASSWORD),
    ("| password | «p12» |", kinds::PASSWORD),
    ("- name: DB_PASSWORD\n  value: «p12»", kinds::PASSWORD),
    ("ENV DB_PASSWORD «p12»", kinds::PASSWORD),
    ("my password is «p12», can you log in?", kinds::PASSWORD),
    ("the password for the staging database is «p12».", kinds::PASSWORD),
    ("Login: bob / Password: «p12»", kinds::PASSWORD),
    ("Das Passwort lautet «p12»", kinds::PASSWORD),
    ("密码: «p12»", kinds::PASSWORD),
    ("api_key = \"«x32»\"", kinds::API_KEY),
    ("apiKey: '«a32»',", kinds::API_KEY),
    ("X-Api-Key: «a32»", kinds::API_KEY),
    ("the API key is «a32».", kinds::API_KEY),
    ("DATADOG_API_KEY=«x32»", kinds::DATADOG_KEY),
    ("HEROKU_API_KEY=«x8»-«x4»-«x4»-«x4»-«x12»", kinds::HEROKU_KEY),
    ("cloudflare = \"«a40»\"", kinds::CLOUDFLARE_KEY),
    ("pagerduty key = «a20»", kinds::PAGERDUTY_KEY),
    ("my cloudflare global key is «x37»", kinds::CLOUDFLARE_KEY),
    ("algoliaAdminKey: \"«x32»\"", kinds::ALGOLIA_KEY),
    ("client_secret: «a32»", kinds::CLIENT_SECRET),
    ("JWT_SECRET=«a40»", kinds::SECRET),
    ("SECRET_KEY=«a50»", kinds::ACCESS_KEY),
    ("refresh_token: \"«a64»\"", kinds::TOKEN),
    ("PRIVATE-TOKEN: «a20»", kinds::TOKEN),
    ("//registry.example.com/:_authToken=«x8»-«x4»-«x4»-«x4»-«x12»", kinds::TOKEN),
    ("aws_secret_access_key = «b40»", kinds::AWS_SECRET_ACCESS_KEY),
    ("\"SecretAccessKey\": \"«b40»\"", kinds::AWS_SECRET_ACCESS_KEY),
    ("Authorization: token «x40»", kinds::AUTH_HEADER),
    ("Authorization: Bearer «a40»", kinds::BEARER_HEADER),
    ("{\"Authorization\": \"Bearer «a40»\"}", kinds::BEARER_HEADER),
    ("curl -u bob:«a16» https://api.example.com", kinds::URL_CREDENTIALS),
    ("git clone https://bob:«a20»@git.example.com/x.git", kinds::URL_CREDENTIALS),
    ("postgres://svc:«a16»@db.example.com:5432/app", kinds::DATABASE_URL),
    ("redis://:«a16»@cache:6379/0", kinds::DATABASE_URL),
    ("mongodb+srv://svc:«a16»@db.example.com/app", kinds::DATABASE_URL),
    ("Cookie: theme=dark; sessionid=«l32»; lang=en", kinds::SESSION_COOKIE),
    ("https://a.example.com/c?sv=1&sig=«a43»%3D", kinds::URL_SIGNATURE),
    ("DefaultEndpointsProtocol=https;AccountName=x;AccountKey=«b86»==", kinds::AZURE_CONNECTION_STRING),
    (
        "Endpoint=sb://x.example.com/;SharedAccessKeyName=r;SharedAccessKey=«b43»=",
        kinds::AZURE_CONNECTION_STRING,
    ),
    ("azure «a3»8Q~«a34»", kinds::AZURE_CLIENT_SECRET),
    ("tf «a14».atlasv1.«a67»", kinds::TERRAFORM_TOKEN),
    ("bot «d10»:AA«a33»", kinds::TELEGRAM_BOT_TOKEN),
    ("mail «x32»-us12", kinds::MAILCHIMP_KEY),
    ("bot M«a23».«a6».«a27»", kinds::DISCORD_TOKEN),
    ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx«a20».«a43»", kinds::JWT),
    ("-----BEGIN RSA PRIVATE KEY-----\n«m8»-----END RSA PRIVATE KEY-----", kinds::PRIVATE_KEY),
    (
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\n«m8»=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
        kinds::PRIVATE_KEY,
    ),
    ("\"-----BEGIN PRIVATE KEY-----\\n«a64»\\n«a64»\\n-----END PRIVATE KEY-----\\n\"", kinds::PRIVATE_KEY),
    ("the rest is lost: -----BEGIN EC PRIVATE KEY-----\n«a64»\n«a64»", kinds::PRIVATE_KEY),
];

#[test]
fn secrets_are_found_in_many_notations() {
    let detector = Detector::new();
    let mut dice = dice();
    for (template, kind) in FOUND {
        let (text, span) = dice.expand(template);
        let hits = found(&detector, &text);
        let hit = hits.iter().find(|hit| hit.span.start < span.end && span.start < hit.span.end);
        assert_eq!(
            hit.map(|hit| (hit.kind, hit.category)),
            Some((*kind, Category::Secrets)),
            "{text}: {hits:?}"
        );
        assert!(
            hits.iter().any(|hit| hit.span.start <= span.start && hit.span.end >= span.end),
            "{text}: {hits:?}"
        );
    }
}

#[test]
fn secrets_are_found_whole_through_every_disguise() {
    let mut dice = dice();
    for template in ["ghp_«a36»", "AKIA«u16»", "xoxb-«d12»-«d12»-«a24»"] {
        let (value, _) = dice.expand(template);
        let within =
            |hidden: &str| value.split("").filter(|part| !part.is_empty()).collect::<Vec<_>>().join(hidden);
        let wide = |letter: char| char::from_u32(u32::from(letter) + 0xfee0).unwrap();
        let disguises = [
            within("\u{200b}"),
            within("\u{ad}"),
            within("\u{2060}\u{feff}"),
            value.chars().map(wide).collect(),
            value.replace('-', "\u{2011}"),
        ];
        for hidden in disguises {
            let text = format!("schlüssel\u{a0}= {hidden} – danke");
            let start = text.find(hidden.as_str()).unwrap();
            let mut found = Vec::new();
            Detector::new().find(&text, &mut found);
            disjoint(&mut found);
            let spans: Vec<_> =
                found.into_iter().map(|finding| (finding.span.start, finding.span.end)).collect();
            assert_eq!(spans, [(start, start + hidden.len())], "in {text:?}");
        }
    }
}

#[test]
fn a_mask_leaves_what_is_around_a_value() {
    let detector = Detector::new();
    let mut dice = dice();
    for template in [
        "{\"password\": \"«p12»\"}",
        "x = f(api_key=\"«a32»\", n=1)",
        "https://b:«a20»@h/x",
        "pwd=«p12»\nuser=bob",
    ] {
        let (text, span) = dice.expand(template);
        let hit = &found(&detector, &text)[0].span;
        assert_eq!(hit.end, span.end, "{text}");
        assert!(hit.start + 2 >= span.start, "{text}");
    }
}

#[test]
fn a_key_that_is_cut_short_ends_with_its_string() {
    let detector = Detector::new();
    let mut dice = dice();
    let key = r#""-----BEGIN PRIVATE KEY-----\n«a64»\n«a64»", "id": "«x40»""#;
    let (text, _) = dice.expand(key);
    let hits = found(&detector, &text);
    assert_eq!(hits.len(), 1, "{text}");
    assert_eq!(hits[0].span, 1..text.find("\", \"id").unwrap(), "{text}");
    let (text, _) = dice.expand(
        "\"-----BEGIN PRIVATE KEY-----\\n\" +\n  \"«a64»\\n\" +\n  \"«a64»\\n-----END PRIVATE KEY-----\";",
    );
    assert_eq!(found(&detector, &text)[0].span, 1..text.len() - 2, "{text}");
}

/// What is no secret, however much it looks like one.
const INNOCENT: &[&str] = &[
    "commit «x40» is the merge base",
    "docker pull repo@sha256:«x64»",
    "md5(abc) = «x32»",
    "ETag: \"«x32»\"",
    "trace_id=«x32» span_id=«x16»",
    "id: «x8»-«x4»-«x4»-«x4»-«x12» not found",
    "integrity sha512-«b86»==",
    "data:image/png;base64,iVBORw0KGgo«b400»==",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI«b43» me@host",
    "-----BEGIN CERTIFICATE-----\n«m12»-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\n«m4»-----END PUBLIC KEY-----",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY----- is how one begins, and a long \
     sentence may follow which is no key at all however long it goes on about keys and the lines that they are made of",
    "cache key user:1926:session:«x12» expired",
    "const PRIMARY_KEY = 'user_id'; // «a8»",
    "cache_key = \"user:«d4»:«x16»\"",
    "public_key: \"«b43»=\"",
    "PUBLISHABLE_KEY=pk_live_«a24»",
    "next_page_token: \"«a30»\"",
    "idempotency_key: «x32»",
    "password_hash = \"$2b$12$«a53»\"",
    "password: $2y$10$«a53»",
    "secret_id: «x32»",
    "TWILIO_ACCOUNT_SID=AC«x32»",
    "https://«x32»@o1.ingest.example.com/1",
    "client_id=«x20»",
    "0x«x40»",
    "call_«a24» and toolu_«a24» and cus_«a14»",
    "https://cdn.example.com/app.«x20».js 404",
    "k8s pod web-«x10»-«l5» restarted",
    "kid: «x40»",
    "SK12345-67890",
    "arn:aws:secretsmanager:us-east-1:1:secret:prod/db-«a6»",
    "/var/lib/docker/overlay2/«x64»/merged",
    "nonce-«b22»==",
    "password = os.environ['DB_PASSWORD'] raises KeyError",
    "password=os.getenv(\"PW1\")",
    "password: ${DB_PASSWORD}",
    "password: $DB_PASSWORD",
    "password: \"{{ vault_password_2 }}\"",
    "password: {{ .Values.db.password | b64enc }}",
    "password = var.db_password",
    "password=<your-password>",
    "password: changeme",
    "password: \"********\"",
    "password: xxxxxxxx",
    "pub password: windows_sys::core::PWSTR,",
    "const MAX_PASSWORD: u32 = 256u32;",
    "password VARCHAR(255)",
    "password: z.string().min(8)",
    "def login(user: str, password: str) -> bool:",
    "passwd: files systemd",
    "pass: 41 fail: 2",
    "my password is too short, how long should it be?",
    "the password must be at least 12 characters",
    "your password is case-sensitive",
    "the password is SHA256-hashed",
    "password is base64-encoded",
    "what is an API key and how do I rotate it?",
    "the key is to keep it simple",
    "max_tokens: 4096",
    "tokenizer: \"cl100k_base\"",
    "token = tokenizer.decode(ids)",
    "const token = await getToken();",
    "api_key: ${{ secrets.API_KEY }}",
    "set OPENAI_API_KEY=<your key here>",
    "api_key=settings.API_KEY_2, model=\"gpt-4o-2024-08-06\"",
    "API_KEY=YOUR-API-KEY-123",
    "token: \"***REDACTED***\"",
    "Authorization: Bearer {token}",
    "Authorization: Bearer $TOKEN",
    "Authorization: Bearer YOUR_ACCESS_TOKEN",
    "Authorization: Basic <credentials>",
    "Authorization: Basic dXNlcjpwYXNz",
    "Bearer authentication is described in RFC6750-section-2.1",
    "postgres://user:password@localhost:5432/db",
    "amqp://guest:guest@mq/",
    "postgres://{user}:{password}@{host}/db",
    "https://user:${TOKEN}@example.com",
    "https://host:8080/@user/a-post-«x12»",
    "export AWS_SECRET_ACCESS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "xoxb-your-token-goes-here",
    "the sk-learn docs say sk-fold is stratified",
    "eyJ is how it begins",
    "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "SKU: task-skilled",
    "npm_config_registry_cache_max_size",
];

#[test]
fn look_alikes_are_let_be() {
    let detector = Detector::new();
    let mut dice = dice();
    for template in INNOCENT {
        for _ in 0..20 {
            let (text, _) = dice.expand(template);
            assert_eq!(found(&detector, &text), [], "{text}");
        }
    }
}

#[test]
fn names_tell_what_their_values_are() {
    let secret = [
        ("DB_PASSWORD", Sort::Password),
        ("userPassword2", Sort::Password),
        ("pw", Sort::Password),
        ("X-Api-Key", Sort::Key),
        ("awsSecretAccessKey", Sort::Key),
        ("NEW_RELIC_KEY", Sort::Key),
        ("STORAGE_KEY", Sort::Key),
        ("FOO_KEY", Sort::Perhaps),
        ("auth", Sort::Login),
        ("seed phrase", Sort::Phrase),
    ];
    for (name, expected) in secret {
        assert_eq!(sort(name).map(|(sort, _)| sort), Some(expected), "{name}");
    }
    for name in [
        "",
        "key",
        "monkey",
        "token_type",
        "max_tokens",
        "primary_key",
        "password_hash",
        "publicKey",
        "author",
        "secretName",
    ] {
        assert_eq!(sort(name), None, "{name}");
    }
}

#[test]
fn values_are_judged_by_what_they_are_made_of() {
    assert!((entropy(b"aaaa") - 0.0).abs() < 1e-6);
    assert!((entropy(b"abcdabcd") - 2.0).abs() < 1e-6);
    assert!(is_uuid(b"26ed1207-e13a-0ccf-9842-1ad0b52469eb") && !is_uuid(b"26ed1207-e13a-0ccf-9842"));
    for words in ["correct-horse", "claude-3-5-sonnet-20241022", "getAccessToken", "my_app_v2", "2024-01-01"]
    {
        assert!(is_wordy(words.as_bytes()) && !is_random(words.as_bytes()), "{words}");
    }
    for stand_in in
        ["your-api-key-here", "AKIAIOSFODNN7EXAMPLE", "0123456789abcdef", "aaaaaaaaaaaaaaab", "${TOKEN}"]
    {
        assert!(is_stand_in(stand_in.as_bytes()), "{stand_in}");
    }
    for (password, expected) in
        [("Tr0ub4dor&3", true), ("x7!kQ2", true), ("password", false), ("is-short", false), ("12", false)]
    {
        assert_eq!(is_password(password.as_bytes()), expected, "{password}");
    }
}

#[test]
fn prose_is_hardly_held_back() {
    let detector = Detector::new();
    for (text, held) in [
        ("The author's key question was whether the budget would pass. ", 0),
        ("a word that is unfin", 5),
        ("all of it\n", 0),
        ("密码学的历史很长", 0),
        ("the password is hunt", 4),
        ("the password is ", 0),
        ("see -----BEGIN RSA PRIVATE KEY-----\nMIIE", 36),
        ("-----BEGIN CERTIFICATE-----\nMIIE", 4),
        ("Authorization: Bearer abc", 25),
    ] {
        assert_eq!(text.len() - detector.settled(text), held, "{text}");
    }
}

/// Pieces of which texts are made that are hard to cut.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "password",
        "api_key",
        "secret",
        " = ",
        ": ",
        "\"",
        "'",
        "\n",
        " ",
        " is ",
        "=",
        ";",
        "&",
        "?",
        "//",
        "://",
        "@",
        "postgres://u",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9",
        ".",
        "Authorization: ",
        "Bearer ",
        "Basic ",
        "curl -u ",
        "AKIA",
        "sk-",
        "ghp_",
        "aws",
        "密码: ",
        "é",
        "{{",
        "}}",
        "- name: TOKEN\n  value: ",
        "mnemonic: ",
        "abandon ability about above ",
        "DefaultEndpointsProtocol=https;AccountKey=",
        "sessionid=",
        ":AA",
        "Q~",
        "\\n",
        "PuTTY-User-Key-File-2: x\n",
        "Private-MAC: 00",
        "| token | ",
        " --user ",
        "xoxb-",
        "https://hooks.slack.com/services/",
        "heroku",
        "ENV ",
    ];
    prop_oneof![
        3 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned),
        1 => "[A-Za-z0-9+/]{40,70}\n?",
        1 => "[A-Za-z0-9_-]{8,40}",
        1 => "[0-9a-f]{32}",
        1 => "[!-~]{6,16}",
        1 => prop_oneof!["\\PC{0,6}", "[０-９ａA1–．：\u{200b}\u{301}\u{a0}]{1,9}"],
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat())
}

thread_local! {
    static DETECTOR: Detector = Detector::new();
}

fn raw(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    DETECTOR.with(|detector| detector.find(text, &mut found));
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_settled_stays(text in text(), cut in any::<prop::sample::Index>()) {
        let cut = text.floor_char_boundary(cut.index(text.len() + 1));
        let prefix = text.get(..cut).unwrap();
        let settled = DETECTOR.with(|detector| detector.settled(prefix));
        prop_assert!(settled <= cut && text.is_char_boundary(settled));
        let before = |found: Vec<Finding>| found.into_iter().filter(|hit| hit.span.start < settled).collect::<Vec<_>>();
        prop_assert_eq!(before(raw(prefix)), before(raw(&text)));
    }

    #[test]
    fn more_text_never_unsettles(text in text(), cut in any::<prop::sample::Index>()) {
        let cut = text.floor_char_boundary(cut.index(text.len() + 1));
        let settled = |text: &str| DETECTOR.with(|detector| detector.settled(text));
        prop_assert!(settled(text.get(..cut).unwrap()) <= settled(&text));
    }

    #[test]
    fn a_search_from_within_finds_the_same(text in text(), from in any::<prop::sample::Index>()) {
        let text = "The rest is far behind. ".repeat(40) + &text;
        let from = from.index(text.len() + 1);
        let mut found = Vec::new();
        DETECTOR.with(|detector| detector.find_from(&text, from, &mut found));
        let expected: Vec<Finding> = raw(&text).into_iter().filter(|hit| hit.span.start >= from).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn spans_are_whole_characters_within_the_text(text in prop_oneof![text(), any::<String>()]) {
        for Finding { span, .. } in raw(&text) {
            prop_assert!(span.start < span.end && text.get(span).is_some());
        }
    }
}

#[test]
fn time_grows_no_faster_than_the_text() {
    // Each of these begins a rule that reads on; read to their ends, all together, they would take hours.
    for piece in [
        "-----BEGIN RSA PRIVATE KEY-----",
        "password = '",
        "eyJ",
        "https://",
        "AccountEndpoint=",
        "bearer ",
        "mnemonic: aaa ",
    ] {
        let text = piece.repeat(300_000 / piece.len());
        assert!(raw(&text).len() <= text.len());
    }
}

#[test]
fn hostile_texts_are_asked_for_a_bounded_number_of_bytes() {
    let detector = Detector::new();
    let key = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY";
    let lines = format!("{key}{key}\n");
    for piece in [
        "password=",
        "password='",
        "AccountKey=",
        "key ",
        "key: ",
        "pass: \"",
        "eyJhbGciOiJIUzI1NiJ9.",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "a://b",
        "://",
        "Bearer ",
        "xoxb-",
        " -u",
        "mnemonic abandon ",
        "PuTTY-User-Key-File-2: x\n",
        "A",
        "=",
        "token is ",
        "p\u{200b}ass",
        key,
        lines.as_str(),
    ] {
        let text = piece.repeat(60_000 / piece.len());
        let plain = crate::plain::Plain::of(&text).map_or(text.clone(), |plain| plain.text().to_owned());
        let view = super::view::View::new(&plain);
        detector.look(&view, &plain, 0, |_| ());
        let each = view.asked.get() / plain.len();
        assert!(each <= 600, "{each} bytes for one of {piece:?}…");
    }
}
