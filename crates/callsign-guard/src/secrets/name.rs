//! What the name of a setting says of its value: `DB_PASSWORD`, `spring.datasource.password`, `X-Api-Key`, `herokuToken`.

use super::kinds::{
    ACCESS_KEY, API_KEY, AWS_SECRET_ACCESS_KEY, BASIC_AUTH_HEADER, CLIENT_SECRET, CRYPTO_PRIVATE_KEY,
    PASSPHRASE, PASSWORD, SECRET, SEED_PHRASE, TOKEN,
};
use super::makers::MAKERS;

/// What a value under a name must look like to be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Chosen by a person, perhaps.
    Password,
    /// Made by a machine.
    Key,
    /// Made by a machine, and only perhaps secret: it must be long and thoroughly mixed.
    Perhaps,
    /// A login in base64.
    Login,
    /// The words a wallet is restored from.
    Phrase,
}

/// Words that a name may hold together with a secret's, and which tell that its value is none.
const INNOCENT: [&str; 44] = [
    "websocket",
    "public",
    "publishable",
    "pub",
    "primary",
    "foreign",
    "cache",
    "sort",
    "partition",
    "idempotency",
    "fingerprint",
    "unique",
    "routing",
    "translation",
    "next",
    "page",
    "continuation",
    "object",
    "row",
    "hash",
    "map",
    "dict",
    "lookup",
    "group",
    "index",
    "s3",
    "gcs",
    "dedup",
    "event",
    "message",
    "record",
    "item",
    "node",
    "tree",
    "registry",
    "range",
    "ordering",
    "hot",
    "natural",
    "schema",
    "sequence",
    "host",
    "gpg",
    "pgp",
];

/// Last words that tell of something about a secret, not of the secret.
const ABOUT: [&str; 135] = [
    "id",
    "ids",
    "name",
    "names",
    "file",
    "path",
    "dir",
    "url",
    "uri",
    "endpoint",
    "type",
    "length",
    "len",
    "size",
    "count",
    "limit",
    "hash",
    "hashed",
    "digest",
    "checksum",
    "algorithm",
    "alg",
    "expiry",
    "expires",
    "expiration",
    "ttl",
    "age",
    "version",
    "policy",
    "field",
    "label",
    "placeholder",
    "hint",
    "regex",
    "pattern",
    "min",
    "max",
    "required",
    "reset",
    "strength",
    "manager",
    "store",
    "provider",
    "param",
    "header",
    "prefix",
    "suffix",
    "index",
    "arn",
    "ref",
    "usage",
    "alias",
    "format",
    "valid",
    "enabled",
    "disabled",
    "reader",
    "map",
    "budget",
    "number",
    "bucket",
    "env",
    "var",
    "sid",
    "date",
    "at",
    "time",
    "timeout",
    "status",
    "state",
    "error",
    "message",
    "scope",
    "scopes",
    "issuer",
    "audience",
    "host",
    "port",
    "region",
    "account",
    "app",
    "project",
    "org",
    "team",
    "user",
    "username",
    "email",
    "domain",
    "site",
    "dsn",
    "channel",
    "room",
    "zone",
    "release",
    "commit",
    "build",
    "sha",
    "trace",
    "span",
    "baggage",
    "event",
    "session",
    "request",
    "correlation",
    "transaction",
    "run",
    "job",
    "pipeline",
    "deploy",
    "deployment",
    "etag",
    "customer",
    "price",
    "product",
    "intent",
    "charge",
    "invoice",
    "plan",
    "coupon",
    "model",
    "image",
    "tag",
    "branch",
    "revision",
    "ref",
    "slug",
    "node",
    "cluster",
    "namespace",
    "table",
    "database",
    "tenant",
    "guid",
    "uuid",
    "workspace",
];

/// Names that are passwords by themselves, or at the end of a longer word.
const PASSWORDS: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "passwort",
    "kennwort",
    "senha",
    "contrasena",
    "contraseña",
    "motdepasse",
    "wachtwoord",
    "пароль",
    "密码",
    "パスワード",
    "parola",
];

/// What stands before `key` where a key is secret.
const KEY_OWNERS: [&str; 44] = [
    "api",
    "apis",
    "access",
    "auth",
    "private",
    "secret",
    "encryption",
    "signing",
    "client",
    "master",
    "account",
    "service",
    "storage",
    "shared",
    "signature",
    "session",
    "license",
    "subscription",
    "webhook",
    "jwt",
    "hmac",
    "deploy",
    "app",
    "application",
    "consumer",
    "admin",
    "root",
    "server",
    "rest",
    "write",
    "ingest",
    "insert",
    "integration",
    "aes",
    "rsa",
    "cookie",
    "crypto",
    "cipher",
    "decryption",
    "user",
    "developer",
    "bot",
    "live",
    "salt",
];

/// Whether `word` tells of something about a secret, and not of the secret.
pub(super) fn is_about(word: &[u8]) -> bool {
    ABOUT.iter().any(|about| {
        about.as_bytes().eq_ignore_ascii_case(word)
            && !matches!(
                *about,
                "app"
                    | "account"
                    | "user"
                    | "database"
                    | "host"
                    | "cluster"
                    | "project"
                    | "team"
                    | "site"
                    | "table"
                    | "org"
            )
    })
}

/// What sort of value `name` has, and what kind of secret it then is; none if it has no secret.
pub(super) fn sort(name: &str) -> Option<(Sort, &'static str)> {
    let words = words(name);
    let last = words.last()?.as_str();
    let has = |word: &str| words.iter().any(|other| other == word);
    if let Some(password) = password(&words, last) {
        return Some(password);
    }
    if ABOUT.contains(&last) || INNOCENT.iter().any(|word| has(word)) {
        return None;
    }
    let maker =
        MAKERS.iter().find(|(maker, _)| words.iter().any(|word| word == maker)).map(|(_, kind)| *kind);
    let amazon = (has("aws") || has("amazon")) && (has("secret") || has("session"));
    let kind = if amazon { Some(AWS_SECRET_ACCESS_KEY) } else { maker };
    let (sort, own) = machine_made(&words, last, maker.is_some())?;
    Some((sort, kind.unwrap_or(own)))
}

fn password(words: &[String], last: &str) -> Option<(Sort, &'static str)> {
    let stem = last.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if matches!(stem, "mnemonic" | "phrase") && (stem == "mnemonic" || words.len() > 1) {
        let wallet = stem == "mnemonic"
            || words.iter().any(|word| matches!(word.as_str(), "seed" | "recovery" | "secret"));
        return wallet.then_some((Sort::Phrase, SEED_PHRASE));
    }
    let long = PASSWORDS.iter().any(|word| stem == *word || (word.len() > 5 && stem.ends_with(word)));
    let short = matches!(stem, "pass" | "pw" | "psw" | "pswd");
    let kind = if stem == "passphrase" { PASSPHRASE } else { PASSWORD };
    (long || short).then_some((Sort::Password, kind))
}

fn machine_made(words: &[String], last: &str, made: bool) -> Option<(Sort, &'static str)> {
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    let has = |word: &str| words.iter().any(|other| other == word);
    Some(match last {
        "apikey" | "apikeys" | "appkey" => (Sort::Key, API_KEY),
        "key" | "keys" if before == "api" || (made && last == "key" && !KEY_OWNERS.contains(&before)) => {
            (Sort::Key, API_KEY)
        }
        "key" | "keys" if before == "private" => (Sort::Key, CRYPTO_PRIVATE_KEY),
        "key" | "keys" if KEY_OWNERS.contains(&before) => (Sort::Key, ACCESS_KEY),
        "key" if has("secret") || has("private") => (Sort::Key, ACCESS_KEY),
        "key" if words.len() > 1 => (Sort::Perhaps, ACCESS_KEY),
        "accesskey" | "secretkey" | "authkey" | "accountkey" | "sharedaccesskey" | "masterkey"
        | "signingkey" => (Sort::Key, ACCESS_KEY),
        "secret" | "secrets" if before == "client" || before == "consumer" => (Sort::Key, CLIENT_SECRET),
        "clientsecret" | "appsecret" => (Sort::Key, CLIENT_SECRET),
        "secret" | "secrets" | "secretkeybase" | "base" if last != "base" || has("secret") => {
            (Sort::Key, SECRET)
        }
        "token" | "authtoken" | "accesstoken" | "pat" | "bearer" | "jwt" => (Sort::Key, TOKEN),
        "auth" => (Sort::Login, BASIC_AUTH_HEADER),
        "credential" | "credentials" | "creds" | "cred" => (Sort::Key, SECRET),
        "value" if has("secret") || has("token") => (Sort::Key, SECRET),
        "salt" | "pepper" => (Sort::Perhaps, SECRET),
        "sig" | "signature" if words.len() == 1 => (Sort::Perhaps, SECRET),
        "api" | "bot" | "access" if made => (Sort::Key, API_KEY),
        _ if last.ends_with("secret") => (Sort::Key, SECRET),
        _ if last.ends_with("token") => (Sort::Key, TOKEN),
        _ if last.strip_suffix("key").is_some_and(|owner| KEY_OWNERS.contains(&owner) || is_maker(owner)) => {
            (Sort::Key, ACCESS_KEY)
        }
        _ if made && words.len() <= 2 && is_maker(last) => (Sort::Key, API_KEY),
        _ if made && words.len() <= 3 => (Sort::Perhaps, API_KEY),
        _ => return None,
    })
}

/// Whether `word` is a maker's name, in small letters.
pub(super) fn is_maker(word: &str) -> bool {
    MAKERS.iter().any(|(maker, _)| *maker == word)
}

/// The words of a name in small letters: parted at anything but letters and digits, and before a capital after a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        let apart = !before.is_alphanumeric() || (before.is_lowercase() && letter.is_uppercase());
        if letter.is_alphanumeric() {
            if apart {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        before = letter;
    }
    joined(words)
}

/// With `new relic` and the like as one word.
fn joined(words: Vec<String>) -> Vec<String> {
    const PAIRS: [(&str, &str); 5] =
        [("new", "relic"), ("launch", "darkly"), ("pager", "duty"), ("circle", "ci"), ("sumo", "logic")];
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match joined.last_mut() {
            Some(before) if PAIRS.contains(&(before.as_str(), word.as_str())) => before.push_str(&word),
            _ => joined.push(word),
        }
    }
    joined
}
