//! The words of providers: codes that mean one thing, and phrases that are said of one thing only.

use super::Complaint;

/// What a word or phrase stands for.
type Mark = fn(&mut Complaint);

/// Codes and types, in lower case and of letters and digits alone: `insufficient_quota` and `InsufficientQuota` are one.
const CODES: &[(&str, Mark)] = &[
    ("arrearage", quota),
    ("billingerror", quota),
    ("billinghardlimitreached", quota),
    ("billingnotactive", quota),
    ("creditlimit", quota),
    ("exceededcurrentquotaerror", quota),
    ("insufficientbalance", quota),
    ("insufficientcredits", quota),
    ("insufficientquota", quota),
    ("paymentrequired", quota),
    ("quotaexceeded", quota),
    ("servicequotaexceededexception", quota),
    ("usagelimitreached", quota),
    ("contextexceeded", context),
    ("contextlengthexceeded", context),
    ("contextwindowexceeded", context),
    ("exceedcontextsizeerror", context),
    ("tokenlimitexceeded", context),
    ("tokenslimitreached", context),
    ("contentfilter", policy),
    ("contentfilterederror", policy),
    ("contentpolicyviolation", policy),
    ("datainspectionfailed", policy),
    ("moderationblocked", policy),
    ("responsibleaipolicyviolation", policy),
    ("deploymentnotfound", model),
    ("invalidmodel", model),
    ("modeldecommissioned", model),
    ("modelnotavailable", model),
    ("modelnotfound", model),
    ("modelnotfounderror", model),
    ("unknownmodel", model),
    ("engineoverloadederror", overloaded),
    ("modelcapacityexhausted", overloaded),
    ("modelnotreadyexception", overloaded),
    ("overloadederror", overloaded),
    ("serverisoverloaded", overloaded),
    ("serviceunavailable", overloaded),
    ("serviceunavailableerror", overloaded),
    ("serviceunavailableexception", overloaded),
    ("servicetiercapacityexceeded", overloaded),
    ("slowdown", overloaded),
    ("unavailable", overloaded),
    ("ratelimited", rate),
    ("ratelimiterror", rate),
    ("ratelimitexceeded", rate),
    ("ratelimitreachederror", rate),
    ("resourceexhausted", rate),
    ("throttlingexception", rate),
    ("toomanyrequests", rate),
    ("toomanyrequestsexception", rate),
];

/// HTTP statuses that stand in a body. They count only where no status of its own came with it.
const NUMBERS: &[(&str, Mark)] = &[("402", quota), ("429", rate), ("503", overloaded), ("529", overloaded)];

/// Phrases in lower case. All parts must be there, in this order; `^` stands for the message's beginning.
const PHRASES: &[(&[&str], Mark)] = &[
    (&["billing hard limit"], quota),
    (&["check your billing details"], quota),
    (&["credit balance is too low"], quota),
    (&["credit limit exceeded"], quota),
    (&["exceeded your current quota"], quota),
    (&["exceeded your", "usage limit"], quota),
    (&["insufficient balance"], quota),
    (&["insufficient credits"], quota),
    (&["key limit exceeded"], quota),
    (&["monthly included credits"], quota),
    (&["quota exceeded"], quota),
    (&["reached", "spending limit"], quota),
    (&["reached your", "usage limit"], quota),
    (&["requests per day"], quota),
    (&["requires more credits"], quota),
    (&["tokens per day"], quota),
    (&["usage limit exceeded"], quota),
    (&["context size has been exceeded"], context),
    (&["exceed context limit"], context),
    (&["exceed context window"], context),
    (&["exceeded model token limit"], context),
    (&["exceeds the available context size"], context),
    (&["exceeds the context length"], context),
    (&["exceeds the context window"], context),
    (&["exceeds the maximum number of tokens"], context),
    (&["input is too long for requested model"], context),
    (&["input tokens exceed the configured limit"], context),
    (&["`inputs` tokens + `max_new_tokens` must be"], context),
    (&["invalid 'input", "string too long"], context),
    (&["invalid 'messages", "string too long"], context),
    (&["longer than the maximum model length"], context),
    (&["longer than the model's context length"], context),
    (&["maximum context length"], context),
    (&["maximum context limit"], context),
    (&["maximum prompt length is"], context),
    (&["prompt is too long"], context),
    (&["range of input length should be"], context),
    (&["reduce the length of the messages"], context),
    (&["too long to fit into the model"], context),
    (&["too many tokens: total number of tokens"], context),
    (&["content exists risk"], policy),
    (&["content management policy"], policy),
    (&["content violates usage guidelines"], policy),
    (&["flagged as potentially violating"], policy),
    (&["input was flagged"], policy),
    (&["output blocked by content filtering policy"], policy),
    (&["rejected", "our safety system"], policy),
    (&["violate our content policy"], policy),
    (&["^invalid model"], model),
    (&["is not a valid model id"], model),
    (&["^model", "not found"], model),
    (&["^model not exist"], model),
    (&["^model: "], model),
    (&["model", "has been decommissioned"], model),
    (&["model", "reached the end of its life"], model),
    (&["^no endpoints found for"], model),
    (&["provided model identifier is invalid"], model),
    (&["^the model", "does not exist"], model),
    (&["unable to access", "model"], model),
    (&["with on-demand throughput isn"], model),
    (&["capacity exceeded"], overloaded),
    (&["currently overloaded"], overloaded),
    (&["experiencing high demand"], overloaded),
    (&["is overloaded"], overloaded),
    (&["^loading model"], overloaded),
    (&["model is at capacity"], overloaded),
    (&["no capacity available"], overloaded),
    (&["over capacity"], overloaded),
    (&["^overloaded"], overloaded),
    (&["exceed", "rate limit"], rate),
    (&["limited to", "api calls"], rate),
    (&["rate limit exceeded"], rate),
    (&["rate limit reached"], rate),
    (&["rate limited"], rate),
    (&["rate-limited"], rate),
    (&["request was throttled"], rate),
    (&["too many requests"], rate),
    (&["too many tokens", "please wait"], rate),
];

fn quota(complaint: &mut Complaint) {
    complaint.quota = true;
}

fn context(complaint: &mut Complaint) {
    complaint.context = true;
}

fn policy(complaint: &mut Complaint) {
    complaint.policy = true;
}

fn model(complaint: &mut Complaint) {
    complaint.model_missing = true;
}

fn overloaded(complaint: &mut Complaint) {
    complaint.overloaded = true;
}

fn rate(complaint: &mut Complaint) {
    complaint.rate = true;
}

/// Notes what a code stands for.
pub(super) fn code(complaint: &mut Complaint, code: &str) {
    // AWS puts a namespace before it and a link behind.
    let name = code.rsplit('#').next().and_then(|name| name.split(':').next()).unwrap_or(code);
    let bare: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    note(complaint, CODES.iter().find(|(known, _)| *known == bare).map(|(_, mark)| *mark));
}

/// Notes what an HTTP status stands for that is written out.
pub(super) fn number(complaint: &mut Complaint, number: &str) {
    note(complaint, NUMBERS.iter().find(|(known, _)| *known == number).map(|(_, mark)| *mark));
}

/// Notes everything that a message speaks of.
pub(super) fn message(complaint: &mut Complaint, message: &str) {
    let message = message.trim_start().to_lowercase();
    for (_, mark) in PHRASES.iter().filter(|(parts, _)| holds(&message, parts)) {
        mark(complaint);
    }
}

fn note(complaint: &mut Complaint, mark: Option<Mark>) {
    if let Some(mark) = mark {
        mark(complaint);
    }
}

fn holds(message: &str, parts: &[&str]) -> bool {
    let mut rest = Some(message);
    for part in parts {
        rest = rest.and_then(|rest| match part.strip_prefix('^') {
            Some(start) => rest.strip_prefix(start),
            None => rest.split_once(part).map(|(_, after)| after),
        });
    }
    rest.is_some()
}
