//! What the simulated provider answers, held against what the SDKs read.

use std::time::Duration;

use callsign_plan::target::{SimulatedFault, Simulation};
use callsign_wire::dialect::Operation;
use serde_json::{Value, json};

use super::{End, Script, SimulatedAsk, script};

const SIX: [Operation; 6] = [
    Operation::ChatCompletions,
    Operation::Completions,
    Operation::Embeddings,
    Operation::Responses,
    Operation::Messages,
    Operation::CountTokens,
];

fn play(operation: Operation, body: &Value, simulation: &Simulation, overrides: Option<&str>) -> Script {
    play_bytes(operation, body.to_string().as_bytes(), simulation, overrides)
}

fn play_bytes(operation: Operation, body: &[u8], simulation: &Simulation, overrides: Option<&str>) -> Script {
    script(&SimulatedAsk {
        operation,
        model: "fast",
        body,
        content_type: Some("application/json"),
        simulation,
        overrides,
        request_id: "0193-ab",
        now: 1_700_000_000,
    })
}

fn whole(operation: Operation, body: &Value) -> (u16, Value) {
    let script = play(operation, body, &Simulation::default(), None);
    assert_eq!((script.content_type, script.end), ("application/json", End::Done));
    (script.status, serde_json::from_slice(&bytes(&script)).unwrap())
}

fn answered(operation: Operation, body: &Value) -> Value {
    let (status, answer) = whole(operation, body);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn bytes(script: &Script) -> Vec<u8> {
    script.steps.iter().flat_map(|step| step.bytes.to_vec()).collect()
}

/// The events of a streamed answer, each step being exactly one.
fn events(operation: Operation, mut body: Value) -> Vec<(Option<String>, Value)> {
    body["stream"] = json!(true);
    let script = play(operation, &body, &Simulation::default(), None);
    assert_eq!((script.status, script.end), (200, End::Done));
    assert_eq!(script.content_type, "text/event-stream; charset=utf-8");
    script.steps.iter().map(|step| event(std::str::from_utf8(&step.bytes).unwrap())).collect()
}

fn event(text: &str) -> (Option<String>, Value) {
    let text = text.strip_suffix("\n\n").unwrap();
    let (name, data) = match text.strip_prefix("event: ") {
        Some(named) => named.split_once('\n').map(|(name, data)| (Some(name.to_owned()), data)).unwrap(),
        None => (None, text),
    };
    let data = data.strip_prefix("data: ").unwrap();
    (name, serde_json::from_str(data).unwrap_or_else(|_| json!(data)))
}

/// A request of each operation that gets an answer.
fn plain(operation: Operation) -> Value {
    match operation {
        Operation::ChatCompletions | Operation::Messages | Operation::CountTokens => chat(),
        Operation::Completions => json!({"model": "fast", "prompt": "Hello!"}),
        _ => json!({"model": "fast", "input": "Hello!"}),
    }
}

fn chat() -> Value {
    json!({"model": "fast", "max_tokens": 1000, "messages": [{"role": "user", "content": "Hello!"}]})
}

fn with(mut body: Value, fields: &Value) -> Value {
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

const HELLO: &str = "This is Callsign's simulated model fast, answering \"Hello!\". \
                     Point the alias at a real model and the same request gets a real answer.";

#[test]
fn chat_completion_has_every_field() {
    let answer = answered(Operation::ChatCompletions, &chat());
    let output = answer["usage"]["completion_tokens"].as_u64().unwrap();
    assert_eq!(
        answer,
        json!({
            "id": "chatcmpl-0193ab",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": "fast",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": HELLO, "refusal": null, "annotations": []},
                "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": {
                "prompt_tokens": 1,
                "completion_tokens": output,
                "total_tokens": output + 1,
                "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                "completion_tokens_details": {
                    "reasoning_tokens": 0,
                    "audio_tokens": 0,
                    "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0,
                },
            },
            "service_tier": "default",
            "system_fingerprint": "fp_simulated",
        })
    );
    assert!(output > 20);
}

#[test]
fn chat_stream_tells_the_same_as_the_whole_answer() {
    let body = with(chat(), &json!({"n": 2, "stream_options": {"include_usage": true}}));
    let whole = answered(Operation::ChatCompletions, &body);
    let mut events: Vec<Value> = events(Operation::ChatCompletions, body)
        .into_iter()
        .map(|(name, event)| {
            assert_eq!(name, None);
            event
        })
        .collect();
    assert_eq!(events.pop(), Some(json!("[DONE]")));
    let last = events.pop().unwrap();
    assert_eq!((&last["choices"], &last["usage"]), (&json!([]), &whole["usage"]));
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    let mut texts = [String::new(), String::new()];
    for event in &events {
        assert_eq!((&event["object"], &event["id"]), (&json!("chat.completion.chunk"), &whole["id"]));
        assert_eq!(event.get("usage"), Some(&Value::Null));
        let choice = &event["choices"][0];
        let index = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
        texts[index] += choice["delta"]["content"].as_str().unwrap_or_default();
    }
    assert_eq!(texts, [HELLO, HELLO]);
    let finishes: Vec<_> =
        events.iter().rev().take(2).map(|event| &event["choices"][0]["finish_reason"]).collect();
    assert_eq!(finishes, ["stop", "stop"]);
}

#[test]
fn usage_is_not_told_in_a_stream_that_does_not_ask_for_it() {
    let events = events(Operation::ChatCompletions, chat());
    assert!(events.iter().all(|(_, event)| event.get("usage").is_none()));
}

/// Where an operation's answer has its text, and why it ended.
const fn places(operation: Operation) -> (&'static str, &'static str) {
    match operation {
        Operation::ChatCompletions => ("/choices/0/message/content", "/choices/0/finish_reason"),
        Operation::Completions => ("/choices/0/text", "/choices/0/finish_reason"),
        Operation::Responses => ("/output/0/content/0/text", "/incomplete_details/reason"),
        _ => ("/content/0/text", "/stop_reason"),
    }
}

#[test]
fn answers_end_where_they_are_told_to() {
    use Operation::{ChatCompletions, Completions, Messages, Responses};
    let cases = [
        (ChatCompletions, json!({"max_tokens": 2}), "This is", "length"),
        (ChatCompletions, json!({"max_completion_tokens": 1}), "This", "length"),
        (ChatCompletions, json!({"stop": " Call"}), "This is", "stop"),
        (ChatCompletions, json!({"stop": ["nowhere", "is"]}), "Th", "stop"),
        (Completions, json!({"max_tokens": 2}), "This is", "length"),
        (Responses, json!({"max_output_tokens": 2}), "This is", "max_output_tokens"),
        (Messages, json!({"max_tokens": 2}), "This is", "max_tokens"),
        (Messages, json!({"stop_sequences": [" Call"]}), "This is", "stop_sequence"),
    ];
    for (operation, fields, text, reason) in cases {
        let answer = answered(operation, &with(plain(operation), &fields));
        let (text_at, reason_at) = places(operation);
        assert_eq!(answer.pointer(text_at), Some(&json!(text)), "{operation:?} {fields}");
        assert_eq!(answer.pointer(reason_at), Some(&json!(reason)), "{operation:?} {fields}");
        if reason == "stop_sequence" {
            assert_eq!(answer["stop_sequence"], " Call");
        }
    }
}

#[test]
fn forced_tools_are_called_with_arguments_of_their_schema() {
    let schema = json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}});
    let function = json!({"name": "weather", "parameters": schema});
    let nested = json!([{"type": "function", "function": function}]);
    let flat = json!([{"type": "function", "name": "weather", "parameters": schema}]);
    let anthropic = json!([{"name": "weather", "input_schema": schema}]);
    let arguments = "{\"city\":\"simulated\"}";
    for choice in [json!("required"), json!({"type": "function", "function": {"name": "weather"}})] {
        let body = with(chat(), &json!({"tools": nested, "tool_choice": choice}));
        let answer = answered(Operation::ChatCompletions, &body);
        assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");
        let call = &answer["choices"][0]["message"]["tool_calls"][0];
        assert_eq!(call["function"], json!({"name": "weather", "arguments": arguments}));
        let streamed: String = events(Operation::ChatCompletions, body)
            .iter()
            .filter_map(|(_, event)| {
                event.pointer("/choices/0/delta/tool_calls/0/function/arguments")?.as_str()
            })
            .collect();
        assert_eq!(streamed, arguments);
    }
    for choice in [json!("required"), json!({"type": "function", "name": "weather"})] {
        let body = with(plain(Operation::Responses), &json!({"tools": flat, "tool_choice": choice}));
        let item = &answered(Operation::Responses, &body)["output"][0];
        assert_eq!((&item["type"], &item["name"]), (&json!("function_call"), &json!("weather")));
        assert_eq!(item["arguments"], arguments);
    }
    for choice in [json!({"type": "any"}), json!({"type": "tool", "name": "weather"})] {
        let body = with(chat(), &json!({"tools": anthropic, "tool_choice": choice}));
        let answer = answered(Operation::Messages, &body);
        assert_eq!(answer["stop_reason"], "tool_use");
        assert_eq!(answer["content"][0]["input"], json!({"city": "simulated"}));
        let streamed: String = events(Operation::Messages, body)
            .iter()
            .filter_map(|(_, event)| event.pointer("/delta/partial_json")?.as_str())
            .collect();
        assert_eq!(streamed, arguments);
    }
}

#[test]
fn offered_tools_are_left_alone_unless_forced() {
    let tools = json!([{"type": "function", "function": {"name": "weather"}}]);
    let body = with(chat(), &json!({"tools": tools, "tool_choice": "auto"}));
    assert_eq!(answered(Operation::ChatCompletions, &body)["choices"][0]["message"]["content"], HELLO);
}

#[test]
fn asked_for_json_is_json() {
    let schema = json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}});
    let cases = [
        (
            Operation::ChatCompletions,
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}}),
            "/choices/0/message/content",
            "{\"n\":0}",
        ),
        (
            Operation::ChatCompletions,
            json!({"response_format": {"type": "json_object"}}),
            "/choices/0/message/content",
            "{}",
        ),
        (
            Operation::Responses,
            json!({"text": {"format": {"type": "json_schema", "name": "a", "schema": schema}}}),
            "/output/0/content/0/text",
            "{\"n\":0}",
        ),
        (
            Operation::Messages,
            json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}}),
            "/content/0/text",
            "{\"n\":0}",
        ),
    ];
    for (operation, fields, text, expected) in cases {
        let answer = answered(operation, &with(plain(operation), &fields));
        assert_eq!(answer.pointer(text), Some(&json!(expected)), "{operation:?} {fields}");
    }
}

#[test]
fn response_events_come_in_order_and_are_numbered() {
    let body = plain(Operation::Responses);
    let events = events(Operation::Responses, body.clone());
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_deref().unwrap()).collect();
    names.dedup();
    assert_eq!(
        names,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let text: String = events.iter().filter_map(|(_, event)| event["delta"].as_str()).collect();
    assert_eq!(text, HELLO);
    for (number, (name, event)) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
        assert_eq!(event["type"].as_str(), name.as_deref());
    }
    assert_eq!(events.last().unwrap().1["response"], answered(Operation::Responses, &body));
}

#[test]
fn response_ends_incomplete_at_its_limit() {
    let body = with(plain(Operation::Responses), &json!({"max_output_tokens": 1}));
    let events = events(Operation::Responses, body);
    let (name, event) = events.last().unwrap();
    assert_eq!(name.as_deref(), Some("response.incomplete"));
    assert_eq!(event["response"]["status"], "incomplete");
}

#[test]
fn message_has_every_field() {
    let answer = answered(Operation::Messages, &chat());
    let output = answer["usage"]["output_tokens"].clone();
    assert_eq!(
        answer,
        json!({
            "id": "msg_0193ab",
            "type": "message",
            "role": "assistant",
            "model": "fast",
            "content": [{"type": "text", "text": HELLO, "citations": null}],
            "stop_reason": "end_turn",
            "stop_sequence": null,
            "usage": {
                "input_tokens": 1,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                "output_tokens": output,
                "service_tier": "standard",
            },
        })
    );
}

#[test]
fn message_events_come_in_order() {
    let events = events(Operation::Messages, chat());
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_deref().unwrap()).collect();
    names.dedup();
    assert_eq!(
        names,
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert!(events.iter().all(|(name, event)| event["type"].as_str() == name.as_deref()));
    let text: String = events.iter().filter_map(|(_, event)| event["delta"]["text"].as_str()).collect();
    assert_eq!(text, HELLO);
    let ended = &events[events.len() - 2].1;
    assert_eq!(ended["delta"], json!({"stop_reason": "end_turn", "stop_sequence": null}));
    assert_eq!(ended["usage"], json!({"output_tokens": events.len() - 6}));
}

#[test]
fn everything_that_is_sent_is_counted() {
    let body = json!({
        "system": [{"type": "text", "text": "Be brief"}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "one two"}, {"type": "image", "source": {}}]},
            {"role": "assistant", "content": "three"},
            {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "four"}]}]},
        ],
    });
    assert_eq!(answered(Operation::CountTokens, &body), json!({"input_tokens": 6}));
}

#[test]
fn the_last_words_of_the_user_are_echoed() {
    let long = "word ".repeat(200_000);
    let cases = [
        (json!([{"role": "system", "content": "x"}]), "answering an empty prompt."),
        (json!([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]), "answering \"b\"."),
        (
            json!([{"role": "user", "content": "a\n  b"}, {"role": "assistant", "content": "c"}]),
            "answering \"a b\".",
        ),
        (json!([{"role": "user", "content": [{"type": "text", "text": "é"}]}]), "answering \"é\"."),
        (json!([{"role": "user", "content": long}]), "word word…\"."),
    ];
    for (messages, expected) in cases {
        let answer = answered(Operation::ChatCompletions, &json!({"messages": messages}));
        let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
        assert!(text.contains(expected), "{text}");
        assert!(text.len() < 250);
    }
}

#[test]
fn several_prompts_get_a_choice_each() {
    let body = json!({"prompt": ["a", "b"], "n": 2, "echo": true, "max_tokens": 1});
    let choices = answered(Operation::Completions, &body)["choices"].clone();
    let texts: Vec<_> =
        choices.as_array().unwrap().iter().map(|choice| choice["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["aThis", "aThis", "bThis", "bThis"]);
    let indexes: Vec<_> =
        choices.as_array().unwrap().iter().map(|choice| choice["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, [0, 1, 2, 3]);
    let streamed = events(Operation::Completions, json!({"prompt": [1, 2, 3]}));
    let text: String =
        streamed.iter().filter_map(|(_, event)| event["choices"][0]["text"].as_str()).collect();
    assert!(text.starts_with("This is Callsign's simulated"), "{text}");
    assert_eq!(streamed.last().unwrap().1, "[DONE]");
}

fn vectors(body: &Value) -> Vec<Vec<f32>> {
    let answer = answered(Operation::Embeddings, body);
    let data = answer["data"].as_array().unwrap();
    data.iter().map(|one| serde_json::from_value(one["embedding"].clone()).unwrap()).collect()
}

#[test]
fn embeddings_are_unit_vectors_that_lie_close_for_like_texts() {
    let vectors =
        vectors(&json!({"input": ["a red apple", "a red pear", "quantum physics", ""], "dimensions": 512}));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    for vector in &vectors {
        assert_eq!(vector.len(), 512);
        assert!((dot(vector, vector) - 1.0).abs() < 1e-5);
    }
    assert!(dot(&vectors[0], &vectors[1]) > 0.4);
    assert!(dot(&vectors[0], &vectors[2]).abs() < 0.25);
}

#[test]
fn embeddings_in_base64_are_the_same_numbers() {
    let numbers = vectors(&json!({"input": "a red apple", "dimensions": 5})).remove(0);
    let answer = answered(
        Operation::Embeddings,
        &json!({"input": "a red apple", "dimensions": 5, "encoding_format": "base64"}),
    );
    let decoded = from_base64(answer["data"][0]["embedding"].as_str().unwrap());
    let decoded: Vec<f32> =
        decoded.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(decoded, numbers);
}

fn from_base64(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 4, 0);
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("{letter}"),
    };
    let letters = text.trim_end_matches('=').bytes().map(value);
    let (mut bits, mut held, mut decoded) = (0_u32, 0, Vec::new());
    for letter in letters {
        bits = bits << 6 | u32::from(letter);
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.push(((bits >> held) & 0xff) as u8);
        }
    }
    decoded
}

#[test]
fn further_paths_answer_or_say_why_not() {
    let moderation = answered(Operation::Other("/moderations"), &json!({"input": ["a", "b"]}));
    assert_eq!(moderation["results"].as_array().unwrap().len(), 2);
    assert_eq!(moderation["results"][0]["flagged"], false);
    let ranked = answered(
        Operation::Other("/rerank"),
        &json!({"query": "red apple", "documents": ["blue sky", "red car", {"text": "a red apple"}], "top_n": 2}),
    );
    assert_eq!(
        ranked["results"],
        json!([{"index": 2, "relevance_score": 1.0}, {"index": 1, "relevance_score": 0.5}])
    );
    let counted = answered(Operation::CountInputTokens, &json!({"input": "one two"}));
    assert_eq!(counted, json!({"object": "response.input_tokens", "input_tokens": 2}));
    for path in ["/audio/speech", "/images/generations", "/videos"] {
        let (status, answer) = whole(Operation::Other(path), &json!({"model": "fast"}));
        assert_eq!(status, 404);
        assert!(answer["error"]["message"].as_str().unwrap().contains(path));
    }
}

#[test]
fn requests_that_make_no_sense_are_refused_in_their_dialect() {
    for operation in SIX {
        for body in ["", "nonsense", "[]", "{}", &"[".repeat(100_000)] {
            let script = play_bytes(operation, body.as_bytes(), &Simulation::default(), None);
            assert_eq!(script.status, 400, "{operation:?} {body}");
            let answer: Value = serde_json::from_slice(&bytes(&script)).unwrap();
            assert_eq!(answer["error"]["type"], "invalid_request_error");
            let is_anthropic = matches!(operation, Operation::Messages | Operation::CountTokens);
            assert_eq!(answer.get("type").is_some(), is_anthropic);
        }
    }
    for dimensions in [0, 4097] {
        let (status, answer) = whole(Operation::Embeddings, &json!({"input": "a", "dimensions": dimensions}));
        assert_eq!((status, &answer["error"]["param"]), (400, &json!("dimensions")));
    }
}

#[test]
fn requests_beyond_all_measure_are_refused() {
    let words = "word ".repeat(600_000);
    let cases = [
        (Operation::Completions, json!({"prompt": words, "echo": true, "n": 128}), "n"),
        (Operation::Embeddings, json!({"input": words}), "input"),
        (Operation::Embeddings, json!({"input": vec!["a"; 2048], "dimensions": 4096}), "input"),
        (Operation::Embeddings, json!({"input": vec!["a"; 2049]}), "input"),
        (Operation::Other("/moderations"), json!({"input": vec!["a"; 1001]}), "input"),
        (Operation::Other("/rerank"), json!({"query": "a", "documents": vec!["a"; 1001]}), "documents"),
    ];
    for (operation, body, field) in cases {
        let (status, answer) = whole(operation, &body);
        assert_eq!((status, &answer["error"]["param"]), (400, &json!(field)), "{operation:?}");
    }
}

#[test]
fn asked_for_statuses_come_as_the_provider_would_write_them() {
    let cases = [
        (401, "invalid_request_error", json!("invalid_api_key"), "authentication_error", false),
        (404, "invalid_request_error", json!("model_not_found"), "not_found_error", false),
        (429, "requests", json!("rate_limit_exceeded"), "rate_limit_error", true),
        (500, "server_error", Value::Null, "api_error", false),
        (503, "server_error", Value::Null, "api_error", true),
        (529, "server_error", Value::Null, "overloaded_error", true),
    ];
    for (status, openai, code, anthropic, retry) in cases {
        let simulation = Simulation { fault: Some(SimulatedFault::Status(status)), ..Simulation::default() };
        for operation in SIX {
            let script = play(operation, &plain(operation), &simulation, None);
            assert_eq!((script.status, script.end), (status, End::Done));
            assert_eq!(script.headers.contains(&("retry-after", "1".to_owned())), retry);
            let error = serde_json::from_slice::<Value>(&bytes(&script)).unwrap()["error"].clone();
            if matches!(operation, Operation::Messages | Operation::CountTokens) {
                assert_eq!(error["type"], anthropic);
            } else {
                assert_eq!((&error["type"], &error["code"]), (&json!(openai), &code));
            }
        }
    }
}

#[test]
fn time_is_kept_as_asked() {
    let (delay, pause) = (Duration::from_millis(200), Duration::from_millis(20));
    let simulation = Simulation { delay, token_delay: pause, fault: None };
    for operation in [Operation::ChatCompletions, Operation::Responses, Operation::Messages] {
        let body = with(plain(operation), &json!({"stream": true}));
        let script = play(operation, &body, &simulation, None);
        let text = String::from_utf8(bytes(&script)).unwrap();
        let pauses: Vec<Duration> = script.steps.iter().map(|step| step.after).collect();
        assert_eq!(pauses[0], delay, "{text}");
        let tokens = super::reply::tokens(HELLO).count();
        assert_eq!(pauses.iter().filter(|one| **one == pause).count(), tokens - 1);
        assert_eq!(pauses.iter().filter(|one| one.is_zero()).count(), pauses.len() - tokens);
    }
    let script = play(Operation::Embeddings, &plain(Operation::Embeddings), &simulation, None);
    assert_eq!(script.steps.iter().map(|step| step.after).collect::<Vec<_>>(), [delay]);
}

#[test]
fn faults_break_an_answer_off() {
    let faults = [(SimulatedFault::Stall, End::Hang), (SimulatedFault::Cut, End::Cut)];
    for operation in SIX {
        let sane = bytes(&play(operation, &plain(operation), &Simulation::default(), None));
        for (fault, end) in faults {
            let simulation = Simulation { fault: Some(fault), ..Simulation::default() };
            let script = play(operation, &plain(operation), &simulation, None);
            assert_eq!((script.status, script.end), (200, end));
            assert_eq!(bytes(&script), sane[..sane.len() / 2]);
        }
        let simulation = Simulation { fault: Some(SimulatedFault::Hang), ..Simulation::default() };
        let script = play(operation, &plain(operation), &simulation, None);
        assert_eq!((script.steps.len(), script.end), (0, End::Hang));
    }
    let simulation = Simulation { fault: Some(SimulatedFault::Cut), ..Simulation::default() };
    let body = with(chat(), &json!({"stream": true}));
    let script = play(Operation::Messages, &body, &simulation, None);
    let text = String::from_utf8(bytes(&script)).unwrap();
    assert!(text.contains("text_delta") && !text.contains("message_stop"), "{text}");
}

#[test]
fn header_overrides_the_entry() {
    let simulation = Simulation {
        delay: Duration::from_secs(9),
        token_delay: Duration::from_secs(9),
        fault: Some(SimulatedFault::Status(500)),
    };
    let body = plain(Operation::Embeddings);
    let cases = [
        ("", 500, 9_000),
        ("delay=200ms", 500, 200),
        ("fault=none,delay=1m", 200, 60_000),
        (" fault = 429 , delay = 5s ,", 429, 5_000),
    ];
    for (header, status, delay) in cases {
        let script = play(Operation::Embeddings, &body, &simulation, Some(header));
        assert_eq!(script.status, status, "{header}");
        assert_eq!(script.steps[0].after, Duration::from_millis(delay), "{header}");
    }
}

#[test]
fn header_that_is_not_understood_is_refused() {
    let cases = [
        ("delay", "`delay`, which is not of the form `setting=value`"),
        ("speed=1", "no setting `speed`"),
        ("delay=", "is not a duration"),
        ("delay=5", "`5` in `x-callsign-simulate` is not a duration"),
        ("delay=-5s", "is not a duration"),
        ("delay=99999999999s", "is not a duration"),
        ("token_delay=é", "is not a duration"),
        ("fault=200", "is not a fault"),
        ("fault=crash", "is not a fault"),
    ];
    for (header, expected) in cases {
        for operation in SIX {
            let simulation = Simulation { delay: Duration::from_secs(9), ..Simulation::default() };
            let script = play(operation, &plain(operation), &simulation, Some(header));
            assert_eq!((script.status, script.steps[0].after), (400, Duration::ZERO));
            let answer: Value = serde_json::from_slice(&bytes(&script)).unwrap();
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains(expected), "{message}");
        }
    }
}

#[test]
fn the_same_request_gets_the_same_answer() {
    for operation in SIX {
        let twice = [0, 1].map(|_| bytes(&play(operation, &plain(operation), &Simulation::default(), None)));
        assert_eq!(twice[0], twice[1]);
    }
}
