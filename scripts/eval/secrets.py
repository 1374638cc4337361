"""Texts with made-up keys of many makers (`label` 1) and with what only looks like one (`label` 0): secrets.py SEED."""

import random, json, string, base64, sys, uuid, hashlib

random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
L = string.ascii_letters
D = string.digits
A = L + D
LO = string.ascii_lowercase
UP = string.ascii_uppercase
HX = "0123456789abcdef"
U = A + "_-"
B = A + "+/"
r = lambda c, n: "".join(random.choice(c) for _ in range(n))


def b64(s):
    return base64.b64encode(s.encode()).decode()


def b64u(s):
    return base64.urlsafe_b64encode(s.encode()).decode().rstrip("=")


def pw(n=None):
    n = n or random.randint(8, 22)
    while 1:
        p = r(A + random.choice(["!@#$%^&*", "!@#%-_.", ""]), n)
        if any(c.isdigit() for c in p) and any(c.isalpha() for c in p) and not p.startswith(("$", "%")):
            return p


def pem(kind="RSA "):
    return (
        f"-----BEGIN {kind}PRIVATE KEY-----\n"
        + "\n".join(r(B, 64) for _ in range(random.randint(5, 24)))
        + f"\n{r(B,30)}==\n-----END {kind}PRIVATE KEY-----"
    )


def uu():
    return str(uuid.UUID(int=random.getrandbits(128)))


K = {
    "github_oauth": lambda: "gho_" + r(A, 36),
    "github_refresh": lambda: "ghr_" + r(A, 76),
    "gitlab_runner": lambda: "glrt-" + r(U, 20),
    "gitlab_deploy": lambda: "gldt-" + r(U, 20),
    "bitbucket_app_password": lambda: "ATBB" + r(A, 32),
    "atlassian_api_token": lambda: "ATATT3xFfGF0" + r(U, 170) + "=" + r("0123456789ABCDEF", 8),
    "slack_user_token": lambda: "xoxp-" + "-".join(r(D, 12) for _ in range(3)) + "-" + r(HX, 32),
    "slack_app_token": lambda: "xapp-1-A" + r(UP + D, 10) + "-" + r(D, 13) + "-" + r(HX, 64),
    "discord_bot": lambda: random.choice("MNO") + r(A, 23) + "." + r(U, 6) + "." + r(U, 27),
    "discord_webhook": lambda: "https://discord.com/api/webhooks/" + r(D, 18) + "/" + r(U, 68),
    "teams_webhook": lambda: f"https://acme.webhook.office.com/webhookb2/{uu()}@{uu()}/IncomingWebhook/{r(HX,32)}/{uu()}",
    "mailchimp": lambda: r(HX, 32) + "-us" + str(random.randint(1, 21)),
    "mailgun_new": lambda: r(HX, 32) + "-" + r(HX, 8) + "-" + r(HX, 8),
    "brevo": lambda: "xkeysib-" + r(HX, 64) + "-" + r(A, 16),
    "postmark": lambda: uu(),
    "square": lambda: "sq0atp-" + r(U, 22),
    "square_secret": lambda: "sq0csp-" + r(U, 43),
    "square_new": lambda: "EAAA" + r(U, 60),
    "paypal_braintree": lambda: "access_token$production$" + r(LO + D, 16) + "$" + r(HX, 32),
    "razorpay": lambda: "rzp_live_" + r(A, 14),
    "plaid_secret": lambda: r(HX, 30),
    "stripe_webhook": lambda: "whsec_" + r(A, 32),
    "openrouter": lambda: "sk-or-v1-" + r(HX, 64),
    "groq": lambda: "gsk_" + r(A, 52),
    "perplexity": lambda: "pplx-" + r(A, 48),
    "replicate": lambda: "r8_" + r(A, 37),
    "xai": lambda: "xai-" + r(A, 80),
    "nvidia": lambda: "nvapi-" + r(U, 64),
    "cohere": lambda: r(A, 40),
    "mistral": lambda: r(A, 32),
    "deepseek": lambda: "sk-" + r(HX, 32),
    "openai_svc": lambda: "sk-svcacct-" + r(U, 74) + "T3BlbkFJ" + r(U, 74),
    "openai_legacy": lambda: "sk-" + r(A, 48),
    "elevenlabs": lambda: "sk_" + r(HX, 48),
    "pinecone": lambda: "pcsk_" + r(A, 6) + "_" + r(A, 63),
    "langsmith": lambda: "lsv2_pt_" + r(HX, 32) + "_" + r(HX, 10),
    "wandb": lambda: r(HX, 40),
    "rubygems": lambda: "rubygems_" + r(HX, 48),
    "nuget": lambda: "oy2" + r(LO + "234567", 43),
    "crates_io": lambda: "cio" + r(A, 32),
    "docker_pat": lambda: "dckr_pat_" + r(U, 27),
    "clojars": lambda: "CLOJARS_" + r(HX, 60),
    "heroku": lambda: uu(),
    "heroku_new": lambda: "HRKU-AA" + r(U, 58),
    "vercel": lambda: r(A, 24),
    "netlify": lambda: "nfp_" + r(A, 36),
    "netlify_old": lambda: r(U, 43),
    "cloudflare_api_token": lambda: r(U, 40),
    "cloudflare_global_key": lambda: r(HX, 37),
    "cloudflare_origin_ca": lambda: "v1.0-" + r(HX, 24) + "-" + r(HX, 146),
    "fly": lambda: "fo1_" + r(U, 43),
    "render": lambda: "rnd_" + r(A, 28),
    "terraform": lambda: r(A, 14) + ".atlasv1." + r(U, 67),
    "pulumi": lambda: "pul-" + r(HX, 40),
    "vault_batch": lambda: "hvb." + r(U, 140),
    "vault_old": lambda: "s." + r(A, 24),
    "onepassword": lambda: "ops_eyJ" + r(B, 260),
    "tailscale": lambda: "tskey-auth-k" + r(A, 11) + "CNTRL-" + r(A, 32),
    "datadog_api_key": lambda: r(HX, 32),
    "datadog_app_key": lambda: r(HX, 40),
    "newrelic": lambda: "NRAK-" + r(UP + D, 27),
    "grafana": lambda: "glsa_" + r(A, 32) + "_" + r(HX, 8),
    "grafana_cloud": lambda: "glc_" + r(A, 60),
    "sentry_auth": lambda: "sntryu_" + r(HX, 64),
    "sentry_org": lambda: "sntrys_eyJ" + r(B.replace("+", ""), 100) + "_" + r(A, 43),
    "pagerduty": lambda: "u+" + r(A, 18),
    "pagerduty_key": lambda: r(U, 20),
    "dynatrace": lambda: "dt0c01." + r(UP + D, 24) + "." + r(UP + D, 64),
    "honeycomb": lambda: r(A, 22),
    "splunk_hec_token": lambda: uu(),
    "sonar_token": lambda: "sqp_" + r(HX, 40),
    "snyk_token": lambda: uu(),
    "codecov_token": lambda: uu(),
    "circleci": lambda: "CCIPAT_" + r(A, 22) + "_" + r(HX, 40),
    "circleci_old": lambda: r(HX, 40),
    "buildkite": lambda: "bkua_" + r(HX, 40),
    "launchdarkly": lambda: "sdk-" + uu(),
    "okta_token": lambda: "00" + r(U, 40),
    "auth0_client_secret": lambda: r(U, 64),
    "facebook": lambda: "EAA" + r(A, 150),
    "twitter_bearer": lambda: "A" * 22 + r(A, 30) + "%3D" + r(A, 50),
    "twitter_secret": lambda: r(A, 45),
    "twitch": lambda: r(LO + D, 30),
    "linkedin_secret": lambda: r(A, 16),
    "spotify_client_secret": lambda: r(HX, 32),
    "notion": lambda: "secret_" + r(A, 43),
    "notion_new": lambda: "ntn_" + r(D, 11) + r(A, 35),
    "airtable": lambda: "pat" + r(A, 14) + "." + r(HX, 64),
    "airtable_old": lambda: "key" + r(A, 14),
    "asana": lambda: "1/" + r(D, 16) + ":" + r(HX, 32),
    "figma": lambda: "figd_" + r(U, 40),
    "postman": lambda: "PMAK-" + r(HX, 24) + "-" + r(HX, 34),
    "dropbox": lambda: "sl." + r(U, 135),
    "trello_token": lambda: r(HX, 64),
    "zendesk_token": lambda: r(A, 40),
    "hubspot": lambda: "pat-na1-" + uu(),
    "typeform": lambda: "tfp_" + r(U, 59),
    "algolia_admin_key": lambda: r(HX, 32),
    "mapbox": lambda: "sk.eyJ" + r(A, 60) + "." + r(U, 22),
    "contentful": lambda: "CFPAT-" + r(U, 43),
    "planetscale": lambda: "pscale_tkn_" + r(U, 43),
    "supabase": lambda: "sbp_" + r(HX, 40),
    "supabase_secret": lambda: "sb_secret_" + r(U, 31),
    "mongodb_atlas_key": lambda: uu(),
    "neon": lambda: "napi_" + r(LO + D, 64),
    "snowflake_password": pw,
    "confluent_secret": lambda: r(B, 64),
    "fastly": lambda: r(U, 32),
    "azure_client_secret": lambda: r(A, 3) + "8Q~" + r(A + "_~.-", 34),
    "azure_devops_pat": lambda: r(LO + "234567", 52),
    "azure_cosmos_key": lambda: r(B, 86) + "==",
    "alibaba_key": lambda: "LTAI" + r(A, 20),
    "gcp_oauth_secret": lambda: "GOCSPX-" + r(U, 28),
    "google_oauth": lambda: "ya29.a0" + r(U, 150),
    "ibm_cloud_api_key": lambda: r(U, 44),
    "databricks_oauth": lambda: "dose" + r(HX, 32),
    "shopify_secret": lambda: "shpss_" + r(HX, 32),
    "linear_oauth": lambda: "lin_oauth_" + r(HX, 64),
    "easypost": lambda: "EZAK" + r(A, 54),
    "duffel": lambda: "duffel_live_" + r(U, 43),
    "readme": lambda: "rdme_" + r(LO + D, 70),
    "prefect": lambda: "pnu_" + r(A, 36),
    "aws_session_token": lambda: r(B, 340) + "==",
    "jwt_secret": lambda: r(A, 40),
    "encryption_key": lambda: r(HX, 64),
    "flask_secret_key": lambda: r(HX, 48),
    "django_secret_key": lambda: "django-insecure-" + r(LO + D + "!@#$%^&*(-_=+)", 50),
    "client_secret": lambda: r(U, 32),
    "session_secret": lambda: r(A, 32),
    "access_token": lambda: r(A, 40),
    "auth_token": lambda: r(HX, 40),
    "refresh_token": lambda: r(U, 64),
    "smtp_password": pw,
    "admin_password": pw,
    "redis_password": pw,
    "root_password": pw,
    "passphrase": pw,
    "db_pass": pw,
    "mysql_pwd": pw,
}


def V():
    k = random.choice(list(K))
    return k, K[k]()


def names(k):
    n = k
    return n


T = [
    '{n} = "{v}"',
    "{N}={v}",
    "{n}: {v}",
    'export {N}="{v}"',
    '"{n}": "{v}"',
    "const {c} = '{v}';",
    "set {N}={v}",
    "os.environ['{N}'] = '{v}'",
    "define('{N}', '{v}');",
    "<{n}>{v}</{n}>",
    '  {n}: "{v}"\n  replicas: 3',
    "- name: {N}\n  value: {v}",
    "ENV {N} {v}",
    "--{d} {v}",
    "--{d}={v}",
    '{c}: "{v}",',
    'private static final String {N} = "{v}";',
    '{n} := "{v}"',
    'let {n} = "{v}";',
    "$${n} = '{v}';",
    '{{"user": "bob", "{n}": "{v}"}}',
    '{{\\"{n}\\":\\"{v}\\"}}',
    'curl "https://api.example.com/x?{n}={v}&y=1"',
    "my {s} is {v}",
    "here is the {s}: {v}",
    "{s} = {v}",
    "**{s}**: `{v}`",
    "| {n} | {v} |",
    'echo "{N}={v}" >> .env',
    '{N} => "{v}",',
    'config.{n} = "{v}"',
    '{n}="{v}" ./run.sh',
    "the {s} for staging is {v}, please keep it safe",
    '{n}: str = "{v}"',
    'System.setProperty("{n}", "{v}");',
    "{c}={v}\nDEBUG=1",
    "please look: {N}={v} fails with 401",
]


def camel(k):
    p = k.split("_")
    return p[0] + "".join(x.title() for x in p[1:])


rows = []
for k in K:
    for _ in range(6):
        v = K[k]()
        t = random.choice(T)
        n = k
        if "ENV" in t or True:
            x = (
                t.replace("$$", "$").format(
                    n=n, N=n.upper(), c=camel(n), d=n.replace("_", "-"), s=n.replace("_", " "), v="\0"
                )
                if True
                else ""
            )
        a = x.index("\0")
        x = x.replace("\0", v)
        rows.append(dict(text=x, label=1, entities=[dict(type=k, start=a, end=a + len(v))]))


def add(kind, pre, v, post=""):
    rows.append(dict(text=pre + v + post, label=1, entities=[dict(type=kind, start=len(pre), end=len(pre) + len(v))]))


for _ in range(8):
    p = r(A, random.randint(8, 20))
    u = "svc_" + r(HX, 4)
    add(
        "x_db_url",
        "DATABASE_URL=",
        f'{random.choice(["postgresql","mysql","redis","mongodb","amqps","mariadb","clickhouse","mssql+pyodbc","postgresql+psycopg2"])}://{u}:{p}@db.internal:5432/app',
    )
    add("x_redis", "REDIS_URL=redis://", f":{p}", "@cache:6379/0")
    add(
        "x_conn",
        "Server=tcp:x.database.windows.net,1433;Database=app;User ID=sa;Password=",
        pw(14).replace(";", "x"),
        ";Encrypt=True;",
    )
    add("x_jdbc", "jdbc:postgresql://db.host/app?user=fred&password=", r(A, 14), "&ssl=true")
    add("x_https", "git clone https://", f"{u}:{r(A,20)}", "@git.example.com/x.git")
    add("x_basic", 'curl -H "', "Authorization: Basic " + b64(u + ":" + p), '" https://x.y')
    add("x_basic_json", '{"Authorization": "Basic ', b64(u + ":" + p), '"}')
    add("x_bearer_json", 'headers={"Authorization": "Bearer ', r(A, 40), '"}')
    add("x_bearer_f", "-H 'authorization: bearer ", r(U, 32), "'")
    add("x_token_hdr", "Authorization: token ", r(HX, 40))
    add("x_apikey_hdr", "X-Api-Key: ", r(A, 32))
    add("x_apikey_hdr2", '-H "api-key: ', r(HX, 32), '"')
    add("x_private_token", "PRIVATE-TOKEN: ", r(U, 20))
    add("x_curl_u", "curl -u ", f"{u}:{p}", " https://api.example.com")
    add("x_curl_user", 'curl --user "', f"{u}:{p}", '" https://api.example.com')
    add("x_netrc", "machine api.heroku.com login bob@example.com password ", r(HX, 36))
    add("x_docker", '{"auths": {"https://index.docker.io/v1/": {"auth": "', b64(u + ":" + p), '"}}}')
    add("x_npmrc", "//registry.npmjs.org/:_authToken=", uu())
    add("x_cookie", "Cookie: theme=dark; sessionid=", r(LO + D, 32), "; lang=en")
    add("x_setcookie", "Set-Cookie: session=", r(U, 43), "; HttpOnly")
    add("x_jsess", "Cookie: JSESSIONID=", r("0123456789ABCDEF", 32))
    add("x_pem1", 'key = "', pem("").replace("\n", "\\n"), '"')
    add("x_pem2", "", pem("EC "))
    add("x_pem3", "my key:\n", pem("OPENSSH "), "\nthanks")
    add("x_pem4", "", pem("ENCRYPTED "))
    add(
        "x_pgp",
        "",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n"
        + "\n".join(r(B, 64) for _ in range(12))
        + "\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
    )
    add(
        "x_pem_enc",
        "",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
        + r("0123456789ABCDEF", 32)
        + "\n\n"
        + "\n".join(r(B, 64) for _ in range(12))
        + "\n-----END RSA PRIVATE KEY-----",
    )
    add(
        "x_jwt",
        "token: ",
        b64u('{"alg":"RS256","kid":"' + r(HX, 8) + '"}')
        + "."
        + b64u('{"sub":"' + r(D, 8) + '","exp":17000}')
        + "."
        + r(U, 86),
    )
    add(
        "x_prose_pw",
        "The password is ",
        random.choice([pw(10), "Tr0ub4dor&3", "S3cure!Pass9", "hunter22", "Winter2024!x"]),
        ".",
    )
    add("x_prose_pw2", "my wifi password is ", pw(12), " can you connect?")
    add("x_prose_pw3", "Login: bob / Password: ", pw(9))
    add("x_prose_pw4", "change my password from old to ", pw(11), " please")
    add("x_prose_key", "use this API key ", "sk_live_" + r(A, 24), " for billing")
    add("x_prose_key2", "the api key is ", r(A, 32), ".")
    add("x_prose_pw5", "user admin password ", pw(12))
    add(
        "x_sas",
        "https://acct.blob.core.windows.net/c/b?sv=2022-11-02&se=2024-01-01T00:00:00Z&sp=r&sig=",
        r(A, 43) + "%3D",
    )
    add(
        "x_sbus",
        "",
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=" + r(B, 43) + "=",
    )
    add("x_iot", "", "HostName=h.azure-devices.net;DeviceId=d1;SharedAccessKey=" + r(B, 43) + "=")
    add("x_cosmos", "", "AccountEndpoint=https://x.documents.azure.com:443/;AccountKey=" + r(B, 86) + "==;")
    add("x_aws_pair", "AKIA" + r(UP + "234567", 16) + ",", r(B, 40))
    add("x_aws_cli", "aws configure set aws_secret_access_key ", r(B, 40))
    add("x_aws_json", '"SecretAccessKey": "', r(B, 40), '",')
    add(
        "x_seed",
        "seed phrase: ",
        " ".join(
            random.sample(
                "abandon ability about absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual adapt add addict address adjust admit adult advance".split(),
                12,
            )
        ),
    )
    add("x_k8s", "kind: Secret\ndata:\n  password: ", b64(pw(12)))
    add(
        "x_maven",
        "<server><id>nexus</id><username>u</username><password>",
        pw(12).replace("&", "x").replace("<", "x"),
        "</password></server>",
    )
    add("x_xmlattr", '<add key="DbPassword" value="', pw(12).replace("&", "x"), '" />')
    add("x_pgpass", "db.example.com:5432:app:bob:", r(A, 16))
    add("x_mysql_p", "mysql -h db -u root -p", r(A, 12), " app")
    add("x_setpw", 'obj.setPassword("', pw(12), '");')
    add("x_cmp", 'if password == "', pw(12), '":')
    add("x_yamlpw", "spring:\n  datasource:\n    password: ", pw(14))
    add("x_de", "Das Passwort lautet ", pw(12))
    add("x_german", "Passwort: ", pw(12))
    add("x_pw_ssh", "sshpass -p '", pw(12), "' ssh host")
    add("x_azure_sas_hex", "X-Amz-Signature=", r(HX, 64))
# look-alikes
N = []
h = lambda n: r(HX, n)
LA = [
    lambda: f"sha256:{h(64)}",
    lambda: f"sha1: {h(40)}",
    lambda: f'"integrity": "sha384-{r(B,64)}"',
    lambda: f"git show {h(40)}",
    lambda: f"git checkout {h(7)}",
    lambda: f"request_id={uu()}",
    lambda: f"X-Request-Id: {uu()}",
    lambda: f'correlationId: "{uu()}"',
    lambda: f"idempotency_key: {uu()}",
    lambda: f"Idempotency-Key: {uu()}",
    lambda: f'primary_key = "{r(A,12)}"',
    lambda: f"foreign_key: user_id",
    lambda: f'cache_key = "user:{r(D,4)}:{h(16)}"',
    lambda: f"partition_key={h(32)}",
    lambda: f"sort_key: order#{r(D,6)}",
    lambda: f'public_key: "{r(B,43)}="',
    lambda: f"PUBLIC_KEY={r(B,64)}",
    lambda: f"STRIPE_PUBLISHABLE_KEY=pk_live_{r(A,24)}",
    lambda: f"pk_test_{r(A,24)}",
    lambda: f'next_page_token: "{r(U,30)}"',
    lambda: f"nextPageToken={r(U,40)}",
    lambda: f"continuation_token: {r(B,60)}",
    lambda: f"sync_token_id: {uu()}",
    lambda: "max_tokens: 4096",
    lambda: '"max_tokens": 1024, "temperature": 0.7',
    lambda: "total_tokens=5321 prompt_tokens=4000",
    lambda: 'tokenizer: "cl100k_base"',
    lambda: "token_count = 48213",
    lambda: 'token_type: "bearer"',
    lambda: "token = tokenizer.decode(ids)",
    lambda: "const token = await getToken();",
    lambda: 'let token = localStorage.getItem("token");',
    lambda: 'api_key = os.getenv("OPENAI_API_KEY")',
    lambda: "api_key=process.env.API_KEY",
    lambda: "apiKey: process.env.STRIPE_SECRET_KEY!",
    lambda: "password: ${DB_PASSWORD}",
    lambda: "password: $DB_PASSWORD",
    lambda: "PASSWORD=%DB_PASSWORD%",
    lambda: 'password: "{{ vault_db_password }}"',
    lambda: "password: {{ .Values.db.password | b64enc }}",
    lambda: "password = var.db_password",
    lambda: "password = data.aws_secretsmanager_secret_version.db.secret_string",
    lambda: "password: !vault |",
    lambda: "password: !Ref DBPassword",
    lambda: "password=<your-password>",
    lambda: "password: changeme",
    lambda: 'password: "password"',
    lambda: 'password = "********"',
    lambda: "password: xxxxxxxx",
    lambda: "Password: [hidden]",
    lambda: "API_KEY=your_api_key_here",
    lambda: "API_KEY=YOUR-API-KEY-123",
    lambda: 'api_key: "INSERT_KEY_HERE"',
    lambda: "token: <token>",
    lambda: "Authorization: Bearer <token>",
    lambda: "Authorization: Bearer $TOKEN",
    lambda: "Authorization: Bearer YOUR_ACCESS_TOKEN",
    lambda: "Authorization: Bearer ${{ secrets.GITHUB_TOKEN }}",
    lambda: "Authorization: Basic <credentials>",
    lambda: "Authorization: Basic dXNlcm5hbWU6cGFzc3dvcmQ=",
    lambda: "Authorization: Basic dXNlcjpwYXNz",
    lambda: '-H "Authorization: Bearer $(gcloud auth print-access-token)"',
    lambda: "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
    lambda: "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    lambda: "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    lambda: "OPENAI_API_KEY=sk-...",
    lambda: 'OPENAI_API_KEY="sk-your-key-here"',
    lambda: "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    lambda: "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    lambda: "xoxb-your-token-goes-here",
    lambda: "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    lambda: "SG.xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    lambda: "AKIAXXXXXXXXXXXXXXXX",
    lambda: "mysql://root:root@localhost/test",
    lambda: "mongodb://localhost:27017/db",
    lambda: "redis://localhost:6379/0",
    lambda: "postgres://user:pass@host:5432/db",
    lambda: "postgresql://postgres:postgres@db:5432/postgres",
    lambda: "amqp://guest:guest@rabbitmq:5672/",
    lambda: "postgres://$USER:$PASS@$HOST/db",
    lambda: "postgres://{user}:{password}@{host}/db",
    lambda: "https://user:password@example.com",
    lambda: "http://username:changeme@proxy:3128",
    lambda: "https://medium.com/@author/a-post-" + h(12),
    lambda: "https://cdn.jsdelivr.net/npm/vue@3.2.1/dist/vue.js",
    lambda: "git@github.com:org/repo.git",
    lambda: "ssh://git@host:2222/x.git",
    lambda: f"arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-{r(A,6)}",
    lambda: f"secretName: app-tls-{h(8)}",
    lambda: f"secret_id: {uu()}",
    lambda: "secretKeyRef:\n  name: db\n  key: password",
    lambda: "SECRET_PATH=/run/secrets/db_password",
    lambda: "password_file: /etc/app/pw.txt",
    lambda: "keyfile=/etc/ssl/private/server.key",
    lambda: 'private_key = file("~/.ssh/id_rsa")',
    lambda: f'password_hash = "$2b$12${r(A+"./",53)}"',
    lambda: f'bob:$6${r(A,8)}${r(A+"./",86)}:19000:0:99999:7:::',
    lambda: f'password: $2y$10${r(A+"./",53)}',
    lambda: f"checksum md5 {h(32)}",
    lambda: f'ETag: W/"{h(32)}"',
    lambda: f'If-None-Match: "{h(40)}"',
    lambda: f"Content-MD5: {r(B,22)}==",
    lambda: f"digest: sha512-{r(B,86)}==",
    lambda: f"SHA256:{r(B,43)} user@host (ED25519)",
    lambda: f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{r(B,330)} me@laptop",
    lambda: f"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB{r(B,90)}=",
    lambda: f"-----BEGIN CERTIFICATE REQUEST-----\n{r(B,64)}\n{r(B,64)}\n-----END CERTIFICATE REQUEST-----",
    lambda: f"-----BEGIN RSA PUBLIC KEY-----\n{r(B,64)}\n-----END RSA PUBLIC KEY-----",
    lambda: f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{r(B,64)}\n-----END PGP PUBLIC KEY BLOCK-----",
    lambda: f"-----BEGIN PGP SIGNATURE-----\n\n{r(B,64)}\n{r(B,64)}\n-----END PGP SIGNATURE-----",
    lambda: "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    lambda: 'grep -r "BEGIN RSA PRIVATE KEY" . finds files',
    lambda: f"age1{r(LO+D,58)}",
    lambda: f"bc1q{r(LO+D,38)}",
    lambda: f"0x{h(40)}",
    lambda: f"txid {h(64)}",
    lambda: f"1{r(A,33)} is my bitcoin address",
    lambda: f"Qm{r(A,44)}",
    lambda: f'bafybei{r(LO+"234567",52)}',
    lambda: f"oid sha256:{h(64)}",
    lambda: f"gravatar.com/avatar/{h(32)}",
    lambda: f"https://www.youtube.com/watch?v={r(U,11)}",
    lambda: f"https://docs.google.com/document/d/{r(U,44)}/edit",
    lambda: f"https://drive.google.com/file/d/{r(U,33)}/view",
    lambda: f"{r(D,12)}-{r(LO+D,32)}.apps.googleusercontent.com",
    lambda: f"G-{r(UP+D,10)} and UA-{r(D,8)}-1",
    lambda: f"AC{h(32)} is the account sid",
    lambda: f"TWILIO_ACCOUNT_SID=AC{h(32)}",
    lambda: f"https://{h(32)}@o{r(D,6)}.ingest.sentry.io/{r(D,7)}",
    lambda: f"SENTRY_DSN=https://{h(32)}@sentry.io/{r(D,6)}",
    lambda: f"6Le{r(U,37)} is the recaptcha site key",
    lambda: f"client_id: {r(HX,20)}",
    lambda: f"client_id={uu()}",
    lambda: f"tenant_id = {uu()}",
    lambda: f"AWS_ACCOUNT_ID={r(D,12)}",
    lambda: f"project_id: my-project-{r(D,6)}",
    lambda: f"cus_{r(A,14)}",
    lambda: f"pi_{r(A,24)}",
    lambda: f"price_{r(A,24)}",
    lambda: f"chatcmpl-{r(A,29)}",
    lambda: f'"id": "call_{r(A,24)}"',
    lambda: f"toolu_{r(A,24)}",
    lambda: f"msg_01{r(A,22)}",
    lambda: f"resp_{h(48)}",
    lambda: f"run_{r(A,24)}",
    lambda: f"req_{r(A,24)}",
    lambda: f'"fingerprint": "{":".join(h(2) for _ in range(20))}"',
    lambda: f'gpg key {r("0123456789ABCDEF",40)}',
    lambda: f"data:font/woff2;base64,{r(B,400)}",
    lambda: f"data:application/pdf;base64,JVBERi0{r(B,300)}",
    lambda: f'<img src="data:image/jpeg;base64,/9j/{r(B,500)}">',
    lambda: f"nonce-{r(B,22)}==",
    lambda: f"script-src 'nonce-{r(A,22)}' 'sha256-{r(B,43)}='",
    lambda: f'csrf_token=""',
    lambda: f"build {h(40)} deployed",
    lambda: f"image: gcr.io/p/app@sha256:{h(64)}",
    lambda: f"layer {h(12)}: Pull complete",
    lambda: f"container {h(64)} exited",
    lambda: f"webpack chunk vendors~main.{h(20)}.js",
    lambda: f'yarn cache {r(A,10)}.lock resolved "https://registry.npmjs.org/x/-/x-1.0.tgz#{h(40)}"',
    lambda: f"go.sum h1:{r(B,43)}=",
    lambda: f"pip hash --hash=sha256:{h(64)}",
    lambda: f'cargo checksum = "{h(64)}"',
    lambda: f'rev = "{h(40)}"',
    lambda: f"uuid {uu()}",
    lambda: f"session id {uu()} closed",
    lambda: f"trace {h(32)}-{h(16)}-01",
    lambda: f"traceparent: 00-{h(32)}-{h(16)}-01",
    lambda: f"b3: {h(32)}-{h(16)}-1",
    lambda: f"span.id: {h(16)}",
    lambda: f"device_id={h(16)}",
    lambda: f"IMEI {r(D,15)}",
    lambda: f"order {r(UP+D,10)} shipped",
    lambda: f"tracking 1Z{r(UP+D,16)}",
    lambda: f'VIN {r("ABCDEFGHJKLMNPRSTUVWXYZ"+D,17)}',
    lambda: f"IBAN DE{r(D,20)}",
    lambda: f'MAC {":".join(h(2) for _ in range(6))}',
    lambda: f'ipv6 {":".join(h(4) for _ in range(8))}',
    lambda: f"serial number {r(UP+D,12)}",
    lambda: f"ISBN 978-{r(D,10)}",
    lambda: f"coupon SAVE{r(D,2)}-{r(UP,4)}",
    lambda: "the password must be at least 12 characters and contain 1 digit",
    lambda: "your password is case-sensitive",
    lambda: "the password is SHA256-hashed with a salt",
    lambda: "password is base64-encoded, not encrypted",
    lambda: "is the secret to success hard work?",
    lambda: "the token is a short-lived JWT (RS256)",
    lambda: "the key is to keep it simple",
    lambda: "the api key is stored in vault/prod-2",
    lambda: 'password=None, token=None, secret=""',
    lambda: "def login(user: str, password: str) -> bool:",
    lambda: "SELECT id, password FROM users WHERE email = $1",
    lambda: "password VARCHAR(255) NOT NULL",
    lambda: "ALTER USER bob WITH PASSWORD :pw",
    lambda: '<input type="password" name="password" placeholder="Password">',
    lambda: "password: z.string().min(8)",
    lambda: "password: { type: String, required: true }",
    lambda: '"password": "string"',
    lambda: 'passwordField.setText("Password");',
    lambda: 'label for="password">Password</label>',
    lambda: 'if (password.length < 8) throw new Error("too short")',
    lambda: "assert token == expected_token",
    lambda: 'token := r.Header.Get("X-Token")',
    lambda: 'secret: process.env.JWT_SECRET || "dev"',
    lambda: "apiKey: config.apiKey,",
    lambda: "self.api_key = api_key",
    lambda: 'api_key=settings.OPENAI_API_KEY, model="gpt-4o-2024-08-06"',
    lambda: 'secret = get_secret("prod/db/password2")',
    lambda: "secret_key = base64.b64decode(key_material)",
    lambda: "passwd: files systemd sss",
    lambda: "pass: 41 fail: 2 skip: 0",
    lambda: "1 passed, 2 failed in 3.21s",
    lambda: "test_password_reset_v2 PASSED",
    lambda: "auth: required",
    lambda: "auth = HTTPBasicAuth(user, pw)",
    lambda: "auth_type: oauth2",
    lambda: "author: Jane Doe <jane@example.com>",
    lambda: 'accessKey: "s"',
    lambda: "access_key_id: my-key-name",
    lambda: 'keyboard: "qwerty-us2"',
    lambda: 'hotkey = "ctrl+shift+p"',
    lambda: 'key="value1234"',
    lambda: "license_key_format: XXXX-XXXX-XXXX",
    lambda: "sk-learn 1.4.2 and sk-image 0.22",
    lambda: "sk_test_... and sk_live_... are prefixes",
    lambda: "the hf_hub_download function",
    lambda: "npm_config_registry=https://registry.npmjs.org",
    lambda: "glpat- is the prefix for GitLab tokens",
    lambda: "AIza is how Google keys begin",
    lambda: "eyJ is how base64 JSON begins",
    lambda: "SKU SK12345-67890",
    lambda: "skip-to-content link",
    lambda: "CSS: .btn-primary-2xl { color: #a1b2c3 }",
    lambda: "version: 2.1.0-beta.3+build.4567",
    lambda: "s3://bucket/path/to/" + h(32) + ".parquet",
    lambda: "/var/lib/docker/overlay2/" + h(64) + "/merged",
    lambda: "C:\\Users\\bob\\AppData\\Local\\Temp\\" + h(16) + ".tmp",
    lambda: "base64 of hello world is aGVsbG8gd29ybGQ=",
    lambda: "lorem ipsum dolor sit amet consectetur",
    lambda: f"password reset link sent (ref {h(8)})",
    lambda: f"invalid token at position {r(D,3)}",
    lambda: f"Unexpected token < in JSON at position 0",
    lambda: f"token bucket of 1000 per 60s",
    lambda: f"csrf: {uu()}",
    lambda: f"anti-forgery cookie set",
    lambda: f"x-amz-request-id: {r(UP+D,16)}",
    lambda: f"cf-ray: {h(16)}-FRA",
    lambda: f"x-amz-id-2: {r(B,76)}",
    lambda: f"server_key_exchange message: {h(8)}",
    lambda: f"kubeadm version v1.29.3 token list",
    lambda: f"Bearer authentication is described in RFC6750-section-2.1",
    lambda: f"Basic authentication2 uses base64",
    lambda: f"nginx: auth_basic_user_file /etc/nginx/.htpasswd;",
    lambda: "use https://user:${TOKEN}@github.com/org/repo",
    lambda: '"private_key": "-----BEGIN PRIVATE KEY-----\\n<redacted>\\n-----END PRIVATE KEY-----\\n"',
    lambda: f'"private_key_id": "{h(40)}"',
    lambda: f'"client_email": "x@y.iam.gserviceaccount.com"',
    lambda: f"kid: {h(40)}",
    lambda: f"jti: {uu()}",
    lambda: f"code_challenge={r(U,43)}&code_challenge_method=S256",
    lambda: f"state={r(U,32)}&nonce={r(U,22)}",
    lambda: f"slug: how-to-rotate-api-keys-2024",
    lambda: f'"system_fingerprint": "fp_{h(10)}"',
    lambda: f"gcm_sender_id: {r(D,12)}",
    lambda: f"SLACK_CHANNEL_ID=C{r(UP+D,10)}",
    lambda: f"arn:aws:iam::{r(D,12)}:role/deploy",
    lambda: f"AROA{r(UP+D,17)}:session",
    lambda: f"ami-{h(17)} vpc-{h(17)} i-{h(17)}",
    lambda: f"zone Z{r(UP+D,13)}",
    lambda: f"distribution E{r(UP+D,13)}",
    lambda: "sops: enc: ENC[AES256_GCM,data:" + r(B, 20) + "=,iv:" + r(B, 43) + "=,tag:" + r(B, 22) + "==,type:str]",
    lambda: f"password: ENC[AES256_GCM,data:{r(B,12)}=,iv:{r(B,43)}=,type:str]",
    lambda: f"{{cipher}}{h(96)}",
]
for f in LA:
    for _ in range(3):
        rows.append(dict(text=f(), label=0, entities=[]))
    x = f()
    rows.append(
        dict(
            text=random.choice(["why do I see {} in my logs?", "```\n{}\n```\nexplain", "I found {} here"]).replace(
                "{}", x, 1
            ),
            label=0,
            entities=[],
        )
    )
for x in rows:
    print(json.dumps(x))
