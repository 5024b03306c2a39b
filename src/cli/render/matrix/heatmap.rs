//! A matrix as a heatmap in SVG.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::View;
use super::drawing::{LINE, draw, stride, ticks, width};
use crate::cli::failure::Failure;

/// The widest matrix that is drawn: each cell has a pixel at least.
const MOST: usize = 2000;
/// The width of a matrix, unless it has more cells than this, or few.
const WIDTH: usize = 600;
/// The widest cell.
const CELL: usize = 64;
/// The least width of a matrix, so that the title fits.
const LEAST: i32 = 240;
/// Steps of the legend.
const STEPS: i32 = 128;
/// The gap between things.
const GAP: i32 = 8;

/// The colour scale viridis at every eighth (by S. van der Walt and N. Smith, in the public domain): equal
/// steps look equal, to the colour-blind and in grey, too.
const VIRIDIS: [[f64; 3]; 9] = [
    [68.0, 1.0, 84.0],
    [71.0, 44.0, 122.0],
    [59.0, 81.0, 139.0],
    [44.0, 113.0, 142.0],
    [33.0, 144.0, 141.0],
    [39.0, 173.0, 129.0],
    [92.0, 200.0, 99.0],
    [170.0, 220.0, 50.0],
    [253.0, 231.0, 37.0],
];

/// The colour of a part of the scale, from 0 to 1.
fn colour(part: f64) -> RGBColor {
    // As many as a picture has, so that neighbours may share one.
    let part = (part.clamp(0.0, 1.0) * 255.0).round() / 255.0;
    let place = part * (VIRIDIS.len() - 1) as f64;
    let before = (place as usize).min(VIRIDIS.len() - 2);
    let [from, to] = [VIRIDIS[before], VIRIDIS[before + 1]];
    let mixed = |at: usize| (from[at] + (place - before as f64) * (to[at] - from[at])).round() as u8;
    RGBColor(mixed(0), mixed(1), mixed(2))
}

/// The heatmap.
pub fn svg(view: &View<'_>) -> Result<Vec<u8>, Failure> {
    let count = view.table.count();
    if count > MOST {
        return Err(Failure::message(format!("a heatmap of {count} models cannot be drawn"))
            .help(format!("it has at most {MOST}; `--npy` writes the numbers")));
    }
    let cell = (WIDTH / count.max(1)).clamp(1, CELL) as i32;
    let side = cell * count as i32;
    let rows: Vec<Vec<Option<f64>>> = (0..count).map(|row| view.row(row)).collect();
    let known = || rows.iter().flatten().flatten().copied();
    let (least, most) = known().fold((1.0f64, -1.0f64), |(low, high), x| (low.min(x), high.max(x)));
    let (least, most) = if least <= most { (least, most) } else { (0.0, 1.0) };
    let scale = ticks(least, most, 7);
    let (low, high) = match (scale.first(), scale.last()) {
        (Some(first), Some(last)) => (first.0, last.0),
        _ => (least, most),
    };
    let colour = |x: f64| colour((x - low) / (high - low));
    let labels = view.short();
    let longest = width(labels.iter().map(String::as_str));
    // Labels of columns lie if every tenth pixel or so is enough for them, and stand otherwise.
    let standing = view.labels.numbers.is_none() && longest + GAP > cell;
    let below = if standing { longest } else { LINE };
    let legend = width(scale.iter().map(|(_, text)| text.as_str()));
    let title = format!("similarity ({}, {})", view.metric(), view.precision());
    let missing = rows.iter().flatten().any(Option::is_none);
    let note = "white: no number";
    let left = GAP + LINE + GAP + longest + GAP;
    let top = GAP + 2 * LINE;
    let height = side.max(LEAST);
    let beside = 3 * GAP + LINE + GAP + legend.max(if missing { width([note]) } else { 0 }) + GAP;
    let total = (left + side + beside).max(width([title.as_str()]) * 5 / 4 + 2 * GAP);
    let bottom = GAP + below + GAP + LINE + GAP;
    draw((total, top + height + bottom), |canvas| {
        canvas.title(&title, (total / 2, GAP + LINE / 2))?;
        for (y, row) in rows.iter().enumerate() {
            let mut x = 0;
            // Neighbours of one colour are one rectangle.
            while let Some(entry) = row.get(x) {
                let shown = entry.map(colour);
                let run = row[x..].iter().take_while(|other| other.map(colour) == shown).count();
                if let Some(RGBColor(r, g, b)) = shown {
                    let from = (left + x as i32 * cell, top + y as i32 * cell);
                    let to = (from.0 + run as i32 * cell - 1, from.1 + cell - 1);
                    canvas.fill(from, to, RGBColor(r, g, b))?;
                }
                x += run;
            }
        }
        canvas.frame((left - 1, top - 1), (left + side, top + side))?;
        let middle = |position: usize| position as i32 * cell + cell / 2;
        let every = stride(LINE, f64::from(cell));
        for (position, label) in labels.iter().enumerate().step_by(every) {
            let y = top + middle(position);
            canvas.text(label, (left - GAP, y), HPos::Right, false)?;
            canvas.line(&[(left - 5, y), (left - 1, y)], RGBColor(0, 0, 0), 1)?;
        }
        let every = stride(if standing { LINE } else { longest + GAP }, f64::from(cell));
        for (position, label) in labels.iter().enumerate().step_by(every) {
            let (x, y) = (left + middle(position), top + side);
            canvas.line(&[(x, y), (x, y + 4)], RGBColor(0, 0, 0), 1)?;
            match standing {
                true => canvas.text(label, (x, y + GAP), HPos::Right, true)?,
                false => canvas.text(label, (x, y + GAP + LINE / 2), HPos::Center, false)?,
            }
        }
        let under = top + side + GAP + below + GAP + LINE / 2;
        canvas.text(&view.labels.title, (left + side / 2, under), HPos::Center, false)?;
        canvas.text(&view.labels.title, (GAP + LINE / 2, top + side / 2), HPos::Center, true)?;
        // The legend: the scale from bottom to top.
        let (x, long) = (left + side + 3 * GAP, height.min(300));
        for step in 0..STEPS {
            let (from, to) = (step * long / STEPS, (step + 1) * long / STEPS);
            let part = (f64::from(step) + 0.5) / f64::from(STEPS);
            let shown = colour(low + part * (high - low));
            canvas.fill((x, top + long - to), (x + LINE - 1, top + long - from - 1), shown)?;
        }
        canvas.frame((x - 1, top - 1), (x + LINE, top + long))?;
        for (value, text) in &scale {
            let y = top + long - ((value - low) / (high - low) * f64::from(long)).round() as i32;
            canvas.line(&[(x + LINE, y), (x + LINE + 4, y)], RGBColor(0, 0, 0), 1)?;
            canvas.text(text, (x + LINE + GAP, y), HPos::Left, false)?;
        }
        if missing {
            canvas.text(note, (x, top + height + GAP + LINE / 2), HPos::Left, false)?;
        }
        Ok(())
    })
}
