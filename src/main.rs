//! The `trueup` binary.

fn main() -> trueup::cmd::exit::Exit {
    trueup::cmd::main()
}
