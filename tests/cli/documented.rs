//! The examples in `grammar/json.md` and `README.md` are what the commands print, and the claims of
//! `grammar/pytorch.md` hold.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::without_times;

/// The fenced blocks of a Markdown text: the word after the fence, and the lines in between.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((kind.to_string(), content.join("\n")));
        }
    }
    blocks
}

/// The words of a command line, where words may stand in single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_string());
        } else {
            words.extend(part.split_whitespace().map(str::to_string));
        }
    }
    words
}

fn without_seconds(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if name == "seconds" && field.is_number() {
                    *field = 0.into();
                } else {
                    without_seconds(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_seconds),
        _ => {}
    }
}

#[test]
fn json_examples_are_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("grammar/json.md")).unwrap();
    let blocks = blocks(&text);
    let mut compared = 0;
    for pair in blocks.windows(2) {
        let [(shell, command), (json, documented)] = pair else { unreachable!() };
        if shell != "sh" || json != "json" {
            continue;
        }
        let arguments = words(command.strip_prefix("samenet ").unwrap());
        let output =
            Command::new(env!("CARGO_BIN_EXE_samenet")).current_dir(root).args(&arguments).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let mut printed: Value = serde_json::from_str(&printed).unwrap();
        let mut documented: Value = serde_json::from_str(documented).unwrap();
        without_seconds(&mut printed);
        without_seconds(&mut documented);
        assert_eq!(printed, documented, "{command} prints\n{printed:#}");
        compared += 1;
    }
    assert!(compared >= 6, "only {compared} examples were found");
}

#[test]
fn console_examples_are_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("README.md")).unwrap();
    let mut compared = 0;
    for (_, block) in blocks(&text).into_iter().filter(|(kind, _)| kind == "console") {
        let (command, documented) = block.split_once('\n').unwrap();
        let arguments = words(command.strip_prefix("$ samenet ").unwrap());
        let output =
            Command::new(env!("CARGO_BIN_EXE_samenet")).current_dir(root).args(&arguments).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(without_times(&printed), without_times(documented), "{command}");
        compared += 1;
    }
    assert!(compared >= 2, "only {compared} examples were found");
}

#[test]
fn quoted_words_stay_together() {
    assert_eq!(words("eval a.same --at '[1, 2]' --json"), ["eval", "a.same", "--at", "[1, 2]", "--json"]);
}

/// The workflow in `examples/ci` runs the command as it is, and uploads what that writes.
#[test]
fn the_workflow_writes_the_report_that_it_uploads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("examples/ci/claims.yml")).unwrap();
    let value = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("claims")).unwrap();
    fs::copy(root.join("examples/xor.same"), directory.path().join("claims/xor.same")).unwrap();
    let run = value("run: samenet ");
    let status = Command::new(env!("CARGO_BIN_EXE_samenet"))
        .current_dir(directory.path())
        .args(words(run))
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(0), "{run}");
    let uploaded = text.split("upload-artifact").nth(1).unwrap();
    let path = uploaded.lines().find_map(|line| line.trim().strip_prefix("path: ")).unwrap();
    assert!(fs::read_to_string(directory.path().join(path)).unwrap().contains("\"nor the same on signs\""));
    let readme = fs::read_to_string(root.join("examples/ci/README.md")).unwrap();
    assert!(readme.contains(&format!("samenet {run}\n")), "the page shows the same command");
}

/// A `.safetensors` file of these tensors. The weights are multiples of 1/4 from -2 to 2, no two rows alike.
fn safetensors(tensors: &[(&str, Vec<usize>)]) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    let mut state = 1_u32;
    for (name, shape) in tensors {
        let start = data.len();
        for _ in 0..shape.iter().product() {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            data.extend_from_slice(&((state % 17) as f32 / 4.0 - 2.0).to_le_bytes());
        }
        let end = data.len();
        entries.push(format!(
            "{name:?}:{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}"
        ));
    }
    let header = format!("{{{}}}", entries.join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

/// Every snippet is a file, whose weights have the names and shapes of the page's table. Each claim compares
/// a layer with its formula, written out in another way.
#[test]
fn the_formulas_for_pytorch_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("grammar/pytorch.md")).unwrap();
    let tensors: Vec<(&str, Vec<usize>)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix("]` |")?.split_once("` | `["))
        .map(|(name, shape)| {
            (
                name,
                shape.split(", ").filter(|axis| !axis.is_empty()).map(|axis| axis.parse().unwrap()).collect(),
            )
        })
        .collect();
    assert!(tensors.len() > 20, "{tensors:?}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("net.safetensors"), safetensors(&tensors)).unwrap();
    let mut claims = 0;
    for (number, (_, snippet)) in blocks(&page).into_iter().filter(|(kind, _)| kind == "same").enumerate() {
        let file = folder.path().join(format!("{number}.same"));
        fs::write(&file, &snippet).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_samenet"))
            .args(["check", "--deterministic"])
            .arg(&file)
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let stated = snippet.lines().filter(|line| line.starts_with("claim ")).count();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{snippet}\n{printed}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(stated > 0 && printed.lines().filter(|line| line.starts_with("holds ")).count() == stated);
        claims += stated;
    }
    assert!(claims >= 15, "only {claims} claims were found");
}
