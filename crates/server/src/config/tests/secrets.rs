//! Secrets stand beside the file, never in it.

use super::*;

#[test]
fn secrets_in_the_file_are_refused_with_the_way_to_do_it() {
    for (rest, line, mend) in [
        ("master_key = \"x\"\n", 4, "use `master_key_env`, `master_key_file`"),
        (
            "[smtp]\nhost = \"m\"\nfrom = \"a@b.test\"\npassword = \"x\"\n",
            7,
            "use `password_env`, `password_file`",
        ),
        (
            "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.test/\"]\nclient_secret = \"x\"\ntoken_endpoint_auth_method = \"none\"\n",
            7,
            "use `client_secret_env`, `client_secret_file`, `client_secret_sha256`",
        ),
        (
            "[[user]]\nemail = \"a@b.test\"\npassword = \"x\"\n",
            6,
            "use `password_env`, `password_file`, `password_hash`",
        ),
        (
            "database = \"postgres://u:hunter2@h/d\"\n",
            4,
            "use `database_password_env` or `database_password_file`, or set COUNTERSIGN__DATABASE",
        ),
    ] {
        let problems = check(rest).unwrap_err();
        let [problem] = problems.0.as_slice() else { panic!("{problems}") };
        assert_eq!(problem.place.to_string(), format!("{FILE}:{line}:1"));
        assert_eq!(problem.mend, mend);
        assert!(!problems.to_string().contains("hunter2"));
    }
}

#[test]
fn missing_empty_placeholder_and_short_secrets_are_refused_and_named() {
    let client = "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.test/\"]\n";
    for (key, says) in [
        ("client_secret_file = \"gone\"", "cannot be read"),
        ("client_secret_file = \"empty\"", "is empty"),
        ("client_secret_file = \"placeholder\"", "is a placeholder"),
        ("client_secret_env = \"SHORT\"", "is shorter than 32"),
        ("client_secret_env = \"UNSET\"", "UNSET is not set"),
        ("client_secret_env = \"LONG\"\nclient_secret_file = \"secret\"", "both written"),
        ("client_secret_sha256 = \"abc\"", "64 hexadecimal"),
    ] {
        let mut world = world(&format!("{BASE}{client}{key}\n"));
        world.variables.insert("SHORT", "q3Zk9vXyT1");
        world.variables.insert("LONG", SECRET);
        let problems = load(Path::new(FILE), &world).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{key}: {problems}");
        assert!(problems.0[0].what.contains(says), "{key}: {problems}");
        assert!(matches!(problems.0[0].place, Place::File { line: 7 | 8, .. }));
        assert!(!problems.to_string().contains("q3Zk9"));
    }
    let no_key = load(Path::new(FILE), &world("version = 1\nissuer = \"https://a.test\"\n")).unwrap_err();
    assert!(no_key.to_string().contains("`master_key_file` is missing"));
}
