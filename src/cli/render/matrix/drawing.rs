//! What the drawings share: text, ticks, and a canvas that becomes SVG.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{BLACK, Color, FontTransform, IntoFont, RGBColor, TextStyle};

use crate::cli::diagnostics::clean;
use crate::cli::failure::Failure;

/// Of lines that only help to read.
pub const GREY: RGBColor = RGBColor(205, 205, 205);

/// The height of a line of text.
pub const LINE: i32 = 16;
/// The size of fonts, in the units of the library: about 12 pixels.
const SIZE: i32 = 15;
/// The size of a title.
const TITLE: i32 = 18;
/// A bound for the width of a character, in pixels.
const CHARACTER: f64 = 7.2;

/// A picture that is being drawn.
pub struct Canvas<'a>(SVGBackend<'a>);

/// The failure of the library that draws, which writes to memory only.
fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(format!("cannot draw: {error}"))
}

/// A picture of this width and height as SVG.
pub fn draw(
    size: (i32, i32),
    with: impl FnOnce(&mut Canvas<'_>) -> Result<(), Failure>,
) -> Result<Vec<u8>, Failure> {
    let mut text = String::new();
    {
        let size = (size.0.max(1) as u32, size.1.max(1) as u32);
        let mut canvas = Canvas(SVGBackend::with_string(&mut text, size));
        canvas.fill((0, 0), (size.0 as i32 - 1, size.1 as i32 - 1), RGBColor(255, 255, 255))?;
        with(&mut canvas)?;
        canvas.0.present().map_err(failed)?;
    }
    Ok(text.into_bytes())
}

impl Canvas<'_> {
    /// A filled rectangle, both corners included.
    pub fn fill(&mut self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Result<(), Failure> {
        // A rectangle ends before its second corner.
        self.0.draw_rect(from, (to.0 + 1, to.1 + 1), &colour, true).map_err(failed)
    }

    /// The outline of a rectangle.
    pub fn frame(&mut self, from: (i32, i32), to: (i32, i32)) -> Result<(), Failure> {
        self.0.draw_rect(from, to, &BLACK, false).map_err(failed)
    }

    /// A line through some points.
    pub fn line(&mut self, points: &[(i32, i32)], colour: RGBColor, width: u32) -> Result<(), Failure> {
        self.0.draw_path(points.iter().copied(), &colour.stroke_width(width)).map_err(failed)
    }

    /// A dot.
    pub fn dot(&mut self, at: (i32, i32), radius: u32, colour: RGBColor) -> Result<(), Failure> {
        self.0.draw_circle(at, radius, &colour, true).map_err(failed)
    }

    /// Text at a place, which is at its left end, its middle or its right end; or that reads upwards.
    pub fn text(&mut self, text: &str, at: (i32, i32), place: HPos, upwards: bool) -> Result<(), Failure> {
        self.write(text, at, place, upwards, SIZE)
    }

    /// A title, in the middle above a place.
    pub fn title(&mut self, text: &str, at: (i32, i32)) -> Result<(), Failure> {
        self.write(text, at, HPos::Center, false, TITLE)
    }

    fn write(
        &mut self,
        text: &str,
        at: (i32, i32),
        place: HPos,
        upwards: bool,
        size: i32,
    ) -> Result<(), Failure> {
        let turn = if upwards { FontTransform::Rotate270 } else { FontTransform::None };
        let font = ("sans-serif", size).into_font().transform(turn);
        let style = TextStyle::from(font).pos(Pos::new(place, VPos::Center)).color(&BLACK);
        self.0.draw_text(&clean(text), &style, at).map_err(failed)
    }
}

/// A bound for the width of the longest of some texts, in pixels.
pub fn width<'t>(texts: impl IntoIterator<Item = &'t str>) -> i32 {
    let longest = texts.into_iter().map(|text| text.chars().count()).max().unwrap_or(0);
    (longest as f64 * CHARACTER).ceil() as i32
}

/// Round numbers from one below the least to one above the greatest, about so many, with their texts.
pub fn ticks(least: f64, most: f64, about: usize) -> Vec<(f64, String)> {
    let span = if most > least { most - least } else { least.abs().max(1.0) * 1e-3 };
    let rough = span / about.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|by| by * power).into_iter().find(|&step| step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let decimals = (-step.log10().floor()).clamp(0.0, 15.0) as usize;
    // A number that is a tick but for rounding needs no other one beyond it.
    let (first, last) = ((least / step + 1e-6).floor(), (most / step - 1e-6).ceil());
    let count = (last - first).clamp(1.0, 50.0) as usize;
    let tick = |at: usize| {
        let value = (first + at as f64) * step;
        let text = format!("{value:.decimals$}");
        let zero = text.trim_start_matches(['-', '0', '.']).is_empty();
        (value, if zero { text.trim_start_matches('-').to_string() } else { text })
    };
    (0..=count).map(tick).collect()
}

/// Every how many positions there is a label, if each needs this many pixels and positions are so far apart.
pub fn stride(needed: i32, apart: f64) -> usize {
    let least = (f64::from(needed) / apart.max(1e-9)).ceil().max(1.0) as usize;
    let round = [1, 2, 5].into_iter();
    let mut powers = (0..9).map(|power| 10usize.pow(power));
    powers.find_map(|power| round.clone().map(|by| by * power).find(|&by| by >= least)).unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let texts = |least, most, about| -> Vec<String> {
            ticks(least, most, about).into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts(0.13, 1.0, 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(-0.1, 0.1, 4), ["-0.10", "-0.05", "0.00", "0.05", "0.10"]);
        assert_eq!(texts(0.0, 9900.0, 5), ["0", "2000", "4000", "6000", "8000", "10000"]);
        assert_eq!(texts(1.0, 1.0, 4).len(), 2);
        assert_eq!((stride(14, 20.0), stride(14, 6.0), stride(14, 2.0)), (1, 5, 10));
    }
}
