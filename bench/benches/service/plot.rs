//! The plots: one line for each variant, by the share of writes.

use diesel_cache_bench::drawing::{Area, FAINT, GRID, INK, OURS, PEER, line, text};
use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::element::Circle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use crate::measure::{Table, WRITES};
use crate::outcome::Outcome;
use crate::variant::Variant;

/// The colours, in the order of the variants.
const COLORS: [RGBColor; 6] = [
    RGBColor(217, 160, 91),
    RGBColor(13, 148, 136),
    OURS,
    RGBColor(147, 51, 234),
    PEER,
    RGBColor(100, 116, 139),
];

/// In pixels.
const WIDTH: u32 = 760;
const HEIGHT: u32 = 300;
const LEFT: i32 = 80;
const RIGHT: i32 = 260;
const TOP: i32 = 44;
const BOTTOM: i32 = 52;

/// What one plot shows.
struct Figure {
    title: &'static str,
    of: fn(&Outcome) -> f64,
    format: fn(f64) -> String,
}

const FIGURES: [Figure; 2] = [
    Figure {
        title: "Requests per second (more is better)",
        of: |outcome| outcome.requests_per_second,
        format: |value| format!("{value:.0}"),
    },
    Figure {
        title: "99th percentile of the latency of reads, in ms (less is better)",
        of: |outcome| outcome.reads_p99 / 1e3,
        format: |value| format!("{value:.1}"),
    },
];

/// Draws both plots below each other as one SVG.
pub(crate) fn draw(table: &Table) -> String {
    let mut svg = String::new();
    {
        let size = (WIDTH, HEIGHT * FIGURES.len() as u32);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&RGBColor(255, 255, 255)).unwrap();
        for (figure, area) in FIGURES.iter().zip(root.split_evenly((FIGURES.len(), 1))) {
            one(&area, figure, table);
        }
    }
    svg
}

fn one(area: &Area<'_>, figure: &Figure, table: &Table) {
    text(area, figure.title, (12, 12), 15, INK, HPos::Left, true);
    let (right, bottom) = (WIDTH as i32 - RIGHT, HEIGHT as i32 - BOTTOM);
    let most = table.outcomes.iter().flatten().map(figure.of).fold(0.0, f64::max);
    let y = |value: f64| bottom - (f64::from(bottom - TOP) * value / most).round() as i32;
    let x = |place: usize| LEFT + (right - LEFT) * place as i32 / (WRITES.len() as i32 - 1);
    for quarter in 0..=4 {
        let value = most * f64::from(quarter) / 4.0;
        line(area, &[(LEFT, y(value)), (right, y(value))], GRID, 1);
        text(
            area,
            &(figure.format)(value),
            (LEFT - 8, y(value)),
            11,
            FAINT,
            HPos::Right,
            false,
        );
    }
    for (place, writes) in WRITES.iter().enumerate() {
        let label = format!("{writes} % writes");
        text(area, &label, (x(place), bottom + 16), 11, FAINT, HPos::Center, false);
    }
    let mut labels = Vec::new();
    for (at, (variant, color)) in Variant::ALL.into_iter().zip(COLORS).enumerate() {
        let values: Vec<f64> = table.outcomes.iter().map(|row| (figure.of)(&row[at])).collect();
        let path: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(place, &value)| (x(place), y(value)))
            .collect();
        line(area, &path, color, 2);
        for &point in &path {
            area.draw(&Circle::new(point, 3, color.filled())).unwrap();
        }
        labels.push((path[path.len() - 1].1, variant, color));
    }
    // The labels at the right must not overlap.
    labels.sort_by_key(|label| label.0);
    let mut free = TOP;
    for (at, variant, color) in labels {
        let at = at.max(free).min(bottom);
        free = at + 16;
        let name = variant.name().replace('`', "");
        text(area, &name, (right + 12, at), 12, color, HPos::Left, false);
    }
}
