//! Networks from bytes: the random networks of the tests, grown from bytes instead of random numbers, with
//! constants of extreme size for those that ask for them.

use std::sync::Arc;

use half::{bf16, f16};
use num_rational::BigRational;
use samenet::network::{Builder, Constant, Data, Network, Shape, Tensor};

use crate::common::networks::{input_shapes, network_from, split};

/// Bytes that are taken one after the other; zeros when there are no more.
#[derive(Default)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&first, rest)) => {
                self.0 = rest;
                first
            }
            None => 0,
        }
    }

    /// The next byte as a number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound.max(1)
    }

    /// The next eight bytes.
    pub fn word(&mut self) -> u64 {
        (0..8).fold(0, |word, _| word << 8 | u64::from(self.byte()))
    }

    /// As many bytes as there are, up to a number.
    pub fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A rational, mostly a small one.
    pub fn rational(&mut self) -> BigRational {
        let kind = self.byte();
        match kind {
            0..=199 => {
                let denominator = [1, 1, 1, 2, 3, 4, 10, 97][usize::from(kind % 8)];
                BigRational::new((i64::from(kind / 8) - 12).into(), i64::into(denominator))
            }
            200..=227 => BigRational::new((self.word() as i64).into(), (self.word() | 1).into()),
            _ => BigRational::from_integer((self.word() as i64).into()),
        }
    }

    /// The entries of all inputs.
    pub fn point(&mut self) -> Vec<Tensor<BigRational>> {
        let size = input_shapes().iter().map(Shape::size).sum();
        split(&(0..size).map(|_| self.rational()).collect::<Vec<_>>())
    }
}

/// A network of at most this degree.
pub fn network(bytes: &[u8], degree: u64) -> Network {
    let choices: Vec<u32> = bytes.iter().map(|&byte| u32::from(byte)).collect();
    network_from(&choices, degree)
}

/// The network times a constant of any size, in any of the types that weights come in, plus another.
pub fn stretched(network: &Network, bytes: &mut Bytes<'_>) -> Network {
    let mut builder = Builder::new();
    let inputs = network
        .inputs()
        .iter()
        .enumerate()
        .map(|(position, input)| builder.input(position, input.shape.clone()))
        .collect::<Vec<_>>();
    let mut output = builder.import(network, &inputs).unwrap();
    for multiply in [true, false] {
        let (kind, word) = (bytes.byte(), bytes.word());
        let data = match kind % 8 {
            0 => Data::F64(vec![f64::from_bits(word)]),
            1 => Data::F32(vec![f32::from_bits(word as u32)]),
            2 => Data::F16(vec![f16::from_bits(word as u16)]),
            3 => Data::BF16(vec![bf16::from_bits(word as u16)]),
            4 => Data::Integer(vec![word as i64]),
            5 => Data::Unsigned(vec![word]),
            6 => Data::Rational(vec![bytes.rational()]),
            _ => continue,
        };
        // There is no constant that is not a number.
        let Some(constant) = Constant::new(Shape::scalar(), data) else { continue };
        let constant = builder.constant(Arc::new(constant));
        output = if multiply {
            builder.multiply(constant, output).unwrap()
        } else {
            let spread = builder.broadcast(constant, builder.shape(output).clone()).unwrap();
            let one = BigRational::from_integer(1.into());
            builder.combine(vec![(one.clone(), output), (one, spread)]).unwrap()
        };
    }
    builder.network(network.inputs().to_vec(), output)
}
