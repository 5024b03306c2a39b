//! What is accepted and what is rejected, and where errors point.

use super::*;

/// The two programs of the design.
const PROGRAMS: [&str; 2] = [
    r#"
# Two ways to build XOR.
model xor(x: 2) = x[0] + x[1] - 2*x[0]*x[1]

model xor_gated(x: 2) =
  x |> bilinear(left: [[1, -1]], right: [[1, -1]], down: [[1]]) |> sum

claim "the same on bits":          xor == xor_gated on {0,1}
claim "but not the same function": xor != xor_gated
claim similarity(xor, xor_gated) >= 0.47     # exactly sqrt(2)/3: <f,g> = 4, <f,f> = 6, <g,g> = 12
"#,
    r#"
# A trained model, read from its checkpoints.
weights EARLY = "runs/step_1000.safetensors"
weights LATE  = "runs/step_9000.safetensors"

fn net(x, W, layers) = {
  let h = W["embed.weight"] @ x;
  for i in 0..layers {
    let h = h + bilinear(h, left: W["body.{i}.l"], right: W["body.{i}.r"], down: W["body.{i}.d"]);
  }
  W["head.weight"] @ h
}
model early(x: 784) = net(x, EARLY, 2)
model late(x: 784)  = net(x, LATE, 2)
model turned(x: 784) = late(P @ x)
claim "the mechanism has formed": similarity(early, late) >= 0.99
claim "it does not care about the order of the pixels": turned == late
"#,
];

#[test]
fn the_programs_of_the_design_parse() {
    for (text, items) in PROGRAMS.into_iter().zip([5, 8]) {
        let (file, errors) = parse(FileId(0), text);
        assert_eq!(errors, []);
        assert_eq!(file.items.len(), items);
    }
}
