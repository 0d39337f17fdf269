//! What to say of the providers that people sign in with.

use countersign_outbound::upstream::Probed;

use super::super::{Finding, State};

/// What came of asking a provider.
pub(in crate::doctor) struct Asked {
    pub(in crate::doctor) name: String,
    pub(in crate::doctor) callback: String,
    pub(in crate::doctor) found: Result<Probed, String>,
}

pub(in crate::doctor) fn providers(asked: &[Asked]) -> Vec<Finding> {
    asked.iter().map(provider).collect()
}

fn provider(asked: &Asked) -> Finding {
    const CHECK: &str = "provider";
    let Asked { name, callback, found } = asked;
    match found {
        Ok(Probed::Ready) => Finding::ok(CHECK, format!("{name} answers and knows this server")),
        Ok(Probed::WrongClient(word)) => Finding::bad(
            CHECK,
            State::Fail,
            format!("{name} does not take client_id and secret ({word})"),
            "whoever signs in with it comes back to an error",
            format!(
                "compare client_id, secret and token_endpoint_auth_method of [[provider]] {name} with what is registered there"
            ),
        ),
        Ok(Probed::WrongCallback(word)) => Finding::bad(
            CHECK,
            State::Fail,
            format!("{name} does not know our redirect URI ({word})"),
            "whoever signs in with it is stopped there",
            format!("register {callback} there"),
        ),
        Ok(Probed::Unclear(word)) => Finding::bad(
            CHECK,
            State::Warn,
            format!("{name} answers with {word}, which does not tell whether it knows this server"),
            "whoever signs in with it may come back to an error",
            format!("sign in with it once, and see that {callback} is registered there"),
        ),
        Err(error) => Finding::bad(
            CHECK,
            State::Fail,
            format!("{name}: {error}"),
            "nobody can sign in with it",
            format!("check the addresses of [[provider]] {name}, and that this machine may reach them"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_well_when_nothing_but_the_code_was_wrong() {
        let judged = |found| {
            provider(&Asked { name: "work".into(), callback: "https://id.example/cb".into(), found }).state
        };
        assert_eq!(judged(Ok(Probed::Ready)), State::Ok);
        assert_eq!(judged(Ok(Probed::WrongClient("invalid_client".into()))), State::Fail);
        assert_eq!(judged(Ok(Probed::WrongCallback("redirect_uri_mismatch".into()))), State::Fail);
        assert_eq!(judged(Ok(Probed::Unclear("invalid_request".into()))), State::Warn);
        assert_eq!(judged(Err("no route".into())), State::Fail);
    }
}
