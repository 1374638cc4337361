//! The examples of the documentation are configurations without a mistake.

use std::process::Command;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guardrails/outside.md");

#[test]
fn examples_of_the_page_pass_check() {
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let examples: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().expect("an end")).collect();
    assert!(examples.len() >= 2, "the page has examples");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for example in examples {
        let file = folder.path().join("callsign.yaml");
        std::fs::write(&file, example).expect("the file fits on the disk");
        let output = Command::new(env!("CARGO_BIN_EXE_callsign"))
            .arg("check")
            .arg(&file)
            .env_clear()
            .env("OPENAI_API_KEY", "sk-1")
            .env("GUARD_KEY", "k-1")
            .output()
            .expect("the binary runs");
        let told =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !told.contains("warning"), "{example}\n{told}");
    }
}
