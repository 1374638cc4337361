//! OpenAI's embeddings. <https://platform.openai.com/docs/api-reference/embeddings/create>

use super::{Answer, Encoding, Input, Request};
use crate::base64;
use crate::dialect::Dialect;
use crate::hub::flaw::DecodeError;
use crate::hub::loss::Losses;
use crate::json::Kind;
use crate::json::object::Object;
use crate::json::walk::Node;
use crate::json::writer::Writer;

pub(super) fn request(body: &[u8]) -> Result<Request, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    object.take("model");
    let input = object.take("input").ok_or_else(|| DecodeError::missing("input"))?;
    let inputs = inputs(input).map_err(|error| error.within("input"))?;
    let mut request = Request::of(Dialect::OpenAiChat, inputs);
    request.dimensions = object.count("dimensions")?;
    request.user = object.text("user")?;
    request.encoding = match object.text_ref("encoding_format")?.as_deref() {
        None | Some("float") => Encoding::Float,
        Some("base64") => Encoding::Base64,
        Some(_) => return Err(DecodeError::expected("`float` or `base64`").within("encoding_format")),
    };
    request.extras = object.rest();
    Ok(request)
}

/// A text, a list of numbers, or a list of either.
fn inputs(input: Node<'_>) -> Result<Vec<Input>, DecodeError> {
    let wrong = || DecodeError::expected("a string, tokens, or a list of either");
    match input.kind() {
        Kind::Text => Ok(vec![one(input)?]),
        Kind::Array if input.elements().next().is_some_and(|first| first.kind() == Kind::Number) => {
            Ok(vec![one(input)?])
        }
        Kind::Array => {
            let each = input.elements().enumerate();
            each.map(|(index, node)| one(node).map_err(|error| error.at("", index))).collect()
        }
        _ => Err(wrong()),
    }
}

fn one(node: Node<'_>) -> Result<Input, DecodeError> {
    if node.kind() == Kind::Array {
        let tokens: Option<Vec<u64>> = node.elements().map(number).collect();
        return tokens.map(Input::Tokens).ok_or_else(|| DecodeError::expected("a list of tokens"));
    }
    crate::json::object::said(node).map(|text| Input::Text(text.into_owned()))
}

fn number<T: std::str::FromStr>(node: Node<'_>) -> Option<T> {
    std::str::from_utf8(node.spelled()).ok()?.parse().ok()
}

pub(super) fn write_request(request: &Request, model: &str, losses: &mut Losses) -> Vec<u8> {
    let mut writer = Writer::with_capacity(256);
    if request.task.is_some() {
        losses.dropped("taskType");
    }
    writer.object(|writer| {
        writer.key("model").text(model);
        writer.key("input");
        match request.inputs.as_slice() {
            [Input::Text(text)] => writer.text(text),
            inputs => writer.array(|writer| inputs.iter().for_each(|input| write_input(writer, input))),
        }
        writer.count_member("dimensions", request.dimensions);
        if request.encoding == Encoding::Base64 {
            writer.key("encoding_format").text("base64");
        }
        writer.text_member("user", request.user.as_deref());
        if request.dialect == Dialect::OpenAiChat {
            writer.extras(&request.extras);
        }
    });
    writer.into_bytes()
}

fn write_input(writer: &mut Writer, input: &Input) {
    match input {
        Input::Text(text) => writer.text(text),
        Input::Tokens(tokens) => {
            writer.array(|writer| tokens.iter().for_each(|token| writer.count(*token)));
        }
    }
}

pub(super) fn answer(body: &[u8]) -> Result<Answer, DecodeError> {
    let node = Node::read(body).ok_or_else(DecodeError::not_json)?;
    let mut object = Object::of(node)?;
    let mut vectors: Vec<(u64, Vec<f32>)> = Vec::new();
    for (place, node) in (0..).zip(object.elements("data")?.into_iter().flatten()) {
        let mut datum = Object::of(node).map_err(|error| error.within("data"))?;
        let index = datum.count("index").map_err(|error| error.within("data"))?.unwrap_or(place);
        let vector = datum.take("embedding").and_then(vector);
        let vector = vector.ok_or_else(|| DecodeError::expected("a vector").within("data[].embedding"))?;
        vectors.push((index, vector));
    }
    vectors.sort_by_key(|(index, _)| *index);
    let usage = object.object("usage")?.map(|mut usage| usage.count("prompt_tokens"));
    let tokens = usage.transpose()?.flatten();
    let vectors = vectors.into_iter().map(|(_, vector)| vector).collect();
    Ok(Answer { vectors, tokens, model: object.text("model")? })
}

/// Numbers, or their bits in base64.
pub(super) fn vector(node: Node<'_>) -> Option<Vec<f32>> {
    if node.kind() == Kind::Array {
        return node.elements().map(number).collect();
    }
    let bytes = base64::decode(&node.text()?)?;
    let chunks = bytes.as_chunks::<4>();
    chunks.1.is_empty().then(|| chunks.0.iter().map(|bits| f32::from_le_bytes(*bits)).collect())
}

pub(super) fn write_answer(answer: &Answer, encoding: Encoding, model: &str) -> Vec<u8> {
    let mut writer = Writer::with_capacity(answer.vectors.iter().map(Vec::len).sum::<usize>() * 12 + 256);
    writer.object(|writer| {
        writer.key("object").text("list");
        writer.key("data").array(|writer| {
            for (index, vector) in (0..).zip(&answer.vectors) {
                writer.object(|writer| {
                    writer.key("object").text("embedding");
                    writer.key("index").count(index);
                    write_embedding(writer.key("embedding"), vector, encoding);
                });
            }
        });
        writer.key("model").text(answer.model.as_deref().unwrap_or(model));
        let tokens = answer.tokens.unwrap_or_default();
        writer.key("usage").object(|writer| {
            writer.key("prompt_tokens").count(tokens);
            writer.key("total_tokens").count(tokens);
        });
    });
    writer.into_bytes()
}

fn write_embedding(writer: &mut Writer, vector: &[f32], encoding: Encoding) {
    match encoding {
        Encoding::Float => write_vector(writer, vector),
        Encoding::Base64 => {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            writer.text(&base64::encode(&bytes));
        }
    }
}

/// Writes a list of numbers with no more digits than they have.
pub(super) fn write_vector(writer: &mut Writer, vector: &[f32]) {
    writer.array(|writer| vector.iter().for_each(|number| writer.single(*number)));
}
