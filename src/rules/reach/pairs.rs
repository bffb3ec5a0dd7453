//! The pairs that a stack says should talk, each with the reason and the verdict.

use super::mentions::{Mention, mentions, outside};
use super::read::{Place, Reach, is_plain};
use crate::core::address::Address;
use crate::core::reach::{End, Host, Net, Port, Talk, Verdict};
use crate::core::view::{Seen, View};
use crate::kinds::ecr::repository::Repository;
use crate::kinds::ecs::container::{Container, LogDriver};
use crate::kinds::ecs::service::{self, Service};
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::{self, Listener};
use crate::kinds::elbv2::listener_rule::ListenerRule;
use crate::kinds::elbv2::load_balancer::{LoadBalancer, Scheme};
use crate::kinds::elbv2::target_group::{TargetGroup, TargetType};
use foldhash::HashMap;
use std::collections::BTreeSet;

/// Two ends that should talk.
#[derive(Debug, Clone)]
pub struct Pair {
    pub talk: Talk,
    pub why: Why,
    /// The node that wants it: the service, or the load balancer.
    pub user: Address,
    /// The node that it should reach, if that is one of the stack's.
    pub used: Option<Address>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A load balancer sends requests.
    Traffic,
    /// It checks health on a port of its own; `used` is the target group.
    Health,
    /// People come to a listener.
    Listener,
    /// The environment names a database, a cache, a search domain or a load balancer.
    Named,
    /// A task does not start without it.
    Start,
    /// The environment names something of AWS or of the internet, or somebody may open a shell.
    Later,
}

/// All of them, in order of address.
pub struct Pairs(pub Vec<Pair>);

impl Pairs {
    pub fn of(view: &View<'_>) -> Self {
        let reach = view.derived(Reach::of);
        let mut all = Finder { view, reach: &reach, found: Vec::new(), by_user: HashMap::default() };
        all.listeners();
        all.targets();
        all.services();
        Pairs(all.found)
    }
}

/// The reason why two should talk.
#[derive(Clone, Copy)]
struct Reason<'r> {
    user: &'r Address,
    used: Option<&'r Address>,
    why: Why,
    words: &'r str,
}

struct Finder<'v, 'a> {
    view: &'v View<'a>,
    reach: &'v Reach,
    found: Vec<Pair>,
    by_user: HashMap<Address, Vec<usize>>,
}

impl Finder<'_, '_> {
    fn net(&self) -> &Net {
        &self.reach.net
    }

    fn add(&mut self, reason: Reason<'_>, from: &End, to: &End, port: Port) {
        let verdict = self.net().flow(from, to, port);
        self.note(reason, [from.name(), to.name()], port, verdict);
    }

    fn note(&mut self, reason: Reason<'_>, names: [String; 2], port: Port, verdict: Verdict) {
        let Reason { user, used, why, words } = reason;
        let [from, to] = names;
        let same = |one: &Pair| one.talk.from == from && one.talk.to == to && one.talk.port == port;
        let of_user = self.by_user.entry(user.clone()).or_default();
        if !of_user.iter().map(|at| &self.found[*at]).any(|one| same(one) && one.why <= why) {
            of_user.push(self.found.len());
            let talk = Talk { from, to, port, why: words.to_owned(), verdict };
            self.found.push(Pair { talk, why, user: user.clone(), used: used.cloned() });
        }
    }

    /// People to the listeners of load balancers that face the internet.
    fn listeners(&mut self) {
        for (seen, _) in self.view.all::<LoadBalancer>().filter(|(_, spec)| spec.scheme == Scheme::InternetFacing) {
            let Some(host) = self.reach.host(seen.address) else { continue };
            for (listener, of) in listeners(self.view, seen) {
                if let Some(port) = port_of(of) {
                    let words = format!("it listens there as `{}`", listener.address);
                    let to = End::Host(host.clone());
                    self.add(
                        Reason { user: seen.address, used: Some(listener.address), why: Why::Listener, words: &words },
                        &End::Internet,
                        &to,
                        port,
                    );
                }
            }
        }
    }

    /// Load balancers to the tasks behind them, by the port of the container and by that of health checks.
    fn targets(&mut self) {
        for (seen, spec) in self.view.all::<Service>() {
            let Some(to) = self.reach.host(seen.address) else { continue };
            let task = self.view.target::<TaskDefinition>(&spec.task_definition_arn);
            // A port that no container has is another fault, with a rule of its own.
            let listens = |port| task.is_none_or(|(_, task)| task.containers.iter().any(|one| has_port(one, port)));
            for behind in spec.load_balancers.iter().filter(|behind| listens(behind.container_port)) {
                let second = behind.advanced_configuration.as_ref().map(|advanced| &advanced.alternate_target_group_arn);
                for arn in [Some(&behind.target_group_arn), second].into_iter().flatten() {
                    self.target(seen, to, behind, arn);
                }
            }
        }
    }

    fn target(&mut self, service: &Seen<'_>, to: &Host, behind: &service::LoadBalancer, arn: &str) {
        let Some((group, of)) = self.view.target::<TargetGroup>(arn) else { return };
        // The address of the client is kept for UDP, and instances are no tasks of Fargate.
        if of.target_type != TargetType::Ip || matches!(of.protocol, Protocol::UDP | Protocol::TCP_UDP) {
            return;
        }
        for balancer in before(self.view, group.address) {
            let Some(from) = self.reach.host(balancer.address) else { continue };
            let (from, to) = (End::Host(from.clone()), End::Host(to.clone()));
            let port = Port::tcp(behind.container_port);
            self.add(
                Reason { user: balancer.address, used: Some(service.address), why: Why::Traffic, words: "it sends requests there" },
                &from,
                &to,
                port,
            );
            if let Ok(number) = of.health_check.port.parse::<u16>()
                && number != behind.container_port
            {
                self.add(
                    Reason { user: balancer.address, used: Some(group.address), why: Why::Health, words: "it checks health there" },
                    &from,
                    &to,
                    Port::tcp(number),
                );
            }
        }
    }

    fn services(&mut self) {
        for (seen, spec) in self.view.all::<Service>() {
            let Some(host) = self.reach.host(seen.address) else { continue };
            let from = End::Host(host.clone());
            if let Some((_, task)) = self.view.target::<TaskDefinition>(&spec.task_definition_arn) {
                for container in &task.containers {
                    self.start(seen, spec, &from, container);
                    self.environment(seen, &from, container);
                }
            }
            if spec.enable_execute_command {
                let words = "the shells of `enable_execute_command`";
                self.service(seen, &from, Why::Later, "ssmmessages", words);
            }
        }
    }

    fn service(&mut self, user: &Seen<'_>, from: &End, why: Why, name: &str, words: &str) {
        self.add(Reason { user: user.address, used: None, why, words }, from, &End::Service(name.into()), Port::tcp(443));
    }

    fn regional(&mut self, user: &Seen<'_>, from: &End, name: &str, region: &str, words: &str) {
        // Endpoints are of one region: another one's is reached over the internet.
        match region == self.view.scope.region {
            true => self.service(user, from, Why::Start, name, words),
            false => self.add(Reason { user: user.address, used: None, why: Why::Start, words }, from, &End::Internet, Port::tcp(443)),
        }
    }

    /// The things that a task on Fargate reaches by its own interface before it runs, since platform version 1.4.0.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html>
    fn start(&mut self, seen: &Seen<'_>, spec: &service::Spec, from: &End, container: &Container) {
        if ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].contains(&spec.platform_version.as_str()) {
            return;
        }
        self.image(seen, from, container);
        if let Some(log) = container
            .log_configuration
            .as_ref()
            .filter(|log| log.log_driver == LogDriver::Awslogs && !log.options.contains_key("awslogs-endpoint"))
        {
            let region = log.options.get("awslogs-region").filter(|region| is_plain(region)).cloned();
            let region = region.unwrap_or_else(|| self.view.scope.region.clone());
            self.regional(seen, from, "logs", &region, &format!("the log of `{}`", container.name));
        }
        for (name, value) in &container.secrets {
            let words = format!("the secret `{name}`");
            let parts = value.split(':').collect::<Vec<_>>();
            match parts.as_slice() {
                ["arn", _, service @ ("secretsmanager" | "ssm"), region, ..] => self.regional(seen, from, service, region, &words),
                _ => match mentions(self.view, value).first() {
                    Some(_) => self.service(seen, from, Why::Start, "secretsmanager", &words),
                    None if is_plain(value) && !value.starts_with("arn:") => self.service(seen, from, Why::Start, "ssm", &words),
                    None => {}
                },
            }
        }
    }

    fn image(&mut self, seen: &Seen<'_>, from: &End, container: &Container) {
        let words = format!("the image of `{}`", container.name);
        let uri = |uri: &str| container.image.starts_with(uri);
        let own = self.view.all::<Repository>().any(|(repository, _)| repository.output("uri").is_some_and(|own| uri(&own)));
        let registry = container.image.split('/').next().unwrap_or_default();
        let region = match registry.split('.').collect::<Vec<_>>().as_slice() {
            [_, "dkr", "ecr", region, "amazonaws", ..] => Some((*region).to_owned()),
            _ => own.then(|| self.view.scope.region.clone()),
        };
        match region {
            // Layers are fetched from S3. https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
            Some(region) => ["ecr.api", "ecr.dkr", "s3"].iter().for_each(|name| self.regional(seen, from, name, &region, &words)),
            None if is_plain(&container.image) && is_of_internet(&container.image) => {
                self.add(Reason { user: seen.address, used: None, why: Why::Start, words: &words }, from, &End::Internet, Port::tcp(443));
            }
            None => {}
        }
    }

    fn environment(&mut self, seen: &Seen<'_>, from: &End, container: &Container) {
        // With a proxy, whatever is outside is reached by it.
        let proxy = container.environment.keys().any(|name| name.to_ascii_uppercase().contains("PROXY"));
        for (name, value) in container.environment.iter().chain(&container.secrets) {
            let words = format!("`{name}` names it");
            for Mention { address, output } in mentions(self.view, value) {
                if address != *seen.address {
                    self.named(seen, from, &address, &output, &words);
                }
            }
        }
        for (name, value) in container.environment.iter().filter(|_| !proxy) {
            if let Some((host, port)) = outside(value) {
                let words = format!("{host} of `{name}`");
                self.add(Reason { user: seen.address, used: None, why: Why::Later, words: &words }, from, &End::Internet, Port::tcp(port));
            }
        }
    }

    fn named(&mut self, seen: &Seen<'_>, from: &End, address: &Address, output: &str, words: &str) {
        if let Some((balancer, _)) = self.view.get::<LoadBalancer>(address).filter(|_| output == "dns_name") {
            return self.balancer(seen, from, balancer, words);
        }
        let Some(Place { end, port: Some(port), .. }) = self.reach.places.get(address) else { return };
        let (end, port) = (end.clone(), *port);
        match (&end, output) {
            (End::Host(_) | End::Internet, "host" | "reader_host" | "endpoint" | "secret_arn") => {
                self.add(Reason { user: seen.address, used: Some(address), why: Why::Named, words }, from, &end, port);
            }
            // A secret that ECS gives to the container was read before it started.
            (End::Service(name), "arn" | "name") if matches!(name.as_str(), "s3" | "sns") => {
                let name = name.clone();
                self.service(seen, from, Why::Later, &name, words);
            }
            (End::Host(_) | End::Internet | End::Range(_) | End::Service(_), _) => {}
        }
    }

    fn balancer(&mut self, seen: &Seen<'_>, from: &End, balancer: &Seen<'_>, words: &str) {
        let ports = listeners(self.view, balancer).into_iter().filter_map(|(_, listener)| port_of(listener));
        let ways = ports.map(|port| (port, to_balancer(self.view, self.reach, from, balancer.address, port)));
        let best = ways.reduce(|one, two| if two.1.is_open() && !one.1.is_open() { two } else { one });
        if let Some((port, verdict)) = best {
            let names = [from.name(), balancer.address.to_string()];
            self.note(Reason { user: seen.address, used: Some(balancer.address), why: Why::Named, words }, names, port, verdict);
        }
    }
}

/// Answers the flow to a load balancer by its name. The name of one that faces the internet leads to its public addresses.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html>
pub fn to_balancer(view: &View<'_>, reach: &Reach, from: &End, balancer: &Address, port: Port) -> Verdict {
    let (Some(host), Some((_, spec))) = (reach.host(balancer), view.get::<LoadBalancer>(balancer)) else {
        return Verdict::Unknown(Vec::new(), format!("`{balancer}` is no load balancer"));
    };
    let to = End::Host(host.clone());
    match (from, spec.scheme) {
        (End::Host(_), Scheme::InternetFacing) => {
            reach.net.flow(from, &End::Internet, port).then(|| reach.net.flow(&End::Internet, &to, port))
        }
        (End::Host(_), Scheme::Internal) | (End::Internet | End::Range(_) | End::Service(_), _) => reach.net.flow(from, &to, port),
    }
}

/// Registries of the internet. Any other one may be somebody's own, in a network that the stack does not know.
const REGISTRIES: [&str; 14] = [
    "docker.io",
    "public.ecr.aws",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "registry.gitlab.com",
    "mcr.microsoft.com",
    "registry.k8s.io",
    "nvcr.io",
    "lscr.io",
    "docker.elastic.co",
    "pkg.dev",
    "cgr.dev",
    "index.docker.io",
];

/// True for an image of a registry of the internet; one that names no registry is Docker Hub's.
/// <https://docs.docker.com/reference/cli/docker/image/tag/>
fn is_of_internet(image: &str) -> bool {
    let Some((registry, _)) = image.split_once('/') else { return true };
    let is_host = registry.contains(['.', ':']) || registry == "localhost";
    !is_host || REGISTRIES.iter().any(|known| registry.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

fn has_port(container: &Container, port: u16) -> bool {
    container.port_mappings.iter().any(|mapping| mapping.container_port == port)
}

/// Returns the listeners of a load balancer.
pub fn listeners<'v, 'a>(view: &'v View<'a>, balancer: &Seen<'_>) -> Vec<(&'v Seen<'a>, &'v listener::Spec)> {
    let of = |spec: &listener::Spec| {
        view.target::<LoadBalancer>(&spec.load_balancer_arn).is_some_and(|(seen, _)| seen.address == balancer.address)
    };
    view.users::<Listener>(balancer.address).filter(|(_, spec)| of(spec)).collect()
}

/// Returns the port of a listener for TCP; None if it takes UDP.
pub fn port_of(listener: &listener::Spec) -> Option<Port> {
    let number = u16::try_from(listener.port).ok()?;
    (!matches!(listener.protocol, Protocol::UDP | Protocol::TCP_UDP)).then(|| Port::tcp(number))
}

/// Returns the load balancers that forward to a target group.
pub fn before<'v, 'a>(view: &'v View<'a>, group: &Address) -> Vec<&'v Seen<'a>> {
    let is_it = |arn: &String| view.target::<TargetGroup>(arn).is_some_and(|(seen, _)| seen.address == group);
    let forwards = |action: &Action| action.target_group_arns().iter().any(is_it);
    let rules = view.users::<ListenerRule>(group).filter(|(_, rule)| forwards(&rule.action));
    let by_rule = rules.filter_map(|(_, rule)| view.target::<Listener>(&rule.listener_arn).map(|(_, listener)| listener));
    let by_default = view.users::<Listener>(group).filter(|(_, listener)| forwards(&listener.default_action)).map(|(_, listener)| listener);
    let mut known = BTreeSet::new();
    let balancers = by_rule.chain(by_default).filter_map(|listener| view.target::<LoadBalancer>(&listener.load_balancer_arn));
    balancers.map(|(seen, _)| seen).filter(|seen| known.insert(seen.address)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_of_ones_own_is_told_from_those_of_the_internet() {
        for image in ["nginx", "nginx:1.29", "grafana/grafana:12", "ghcr.io/acme/web:1", "europe-docker.pkg.dev/acme/web/app:2"] {
            assert!(is_of_internet(image), "{image}");
        }
        for image in ["registry.acme.io/web:1", "localhost/web", "harbor:5000/web", "notghcr.io/web"] {
            assert!(!is_of_internet(image), "{image}");
        }
    }
}
