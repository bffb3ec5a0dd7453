//! A network that somebody else made, with a range of IPv6.

use crate::stand::{Stand, graph, stack};

/// AWS opens a new group there to everywhere by IPv6 as well, and what the file does not say must not stay.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
#[tokio::test(flavor = "multi_thread")]
async fn a_group_lets_out_what_the_file_says_and_no_more() {
    let empty = stack("[stack]\nname = \"dual\"\nregion = \"us-east-1\"\n", None, &[]);
    let stand = Stand::new(&empty).await;
    let call = stand.aws.ec2.create_vpc().cidr_block("10.0.0.0/16").amazon_provided_ipv6_cidr_block(true);
    let vpc = call.send().await.unwrap().vpc.unwrap().vpc_id.unwrap();
    for egress in ["", "egress = []", "egress = [{ protocol = \"all\", ipv6_cidr = \"::/0\" }]"] {
        let name = format!("group-{}", egress.len());
        let text = format!(
            "[stack]\nname = \"dual\"\nregion = \"us-east-1\"\n[resource.{name}]\nkind = \"ec2.security_group\"\ndescription = \"One\"\nvpc_id = \"{vpc}\"\n{egress}\n"
        );
        let graph = graph(&stack(&text, None, &[]));
        stand.bring(&graph).await;
        stand.settled(&graph).await;
    }
}
