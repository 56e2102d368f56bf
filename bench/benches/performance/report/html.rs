//! The report as a single, self-contained HTML page.

use std::fmt::Write;

use super::goals::Verdict;
use super::{curves, micros, plot};
use crate::counts::{Counts, SERIES, percent};
use crate::figures::Group;

const STYLE: &str = "
body { font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; color: #1f2937; background: #f9fafb;
       max-width: 860px; margin: 0 auto; padding: 32px 20px 80px }
h1 { font-size: 26px; margin: 0 0 4px } h2 { font-size: 19px; margin: 44px 0 12px }
p, li { color: #4b5563 } ul { padding-left: 20px; margin: 8px 0 }
section, .table { background: #fff; border: 1px solid #e5e7eb; border-radius: 10px; padding: 14px; margin: 14px 0; overflow-x: auto }
section p { margin: 2px 12px 4px; font-size: 13px; max-width: 740px } svg { max-width: 100%; height: auto; display: block }
table { border-collapse: collapse; width: 100%; font-size: 14px }
th { text-align: left; color: #6b7280; font-weight: 600; border-bottom: 1px solid #e5e7eb; padding: 6px 10px }
td { border-bottom: 1px solid #f3f4f6; padding: 6px 10px; vertical-align: top }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums } th.number { text-align: right }
tr.beside td { color: #6b7280; font-size: 13px } small { color: #6b7280 }
.reached { color: #047857; font-weight: 600 } .missed { color: #b91c1c; font-weight: 600 }
code { font-size: 13px; background: #f3f4f6; padding: 0 4px; border-radius: 4px }
details { margin: 6px 12px; font-size: 13px } .key i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin: 0 5px 0 14px }
";

/// Returns the whole page.
pub(crate) fn page(groups: &[Group], counts: &[Counts], verdicts: &[Verdict], machine: &[String]) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>diesel-cache: performance</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\
         <h1>diesel-cache: performance</h1><ul>",
    );
    for line in machine {
        let _ = write!(page, "<li>{}</li>", text(line));
    }
    page.push_str(
        "</ul><p>All cases of a group take turns within a round. Times are medians over the rounds; ratios are medians of the \
         ratios of each round, with the range of the middle half. Only ratios compare between machines and runs.</p>\
         <h2>Goals</h2><div class=\"table\"><table><tr><th></th><th>ratio</th><th class=\"number\">goal</th>\
         <th class=\"number\">measured</th><th></th></tr>",
    );
    for verdict in verdicts {
        goal(&mut page, verdict);
    }
    page.push_str(
        "</table></div><p class=\"key\">Below: <i style=\"background:#2563eb\"></i>diesel-cache\
         <i style=\"background:#94a3b8\"></i>others<i style=\"background:#d9a05b\"></i>the database alone. Log scales.</p>",
    );
    let mut heading = "";
    for group in groups {
        let kind = group.name.split('/').next().unwrap_or_default();
        if kind != heading {
            heading = kind;
            let _ = write!(page, "<h2>{}</h2>", title(kind));
        }
        let _ = write!(page, "<section>{}", plot::one(group));
        if !group.note.is_empty() {
            let _ = write!(page, "<p>{}</p>", text(&group.note));
        }
        table(&mut page, group);
        page.push_str("</section>");
    }
    if !counts.is_empty() {
        page.push_str("<h2>Hits that are left when rows change</h2>");
    }
    for counts in counts {
        hits(&mut page, counts);
    }
    page.push_str("</body></html>\n");
    page
}

fn goal(page: &mut String, verdict: &Verdict) {
    let class = if verdict.goal.id.is_empty() {
        " class=\"beside\""
    } else {
        ""
    };
    let outcome = match verdict.reached {
        Some(true) => "<span class=\"reached\">reached</span>",
        Some(false) => "<span class=\"missed\">missed</span>",
        None => "",
    };
    let measured = match verdict.ratio {
        Some(ratio) => format!("{ratio:.3}"),
        None => "not measured".into(),
    };
    let middle = verdict.middle.map_or_else(String::new, |(low, high)| {
        format!("<br><small>{low:.3} – {high:.3}</small>")
    });
    let _ = write!(
        page,
        "<tr{class}><td><b>{}</b></td><td>{}<br><small>{}</small></td><td class=\"number\">{}</td>\
         <td class=\"number\">{measured}{middle}</td><td>{outcome}</td></tr>",
        verdict.goal.id,
        text(verdict.goal.what),
        text(&verdict.cases),
        verdict.goal.bound(),
    );
}

fn table(page: &mut String, group: &Group) {
    page.push_str(
        "<details><summary>figures</summary><table><tr><th></th><th class=\"number\">median</th><th class=\"number\">\
         fastest</th><th class=\"number\">slowest</th><th class=\"number\">rounds</th></tr>",
    );
    for case in &group.cases {
        let fastest = case.micros.iter().copied().fold(f64::INFINITY, f64::min);
        let slowest = case.micros.iter().copied().fold(0.0, f64::max);
        let _ = write!(page, "<tr><td>{}</td>", text(&case.name));
        for value in [case.median(), fastest, slowest] {
            let _ = write!(page, "<td class=\"number\">{}</td>", micros(value));
        }
        let _ = write!(page, "<td class=\"number\">{}</td></tr>", case.micros.len());
    }
    page.push_str("</table></details>");
}

/// Writes counts: a plot if they are a series, and a table.
fn hits(page: &mut String, counts: &Counts) {
    page.push_str("<section>");
    if counts.is_series {
        page.push_str(&curves::several(&[counts]));
    } else {
        let _ = write!(page, "<p><b>{}</b></p>", text(&counts.title));
    }
    let _ = write!(
        page,
        "<p>{}</p><table><tr><th>{}</th>",
        text(&counts.note),
        text(&counts.axis)
    );
    for head in SERIES.into_iter().chain(["by row ÷ possible", "by table ÷ possible"]) {
        let _ = write!(page, "<th class=\"number\">{head}</th>");
    }
    page.push_str("</tr>");
    for count in &counts.counts {
        let _ = write!(page, "<tr><td>{}</td>", text(&count.label));
        let shares = count.shares().map(percent);
        for value in shares
            .into_iter()
            .chain(count.of_possible().map(|ratio| format!("{ratio:.2}")))
        {
            let _ = write!(page, "<td class=\"number\">{value}</td>");
        }
        page.push_str("</tr>");
    }
    page.push_str("</table></section>");
}

/// Returns the title for the first part of a group's name.
fn title(kind: &str) -> &str {
    match kind {
        "memory" => "Hits in memory",
        "fresh" => "Hits on disk, in a fresh process",
        "store" => "Storing",
        "miss" => "Misses",
        "write" => "Writes",
        "growth" => "Many entries",
        "overwrite" => "Many writes of one key",
        "threads" => "Many threads",
        "rows" => "Row precision",
        other => other,
    }
}

/// Escapes a text, and turns backticks into `<code>`.
fn text(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut html = String::new();
    for (place, part) in escaped.split('`').enumerate() {
        match place % 2 {
            0 => html.push_str(part),
            _ => drop(write!(html, "<code>{part}</code>")),
        }
    }
    html
}
