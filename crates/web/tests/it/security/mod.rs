//! The black-box checks of the security list (groups "Discovery and keys", "Authorization endpoint", "Token
//! endpoint", "Tokens", "Login pages and session", "Credentials and recovery", "Brokered login", "Robustness and operation"),
//! by number.
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
//! | A-022 | `bad_input::jwts` (canary); request objects: `conformance::requests`, `brand::a_logo_is_fetched_only_from_where_the_guard_lets_us` |
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
//! | A-043 | `bad_input::codes::a_secret_of_one_kind_is_no_code_and_no_token`, `login::device::a_code_serves_its_own_client_and_no_other_kind_of_secret_serves`, `challenge::an_auth_session_is_good_once_for_its_own_client_and_for_an_hour` |
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
//! | A-058 | `security::tokens::a_058_stale_rights_end_at_once`, `security::tokens::a_058_a_disabled_client_gets_and_keeps_nothing`, `refresh::a_lost_membership_is_refused`, `login::leaving::whoever_leaves_is_out_at_once_and_may_come_back_within_the_time` |
//! | A-059 | `security::tokens::a_059_a_refresh_token_has_an_idle_and_an_absolute_end`, `security::endings::grants_and_sign_ins_outlive_a_restart_and_so_do_their_ends` |
//! | A-060 | `login::device::a_060_another_session_neither_takes_a_code_over_nor_answers_for_it`, `login::device::a_060_guessed_codes_are_throttled_by_source_and_by_account`, `login::device::a_060_a_hasty_device_slows_down_and_a_late_one_begins_again`, `security::races::a_060_fifty_questions_with_one_device_code` |
//! | A-061 | `delegation::an_exchange_never_widens`, `delegation::nobody_exchanges_what_was_not_sent_to_it` |
//! | A-062 | `security::tokens::a_062_a_063_a_064_tokens_say_what_the_standards_want` |
//! | A-063 | `security::tokens::a_062_a_063_a_064_tokens_say_what_the_standards_want` |
//! | A-064 | `security::tokens::a_062_a_063_a_064_tokens_say_what_the_standards_want` |
//! | A-065 | `security::tokens::a_065_a_token_without_openid_opens_no_userinfo`, `bad_input::jwts::genuine_tokens_of_another_kind_are_refused` |
//! | A-066 | `bad_input::jwts::no_forged_access_token_opens_userinfo`, `bad_input::jwts::no_forged_access_token_is_active`, `bad_input::jwts::no_forged_hint_is_believed` |
//! | A-067 | `bad_input::jwts::no_forged_access_token_opens_userinfo`, `bad_input::jwts::an_opaque_token_with_any_byte_changed_is_refused` |
//! | A-068 | `bad_input::jwts::genuine_tokens_of_another_kind_are_refused`, `introspect::a_token_is_told_to_its_client_and_to_the_resources_it_is_for`, `account_api::only_a_token_with_the_scope_for_this_issuer_of_a_living_session_is_admitted` |
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
//! | A-077 | `security::pages::a_077_cookies_have_every_guard` |
//! | A-078 | `login::password::every_sign_in_has_a_new_cookie_and_a_planted_one_is_worth_nothing` |
//! | A-079 | `login::password::a_flow_belongs_to_its_browser_and_lasts_an_hour` |
//! | A-080 | `security::pages::a_080_a_082_a_cross_site_post_signs_nobody_in` |
//! | A-081 | `security::pages::a_081_no_form_acts_without_the_token_of_its_own_session`, `login::bad_input::a_post_from_another_site_or_without_the_form_token_does_nothing` |
//! | A-082 | `security::pages::a_080_a_082_a_cross_site_post_signs_nobody_in` |
//! | A-083 | `security::authorization::a_083_an_approval_is_for_the_request_that_was_shown` |
//! | A-084 | `login::bad_input::consent_counts_for_the_person_who_was_asked` |
//! | A-085 | `login::bad_input::a_later_step_posted_first_leads_back_to_the_first_unmet_one` |
//! | A-087 | `security::pages::a_087_a_way_back_is_a_page_of_ours` |
//! | A-088 | `security::pages::a_088_a_089_every_page_forbids_what_it_does_not_need` |
//! | A-089 | `security::pages::a_088_a_089_every_page_forbids_what_it_does_not_need` |
//! | A-091 | `security::pages::a_091_stored_and_typed_probes_are_text` |
//! | A-092 | `brand::a_logo_is_fetched_once_and_everybody_gets_our_copy_in_a_sandbox`, `brand::what_is_no_small_picture_is_not_shown_and_the_initial_stands_in` |
//! | A-093 | `security::pages::a_093_a_094_an_old_cookie_leads_to_the_sign_in_page` |
//! | A-094 | `security::pages::a_093_a_094_an_old_cookie_leads_to_the_sign_in_page` |
//! | A-095 | `login::account::a_session_dies_of_idleness_and_age` |
//! | A-096 | `login::account::a_session_is_ended_by_its_owner_only`, `account_api::addresses_devices_and_apps_are_governed_by_their_person_alone` |
//! | A-097 | `login::password::a_known_and_an_unknown_address_are_answered_alike`, `challenge::whether_an_address_has_an_account_shows_in_no_answer`, `login::sign_up::a_taken_address_is_answered_alike_and_told_by_mail`, `login::emails::nobody_is_told_whether_another_account_has_an_address` |
//! | A-098 | `security::timing::a_098_a_wrong_password_takes_the_same_time`, `security::timing::a_098_asking_for_a_link_takes_the_same_time`, `security::timing::a_098_asking_for_a_new_password_takes_the_same_time`, `login::same_answer::signing_up_takes_as_long_with_a_taken_address` |
//! | A-099 | `security::credentials::a_099_long_passwords_count_in_characters_and_a_megabyte_costs_no_hash` |
//! | A-100 | `security::credentials::a_100_passwords_that_differ_late_or_by_a_space_are_two` |
//! | A-101 | `security::credentials::a_101_two_nodes_count_together`, `security::credentials::a_101_a_restart_forgets_no_failure`, `login::password::spelling_proxies_and_browsers_share_one_count_and_the_right_password_is_answered_like_a_wrong_one`, `login::password::parallel_guesses_count_each_other` |
//! | A-102 | `security::credentials::a_102_a_home_network_is_one_source_and_what_it_says_of_itself_is_not_believed` |
//! | A-103 | `login::password::one_password_over_many_accounts_throttles_the_source` |
//! | A-104 | `challenge::guesses_are_throttled_by_the_persons_address_and_by_account`, `security::credentials::a_104_while_throttled_the_right_password_is_answered_byte_for_byte_like_a_wrong_one` |
//! | A-105 | `security::credentials::a_105_whoever_guesses_locks_nobody_out_of_a_session_or_a_known_browser`, `security::credentials::a_105_whoever_has_mails_sent_to_somebody_uses_up_none_of_a_known_browser`, `login::password::strangers_cannot_lock_a_browser_that_signed_in_before` |
//! | A-110 | `login::links::in_the_browser_that_asked_one_click_finishes_and_looking_spends_nothing`, `login::not_me::the_button_of_the_mail_locks_a_stranger_out_and_leads_to_a_new_password` |
//! | A-111 | `login::links::opened_elsewhere_it_signs_in_there_and_never_the_first_browser` |
//! | A-112 | `security::races::a_112_twenty_presses_of_one_link`, `login::links::of_twenty_parallel_presses_one_signs_in`, `login::links::a_newer_link_voids_the_older_and_fifteen_minutes_void_both`, `login::not_me::of_fifty_who_press_one_locks_out_and_one_mail_goes` |
//! | A-113 | `bad_input::transport::forged_host_and_forwarded_headers_change_nothing` |
//! | A-114 | `security::credentials::a_114_a_mail_has_one_recipient_who_was_written_as_one` |
//! | A-115 | `security::credentials::a_115_a_reset_is_for_the_account_of_its_link_and_works_once` |
//! | A-117 | `login::sign_up::who_signed_up_first_with_somebody_elses_address_holds_nothing`, `provider::hijack::classic_federated_merge_gives_the_squatter_nothing`, `provider::hijack::unexpired_session_ends_when_the_owner_comes`, `provider::hijack::trojan_identifier_is_gone_when_the_owner_comes`, `provider::hijack::trojan_address_is_gone_when_the_owner_comes`, `provider::hijack::unexpired_email_change_takes_no_account_over`, `provider::hijack::non_verifying_provider_opens_nothing_once_the_owner_came`, `login::not_me::a_stranger_who_changed_the_address_is_out_all_the_same` |
//! | A-120 | `server::commands::the_first_administrator_gets_in_by_a_link_that_works_once` |
//! | A-121 | `provider::bad_answers::an_answer_that_is_foreign_replayed_or_made_up_is_a_page_with_a_way_back` |
//! | A-122 | `provider::bad_answers::a_token_that_lies_signs_nobody_in_and_the_check_is_named` |
//! | A-123 | `provider::bad_answers::a_text_true_proves_no_address`, `provider::accounts::an_account_with_the_same_proved_address_is_linked_only_after_its_password` |
//! | A-124 | `provider::accounts::the_same_subject_of_another_provider_or_issuer_is_somebody_else` |
//! | A-125 | `provider::bad_answers::a_provider_switched_off_while_somebody_is_there_signs_nobody_in` |
//! | A-126 | `provider::bad_answers::an_answer_mixed_up_is_refused_before_its_code_goes_anywhere` |
//! | A-127 | `provider::bad_answers::a_provider_that_stalls_is_given_up_and_holds_up_nobody`, `provider::bad_answers::who_floods_fails_or_leads_astray_is_left` |
//! | digits reused, from another session | `security::credentials::digits_of_another_session_are_wrong_and_used_ones_are_over`, `login::phone::digits_fit_the_tab_the_person_and_the_newest_message_only` |
//! | digits guessed | `login::links::digits_have_five_tries`, `login::phone::five_wrong_tries_are_the_last_and_another_number_can_be_used`, `login::emails::digits_are_tried_five_times_in_the_session_of_who_asked_and_die_in_minutes` |
//! | digits in parallel | `login::races`, `login::phone::of_twenty_with_the_right_digits_one_adds_the_phone`, `login::emails::of_two_who_prove_an_address_at_once_one_has_it` |
//! | text messages that cost | `login::phone::one_number_and_one_person_have_their_share_and_the_country_keeps_its_own`, `login::phone::neighbouring_numbers_share_a_cap`, `login::phone::a_country_has_a_cap_in_the_hour` |
//! | a phone is no factor | `login::phone::a_phone_is_no_way_in_and_no_way_back` |
//! | a change wants a fresh sign-in | `login::emails::an_old_sign_in_is_confirmed_before_an_address_changes`, `account_api::what_is_sensitive_wants_a_sign_in_as_fresh_as_the_tokens_own` |
//! | passwords known from breaches | `login::breached::a_password_of_the_list_is_refused_at_sign_up_change_and_reset`, `login::breached::a_source_that_fails_keeps_nobody_out_and_rests_for_a_while` |
//! | A-135 | `account_api::the_profile_is_read_and_patched_member_by_member` |
//! | A-138 | `login::leaving::after_the_time_everything_is_erased_and_the_address_is_free` |
//! | A-139 | in the server: `listen::tests::two_thousand_headers_..`, `whoever_sends_ten_megabytes_..`; `bad_input::transport` |
//! | A-140 | in the server: `listen::tests::slow`, `silent_and_dripping_..`, `when_there_is_no_room_..` |
//! | A-143 | in the server: `listen::framing::tests`, `listen::tests::two_ways`, `listen::tests::honest` |
//! | A-141 | the hashing pool's own tests, in `countersign-keys` |
//! | A-142, A-144 | `bad_input::transport` |
//! | A-145, A-146 | `canaries` |
//! | A-147 | `pages::a_147_..` |

mod authorization;
mod canaries;
mod credentials;
mod endings;
mod pages;
mod races;
mod timing;
mod tokens;

/// No numbers of the security list, or of a second factor, which nobody can enrol yet.
const NOT_HERE: [i32; 11] = [48, 74, 86, 90, 106, 107, 108, 109, 116, 118, 119];

/// Every check from that the security list has names tests that exist.
#[test]
fn the_table_names_tests_that_are_there() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let table = std::fs::read_to_string(here.join("security/mod.rs")).unwrap();
    for number in (34..=127).filter(|it| !NOT_HERE.contains(it)) {
        let row = format!("//! | A-{number:03} | `");
        let row = table.lines().find(|line| line.starts_with(&row)).unwrap_or_else(|| panic!("{row}"));
        let named: Vec<_> =
            row.split('`').skip(1).step_by(2).filter(|it| it.matches("::").count() > 0).collect();
        let ours = named.iter().filter(|it| !["oauth::registration", "listen::tests"].contains(it));
        let mut seen = 0;
        for name in ours {
            let (module, test) = name.rsplit_once("::").unwrap();
            let path = match module.strip_prefix("server::") {
                Some(module) => here.join("../../../server/tests/it").join(module.replace("::", "/")),
                None => here.join(module.replace("::", "/")),
            };
            let text = std::fs::read_to_string(path.with_extension("rs"))
                .or_else(|_| std::fs::read_to_string(path.join("mod.rs")))
                .unwrap_or_else(|_| panic!("{name}"));
            assert!(text.contains(&format!("fn {test}(")), "A-{number:03}: {name}");
            seen += 1;
        }
        assert!(seen > 0, "A-{number:03}");
    }
}
