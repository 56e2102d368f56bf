//! A strict parser of Prometheus' text format.

use std::collections::HashMap;

#[derive(Debug, Default)]
pub(crate) struct Exposition {
    pub(crate) types: HashMap<String, String>,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Exposition {
    /// Parses a text.
    ///
    /// # Panics
    ///
    /// If the text violates the format.
    pub(crate) fn parse(text: &str) -> Self {
        let mut it = Self::default();
        assert!(text.is_empty() || text.ends_with('\n'));
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(["counter", "gauge", "histogram", "summary"].contains(&kind), "{line}");
                assert!(it.types.insert(name.into(), kind.into()).is_none(), "twice: {line}");
            } else if !line.starts_with("# HELP ") {
                it.samples.push(sample(line));
            }
        }
        for sample in &it.samples {
            assert!(
                it.type_of(&sample.name).is_some(),
                "a sample without a type: {sample:?}"
            );
        }
        it
    }

    fn type_of(&self, name: &str) -> Option<&str> {
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end).filter(|name| self.types.contains_key(*name)));
        self.types.get(family.unwrap_or(name)).map(|kind| &**kind)
    }

    /// Returns the sum of all samples of this name that have at least these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &Sample, (key, value): &(&str, &str)| {
            sample.labels.iter().any(|(k, v)| (&**k, &**v) == (*key, *value))
        };
        let found = self
            .samples
            .iter()
            .filter(|sample| sample.name == name && labels.iter().all(|label| has(sample, label)));
        found.map(|sample| sample.value).sum()
    }
}

fn sample(line: &str) -> Sample {
    let (what, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = match what.split_once('{') {
        None => (what, ""),
        Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
    };
    let word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !text.is_empty();
    assert!(word(name), "{line}");
    let labels = labels.split(',').filter(|label| !label.is_empty()).map(|label| {
        let (key, value) = label.split_once('=').unwrap();
        assert!(word(key), "{line}");
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        (key.to_owned(), value.unwrap().to_owned())
    });
    Sample {
        name: name.to_owned(),
        labels: labels.collect(),
        value: value.parse().unwrap(),
    }
}
