//! A small curve of block letters: one for each minute, the newest at the right.

const LETTERS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Returns the newest values in so many columns, where `most` is as high as it gets. A minute without a value is a gap.
pub(super) fn curve(values: &[Option<f64>], most: f64, columns: usize) -> String {
    let shown = &values[values.len().saturating_sub(columns)..];
    let letter = |value: &Option<f64>| match value.filter(|value| value.is_finite()) {
        None => ' ',
        Some(value) => {
            let step = (value.max(0.0) / most.max(f64::MIN_POSITIVE) * LETTERS.len() as f64).ceil() as usize;
            LETTERS[step.clamp(1, LETTERS.len()) - 1]
        }
    };
    format!("{}{}", " ".repeat(columns - shown.len()), shown.iter().map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_has_its_columns_and_its_gaps() {
        assert_eq!(curve(&[Some(0.0), Some(1.0), None, Some(4.0), Some(8.0)], 8.0, 6), " ▁▁ ▄█");
        assert_eq!(curve(&[Some(9.0), Some(f64::NAN), Some(-1.0), Some(f64::INFINITY)], 8.0, 3), " ▁ ");
        assert_eq!(
            (curve(&[], 1.0, 2), curve(&[Some(1.0)], 0.0, 0), curve(&[Some(0.0)], 0.0, 1)),
            ("  ".into(), String::new(), "▁".into())
        );
    }
}
