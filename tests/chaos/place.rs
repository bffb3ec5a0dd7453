//! An embedded AWS behind a port, which nobody's death takes along.

use std::sync::LazyLock;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use trueup::sandbox::world::World;
use trueup::sandbox::{Options, Sandbox, Server, Speed};

/// The servers' own threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub struct Place {
    pub sandbox: Sandbox,
    pub address: String,
    serves: JoinHandle<()>,
}

impl Place {
    /// One with nothing in it.
    pub fn empty() -> Self {
        Place::of(&Sandbox::open(Options::default()).unwrap().look(World::clone))
    }

    /// One that holds a world, in which time hardly passes.
    pub fn of(world: &World) -> Self {
        let sandbox = Sandbox::open(Options { speed: STILL, begin: Some(world.now), ..Options::default() }).unwrap();
        sandbox.change(|place| *place = world.clone()).unwrap();
        let server = RUNTIME.block_on(Server::bind(sandbox.clone(), 0)).unwrap();
        let address = format!("http://{}", server.address().unwrap());
        let serves = RUNTIME.spawn(async move { server.run(std::future::pending()).await.unwrap() });
        Place { sandbox, address, serves }
    }

    /// Makes something go wrong from now on.
    pub fn fault(&self, faults: &[&str]) {
        self.sandbox.set_faults(faults.iter().map(|fault| fault.parse().unwrap()).collect());
    }

    pub fn world(&self) -> World {
        self.sandbox.look(World::clone)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.serves.abort();
    }
}

/// Whatever is on its way stays there.
pub const STILL: Speed = Speed::Times(0.001);
