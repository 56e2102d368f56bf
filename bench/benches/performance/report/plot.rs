//! Plots of groups: lines for a series, bars for any other group. Times have a logarithmic scale.

use diesel_cache_bench::drawing::{Area, FAINT, GRID, INK, OURS, PEER, line, text};
use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::element::{Circle, Rectangle};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use super::micros;
use crate::figures::Group;

pub(super) const WIDTH: u32 = 760;
const DATABASE: RGBColor = RGBColor(217, 160, 91);
const LINES: [RGBColor; 4] = [OURS, RGBColor(13, 148, 136), PEER, DATABASE];

/// In pixels: the margins to the left of the bars, to their right, above and below; the height of a bar, and that of a
/// plot with lines.
const LABELS: i32 = 236;
const RIGHT: i32 = 84;
const TOP: i32 = 40;
const BOTTOM: i32 = 34;
const BAR: i32 = 22;
const LINES_HEIGHT: u32 = 300;

/// Draws one group as SVG.
pub(crate) fn one(group: &Group) -> String {
    several(&[group])
}

/// Draws several groups below each other as one SVG.
pub(crate) fn several(groups: &[&Group]) -> String {
    let heights: Vec<u32> = groups.iter().map(|group| height(group)).collect();
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, heights.iter().sum())).into_drawing_area();
        root.fill(&RGBColor(255, 255, 255)).unwrap();
        let mut rest = root;
        for (group, height) in groups.iter().zip(heights) {
            let (area, below) = rest.split_vertically(height);
            draw(&area, group);
            rest = below;
        }
    }
    svg
}

fn is_series(group: &Group) -> bool {
    group.cases.iter().any(|case| case.name.contains(" @ "))
}

fn height(group: &Group) -> u32 {
    if is_series(group) {
        LINES_HEIGHT
    } else {
        (TOP + BOTTOM + BAR * group.cases.len() as i32) as u32
    }
}

fn draw(area: &Area<'_>, group: &Group) {
    text(area, &group.title, (12, 12), 15, INK, HPos::Left, true);
    if is_series(group) {
        lines(area, group);
    } else {
        bars(area, group);
    }
}

/// A logarithmic scale from µs to pixels.
struct Scale {
    /// The exponents of the powers of ten (in µs) at both ends.
    low: f64,
    high: f64,
    from: i32,
    to: i32,
}

impl Scale {
    fn new(values: impl Iterator<Item = f64> + Clone, from: i32, to: i32) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(0.0, f64::max);
        // The scale begins below the smallest value, so that even the shortest bar is visible.
        let low = (least * 0.6).log10().floor();
        Self {
            low,
            high: (most.log10().ceil()).max(low + 1.0),
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> i32 {
        let part = (value.log10() - self.low) / (self.high - self.low);
        self.from + (f64::from(self.to - self.from) * part).round() as i32
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        (self.low as i32..=self.high as i32).map(|power| 10f64.powi(power))
    }
}

fn bars(area: &Area<'_>, group: &Group) {
    let (width, height) = (WIDTH as i32, height(group) as i32);
    let scale = Scale::new(group.cases.iter().map(|case| case.median()), LABELS, width - RIGHT);
    for tick in scale.ticks() {
        let x = scale.at(tick);
        line(area, &[(x, TOP), (x, height - BOTTOM)], GRID, 1);
        text(
            area,
            &micros(tick),
            (x, height - BOTTOM + 12),
            11,
            FAINT,
            HPos::Center,
            false,
        );
    }
    for (place, case) in group.cases.iter().enumerate() {
        let middle = TOP + BAR * place as i32 + BAR / 2;
        let end = scale.at(case.median());
        let corners = [(LABELS, middle - BAR / 2 + 3), (end, middle + BAR / 2 - 3)];
        area.draw(&Rectangle::new(corners, color(group, &case.name).filled()))
            .unwrap();
        text(area, &case.name, (LABELS - 8, middle), 12, INK, HPos::Right, false);
        text(
            area,
            &micros(case.median()),
            (end + 6, middle),
            12,
            INK,
            HPos::Left,
            false,
        );
    }
}

fn color(group: &Group, case: &str) -> RGBColor {
    let databases = ["SQLite", "PostgreSQL", "MariaDB", "query", "not attached"];
    let ours = ["load", "diesel-cache", "disk", "memory", "attached"];
    let begins = |names: &[&str]| names.iter().any(|name| case.starts_with(name));
    if begins(&["query, then"]) || (group.name.starts_with("threads") && !begins(&ours)) {
        PEER
    } else if begins(&databases) {
        DATABASE
    } else if begins(&ours) {
        OURS
    } else {
        PEER
    }
}

/// The points of one line: the number of entries, and the time in µs.
type Points = Vec<(f64, f64)>;

fn series(group: &Group) -> Vec<(&str, Points)> {
    let mut all: Vec<(&str, Points)> = Vec::new();
    for case in &group.cases {
        let Some((name, count)) = case.name.split_once(" @ ") else {
            continue;
        };
        let point = (count.replace(',', "").parse().unwrap_or(f64::NAN), case.median());
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, points)) => points.push(point),
            None => all.push((name, vec![point])),
        }
    }
    all
}

fn lines(area: &Area<'_>, group: &Group) {
    let all = series(group);
    let (left, right) = (70, WIDTH as i32 - 210);
    let (top, bottom) = (TOP, LINES_HEIGHT as i32 - BOTTOM);
    let points = || all.iter().flat_map(|(_, points)| points);
    let y = Scale::new(points().map(|point| point.1), bottom, top);
    let mut counts: Vec<f64> = points().map(|point| point.0).collect();
    counts.sort_by(f64::total_cmp);
    counts.dedup();
    let (low, high) = (
        counts[0].log10(),
        counts[counts.len() - 1].log10().max(counts[0].log10() + 1.0),
    );
    let x = Scale {
        low,
        high,
        from: left,
        to: right,
    };
    for tick in y.ticks() {
        let at = y.at(tick);
        line(area, &[(left, at), (right, at)], GRID, 1);
        text(area, &micros(tick), (left - 8, at), 11, FAINT, HPos::Right, false);
    }
    for &count in &counts {
        let label = crate::groups::grouped(count as usize);
        text(area, &label, (x.at(count), bottom + 14), 11, FAINT, HPos::Center, false);
    }
    let mut labels: Vec<(i32, &str, RGBColor, f64)> = Vec::new();
    for ((name, points), color) in all.iter().zip(LINES) {
        let path: Vec<_> = points
            .iter()
            .map(|&(count, micros)| (x.at(count), y.at(micros)))
            .collect();
        line(area, &path, color, 2);
        for &point in &path {
            area.draw(&Circle::new(point, 3, color.filled())).unwrap();
        }
        let (last, value) = (path[path.len() - 1], points[points.len() - 1].1);
        labels.push((last.1, name, color, value));
    }
    // The labels at the right must not overlap.
    labels.sort_by_key(|label| label.0);
    let mut free = top;
    for (at, name, color, value) in labels {
        let at = at.max(free);
        free = at + 16;
        text(
            area,
            &format!("{name} {}", micros(value)),
            (right + 12, at),
            12,
            color,
            HPos::Left,
            false,
        );
    }
}
