//! Gemini's embeddings. <https://ai.google.dev/api/embeddings>

use super::openai::{vector, write_vector};
use super::{Answer, Input, Request, Task};
use crate::dialect::Dialect;
use crate::gemini::proto;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

const TASKS: [(&str, Task); 4] = [
    ("RETRIEVAL_DOCUMENT", Task::Document),
    ("RETRIEVAL_QUERY", Task::Query),
    ("CLASSIFICATION", Task::Classification),
    ("CLUSTERING", Task::Clustering),
];

pub(super) fn request(body: &[u8]) -> Result<Request, DecodeError> {
    one(Node::read(body).ok_or_else(DecodeError::not_json)?)
}

/// Many requests, whose wishes are the first one's.
pub(super) fn batch(body: &[u8]) -> Result<Request, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut requests = proto::object(node)?.each("requests", one)?.into_iter();
    let Some(mut whole) = requests.next() else {
        return Err(DecodeError::expected("an array of at least one request").within("requests"));
    };
    for (index, request) in (1..).zip(requests) {
        if (&request.task, request.dimensions) != (&whole.task, whole.dimensions) {
            let said = "asks for another task or size than the first one, send it on its own";
            return Err(DecodeError::said(said).at("requests", index));
        }
        whole.inputs.extend(request.inputs);
    }
    Ok(whole)
}

fn one(node: Node<'_>) -> Result<Request, DecodeError> {
    let mut object = proto::object(node)?;
    object.take("model");
    let content = object.take("content").ok_or_else(|| DecodeError::missing("content"))?;
    let text = text(content).map_err(|error| error.within("content"))?;
    let mut request = Request::of(Dialect::Gemini, vec![Input::Text(text)]);
    request.dimensions = proto::count(&mut object, "outputDimensionality")?;
    request.task =
        object.text("taskType")?.filter(|task| task != "TASK_TYPE_UNSPECIFIED").map(|name| task(&name));
    request.extras = object.rest();
    Ok(request)
}

fn task(name: &str) -> Task {
    let known = TASKS.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| Task::Other(Dialect::Gemini, name.to_owned()), |(_, task)| task.clone())
}

/// The words of a content, which are one text.
fn text(content: Node<'_>) -> Result<String, DecodeError> {
    if let Some(text) = content.text() {
        return Ok(text.into_owned());
    }
    let parts = proto::object(content)?.each("parts", |part| {
        let mut part = proto::object(part)?;
        let text = part.required_text("text")?;
        Ok(text)
    })?;
    Ok(parts.join("\n"))
}

pub(super) fn write_requests(request: &Request, model: &str, losses: &mut Losses) -> Vec<Vec<u8>> {
    note(request, losses);
    let each = request.texts().map(|text| {
        let mut writer = Writer::with_capacity(text.len() + 128);
        writer.object(|writer| write_one(writer, request, text, model));
        writer.into_bytes()
    });
    each.collect()
}

pub(super) fn write_batch(request: &Request, model: &str, losses: &mut Losses) -> Vec<u8> {
    note(request, losses);
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        writer.key("requests").array(|writer| {
            for text in request.texts() {
                writer.object(|writer| write_one(writer, request, text, model));
            }
        });
    });
    writer.into_bytes()
}

fn note(request: &Request, losses: &mut Losses) {
    if matches!(request.task, Some(Task::Other(dialect, _)) if dialect != Dialect::Gemini) {
        losses.dropped("input_type");
    }
}

fn write_one(writer: &mut Writer, request: &Request, text: &str, model: &str) {
    let prefix = if model.contains('/') { "" } else { "models/" };
    writer.key("model").text(&format!("{prefix}{model}"));
    writer.key("content").object(|writer| {
        writer.key("parts").array(|writer| writer.object(|writer| writer.key("text").text(text)));
    });
    writer.text_member("taskType", request.task.as_ref().and_then(task_name));
    writer.count_member("outputDimensionality", request.dimensions);
    if request.dialect == Dialect::Gemini {
        writer.extras(&request.extras);
    }
}

fn task_name(task: &Task) -> Option<&str> {
    match task {
        Task::Other(Dialect::Gemini, name) => Some(name),
        task => TASKS.iter().find(|(_, known)| known == task).map(|(name, _)| *name),
    }
}

/// `embedding` for one text, `embeddings` for many.
pub(super) fn answer(body: &[u8]) -> Result<Answer, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = proto::object(node)?;
    let vectors = match object.take("embedding") {
        Some(single) if single.kind() == Kind::Object => vec![values(single)?],
        _ => object.each("embeddings", values)?,
    };
    let usage = proto::member(&mut object, "usageMetadata")?;
    let tokens = usage.map(|mut usage: Object<'_>| proto::count(&mut usage, "promptTokenCount"));
    Ok(Answer { vectors, tokens: tokens.transpose()?.flatten(), model: None })
}

fn values(node: Node<'_>) -> Result<Vec<f32>, DecodeError> {
    let values = node.get("values").and_then(vector);
    values.ok_or_else(|| DecodeError::expected("a list of numbers").within("values"))
}

pub(super) fn write_answer(answer: &Answer) -> Vec<u8> {
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        if let Some(vector) = answer.vectors.first() {
            writer.key("embedding").object(|writer| write_vector(writer.key("values"), vector));
        }
        write_usage(writer, answer);
    });
    writer.into_bytes()
}

pub(super) fn write_batch_answer(answer: &Answer) -> Vec<u8> {
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        writer.key("embeddings").array(|writer| {
            for vector in &answer.vectors {
                writer.object(|writer| write_vector(writer.key("values"), vector));
            }
        });
        write_usage(writer, answer);
    });
    writer.into_bytes()
}

fn write_usage(writer: &mut Writer, answer: &Answer) {
    if let Some(tokens) = answer.tokens {
        writer.key("usageMetadata").object(|writer| writer.key("promptTokenCount").count(tokens));
    }
}
