//! Only tests: our MCTP code against crates by others. See README.md.
