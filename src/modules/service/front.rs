//! The front of a service: the load balancer, two target groups, and rules whose weights move between them.

use super::Service;
use super::task::CONTAINER;
use crate::core::module::Nodes;
use crate::core::rollout::smoke::TEST_HEADER;
use crate::kinds::ec2::security_group;
use crate::kinds::ec2::security_group::Rule;
use crate::kinds::ecs::service;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener_rule::Condition;
use crate::kinds::elbv2::load_balancer::{BalancerType, DesyncMitigationMode, IpAddressType, Scheme};
use crate::kinds::elbv2::target_group::{Algorithm, HealthCheck, ProtocolVersion, TargetType};
use crate::kinds::elbv2::{listener, listener_rule, load_balancer, target_group};
use crate::modules::network::{Network, Tier};

/// The part of it that the ECS service needs to know.
pub(super) struct Front {
    blue: String,
    port: u16,
    advanced: service::Advanced,
    pub rules: Vec<String>,
}

impl Front {
    pub(super) fn target(&self) -> service::LoadBalancer {
        service::LoadBalancer {
            target_group_arn: self.blue.clone(),
            container_name: CONTAINER.into(),
            container_port: self.port,
            // A rolling service has the pair as well: it may then take up a rollout in steps, and leave it, while it runs.
            advanced_configuration: Some(self.advanced.clone()),
        }
    }
}

impl Service {
    pub(super) fn expand_front(&self, nodes: &mut Nodes<'_>, network: &Network, port: u16) -> Front {
        let site = nodes.site;
        let region = &site.settings.region;
        let group = self.expand_front_group(nodes, network, port);
        let spec = load_balancer::Spec {
            name: None,
            balancer_type: BalancerType::Application,
            scheme: if self.public { Scheme::InternetFacing } else { Scheme::Internal },
            ip_address_type: IpAddressType::Ipv4,
            subnet_ids: network.subnet_ids(region, if self.public { Tier::Public } else { Tier::Private }),
            vpc_id: Some("${network.vpc.id}".into()),
            security_group_ids: vec![group],
            after: if self.public { vec!["${network.internet-gateway.id}".into()] } else { Vec::new() },
            deletion_protection: self.protect,
            cross_zone: None,
            access_logs: None,
            idle_timeout: i32::try_from(self.idle_timeout).unwrap_or(i32::MAX),
            client_keep_alive: 3600,
            drop_invalid_header_fields: true,
            http2: true,
            preserve_host_header: false,
            desync_mitigation_mode: DesyncMitigationMode::Defensive,
            tags: self.tags.clone(),
        };
        let keep = crate::core::module::Keep { protect: self.protect, retain: false };
        let balancer = nodes.add_kept::<load_balancer::LoadBalancer>("load-balancer", spec, keep);
        let [blue, green] = ["target-group.blue", "target-group.green"].map(|name| {
            let made = nodes.add::<target_group::TargetGroup>(name, self.target_group(port));
            // ECS registers each task with its own port, whatever the group's is: another port is a deployment, and the groups stay.
            // <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>
            nodes.only_for_new(&made, "port");
            made.out("arn")
        });
        let listener = self.expand_listeners(nodes, &balancer.out("arn"));
        let rule = |priority, conditions| listener_rule::Spec {
            listener_arn: listener.clone(),
            priority,
            conditions,
            action: Action::Forward { target_group_arns: vec![blue.clone(), green.clone()], stickiness_seconds: None },
            weights: None,
            initial_target_group_arn: Some(blue.clone()),
            tags: self.tags.clone(),
        };
        let (name, value) = TEST_HEADER;
        let test = rule(1, vec![Condition::HttpHeader { name: name.into(), values: vec![value.into()] }]);
        let test = nodes.add::<listener_rule::ListenerRule>("rule.test", test).out("arn");
        let production = nodes.add::<listener_rule::ListenerRule>("rule.production", rule(100, vec![Condition::path("/*")])).out("arn");
        let advanced = service::Advanced {
            alternate_target_group_arn: green,
            production_listener_rule_arn: production.clone(),
            test_listener_rule_arn: Some(test.clone()),
            role_arn: site.out("infrastructure-role", "arn"),
        };
        Front { blue, port, advanced, rules: vec![production, test] }
    }

    fn expand_front_group(&self, nodes: &mut Nodes<'_>, network: &Network, port: u16) -> String {
        let ports = if self.certificate.is_some() { &[80, 443][..] } else { &[80] };
        let from = match (self.allow.as_slice(), self.public) {
            ([], true) => vec!["0.0.0.0/0".to_owned()],
            ([], false) => vec![network.cidr.clone()],
            (ranges, _) => ranges.to_vec(),
        };
        let open =
            |port: &i32| from.iter().map(|range| Rule::tcp(*port, "to the load balancer").from_cidr(range.clone())).collect::<Vec<_>>();
        let spec = security_group::Spec {
            name: None,
            description: format!("The load balancer of the service {}", nodes.site.name()),
            vpc_id: "${network.vpc.id}".into(),
            ingress: ports.iter().flat_map(open).collect(),
            egress: vec![Rule::tcp(i32::from(port), "to the tasks").from_group(nodes.site.out("security-group", "id"))],
            tags: self.tags.clone(),
        };
        nodes.add::<security_group::SecurityGroup>("load-balancer-security-group", spec).out("id")
    }

    // Answers the listener that rules belong to.
    fn expand_listeners(&self, nodes: &mut Nodes<'_>, balancer: &str) -> String {
        let listener = |port, protocol, certificate_arn, default_action| listener::Spec {
            load_balancer_arn: balancer.to_owned(),
            port,
            protocol,
            certificate_arn,
            ssl_policy: None,
            default_action,
            weights: None,
            initial_target_group_arn: None,
            tags: self.tags.clone(),
        };
        let nobody = Action::answer(404, "not found");
        match &self.certificate {
            None => nodes.add::<listener::Listener>("listener.http", listener(80, Protocol::HTTP, None, nobody)).out("arn"),
            Some(arn) => {
                nodes.add::<listener::Listener>("listener.http", listener(80, Protocol::HTTP, None, Action::to_https()));
                let https = listener(443, Protocol::HTTPS, Some(arn.clone()), nobody);
                nodes.add::<listener::Listener>("listener.https", https).out("arn")
            }
        }
    }

    fn target_group(&self, port: u16) -> target_group::Spec {
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        target_group::Spec {
            name: None,
            vpc_id: "${network.vpc.id}".into(),
            port: i32::from(port),
            protocol: Protocol::HTTP,
            protocol_version: Some(ProtocolVersion::HTTP1),
            target_type: TargetType::Ip,
            health_check: HealthCheck {
                protocol: Some(Protocol::HTTP),
                port: "traffic-port".into(),
                path: Some(self.health.path.clone()),
                matcher: Some(self.health.status.clone()),
                interval: whole(self.health.interval),
                timeout: whole(self.health.timeout),
                healthy_threshold: whole(self.health.healthy),
                unhealthy_threshold: whole(self.health.unhealthy),
            },
            deregistration_delay: whole(self.stop_timeout),
            slow_start: 0,
            load_balancing_algorithm: Algorithm::RoundRobin,
            stickiness: None,
            tags: self.tags.clone(),
        }
    }
}
