//! What a request asks of an attack, in the attack's own words.

use super::messages::Attempt;
use crate::attack::{Options, Recipe};

impl Attempt {
    /// The method with what is asked of it.
    pub(super) fn recipe(&self) -> Recipe {
        let Attempt { epsilon, steps, distortion, .. } = *self;
        let eight_bit = self.eight_bit.unwrap_or(false);
        let seed = self.seed.map(u64::from);
        let method = self.method.unwrap_or_default();
        Recipe { method, options: Options { epsilon, steps, distortion, seed, eight_bit } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Method;

    #[test]
    fn a_method_has_one_name_in_requests_and_on_the_command_line() {
        for method in Method::ALL {
            let name = format!("\"{}\"", method.name());
            assert_eq!(serde_json::from_str::<Method>(&name).ok(), Some(method));
            assert_eq!(serde_json::to_string(&method).ok(), Some(name));
        }
        assert!(serde_json::from_str::<Method>("\"guess\"").is_err());
    }

    #[test]
    fn an_attack_is_read_with_its_image_and_options_side_by_side() {
        use super::super::messages::Request;
        let text = r#"{"attack": {"models": [3, 4], "image": [0.5, 1], "method": "pgd-l2",
            "epsilon": 2, "steps": 7, "seed": 9, "eightBit": true}}"#;
        let Ok(Request::Attack(request)) = serde_json::from_str(text) else {
            panic!("an attack");
        };
        assert_eq!((request.models, request.target), (vec![3, 4], None));
        assert_eq!(request.attempt.image.0, [0.5, 1.0]);
        let options = Options {
            epsilon: Some(2.0),
            steps: Some(7),
            distortion: None,
            seed: Some(9),
            eight_bit: true,
        };
        assert_eq!(request.attempt.recipe(), Recipe { method: Method::PgdL2, options });
        for wrong in [r#""steps": -1"#, r#""steps": 1.5"#, r#""epsilon": "much""#] {
            let text = text.replace(r#""steps": 7"#, wrong).replace(r#""epsilon": 2, "#, "");
            assert!(serde_json::from_str::<Request>(&text).is_err(), "{wrong}");
        }
    }
}
