//! The similarity of every model to one, as a curve in SVG.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::View;
use super::drawing::{GREY, LINE, draw, stride, ticks, width};
use crate::cli::failure::Failure;

/// The part of the picture in which the curve is.
const SIZE: (i32, i32) = (640, 320);
/// The gap between things.
const GAP: i32 = 8;
/// Of fewer models, each has a dot.
const DOTS: usize = 64;
/// The colour of the curve: that of the dark half of the heatmap.
const COLOUR: RGBColor = RGBColor(54, 92, 141);
const BLACK: RGBColor = RGBColor(0, 0, 0);

/// The curve.
pub fn svg(view: &View<'_>) -> Result<Vec<u8>, Failure> {
    let Some(against) = view.against else {
        return Err(Failure::message("a curve needs --against"));
    };
    let values = view.row(against);
    let known = || values.iter().flatten().copied();
    let (least, most) = known().fold((1.0f64, -1.0f64), |(low, high), y| (low.min(y), high.max(y)));
    let scale = if least <= most { ticks(least, most, 7) } else { ticks(0.0, 1.0, 5) };
    let (low, high) = (scale.first().map_or(0.0, |tick| tick.0), scale.last().map_or(1.0, |tick| tick.0));
    // Where the models are: at their numbers, or one after the other.
    let numbers = view.labels.numbers.clone().filter(|numbers| numbers.len() > 1);
    let positions: Vec<f64> =
        numbers.clone().unwrap_or_else(|| (0..values.len()).map(|position| position as f64).collect());
    let (first, last) = (positions.first().copied().unwrap_or(0.0), positions.last().copied().unwrap_or(0.0));
    let marks: Vec<(f64, String)> = match numbers {
        Some(_) => {
            let inside = |(x, _): &(f64, String)| *x >= first && *x <= last;
            ticks(first, last, 8).into_iter().filter(inside).collect()
        }
        None => positions.iter().copied().zip(view.short()).collect(),
    };
    let longest = width(marks.iter().map(|(_, text)| text.as_str()));
    let apart = f64::from(SIZE.0) / marks.len().max(1) as f64;
    let standing = view.labels.numbers.is_none() && f64::from(longest + GAP) > apart;
    let every = stride(if standing { LINE } else { longest + GAP }, apart);
    let below = if standing { longest } else { LINE };
    let left = GAP + LINE + GAP + width(scale.iter().map(|(_, text)| text.as_str())) + GAP;
    let top = GAP + 2 * LINE;
    let title = format!("similarity to {} ({}, {})", view.titled(against), view.metric(), view.precision());
    let total = (left + SIZE.0 + 4 * GAP).max(width([title.as_str()]) * 5 / 4 + 2 * GAP);
    let bottom = top + SIZE.1;
    let x = |position: f64| {
        let part = if last > first { (position - first) / (last - first) } else { 0.5 };
        // The first and the last dot are not on the frame.
        left + 2 * GAP + (part * f64::from(SIZE.0 - 4 * GAP)).round() as i32
    };
    let y = |value: f64| bottom - ((value - low) / (high - low) * f64::from(SIZE.1)).round() as i32;
    draw((total, bottom + GAP + below + GAP + LINE + GAP), |canvas| {
        canvas.title(&title, (total / 2, GAP + LINE / 2))?;
        for (value, text) in &scale {
            canvas.line(&[(left, y(*value)), (left + SIZE.0, y(*value))], GREY, 1)?;
            canvas.text(text, (left - GAP, y(*value)), HPos::Right, false)?;
        }
        for (position, text) in marks.iter().step_by(every) {
            let at = x(*position);
            canvas.line(&[(at, bottom), (at, bottom + 4)], BLACK, 1)?;
            match standing {
                true => canvas.text(text, (at, bottom + GAP), HPos::Right, true)?,
                false => canvas.text(text, (at, bottom + GAP + LINE / 2), HPos::Center, false)?,
            }
        }
        canvas.frame((left, top), (left + SIZE.0, bottom))?;
        let points: Vec<Option<(i32, i32)>> = positions
            .iter()
            .zip(&values)
            .map(|(&position, value)| value.map(|value| (x(position), y(value))))
            .collect();
        // Where there is no number, there is a gap.
        for piece in points.split(Option::is_none) {
            let piece: Vec<(i32, i32)> = piece.iter().flatten().copied().collect();
            if piece.len() > 1 {
                canvas.line(&piece, COLOUR, 2)?;
            }
            if points.len() <= DOTS || piece.len() == 1 {
                for &point in &piece {
                    canvas.dot(point, 3, COLOUR)?;
                }
            }
        }
        let under = bottom + GAP + below + GAP + LINE / 2;
        canvas.text(&view.labels.title, (left + SIZE.0 / 2, under), HPos::Center, false)?;
        canvas.text("similarity", (GAP + LINE / 2, top + SIZE.1 / 2), HPos::Center, true)
    })
}
