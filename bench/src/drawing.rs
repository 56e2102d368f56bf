//! Colours and shapes for the plots of all reports.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{PathElement, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, TextStyle};

/// A part of a plot.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const FONT: &str = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif";

/// The colour of titles.
pub const INK: RGBColor = RGBColor(31, 41, 55);
/// The colour of labels.
pub const FAINT: RGBColor = RGBColor(107, 114, 128);
/// The colour of the lines behind a plot.
pub const GRID: RGBColor = RGBColor(229, 231, 235);

/// The colour of this cache.
pub const OURS: RGBColor = RGBColor(37, 99, 235);
/// The colour of other caches.
pub const PEER: RGBColor = RGBColor(148, 163, 184);

/// Draws a line through these points.
pub fn line(area: &Area<'_>, path: &[(i32, i32)], color: RGBColor, width: u32) {
    area.draw(&PathElement::new(path, color.stroke_width(width))).unwrap();
}

/// Draws a text. The point `at` is at the side `side` of the text.
pub fn text(area: &Area<'_>, text: &str, at: (i32, i32), size: i32, color: RGBColor, side: HPos, bold: bool) {
    let vertical = if bold { VPos::Top } else { VPos::Center };
    let font = (FONT, size).into_font();
    let font = if bold { font.style(FontStyle::Bold) } else { font };
    let style = TextStyle::from(font).color(&color).pos(Pos::new(side, vertical));
    area.draw(&Text::new(text.to_owned(), at, style)).unwrap();
}
