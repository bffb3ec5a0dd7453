//! The reason why a version was told to go back, as it stands in a tag of its task definition.
//!
//! ```text
//! trueup:rollback = 7Xb1kq… 7.1 =25 of 183 requests failed=2C 0.2 =25 of 1650 on the old version
//!                   └ the deployment, since a version may be tried again
//! ```
//!
//! A value has 256 characters at most, and of punctuation only `+ - = . _ : / @`. Others are written as `=` and their bytes, so that
//! the rest can be read where AWS shows tags.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>

use crate::core::arn::last_part;
use crate::core::visible::line;

/// The longest value that a tag takes.
const LONGEST: usize = 256;
/// An end that was cut off.
const CUT: &str = "=E2=80=A6";

/// Returns the value of the tag. What is too long is cut off.
#[must_use]
pub fn written(deployment: &str, why: &str) -> String {
    let mut value = format!("{} ", id(deployment));
    let mut cut = 0;
    for letter in line(why).chars() {
        let plain = letter.is_ascii_alphanumeric() || " +-._:/@".contains(letter);
        let mut bytes = [0; 4];
        let piece = match plain {
            true => letter.to_string(),
            false => letter.encode_utf8(&mut bytes).bytes().map(|byte| format!("={byte:02X}")).collect(),
        };
        value += &piece;
        if value.len() <= LONGEST - CUT.len() {
            cut = value.len();
        }
        if value.len() > LONGEST {
            value.truncate(cut);
            return value + CUT;
        }
    }
    value.trim_end().to_owned()
}

/// Returns the reason out of a tag, if it is of this deployment.
#[must_use]
pub fn read(value: &str, deployment: &str) -> Option<String> {
    let (of, _) = value.split_once(' ')?;
    (of == id(deployment)).then(|| read_any(value))?
}

/// Returns the reason out of a tag, whichever deployment it is of.
#[must_use]
pub fn read_any(value: &str) -> Option<String> {
    let (_, text) = value.split_once(' ')?;
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).filter(|_| *first == b'=').and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    // Whoever may tag may write anything.
    Some(line(&String::from_utf8_lossy(&bytes)).into_owned())
}

/// The end of a deployment's ARN.
fn id(deployment: &str) -> &str {
    last_part(deployment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ecs:eu-central-1:123456789012:service-deployment/shop/web/7Xb1kq";

    #[test]
    fn a_reason_is_read_as_it_was_written_in_the_letters_of_tags() {
        for why in [
            "7.1 % of 183 requests failed, 0.2 % of 1650 on the old version",
            "the check `GET /` failed: $.state is \"new\"; a=b",
            "日本 ü",
            "=25",
            "",
            "somebody told it to: arn:aws:iam::123456789012:user/ops",
        ] {
            let value = written(ARN, why);
            assert!(value.chars().all(|letter| letter.is_ascii_alphanumeric() || " _.:/=+-@".contains(letter)), "{value}");
            assert_eq!(read(&value, ARN).unwrap_or_default(), why, "{value}");
            assert_eq!(read(&value, "arn:aws:ecs:eu-central-1:123456789012:service-deployment/shop/web/other"), None);
        }
    }

    #[test]
    fn what_is_too_long_is_cut_between_letters() {
        for letter in ["a", "%", "ü", "日"] {
            let value = written(ARN, &letter.repeat(300));
            assert!(value.len() <= LONGEST, "{}", value.len());
            let read = read(&value, ARN).unwrap();
            assert!(read.ends_with('…') && read.trim_end_matches('…').chars().all(|one| one.to_string() == letter), "{read}");
        }
        let whole = "a".repeat(LONGEST - "7Xb1kq ".len());
        assert_eq!(read(&written(ARN, &whole), ARN), Some(whole));
        assert_eq!(read("7Xb1kq =1B[31m=", ARN).map(|text| text.contains('\u{1b}')), Some(false));
    }
}
