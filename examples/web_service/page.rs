//! The page `/cache`: the regions, and the statements that they serve, since the service started.

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
    stats.regions().iter().try_for_each(|region| row(region, html))?;
    writeln!(html, "</tbody></table>\n{STATEMENTS}")?;
    statements.iter().try_for_each(|statement| rows(statement, html))?;
    writeln!(html, "</table>\n<h2>Regions in detail</h2>")?;
    for region in stats.regions() {
        writeln!(html, "<pre>{}</pre>", Escaped(&region.to_string()))?;
    }
    writeln!(
        html,
        "<p>Of this process, since it started. <a href=\"/metrics\">For Prometheus</a></p>"
    )
}

fn row(region: &RegionStats, html: &mut String) -> fmt::Result {
    write!(html, "<tr><td>{}", Escaped(region.region()))?;
    ratio(region.hits() + region.misses(), region.hit_ratio(), html)?;
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

/// Two rows: the figures, and the statement, which opens.
fn rows(statement: &StatementStats, html: &mut String) -> fmt::Result {
    write!(html, "<tbody><tr><td>{}", Escaped(statement.region()))?;
    ratio(statement.hits() + statement.misses(), statement.hit_ratio(), html)?;
    write!(html, "<td>{}<td>{}", statement.calls(), statement.queries())?;
    for time in [
        statement.time_in_database(),
        statement.mean_query_time(),
        statement.time_saved(),
    ] {
        write!(html, "<td>{time:.1?}")?;
    }
    let last = statement
        .last_invalidation()
        .map_or("–".into(), |last| last.to_string());
    writeln!(
        html,
        "<td>{:.1} KiB<td>{}</tr>",
        statement.last_size() as f64 / 1024.0,
        Escaped(&last)
    )?;
    let [short, full] = [statement.short_sql(), statement.to_string()];
    let (short, full) = (Escaped(&short), Escaped(&full));
    writeln!(
        html,
        "<tr><td colspan=9><details><summary><code>{short}</code></summary><pre>{full}</pre></details></tr></tbody>"
    )
}

fn ratio(loads: u64, ratio: f64, html: &mut String) -> fmt::Result {
    match loads {
        0 => write!(html, "<td>–"), // no loads, so no ratio
        _ => write!(html, "<td><meter value=\"{ratio:.3}\"></meter> {:.1} %", ratio * 100.0),
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
