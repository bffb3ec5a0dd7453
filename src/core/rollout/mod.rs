//! A rollout: a new revision of a service takes the traffic over in steps, is watched, and goes back when it is worse.
//!
//! ECS runs the deployment. It waits at hooks for somebody to tell it to go on, and goes back by itself when nobody does; so all that
//! is decided here is whether it may. Nothing of a rollout is remembered: [`observation`] is read from AWS each time, by whoever
//! looks, and [`decide`](decide::decide) is a function of that, of the [`policy`] in the file, and of the time.
//!
//! ECS's side of it: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html> and
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html>.

pub mod decide;
pub mod hidden;
pub mod judge;
pub mod look;
pub mod monitor;
mod monitor_words;
pub mod notify;
pub mod observation;
pub mod owed;
pub mod past;
pub mod phases;
pub mod policy;
pub mod preflight;
pub mod record;
pub mod release;
pub mod smoke;
pub mod statistics;
pub mod task_log;
pub mod told;
pub mod words;
