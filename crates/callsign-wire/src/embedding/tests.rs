//! What must hold of embeddings.

use super::*;

const ALL: [Form; 5] = [Form::OpenAi, Form::Gemini, Form::GeminiBatch, Form::Titan, Form::Cohere];

fn written(form: Form, asked: &Request) -> (Vec<String>, String) {
    let mut losses = Losses::default();
    let bodies = requests(form, asked, "target", &mut losses).unwrap();
    (bodies.into_iter().map(|body| String::from_utf8(body).unwrap()).collect(), losses.header(200))
}

#[test]
fn requests_are_asked_in_every_form() {
    let body = r#"{"model":"a","input":["x","y"],"dimensions":256,"user":"u","odd":1}"#;
    let asked = request(Form::OpenAi, body.as_bytes()).unwrap();
    for (form, expected, losses) in [
        (
            Form::OpenAi,
            vec![r#"{"model":"target","input":["x","y"],"dimensions":256,"user":"u","odd":1}"#],
            "",
        ),
        (
            Form::Gemini,
            vec![
                r#"{"model":"models/target","content":{"parts":[{"text":"x"}]},"outputDimensionality":256}"#,
                r#"{"model":"models/target","content":{"parts":[{"text":"y"}]},"outputDimensionality":256}"#,
            ],
            "odd",
        ),
        (
            Form::GeminiBatch,
            vec![concat!(
                r#"{"requests":[{"model":"models/target","content":{"parts":[{"text":"x"}]},"outputDimensionality":256},"#,
                r#"{"model":"models/target","content":{"parts":[{"text":"y"}]},"outputDimensionality":256}]}"#
            )],
            "odd",
        ),
        (
            Form::Titan,
            vec![r#"{"inputText":"x","dimensions":256}"#, r#"{"inputText":"y","dimensions":256}"#],
            "odd",
        ),
        (
            Form::Cohere,
            vec![r#"{"texts":["x","y"],"input_type":"search_document","output_dimension":256}"#],
            "odd",
        ),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(written(form, &asked), (expected, losses.to_owned()), "{form:?}");
    }
}

#[test]
fn requests_are_the_same_after_reading_and_writing() {
    for (form, body) in [
        (Form::OpenAi, r#"{"model":"target","input":"x","encoding_format":"base64"}"#),
        (Form::OpenAi, r#"{"model":"target","input":[[1,2],[3]]}"#),
        (
            Form::Gemini,
            r#"{"model":"models/target","content":{"parts":[{"text":"x"}]},"taskType":"CLUSTERING","title":"t"}"#,
        ),
        (Form::Titan, r#"{"inputText":"x","normalize":false}"#),
        (Form::Cohere, r#"{"texts":["x"],"input_type":"search_query","truncate":"END"}"#),
    ] {
        let read = request(form, body.as_bytes()).unwrap();
        assert_eq!(written(form, &read), (vec![body.to_owned()], String::new()));
    }
}

#[test]
fn tasks_are_told_in_the_targets_words() {
    let body = r#"{"content":{"parts":[{"text":"x"}]},"task_type":"RETRIEVAL_QUERY"}"#;
    let asked = request(Form::Gemini, body.as_bytes()).unwrap();
    assert!(written(Form::Cohere, &asked).0[0].contains(r#""input_type":"search_query""#));
    assert_eq!(written(Form::OpenAi, &asked).1, "taskType");
    let own = r#"{"content":{"parts":[{"text":"x"}]},"taskType":"FACT_VERIFICATION"}"#;
    let asked = request(Form::Gemini, own.as_bytes()).unwrap();
    assert_eq!(written(Form::Cohere, &asked).1, "taskType;changed");
}

#[test]
fn many_texts_are_asked_for_in_as_many_requests_as_it_takes() {
    let asked = Request::of(Dialect::OpenAiChat, vec![Input::Text("x".to_owned()); 200]);
    assert_eq!(written(Form::Cohere, &asked).0.len(), 3);
    assert_eq!(written(Form::Titan, &asked).0.len(), 200);
}

#[test]
fn what_a_target_cannot_do_is_refused() {
    let tokens = request(Form::OpenAi, br#"{"input":["x",[1,2]]}"#).unwrap();
    let odd = request(Form::OpenAi, br#"{"input":"x","dimensions":300}"#).unwrap();
    for (form, asked, path) in [
        (Form::Gemini, &tokens, "input[1]"),
        (Form::Titan, &tokens, "input[1]"),
        (Form::Titan, &odd, "dimensions"),
    ] {
        let error = requests(form, asked, "m", &mut Losses::default()).unwrap_err();
        assert_eq!(error.path, path, "{form:?}");
    }
}

#[test]
fn answers_come_back_from_every_form_in_every_form() {
    let vectors = vec![vec![0.125, -1.5e-7], vec![3.0, 0.1]];
    let whole = Answer { vectors, tokens: Some(7), model: None };
    for target in ALL {
        let asked = Request::of(Dialect::OpenAiChat, vec![Input::Text("x".to_owned()); 2]);
        let each = whole.vectors.iter().map(|vector| Answer {
            vectors: vec![vector.clone()],
            tokens: None,
            model: None,
        });
        let single = matches!(target, Form::Gemini | Form::Titan);
        let parts: Vec<Answer> = if single { each.collect() } else { vec![whole.clone()] };
        let bodies: Vec<Vec<u8>> = parts.iter().map(|part| write_answer(target, part, &asked, "m")).collect();
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        assert_eq!(answer(target, &bodies).unwrap().vectors, whole.vectors, "{target:?}");
    }
}

#[test]
fn base64_holds_the_same_numbers() {
    let asked = request(Form::OpenAi, br#"{"input":"x","encoding_format":"base64"}"#).unwrap();
    let whole = Answer { vectors: vec![vec![1.0, -0.5]], tokens: Some(1), model: None };
    let body = write_answer(Form::OpenAi, &whole, &asked, "m");
    let text = String::from_utf8(body.clone()).unwrap();
    assert!(text.contains(r#""embedding":"AACAPwAAAL8=""#), "{text}");
    assert_eq!(answer(Form::OpenAi, &[&body]).unwrap().vectors, whole.vectors);
}

#[test]
fn answers_are_read_as_providers_send_them() {
    for (form, body, expected, tokens) in [
        (
            Form::OpenAi,
            r#"{"object":"list","data":[{"object":"embedding","index":1,"embedding":[2]},{"object":"embedding","index":0,"embedding":[1]}],"model":"e","usage":{"prompt_tokens":5,"total_tokens":5}}"#,
            vec![vec![1.0], vec![2.0]],
            Some(5),
        ),
        (Form::Gemini, r#"{"embedding":{"values":[0.5]}}"#, vec![vec![0.5]], None),
        (
            Form::GeminiBatch,
            r#"{"embeddings":[{"values":[0.5]},{"values":[1]}],"usageMetadata":{"promptTokenCount":"4"}}"#,
            vec![vec![0.5], vec![1.0]],
            Some(4),
        ),
        (
            Form::Titan,
            r#"{"embedding":[0.5],"inputTextTokenCount":3,"embeddingsByType":{"float":[0.5]}}"#,
            vec![vec![0.5]],
            Some(3),
        ),
        (
            Form::Titan,
            r#"{"embeddingsByType":{"float":[0.5]},"inputTextTokenCount":3}"#,
            vec![vec![0.5]],
            Some(3),
        ),
        (Form::Cohere, r#"{"id":"1","embeddings":[[0.5]],"texts":["x"]}"#, vec![vec![0.5]], None),
        (
            Form::Cohere,
            r#"{"embeddings":{"float":[[0.5]]},"response_type":"embeddings_by_type"}"#,
            vec![vec![0.5]],
            None,
        ),
    ] {
        let read = answer(form, &[body.as_bytes()]).unwrap();
        assert_eq!((read.vectors, read.tokens), (expected, tokens), "{body}");
    }
}

#[test]
fn mistakes_are_named() {
    for (form, body, expected) in [
        (Form::OpenAi, "{}", "`input` is required"),
        (Form::OpenAi, r#"{"input":["x",3]}"#, "`input[1]` must be a string"),
        (Form::OpenAi, r#"{"input":{}}"#, "`input` must be a string, tokens, or a list of either"),
        (
            Form::OpenAi,
            r#"{"input":"x","encoding_format":"hex"}"#,
            "`encoding_format` must be `float` or `base64`",
        ),
        (Form::Gemini, r#"{"content":{"parts":[{"inlineData":{}}]}}"#, "`content.parts[0].text` is required"),
        (Form::OpenAi, r#"{"input":[]}"#, "the body holds no text that could become a vector"),
        (Form::Cohere, r#"{"texts":[]}"#, "the body holds no text that could become a vector"),
        (Form::GeminiBatch, r#"{"requests":[]}"#, "`requests` must be an array of at least one request"),
        (Form::Titan, "[]", "the body must be an object"),
    ] {
        assert_eq!(request(form, body.as_bytes()).unwrap_err().to_string(), expected);
    }
    for form in ALL {
        assert!(answer(form, &[b"{\"embeddings\":3,\"data\":3,\"embedding\":3}"]).is_err(), "{form:?}");
    }
}
