//! The black-box checks of the security list (groups "Discovery and keys", "Authorization endpoint", "Token
//! endpoint", "Tokens", "Login pages and session", "Robustness and operation"), by number.
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
//! | A-026, A-044 | `bad_input::clients::a_client_gets_no_more_than_it_is_registered_for` |
//! | A-027, A-028, A-029, A-030, A-032 | `authorization` |
//! | A-031 | `bad_input::transport::other_methods_are_405_and_do_nothing` |
//! | A-033, A-076 | `logout`, `authorization::a_033_..` |
//! | A-034 | `Tokens::of` in every test, `tokens::a_034_..` |
//! | A-035 | `races` |
//! | A-036, A-037, A-038, A-039, A-041, A-043 | `bad_input::codes` |
//! | A-040 | `bad_input::pkce::a_wrong_verifier_is_refused_and_the_right_one_still_works` |
//! | A-042 | `bad_input::clients`, `bad_input::transport::a_token_in_the_query_or_twice_is_refused` |
//! | A-045 | `bad_input::parameters::each_parameter_twice_is_invalid_request_at_every_endpoint` |
//! | A-046, A-047, A-049 | `bad_input::clients` |
//! | A-050, A-052 | `bad_input::assertions` |
//! | A-051, A-066, A-067, A-068, A-069 | `bad_input::jwts` |
//! | A-053, A-056, A-059 | `tokens::a_053_..`, `a_056_..`, `a_059_..`; after a restart: `endings` |
//! | A-054, A-055 | `races` |
//! | A-060 | `login::device`, `races` |
//! | A-057, A-058, A-062, A-063, A-064, A-065, A-070, A-072, A-073, A-075 | `tokens` |
//! | A-070 | `keys::rotation::a_070_..` (revoked; from a cache of the stated age; two nodes) |
//! | A-149, R-14 | `keys::custody`, `keys::rotation::a_master_key_that_is_not_ours_changes_nothing`; the built program: `server` `keys` |
//! | A-050, A-052 for assertions that are the grant | `assertion_grant` |
//! | A-057, A-068, A-072, A-073 for exchanged tokens | `delegation` |
//! | A-071 | `bad_input::transport::a_token_in_the_query_or_twice_is_refused` |
//! | A-077, A-080, A-082, A-087, A-088, A-089, A-091, A-093, A-094 | `pages` |
//! | A-078, A-079, A-081 | `login::password`, `login::bad_input`, `pages::a_081_..` |
//! | A-083, A-084 | `login::bad_input::consent_counts_for_the_person_who_was_asked`, `authorization::a_083_..` |
//! | A-095, A-096 | `login::account` |
//! | A-097 | `login::password::a_known_and_an_unknown_address_are_answered_alike` |
//! | A-098 | `timing` |
//! | A-110, A-111, A-112 | `login::links`, `races` |
//! | A-113 | `bad_input::transport::forged_host_and_forwarded_headers_change_nothing` |
//! | A-117 | `login::sign_up::who_signed_up_first_with_somebody_elses_address_holds_nothing`, `provider::hijack` (five forms) |
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
