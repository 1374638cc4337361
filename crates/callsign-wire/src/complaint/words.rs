//! The words of providers: codes that mean one thing, and phrases that are said of one thing only.

use super::Complaint;

type Mark = fn(&mut Complaint);

/// Codes and types in lower case without `_` and without a namespace: `insufficient_quota` and `InsufficientQuota` are one.
const CODES: [(&str, Mark); 37] = [
    ("insufficientquota", quota),
    ("billinghardlimitreached", quota),
    ("billingnotactive", quota),
    ("billingerror", quota),
    ("quotaexceeded", quota),
    ("servicequotaexceededexception", quota),
    ("insufficientcredits", quota),
    ("insufficientbalance", quota),
    ("exceededcurrentquotaerror", quota),
    ("contextlengthexceeded", context),
    ("contextwindowexceeded", context),
    ("stringabovemaxlength", context),
    ("contentpolicyviolation", policy),
    ("contentfilter", policy),
    ("contentfilterederror", policy),
    ("contentmoderationfailed", policy),
    ("responsibleaipolicyviolation", policy),
    ("moderationblocked", policy),
    ("safetycheckfailed", policy),
    ("modelnotfound", model),
    ("modelnotfounderror", model),
    ("modelnotavailable", model),
    ("modeldecommissioned", model),
    ("deploymentnotfound", model),
    ("invalidmodel", model),
    ("overloadederror", overloaded),
    ("engineoverloadederror", overloaded),
    ("serverisoverloaded", overloaded),
    ("slowdown", overloaded),
    ("servicetiercapacityexceeded", overloaded),
    ("modelnotreadyexception", overloaded),
    ("serviceunavailableexception", overloaded),
    ("ratelimitexceeded", rate),
    ("ratelimiterror", rate),
    ("ratelimitreachederror", rate),
    ("throttlingexception", rate),
    ("resourceexhausted", rate),
];

/// Phrases of messages in lower case; all parts of one must be there.
const PHRASES: [(&[&str], Mark); 8] = [
    (&["credit balance is too low"], quota),
    (&["insufficient balance"], quota),
    (&["exceeded your current quota"], quota),
    (&["prompt is too long"], context),
    (&["maximum context length"], context),
    (&["input is too long"], context),
    (&["exceeds the maximum number of tokens"], context),
    (&["model", "not found"], model),
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
    // AWS puts a namespace before and a documentation link behind.
    let name = code.rsplit('#').next().unwrap_or(code).split(':').next().unwrap_or(code);
    let bare: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    for (_, mark) in CODES.iter().filter(|(known, _)| *known == bare) {
        mark(complaint);
    }
}

/// Notes what a message speaks of.
pub(super) fn message(complaint: &mut Complaint, message: &str) {
    let message = message.to_lowercase();
    for (_, mark) in PHRASES.iter().filter(|(parts, _)| parts.iter().all(|part| message.contains(part))) {
        mark(complaint);
    }
}
