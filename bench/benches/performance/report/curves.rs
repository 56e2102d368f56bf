//! Plots of counts: the share of loads that are hits, with one line for each series.

use diesel_cache_bench::drawing::{Area, FAINT, GRID, INK, OURS, PEER, line, text};
use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::element::Circle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use super::plot::WIDTH;
use crate::counts::{Counts, SERIES, percent};

/// The colours, in the order of the series.
const COLORS: [RGBColor; 3] = [RGBColor(13, 148, 136), OURS, PEER];

/// In pixels.
const LEFT: i32 = 70;
const RIGHT: i32 = 150;
const TOP: i32 = 40;
const BOTTOM: i32 = 52;
const HEIGHT: u32 = 300;

/// Draws several counts, each of which is a series, below each other as one SVG.
pub(crate) fn several(all: &[&Counts]) -> String {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT * all.len() as u32)).into_drawing_area();
        root.fill(&RGBColor(255, 255, 255)).unwrap();
        for (counts, area) in all.iter().zip(root.split_evenly((all.len(), 1))) {
            draw(&area, counts);
        }
    }
    svg
}

fn draw(area: &Area<'_>, counts: &Counts) {
    text(area, &counts.title, (12, 12), 15, INK, HPos::Left, true);
    let (right, bottom) = (WIDTH as i32 - RIGHT, HEIGHT as i32 - BOTTOM);
    let y = |share: f64| bottom - (f64::from(bottom - TOP) * share).round() as i32;
    let last = counts.counts.len() as i32 - 1;
    // All points have the same distance, so that the labels of small values do not overlap.
    let x = |place: usize| LEFT + (right - LEFT) * place as i32 / last.max(1);
    for tenths in [0, 2, 4, 6, 8, 10] {
        let at = y(f64::from(tenths) / 10.0);
        line(area, &[(LEFT, at), (right, at)], GRID, 1);
        text(
            area,
            &format!("{} %", tenths * 10),
            (LEFT - 8, at),
            11,
            FAINT,
            HPos::Right,
            false,
        );
    }
    for (place, count) in counts.counts.iter().enumerate() {
        text(
            area,
            &count.label,
            (x(place), bottom + 14),
            11,
            FAINT,
            HPos::Center,
            false,
        );
    }
    let middle = (LEFT + right) / 2;
    text(
        area,
        &counts.axis,
        (middle, bottom + 34),
        11,
        FAINT,
        HPos::Center,
        false,
    );
    let mut free = TOP;
    for (place, (name, color)) in SERIES.into_iter().zip(COLORS).enumerate() {
        let shares: Vec<f64> = counts.counts.iter().map(|count| count.shares()[place]).collect();
        let path: Vec<_> = shares
            .iter()
            .enumerate()
            .map(|(at, &share)| (x(at), y(share)))
            .collect();
        line(area, &path, color, 2);
        for &point in &path {
            area.draw(&Circle::new(point, 3, color.filled())).unwrap();
        }
        // The lines end in the order of the series, from top to bottom, and so their labels do.
        let (Some(end), Some(&share)) = (path.last(), shares.last()) else {
            continue;
        };
        let at = end.1.max(free);
        free = at + 16;
        text(
            area,
            &format!("{name} {}", percent(share)),
            (right + 12, at),
            12,
            color,
            HPos::Left,
            false,
        );
    }
}
