//! The TLS policies that AWS offers for listeners.

use crate::world::{Call, Fault};
use serde_json::{Value, json};

const TLS13: &[&str] = &["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const GCM: &[&str] =
    &["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"];
const CBC: &[&str] = &["ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384"];
const SHA1: &[&str] = &["ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"];
const STATIC: &[&str] = &["AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"];
const STATIC_SHA1: &[&str] = &["AES128-SHA", "AES256-SHA"];

const V13: &[&str] = &["TLSv1.3"];
const V12: &[&str] = &["TLSv1.2"];
const V12_UP: &[&str] = &["TLSv1.3", "TLSv1.2"];
const V11_UP: &[&str] = &["TLSv1.3", "TLSv1.2", "TLSv1.1"];
const V10_UP: &[&str] = &["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"];
const V11_TO_12: &[&str] = &["TLSv1.2", "TLSv1.1"];
const V10_TO_12: &[&str] = &["TLSv1.2", "TLSv1.1", "TLSv1"];

type Policy = (&'static str, &'static [&'static str], &'static [&'static [&'static str]]);

/// Name, protocols, and the sets of ciphers that it allows.
const POLICIES: [Policy; 20] = [
    ("ELBSecurityPolicy-TLS13-1-2-2021-06", V12_UP, &[TLS13, GCM, CBC]),
    ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", V12_UP, &[TLS13, GCM]),
    ("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", V12_UP, &[TLS13, GCM, CBC, STATIC]),
    ("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", V12_UP, &[TLS13, GCM, CBC, SHA1, STATIC, STATIC_SHA1]),
    ("ELBSecurityPolicy-TLS13-1-1-2021-06", V11_UP, &[TLS13, GCM, CBC, SHA1, STATIC, STATIC_SHA1]),
    ("ELBSecurityPolicy-TLS13-1-0-2021-06", V10_UP, &[TLS13, GCM, CBC, SHA1, STATIC, STATIC_SHA1]),
    ("ELBSecurityPolicy-TLS13-1-3-2021-06", V13, &[TLS13]),
    ("ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", V12_UP, &[TLS13, GCM, CBC]),
    ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", V12_UP, &[TLS13, GCM]),
    ("ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", V13, &[TLS13]),
    ("ELBSecurityPolicy-2016-08", V10_TO_12, &[GCM, CBC, SHA1, STATIC, STATIC_SHA1]),
    ("ELBSecurityPolicy-TLS-1-0-2015-04", V10_TO_12, &[GCM, CBC, SHA1, STATIC, STATIC_SHA1]),
    ("ELBSecurityPolicy-TLS-1-1-2017-01", V11_TO_12, &[GCM, CBC, SHA1, STATIC, STATIC_SHA1]),
    ("ELBSecurityPolicy-TLS-1-2-2017-01", V12, &[GCM, CBC, STATIC]),
    ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", V12, &[GCM, CBC, SHA1, STATIC, STATIC_SHA1]),
    ("ELBSecurityPolicy-FS-2018-06", V10_TO_12, &[GCM, CBC, SHA1]),
    ("ELBSecurityPolicy-FS-1-1-2019-08", V11_TO_12, &[GCM, CBC, SHA1]),
    ("ELBSecurityPolicy-FS-1-2-2019-08", V12, &[GCM, CBC, SHA1]),
    ("ELBSecurityPolicy-FS-1-2-Res-2019-08", V12, &[GCM, CBC]),
    ("ELBSecurityPolicy-FS-1-2-Res-2020-10", V12, &[GCM]),
];

pub fn check(name: &str) -> Result<(), Fault> {
    if POLICIES.iter().any(|(known, ..)| *known == name) {
        return Ok(());
    }
    Err(Fault::new("SSLPolicyNotFound", format!("SSL policy '{name}' not found")))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let names = call.texts("Names");
    for name in &names {
        check(name)?;
    }
    let shown = POLICIES.iter().filter(|(name, ..)| names.is_empty() || names.iter().any(|wanted| wanted == name));
    let policies: Vec<Value> = shown
        .map(|(name, protocols, sets)| {
            let ciphers = sets.iter().copied().flatten().enumerate();
            let ciphers: Vec<Value> = ciphers.map(|(at, cipher)| json!({"Name": cipher, "Priority": at + 1})).collect();
            json!({"Name": name, "SslProtocols": protocols, "Ciphers": ciphers, "SupportedLoadBalancerTypes": ["application", "network"]})
        })
        .collect();
    Ok(json!({"SslPolicies": policies}))
}
