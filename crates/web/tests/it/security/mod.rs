//! The black-box checks of the security list (groups "Discovery and keys", "Authorization endpoint", "Token
//! endpoint", "Tokens", "Login pages and session", "Robustness and operation"), by number.
//! name each test; a test below looks whether they are there. All run on both databases: `scripts/test` runs
//! this crate once more with `COUNTERSIGN_TEST_DATABASE=postgres`.
//!
//! | check | where |
//! |---|---|
//! | A-001 | `bad_input::transport::forged_host_and_forwarded_headers_change_nothing`, `discovery` |
//! | A-003 | `conformance::suite::check_callback`, in every module |
//! | A-004 | `tokens::a_004_..`, `conformance::suite::check_keys` |
//! | A-005, A-006, A-009, A-011 | `bad_input::parameters::an_unknown_client_or_an_unregistered_address_is_a_page` |
//! | A-007 | `bad_input::parameters::only_the_port_of_a_loopback_address_is_free` |
//! | A-008 | `bad_input::parameters::a_missing_redirect_uri_is_a_page` |
//! | A-010 | `bad_input::parameters::each_authorization_parameter_twice_is_a_page_and_never_a_redirect` |
//! | A-012 | `authorization::a_012_..`, `login::password::a_finished_flow_submitted_again_finds_its_end_page` |
//! | A-013 | `authorization::a_013_..` |
//! | A-014, A-018 | `bad_input::transport::a_hostile_state_comes_back_as_it_was_and_runs_nowhere` |
//! | A-016, A-017 | `bad_input::pkce::a_request_without_s256_is_refused` |
//! | A-019, A-020, A-021 | `authorization::a_019_..`, `a_020_..`, `a_021_..` |
//! | A-022 | `bad_input::jwts` (canary); request objects: `conformance::requests` |
//! | A-023, A-024 | `bad_input::pushed` |
//! | A-034 | `security::tokens::a_034_a_good_redemption_states_what_was_granted` |
//! | A-035 | `security::races::a_035_fifty_redemptions_of_one_code` |
//! | A-036 | `bad_input::codes::a_code_used_twice_ends_what_it_bought`, `token::a_replayed_code_kills_what_it_bought` |
//! | A-037 | `bad_input::codes::a_code_of_another_client_is_refused_and_stays_good` |
//! | A-038 | `bad_input::codes::a_code_is_good_for_a_minute` |
//! | A-039 | `bad_input::codes::another_redirect_uri_at_the_token_endpoint_is_refused` |
//! | A-040 | `bad_input::pkce::a_wrong_verifier_is_refused_and_the_right_one_still_works` |
//! | A-041 | `bad_input::codes::a_mutated_code_is_unknown` |
//! | A-042 | `token::requests_that_cannot_be_read_get_the_standards_error`, `token::query_parameters_are_ignored`, `bad_input::transport::other_methods_are_405_and_do_nothing` |
//! | A-043 | `bad_input::codes::a_secret_of_one_kind_is_no_code_and_no_token`, `login::device::a_code_serves_its_own_client_and_no_other_kind_of_secret_serves` |
//! | A-044 | `bad_input::clients::a_client_gets_no_more_than_it_is_registered_for` |
//! | A-045 | `bad_input::parameters::each_parameter_twice_is_invalid_request_at_every_endpoint` |
//! | A-046 | `bad_input::clients::two_ways_to_authenticate_at_once_are_refused` |
//! | A-047 | `bad_input::clients::a_wrong_secret_and_an_unknown_client_get_the_same_answer` |
//! | A-049 | `bad_input::clients::only_the_registered_method_counts` |
//! | A-050 | `bad_input::assertions::oauth21_takes_the_issuer_as_the_sole_audience`, `bad_input::assertions::the_other_claims_are_checked_on_every_profile`, `bad_input::jwts::no_forged_assertion_authenticates_a_client` |
//! | A-051 | `bad_input::jwts::no_forged_assertion_authenticates_a_client` |
//! | A-052 | `bad_input::assertions::an_assertion_is_used_once`, `bad_input::assertions::fifty_parallel_uses_of_an_assertion_authenticate_once` |
//! | A-053 | `security::tokens::a_053_an_old_refresh_token_ends_the_family` |
//! | A-054 | `security::races::a_054_fifty_refreshes_with_one_token`, `security::tokens::a_054_the_grace_is_as_documented` |
//! | A-055 | `security::races::a_055_a_revocation_races_rotations` |
//! | A-056 | `security::tokens::a_056_another_clients_refresh_token_is_refused_and_stays_good` |
//! | A-057 | `security::tokens::a_057_a_refresh_never_widens`, `refresh::more_than_was_granted_is_refused_and_nothing_ends` |
//! | A-058 | `security::tokens::a_058_stale_rights_end_at_once`, `security::tokens::a_058_a_disabled_client_gets_and_keeps_nothing`, `refresh::a_lost_membership_is_refused` |
//! | A-059 | `security::tokens::a_059_a_refresh_token_has_an_idle_and_an_absolute_end`, `security::endings::grants_and_sign_ins_outlive_a_restart_and_so_do_their_ends` |
//! | A-060 | `login::device::a_060_another_session_neither_takes_a_code_over_nor_answers_for_it`, `login::device::a_060_guessed_codes_are_throttled_by_source_and_by_account`, `login::device::a_060_a_hasty_device_slows_down_and_a_late_one_begins_again`, `security::races::a_060_fifty_questions_with_one_device_code` |
//! | A-061 | `delegation::an_exchange_never_widens`, `delegation::nobody_exchanges_what_was_not_sent_to_it` |
//! | A-062 | `security::tokens::a_062_a_063_a_064_tokens_say_what_the_standards_want` |
//! | A-063 | `security::tokens::a_062_a_063_a_064_tokens_say_what_the_standards_want` |
//! | A-064 | `security::tokens::a_062_a_063_a_064_tokens_say_what_the_standards_want` |
//! | A-065 | `security::tokens::a_065_a_token_without_openid_opens_no_userinfo`, `bad_input::jwts::genuine_tokens_of_another_kind_are_refused` |
//! | A-066 | `bad_input::jwts::no_forged_access_token_opens_userinfo`, `bad_input::jwts::no_forged_access_token_is_active`, `bad_input::jwts::no_forged_hint_is_believed` |
//! | A-067 | `bad_input::jwts::no_forged_access_token_opens_userinfo`, `bad_input::jwts::an_opaque_token_with_any_byte_changed_is_refused` |
//! | A-068 | `bad_input::jwts::genuine_tokens_of_another_kind_are_refused`, `introspect::a_token_is_told_to_its_client_and_to_the_resources_it_is_for` |
//! | A-069 | `userinfo::tokens_in_the_wrong_place_or_of_the_wrong_kind_are_refused`; that no client is called like a person: `core` `oauth::registration` |
//! | A-070 | `security::tokens::a_070_keys_rotate_under_use`, `keys::rotation::a_070_what_a_revoked_key_signed_is_refused_at_once_and_its_known_successor_signs` |
//! | A-071 | `bad_input::transport::a_token_in_the_query_or_twice_is_refused` |
//! | A-072 | `security::tokens::a_072_introspection_tells_only_whom_it_concerns`, `introspect::only_clients_that_prove_themselves_may_ask` |
//! | A-073 | `security::tokens::a_073_revocation_ends_what_hangs_together_and_nothing_of_others`, `introspect::revoking_either_token_ends_the_grant` |
//! | A-075 | `security::tokens::a_075_monstrous_tokens_are_refused`; headers: `server` `listen::tests` |
//! | A-076 | `logout::whoever_cannot_prove_it_makes_the_person_decide`, `logout::a_foreign_form_ends_nothing` |
//! | A-026 | `bad_input::clients::a_client_gets_no_more_than_it_is_registered_for` |
//! | A-027, A-028, A-029, A-030, A-032 | `authorization` |
//! | A-031 | `bad_input::transport::other_methods_are_405_and_do_nothing` |
//! | A-033 | `logout`, `authorization::a_033_..` |
//! | A-149, R-14 | `keys::custody`, `keys::rotation::a_master_key_that_is_not_ours_changes_nothing`; the built program: `server` `keys` |
//! | A-050, A-052 for assertions that are the grant | `assertion_grant` |
//! | A-057, A-068, A-072, A-073 for exchanged tokens | `delegation` |
//! | A-077, A-080, A-082, A-087, A-088, A-089, A-091, A-093, A-094 | `pages` |
//! | A-078, A-079, A-081 | `login::password`, `login::bad_input`, `pages::a_081_..` |
//! | A-083, A-084 | `login::bad_input::consent_counts_for_the_person_who_was_asked`, `authorization::a_083_..` |
//! | A-095, A-096 | `login::account` |
//! | A-097 | `login::password::a_known_and_an_unknown_address_are_answered_alike` |
//! | A-098 | `timing` |
//! | A-110, A-111, A-112 | `login::links`, `races` |
//! | A-113 | `bad_input::transport::forged_host_and_forwarded_headers_change_nothing` |
//! | A-117 | `login::sign_up::who_signed_up_first_with_somebody_elses_address_holds_nothing`, `provider::hijack` (five forms) |
//! | A-121, A-122, A-126, A-127 | `provider::bad_answers` |
//! | A-123, A-124 | `provider::accounts`; by table in the core: `login::provider` |
//! | A-139 | in the server: `listen::tests::two_thousand_headers_..`, `whoever_sends_ten_megabytes_..`; `bad_input::transport` |
//! | A-140 | in the server: `listen::tests::slow`, `silent_and_dripping_..`, `when_there_is_no_room_..` |
//! | A-143 | in the server: `listen::framing::tests`, `listen::tests::two_ways`, `listen::tests::honest` |
//! | A-141 | the hashing pool's own tests, in `countersign-keys` |
//! | A-142, A-144 | `bad_input::transport` |
//! | A-145, A-146 | `canaries` |
//! | A-147 | `pages::a_147_..` |

mod authorization;
mod canaries;
mod endings;
mod pages;
mod races;
mod timing;
mod tokens;

/// Every check from that the security list has (A-048 and A-074 are no numbers of it) names tests that exist.
#[test]
fn the_table_names_tests_that_are_there() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let table = std::fs::read_to_string(here.join("security/mod.rs")).unwrap();
    for number in (34..=76).filter(|it| ![48, 74].contains(it)) {
        let row = format!("//! | A-{number:03} | `");
        let row = table.lines().find(|line| line.starts_with(&row)).unwrap_or_else(|| panic!("{row}"));
        let named: Vec<_> =
            row.split('`').skip(1).step_by(2).filter(|it| it.matches("::").count() > 0).collect();
        let ours = named.iter().filter(|it| !["oauth::registration", "listen::tests"].contains(it));
        let mut seen = 0;
        for name in ours {
            let (module, test) = name.rsplit_once("::").unwrap();
            let path = here.join(module.replace("::", "/"));
            let text = std::fs::read_to_string(path.with_extension("rs"))
                .or_else(|_| std::fs::read_to_string(path.join("mod.rs")))
                .unwrap_or_else(|_| panic!("{name}"));
            assert!(text.contains(&format!("fn {test}(")), "A-{number:03}: {name}");
            seen += 1;
        }
        assert!(seen > 0, "A-{number:03}");
    }
}
