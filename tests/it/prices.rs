//! Refreshing prices from a price list of a few products, over a network that breaks off, and what commands make of it.

mod commands;
mod fetch;
mod server;

use serde_json::{Map, Value, json};
use server::Server;

/// Product family, usage type, operation, unit and price of what a load balancer costs.
const ALB: [&str; 4] = ["Load Balancer-Application", "LoadBalancerUsage", "Hrs", "0.0225"];
const LCU: [&str; 4] = ["Load Balancer-Application", "LCUUsage", "LCU-Hrs", "0.008"];

/// An offer file of products of one region, as AWS writes it.
fn offer(code: &str, region: &str, products: &[[&str; 4]]) -> String {
    let (mut listed, mut terms) = (Map::new(), Map::new());
    for (at, [family, usage, unit, usd]) in products.iter().enumerate() {
        let sku = format!("{code}{at}");
        let attributes = json!({ "servicecode": code, "locationType": "AWS Region", "regionCode": region, "usagetype": usage, "operation": "LoadBalancing" });
        listed.insert(sku.clone(), json!({ "sku": sku, "productFamily": family, "attributes": attributes }));
        let dimension = json!({ "unit": unit, "beginRange": "0", "endRange": "Inf", "pricePerUnit": { "USD": usd }, "appliesTo": [] });
        let term = json!({ "sku": sku, "effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": { format!("{sku}.T.D"): dimension } });
        terms.insert(sku.clone(), json!({ format!("{sku}.T"): term }));
    }
    // In this order, which AWS promises: products before terms.
    let products = Value::Object(listed);
    let terms = json!({ "OnDemand": terms, "Reserved": {} });
    format!(
        r#"{{ "formatVersion": "v1.0", "offerCode": "{code}", "version": "20261118000000", "publicationDate": "2026-11-18T00:00:00Z",
        "products": {products}, "terms": {terms} }}"#
    )
}

const ELB: &str = "/offers/v1.0/aws/AWSELB/20261118000000/us-east-1/index.json";
const ECR: &str = "/offers/v1.0/aws/AmazonECR/20261118000000/us-east-1/index.json";
const CDN: &str = "/offers/v1.0/aws/AmazonCloudFront/current/index.json";

/// A server with three offers: load balancers and images of us-east-1, and a CDN.
fn price_list() -> Server {
    let server = Server::start();
    let links = |code: &str| {
        let path = |end: &str| format!("/offers/v1.0/aws/{code}/current/{end}");
        json!({ "offerCode": code, "currentVersionUrl": path("index.json"), "currentRegionIndexUrl": path("region_index.json") })
    };
    let offers = ["AWSELB", "AmazonECR", "AmazonCloudFront"].map(|code| (code.to_owned(), links(code)));
    let index = json!({ "formatVersion": "v1.0", "publicationDate": "2026-11-18T00:00:00Z", "offers": Map::from_iter(offers) });
    server.serve("/offers/v1.0/aws/index.json", &index.to_string());
    for code in ["AWSELB", "AmazonECR"] {
        let path = format!("/offers/v1.0/aws/{code}/20261118000000/us-east-1/index.json");
        let regions = json!({ "regions": { "us-east-1": { "regionCode": "us-east-1", "currentVersionUrl": path } } });
        server.serve(&format!("/offers/v1.0/aws/{code}/current/region_index.json"), &regions.to_string());
    }
    server.serve(ELB, &offer("AWSELB", "us-east-1", &[ALB, LCU]));
    server.serve(ECR, &offer("AmazonECR", "us-east-1", &[["EC2 Container Registry", "TimedStorage-ByteHrs", "GB-Mo", "0.1"]]));
    server.serve(CDN, &offer("AmazonCloudFront", "", &[["Data Transfer", "US-DataTransfer-Out-OBytes", "GB", "0.02"]]));
    server
}
