//! Words that cannot be the name of a database: those that the engine keeps for itself.
//!
//! CreateDBInstance answers "DBName catalog cannot be used. It is a reserved word for this engine", and AWS says no more than that these
//! are the engine's words, whatever their letters:
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>

use super::instance::Engine;

impl Engine {
    /// True for a name that RDS refuses.
    pub fn refuses(self, name: &str) -> bool {
        match self {
            Engine::Postgres => is_in(&["rdsadmin template0 template1", POSTGRES], name),
            Engine::Mysql => is_in(&[SCHEMAS, BOTH, MYSQL], name),
            Engine::Mariadb => is_in(&[SCHEMAS, BOTH], name),
        }
    }
    /// True for a name that nothing should be given that is free to choose: RDS refuses it, or may.
    pub fn avoids(self, name: &str) -> bool {
        self.refuses(name) || is_in(&[if self == Engine::Postgres { POSTGRES_KEYWORDS } else { MYSQL }], name)
    }
}

fn is_in(lists: &[&str], name: &str) -> bool {
    lists.iter().any(|list| list.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(name)))
}

/// The databases that MySQL and RDS have themselves.
const SCHEMAS: &str = "information_schema innodb mysql performance_schema rdsadmin sys tmp";

/// Words that PostgreSQL or a standard of SQL reserves, and four others that RDS is known to refuse.
/// <https://www.postgresql.org/docs/current/sql-keywords-appendix.html>
const POSTGRES: &str = "\
    abs absent absolute acos action add all allocate alter analyse analyze and any are array array_agg array_max_cardinality as asc \
    asensitive asin assertion asymmetric at atan atomic authorization avg begin begin_frame begin_partition between bigint binary \
    bit bit_length blob boolean both by call called cardinality cascade cascaded case cast catalog ceil ceiling char char_length \
    character character_length check classifier clob close coalesce collate collation collect column commit concurrently condition \
    connect connection constraint constraints contains continue control convert copy corr corresponding cos cosh count covar_pop \
    covar_samp create cross cube cume_dist current current_catalog current_date current_default_transform_group current_path \
    current_role current_row current_schema current_time current_timestamp current_transform_group_for_type current_user cursor \
    cycle date day db deallocate dec decfloat decimal declare default deferrable deferred define delete dense_rank deref desc \
    describe descriptor deterministic diagnostics disconnect dispatch distinct do domain double drop dynamic each element else empty \
    end end_frame end_partition equals escape every except exception exec execute exists exp external extract false fetch filter \
    first first_value flag float floor for foreign found frame_row free freeze from full function fusion get global go goto grant \
    group grouping groups having hold hour identity ilike immediate in indicator initial initially inner inout input insensitive \
    insert int integer intersect intersection interval into is isnull isolation join json_array json_arrayagg json_exists \
    json_object json_objectagg json_query json_table json_table_primitive json_value key lag language large last last_value lateral \
    lead leading left level like like_regex limit listagg ln local localtime localtimestamp log log10 lower match match_number \
    match_recognize matches max measures member merge method min minute mod modifies module month multiset names national natural \
    nchar nclob new next no none normalize not notnull nth_value ntile null nullif numeric occurrences_regex octet_length of offset \
    old omit on one only open option or order out outer output over overlaps overlay pad parameter partial partition pattern per \
    percent percent_rank percentile_cont percentile_disc period permute placing portion position position_regex power precedes \
    precision prepare preserve primary prior privileges procedure ptf public range rank read reads real recursive ref references \
    referencing regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy relative release \
    restrict result return returning returns revoke right rollback rollup row row_number rows running savepoint schema scope scroll \
    search second section seek select sensitive session session_user set show similar sin sinh size skip smallint some space \
    specific specifictype sql sqlcode sqlerror sqlexception sqlstate sqlwarning sqrt start static stddev_pop stddev_samp submultiset \
    subset substring substring_regex succeeds sum symmetric system system_time system_user table tablesample tan tanh temporary then \
    time timestamp timezone_hour timezone_minute to trailing transaction translate translate_regex translation treat trigger trim \
    trim_array true truncate uescape union unique unknown unmatched unnest update upper usage user using value value_of values \
    var_pop var_samp varbinary varchar variadic varying verbose versioning view when whenever where width_bucket window with within \
    without work write year zone";

/// The other words of that table, as far as they are words that people use. Four of them that RDS refuses are above, so it may refuse
/// any; none is known to be taken.
const POSTGRES_KEYWORDS: &str = "\
    a abort access ada admin after aggregate also always assignment attach attribute attributes backward before bernoulli blocked \
    breadth c cache chain chaining characteristics characters checkpoint class cluster cobol columns comment comments committed \
    conditional configuration conflict constructor content conversion cost csv data database defaults defined definer degree \
    delimiter delimiters depends depth derived detach dictionary disable discard document enable encoding encrypted enforced enum \
    error event exclude excluding exclusive explain expression extension family file final finish following force format fortran \
    forward fs fulfill functions g general generated granted greatest handler header hierarchy if ignore immediately immutable \
    implementation implicit import including increment index indexes inherit inherits inline instance instantiable instead integrity \
    invoker k keep keys label leakproof least length library link listen load location locator lock locked logged m map mapping \
    matched materialized maxvalue minvalue mode more move mumps name nested nesting nfc nfd nfkc nfkd norefresh normalized nothing \
    notify nowait nullable nulls number object occurrence octets off oids operator options ordering ordinality others overflow \
    overriding owned owner p parallel parser pascal pass passing passthrough password past path permission pipe plan plans pli \
    policy preceding prepared prev private procedural program prune publication quote quotes reassign recheck recovery refresh \
    reindex rename repeatable replace replica requiring reset respect restart restore role routine rule scalar scale schemas \
    security selective self semantics sequence sequences serializable server setof sets share simple snapshot source stable \
    standalone state statement statistics stdin stdout storage strict string strip structure style subscription sysid t tables \
    tablespace temp template text through ties token transform transforms trusted type types unbounded uncommitted unconditional \
    under unencrypted unlink unlisten unlogged unnamed until utf16 utf32 utf8 vacuum valid validate validator version views volatile \
    whitespace wrapper xml yes";

/// Words that MySQL and MariaDB reserve.
/// <https://dev.mysql.com/doc/refman/8.4/en/keywords.html>
/// <https://mariadb.com/docs/server/reference/sql-structure/sql-language-structure/reserved-words>
const BOTH: &str = "\
    accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call cascade case change char \
    character check collate column condition constraint continue convert create cross current_date current_time current_timestamp \
    current_user cursor database databases day_hour day_microsecond day_minute day_second dec decimal declare default delayed delete \
    desc describe deterministic distinct distinctrow div double drop dual each else elseif enclosed escaped except exists exit \
    explain false fetch float float4 float8 for force foreign from fulltext grant group having high_priority hour_microsecond \
    hour_minute hour_second if ignore in index infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect \
    interval into is iterate join key keys kill leading leave left like limit linear lines load localtime localtimestamp lock long \
    longblob longtext loop low_priority match maxvalue mediumblob mediumint mediumtext middleint minute_microsecond minute_second \
    mod modifies natural no_write_to_binlog not null numeric on optimize option optionally or order out outer outfile over partition \
    precision primary procedure purge range read read_write reads real recursive references regexp release rename repeat replace \
    require resignal restrict return revoke right rlike rows schema schemas second_microsecond select sensitive separator set show \
    signal smallint spatial specific sql sql_big_result sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl \
    starting straight_join table terminated then tinyblob tinyint tinytext to trailing trigger true undo union unique unlock \
    unsigned update usage use using utc_date utc_time utc_timestamp values varbinary varchar varcharacter varying when where while \
    window with write xor year_month zerofill";

/// Words that MySQL 8 reserves besides.
const MYSQL: &str = "\
    cube cume_dist dense_rank empty first_value function generated get grouping groups io_after_gtids io_before_gtids json_table lag \
    last_value lateral lead manual nth_value ntile of optimizer_costs parallel percent_rank qualify rank row row_number stored \
    system tablesample virtual";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_engine_are_refused_in_any_letters() {
        for word in ["db", "catalog", "identity", "grant", "user", "control", "flag", "dispatch", "SELECT", "template1"] {
            assert!(Engine::Postgres.refuses(word), "{word}");
        }
        for word in ["select", "Mysql", "order", "keys", "groups"] {
            assert!(Engine::Mysql.refuses(word), "{word}");
        }
        assert!(!Engine::Mariadb.refuses("groups") && Engine::Mariadb.avoids("groups"));
        assert!(!Engine::Postgres.refuses("data") && Engine::Postgres.avoids("data"));
        for engine in [Engine::Postgres, Engine::Mysql, Engine::Mariadb] {
            for word in ["shop", "app", "orders", "main", "registry", "users"] {
                assert!(!engine.avoids(word), "{word}");
            }
        }
    }
}
