//! The embeddings of Bedrock's models, each in its maker's form.

use super::openai::{vector, write_vector};
use super::{Answer, Input, Request, Task};
use crate::dialect::Dialect;
use crate::hub::flaw::{DecodeError, EncodeError};
use crate::hub::loss::Losses;
use crate::json::Kind;
use crate::json::object::{Object, said};
use crate::json::walk::Node;
use crate::json::writer::Writer;

/// The sizes that Titan makes, of which it takes no others.
const TITAN_SIZES: [u64; 3] = [256, 512, 1024];
/// The most texts in one request to Cohere.
const COHERE_MOST: usize = 96;

const TASKS: [(&str, Task); 4] = [
    ("search_document", Task::Document),
    ("search_query", Task::Query),
    ("classification", Task::Classification),
    ("clustering", Task::Clustering),
];

pub(super) fn titan_request(body: &[u8]) -> Result<Request, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    let inputs = vec![Input::Text(object.required_text("inputText")?)];
    let mut request = Request::of(Dialect::Bedrock, inputs);
    request.dimensions = object.count("dimensions")?;
    request.extras = object.rest();
    Ok(request)
}

pub(super) fn cohere_request(body: &[u8]) -> Result<Request, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    let texts = object.each("texts", |node| said(node).map(|text| Input::Text(text.into_owned())))?;
    let mut request = Request::of(Dialect::Bedrock, texts);
    request.dimensions = object.count("output_dimension")?;
    request.task = object.text("input_type")?.map(|name| {
        let known = TASKS.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| Task::Other(Dialect::Bedrock, name.clone()), |(_, task)| task.clone())
    });
    request.extras = object.rest();
    Ok(request)
}

pub(super) fn write_titan(request: &Request, losses: &mut Losses) -> Result<Vec<Vec<u8>>, EncodeError> {
    // A vector of another size would be of no use beside those that the client has.
    if request.dimensions.is_some_and(|size| !TITAN_SIZES.contains(&size)) {
        let reason = "must be 256, 512 or 1024 for the target's model, or left out".to_owned();
        return Err(EncodeError { path: "dimensions".to_owned(), reason });
    }
    if request.task.is_some() {
        losses.dropped("taskType");
    }
    let each = request.texts().map(|text| {
        let mut writer = Writer::with_capacity(text.len() + 64);
        writer.object(|writer| {
            writer.key("inputText").text(text);
            writer.count_member("dimensions", request.dimensions);
            if request.dialect == Dialect::Bedrock {
                writer.extras(&request.extras);
            }
        });
        writer.into_bytes()
    });
    Ok(each.collect())
}

pub(super) fn write_cohere(request: &Request, losses: &mut Losses) -> Vec<Vec<u8>> {
    let task = match &request.task {
        None => Some("search_document"),
        Some(Task::Other(Dialect::Bedrock, name)) => Some(name.as_str()),
        Some(task) => TASKS.iter().find(|(_, known)| known == task).map(|(name, _)| *name),
    };
    if task.is_none() {
        losses.changed("taskType");
    }
    let texts: Vec<&str> = request.texts().collect();
    let each = texts.chunks(COHERE_MOST).map(|texts| {
        let mut writer = Writer::with_capacity(1024);
        writer.object(|writer| {
            writer.key("texts").array(|writer| texts.iter().for_each(|text| writer.text(text)));
            // Required of all models since version 3.
            writer.key("input_type").text(task.unwrap_or("search_document"));
            writer.count_member("output_dimension", request.dimensions);
            if request.dialect == Dialect::Bedrock {
                writer.extras(&request.extras);
            }
        });
        writer.into_bytes()
    });
    each.collect()
}

pub(super) fn titan_answer(body: &[u8]) -> Result<Answer, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    let single = object.take("embedding");
    let typed = || node.at(&["embeddingsByType", "float"]);
    let vector = single.or_else(typed).and_then(vector);
    let vector = vector.ok_or_else(|| DecodeError::expected("a list of numbers").within("embedding"))?;
    Ok(Answer { vectors: vec![vector], tokens: object.count("inputTextTokenCount")?, model: None })
}

/// Vectors alone, or by their types.
pub(super) fn cohere_answer(body: &[u8]) -> Result<Answer, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let embeddings = node.get("embeddings").ok_or_else(|| DecodeError::missing("embeddings"))?;
    let list = if embeddings.kind() == Kind::Object { embeddings.get("float") } else { Some(embeddings) };
    let vectors: Option<Vec<Vec<f32>>> =
        list.filter(|list| list.kind() == Kind::Array).and_then(|list| list.elements().map(vector).collect());
    let vectors = vectors.ok_or_else(|| DecodeError::expected("lists of numbers").within("embeddings"))?;
    Ok(Answer { vectors, tokens: None, model: None })
}

pub(super) fn write_titan_answer(answer: &Answer) -> Vec<u8> {
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        write_vector(writer.key("embedding"), answer.vectors.first().map_or(&[], Vec::as_slice));
        writer.key("inputTextTokenCount").count(answer.tokens.unwrap_or_default());
    });
    writer.into_bytes()
}

pub(super) fn write_cohere_answer(answer: &Answer) -> Vec<u8> {
    let mut writer = Writer::with_capacity(1024);
    writer.object(|writer| {
        writer.key("embeddings").array(|writer| {
            answer.vectors.iter().for_each(|vector| write_vector(writer, vector));
        });
        writer.key("response_type").text("embeddings_floats");
    });
    writer.into_bytes()
}
