# What one does often. `just` lists them; each recipe is plain cargo, to be copied if just is not at hand.

_list:
    @just --list --unsorted

# All that a change must pass: format, lints, the core alone, every test
check:
    .ci/run

# Format, then the lints
lint:
    cargo fmt --all
    cargo clippy --all-targets -- -D warnings

# Every test; arguments filter: `just test laws`
test *args:
    cargo test {{ args }}

# The pure core alone, in seconds: no SDK, no sandbox
core *args:
    cargo test --no-default-features {{ args }}

# Kill the process at every mutating call of the flagship's life, and let the next one finish: half an hour; goes on where it was left
chaos:
    cargo test --locked --test chaos -- --ignored --nocapture everything

# Search for stacks that break the laws of planning; PROPTEST_RNG_SEED chooses where
laws cases="500":
    PROPTEST_CASES={{ cases }} cargo test --no-default-features --lib laws

# Take what came out as what is expected; read the difference before you commit it
accept *args:
    UPDATE_EXPECT=1 cargo test {{ args }}

# The figures of docs/benchmarks.md, each beside its limit
bench:
    cargo build --release --target-dir target/measured
    cargo bench --no-fail-fast --bench planning --bench typing --bench flagship

# Licences and advisories of what we depend on; needs cargo-deny
deny:
    cargo deny check

# Make the sandbox's models anew from the botocore that they are pinned to
models:
    python3 -m venv target/models-python
    target/models-python/bin/python -m pip install --quiet botocore==1.43.11
    target/models-python/bin/python src/sandbox/models/trim.py
