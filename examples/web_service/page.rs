//! The page `/cache`: the regions, the cluster, and the statements that are served, since the service started.

use std::fmt::{self, Display, Formatter, Write};

use diesel_cache::{CacheStats, RegionStats, StatementStats, Statements};

const REGIONS: &str = "<h1>Cache</h1>\n<table>\n<thead><tr><th>region<th>hit ratio<th>hits<th>misses<th>bypasses<th>stores\
                       <th>evictions<th>entries<th>size</tr></thead>\n<tbody>";

const STATEMENTS: &str = "<h2>Statements</h2>\n<p>The most expensive first. Open one for its SQL and all its figures; values are not shown.</p>\n\
                          <table>\n<thead><tr><th>region<th>hit ratio<th>calls<th>queries<th>in database<th>mean<th>saved<th>size\
                          <th>invalidated by</tr></thead>";

/// Renders the page.
pub(crate) fn render(stats: &CacheStats, statements: &Statements) -> String {
    let mut html = String::from(include_str!("page.html"));
    // Writing to a string cannot fail.
    let _ = write(stats, statements, &mut html);
    html
}

fn write(stats: &CacheStats, statements: &Statements, html: &mut String) -> fmt::Result {
    writeln!(html, "{REGIONS}")?;
    stats.regions().iter().try_for_each(|of| region(of, html))?;
    writeln!(html, "</tbody></table>")?;
    if let Some(cluster) = stats.cluster() {
        writeln!(html, "<h2>Cluster</h2>\n<pre>{}</pre>", Escaped(&cluster.to_string()))?;
    }
    writeln!(html, "{STATEMENTS}")?;
    statements.iter().try_for_each(|of| statement(of, html))?;
    writeln!(html, "</table>\n<h2>Regions in detail</h2>")?;
    for region in stats.regions() {
        writeln!(html, "<pre>{}</pre>", Escaped(&region.to_string()))?;
    }
    writeln!(
        html,
        "<p>Of this process, since it started. <a href=\"/metrics\">For Prometheus</a></p>"
    )
}

fn region(region: &RegionStats, html: &mut String) -> fmt::Result {
    let counts = [
        region.hits(),
        region.misses(),
        region.bypasses(),
        region.stores(),
        region.evictions(),
        region.entries(),
    ];
    let cells = counts
        .map(|count| count.to_string())
        .into_iter()
        .chain([size(region.bytes())]);
    row(
        region.region(),
        region.hits() + region.misses(),
        region.hit_ratio(),
        cells,
        html,
    )
}

/// Two rows: the figures, and the statement, which opens.
fn statement(of: &StatementStats, html: &mut String) -> fmt::Result {
    let times = [of.time_in_database(), of.mean_query_time(), of.time_saved()].map(|time| format!("{time:.1?}"));
    let last = of.last_invalidation().map_or("–".into(), |last| last.to_string());
    let counts = [of.calls(), of.queries()].map(|count| count.to_string());
    let cells = counts.into_iter().chain(times).chain([size(of.last_size()), last]);
    write!(html, "<tbody>")?;
    row(of.region(), of.hits() + of.misses(), of.hit_ratio(), cells, html)?;
    let [short, full] = [of.short_sql(), of.to_string()];
    let [short, full] = [Escaped(&short), Escaped(&full)];
    writeln!(
        html,
        "<tr><td colspan=9><details><summary><code>{short}</code></summary><pre>{full}</pre></details></tr></tbody>"
    )
}

fn row(name: &str, loads: u64, ratio: f64, cells: impl IntoIterator<Item = String>, html: &mut String) -> fmt::Result {
    write!(html, "<tr><td>{}", Escaped(name))?;
    match loads {
        0 => write!(html, "<td>–")?, // no loads, so no ratio
        _ => write!(html, "<td><meter value=\"{ratio:.3}\"></meter> {:.1} %", ratio * 100.0)?,
    }
    cells
        .into_iter()
        .try_for_each(|cell| write!(html, "<td>{}", Escaped(&cell)))?;
    writeln!(html, "</tr>")
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        _ => format!("{:.1} KiB", bytes as f64 / 1024.0),
    }
}

/// Escapes text for use inside an element. Names of regions come from the settings, and SQL has `<`.
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
