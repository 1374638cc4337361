//! What a target is told of requests in other dialects, case by case: what becomes of what it has no word for.

use super::*;

const USER: &str = r#""messages":[{"role":"user","content":"q"}]"#;

/// What `target` is told, and what is named as lost; or where and why the request is refused.
fn told(
    client: Dialect,
    body: &str,
    target: Dialect,
    chat: quirks::Chat,
) -> Result<(String, String), String> {
    let conversation =
        conversation(client, body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}"));
    let terms = Terms {
        model: "m",
        max_tokens: 9,
        chat,
        thinking: quirks::ThinkingForm::Usual,
        family: quirks::Family::Claude,
    };
    let mut losses = Losses::default();
    let written = request(target, &conversation, terms, &mut losses).map_err(|error| error.path)?;
    Ok((String::from_utf8(written).unwrap(), losses.header(1000)))
}

/// Each case: client, body, target, what must stand in the request, what is lost.
fn check(cases: &[(Dialect, &str, Dialect, &str, &str)]) {
    for (client, body, target, part, lost) in cases {
        let (written, losses) = told(*client, body, *target, quirks::Chat::OPENAI)
            .unwrap_or_else(|path| panic!("{target:?}: `{path}` of {body} is refused"));
        assert!(written.contains(part), "{target:?}: {written}");
        assert_eq!(losses, *lost, "{target:?}: {body}");
    }
}

use Dialect::{Anthropic, Bedrock, Gemini, OpenAiChat as Chat, OpenAiResponses as Responses};

#[test]
fn wishes_without_a_place_are_named() {
    let safety = r#"{"contents":[{"role":"user","parts":[{"text":"q"}]}],"safetySettings":[{"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_LOW_AND_ABOVE"}]}"#;
    let search = format!(r#"{{{USER},"web_search_options":{{}}}}"#);
    let store = format!(r#"{{{USER},"store":true}}"#);
    for target in [Chat, Responses, Anthropic, Bedrock] {
        check(&[(Gemini, safety, target, "q", "safetySettings")]);
    }
    for target in [Responses, Anthropic, Gemini, Bedrock] {
        check(&[(Chat, &search, target, "q", "web_search_options")]);
    }
    for target in [Anthropic, Gemini, Bedrock] {
        check(&[(Chat, &store, target, "q", "store")]);
    }
    check(&[(Responses, r#"{"input":"q","store":true}"#, Anthropic, "q", "")]);
}

#[test]
fn what_the_model_said_before_is_told_or_named() {
    let said = r#"{"input":[{"role":"user","content":"q"},{"type":"message","role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"t","annotations":[{"type":"url_citation","start_index":0,"end_index":1,"url":"https://u","title":"T"}]},{"type":"refusal","refusal":"no"}]},{"role":"user","content":"z"}]}"#;
    check(&[
        (
            Responses,
            said,
            Chat,
            r#""content":"t","refusal":"no""#,
            "input[1].content[0].annotations, input[1].phase",
        ),
        (
            Responses,
            said,
            Gemini,
            r#"{"text":"no"}"#,
            "input[1].phase, input[1].content[0].citations, input[1].content[1];changed",
        ),
    ]);
    let cited = r#"{"max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"text","text":"t","citations":[{"type":"char_location","cited_text":"c","document_index":0,"document_title":null,"start_char_index":0,"end_char_index":1}]}]},{"role":"user","content":"z"}]}"#;
    check(&[(Anthropic, cited, Chat, r#""content":"t""#, "messages[1].content[0].citations")]);
}

#[test]
fn another_question_is_not_asked() {
    let picture = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"https://x/a.png"}}]}]}"#;
    let paper = r#"{"max_tokens":5,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://x/a.pdf"}}]}]}"#;
    let file = r#"{"input":[{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}]}"#;
    let reference = r#"{"max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]}"#;
    let kept = r#"{"input":"q","conversation":"conv_1"}"#;
    let template = r#"{"input":"q","prompt":{"id":"pmpt_1"}}"#;
    for (client, body, target, path) in [
        (Chat, picture, Bedrock, "messages[0]"),
        (Anthropic, paper, Chat, "messages[0]"),
        (Anthropic, reference, Responses, "messages[0]"),
        (Responses, kept, Chat, "conversation"),
        (Responses, kept, Anthropic, "conversation"),
        (Responses, template, Gemini, "prompt"),
    ] {
        assert_eq!(
            told(client, body, target, quirks::Chat::USUAL),
            Err(path.to_owned()),
            "{target:?}: {body}"
        );
    }
    assert!(told(Responses, file, Chat, quirks::Chat::OPENAI).is_ok());
    assert!(told(Responses, kept, Responses, quirks::Chat::OPENAI).unwrap().0.contains("conv_1"));
}

#[test]
fn openai_is_sent_the_media_that_it_takes() {
    let with = |part: &str| {
        format!(
            r#"{{"contents":[{{"role":"user","parts":[{{"text":"q"}},{{"inlineData":{{"mimeType":"{part}","data":"AAAA"}}}}]}}]}}"#
        )
    };
    for (media_type, openai, others) in [
        ("video/mp4", None, "video_url"),
        ("audio/ogg", None, r#""format":"ogg""#),
        ("audio/mpeg", Some(r#""format":"mp3""#), r#""format":"mp3""#),
        ("audio/wav", Some(r#""format":"wav""#), r#""format":"wav""#),
    ] {
        let (written, losses) = told(Gemini, &with(media_type), Chat, quirks::Chat::OPENAI).unwrap();
        assert_eq!(losses, if openai.is_some() { "" } else { "contents[0].parts[1]" }, "{media_type}");
        assert!(written.contains(openai.unwrap_or("q")), "{written}");
        let (written, losses) = told(Gemini, &with(media_type), Chat, quirks::Chat::USUAL).unwrap();
        assert!(written.contains(others) && losses.is_empty(), "{written}");
    }
}

#[test]
fn tools_say_what_each_target_wants_to_know() {
    let bare = format!(
        r#"{{{USER},"tools":[{{"type":"function","function":{{"name":"a","parameters":{{"type":"object"}}}}}}]}}"#
    );
    check(&[(Chat, &bare, Responses, r#""parameters":{"type":"object","properties":{}}"#, "")]);
    let custom = r#"{"input":"q","tools":[{"type":"custom","name":"a","description":"d","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}]}"#;
    for target in [Anthropic, Bedrock] {
        check(&[(
            Responses,
            custom,
            target,
            r"must follow this lark grammar:\nstart: x",
            "tools[0];changed",
        )]);
    }
}

#[test]
fn a_choice_among_some_tools_is_told_everywhere() {
    let gemini = r#"{"contents":[{"role":"user","parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"},{"name":"other"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a","b"]}}}"#;
    let tool = |name: &str| format!(r#"{{"type":"function","name":"{name}","strict":false}}"#);
    let responses = format!(
        r#"{{"input":"q","tools":[{},{},{}],"tool_choice":{{"type":"allowed_tools","mode":"required","tools":[{{"type":"function","name":"a"}},{{"type":"function","name":"b"}}]}}}}"#,
        tool("a"),
        tool("b"),
        tool("other")
    );
    for (client, body) in [(Gemini, gemini), (Responses, responses.as_str())] {
        for (target, chat, choice, narrowed) in [
            (Anthropic, quirks::Chat::USUAL, r#""tool_choice":{"type":"any"}"#, true),
            (Bedrock, quirks::Chat::USUAL, r#""toolChoice":{"any":{}}"#, true),
            (Chat, quirks::Chat::USUAL, r#""tool_choice":"required""#, true),
            (Chat, quirks::Chat::OPENAI, r#""allowed_tools":{"mode":"required""#, false),
        ] {
            let (written, losses) = told(client, body, target, chat).unwrap();
            assert!(written.contains(choice) && losses.is_empty(), "{target:?}: {written}: {losses}");
            assert_eq!(!written.contains(r#""other""#), narrowed, "{target:?}: {written}");
        }
    }
    let (written, losses) = told(Gemini, gemini, Responses, quirks::Chat::OPENAI).unwrap();
    assert!(written.contains(r#""type":"allowed_tools","mode":"required""#), "{written}: {losses}");
}

#[test]
fn a_call_that_was_cut_off_never_looks_whole() {
    let body = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"t","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":"}}]},"finish_reason":"length"}]}"#;
    let whole = reply(Chat, body.as_bytes()).unwrap();
    for client in [Anthropic, Gemini] {
        let mut losses = Losses::default();
        let written = answer(client, &whole, &Voice::default(), &mut losses);
        let written = String::from_utf8(written).unwrap();
        assert!(!written.contains(r#""f""#), "{client:?}: {written}");
        assert!(losses.header(100).contains("content[1]"), "{client:?}: {}", losses.header(100));
    }
    let (mut mouth, mut out) = (speaker(Gemini, Voice::default()), Vec::new());
    for event in crate::hub::fold::unfold(whole) {
        mouth.say(event, &mut out);
    }
    let written = String::from_utf8(out).unwrap();
    assert!(!written.contains("functionCall") && written.contains("MAX_TOKENS"), "{written}");
}

#[test]
fn calls_of_one_name_keep_their_results() {
    let call = |arguments: &str| {
        format!(r#"{{"id":"c","type":"function","function":{{"name":"f","arguments":"{arguments}"}}}}"#)
    };
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":"q"}},{{"role":"assistant","tool_calls":[{},{}]}},
            {{"role":"tool","tool_call_id":"c","content":"first"}},{{"role":"tool","tool_call_id":"c","content":"second"}}]}}"#,
        call(r#"{\"n\":1}"#),
        call(r#"{\"n\":2}"#)
    );
    for target in [Anthropic, Bedrock] {
        let (written, losses) = told(Chat, &body, target, quirks::Chat::USUAL).unwrap();
        let at = |text: &str| written.find(text).unwrap_or_else(|| panic!("{text} in {written}"));
        let (first, second) = (at("first"), at("second"));
        let renamed = r#""c_1""#;
        assert!(first < second, "{written}: {losses}");
        let before_first = written.get(..first).unwrap();
        let after_first = written.get(first..second).unwrap();
        assert_eq!(before_first.matches(renamed).count(), 1, "{written}");
        assert_eq!(after_first.matches(renamed).count(), 1, "{written}");
    }
}

#[test]
fn bedrock_is_asked_which_stop_sequence_was_met() {
    let body = format!(r#"{{{USER},"stop":["x"]}}"#);
    check(&[(Chat, &body, Bedrock, r#""additionalModelResponseFieldPaths":["/stop_sequence"]"#, "")]);
}

#[test]
fn log_probabilities_come_with_their_words() {
    let chunk = |text: &str, end: &str| {
        format!(
            r#"data: {{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"content":"{text}"}},"logprobs":{{"content":[{{"token":"{text}","logprob":-1,"top_logprobs":[]}}]}},"finish_reason":{end}}}]}}"#
        ) + "\n\n"
    };
    let stream = chunk("a", "null") + &chunk("b", r#""stop""#) + "data: [DONE]\n\n";
    let (mut ear, mut heard, mut out) = (listener(Chat), Vec::new(), Vec::new());
    ear.push(stream.into(), &mut heard).unwrap();
    ear.end(&mut heard).unwrap();
    let mut mouth = speaker(Responses, Voice::default());
    for event in heard {
        mouth.say(event, &mut out);
    }
    let said = String::from_utf8(out).unwrap();
    let of = |kind: &str| {
        let events = said.lines().filter(|line| line.starts_with("data:"));
        let events = events.filter(|line| line.contains(&format!(r#""type":"{kind}""#)));
        events.map(|line| line.matches(r#""logprob":"#).count()).collect::<Vec<_>>()
    };
    assert_eq!(of("response.output_text.delta"), [1, 1], "{said}");
    assert_eq!(of("response.output_text.done"), [2], "{said}");
    assert_eq!(of("response.completed"), [2], "{said}");
}

#[test]
fn places_in_documents_reach_anthropics_clients() {
    let body = r#"{"output":{"message":{"role":"assistant","content":[{"citationsContent":{"content":[{"text":"t"}],"citations":[
        {"title":"D","sourceContent":[{"text":"c"}],"location":{"documentPage":{"documentIndex":0,"start":1,"end":2}}},
        {"title":"S","source":"https://s","sourceContent":[{"text":"c"}],"location":{"searchResultLocation":{"searchResultIndex":3,"start":0,"end":1}}}]}}]}},
        "stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}"#;
    let reply = reply(Bedrock, body.as_bytes()).unwrap();
    let mut losses = Losses::default();
    let answer = String::from_utf8(answer(Anthropic, &reply, &Voice::default(), &mut losses)).unwrap();
    for expected in [
        r#"{"type":"page_location","cited_text":"c","document_index":0,"document_title":"D","start_page_number":1,"end_page_number":2}"#,
        r#"{"type":"search_result_location","cited_text":"c","search_result_index":3,"title":"S","source":"https://s","start_block_index":0,"end_block_index":1}"#,
    ] {
        assert!(answer.contains(expected), "{answer}");
    }
    assert!(losses.is_empty(), "{}", losses.header(100));
}

#[test]
fn a_character_split_over_two_events_is_one() {
    let event = |text: &str| {
        format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}}}\n\n"
        )
    };
    let stream = format!(
        "{}{}{}{}",
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        event(r"a\ud83d"),
        event(r"\ude00b")
    );
    let (mut ear, mut heard) = (listener(Anthropic), Vec::new());
    ear.push(stream.into(), &mut heard).unwrap();
    let text = |event: &Event| match event {
        Event::Delta { delta: crate::hub::event::Delta::Text(text), .. } => Some(text.clone()),
        _ => None,
    };
    assert_eq!(heard.iter().filter_map(text).collect::<String>(), "a😀b");
}

#[test]
fn what_is_no_answer_of_the_responses_api_is_an_error() {
    for body in [
        "{}",
        r#"{"object":"response"}"#,
        r#"{"object":"response","status":"queued","output":[]}"#,
        r#"{"object":"response","status":"in_progress","output":[]}"#,
    ] {
        assert!(reply(Responses, body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn what_is_no_answer_yet_is_named_where_it_cannot_be_said() {
    let message = |phase: &str| {
        format!(
            r#"{{"type":"message","id":"msg_1","status":"completed","role":"assistant","phase":"{phase}","content":[{{"type":"output_text","text":"t","annotations":[]}}]}}"#
        )
    };
    for (phase, lost) in [("commentary", true), ("final_answer", false)] {
        let body = format!(
            r#"{{"object":"response","id":"resp_1","status":"completed","output":[{}]}}"#,
            message(phase)
        );
        let reply = reply(Responses, body.as_bytes()).unwrap();
        for client in [Chat, Anthropic, Gemini, Responses] {
            let mut losses = Losses::default();
            let answer = answer(client, &reply, &Voice::default(), &mut losses);
            let named = losses.iter().any(|loss| loss.path.contains(".phase"));
            assert_eq!(named, lost && client != Responses, "{client:?} {phase}: {}", losses.header(100));
            let kept = String::from_utf8(answer).unwrap().contains(&format!(r#""phase":"{phase}""#));
            assert_eq!(kept, client == Responses, "{client:?} {phase}");
        }
    }
}
