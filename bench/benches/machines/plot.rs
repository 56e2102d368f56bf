//! The plot: how long a write takes, by the number of members.

use diesel_cache_bench::drawing::{FAINT, GRID, INK, OURS, PEER, line, text};
use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::element::Circle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use crate::figures::Steady;

/// In pixels.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 320;
const LEFT: i32 = 80;
const RIGHT: i32 = 190;
const TOP: i32 = 44;
const BOTTOM: i32 = 52;

/// Returns the time of a write, in microseconds.
type Time = fn(&Steady) -> f64;

const LINES: [(&str, RGBColor, Time); 4] = [
    ("write, 99th percentile", RGBColor(147, 51, 234), |it| {
        it.write_p99.as_secs_f64() * 1e6
    }),
    ("write, median", OURS, |it| it.write.as_secs_f64() * 1e6),
    ("three PINGs", RGBColor(217, 160, 91), |it| 3e6 * it.ping.as_secs_f64()),
    ("write on one machine", PEER, |it| it.write_alone.as_secs_f64() * 1e6),
];

/// Returns the plot as SVG.
pub(crate) fn draw(steady: &[Steady]) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        area.fill(&RGBColor(255, 255, 255)).unwrap();
        let title = "What a write takes, in µs, by the number of processes in the cluster";
        text(&area, title, (12, 12), 15, INK, HPos::Left, true);
        let (right, bottom) = (WIDTH as i32 - RIGHT, HEIGHT as i32 - BOTTOM);
        let values = steady.iter().flat_map(|it| LINES.map(|(_, _, of)| of(it)));
        let most = values.fold(0.0, f64::max);
        let y = |value: f64| bottom - (f64::from(bottom - TOP) * value / most).round() as i32;
        let x = |place: usize| LEFT + (right - LEFT) * place as i32 / (steady.len() as i32 - 1);
        for quarter in 0..=4 {
            let value = most * f64::from(quarter) / 4.0;
            line(&area, &[(LEFT, y(value)), (right, y(value))], GRID, 1);
            let label = format!("{value:.0}");
            text(&area, &label, (LEFT - 8, y(value)), 11, FAINT, HPos::Right, false);
        }
        for (place, it) in steady.iter().enumerate() {
            let label = it.members.to_string();
            text(&area, &label, (x(place), bottom + 16), 11, FAINT, HPos::Center, false);
        }
        let mut labels = Vec::new();
        for (name, color, of) in LINES {
            let points = steady.iter().enumerate();
            let path: Vec<_> = points.map(|(place, it)| (x(place), y(of(it)))).collect();
            line(&area, &path, color, 2);
            for &point in &path {
                area.draw(&Circle::new(point, 3, color.filled())).unwrap();
            }
            labels.push((path[path.len() - 1].1, name, color));
        }
        // The labels at the right must not overlap.
        labels.sort_by_key(|label| label.0);
        let mut free = TOP;
        for (at, name, color) in labels {
            let at = at.max(free);
            free = at + 16;
            text(&area, name, (right + 12, at), 12, color, HPos::Left, false);
        }
    }
    svg
}
