//! What a coding agent asks, 40 KB of it, and what it is answered, in each dialect: the hub tells one conversation in all of them.

use std::fmt::Write as _;

use bytes::Bytes;
use callsign_wire::dialect::Dialect;
use callsign_wire::hub::event::Event;
use callsign_wire::hub::loss::Losses;
use callsign_wire::quirks;
use callsign_wire::translate::{self, Listen, Speak, Terms, Voice};

/// How every target is asked.
pub(crate) const TERMS: Terms<'static> = Terms {
    model: "target-model",
    max_tokens: 4096,
    chat: quirks::Chat::USUAL,
    thinking: quirks::ThinkingForm::Usual,
    family: quirks::Family::Claude,
};

const TURNS: usize = 30;
const TOOLS: [&str; 8] =
    ["read_file", "write_file", "edit_file", "list_files", "search", "run", "fetch", "plan"];

/// The agent's request in this dialect.
pub(crate) fn request(dialect: Dialect) -> Bytes {
    let chat = chat();
    let conversation = translate::conversation(Dialect::OpenAiChat, chat.as_bytes()).unwrap();
    let written = translate::request(dialect, &conversation, TERMS, &mut Losses::default()).unwrap();
    written.into()
}

/// A system prompt, tools, and turns in which the model calls a tool and the tool answers.
fn chat() -> String {
    let rules =
        r#"Never guess what a file says: read it.\n- Say \"done\" only when the tests pass.\n"#.repeat(60);
    let mut body = format!(r#"{{"model":"fast.v1","messages":[{{"role":"system","content":"{rules}"}}"#);
    body.push_str(r#",{"role":"user","content":"Make the parser accept trailing commas, please."}"#);
    for turn in 0..TURNS {
        push_turn(&mut body, turn);
    }
    let tools: Vec<String> = TOOLS.iter().map(|name| tool(name)).collect();
    write!(
        body,
        r#"],"tools":[{}],"tool_choice":"auto","max_tokens":8192,"temperature":0.2,"stream":true,"#,
        tools.join(",")
    )
    .unwrap();
    body.push_str(r#""stream_options":{"include_usage":true}}"#);
    body
}

fn push_turn(body: &mut String, turn: usize) {
    let said = "I look at where this is read, and then at who calls it.";
    let arguments = r#"{\"path\":\"src/parser/list.rs\",\"from\":120,\"to\":180}"#;
    let call = format!(
        r#"{{"id":"call_{turn:04}","type":"function","function":{{"name":"read_file","arguments":"{arguments}"}}}}"#
    );
    let lines =
        r#"    let Some(next) = self.peek() else { return Err(Error::end(\"a list\")) };\n"#.repeat(9);
    write!(body, r#",{{"role":"assistant","content":"{said}","tool_calls":[{call}]}}"#).unwrap();
    write!(body, r#",{{"role":"tool","tool_call_id":"call_{turn:04}","content":"{lines}"}}"#).unwrap();
}

fn tool(name: &str) -> String {
    let description = "Works on a file of the project and tells what came of it, line by line. ".repeat(6);
    let path = r#"{"type":"string","description":"The path, from the folder of the project."}"#;
    let line = r#"{"type":"integer","minimum":1,"description":"The number of a line."}"#;
    format!(
        r#"{{"type":"function","function":{{"name":"{name}","description":"{description}","parameters":{{"type":"object","properties":{{"path":{path},"from":{line},"to":{line}}},"required":["path"],"additionalProperties":false}}}}}}"#
    )
}

/// A stream in one dialect that is told in another, in the middle of its words, with the next of them in hand.
#[derive(Debug)]
pub(crate) struct Passage {
    ear: Box<dyn Listen>,
    mouth: Box<dyn Speak>,
    heard: Vec<Event>,
    next: Bytes,
    said: Vec<u8>,
}

// === impl Passage ===

impl Passage {
    /// The beginning, and two pieces of the words, are over: what is made once in a stream is not to be counted.
    pub(crate) fn begun(target: Dialect, client: Dialect) -> Self {
        let voice = || Voice { id: "0199".to_owned(), now: 1_760_000_000, ..Voice::default() };
        let (ear, mouth) = (translate::listener(target), translate::speaker(client, voice()));
        let mut passage = Self { ear, mouth, heard: Vec::new(), next: Bytes::new(), said: Vec::new() };
        for piece in pieces(target) {
            passage.next = piece.into();
            passage = passage.carried();
        }
        assert!(!passage.said.is_empty(), "the words came through");
        passage.next = pieces(target).pop().unwrap().into();
        passage
    }

    /// The piece in hand is heard and said, as it is in the gateway.
    pub(crate) fn carried(mut self) -> Self {
        self.ear.push(std::mem::take(&mut self.next), &mut self.heard).unwrap();
        let mut said = Vec::new();
        for event in self.heard.drain(..) {
            self.mouth.say(event, &mut said);
        }
        self.said = said;
        self
    }
}

/// The beginning of a stream as its provider sends it, and the last two pieces the same words again.
fn pieces(dialect: Dialect) -> Vec<String> {
    let (beginning, words) = match dialect {
        Dialect::OpenAiChat => (CHAT_START, CHAT),
        Dialect::OpenAiResponses => (RESPONSES_START, RESPONSES),
        Dialect::Anthropic => (ANTHROPIC_START, ANTHROPIC),
        Dialect::Gemini => (GEMINI, GEMINI),
        Dialect::Bedrock => unreachable!("its frames are measured elsewhere"),
    };
    [beginning, words, words].map(str::to_owned).into()
}

const CHAT_START: &str = concat!(
    r#"data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"a1B2"}"#,
    "\n\n"
);
const CHAT: &str = concat!(
    r#"data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" words"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"a1B2"}"#,
    "\n\n"
);
const ANTHROPIC_START: &str = concat!(
    "event: message_start\n",
    r#"data: {"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}}"#,
    "\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    "\n\n"
);
const ANTHROPIC: &str = concat!(
    "event: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" words"}}"#,
    "\n\n"
);
const RESPONSES_START: &str = concat!(
    "event: response.created\n",
    r#"data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1760000000,"status":"in_progress","model":"gpt-4o","output":[],"usage":null}}"#,
    "\n\nevent: response.output_item.added\n",
    r#"data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"}}"#,
    "\n\nevent: response.content_part.added\n",
    r#"data: {"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}"#,
    "\n\n"
);
const RESPONSES: &str = concat!(
    "event: response.output_text.delta\n",
    r#"data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":" words","logprobs":[],"obfuscation":"a1B2"}"#,
    "\n\n"
);
const GEMINI: &str = concat!(
    r#"data: {"candidates":[{"content":{"parts":[{"text":" words"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":7,"totalTokenCount":17,"promptTokensDetails":[{"modality":"TEXT","tokenCount":10}]},"modelVersion":"gemini-2.5-flash","responseId":"r1"}"#,
    "\n\n"
);
