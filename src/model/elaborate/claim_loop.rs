//! All claims of a file: loops over claims are unrolled.

use std::collections::HashMap;

use super::{Elaborator, Locals};
use crate::diagnostic::Diagnostic;
use crate::model::graph::bounds::CLAIMS;
use crate::model::kinds;
use crate::syntax::ast::{self, ClaimLoop, ClaimStatement};

impl<'a> Elaborator<'a> {
    /// Resolves a claim of a file.
    pub fn resolve_claim(&mut self, module: usize, claim: &'a ast::Claim) {
        let claim = self.claim(&mut Locals::new(module), claim);
        self.claims.extend(claim);
    }

    /// Resolves every claim of a loop, once for every round.
    pub fn resolve_claims(&mut self, module: usize, repeated: &'a ClaimLoop) {
        let first = self.claims.len();
        self.unroll(&mut Locals::new(module), repeated, 0);
        self.distinguish(first);
    }

    fn unroll(&mut self, locals: &mut Locals<'a>, repeated: &'a ClaimLoop, mark: usize) {
        let ClaimLoop { name, start, end, body, span } = repeated;
        let Ok(range) = self.range(locals, start, end) else { return };
        let place = (*span, mark);
        // What a loop that is too long would have given values is not used: there is an error.
        let _ = self.rounds(locals, name, (range, body.len()), place, |this, locals, mark| {
            for statement in body {
                match statement {
                    ClaimStatement::Let { name, value } => {
                        this.binds_in_claims = true;
                        let value = this.eval(locals, value);
                        this.binds_in_claims = false;
                        locals.assign(mark, &name.text, value);
                    }
                    ClaimStatement::Claim(claim) => this.unrolled(locals, claim),
                    ClaimStatement::For(inner) => this.unroll(locals, inner, mark),
                }
            }
        });
    }

    fn unrolled(&mut self, locals: &mut Locals<'a>, claim: &'a ast::Claim) {
        if self.claims.len() >= CLAIMS {
            let message = format!("with its loops unrolled, this file has more than {CLAIMS} claims");
            let diagnostic = Diagnostic::new(kinds::TOO_LARGE, claim.span, message);
            let help = "one claim about a stack of all outputs takes the place of a claim for each";
            return self.graph.stop(diagnostic.help(help));
        }
        let claim = self.claim(locals, claim);
        self.claims.extend(claim);
    }

    /// Adds the round to labels that would be the same for several of the claims from `first` on.
    fn distinguish(&mut self, first: usize) {
        let claims = self.claims.get_mut(first..).unwrap_or_default();
        let mut labels: HashMap<String, usize> = HashMap::new();
        for label in claims.iter().filter_map(|claim| claim.label.as_ref()) {
            *labels.entry(label.clone()).or_default() += 1;
        }
        for claim in claims {
            if let (Some(label), Some(round)) = (&mut claim.label, &claim.round)
                && labels.get(label).is_some_and(|count| *count > 1)
            {
                label.push_str(&format!(" ({round})"));
            }
        }
    }
}
