//! The page `/cache`: the statistics of each region since the service started.

use std::fmt::{self, Display, Formatter, Write};

use diesel_cache::{CacheStats, RegionStats};

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>Cache</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { padding: .4rem .6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
  th:first-child, td:first-child { text-align: left; font-weight: 600; }
  thead th { color: #666; font-weight: 400; }
  meter { width: 6rem; vertical-align: middle; }
  pre { background: #f6f6f4; padding: .8rem 1rem; overflow-x: auto; }
  @media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #ddd; } pre { background: #262626; } }
</style>
<h1>Cache</h1>
"#;

const COLUMNS: &str = "<thead><tr><th>region<th>hit ratio<th>hits<th>misses<th>bypasses<th>stores<th>evictions\
                       <th>entries<th>size</tr></thead>\n";

/// Renders the page.
pub(crate) fn render(stats: &CacheStats) -> String {
    let mut html = String::from(HEAD);
    // Writing to a string cannot fail.
    let _ = write(stats, &mut html);
    html
}

fn write(stats: &CacheStats, html: &mut String) -> fmt::Result {
    writeln!(html, "<table>\n{COLUMNS}<tbody>")?;
    for region in stats.regions() {
        row(region, html)?;
    }
    writeln!(html, "</tbody></table>\n<h2>In detail</h2>")?;
    for region in stats.regions() {
        writeln!(html, "<pre>{}</pre>", Escaped(&region.to_string()))?;
    }
    writeln!(
        html,
        "<p>Of this process, since it started. <a href=\"/metrics\">For Prometheus</a></p>"
    )
}

fn row(region: &RegionStats, html: &mut String) -> fmt::Result {
    let ratio = region.hit_ratio();
    write!(html, "<tr><td>{}", Escaped(region.region()))?;
    match region.hits() + region.misses() {
        0 => write!(html, "<td>–")?, // no loads, so no ratio
        _ => write!(html, "<td><meter value=\"{ratio:.3}\"></meter> {:.1} %", ratio * 100.0)?,
    }
    for count in [
        region.hits(),
        region.misses(),
        region.bypasses(),
        region.stores(),
        region.evictions(),
        region.entries(),
    ] {
        write!(html, "<td>{count}")?;
    }
    writeln!(html, "<td>{:.1} KiB</tr>", region.bytes() as f64 / 1024.0)
}

/// Escapes text for use inside an element, because a region's name comes from the settings.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}
