//! The codes of what modules find: NET in the network, MOD in the others. Findings that every table shares are in `core::codes`.

use crate::core::code::{Category, Code, Example};

/// Each code of the modules once, by number.
#[rustfmt::skip]
pub static CODES: &[&Code] = &[
    &NO_RANGE, &NETWORK_SIZE, &HOW_MANY_ZONES, &SUBNET_OUTSIDE, &UNKNOWN_SUBNET, &UNKNOWN_ENDPOINT, &BITS_BEYOND_PREFIX, &ZONE_LETTER,
    &ZONE_TWICE, &ENDPOINT_TWICE, &SUBNETS_OVERLAP,
    &NO_NETWORK,
    &BALANCER_IN_ONE_ZONE, &SCALES_BACKWARDS, &WORKER_HAS_NO_BALANCER, &NOTHING_TO_RUN, &RESERVED_NAME, &BLUE_GREEN_WORKER, &BALANCER_CERTIFICATE_ELSEWHERE,
    &ROLLOUT_WITHOUT_PAIR, &ROLLOUT_SHARES, &ROLLOUT_TIMES, &ROLLOUT_GUARD, &ROLLOUT_HOST,
    &DATABASE_IN_ONE_ZONE, &STORAGE_CANNOT_GROW, &SEARCH_IN_ONE_ZONE, &UNEVEN_NODES,
    &BAD_EMAIL, &BAD_WEBHOOK, &NO_SERVICE_TO_WATCH,
    &ALIASES_WITHOUT_CERTIFICATE, &CERTIFICATE_ELSEWHERE, &NO_SINGLE_PAGE, &BAD_ORIGIN, &REMOVED_BEFORE_MOVED, &MOVED_TOO_EARLY,
    &GENERATED_WITH_KEYS,
];

const NETWORK: Code = Code { category: Category::Network, ..Code::NEW };

pub const NO_RANGE: Code = Code {
    id: "NET001",
    about: "A value that should be an IPv4 range is none.",
    why: "AWS takes ranges in CIDR notation alone: an address, a slash, and how many bits of it are fixed.",
    page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
    example: Example::Stack {
        wrong: &["[network]\ncidr = \"10.0.0.0\"", "[network]\n[database.main]\nallow = [\"office\"]"],
        right: &["[network]\ncidr = \"10.0.0.0/16\"", "[network]\n[database.main]\nallow = [\"203.0.113.0/24\"]"],
    },
    ..NETWORK
};

pub const NETWORK_SIZE: Code = Code {
    id: "NET002",
    about: "The network's range is larger than /16 or smaller than /24.",
    why: "AWS takes no VPC above /16; below /24 the sixteen subnets that are cut out of it would be smaller than the /28 that AWS asks for.",
    page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
    example: Example::Stack {
        wrong: &["[network]\ncidr = \"10.0.0.0/8\"", "[network]\ncidr = \"10.0.0.0/25\""],
        right: &["[network]\ncidr = \"10.0.0.0/24\""],
    },
    ..NETWORK
};

pub const HOW_MANY_ZONES: Code = Code {
    id: "NET003",
    about: "The network has no zone, or more than the region has or its range is divided for.",
    why: "A subnet in a zone that is not there cannot be made.",
    page: "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
    example: Example::Stack { wrong: &["[network]\nzones = 9", "[network]\nzones = []"], right: &["[network]\nzones = 3"] },
    ..NETWORK
};

pub const SUBNET_OUTSIDE: Code = Code {
    id: "NET004",
    about: "A subnet's range lies outside of the network's.",
    why: "AWS refuses it with InvalidSubnet.Range.",
    page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    example: Example::Stack {
        wrong: &["[network]\nsubnets.private-a = \"192.168.0.0/24\""],
        right: &["[network]\nsubnets.private-a = \"10.0.200.0/24\""],
    },
    ..NETWORK
};

pub const UNKNOWN_SUBNET: Code = Code {
    id: "NET005",
    about: "A range is given to a subnet that the network does not have.",
    why: "The range would be used nowhere, and the subnet that was meant gets another one.",
    example: Example::Stack {
        wrong: &["[network]\nsubnets.private-z = \"10.0.200.0/24\""],
        right: &["[network]\nsubnets.private-a = \"10.0.200.0/24\""],
    },
    ..NETWORK
};

pub const UNKNOWN_ENDPOINT: Code = Code {
    id: "NET006",
    about: "An endpoint is for a service of which none is known.",
    why: "AWS makes endpoints for the services that offer one.",
    page: "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
    example: Example::Stack { wrong: &["[network]\nendpoints = [\"s4\"]"], right: &["[network]\nendpoints = [\"s3\"]"] },
    ..NETWORK
};

pub const BITS_BEYOND_PREFIX: Code = Code {
    id: "NET007",
    about: "A range has bits set beyond its prefix.",
    why: "AWS would cut them off, so what is live never equals what the file says.",
    page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
    example: Example::Stack { wrong: &["[network]\ncidr = \"10.0.0.1/16\""], right: &["[network]\ncidr = \"10.0.0.0/16\""] },
    ..NETWORK
};

pub const ZONE_LETTER: Code = Code {
    id: "NET008",
    about: "A value that should be the letter of a zone is none that the region has.",
    why: "The zone's name is the region's with that letter; no other name is a zone.",
    page: "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
    example: Example::Stack {
        wrong: &["[network]\nzones = [\"us-east-1a\"]", "[network]\nzones = [\"a\", \"z\"]"],
        right: &["[network]\nzones = [\"a\", \"f\"]"],
    },
    ..NETWORK
};

pub const ZONE_TWICE: Code = Code {
    id: "NET009",
    about: "The network names a zone twice.",
    why: "It has one subnet of each tier in a zone, so the second would be the first again.",
    example: Example::Stack { wrong: &["[network]\nzones = [\"a\", \"a\"]"], right: &["[network]\nzones = [\"a\", \"b\"]"] },
    ..NETWORK
};

pub const ENDPOINT_TWICE: Code = Code {
    id: "NET010",
    about: "The network names an endpoint twice.",
    why: "A VPC has one for each service; the second is refused, or paid for without use.",
    example: Example::Stack { wrong: &["[network]\nendpoints = [\"s3\", \"s3\"]"], right: &["[network]\nendpoints = [\"s3\"]"] },
    ..NETWORK
};

pub const SUBNETS_OVERLAP: Code = Code {
    id: "NET104",
    about: "Two subnets of the network overlap.",
    why: "AWS refuses the second one with InvalidSubnet.Conflict.",
    page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    example: Example::Stack {
        wrong: &["[network]\nsubnets.private-a = \"10.0.0.0/24\""],
        right: &["[network]\nsubnets.private-a = \"10.0.200.0/24\""],
    },
    ..NETWORK
};

pub const NO_NETWORK: Code = Code {
    id: "MOD001",
    about: "A module stands in a network, and the file has none.",
    why: "There would be no subnet to put its resources into.",
    example: Example::Stack { wrong: &["[database.main]"], right: &["[network]\n[database.main]"] },
    ..NETWORK
};

pub const BALANCER_IN_ONE_ZONE: Code = Code {
    id: "MOD102",
    about: "A service has a load balancer, and the network has one zone.",
    why: "AWS asks for subnets in at least two zones.",
    page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
    example: Example::Stack {
        wrong: &["[network]\nzones = 1\n[service.api]\nimage = \"nginx:1.29\"\nport = 80"],
        right: &["[network]\nzones = 2\n[service.api]\nimage = \"nginx:1.29\"\nport = 80"],
    },
    ..NETWORK
};

pub const SCALES_BACKWARDS: Code = Code {
    id: "MOD103",
    about: "The most tasks of a service are fewer than the least, or none.",
    why: "Autoscaling refuses such limits.",
    page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
    example: Example::Stack {
        wrong: &["[network]\n[service.api]\nimage = \"nginx:1.29\"\nscale = { min = 5, max = 2 }"],
        right: &["[network]\n[service.api]\nimage = \"nginx:1.29\"\nscale = { min = 2, max = 5 }"],
    },
    ..Code::NEW
};

pub const WORKER_HAS_NO_BALANCER: Code = Code {
    id: "MOD104",
    about: "A worker has a key that is the load balancer's.",
    why: "A service without a `port` has no load balancer, so the key would do nothing.",
    example: Example::Stack {
        wrong: &["[network]\n[service.jobs]\nimage = \"nginx:1.29\"\nallow = [\"203.0.113.0/24\"]"],
        right: &["[network]\n[service.jobs]\nimage = \"nginx:1.29\""],
    },
    ..Code::NEW
};

pub const NOTHING_TO_RUN: Code = Code {
    id: "MOD105",
    about: "A service has neither an image nor a repository of its own.",
    why: "There is nothing that its tasks could run.",
    example: Example::Stack {
        wrong: &["[network]\n[service.api]\nrepository = false"],
        right: &["[network]\n[service.api]\nrepository = true"],
    },
    ..Code::NEW
};

pub const RESERVED_NAME: Code = Code {
    id: "MOD106",
    about: "A service is called `cluster`.",
    why: "The cluster that all services run in has that address.",
    example: Example::Stack {
        wrong: &["[network]\n[service.cluster]\nimage = \"nginx:1.29\""],
        right: &["[network]\n[service.api]\nimage = \"nginx:1.29\""],
    },
    ..Code::NEW
};

pub const BALANCER_CERTIFICATE_ELSEWHERE: Code = Code {
    id: "MOD108",
    category: Category::Delivery,
    about: "The certificate of a service is of another region than the stack.",
    why: "A load balancer takes certificates of its own region alone: CreateListener refuses it with CertificateNotFound.",
    page: "https://docs.aws.amazon.com/acm/latest/userguide/acm-regions.html",
    example: Example::Stack {
        wrong: &["[network]\n[service.api]\nport = 80\ncertificate = \"arn:aws:acm:eu-west-1:123456789012:certificate/c-1\""],
        right: &[
            "[network]\n[service.api]\nport = 80\ncertificate = \"arn:aws:acm:us-east-1:123456789012:certificate/c-1\"",
            "[network]\n[service.api]\nport = 80\ncertificate = \"arn:aws:iam::123456789012:server-certificate/shop\"",
        ],
    },
    ..Code::NEW
};

pub const BLUE_GREEN_WORKER: Code = Code {
    id: "MOD107",
    category: Category::Delivery,
    about: "A worker is to be deployed blue-green.",
    why: "Blue-green shifts the traffic of a load balancer from one set of tasks to another, and a worker has none.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html",
    example: Example::Stack {
        wrong: &["[network]\n[service.jobs]\nimage = \"nginx:1.29\"\ndeployment = \"blue-green\""],
        right: &["[network]\n[service.jobs]\nimage = \"nginx:1.29\"\ndeployment = \"rolling\""],
    },
    ..Code::NEW
};

pub const ROLLOUT_WITHOUT_PAIR: Code = Code {
    id: "MOD121",
    category: Category::Delivery,
    about: "A rollout in steps is asked for where there is no second set of tasks that traffic could move to.",
    why: "ECS moves traffic between the two target groups of a load balancer; a worker has none, and a rolling deployment has one.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html",
    example: Example::Stack {
        wrong: &[
            "[network]\n[service.jobs]\nimage = \"nginx:1.29\"\n[service.jobs.rollout]",
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ndeployment = \"rolling\"\n[service.web.rollout]",
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { strategy = \"rolling\", smoke = [{ path = \"/\" }] }",
        ],
        right: &[
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[service.web.rollout]",
            "[network]\n[service.jobs]\nimage = \"nginx:1.29\"\n[service.jobs.rollout]\nstrategy = \"rolling\"",
        ],
    },
    ..Code::NEW
};

pub const ROLLOUT_SHARES: Code = Code {
    id: "MOD122",
    category: Category::Delivery,
    about: "The shares in which a rollout moves traffic are none that ECS takes.",
    why: "CreateService takes 0.1 to 100 per cent for a canary and 3 to 100 for each step of a linear deployment, and refuses others.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html",
    example: Example::Stack {
        wrong: &[
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { strategy = \"linear\", percent = 1 }",
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { percent = 10 }",
        ],
        right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { strategy = \"linear\", percent = 25 }"],
    },
    ..Code::NEW
};

pub const ROLLOUT_TIMES: Code = Code {
    id: "MOD123",
    category: Category::Delivery,
    about: "The times or commands of a rollout do not fit each other, or are none.",
    why: "ECS goes back when a gate has been open for its time; a step that is to be watched for longer would never come to its end.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html",
    example: Example::Stack {
        wrong: &[
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { bake_minutes = 90 }",
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { strategy = \"linear\", percent = 3, gate_minutes = 1440 }",
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { migrate = { expand_back = [\"down\"] } }",
        ],
        right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { bake_minutes = 90, gate_minutes = 120 }"],
    },
    ..Code::NEW
};

pub const ROLLOUT_GUARD: Code = Code {
    id: "MOD124",
    category: Category::Delivery,
    about: "A guard of a rollout has a value by which nothing can be judged.",
    why: "It would let everything pass, or nothing.",
    example: Example::Stack {
        wrong: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { guard = { confidence = 0.99 } }"],
        right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { guard = { confidence = 99 } }"],
    },
    ..Code::NEW
};

pub const ROLLOUT_HOST: Code = Code {
    id: "MOD125",
    category: Category::Delivery,
    about: "The name that the checks of a rollout call the service by is not said, or is none.",
    why: "Over HTTPS a certificate is good for its own names alone; that of a load balancer is not among them, so no check would pass.",
    page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
    example: Example::Stack {
        wrong: &[
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { host = \"https://api.example.com\" }",
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { host = \"169.254.169.254\" }",
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ncertificate = \"arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012\"\nrollout = { smoke = [{ path = \"/\" }] }",
        ],
        right: &[
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { host = \"api.example.com\", smoke = [{ path = \"/\" }] }",
        ],
    },
    ..Code::NEW
};

pub const DATABASE_IN_ONE_ZONE: Code = Code {
    id: "MOD202",
    about: "A database stands in a network of one zone.",
    why: "AWS asks for subnets in at least two zones, so that the database can move when one fails.",
    page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    example: Example::Stack { wrong: &["[network]\nzones = 1\n[database.main]"], right: &["[network]\nzones = 2\n[database.main]"] },
    ..NETWORK
};

pub const STORAGE_CANNOT_GROW: Code = Code {
    id: "MOD204",
    category: Category::Data,
    about: "The most storage that a database may grow to is less than a tenth above what it begins with.",
    why: "RDS grows storage by a tenth or more: it would never grow, and a full database stops.",
    page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",
    example: Example::Stack {
        wrong: &["[network]\n[database.main]\nstorage = 100\nmax_storage = 109"],
        right: &["[network]\n[database.main]\nstorage = 50\nmax_storage = 100"],
    },
    ..Code::NEW
};

pub const SEARCH_IN_ONE_ZONE: Code = Code {
    id: "MOD221",
    about: "A search domain has two nodes or more, and the network has one zone.",
    why: "Its nodes are spread over two zones, so it needs a subnet in each.",
    page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html",
    example: Example::Stack {
        wrong: &["[network]\nzones = 1\n[search.main]\nnodes = 2"],
        right: &["[network]\nzones = 1\n[search.main]\nnodes = 1"],
    },
    ..NETWORK
};

pub const UNEVEN_NODES: Code = Code {
    id: "MOD222",
    category: Category::Reliability,
    about: "The nodes of a search domain cannot be spread evenly over two zones.",
    why: "AWS refuses an odd number of nodes in two zones.",
    page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html",
    example: Example::Stack { wrong: &["[network]\n[search.main]\nnodes = 3"], right: &["[network]\n[search.main]\nnodes = 4"] },
    ..Code::NEW
};

pub const BAD_EMAIL: Code = Code {
    id: "MOD301",
    category: Category::Observability,
    about: "A value that should be an e-mail address is none.",
    why: "No alarm would reach anybody there.",
    page: "https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html",
    example: Example::Stack {
        wrong: &["[network]\n[monitoring]\nemails = [\"ops\"]"],
        right: &["[network]\n[monitoring]\nemails = [\"ops@example.com\"]"],
    },
    ..Code::NEW
};

pub const BAD_WEBHOOK: Code = Code {
    id: "MOD302",
    category: Category::Observability,
    about: "A webhook is no HTTPS address.",
    why: "Alarms tell of the inside of a stack, so they are only sent encrypted.",
    page: "https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html",
    example: Example::Stack {
        wrong: &["[network]\n[monitoring]\nwebhooks = [\"http://example.com/alarm\"]"],
        right: &["[network]\n[monitoring]\nwebhooks = [\"https://example.com/alarm\"]"],
    },
    ..Code::NEW
};

pub const NO_SERVICE_TO_WATCH: Code = Code {
    id: "MOD303",
    category: Category::Observability,
    about: "An alarm on the CPU of services is asked for, and there is no service.",
    why: "An alarm that watches nothing never fires.",
    example: Example::Stack {
        wrong: &["[network]\n[monitoring]\nalarms = [\"cpu\"]"],
        right: &["[network]\n[service.api]\nimage = \"nginx:1.29\"\n[monitoring]\nemails = [\"ops@example.com\"]\nalarms = [\"cpu\"]"],
    },
    ..Code::NEW
};

pub const ALIASES_WITHOUT_CERTIFICATE: Code = Code {
    id: "MOD401",
    about: "A CDN has names of its own and no certificate.",
    why: "CloudFront refuses a name without a certificate that covers it.",
    page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html",
    example: Example::Stack {
        wrong: &["[storage.site]\ncdn.aliases = [\"example.com\"]"],
        right: &["[storage.site.cdn]\naliases = [\"example.com\"]\ncertificate = \"arn:aws:acm:us-east-1:123456789012:certificate/c-1\""],
    },
    ..Code::NEW
};

pub const CERTIFICATE_ELSEWHERE: Code = Code {
    id: "MOD402",
    about: "The certificate of a CDN is of another region than us-east-1.",
    why: "CloudFront takes certificates of us-east-1 alone, wherever the stack is.",
    page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",
    example: Example::Stack {
        wrong: &["[storage.site]\ncdn.certificate = \"arn:aws:acm:eu-west-1:123456789012:certificate/c-1\""],
        right: &["[storage.site]\ncdn.certificate = \"arn:aws:acm:us-east-1:123456789012:certificate/c-1\""],
    },
    ..Code::NEW
};

pub const NO_SINGLE_PAGE: Code = Code {
    id: "MOD403",
    about: "A site of a single page has no page.",
    why: "Every path is answered with it, so there has to be one.",
    example: Example::Stack {
        wrong: &["[storage.site]\ncdn = { single_page = true }"],
        right: &["[storage.site]\ncdn = { single_page = true, index = \"index.html\" }"],
    },
    ..Code::NEW
};

pub const BAD_ORIGIN: Code = Code {
    id: "MOD404",
    about: "A value that should be an origin of CORS is none.",
    why: "A browser sends an origin with its scheme; one without it never matches.",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
    example: Example::Stack {
        wrong: &["[storage.site]\ncors = [{ origins = [\"example.com\"] }]"],
        right: &["[storage.site]\ncors = [{ origins = [\"https://example.com\"] }]"],
    },
    ..Code::NEW
};

pub const REMOVED_BEFORE_MOVED: Code = Code {
    id: "MOD405",
    category: Category::Cost,
    about: "Objects are removed before they move to the cheaper class.",
    why: "S3 refuses such a lifecycle.",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html",
    example: Example::Stack {
        wrong: &["[storage.files]\ninfrequent_days = 90\nexpire_days = 60"],
        right: &["[storage.files]\ninfrequent_days = 30\nexpire_days = 60"],
    },
    ..Code::NEW
};

pub const MOVED_TOO_EARLY: Code = Code {
    id: "MOD406",
    category: Category::Cost,
    about: "Objects move to the class for what is rarely read before their thirtieth day.",
    why: "S3 moves them after 30 days at the earliest.",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",
    example: Example::Stack { wrong: &["[storage.files]\ninfrequent_days = 7"], right: &["[storage.files]\ninfrequent_days = 30"] },
    ..Code::NEW
};

pub const GENERATED_WITH_KEYS: Code = Code {
    id: "MOD501",
    category: Category::Security,
    about: "A generated secret has keys.",
    why: "Only one value is generated, so there is nothing to put at the keys.",
    example: Example::Stack {
        wrong: &["[secrets.mail]\ngenerate = true\nkeys = [\"user\"]"],
        right: &["[secrets.mail]\nkeys = [\"user\"]"],
    },
    ..Code::NEW
};
