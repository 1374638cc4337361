//! Every key that a configuration may hold, as data.

use crate::shape::Kind::{
    Any, Date, Decimal, Delay, Duration, Flag, List, ListOrTable, Money, Named, Secret, Size, Table as In,
    Text, Tokens, Whole, Words,
};
use crate::shape::{Table, Word, field, ignored, word};

const PORT: crate::shape::Kind = Whole { least: 0, most: 65_535 };
const COUNT: crate::shape::Kind = Whole { least: 1, most: 4_000_000_000 };
const WEIGHT: crate::shape::Kind = Decimal { places: 6 };

/// The whole file.
pub(crate) static CONFIGURATION: Table = Table {
    name: "configuration",
    about: "A configuration of Callsign: models, the aliases that clients ask for, and where it listens.",
    fields: &[
        field("version", Words(VERSIONS), "The version of the schema; may be left out."),
        field(
            "listeners",
            ListOrTable(&In(&LISTENER), &LEGACY),
            "Where clients connect; 127.0.0.1:12000 if left out.",
        ),
        field("model_providers", List(&In(&ENTRY)), "The models and how to reach them."),
        field("llm_providers", List(&In(&ENTRY)), "The older name of `model_providers`."),
        field("model_aliases", Named(&In(&ALIAS)), "The names that clients ask for, and what each means."),
        field("guardrails", In(&GUARDRAILS), "Defaults for the `guardrails` of every alias."),
        field(
            "routing_preferences",
            List(&In(&PREFERENCE)),
            "Kinds of tasks and the models preferred for them.",
        ),
        field("overrides", In(&OVERRIDES), "Settings for all providers."),
        field("prices", In(&PRICES), "Newer prices than those that are compiled in."),
        field("admin", In(&ADMIN), "The operator's own listener; 127.0.0.1:12001 if left out."),
        field("history", In(&HISTORY), "What is remembered of exchanges that are over."),
        field(
            "env",
            Named(&In(&OVERLAY)),
            "What differs from one environment to another, by its name; `CALLSIGN_ENV` chooses one.",
        )
        .elsewhere(),
        field("tracing", In(&TRACING), "Traces of requests."),
        field("ratelimits", List(&In(&RATELIMIT)), "Tokens per model, header and time.").unserved(),
        field("state_storage", In(&STATE_STORAGE), "Where conversations of the Responses API are kept."),
        ignored("agents", "Callsign serves models, not agents"),
        ignored("filters", "Callsign checks texts with `guardrails` on an alias"),
        ignored("prompt_targets", "Callsign serves models, not functions"),
        ignored("endpoints", "only `prompt_targets` and agents use it"),
        ignored("system_prompt", "only `prompt_targets` use it"),
        ignored("prompt_guards", "write `guardrails: {block_categories: [jailbreak]}` on an alias"),
        ignored("mode", "Callsign always serves models"),
        ignored("routing", "the model named in the request is used"),
        ignored("model_metrics_sources", "the model named in the request is used"),
    ],
};

const VERSIONS: &[Word] = &[
    word("v0.1", "Plano's first."),
    word("v0.1.0", "Plano's first."),
    word("0.1-beta", "Plano's first."),
    word("0.2.0", "Plano 0.2."),
    word("v0.2.0", "Plano 0.2."),
    word("v0.3.0", "Plano 0.3."),
    word("v0.4.0", "Plano 0.4."),
];

static LISTENER: Table = Table {
    name: "listener",
    about: "A socket that clients connect to.",
    fields: &[
        field("type", Words(LISTENER_TYPES), "`model` (the default); Plano's other types are not served."),
        field("name", Text, "A name for logs."),
        field("address", Text, "An IP address; 127.0.0.1 if left out, 0.0.0.0 for every interface."),
        field("port", PORT, "A port; 12000 if left out."),
        field("timeout", Duration, "The longest a whole exchange may take; 300s if left out."),
        field("limits", In(&LIMITS), "Sizes, times and counts."),
        ignored("max_retries", "Callsign moves on by `fallbacks` and `retries` of an alias"),
        ignored("router", "Callsign serves models, not agents"),
        ignored("agents", "Callsign serves models, not agents"),
        ignored("input_filters", "Callsign checks texts with `guardrails` on an alias"),
        ignored("output_filters", "Callsign checks texts with `guardrails` on an alias"),
        ignored("filter_chain", "Callsign checks texts with `guardrails` on an alias"),
    ],
};

const LISTENER_TYPES: &[Word] = &[
    word("model", "Serves models and aliases."),
    word("prompt", "Plano's listener for functions; not opened."),
    word("agent", "Plano's listener for agents; not opened."),
];

static LIMITS: Table = Table {
    name: "limits",
    about: "What a listener accepts.",
    fields: &[
        field("body", Size, "Largest request body; 64MiB if left out."),
        field("head_time", Duration, "Longest time for a request's head to arrive; 15s if left out."),
        field("body_time", Duration, "Longest time for a request's body to arrive; 60s if left out."),
        field("connections", COUNT, "Most connections at once; 10000 if left out."),
        field("in_flight", COUNT, "Most exchanges at once; 4096 if left out."),
    ],
};

static LEGACY: Table = Table {
    name: "legacy_listeners",
    about: "Plano's older form of `listeners`.",
    fields: &[
        ignored("ingress_traffic", "Callsign serves models, not functions"),
        field("egress_traffic", In(&EGRESS), "The listener that serves models."),
    ],
};

static EGRESS: Table = Table {
    name: "egress_traffic",
    about: "The listener that serves models, in Plano's older form.",
    fields: &[
        field("address", Text, "An IP address; 127.0.0.1 if left out."),
        field("port", PORT, "A port; 12000 if left out."),
        field("message_format", Words(&[word("openai", "The only one.")]), "Has no effect."),
        field("timeout", Duration, "The longest a whole exchange may take; 300s if left out."),
        field("limits", In(&LIMITS), "Sizes, times and counts."),
    ],
};

static ENTRY: Table = Table {
    name: "model_provider",
    about: "One model of a provider, or with `provider/*` all of them.",
    fields: &[
        field("model", Text, "`provider/id`, or `provider/*` for every model of the provider.").required(),
        field("name", Text, "A further name for the entry."),
        field("access_key", Secret, "The provider's key, usually `$NAME` of an environment variable."),
        field("default", Flag, "Used for a request that names no model."),
        field("base_url", Text, "Where the provider is reached; a path replaces its usual prefix."),
        field("http_host", Text, "The `Host` header, where it differs from the URL's."),
        field(
            "provider_interface",
            Words(INTERFACES),
            "What a provider that is not built in speaks (`openai` if left out), or which of its interfaces one that is.",
        ),
        field(
            "prefill",
            Words(PREFILL),
            "How the model is made to go on from a text that another one began; as the provider does if left out.",
        ),
        field(
            "embedding_form",
            Words(EMBEDDING_FORM),
            "How a model of `amazon_bedrock` wants to be asked for embeddings; `titan` if left out.",
        ),
        field(
            "thinking_form",
            Words(THINKING_FORM),
            "In what form the model takes a wish for thinking; if left out, Anthropic's takes either, Gemini's and Bedrock's take `budget`.",
        ),
        field(
            "family",
            Words(FAMILY),
            "Whose words a model of `amazon_bedrock` takes beyond the common settings; as its id names the maker if left out.",
        ),
        field("passthrough_auth", Flag, "Passes the client's own key on instead of `access_key`."),
        field("headers", Named(&Secret), "Further request headers, set after the key."),
        field("auth", In(&AUTH), "How a cloud is shown who asks, where that is not a key."),
        field("region", Text, "AWS's region, such as `us-east-1`; `AWS_REGION` if left out."),
        field("project", Text, "Google Cloud's project; `GOOGLE_CLOUD_PROJECT` if left out."),
        field("location", Text, "Google Cloud's location; `GOOGLE_CLOUD_LOCATION` or `global` if left out."),
        field(
            "api_version",
            Text,
            "Azure's `api-version` for deployments, or `v1` for the API that needs none.",
        ),
        field("timeouts", In(&TIMEOUTS), "Limits on waiting."),
        field("price", In(&PRICE), "What a million tokens cost."),
        field(
            "context",
            Tokens,
            "How many tokens the model's context holds, such as `200k`; known for many models if left out.",
        ),
        field("hidden", Flag, "Leaves the model out of `/v1/models`."),
        field("simulate", In(&SIMULATE), "How the built-in provider `demo` behaves."),
        field(
            "routing_preferences",
            List(&In(&INLINE_PREFERENCE)),
            "The older place of `routing_preferences`.",
        ),
        ignored("capabilities", "Callsign does not choose by capability"),
    ],
};

/// The provider whose dialect and prefix an interface names is that of the same name in the built-in list.
pub(crate) const INTERFACES: &[Word] = &[
    word("openai", "OpenAI's API."),
    word("anthropic", "Anthropic's Messages API."),
    word("claude", "Anthropic's Messages API."),
    word("groq", "OpenAI's API at Groq's paths."),
    word("mistral", "OpenAI's API."),
    word("deepseek", "OpenAI's API."),
    word("gemini", "Google's Gemini API, and OpenAI's at its paths."),
    word("xiaomi", "OpenAI's API."),
    word("moonshotai", "OpenAI's API."),
    word("openrouter", "OpenAI's API at OpenRouter's paths."),
    word("vercel", "OpenAI's API."),
    word("digitalocean", "OpenAI's API."),
    word("chatgpt", "OpenAI's Responses API at ChatGPT's paths."),
    word("azure_openai", "OpenAI's API at Azure's deployment paths."),
    word("amazon_bedrock", "Amazon Bedrock's Converse API."),
    word("vertex_ai", "Google's Gemini API at Vertex AI's paths."),
    word("plano", "OpenAI's API."),
];

const PREFILL: &[Word] = &[
    word("message", "It goes on from a last message of the assistant's."),
    word("prefix", "The same, if the message says `prefix: true`."),
    word("continue_final_message", "The same, if the request says `continue_final_message: true`."),
    word("none", "It takes such a message for finished, so the user asks it to go on."),
];

const THINKING_FORM: &[Word] = &[
    word("effort", "As effort: Claude from 4.6 on, Gemini from 3 on, Nova from 2 on."),
    word("budget", "As a number of tokens: Claude up to 4.5, Gemini 2.5."),
];
const FAMILY: &[Word] = &[
    word("claude", "Claude's: `thinking`, `top_k`, betas; what is known of no maker is asked so."),
    word("nova", "Nova's: `inferenceConfig.topK`; `reasoningConfig` with `thinking_form: effort`."),
    word("mistral", "Mistral's: `top_k`."),
    word("other", "No more than the common settings."),
];
const EMBEDDING_FORM: &[Word] = &[
    word("titan", "One text at a time, as Amazon's Titan Text Embeddings V2."),
    word("cohere", "Up to 96 texts at a time, as Cohere Embed."),
];

static AUTH: Table = Table {
    name: "auth",
    about: "How a cloud is shown who asks: a signature, or a token that expires. What is left out comes from the environment variables of the cloud's own tools.",
    fields: &[
        field("type", Words(AUTH_TYPES), "What is shown.").required(),
        field("access_key_id", Text, "AWS: the public half of a key; `AWS_ACCESS_KEY_ID` if left out."),
        field("secret_access_key", Secret, "AWS: the secret half; `AWS_SECRET_ACCESS_KEY` if left out."),
        field("session_token", Secret, "AWS: goes with keys that expire; `AWS_SESSION_TOKEN` if left out."),
        field("profile", Text, "AWS: a profile of the shared files; `AWS_PROFILE` if left out."),
        field("role_arn", Text, "AWS: a role to assume; `AWS_ROLE_ARN` goes with a token file of its own."),
        field("external_id", Text, "AWS: what some roles want to be told."),
        field("session_name", Text, "AWS: what the role's session is called; `callsign` if left out."),
        field(
            "web_identity_token_file",
            Text,
            "AWS: a file with a token to assume the role with; `AWS_WEB_IDENTITY_TOKEN_FILE` if left out.",
        ),
        field("service", Text, "AWS: the service that a signature names; `bedrock` if left out."),
        field("credentials", Secret, "Google: credentials as JSON text."),
        field(
            "credentials_file",
            Text,
            "Google: a file with the same; `GOOGLE_APPLICATION_CREDENTIALS` if left out. AWS: in place of `~/.aws/credentials`.",
        ),
        field("tenant_id", Text, "Entra: the directory; `AZURE_TENANT_ID` if left out."),
        field("client_id", Text, "Entra: the application; `AZURE_CLIENT_ID` if left out."),
        field("client_secret", Secret, "Entra: its secret; `AZURE_CLIENT_SECRET` if left out."),
        field(
            "federated_token_file",
            Text,
            "Entra: a file with another provider's token for it; `AZURE_FEDERATED_TOKEN_FILE` if left out.",
        ),
        field("managed_identity", Flag, "Entra: the identity of the machine or the service."),
        field("token", Secret, "Google, Entra: a token got elsewhere, used until it expires."),
        field("scope", Text, "Google, Entra: what the token may be used for."),
        field("token_url", Text, "Where tokens, or the keys of a role, are asked for."),
    ],
};

/// The keys of `auth` that may be missing where keys may.
pub(crate) const AUTH_KEYS: &[&str] = &[
    "access_key_id",
    "secret_access_key",
    "session_token",
    "credentials",
    "credentials_file",
    "tenant_id",
    "client_id",
    "client_secret",
    "federated_token_file",
    "web_identity_token_file",
    "role_arn",
    "token",
];

const AUTH_TYPES: &[Word] = &[
    word("aws_sigv4", "Each request is signed with AWS's Signature Version 4."),
    word("google", "A token of Google's: a service account, a user, or the machine's own."),
    word("entra", "A token of Microsoft Entra's: an application or a managed identity."),
];

static TIMEOUTS: Table = Table {
    name: "timeouts",
    about: "Limits on waiting.",
    fields: &[
        field("connect", Duration, "DNS, TCP and TLS together; 5s if left out."),
        field("first_token", Duration, "Until the answer's first byte; 60s if left out."),
        field("idle", Duration, "Between two pieces of an answer; 60s if left out."),
        field("total", Duration, "The whole exchange; the listener's `timeout` if left out."),
    ],
};

static PRICE: Table = Table {
    name: "price",
    about: "US dollars per million tokens.",
    fields: &[
        field("input", Money, "A million input tokens.").required(),
        field("output", Money, "A million output tokens.").required(),
        field("cached_input", Money, "A million input tokens out of a cache; as `input` if left out."),
        field("cache_write", Money, "A million input tokens into a cache; as `input` if left out."),
        field("reasoning", Money, "A million output tokens of reasoning; as `output` if left out."),
        field("request", Money, "Each request besides its tokens, not a million of them; 0 if left out."),
    ],
};

static PRICES: Table = Table {
    name: "prices",
    about: "Where newer prices are read from, in the form of the genai-prices project (its `data.json`).",
    fields: &[
        field("file", Text, "A file, read at the start and with every new configuration."),
        field("url", Text, "An address, asked at the start and from then on; the last good answer is kept."),
        field("refresh", Duration, "How often the address is asked; 24h if left out."),
    ],
};

static SIMULATE: Table = Table {
    name: "simulate",
    about: "How the built-in provider `demo` behaves.",
    fields: &[
        field("delay", Delay, "Time before the first token or the whole answer."),
        field("token_delay", Delay, "Time between two tokens of a stream."),
        field("fault", Text, "What goes wrong: an HTTP status such as 429, `hang`, `stall` or `cut`."),
    ],
};

static INLINE_PREFERENCE: Table = Table {
    name: "inline_routing_preference",
    about: "A kind of task that the model is preferred for.",
    fields: &[
        field("name", Text, "A name for the kind of task.").required(),
        field("description", Text, "What such tasks are like.").required(),
    ],
};

static PREFERENCE: Table = Table {
    name: "routing_preference",
    about: "A kind of task and the models preferred for it.",
    fields: &[
        field("name", Text, "A name for the kind of task.").required(),
        field("description", Text, "What such tasks are like.").required(),
        field("models", List(&Text), "The models, best first.").required(),
        field("selection_policy", In(&SELECTION_POLICY), "How the models are ranked."),
    ],
};

static SELECTION_POLICY: Table = Table {
    name: "selection_policy",
    about: "How the models of a preference are ranked.",
    fields: &[field(
        "prefer",
        Words(&[
            word("cheapest", "By price."),
            word("fastest", "By latency."),
            word("long_context_quality", "By quality on long texts."),
            word("random", "By chance."),
            word("none", "As listed."),
        ]),
        "What counts.",
    )
    .required()],
};

static ALIAS: Table = Table {
    name: "model_alias",
    about: "A name that clients ask for, and what it means.",
    fields: &[
        field("target", Text, "A model or another alias."),
        field(
            "targets",
            List(&In(&TARGET)),
            "Several targets, with weights that sum to 100, or with `load_balance`.",
        ),
        field("load_balance", In(&LOAD_BALANCE), "Spreads requests over `targets`, attempt by attempt."),
        field("fallbacks", List(&In(&FALLBACK)), "What is tried, in order, after the target failed."),
        field("sticky", In(&STICKY), "Keeps a caller with one part of a split."),
        field("guardrails", In(&GUARDRAILS), "What is checked."),
        field("timeouts", In(&TIMEOUTS), "Limits on waiting."),
        field("retries", In(&RETRIES), "Tries on one target before the next is asked."),
        field(
            "mid_stream",
            Words(MID_STREAM),
            "What happens when a stream breaks. `error` if left out here and in the aliases that lead here.",
        ),
        field("response_model", Words(RESPONSE_MODEL), "Which name the answer's `model` carries."),
        field("on_loss", Words(ON_LOSS), "What happens when a translation would lose something."),
        field("description", Text, "For people."),
        field("hidden", Flag, "Leaves the alias out of `/v1/models`."),
        field("deprecated", In(&DEPRECATED), "Where the alias is in its life."),
        field("params", In(&PARAMS), "Request parameters that are set, dropped or bounded.").unserved(),
        field(
            "requires",
            List(&Text),
            "What every target must be able to do: `tools`, `vision`, `json_schema`, `context>=200k`.",
        )
        .unserved(),
        field(
            "env",
            Named(&In(&ALIAS)),
            "What differs from one environment to another, by its name; `CALLSIGN_ENV` chooses one.",
        )
        .elsewhere(),
    ],
};

static TARGET: Table = Table {
    name: "target",
    about: "One of several targets.",
    fields: &[
        field("model", Text, "A model or another alias.").required(),
        field("weight", WEIGHT, "Its share of the traffic."),
        field("endpoint", Text, "Replaces the provider's `base_url`."),
        field("access_key", Secret, "Replaces the provider's `access_key`."),
        field("timeout", Duration, "How long it may keep the caller waiting."),
        field("timeouts", In(&TIMEOUTS), "Limits on waiting."),
        field("price", In(&PRICE), "What a million tokens cost."),
    ],
};

static LOAD_BALANCE: Table = Table {
    name: "load_balance",
    about: "How requests are spread over equal targets.",
    fields: &[
        field("algorithm", Words(ALGORITHMS), "How the next one is picked.").required(),
        field("targets", List(&In(&TARGET)), "The targets; may stand beside `load_balance` instead."),
    ],
};

const ALGORITHMS: &[Word] = &[
    word("round_robin", "Each in turn."),
    word("least_connections", "The one with the fewest requests under way."),
    word("weighted", "In turn, by weight."),
    word("least_latency", "The faster of two random choices."),
    word("consistent_hash", "By the beginning of the prompt, for prompt caches."),
];

static FALLBACK: Table = Table {
    name: "fallback",
    about: "A target that is tried after others failed.",
    fields: &[
        field("target", Text, "A model or another alias.").required(),
        field(
            "conditions",
            List(&Words(CONDITIONS)),
            "It is tried when any of these holds; `any` if left out.",
        ),
        field("endpoint", Text, "Replaces the provider's `base_url`."),
        field("access_key", Secret, "Replaces the provider's `access_key`."),
        field("timeout", Duration, "How long it may keep the caller waiting."),
        field("timeouts", In(&TIMEOUTS), "Limits on waiting."),
        field("price", In(&PRICE), "What a million tokens cost."),
    ],
};

const CONDITIONS: &[Word] = &[
    word("rate_limited", "429."),
    word("quota_exceeded", "429, or an error that speaks of quota, credit or billing."),
    word("timeout", "Past a deadline, or 408, 504, 524."),
    word("unavailable", "Refused, reset, DNS, TLS, 5xx, 529."),
    word("server_error", "The same as `unavailable`."),
    word("connection_error", "The same as `unavailable`."),
    word("auth_failed", "401 or 403 from the provider."),
    word("model_not_found", "404 for the model."),
    word("context_length_exceeded", "The prompt does not fit."),
    word("invalid_response", "A 200 that cannot be used."),
    word("cost_exceeded", "It would pass the alias's cost limit."),
    word("content_filtered", "The provider refused on policy."),
    word("any", "Any of the above but `content_filtered`."),
    word("primary_failed", "The primary was tried and failed."),
    word("primary_and_first_fallback_failed", "The primary and the first fallback were tried and failed."),
    word("all_previous_failed", "Everything before was tried and failed."),
];

static STICKY: Table = Table {
    name: "sticky",
    about: "What makes a caller stay with one part of a split.",
    fields: &[
        field(
            "by",
            Words(&[word("user", "The user named in the request."), word("header", "A request header.")]),
            "What tells callers apart.",
        )
        .required(),
        field("name", Text, "The header's name, for `by: header`."),
    ],
};

static GUARDRAILS: Table = Table {
    name: "guardrails",
    about: "What is checked on the way in and out.",
    fields: &[
        field("max_latency", Duration, "How long a target may keep the caller waiting."),
        field("max_cost_per_request", Money, "US dollars that one request may cost at most."),
        field(
            "on_cost",
            Words(ON_COST),
            "What happens when the ceiling does not cover the output asked for.",
        ),
        field(
            "min_output_tokens",
            COUNT,
            "Below this many affordable tokens a target is skipped; 16 if left out.",
        ),
        field("block_categories", List(&Words(CATEGORIES)), "A finding of these refuses the request."),
        field("content_filters", List(&In(&FILTER)), "Findings of these are masked, blocked or flagged."),
        field("on_failure", Words(ON_FAILURE), "What happens when a check itself fails."),
    ],
};

static FILTER: Table = Table {
    name: "content_filter",
    about: "Something that is looked for in texts.",
    fields: &[
        field("type", Words(FILTERS), "What is looked for.").required(),
        field(
            "action",
            Words(ACTIONS),
            "What happens to a match: `mask` if left out, `block` where a `webhook` or `model` is asked.",
        ),
        field(
            "apply_to",
            Words(APPLY_TO),
            "Where it is looked for: `both` if left out, `input` where a `webhook` or `model` is asked.",
        ),
        field("restore", Flag, "Puts masked values back into the answer."),
        field("url", Text, "Where the webhook is, for `webhook`."),
        field("form", Words(FORMS), "What the webhook takes and gives; `json` if left out."),
        field("access_key", Secret, "What the webhook is shown, as `Authorization: Bearer`."),
        field("alias", Text, "The alias that is asked, for `model`."),
        field("instructions", Text, "What that model is told before the text; a guard model needs none."),
        field(
            "timeout",
            Duration,
            "How long a verdict is waited for: 2s for `webhook` if left out, 10s for `model`.",
        ),
        field("cache", Delay, "How long a verdict is remembered: 5m if left out, 0s for not at all."),
    ],
};

const FORMS: &[Word] = &[
    word("json", "`{\"text\", \"side\", \"alias\"}`, answered by `{\"flagged\", \"categories\"}`."),
    word("openai_moderation", "What OpenAI's moderations take and answer."),
];

pub(crate) const CATEGORIES: &[Word] = &[
    word("jailbreak", "Attempts to override instructions or break the safety policy."),
    word("PII", "Personal data."),
    word("pii", "Personal data."),
    word("secrets", "Keys, tokens, passwords."),
    word("profanity", "Swear words and slurs."),
    word("prompt_leak", "Attempts to read the system prompt."),
];

const FILTERS: &[Word] = &[
    word("profanity", "Swear words and slurs."),
    word("sensitive_data", "Secrets, keys, cards, credentials."),
    word("pii", "Personal data."),
    word("PII", "Personal data."),
    word("secrets", "Keys, tokens, passwords."),
    word("webhook", "Whatever the service at `url` flags."),
    word("model", "Whatever the model behind `alias` says is unsafe."),
];

const ACTIONS: &[Word] = &[
    word("mask", "Replaces it in place."),
    word("block", "Refuses the request."),
    word("flag", "Lets it pass and notes it."),
];

const APPLY_TO: &[Word] =
    &[word("input", "What goes to the target."), word("output", "What comes back."), word("both", "Both.")];

const ON_COST: &[Word] =
    &[word("clamp", "The output limit is lowered."), word("refuse", "The target is skipped.")];

const ON_FAILURE: &[Word] =
    &[word("refuse", "The request is refused."), word("allow", "The request goes on.")];

static RETRIES: Table = Table {
    name: "retries",
    about: "Tries on one target before the next is asked.",
    fields: &[
        field(
            "attempts",
            Whole { least: 0, most: 10 },
            "Tries after the first. 0 switches off what an outer alias switched on.",
        )
        .required(),
        field("backoff", Duration, "The longest pause before the first of them; doubles. 250ms if left out."),
    ],
};

const MID_STREAM: &[Word] = &[
    word("error", "An error event in the client's dialect."),
    word("resume", "The next target goes on from the text already sent."),
];

const RESPONSE_MODEL: &[Word] =
    &[word("upstream", "What the provider wrote."), word("alias", "The name that the client asked for.")];

const ON_LOSS: &[Word] =
    &[word("report", "It is named in a response header."), word("refuse", "The request is refused.")];

static DEPRECATED: Table = Table {
    name: "deprecated",
    about: "Where an alias is in its life.",
    fields: &[
        field("since", Date, "Since when it should not be used."),
        field("sunset", Date, "When it stops answering."),
        field("successor", Text, "What to ask for instead."),
    ],
};

static PARAMS: Table = Table {
    name: "params",
    about: "Request parameters that are set, dropped or bounded.",
    fields: &[
        field("defaults", Named(&Any), "Values for parameters that a request leaves out."),
        field("drop", List(&Text), "Parameters that are removed."),
        field("clamp", Named(&In(&CLAMP)), "Bounds for numbers."),
    ],
};

static CLAMP: Table = Table {
    name: "clamp",
    about: "Bounds for a number.",
    fields: &[
        field("min", Decimal { places: 9 }, "The least it may be."),
        field("max", Decimal { places: 9 }, "The most it may be."),
    ],
};

static OVERRIDES: Table = Table {
    name: "overrides",
    about: "Settings for all providers.",
    fields: &[
        field("upstream_connect_timeout", Duration, "DNS, TCP and TLS together; 5s if left out."),
        field("upstream_tls_ca_path", Text, "A file of CA certificates trusted beside the system's."),
        ignored("prompt_target_intent_matching_threshold", "only `prompt_targets` use it"),
        ignored("optimize_context_window", "Callsign sends every message that the client sent"),
        ignored("use_agent_orchestrator", "Callsign serves models, not agents"),
        ignored("disable_signals", "Callsign does not analyse answers"),
        ignored("llm_routing_model", "the model named in the request is used"),
        ignored("agent_orchestration_model", "Callsign serves models, not agents"),
        ignored("orchestrator_model_context_length", "Callsign serves models, not agents"),
        ignored("empty_pool_behavior", "the model named in the request is used"),
        ignored("model_capabilities_source", "the model named in the request is used"),
    ],
};

static ADMIN: Table = Table {
    name: "admin",
    about: "The operator's own listener.",
    fields: &[
        field("address", Text, "An IP address; 127.0.0.1 if left out."),
        field("port", PORT, "A port; 12001 if left out, 0 for one that the system chooses."),
        field("enabled", Flag, "`false` closes it."),
        field(
            "token",
            Secret,
            "What requests have to show as `Authorization: Bearer`, usually `$NAME` of an environment variable; needed on any address but loopback, unless `tls.client_ca` is written.",
        ),
        field("hosts", List(&Text), "Names that it is reached by, beside `localhost` and its address."),
        field("tls", In(&ADMIN_TLS), "Certificates of the listener and of those who may ask."),
    ],
};

static ADMIN_TLS: Table = Table {
    name: "admin_tls",
    about: "Certificates of the operator's listener and of those who may ask.",
    fields: &[
        field(
            "cert",
            Text,
            "A PEM file with the listener's certificate and those between it and its authority.",
        )
        .required(),
        field("key", Text, "A PEM file with its private key.").required(),
        field(
            "client_ca",
            Text,
            "A PEM file with the authorities of those who may ask without a token: a client that shows a certificate of theirs is let in.",
        ),
    ],
};

static HISTORY: Table = Table {
    name: "history",
    about: "What is remembered of exchanges that are over: numbers for each minute, and records without texts.",
    fields: &[
        field("enabled", Flag, "`false` keeps it in the process alone, for some hours."),
        field("path", Text, "The SQLite file; `callsign/history.db` in the user's state folder if left out."),
        field("retention", Duration, "How long it is kept; 168h if left out."),
        field("max_size", Size, "Most bytes of the file; 256 MiB if left out."),
        field(
            "exchanges_per_second",
            Whole { least: 0, most: 10_000 },
            "How many exchanges of a second are kept that ended well; 10 if left out. Others are all kept.",
        ),
    ],
};

static OVERLAY: Table = Table {
    name: "overlay",
    about: "What differs in one environment.",
    fields: &[field("model_aliases", Named(&In(&ALIAS)), "Aliases that mean something else there.")],
};

static TRACING: Table = Table {
    name: "tracing",
    about: "Traces of requests.",
    fields: &[
        field("exporters", List(&In(&EXPORTER)), "Who takes traces beside the collector."),
        field(
            "endpoint",
            Text,
            "Where a collector takes them; for `http` its base, such as `http://127.0.0.1:4318`.",
        ),
        field("protocol", Words(OTLP), "How it is spoken to; `grpc` if left out."),
        field("headers", Named(&Secret), "Further headers of requests to it."),
        field(
            "random_sampling",
            PERCENT,
            "How many traces are sent, in percent; 100 if left out. Callers that tell of a trace decide themselves.",
        ),
        field("trace_arch_internal", Flag, "Tells the gateway's own phases too."),
        field("opentracing_grpc_endpoint", Text, "Plano's name for `endpoint` with `protocol: grpc`."),
        field(
            "capture_messages",
            Flag,
            "`true` tells the collector what was asked and answered too, as guardrails masked it, up to 64 KiB of an exchange; `false` if left out.",
        ),
        field("span_attributes", In(&SPAN_ATTRIBUTES), "What is told of each exchange beside the usual."),
    ],
};

const PERCENT: crate::shape::Kind = Decimal { places: 4 };

const OTLP: &[Word] = &[word("grpc", "OTLP over gRPC."), word("http", "OTLP over HTTP, in protobuf.")];

static SPAN_ATTRIBUTES: Table = Table {
    name: "span",
    about: "What is told of each exchange beside the usual.",
    fields: &[
        field(
            "header_prefixes",
            List(&Text),
            "Request headers whose names begin so: of `x-acme-`, `x-acme-user-id` is told as `user.id`.",
        ),
        field("static", Named(&Text), "Names and values that are told of all."),
    ],
};

const EXPORTERS: &[Word] = &[word("posthog", "PostHog, by its endpoint for OTLP over HTTP.")];

static EXPORTER: Table = Table {
    name: "exporter",
    about: "Where traces are sent.",
    fields: &[
        field("type", Words(EXPORTERS), "Its kind.").required(),
        field("url", Text, "Its address, such as `https://us.i.posthog.com`.").required(),
        field("api_key", Secret, "Its key; of PostHog the project's token."),
        field("distinct_id_header", Text, "The request header that tells users apart."),
        field("enabled", Flag, "`false` switches it off."),
        field(
            "capture_messages",
            Flag,
            "`true` tells it what was asked and answered too, as guardrails masked it.",
        ),
    ],
};

static RATELIMIT: Table = Table {
    name: "ratelimit",
    about: "Tokens per model, header and time.",
    fields: &[
        field("model", Text, "A model.").required(),
        field("selector", In(&SELECTOR), "The header that tells callers apart.").required(),
        field("limit", In(&LIMIT), "How much they may use.").required(),
    ],
};

static SELECTOR: Table = Table {
    name: "ratelimit_selector",
    about: "The header that tells callers apart.",
    fields: &[
        field("key", Text, "Its name.").required(),
        field("value", Text, "Its value, or `*`.").required(),
    ],
};

static LIMIT: Table = Table {
    name: "ratelimit_limit",
    about: "How much a caller may use.",
    fields: &[
        field("tokens", COUNT, "Tokens.").required(),
        field(
            "unit",
            Words(&[
                word("second", "Per second."),
                word("minute", "Per minute."),
                word("hour", "Per hour."),
                word("day", "Per day."),
            ]),
            "In which time.",
        )
        .required(),
    ],
};

static STATE_STORAGE: Table = Table {
    name: "state_storage",
    about: "Where conversations of the Responses API are kept.",
    fields: &[
        field(
            "type",
            Words(&[
                word("sqlite", "In a file."),
                word("postgres", "In a PostgreSQL database, which several gateways may share."),
                word("memory", "In the process; gone when it ends."),
            ]),
            "What kind of store.",
        )
        .required(),
        field(
            "connection_string",
            Secret,
            "How to reach the PostgreSQL database, usually `$NAME` of an environment variable.",
        ),
        field("path", Text, "The SQLite file; `callsign/state.db` in the user's state folder if left out."),
        field("max_entries", COUNT, "Most responses kept; 100000 if left out."),
        field("max_size", Size, "Most bytes kept; 1 GiB if left out, in memory 256 MiB."),
        field("ttl", Duration, "How long a conversation is kept after its last turn; 720h if left out."),
    ],
};
