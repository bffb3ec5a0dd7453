//! For the tests of every service: an answer has to fit its model.

use crate::codec::conform;
use crate::codec::path::Path;
use crate::model::model;
use serde_json::Value;

/// The answer, once its model agrees with it.
pub fn fitting(service: &str, operation: &str, answer: Value) -> Value {
    let model = model(service).unwrap();
    let place = Path::Root;
    match &model.operations[operation].output {
        Some(output) => {
            if let Err(what) = conform::check(model, model.shape(&output.shape), &answer, &place) {
                panic!("{service} {operation} answers what its model does not have: {what}");
            }
        }
        None => {
            let public = answer.as_object().into_iter().flatten().any(|(name, _)| !name.starts_with('_'));
            assert!(!public, "{service} {operation} answers nothing");
        }
    }
    answer
}
