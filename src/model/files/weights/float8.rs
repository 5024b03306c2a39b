//! Floats of eight bits, as safetensors files have them. Every finite one is a dyadic number.

use half::f16;

use crate::network::Data;

/// The formats. In all but the last, a byte has a sign, an exponent and a fraction, from the top bit down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Float8 {
    /// Four bits of exponent, bias 7; no infinity, and NaN where all bits but the sign are 1.
    E4M3,
    /// Five bits of exponent, bias 15, infinity and NaN as in IEEE 754: the upper half of an f16.
    E5M2,
    /// Four bits of exponent, bias 8; no infinity and no -0, in whose place is the only NaN.
    E4M3Fnuz,
    /// Five bits of exponent, bias 16; no infinity and no -0, in whose place is the only NaN.
    E5M2Fnuz,
    /// A power of two: nothing but an exponent, bias 127, and NaN where all bits are 1.
    E8M0,
}

impl Float8 {
    /// The format that a safetensors file calls this.
    pub(super) fn called(dtype: &str) -> Option<Float8> {
        Some(match dtype {
            "F8_E4M3" => Float8::E4M3,
            "F8_E5M2" => Float8::E5M2,
            "F8_E4M3FNUZ" => Float8::E4M3Fnuz,
            "F8_E5M2FNUZ" => Float8::E5M2Fnuz,
            "F8_E8M0" => Float8::E8M0,
            _ => return None,
        })
    }

    /// What a program that reads the file calls it; NumPy has no such types.
    pub(super) fn name(self) -> &'static str {
        match self {
            Float8::E4M3 => "f8_e4m3",
            Float8::E5M2 => "f8_e5m2",
            Float8::E4M3Fnuz => "f8_e4m3fnuz",
            Float8::E5M2Fnuz => "f8_e5m2fnuz",
            Float8::E8M0 => "f8_e8m0",
        }
    }

    /// Bytes per entry in a constant: an f16 has room for every value but the powers of two.
    pub(super) fn width_in_memory(self) -> u64 {
        if self == Float8::E8M0 { 4 } else { 2 }
    }

    /// Entries from their bytes.
    pub(super) fn decode(self, bytes: &[u8]) -> Data {
        match self {
            Float8::E8M0 => Data::F32(bytes.iter().map(|&byte| self.value(byte)).collect()),
            _ => Data::F16(bytes.iter().map(|&byte| f16::from_f32(self.value(byte))).collect()),
        }
    }

    /// The value of a byte. All steps are exact: values have at most four significant bits.
    fn value(self, byte: u8) -> f32 {
        let (fraction_bits, bias) = match self {
            Float8::E4M3 if byte & 0x7f == 0x7f => return f32::NAN,
            Float8::E4M3Fnuz | Float8::E5M2Fnuz if byte == 0x80 => return f32::NAN,
            Float8::E5M2 => return f32::from(f16::from_bits(u16::from(byte) << 8)),
            // Exponent 0 is that of the largest f32 below the normal ones.
            Float8::E8M0 => {
                return match byte {
                    0 => f32::MIN_POSITIVE / 2.0,
                    255 => f32::NAN,
                    exponent => f32::from_bits(u32::from(exponent) << 23),
                };
            }
            Float8::E4M3 => (3, 7),
            Float8::E4M3Fnuz => (3, 8),
            Float8::E5M2Fnuz => (2, 16),
        };
        let exponent = (byte & 0x7f) >> fraction_bits;
        let fraction = f32::from(byte & ((1 << fraction_bits) - 1));
        let whole = f32::from(1_u8 << fraction_bits);
        // Below the normal numbers the exponent is 1 and the leading bit 0.
        let significand = if exponent == 0 { fraction } else { whole + fraction };
        let size = significand * 2_f32.powi(i32::from(exponent.max(1)) - bias - fraction_bits);
        if byte & 0x80 == 0 { size } else { -size }
    }
}
