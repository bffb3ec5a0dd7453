//! Topics: publishing, and each delivery by its way. <https://aws.amazon.com/sns/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Allowance, Charge, Given};

pub static REQUESTS: Allowance = Allowance { name: "SNS requests", amount: 1_000_000 };
pub static EMAILS: Allowance = Allowance { name: "SNS e-mails", amount: 1_000 };
pub static CALLS: Allowance = Allowance { name: "SNS calls over HTTP", amount: 100_000 };

pub static PUSHES: Allowance = Allowance { name: "SNS pushes to telephones", amount: 1_000_000 };

pub fn published(fifo: bool, messages: Given) -> Charge {
    if fifo {
        return Charge::usage("messages published", "sns.fifo.requests", "1M requests", messages.per(1_000_000));
    }
    Charge::usage("messages published", "sns.standard.requests", "1M requests", messages.per(1_000_000)).free(&REQUESTS)
}

/// The bytes of messages to a FIFO topic, and each delivery to a queue with its bytes, which it bills beside each request.
pub fn fifo(messages: &Given, gb: &Given, queues: u32) -> Vec<Charge> {
    let each = |given: &Given| given.clone().becomes(&format!("to each of {queues} queues"), |amount| amount * Decimal::from(queues));
    vec![
        Charge::usage("bytes published", "sns.fifo.published_gb", "GB", gb.clone()),
        Charge::usage("deliveries to queues", "sns.fifo.deliveries", "1M messages", each(messages).per(1_000_000)),
        Charge::usage("bytes delivered", "sns.fifo.delivered_gb", "GB", each(gb)),
    ]
}

pub fn firehose(messages: Given) -> Charge {
    Charge::usage("deliveries to Firehose", "sns.firehose", "1M notifications", messages.per(1_000_000))
}

pub fn pushes(messages: Given) -> Charge {
    Charge::usage("pushes to telephones", "sns.mobile_push", "1M notifications", messages.per(1_000_000)).free(&PUSHES)
}

pub fn emails(messages: Given) -> Charge {
    Charge::usage("e-mails", "sns.email", "100k notifications", messages.per(100_000)).free(&EMAILS)
}

pub fn calls(messages: Given) -> Charge {
    Charge::usage("calls over HTTP", "sns.http", "1M notifications", messages.per(1_000_000)).free(&CALLS)
}

/// Text messages, whose price depends on the country of each.
pub fn texts(messages: Given) -> Charge {
    Charge::usage("text messages", "sns.sms", "message", messages)
}
