//! What a certificate is about: its models, read again from their files.

use std::path::Path;
use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::canonical::digest;
use super::evaluate::{Ring, evaluate};
use super::number::Number;
use super::outcome::{Refusal, invalid, require, unreadable};
use crate::certificate::{
    Binding, Hash, ModelSource, Number as Written, Source, Statement, WeightFile, sets,
};
use crate::diagnostic::{Diagnostic, Sources};
use crate::domain::{Domain, InputSet, Relation};
use crate::model::{Bindings, ClaimKind, Library, Model, Program, read_domain};
use crate::network::{Network, Operation};

/// The models of a certificate and what is claimed of them.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What is claimed.
    pub statement: Statement,
    /// The digests of the models' canonical forms.
    pub models: Vec<Hash>,
    /// Every weight file that was read, in ascending order of paths.
    pub weights: Vec<WeightFile>,
    /// The models: one of a degree, else two.
    pub(super) networks: Vec<Network>,
    /// Where they are compared.
    pub(super) domain: Domain,
}

/// Reads subjects. What it has read it does not read again for the next subject of the same files, so that
/// the certificates of all claims of a file take little more reading than one.
#[derive(Default)]
pub struct Reader {
    /// The file whose claims were read last.
    claims: Option<Claims>,
    /// The files whose models were read last.
    libraries: Vec<(String, Arc<Library>)>,
}

/// The claims of a file.
struct Claims {
    file: String,
    set: Vec<Binding>,
    program: Program,
}

impl Reader {
    /// Reads the models of a source, and everything that follows from it without evidence.
    ///
    /// # Errors
    /// When a file cannot be read, or the source does not fit what is in it.
    pub fn read(&mut self, source: &Source) -> Result<Subject, Refusal> {
        let (statement, networks, domain, files) = match source {
            Source::Claim { file, set, number, text } => {
                claim(self.program(file, set)?, file, *number, text)?
            }
            Source::Models { a, b, relation, on } => self.models(a, b, *relation, on.as_deref())?,
        };
        let mut weights = Vec::with_capacity(files.len());
        for file in files {
            let sha256 = file.sha256().map_err(|error| unreadable("weights", error.to_string()))?;
            weights.push(WeightFile { file: file.path().display().to_string(), sha256: Hash(sha256) });
        }
        weights.sort();
        weights.dedup();
        Ok(Subject { weights, ..Subject::new(statement, networks, domain)? })
    }

    /// A file with its claims.
    fn program(&mut self, file: &str, set: &[Binding]) -> Result<&Program, Refusal> {
        let known = self.claims.take().filter(|known| known.file == file && known.set == set);
        let claims = match known {
            Some(known) => known,
            None => {
                let program = Program::load(Path::new(file), &bindings(set), &mut Sources::default())
                    .map_err(|diagnostics| failed("source.claim.file", &diagnostics))?;
                Claims { file: file.to_string(), set: set.to_vec(), program }
            }
        };
        Ok(&self.claims.insert(claims).program)
    }

    /// A file with its models.
    fn library(&mut self, file: &str) -> Arc<Library> {
        /// As many as one subject has.
        const KEPT: usize = 2;
        let known = self.libraries.iter().position(|(known, _)| known == file);
        let library = match known {
            Some(position) => self.libraries.remove(position).1,
            None => Arc::new(Library::read(Path::new(file))),
        };
        self.libraries.push((file.to_string(), library.clone()));
        let surplus = self.libraries.len().saturating_sub(KEPT);
        self.libraries.drain(..surplus);
        library
    }

    fn models(
        &mut self,
        a: &ModelSource,
        b: &ModelSource,
        relation: Relation,
        on: Option<&str>,
    ) -> Result<Read, Refusal> {
        let mut files = Vec::new();
        let mut model = |source: &ModelSource, field: &str| -> Result<Model, Refusal> {
            let (library, name) = (self.library(&source.file), Some(source.model.as_str()));
            let (model, read) = library
                .model(name, &bindings(&source.set))
                .map_err(|diagnostics| failed(field, &diagnostics))?;
            files.extend(read);
            Ok(model)
        };
        let (a, b) = (model(a, "source.models.a")?.network, model(b, "source.models.b")?.network);
        if !same_shapes(&a, &b) {
            return Err(unreadable("source.models", "the models have different shapes"));
        }
        if relation == Relation::UpToShift && a.output_shape().axes().last().is_none_or(|&last| last < 2) {
            let reason = "up to shift needs a last axis of two entries or more";
            return Err(unreadable("source.models.relation", reason));
        }
        let domain = match on {
            None => Domain::everywhere(a.inputs().len()),
            Some(text) => read_domain("on", text, &[a.inputs(), b.inputs()], &mut Sources::default())
                .map_err(|diagnostics| failed("source.models.on", &diagnostics))?,
        };
        let statement = Statement::Equality { relation, negated: false, domain: sets(&domain) };
        Ok((statement, vec![a, b], domain, files))
    }
}

impl Subject {
    /// Reads the models of a source, as a [`Reader`] does.
    ///
    /// # Errors
    /// When a file cannot be read, or the source does not fit what is in it.
    pub fn read(source: &Source) -> Result<Subject, Refusal> {
        Reader::default().read(source)
    }

    /// A subject of networks that need not be in files: two, or one for a degree, of the same shapes, on a
    /// domain that is that of the statement: a finite set for every input for a mean over a domain, all
    /// inputs for other metrics.
    ///
    /// # Errors
    /// When the networks or the domain are not of this kind, or their constants cannot be read.
    pub fn new(statement: Statement, networks: Vec<Network>, domain: Domain) -> Result<Subject, Refusal> {
        let fits = match (&statement, networks.as_slice()) {
            (Statement::Degree { .. }, [_]) => domain.is_everywhere(),
            (Statement::Equality { domain: claimed, .. }, [a, b]) => {
                same_shapes(a, b) && *claimed == sets(&domain)
            }
            (Statement::Metric { domain: claimed, metric, .. }, [a, b]) => {
                let mean = metric.is_none();
                let belongs = domain.0.iter().all(|set| (*set == InputSet::Everything) != mean);
                same_shapes(a, b) && *claimed == sets(&domain) && belongs
            }
            _ => false,
        };
        let fits = fits && domain.0.len() == networks[0].inputs().len();
        require(fits, "statement", "the networks or the domain do not fit it")?;
        let models = networks.iter().map(digest).collect::<Result<_, _>>()?;
        Ok(Subject { statement, models, weights: Vec::new(), networks, domain })
    }

    /// How many numbers the models consist of.
    pub(crate) fn parameters(&self) -> u64 {
        let nodes = self.networks.iter().flat_map(|network| network.nodes());
        let constants = nodes.filter(|node| matches!(node.operation, Operation::Constant(_)));
        constants.map(|node| node.shape.size() as u64).sum()
    }

    /// The relation that is claimed or denied.
    pub(super) fn relation(&self) -> Relation {
        match self.statement {
            Statement::Equality { relation, .. } => relation,
            Statement::Degree { .. } | Statement::Metric { .. } => Relation::Equal,
        }
    }

    /// The factor 1, if there must be one.
    pub(super) fn one(&self) -> Option<Written> {
        (self.relation() == Relation::UpToScale).then(|| Written(BigRational::one()))
    }

    /// The two models of an equality, with the `scale` of the evidence of a kind.
    pub(super) fn pair(&self, scale: Option<&Written>, kind: &str) -> Result<Pair<'_>, Refusal> {
        let (Statement::Equality { relation, .. }, [a, b]) = (&self.statement, self.networks.as_slice())
        else {
            return Err(invalid("evidence", "this kind of evidence is for statements about equality"));
        };
        let field = || format!("evidence.{kind}.scale");
        let belongs = (*relation == Relation::UpToScale) == scale.is_some();
        require(belongs, field(), "a factor belongs to statements up to scale, and to no others")?;
        let scale = scale.map_or_else(BigRational::one, |scale| scale.0.clone());
        require(scale.is_positive(), field(), "the factor is not positive")?;
        Ok(Pair { a, b, relation: *relation, scale, domain: self.domain.clone() })
    }
}

/// Two models of the same shapes, and what is claimed of them.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub a: &'a Network,
    pub b: &'a Network,
    pub relation: Relation,
    /// Up to scale the factor; else 1.
    pub scale: BigRational,
    /// Where.
    pub domain: Domain,
}

impl Pair<'_> {
    /// What is zero exactly if the models are related, from all input entries: for `equal` and `scale` that
    /// is `f - c g`; for `shift` it is `d = f - g`, less its first entry along the last axis.
    pub(super) fn difference<R: Ring>(
        &self,
        ring: &R,
        inputs: &[Vec<R::Element>],
    ) -> Result<Vec<R::Element>, Refusal> {
        self.relate(ring, &evaluate(ring, self.a, inputs)?, &evaluate(ring, self.b, inputs)?)
    }

    /// The same, from all outputs of both models.
    pub(super) fn relate<R: Ring>(
        &self,
        ring: &R,
        a: &[R::Element],
        b: &[R::Element],
    ) -> Result<Vec<R::Element>, Refusal> {
        let size = self.a.output_shape().size();
        require(a.len() == size && b.len() == size, "evidence", "outputs are missing")?;
        let (one, factor) = (ring.number(&Number::ONE)?, ring.number(&Number::of(&-&self.scale))?);
        let difference = |(x, y)| ring.dot([(&one, x), (&factor, y)].into_iter());
        let difference: Vec<R::Element> = a.iter().zip(b).map(difference).collect();
        if self.relation != Relation::UpToShift {
            return Ok(difference);
        }
        let factor = ring.number(&Number::of(&-BigRational::one()))?;
        let row = self.a.output_shape().axes().last().copied().unwrap_or(1).max(1);
        let mut less_first = Vec::new();
        for row in difference.chunks_exact(row) {
            less_first.extend(row[1..].iter().map(|x| ring.dot([(&one, x), (&factor, &row[0])].into_iter())));
        }
        Ok(less_first)
    }
}

type Read = (Statement, Vec<Network>, Domain, Vec<crate::model::WeightFile>);

fn failed(field: &str, diagnostics: &[Diagnostic]) -> Refusal {
    let first = diagnostics.first().map_or("there is nothing to read", |diagnostic| &diagnostic.message);
    unreadable(field, first)
}

fn bindings(set: &[Binding]) -> Bindings {
    Bindings(set.iter().map(|binding| (binding.name.clone(), (&binding.file).into())).collect())
}

fn claim(program: &Program, file: &str, number: usize, text: &str) -> Result<Read, Refusal> {
    let found = number.checked_sub(1).and_then(|position| program.claims.get(position));
    let claim = found
        .ok_or_else(|| invalid("source.claim.number", format!("`{file}` does not have {number} claims")))?;
    require(claim.text == text, "source.claim.text", &format!("that claim of `{file}` is `{}`", claim.text))?;
    let (statement, networks, domain) = match claim.kind.clone() {
        ClaimKind::Equality { a, b, negated, relation, domain } => {
            let statement = Statement::Equality { relation, negated, domain: sets(&domain) };
            (statement, vec![a, b], domain)
        }
        ClaimKind::Degree { network, comparison, bound } => {
            let domain = Domain::everywhere(network.inputs().len());
            (Statement::Degree { comparison, bound: Written(bound) }, vec![network], domain)
        }
        ClaimKind::Metric { quantity, a, b, comparison, bound, metric, domain } => {
            let metric = domain.is_none().then_some(metric);
            let domain = domain.unwrap_or_else(|| Domain::everywhere(a.inputs().len()));
            let sets = sets(&domain);
            let statement =
                Statement::Metric { quantity, metric, domain: sets, comparison, bound: Written(bound) };
            (statement, vec![a, b], domain)
        }
    };
    Ok((statement, networks, domain, program.weight_files.clone()))
}

fn same_shapes(a: &Network, b: &Network) -> bool {
    let shapes = |network: &Network| {
        let inputs = network.inputs().iter().map(|input| input.shape.clone());
        inputs.chain([network.output_shape().clone()]).collect::<Vec<_>>()
    };
    shapes(a) == shapes(b)
}
