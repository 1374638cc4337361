//! `logprobsResult`, told as OpenAI's chat tells log probabilities, and back.
//! <https://ai.google.dev/api/generate-content#LogprobsResult>

use crate::hub::extras::Json;
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// As OpenAI's chat spells it.
pub(super) fn as_chat(result: Node<'_>) -> Json {
    let field = |camel, snake| result.get(camel).or_else(|| result.get(snake));
    let chosen = field("chosenCandidates", "chosen_candidates");
    let top = field("topCandidates", "top_candidates");
    let mut others = top.into_iter().flat_map(Node::elements);
    let mut writer = Writer::default();
    writer.object(|writer| {
        writer.key("content").array(|writer| {
            for word in chosen.into_iter().flat_map(Node::elements) {
                let others = others.next().and_then(|place| place.get("candidates"));
                write_place(writer, word, others);
            }
        });
    });
    Json::written(writer.into_bytes())
}

fn write_place(writer: &mut Writer, word: Node<'_>, others: Option<Node<'_>>) {
    writer.object(|writer| {
        write_word(writer, word);
        writer.key("top_logprobs").array(|writer| {
            let others = others.into_iter().flat_map(Node::elements);
            others.for_each(|other| writer.object(|writer| write_word(writer, other)));
        });
    });
}

fn write_word(writer: &mut Writer, word: Node<'_>) {
    writer.json_member("token", word.get("token").map(Json::of).as_ref());
    let logprob = word.get("logProbability").or_else(|| word.get("log_probability"));
    writer.json_member("logprob", logprob.map(Json::of).as_ref());
    writer.key("bytes").null();
}

/// Writes the member that says what OpenAI's chat spells.
pub(super) fn write(writer: &mut Writer, chat: &Json) {
    let words = || ["content", "refusal"].into_iter().filter_map(|name| chat.node().get(name));
    let words = || words().flat_map(Node::elements);
    writer.key("logprobsResult").object(|writer| {
        writer.key("chosenCandidates").array(|writer| {
            words().for_each(|word| write_candidate(writer, word));
        });
        writer.key("topCandidates").array(|writer| {
            words().for_each(|word| writer.object(|writer| write_others(writer, word)));
        });
    });
}

fn write_others(writer: &mut Writer, word: Node<'_>) {
    let others = word.get("top_logprobs").into_iter().flat_map(Node::elements);
    writer.key("candidates").array(|writer| others.for_each(|other| write_candidate(writer, other)));
}

fn write_candidate(writer: &mut Writer, word: Node<'_>) {
    writer.object(|writer| {
        writer.json_member("token", word.get("token").map(Json::of).as_ref());
        writer.json_member("logProbability", word.get("logprob").map(Json::of).as_ref());
    });
}
