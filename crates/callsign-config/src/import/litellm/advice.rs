//! What to do about keys that are not carried over, as data.

use super::Import;
use crate::import::section::Section;

/// A key and what to do about it; a key without advice means nothing to Callsign and is passed over in silence.
type Advice = &'static [(&'static str, &'static str)];

const SILENT: &str = "";
const KEYS: &str = "Callsign asks clients for no key; leave the listener on 127.0.0.1, or put something before it that checks keys";
const BUDGETS: &str =
    "Callsign keeps no budgets of clients; `guardrails: {max_cost_per_request: …}` bounds each request";
const CACHE: &str = "Callsign keeps no answers for others who ask the same";
const DATABASE: &str = "Callsign needs no database; `state_storage` keeps conversations of the Responses API";
const BREAKER: &str = "a breaker opens after 5 failures in a row or at half of 20 within 10 s, for 5 s to 60 s, and `Retry-After` is obeyed";
const LIMITS: &str = "Callsign counts no requests of a target; its 429 leads to the next member or fallback";
const CALLBACKS: &str =
    "Callsign calls no other service with requests and answers; see its metrics, traces and records";
const LOGS: &str = "`--log` and `CALLSIGN_LOG` say what is logged";
const GUARDRAILS: &str = "write `guardrails` on an alias, or at the top of the file for all of them";
const PARAMETERS: &str = "what the client sends is sent on; let the client send it";
const REDIS: &str = "Callsign's replicas share nothing; a sticky split is the same on all of them by itself";
const TAGS: &str = "Callsign does not route by tags; give each kind of request an alias of its own";
const TEAMS: &str = "Callsign does not tell teams apart";
const ALERTS: &str = "Callsign sends no alerts; let what reads its metrics do that";
const MCP: &str = "Callsign serves models, not tools";
const ROUTER: &str = "Callsign does not choose models by what a request says";

/// Keys of the whole file.
pub(super) const FILE: Advice = &[
    ("guardrails", GUARDRAILS),
    ("mcp_servers", MCP),
    ("mcp_tools", MCP),
    ("vector_store_registry", MCP),
    ("search_tools", MCP),
    ("callback_settings", CALLBACKS),
    ("assistant_settings", MCP),
    ("files_settings", "`/files` is not served"),
    ("finetune_settings", "fine-tuning is not served"),
    ("prompts", "Callsign keeps no prompts"),
    ("policies", GUARDRAILS),
    ("include", "import each file by itself and put the lists together"),
    ("environment_variables", "set these variables in the environment of the gateway"),
];

/// Keys of one model.
pub(super) const MODEL: Advice = &[("model_info", SILENT)];

/// Keys of `litellm_params`.
pub(super) const PARAMS: Advice = &[
    (
        "stream_timeout",
        "`timeout` also bounds the wait for a stream's first token; write it as the target's `timeout`",
    ),
    ("cooldown_time", BREAKER),
    ("itpm", LIMITS),
    ("otpm", LIMITS),
    ("max_parallel_requests", "`algorithm: least_connections` keeps members evenly loaded"),
    ("tags", TAGS),
    ("tag_regex", TAGS),
    ("max_budget", BUDGETS),
    ("budget_duration", BUDGETS),
    ("temperature", PARAMETERS),
    ("top_p", PARAMETERS),
    ("max_tokens", PARAMETERS),
    ("max_completion_tokens", PARAMETERS),
    ("seed", PARAMETERS),
    ("stop", PARAMETERS),
    ("n", PARAMETERS),
    ("extra_body", PARAMETERS),
    ("reasoning_effort", PARAMETERS),
    ("thinking", PARAMETERS),
    (
        "drop_params",
        "parameters that a translation cannot carry are left out and named in `x-callsign-losses`",
    ),
    ("additional_drop_params", "Callsign leaves out what a translation cannot carry, and nothing else"),
    ("cache_control_injection_points", "let the client write `cache_control`"),
    ("merge_reasoning_content_in_choices", "reasoning stays apart from the answer"),
    ("use_in_pass_through", "every alias serves every path that its target can"),
    (
        "configurable_clientside_auth_params",
        "`passthrough_auth: true` on an entry passes the client's own key on",
    ),
    ("mock_response", "the built-in provider `demo` answers without a model"),
    ("aws_web_identity_token", "write the path of the token as `web_identity_token_file` of `auth`"),
    ("auto_router_config", ROUTER),
    ("auto_router_config_path", ROUTER),
    ("auto_router_default_model", ROUTER),
    ("complexity_router_config", ROUTER),
    ("guardrails", GUARDRAILS),
    ("prompt_id", "Callsign keeps no prompts"),
    ("input_cost_per_second", "prices go by the token here"),
    (
        "organization",
        "write the header `OpenAI-Organization` as `headers` of an entry, one entry for each organization",
    ),
    ("azure_username", "write `auth: {type: entra}` with an application or a managed identity"),
    ("azure_password", "write `auth: {type: entra}` with an application or a managed identity"),
];

/// Keys of `model_info`.
pub(super) const INFO: Advice = &[
    ("id", SILENT),
    ("mode", SILENT),
    ("description", SILENT),
    ("version", SILENT),
    ("max_tokens", SILENT),
    ("max_output_tokens", SILENT),
    ("litellm_provider", SILENT),
    ("db_model", SILENT),
    ("created_at", SILENT),
    ("created_by", SILENT),
    ("updated_at", SILENT),
    ("updated_by", SILENT),
    ("supports_function_calling", SILENT),
    ("supports_parallel_function_calling", SILENT),
    ("supports_tool_choice", SILENT),
    ("supports_vision", SILENT),
    ("supports_reasoning", SILENT),
    ("supports_response_schema", SILENT),
    ("supports_prompt_caching", SILENT),
    ("supports_system_messages", SILENT),
    ("supports_audio_input", SILENT),
    ("supports_audio_output", SILENT),
    ("supports_pdf_input", SILENT),
    ("supports_web_search", SILENT),
    ("base_model", "where a price is needed, write `price` of the entry"),
    ("access_groups", TEAMS),
    ("team_id", TEAMS),
    ("supported_environments", "keep a file for each environment"),
    ("custom_tokenizer", "tokens are counted by the target, or estimated"),
    ("health_check_model", "targets are not asked for their health; their answers tell it"),
    ("disable_background_health_check", "targets are not asked for their health; their answers tell it"),
];

/// Keys of `router_settings` and of `litellm_settings`, most of which may stand in either.
pub(super) const SETTINGS: Advice = &[
    ("allowed_fails", BREAKER),
    ("allowed_fails_policy", BREAKER),
    ("cooldown_time", BREAKER),
    ("disable_cooldowns", BREAKER),
    ("retry_policy", "write `retries` on an alias; conditions belong to its `fallbacks`"),
    ("model_group_retry_policy", "write `retries` on an alias; conditions belong to its `fallbacks`"),
    ("retry_after", "the pause before a retry is `backoff` of `retries`"),
    ("max_fallbacks", "as many fallbacks are tried as an alias lists"),
    ("stream_timeout", "`max_latency` also bounds the wait for a stream's first token"),
    (
        "enable_pre_call_checks",
        "a prompt that cannot fit is passed on to the next target without being asked for",
    ),
    (
        "enable_pre_call_check",
        "a prompt that cannot fit is passed on to the next target without being asked for",
    ),
    (
        "optional_pre_call_checks",
        "`sticky` on a split and `algorithm: consistent_hash` keep callers and prompts where they were",
    ),
    ("routing_strategy_args", "the algorithms of `load_balance` have no settings"),
    ("enable_tag_filtering", TAGS),
    ("tag_filtering_match_any", TAGS),
    ("default_litellm_params", PARAMETERS),
    ("redis_host", REDIS),
    ("redis_port", REDIS),
    ("redis_password", REDIS),
    ("redis_url", REDIS),
    ("redis_db", REDIS),
    ("provider_budget_config", BUDGETS),
    ("max_budget", BUDGETS),
    ("budget_duration", BUDGETS),
    ("default_max_parallel_requests", "`limits: {in_flight: …}` of a listener bounds all requests together"),
    ("cache", CACHE),
    ("cache_params", CACHE),
    ("cache_responses", CACHE),
    ("caching_groups", CACHE),
    ("callbacks", CALLBACKS),
    ("success_callback", CALLBACKS),
    ("failure_callback", CALLBACKS),
    ("service_callbacks", CALLBACKS),
    ("langfuse_default_tags", CALLBACKS),
    ("turn_off_message_logging", "texts are in no log and in no record"),
    ("redact_user_api_key_info", "keys are in no log and in no record"),
    ("set_verbose", LOGS),
    ("debug_level", LOGS),
    ("json_logs", LOGS),
    ("modify_params", "a translation writes what the target's dialect wants"),
    ("telemetry", SILENT),
    ("force_ipv4", "whichever address of a server answers is used"),
    (
        "ssl_verify",
        "certificates are always checked; `overrides: {upstream_tls_ca_path: …}` trusts further ones",
    ),
    ("guardrails", GUARDRAILS),
    ("alerting_config", ALERTS),
    ("mcp_aliases", MCP),
    ("custom_provider_map", "a provider is an OpenAI-compatible server with a `base_url`"),
    ("default_team_settings", TEAMS),
    ("default_internal_user_params", TEAMS),
    ("upperbound_key_generate_params", KEYS),
    ("key_generation_settings", KEYS),
    ("model_alias_map", "write an alias for each, as with `model_group_alias`"),
];

/// Keys of `general_settings`.
pub(super) const GENERAL: Advice = &[
    ("master_key", KEYS),
    ("custom_auth", KEYS),
    ("enable_jwt_auth", KEYS),
    ("litellm_jwtauth", KEYS),
    ("enable_oauth2_auth", KEYS),
    ("allowed_ips", "leave the listener on 127.0.0.1, or put something before it that knows addresses"),
    ("allowed_routes", "every path is served"),
    ("public_routes", "every path is served"),
    ("database_url", DATABASE),
    ("database_connection_pool_limit", DATABASE),
    ("database_connection_timeout", DATABASE),
    ("allow_requests_on_db_unavailable", DATABASE),
    ("store_model_in_db", "the configuration is one file, which is followed while the gateway runs"),
    ("supported_db_objects", DATABASE),
    ("disable_spend_logs", BUDGETS),
    ("disable_spend_updates", BUDGETS),
    ("proxy_batch_write_at", DATABASE),
    ("store_prompts_in_spend_logs", "texts are in no log and in no record"),
    ("alerting", ALERTS),
    ("alerting_threshold", ALERTS),
    ("alerting_args", ALERTS),
    ("alert_types", ALERTS),
    ("background_health_checks", "targets are not asked for their health; their answers tell it"),
    ("health_check_interval", "targets are not asked for their health; their answers tell it"),
    ("health_check_details", "targets are not asked for their health; their answers tell it"),
    ("max_parallel_requests", "`algorithm: least_connections` keeps members evenly loaded"),
    ("max_response_size_mb", "answers have no limit"),
    (
        "forward_client_headers_to_llm_api",
        "headers of clients are sent on, but for credentials, cookies and those of gateways",
    ),
    (
        "pass_through_endpoints",
        "other paths of OpenAI's API pass through to OpenAI-compatible targets; others are not served",
    ),
    ("key_management_system", "keys come from environment variables; let the secret manager set them"),
    ("key_management_settings", "keys come from environment variables; let the secret manager set them"),
    ("use_azure_key_vault", "keys come from environment variables; let the secret manager set them"),
    ("use_google_kms", "keys come from environment variables; let the secret manager set them"),
    ("enforce_user_param", "a request without `user` is served"),
    ("disable_master_key_return", SILENT),
    ("litellm_license", SILENT),
    ("ui_access_mode", SILENT),
    ("disable_prisma_schema_update", SILENT),
];

/// Tells of everything in `section` that nobody read.
pub(super) fn report(section: &Section<'_>, advice: Advice, import: &mut Import) {
    for entry in section.rest() {
        let known = advice.iter().find(|(key, _)| *key == &*entry.key).map(|(_, advice)| *advice);
        match known {
            Some(SILENT) => {}
            Some(advice) => import.notices.lost(&section.path(&entry.key), entry.at, advice),
            None => import.notices.lost(&section.path(&entry.key), entry.at, "Callsign has nothing like it"),
        }
    }
}
